package dev.millrace.gateway.telemetry;

import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.reactivestreams.Publisher;

/**
 * The health indicator by which {@code /health} says DEGRADED, with status 200, while some of the gateway's own work
 * can't be done. All other work goes on, and a restart would help nobody, so it is no part of liveness. Its details
 * are numbers.
 */
@Singleton
class BackgroundWorkHealth implements HealthIndicator {
    /** Neither operational nor not: so it is worse than UP and better than DOWN, whatever the order. */
    private static final HealthStatus DEGRADED =
            new HealthStatus("DEGRADED", "some of the gateway's work can't be done; its log says which", null, null);

    private final BackgroundWork work;

    BackgroundWorkHealth(BackgroundWork work) {
        this.work = work;
    }

    @Override
    public Publisher<HealthResult> getResult() {
        Map<String, Integer> details = new TreeMap<>();
        for (BackgroundWork.Kind kind : BackgroundWork.Kind.values()) {
            int failing = work.failing(kind);
            if (failing > 0) {
                details.put(kind.name().toLowerCase(Locale.ROOT), failing);
            }
        }
        int unreadable = work.unreadableRuns();
        if (unreadable > 0) {
            details.put("unreadable_runs", unreadable);
        }
        return Publishers.just(HealthResult.builder("work", details.isEmpty() ? HealthStatus.UP : DEGRADED)
                .details(details)
                .build());
    }
}
