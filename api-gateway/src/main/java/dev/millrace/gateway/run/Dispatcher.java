package dev.millrace.gateway.run;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.ServiceClient;
import dev.millrace.task.Abort;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the outbox to the services, from this replica's start to its end: posts ready tasks, asks for aborts, and
 * looks after tasks whose service keeps silent. Replicas share the work through row locks; what one of them drops,
 * the next finds.
 */
@Singleton
public class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final int AT_ONCE = 32;

    private final Outbox outbox;
    private final Runs runs;
    private final Archive archive;
    private final ServiceClient services;
    private final GatewayConfig config;
    private final Semaphore work = new Semaphore(0);
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread loop = Thread.ofVirtual().name("dispatcher").unstarted(this::loop);

    Dispatcher(Outbox outbox, Runs runs, Archive archive, ServiceClient services, GatewayConfig config) {
        this.outbox = outbox;
        this.runs = runs;
        this.archive = archive;
        this.services = services;
        this.config = config;
    }

    @EventListener
    void start(ServerStartupEvent event) {
        loop.start();
    }

    @EventListener
    void stop(ShutdownEvent event) throws InterruptedException {
        loop.interrupt();
        calls.shutdown();
        calls.awaitTermination(config.lease().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Says that there is something new to be carried. */
    public void wake() {
        work.release();
    }

    private void loop() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                outbox.take(AT_ONCE).forEach(task -> calls.execute(() -> post(task)));
                outbox.closing(AT_ONCE).forEach(abort -> calls.execute(() -> close(abort)));
                outbox.overdue(AT_ONCE).forEach(runs::expired);
                archive.archiveFinished();
                if (work.tryAcquire(config.poll().toMillis(), TimeUnit.MILLISECONDS)) {
                    work.drainPermits();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.warn("the outbox can't be worked on, next try follows: {}", String.valueOf(e.getMessage()));
                LOG.debug("why", e);
                work.drainPermits();
                if (pause(config.poll())) {
                    return;
                }
            }
        }
    }

    private void post(Outbox.Posting posting) {
        Task task = posting.task();
        Step step = task.work().step();
        try {
            int status = services.post(
                            config.services().of(step).resolve("/tasks"), step.service(), task.subject(), task)
                    .status();
            switch (status) {
                case 202 -> outbox.taken(task.run());
                case 429, 503 -> outbox.postpone(posting);
                default ->
                    runs.undeliverable(
                            task.id(),
                            task.attempt(),
                            "the " + step.service() + " refused the task with status " + status);
            }
        } catch (MillraceException e) {
            if (posting.age().compareTo(config.undeliverable()) > 0) {
                runs.undeliverable(task.id(), task.attempt(), e.detail());
            } else {
                LOG.info("task {} is posted again later: {}", task.id(), e.detail());
                outbox.postpone(posting);
            }
        } catch (InterruptedException e) {
            LOG.info("task {} may not have been posted; its lease will tell", task.id());
        }
    }

    private void close(Abort abort) {
        try {
            ServiceClient.Answer answer = services.post(
                    config.services().loader().resolve("/aborts"), Step.LOAD.service(), abort.subject(), abort);
            if (answer.status() == 200) {
                runs.closed(abort.load(), answer.as(Abort.Answer.class));
            } else {
                LOG.warn(
                        "the loader answered the abort of {} with status {}; next try follows",
                        abort.load(),
                        answer.status());
            }
        } catch (MillraceException e) {
            LOG.info("the abort of {} is tried again: {}", abort.load(), e.detail());
        } catch (InterruptedException e) {
            LOG.info("the abort of {} may not have been sent; the next start sends it again", abort.load());
        }
    }

    private static boolean pause(Duration pause) {
        try {
            Thread.sleep(pause);
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }
}
