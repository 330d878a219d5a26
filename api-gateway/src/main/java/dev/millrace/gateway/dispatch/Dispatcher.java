package dev.millrace.gateway.dispatch;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.history.Archive;
import dev.millrace.gateway.run.Runs;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import dev.millrace.gateway.telemetry.BackgroundWork.Result;
import dev.millrace.gateway.warehouse.LoaderWarehouse;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceProblems;
import dev.millrace.service.WorkerCalls;
import dev.millrace.task.Abort;
import dev.millrace.task.LogContext;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.http.HttpResponse;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.micronaut.transaction.annotation.TransactionalEventListener;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the outbox to the services, from this replica's start to its end: posts ready tasks, lets runs go on that
 * waited for others, asks for aborts, and looks after tasks whose service keeps silent. Replicas share the work through
 * row locks; what one of them drops, the next finds.
 */
@Singleton
public class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final int AT_ONCE = 32;
    private static final String LOADER = Step.LOAD.service();

    private final Outbox outbox;
    private final Runs runs;
    private final Archive archive;
    private final WorkerCalls services;
    private final LoaderWarehouse warehouse;
    private final CompleteTasks complete;
    private final GatewayConfig config;
    private final BackgroundWork work;
    private final Room room = new Room(System::nanoTime);
    private final Queue<String> leftTables = new ConcurrentLinkedQueue<>();
    private final Semaphore ready = new Semaphore(0);
    private final Semaphore ended = new Semaphore(0);
    /** Whether runs may have to wait no longer. */
    private final AtomicBoolean settled = new AtomicBoolean();
    /** Whether there may be loads to be closed. */
    private final AtomicBoolean closing = new AtomicBoolean();

    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread loop = Thread.ofVirtual().name("dispatcher").unstarted(this::loop);
    private final Thread archiving = Thread.ofVirtual().name("archive").unstarted(this::archiveEnded);
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile boolean stopping;

    Dispatcher(
            Outbox outbox,
            Runs runs,
            Archive archive,
            WorkerCalls services,
            LoaderWarehouse warehouse,
            CompleteTasks complete,
            GatewayConfig config,
            BackgroundWork work) {
        this.outbox = outbox;
        this.runs = runs;
        this.archive = archive;
        this.services = services;
        this.warehouse = warehouse;
        this.complete = complete;
        this.config = config;
        this.work = work;
    }

    @EventListener
    void start(ServerStartupEvent event) {
        loop.start();
        archiving.start();
    }

    /** Nothing is interrupted: H2 closes its file when a thread that reads or writes it is. */
    @EventListener
    void stop(ShutdownEvent event) throws InterruptedException {
        stopping = true;
        ready.release();
        ended.release();
        loop.join();
        archiving.join();
        calls.shutdown();
        if (!calls.awaitTermination(config.lease().toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.info("calls to services are left unanswered; leases will tell");
        }
    }

    /** Says that there are runs to be started, new ones or once more. */
    public void wake() {
        settled.set(true);
        ready.release();
    }

    /** Says that a run has been cancelled, whose load may have to be closed. */
    public void cancelled() {
        closing.set(true);
        wake();
    }

    /** What has ended makes room for what waits, and a further step or attempt is to be posted. */
    @TransactionalEventListener
    void heard(RunEvent event) {
        switch (event) {
            case RunEvent.StepEnded step -> {
                room.freed(step.step());
                if (step.succeeded()) {
                    ready.release();
                } else {
                    cancelled();
                }
            }
            case RunEvent.Ended end -> {
                if (!end.run().dryRun()) {
                    leftTables.add(end.run().targetTable());
                }
                wake();
                ended.release();
            }
            case RunEvent.Repeated _ -> ready.release();
            case RunEvent.Taken _, RunEvent.TableChecked _ -> {}
        }
    }

    /** Looks for what it has been told of, and once in a pause for all that there may be. */
    private void loop() {
        long lease = config.lease().toNanos();
        long pause = config.poll().toNanos();
        long looked = System.nanoTime();
        long lookedForAll = looked - pause;
        long patientUntil = looked;
        while (!stopping) {
            boolean all = System.nanoTime() - lookedForAll >= pause;
            if (all) {
                lookedForAll = System.nanoTime();
            }
            work.attempt(Kind.TASKS, "tables", this::passTablesOn);
            askLoader();
            boolean reached = work.attempt(Kind.TASKS, this::postReady) != Result.OUT_OF_REACH;
            if (settled.getAndSet(false) || all) {
                reached &= each(Kind.WAITING_RUNS, outbox::settled, this::settle) != Result.OUT_OF_REACH;
            }
            if (closing.getAndSet(false) || all) {
                reached &= work.attempt(Kind.ABORTS, this::closeLoads) != Result.OUT_OF_REACH;
            }
            long now = System.nanoTime();
            if (!reached || now - looked > lease) {
                // who could not be heard has not been silent: heartbeats come first again
                patientUntil = now + lease;
            }
            looked = now;
            if (all && now - patientUntil >= 0) {
                each(Kind.LEASES, outbox::overdue, runs::expired);
            }
            await(ready);
        }
    }

    /** Apart from the rest: it copies rejects, which takes as long as they are many. */
    private void archiveEnded() {
        while (!stopping) {
            each(Kind.ARCHIVE, archive::due, archive::archive);
            work.attempt(
                    Kind.LOG_COPIES,
                    () -> outbox.logs(AT_ONCE)
                            .forEach(log -> carry(Kind.LOG_COPIES, log.copy().run(), () -> copy(log))));
            await(ended);
        }
    }

    /** Beside the rest, and no second time meanwhile; if it failed, again, even if a task has had an answer since. */
    private void askLoader() {
        boolean wanted = warehouse.isOutdated() || work.failing(Kind.CAPABILITIES) > 0;
        if (wanted && work.isDue(Kind.CAPABILITIES, LOADER) && asking.compareAndSet(false, true)) {
            carry(Kind.CAPABILITIES, LOADER, () -> {
                try {
                    warehouse.ask();
                } catch (InterruptedException e) {
                    LOG.info("the loader may not have been asked what its warehouse can hold; it is asked again");
                } finally {
                    asking.set(false);
                }
            });
        }
    }

    private void await(Semaphore news) {
        try {
            if (news.tryAcquire(config.poll().toMillis(), TimeUnit.MILLISECONDS)) {
                news.drainPermits();
            }
        } catch (InterruptedException e) {
            stopping = true;
        }
    }

    private void carry(Kind kind, String id, Runnable call) {
        calls.execute(() -> work.attempt(kind, id, call));
    }

    /**
     * Does each piece that is due. Those that fail are asked for beside the others, so that they can't fill the list.
     *
     * @param found the ids of so many pieces at most
     * @return of finding them
     */
    private Result each(Kind kind, IntFunction<List<String>> found, Consumer<String> piece) {
        return work.attempt(
                kind,
                () -> found.apply(AT_ONCE + work.failing(kind)).stream()
                        .filter(id -> work.isDue(kind, id))
                        .forEach(id -> work.attempt(kind, id, () -> piece.accept(id))));
    }

    private void passTablesOn() {
        for (String table = leftTables.poll(); table != null; table = leftTables.poll()) {
            outbox.left(table);
        }
    }

    private void postReady() {
        if (Arrays.stream(Step.values()).allMatch(step -> room.of(step) == 0)) {
            return;
        }
        Outbox.Taken taken = outbox.take(room::of);
        if (taken.more()) {
            ready.release();
        }
        taken.postings().forEach(posting -> {
            boolean besides = room.offered(posting.task().work().step());
            carry(Kind.TASKS, posting.task().id(), () -> post(posting, besides));
        });
        taken.unreadable()
                .forEach(task -> work.attempt(
                        Kind.TASKS,
                        task.task(),
                        () -> runs.unpostable(
                                task.task(),
                                task.attempt(),
                                task.why().code(),
                                task.why().detail())));
    }

    private void closeLoads() {
        Outbox.Closing closing = outbox.closing(AT_ONCE);
        closing.aborts().forEach(abort -> carry(Kind.ABORTS, abort.load(), () -> close(abort)));
        closing.unclosable()
                .forEach(load -> work.attempt(
                        Kind.ABORTS, load.run(), () -> runs.unclosable(load.run(), load.generation(), load.why())));
    }

    /** Others may wait for a run that ends here. */
    private void settle(String run) {
        runs.settled(run);
        wake();
    }

    /** @param besides as {@link Room#offered} says */
    private void post(Outbox.Posting posting, boolean besides) {
        Task task = posting.task();
        Step step = task.work().step();
        try (LogContext _ = LogContext.of(task)) {
            int status =
                    services.take(config.services().of(step), complete.of(task)).code();
            switch (status) {
                case 202 -> {
                    if (besides) {
                        room.tookMore(step);
                    }
                    runs.taken(posting.run(), step);
                }
                case 429 -> {
                    room.full(step);
                    outbox.full(posting);
                }
                default -> {
                    String detail = "the " + step.service() + " refused the task with status " + status;
                    if (status >= 500) { // as while it starts or ends, or from a proxy before it
                        again(posting, detail);
                    } else {
                        runs.unpostable(task.id(), task.attempt(), ErrorCode.SERVICE_UNAVAILABLE, detail);
                    }
                }
            }
        } catch (MillraceException e) {
            again(posting, e.detail());
        } catch (InterruptedException e) {
            LOG.info("task {} may not have been posted; its lease will tell", task.id());
        }
    }

    private void again(Outbox.Posting posting, String detail) {
        Task task = posting.task();
        if (posting.age().compareTo(config.undeliverable()) > 0) {
            runs.unpostable(task.id(), task.attempt(), ErrorCode.SERVICE_UNAVAILABLE, detail);
        } else {
            LOG.info("task {} is posted again later: {}", task.id(), detail);
            runs.notPosted(task.run(), task.id(), task.attempt(), detail);
            outbox.away(posting);
        }
    }

    private void copy(Outbox.LogCopy log) {
        try {
            HttpResponse<?> answer = services.copyLog(config.services().loader(), log.copy());
            if (answer.code() == 200) {
                outbox.copied(log);
            } else if (answer.code() == 403) { // no other try would do better
                LOG.warn(
                        "the log of run {} stays in the archive: {}",
                        log.copy().run(),
                        ServiceProblems.of(answer).detail());
                outbox.copied(log);
            } else {
                LOG.warn(
                        "the log of run {} is copied later; the loader answered with {}: {}",
                        log.copy().run(),
                        answer.code(),
                        ServiceProblems.of(answer).detail());
            }
        } catch (MillraceException e) {
            LOG.info("the log of run {} is copied later: {}", log.copy().run(), e.detail());
        } catch (InterruptedException e) {
            LOG.info(
                    "the log of run {} may not have been copied; it is tried again",
                    log.copy().run());
        }
    }

    private void close(Abort abort) {
        try {
            HttpResponse<Abort.Answer> answer = services.abort(config.services().loader(), abort);
            if (answer.code() == 200) {
                runs.closed(abort, answer.body());
            } else {
                Problem problem = ServiceProblems.of(answer);
                LOG.warn(
                        "run {} ends when the loader can close its load; it answered with {}: {}",
                        abort.load(),
                        answer.code(),
                        problem.detail());
                runs.notClosed(abort, problem.code() + ": " + problem.detail());
            }
        } catch (MillraceException e) {
            LOG.info("the abort of {} is tried again: {}", abort.load(), e.detail());
        } catch (InterruptedException e) {
            LOG.info("the abort of {} may not have been sent; the next start sends it again", abort.load());
        }
    }
}
