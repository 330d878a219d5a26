package dev.millrace.gateway.pipeline;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.run.Acceptance;
import dev.millrace.gateway.run.Dispatcher;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.pipeline.Pipeline;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts endpoints when their schedules come due. Several replicas may do so: the due time is part of the
 * idempotency key, so each is started once. What came due while no gateway was up is not made up for.
 */
@Singleton
class Scheduler {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    private final PipelineCatalog catalog;
    private final Acceptance acceptance;
    private final Dispatcher dispatcher;
    private final GatewayConfig config;
    private final Clock clock;
    private Instant lastLook;

    Scheduler(
            PipelineCatalog catalog, Acceptance acceptance, Dispatcher dispatcher, GatewayConfig config, Clock clock) {
        this.catalog = catalog;
        this.acceptance = acceptance;
        this.dispatcher = dispatcher;
        this.config = config;
        this.clock = clock;
        this.lastLook = clock.instant();
    }

    @Scheduled(fixedDelay = "1s", initialDelay = "1s")
    synchronized void look() {
        if (!config.cron()) {
            return;
        }
        Instant since = lastLook;
        Instant now = clock.instant();
        lastLook = now;
        for (Pipeline pipeline : catalog.content().valid().values()) {
            pipeline.endpoints()
                    .forEach((name, endpoint) -> endpoint.parsedSchedule()
                            .flatMap(schedule -> schedule.after(since))
                            .filter(due -> !due.isAfter(now))
                            .ifPresent(due -> start(pipeline, name, due)));
        }
    }

    private void start(Pipeline pipeline, String endpoint, Instant due) {
        String key = pipeline.name() + "/" + endpoint + "/" + due;
        try {
            acceptance.accept(new Acceptance.Request(pipeline, List.of(endpoint), null, "schedule", key));
            dispatcher.wake();
        } catch (RunActive e) {
            LOG.warn("the run due at {} is left out: {}", due, e.getMessage());
        }
    }
}
