package dev.millrace.gateway.pipeline;

import dev.millrace.gateway.run.Backlog;
import dev.millrace.gateway.run.History;
import dev.millrace.gateway.run.TaskState;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Pipeline;
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
 * What the run database says at this moment. All replicas say the same, so it is the maximum over them that counts, not
 * the sum. While the database can't be read there is no value, rather than an old one.
 */
@Singleton
class Gauges {
    private static final Logger LOG = LoggerFactory.getLogger(Gauges.class);

    private final PipelineCatalog catalog;
    private final History history;
    private final MultiGauge tasks;
    private final MultiGauge staleness;

    Gauges(PipelineCatalog catalog, History history, MeterRegistry meters) {
        this.catalog = catalog;
        this.history = history;
        this.tasks = MultiGauge.builder("millrace.tasks")
                .description("Tasks that wait for other runs, are ready for a service, or are with one")
                .register(meters);
        this.staleness = MultiGauge.builder("millrace.table.staleness")
                .description("Time since the table was last loaded by this endpoint or model")
                .baseUnit("seconds")
                .register(meters);
    }

    @Scheduled(fixedDelay = "5s")
    void read() {
        List<MultiGauge.Row<?>> backlog = List.of();
        List<MultiGauge.Row<?>> ages = List.of();
        try {
            backlog = backlog();
            ages = ages(history.sinceSuccess());
        } catch (RuntimeException e) { // such as a run database that is away
            LOG.warn("the gauges can't be read: {}", e.toString());
        }
        tasks.register(backlog, true);
        staleness.register(ages, true);
    }

    /** Zeros too: an alert can't tell a value that is missing from one that is well. */
    private List<MultiGauge.Row<?>> backlog() {
        Map<Step, Map<TaskState, Long>> counts = new EnumMap<>(Step.class);
        for (Backlog some : history.backlog()) {
            counts.computeIfAbsent(some.step(), _ -> new EnumMap<>(TaskState.class))
                    .put(some.state(), some.tasks());
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

    /** Of what the pipeline files have now: an endpoint that was taken out of them is no longer missed. */
    private List<MultiGauge.Row<?>> ages(Map<String, Duration> sinceSuccess) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        for (PipelineCatalog.InForce inForce : catalog.content().inForce().values()) {
            Pipeline pipeline = inForce.pipeline();
            pipeline.endpoints()
                    .forEach((name, endpoint) ->
                            age(pipeline.name(), name, target(endpoint.destination()), sinceSuccess, rows));
            pipeline.models()
                    .forEach((name, model) ->
                            age(pipeline.name(), name, model.destination().table(), sinceSuccess, rows));
        }
        return rows;
    }

    private static void age(
            String pipeline,
            String endpoint,
            String target,
            Map<String, Duration> sinceSuccess,
            List<MultiGauge.Row<?>> rows) {
        Duration age = sinceSuccess.get(pipeline + "/" + endpoint);
        if (age != null) {
            rows.add(MultiGauge.Row.of(
                    Tags.of("pipeline", pipeline, "endpoint", endpoint, "table", target), age.toMillis() / 1000.0));
        }
    }

    private static String target(Destination destination) {
        return switch (destination) {
            case Destination.Table table -> table.table();
            case Destination.Bucket bucket -> bucket.bucket() + "/" + bucket.key();
        };
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
