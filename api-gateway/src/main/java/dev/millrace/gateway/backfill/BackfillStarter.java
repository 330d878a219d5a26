package dev.millrace.gateway.backfill;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.run.Runs;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.micronaut.transaction.annotation.TransactionalEventListener;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries backfills to their end, from this replica's start to its own: as soon as a run of one ends, the next window
 * begins. What one replica leaves, the next look of any finds.
 */
@Singleton
public class BackfillStarter {
    /** The trigger of runs that a backfill starts. */
    static final String TRIGGER = "backfill";

    private static final Logger LOG = LoggerFactory.getLogger(BackfillStarter.class);

    /** With which no other try would do better. */
    private static final Set<ErrorCode> FOR_GOOD =
            Set.of(ErrorCode.PIPELINE_UNKNOWN, ErrorCode.ENDPOINT_UNKNOWN, ErrorCode.REQUEST_INVALID);

    private final BackfillPlan plan;
    private final Backfills backfills;
    private final Runs runs;
    private final Dispatcher dispatcher;
    private final GatewayConfig config;
    private final BackgroundWork work;
    private final Semaphore news = new Semaphore(0);
    private final Thread loop = Thread.ofVirtual().name("backfills").unstarted(this::loop);
    private volatile boolean stopping;

    BackfillStarter(
            BackfillPlan plan,
            Backfills backfills,
            Runs runs,
            Dispatcher dispatcher,
            GatewayConfig config,
            BackgroundWork work) {
        this.plan = plan;
        this.backfills = backfills;
        this.runs = runs;
        this.dispatcher = dispatcher;
        this.config = config;
        this.work = work;
    }

    @EventListener
    void start(ServerStartupEvent event) {
        loop.start();
    }

    /** Nothing is interrupted: H2 closes its file when a thread that reads or writes it is. */
    @EventListener
    void stop(ShutdownEvent event) throws InterruptedException {
        stopping = true;
        news.release();
        loop.join();
    }

    @TransactionalEventListener
    void heard(RunEvent event) {
        if (event instanceof RunEvent.Ended ended && ended.run().runTrigger().equals(TRIGGER)) {
            news.release();
        }
    }

    /**
     * Begins a backfill.
     *
     * @param by who wants it
     * @return its id
     * @throws MillraceException as {@link BackfillPlan#of}, or with {@code BACKFILL_ACTIVE}
     */
    public String begin(BackfillPlan.Wanted wanted, int parallelism, String by) throws InterruptedException {
        String id = backfills.add(wanted, plan.of(wanted), parallelism, by);
        news.release();
        return id;
    }

    /**
     * Ends a backfill: it starts no further windows, and runs that are under way are cancelled.
     *
     * @param by who wants it
     * @throws MillraceException with {@code BACKFILL_UNKNOWN}
     */
    public void cancel(String id, String by) {
        backfills.cancel(id);
        backfills.unfinished(id).forEach(run -> runs.cancel(run, by));
        dispatcher.wake();
    }

    private void loop() {
        while (!stopping) {
            work.attempt(
                    Kind.BACKFILLS,
                    () -> backfills.running().stream()
                            .filter(id -> work.isDue(Kind.BACKFILLS, id))
                            .forEach(id -> work.attempt(Kind.BACKFILLS, id, () -> advance(id))));
            try {
                if (news.tryAcquire(config.poll().toMillis(), TimeUnit.MILLISECONDS)) {
                    news.drainPermits();
                }
            } catch (InterruptedException e) {
                stopping = true;
            }
        }
    }

    private void advance(String id) {
        try {
            List<BackfillRepository.Window> startable = backfills.startable(id);
            for (BackfillRepository.Window window : startable) {
                if (!started(id, window)) {
                    break;
                }
            }
            backfills.finish(id);
            dispatcher.wake();
        } catch (MillraceException e) {
            if (!FOR_GOOD.contains(e.code())) {
                throw e;
            }
            LOG.warn("backfill {} can't go on: {}: {}", id, e.code(), e.detail());
            backfills.fail(id, e);
        }
    }

    /** @return false when there is no room for more */
    private boolean started(String id, BackfillRepository.Window window) {
        try {
            return backfills.start(id, window);
        } catch (RunActive e) {
            LOG.debug("backfill {}: {} waits for the run that is under way", id, window, e);
            return true;
        }
    }
}
