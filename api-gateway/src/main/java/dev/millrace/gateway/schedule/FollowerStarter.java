package dev.millrace.gateway.schedule;

import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
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
    void look() {
        if (!config.follow()) {
            return;
        }
        catalog.content().inForce().forEach((name, inForce) -> {
            if (!inForce.pipeline().after().isEmpty() && work.isDue(Kind.WAITING_RUNS, name)) {
                work.attempt(Kind.WAITING_RUNS, name, () -> start(inForce));
            }
        });
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
