package dev.millrace.gateway.schedule;

import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.Schedule;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.Factory;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The schedules by which endpoints are started and tables backed up, whoever follows them. Safe for use by several threads. */
public sealed interface Schedules permits EmbeddedSchedules, CronJobs, SchedulesElsewhere {
    /**
     * One schedule, as it is followed.
     *
     * @param endpoint its name; or, when it is a table that is backed up, that with its dataset
     * @param cron five fields, read in {@code timezone}
     * @param next when it comes due; null while it is suspended, or when it never does
     * @param lastStarted when it last came due and started a run; null: never, as far as is known
     * @param note what is wrong with it; null: nothing
     */
    record Entry(
            String pipeline,
            String endpoint,
            String cron,
            String timezone,
            boolean suspended,
            @Nullable Instant next,
            @Nullable Instant lastStarted,
            @Nullable String note) {
        /** Whether a table is backed up: the name of an endpoint has no dot, that of a table always. */
        public boolean backup() {
            return endpoint.indexOf('.') >= 0;
        }
    }

    /**
     * A schedule as a pipeline's file has it.
     *
     * @param endpoint as of an {@link Entry}
     * @param backup likewise
     */
    record Declared(String endpoint, boolean backup, String cron, ZoneId timezone) {}

    /** All schedules of a pipeline. */
    static List<Declared> declared(Pipeline pipeline) {
        List<Declared> declared = new ArrayList<>();
        pipeline.endpoints().forEach((name, endpoint) -> {
            if (endpoint.schedule() != null) {
                declared.add(new Declared(name, false, endpoint.schedule(), endpoint.timezone()));
            }
        });
        pipeline.backups()
                .forEach(backup ->
                        declared.add(new Declared(backup.table(), true, backup.schedule(), backup.timezone())));
        return declared;
    }

    /** What becomes of a schedule. */
    enum State {
        SUSPENDED,
        FOLLOWED
    }

    /**
     * By pipeline and endpoint.
     *
     * @throws MillraceException with {@code SCHEDULES_DENIED}, {@code SCHEDULES_UNAVAILABLE} or {@code
     *     SCHEDULES_ELSEWHERE}
     */
    List<Entry> all();

    /**
     * Suspends a schedule or has it followed again. One that is so already stays so.
     *
     * @throws MillraceException with {@code SCHEDULE_UNKNOWN}, or as {@link #all}
     */
    Entry set(String pipeline, String endpoint, State state);

    /**
     * Whether this process, or another gateway on its run database, starts what comes due at a time; otherwise somebody
     * else does. Asks nobody.
     *
     * @param due a time of {@code schedule}
     */
    boolean starts(Schedule schedule, Instant due);

    /**
     * Of the schedules of the pipeline files those by which nothing is to be started now, as {@link #id} names them.
     *
     * @throws MillraceException as {@link #all}
     */
    Set<String> held();

    /** @param endpoint as of an {@link Entry} */
    static String id(String pipeline, String endpoint) {
        return pipeline + "/" + endpoint;
    }

    /** When a schedule comes due after {@code moment}; empty when it never does, or isn't written as ours are. */
    static Optional<Instant> next(String cron, String timezone, Instant moment) {
        try {
            return new Schedule(cron, ZoneId.of(timezone)).after(moment);
        } catch (IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }

    /** The one that the configuration says. */
    @Factory
    final class Choice {
        /** The classes of Kubernetes's client are loaded only where they are used. */
        @Singleton
        Schedules schedules(
                SchedulesConfig config,
                BeanProvider<EmbeddedSchedules> embedded,
                BeanProvider<CronJobs> cronJobs,
                BeanProvider<SchedulesElsewhere> elsewhere) {
            return switch (config.type()) {
                case EMBEDDED -> embedded.get();
                case KUBERNETES -> cronJobs.get();
                case NONE -> elsewhere.get();
            };
        }
    }
}
