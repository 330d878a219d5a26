package dev.millrace.gateway.pipeline;

import dev.millrace.gateway.history.History;
import dev.millrace.gateway.store.Backlog;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.gateway.telemetry.RunMeters;
import dev.millrace.task.Step;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gauges of what the run database says at this moment. All replicas say the same, so it is the maximum over them
 * that counts, not the sum. While the database can't be read there is no value, rather than an old one.
 */
@Singleton
class Gauges {
    private static final Logger LOG = LoggerFactory.getLogger(Gauges.class);

    private final Freshness freshness;
    private final History history;
    private final RunMeters runs;
    private final MultiGauge tasks;
    private final MultiGauge staleness;
    private final MultiGauge staleAfter;

    Gauges(Freshness freshness, History history, RunMeters runs, MeterRegistry meters) {
        this.freshness = freshness;
        this.history = history;
        this.runs = runs;
        this.tasks = MultiGauge.builder("millrace.tasks")
                .description("Tasks that wait for other runs, are ready for a service, or are with one")
                .register(meters);
        this.staleness = MultiGauge.builder("millrace.table.staleness")
                .description("Time since the table was last loaded by this endpoint or model")
                .baseUnit("seconds")
                .register(meters);
        this.staleAfter = MultiGauge.builder("millrace.table.stale.after")
                .description("Staleness from which the table is stale")
                .baseUnit("seconds")
                .register(meters);
    }

    @Scheduled(fixedDelay = "5s")
    void read() {
        List<MultiGauge.Row<?>> backlog = List.of();
        List<Freshness.Watched> watched = List.of();
        try {
            backlog = backlog();
            watched = freshness.all();
            watched.forEach(endpoint -> runs.expect(endpoint.pipeline(), endpoint.endpoint()));
        } catch (RuntimeException e) { // such as a run database that is away
            LOG.warn("the gauges can't be read: {}", e.toString());
        }
        tasks.register(backlog, true);
        staleness.register(ages(watched), true);
        staleAfter.register(limits(watched), true);
    }

    /** Zeros too: an alert can't tell a value that is missing from one that is well. */
    private List<MultiGauge.Row<?>> backlog() {
        Map<Step, Map<TaskState, Long>> counts = new EnumMap<>(Step.class);
        for (Backlog some : history.backlog()) {
            counts.computeIfAbsent(some.step(), _ -> new EnumMap<>(TaskState.class))
                    .put(TaskState.valueOf(some.state()), some.tasks());
        }
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        for (Step step : Step.values()) {
            for (TaskState state : List.of(TaskState.WAITING, TaskState.READY, TaskState.DISPATCHED)) {
                long count = counts.getOrDefault(step, Map.of()).getOrDefault(state, 0L);
                rows.add(MultiGauge.Row.of(Tags.of("step", lower(step), "state", lower(state)), count));
            }
        }
        return rows;
    }

    private List<MultiGauge.Row<?>> ages(List<Freshness.Watched> all) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        for (Freshness.Watched watched : all) {
            if (watched.age() != null) {
                rows.add(MultiGauge.Row.of(tags(watched), seconds(watched.age())));
            }
        }
        return rows;
    }

    private List<MultiGauge.Row<?>> limits(List<Freshness.Watched> all) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        for (Freshness.Watched watched : all) {
            if (watched.staleAfter() != null) {
                rows.add(MultiGauge.Row.of(tags(watched), seconds(watched.staleAfter())));
            }
        }
        return rows;
    }

    private static Tags tags(Freshness.Watched watched) {
        return Tags.of("pipeline", watched.pipeline(), "endpoint", watched.endpoint(), "table", watched.target());
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
