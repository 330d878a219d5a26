package dev.millrace.gateway.schedule;

import dev.millrace.gateway.history.History;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.pipeline.Schedule;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.annotation.Bean;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * The schedules of the pipeline files, which the {@link Scheduler} follows. Suspensions are in the run database: they
 * outlive the process, and hold for all gateways on it.
 */
@Singleton
@Bean(typed = EmbeddedSchedules.class)
final class EmbeddedSchedules implements Schedules {
    private final PipelineCatalog catalog;
    private final SuspensionRepository suspensions;
    private final History history;
    private final Clock clock;

    EmbeddedSchedules(PipelineCatalog catalog, SuspensionRepository suspensions, History history, Clock clock) {
        this.catalog = catalog;
        this.suspensions = suspensions;
        this.history = history;
        this.clock = clock;
    }

    @Override
    public List<Entry> all() {
        Set<String> suspended = suspensions.all();
        List<Entry> all = new ArrayList<>();
        catalog.content().inForce().forEach((pipeline, inForce) -> {
            for (Declared declared : Schedules.declared(inForce.pipeline())) {
                String name = declared.endpoint();
                String timezone = declared.timezone().getId();
                boolean isSuspended = suspended.contains(Schedules.id(pipeline, name));
                all.add(new Entry(
                        pipeline,
                        name,
                        declared.cron(),
                        timezone,
                        isSuspended,
                        isSuspended
                                ? null
                                : Schedules.next(declared.cron(), timezone, clock.instant())
                                        .orElse(null),
                        (declared.backup()
                                        ? history.lastScheduledBackup(pipeline, name)
                                        : history.lastScheduled(pipeline, name))
                                .orElse(null),
                        null));
            }
        });
        all.sort(Comparator.comparing(Entry::pipeline).thenComparing(Entry::endpoint));
        return all;
    }

    @Override
    public Entry set(String pipeline, String endpoint, State state) {
        if (entry(pipeline, endpoint) == null) {
            throw unknown(pipeline, endpoint);
        }
        switch (state) {
            case SUSPENDED -> suspensions.add(Schedules.id(pipeline, endpoint));
            case FOLLOWED -> suspensions.remove(Schedules.id(pipeline, endpoint));
        }
        Entry entry = entry(pipeline, endpoint);
        if (entry == null) {
            throw unknown(pipeline, endpoint); // the file has changed meanwhile
        }
        return entry;
    }

    @Override
    public boolean starts(Schedule schedule, Instant due) {
        return true;
    }

    @Override
    public Set<String> held() {
        return suspensions.all();
    }

    private @Nullable Entry entry(String pipeline, String endpoint) {
        return all().stream()
                .filter(entry ->
                        entry.pipeline().equals(pipeline) && entry.endpoint().equals(endpoint))
                .findFirst()
                .orElse(null);
    }

    private static MillraceException unknown(String pipeline, String endpoint) {
        return new MillraceException(
                ErrorCode.SCHEDULE_UNKNOWN,
                "no schedule of " + pipeline + "/" + endpoint
                        + " (expected: an endpoint that has a schedule in its pipeline's file, or a table that has one there for its backups)");
    }
}
