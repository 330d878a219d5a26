package dev.millrace.gateway.pipeline;

import dev.millrace.gateway.notification.EndpointStatus;
import dev.millrace.gateway.notification.NotificationConfig;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.Schedule;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the pipeline files want to be loaded, how often, and how old it is; looks for what is stale. */
@Singleton
public class Freshness {
    private final PipelineCatalog catalog;
    private final EndpointStatus status;
    private final NotificationConfig config;
    private final BackgroundWork work;

    Freshness(PipelineCatalog catalog, EndpointStatus status, NotificationConfig config, BackgroundWork work) {
        this.catalog = catalog;
        this.status = status;
        this.config = config;
        this.work = work;
    }

    /**
     * An endpoint, model or export of a pipeline that is in force.
     *
     * @param target the table, or the place in a bucket
     * @param staleAfter null: it is never stale
     * @param age null: it is neither loaded nor waited for
     * @param due when its schedule wants it, after it has last been loaded, or began to be waited for; in the past: it is late;
     *     null: it has no schedule, or no age
     */
    public record Watched(
            String pipeline,
            String endpoint,
            String target,
            @Nullable Duration staleAfter,
            @Nullable Duration age,
            @Nullable Instant due) {}

    /** All, with their ages, for which the run database is asked. */
    public List<Watched> all() {
        return watched(status.ages());
    }

    /** All, as files declare them, without ages. */
    public List<Watched> declared() {
        return watched(Map.of());
    }

    private List<Watched> watched(Map<String, Duration> ages) {
        List<Watched> all = new ArrayList<>();
        for (PipelineCatalog.InForce inForce : catalog.content().inForce().values()) {
            Pipeline pipeline = inForce.pipeline();
            pipeline.allEndpoints().forEach((name, endpoint) -> {
                Duration age = ages.get(pipeline.name() + "/" + name);
                all.add(new Watched(
                        pipeline.name(),
                        name,
                        target(endpoint.destination()),
                        staleAfter(endpoint),
                        age,
                        due(endpoint, age)));
            });
            pipeline.models()
                    .forEach((name, model) -> all.add(new Watched(
                            pipeline.name(),
                            name,
                            model.destination().table(),
                            model.staleAfter(),
                            ages.get(pipeline.name() + "/" + name),
                            null)));
            pipeline.exports()
                    .forEach((name, export) -> all.add(new Watched(
                            pipeline.name(),
                            name,
                            target(export.destination().published()),
                            export.staleAfter(),
                            ages.get(pipeline.name() + "/" + name),
                            null)));
        }
        return all;
    }

    @Scheduled(fixedDelay = "5s", initialDelay = "1s")
    void look() {
        work.attempt(BackgroundWork.Kind.STALENESS, () -> {
            for (Watched watched : all()) {
                Duration limit = watched.staleAfter();
                if (limit != null && (watched.age() == null || watched.age().compareTo(limit) > 0)) {
                    status.look(watched.pipeline(), watched.endpoint(), watched.target(), limit);
                }
            }
        });
    }

    /** What nobody schedules isn't missed, unless its pipeline says so. */
    private @Nullable Duration staleAfter(Endpoint endpoint) {
        return endpoint.staleAfter() == null && endpoint.schedule() != null
                ? config.staleAfter()
                : endpoint.staleAfter();
    }

    private static @Nullable Instant due(Endpoint endpoint, @Nullable Duration age) {
        return endpoint.schedule() == null || age == null
                ? null
                : new Schedule(endpoint.schedule(), endpoint.timezone())
                        .after(Instant.now().minus(age))
                        .orElse(null);
    }

    private static String target(Destination destination) {
        return switch (destination) {
            case Destination.Table table -> table.table();
            case Destination.Bucket bucket -> bucket.bucket() + "/" + bucket.key();
        };
    }
}
