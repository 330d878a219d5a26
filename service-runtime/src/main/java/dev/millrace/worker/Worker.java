package dev.millrace.worker;

import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.GatewayCalls;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.LogContext;
import dev.millrace.task.Outcome;
import dev.millrace.task.Report;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.trace.Traces;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import io.micronaut.runtime.event.annotation.EventListener;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks: claims the attempt, lets the {@link TaskHandler} work, sends heartbeats meanwhile and reports the outcome
 * until the gateway has it. A shutdown stops the tasks and hands them back.
 *
 * <p>Each task has a platform thread: much of its work is computation and native code, which would keep the few
 * carriers of all virtual threads from heartbeats and requests.
 */
@Singleton
@Requires(beans = TaskHandler.class)
public class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final TaskHandler<?> handler;
    private final StagingStore staging;
    private final GatewayCalls gateway;
    private final WorkerConfig config;
    private final Clock clock;
    private final Traces traces;
    private final RetryPolicy<HttpResponse<?>> untilAnswered;
    private final byte[] owner = UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8);
    private final Set<Attempt> running = new HashSet<>();
    private boolean draining;

    Worker(
            TaskHandler<?> handler,
            StagingStore staging,
            GatewayCalls gateway,
            WorkerConfig config,
            Clock clock,
            MeterRegistry meters,
            Traces traces) {
        this.handler = handler;
        this.staging = staging;
        this.gateway = gateway;
        this.config = config;
        this.clock = clock;
        this.traces = traces;
        this.untilAnswered = RetryPolicy.<HttpResponse<?>>builder()
                .handleIf(failure -> failure instanceof MillraceException)
                .handleResultIf(answer -> answer.code() >= 500 || answer.code() == 429)
                .withBackoff(Duration.ofMillis(100), Duration.ofSeconds(10))
                .withJitter(0.2)
                .withMaxAttempts(-1)
                .withMaxDuration(config.reportFor())
                .build();
        Gauge.builder("millrace.worker.tasks", this, Worker::load)
                .description("Tasks that run in this process")
                .register(meters);
        Gauge.builder("millrace.worker.capacity", config, WorkerConfig::capacity)
                .description("Tasks that may run in this process at once")
                .register(meters);
    }

    private synchronized int load() {
        return running.size();
    }

    /**
     * Starts the task, or does nothing when somebody has claimed this attempt already.
     *
     * @throws MillraceException with {@code BUSY} when there is no room, {@code SERVICE_UNAVAILABLE} during shutdown
     */
    void take(Task task) {
        Attempt _ = started(task);
    }

    /**
     * As {@link #take}, and returns when nothing is left to be done about the attempt.
     *
     * @throws MillraceException likewise
     */
    void carryOut(Task task) throws InterruptedException {
        started(task).thread.join();
    }

    private synchronized Attempt started(Task task) {
        if (draining) {
            throw new MillraceException(ErrorCode.SERVICE_UNAVAILABLE, "shutting down");
        }
        // who has done its work makes room before the gateway hears of it: the answer to that may be the next task
        long working = running.stream().filter(attempt -> !attempt.done).count();
        if (working >= config.capacity()) {
            throw new MillraceException(ErrorCode.BUSY, "already at " + working + " tasks");
        }
        Attempt attempt = new Attempt(task);
        running.add(attempt);
        attempt.thread.start();
        return attempt;
    }

    private synchronized void done(Attempt attempt) {
        attempt.done = true;
    }

    private synchronized void ended(Attempt attempt) {
        running.remove(attempt);
    }

    @EventListener
    void drain(ShutdownEvent event) throws InterruptedException {
        List<Attempt> unfinished;
        synchronized (this) {
            draining = true;
            unfinished = new ArrayList<>(running);
        }
        unfinished.forEach(attempt -> attempt.stop(new Outcome.Released()));
        long deadline = System.nanoTime() + config.drain().toNanos();
        for (Attempt attempt : unfinished) {
            attempt.thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        }
    }

    private final class Attempt {
        private final Task task;
        private final TaskContext context = new TaskContext(clock);
        private final Thread thread;
        private final CountDownLatch workDone = new CountDownLatch(1);
        private boolean working;
        /** Whether only the report is left to do; guarded by the worker. */
        private boolean done;

        private @Nullable Outcome onStop;

        Attempt(Task task) {
            this.task = task;
            this.thread = Thread.ofPlatform()
                    .daemon()
                    .name("task-" + task.id() + "-" + task.attempt())
                    .unstarted(this::run);
        }

        private void run() {
            try (LogContext _ = LogContext.of(task)) {
                carryOut();
            }
        }

        private void carryOut() {
            try {
                // a stop doesn't interrupt the claim: what is somebody else's must not be handed back
                if (staging.createIfAbsent(task.folder() + "/OWNER", owner)) {
                    workAndReport();
                } else {
                    LOG.info("task {} attempt {} is somebody else's", task.id(), task.attempt());
                }
            } catch (Throwable e) { // whatever it is, the run must hear of it
                report(failed(e));
            } finally {
                ended(this);
            }
        }

        private void workAndReport() {
            Span span = traces.span(task.work().step().folder(), SpanKind.CONSUMER, task.traceparent())
                    .setAttribute("millrace.run", task.run())
                    .setAttribute("millrace.pipeline", task.pipeline())
                    .setAttribute("millrace.endpoint", task.endpoint())
                    .setAttribute("millrace.attempt", task.attempt())
                    .startSpan();
            try (Scope _ = span.makeCurrent()) {
                Outcome outcome = work();
                if (outcome instanceof Outcome.Failed failed) {
                    span.setStatus(StatusCode.ERROR, failed.code() + ": " + failed.detail());
                }
                if (outcome != null) {
                    report(outcome);
                }
            } finally {
                span.end();
            }
        }

        /** Null when the attempt was stopped and nobody waits for its outcome. */
        private @Nullable Outcome work() {
            Thread heartbeats = Thread.ofVirtual()
                    .name("heartbeat-" + task.id())
                    .start(Context.current().wrap(this::beat));
            try {
                workBegins();
                Outcome outcome = handled(handler, task, context);
                boolean _ = workEnded();
                return outcome;
            } catch (Throwable e) { // an OutOfMemoryError is an outcome too, and the run must hear of it
                return workEnded() ? onStop : failed(e);
            } finally {
                end(heartbeats);
            }
        }

        private static <W extends Work> Outcome handled(TaskHandler<W> handler, Task task, TaskContext context)
                throws Exception {
            if (!handler.work().isInstance(task.work())) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "this service was given a task of the "
                                + task.work().step().service());
            }
            return handler.handle(task, handler.work().cast(task.work()), context);
        }

        /** The last heartbeat is let through, so that the report repeats nothing that it said and leaves nothing out. */
        private void end(Thread heartbeats) {
            workDone.countDown();
            try {
                heartbeats.join();
            } catch (InterruptedException e) {
                LOG.trace("the process ends", e);
            }
        }

        private Outcome failed(Throwable e) {
            if (e instanceof MillraceException known) {
                String detail = context.masked(known.detail());
                LOG.info("task {} attempt {} failed: {}", task.id(), task.attempt(), detail);
                return new Outcome.Failed(known.code(), detail);
            }
            LOG.error("task {} attempt {} failed unexpectedly", task.id(), task.attempt(), e);
            // the message is for those who run the service, who find it in its log
            return new Outcome.Failed(
                    ErrorCode.INTERNAL,
                    "the " + task.work().step().service() + " failed unexpectedly with "
                            + e.getClass().getSimpleName() + "; its log says more");
        }

        private synchronized void workBegins() {
            context.checkStopped();
            working = true;
        }

        /** Whether a stop had come before. One that comes later changes nothing. */
        private synchronized boolean workEnded() {
            working = false;
            boolean _ = Thread.interrupted(); // a stop that came too late must not disturb the report
            return context.stopped();
        }

        synchronized void stop(@Nullable Outcome outcome) {
            if (!context.stopped()) {
                onStop = outcome;
                context.stop();
                if (working) {
                    thread.interrupt();
                }
            }
        }

        private void beat() {
            try (LogContext _ = LogContext.of(task)) {
                while (!workDone.await(task.heartbeat().toMillis(), TimeUnit.MILLISECONDS)) {
                    Heartbeat heartbeat = context.heartbeat();
                    try {
                        HttpResponse<Heartbeat.Answer> answer = gateway.heartbeat(task, heartbeat);
                        if (answer.code() == 404 || answer.code() == 409) {
                            stop(null);
                        } else if (answer.code() != 200) {
                            context.restore(heartbeat);
                        } else if (answer.body().stop()) {
                            stop(null);
                        }
                    } catch (MillraceException e) {
                        context.restore(heartbeat);
                        LOG.debug("heartbeat of task {}: {}", task.id(), e.detail());
                    } catch (RuntimeException e) { // a heartbeat that fails must not be the last one
                        context.restore(heartbeat);
                        LOG.warn("a heartbeat of task {} failed", task.id(), e);
                    }
                }
            } catch (InterruptedException e) {
                LOG.trace("no more heartbeats for task {}", task.id());
            }
        }

        private void report(Outcome outcome) {
            done(this);
            Report report = new Report(outcome, context.heartbeat());
            try {
                HttpResponse<?> answer = Failsafe.with(untilAnswered).get(() -> gateway.outcome(task, report));
                if (answer.code() != 200) {
                    LOG.info(
                            "the gateway doesn't want the outcome of task {} attempt {}: {}",
                            task.id(),
                            task.attempt(),
                            answer.code());
                }
            } catch (RuntimeException e) {
                LOG.error(
                        "the gateway was not told of the outcome of task {} attempt {}", task.id(), task.attempt(), e);
            }
        }
    }
}
