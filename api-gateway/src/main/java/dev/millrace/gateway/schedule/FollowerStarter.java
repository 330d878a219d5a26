package dev.millrace.gateway.schedule;

import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import dev.millrace.pipeline.Pipeline;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for pipelines that are to be started after others. */
@Singleton
class FollowerStarter {
    private static final Logger LOG = LoggerFactory.getLogger(FollowerStarter.class);

    private final PipelineCatalog catalog;
    private final Followers followers;
    private final Dispatcher dispatcher;
    private final SchedulesConfig config;
    private final BackgroundWork work;

    /** By pipeline, what it waits for that isn't there, as it was last told. */
    private final Map<String, List<String>> told = new HashMap<>();

    FollowerStarter(
            PipelineCatalog catalog,
            Followers followers,
            Dispatcher dispatcher,
            SchedulesConfig config,
            BackgroundWork work) {
        this.catalog = catalog;
        this.followers = followers;
        this.dispatcher = dispatcher;
        this.config = config;
        this.work = work;
    }

    @Scheduled(fixedDelay = "1s", initialDelay = "1s")
    synchronized void look() {
        if (!config.follow()) {
            return;
        }
        PipelineCatalog.Content content = catalog.content();
        told.keySet().retainAll(content.inForce().keySet());
        content.inForce().forEach((name, inForce) -> {
            if (!inForce.pipeline().after().isEmpty() && work.isDue(Kind.WAITING_RUNS, name)) {
                List<String> unknown = content.unknownBefore(inForce.pipeline());
                if (unknown.isEmpty()) {
                    told.remove(name);
                    work.attempt(Kind.WAITING_RUNS, name, () -> start(inForce));
                } else if (!unknown.equals(told.get(name))) {
                    work.attempt(Kind.WAITING_RUNS, name, () -> tell(inForce.pipeline(), unknown));
                }
            }
        });
    }

    private void tell(Pipeline pipeline, List<String> unknown) {
        followers.watch(pipeline);
        LOG.warn(
                "pipeline {} comes after {}, which no pipeline file has: it isn't started before there is one",
                pipeline.name(),
                String.join(", ", unknown));
        told.put(pipeline.name(), unknown);
    }

    private void start(PipelineCatalog.InForce inForce) {
        try {
            if (followers.start(inForce)) {
                dispatcher.wake();
            }
        } catch (RunActive e) {
            LOG.debug(
                    "{} waits for its run that is under way", inForce.pipeline().name(), e);
        }
    }
}
