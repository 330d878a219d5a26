package dev.millrace.gateway.run;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.store.CutStep;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.gateway.store.RunState;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Abort;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Outcome;
import dev.millrace.task.Report;
import dev.millrace.task.Step;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.transaction.TransactionDefinition;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What happens to runs. Each method is one transaction that locks the run first, so that of several reports, replicas and
 * users at once each sees what the one before has done; what becomes of the run, {@link Transitions} say.
 *
 * <p>A run that isn't loading ends at once, because a service that still works on it can no longer report. A run that
 * is loading ends only after the loader's {@link Abort} has said whether the load is in the table.
 */
@Singleton
public class Runs {
    private final RunRepository runs;
    private final TaskRepository tasks;
    private final RunPhases phases;
    private final StepTasks steps;
    private final StepOutcomes outcomes;
    private final RunEndings endings;
    private final Claims claims;
    private final RunLog log;
    private final GatewayConfig config;
    private final ApplicationEventPublisher<RunEvent> events;

    Runs(
            RunRepository runs,
            TaskRepository tasks,
            RunPhases phases,
            StepTasks steps,
            StepOutcomes outcomes,
            RunEndings endings,
            Claims claims,
            RunLog log,
            GatewayConfig config,
            ApplicationEventPublisher<RunEvent> events) {
        this.runs = runs;
        this.tasks = tasks;
        this.phases = phases;
        this.steps = steps;
        this.outcomes = outcomes;
        this.endings = endings;
        this.claims = claims;
        this.log = log;
        this.config = config;
        this.events = events;
    }

    /**
     * Lets a stored run begin, with its first task. Part of the caller's transaction.
     *
     * @param upstream stored runs that it comes after
     * @throws RunActive when another run has the endpoint's window; models have none, and their runs take turns
     */
    @Transactional(propagation = TransactionDefinition.Propagation.MANDATORY)
    public void accept(RunRow run, RunSpec spec, List<RunRow> upstream, Instant now) {
        String name = run.pipeline() + "/" + run.endpoint();
        String after = upstream.stream().map(RunRow::endpoint).collect(Collectors.joining(", "));
        log.info(
                run.id(),
                now,
                "START " + name + (run.day() == null ? "" : " of " + run.day())
                        + (run.dryRun() ? ", dry run" : "")
                        + (upstream.isEmpty() ? "" : " after " + after));
        upstream.forEach(before -> runs.comesAfter(run.id(), before.id()));
        switch (spec) {
            case RunSpec.OfEndpoint endpoint -> {
                if (endpoint.recordsOf() == null) {
                    steps.ready(run, endpoint.extract(), now);
                } else {
                    steps.waitingForRecords(run, endpoint, now);
                }
                claims.endpoint(run);
            }
            case RunSpec.OfLoader model -> steps.waiting(run, model.load(run.id(), run.generation()), now);
        }
    }

    /**
     * Nothing that a waiting run comes after is going on any more, or some of it has not succeeded: the run starts, or
     * ends without having started.
     */
    @Transactional
    public void settled(String runId) {
        RunRow run = locked(runId);
        TaskRow task = tasks.waiting(runId).orElse(null);
        if (task == null) {
            return;
        }
        Instant now = runs.now();
        List<RunRow> upstream = runs.upstream(runId);
        Optional<RunRow> broken = upstream.stream()
                .filter(before -> before.state() == RunState.FAILED || before.state() == RunState.CANCELLED)
                .findFirst();
        if (broken.isPresent()) {
            tasks.stopAll(runId, now);
            String detail = run.endpoint() + " comes after " + broken.get().endpoint() + ", whose run "
                    + broken.get().id() + " ended as " + broken.get().state();
            endings.fail(run, Transitions.Event.UPSTREAM_FAILED, ErrorCode.UPSTREAM_FAILED, detail, now);
        } else if (!upstream.stream().allMatch(before -> before.state() == RunState.SUCCEEDED)) {
            return;
        } else if (task.step() == Step.EXTRACT) {
            outcomes.recordsRead(run, task, upstream.getFirst(), now);
        } else {
            phases.after(run, Transitions.Event.UPSTREAM_SUCCEEDED).ifPresent(next -> {
                phases.begin(run, next, now);
                if (run.dryRun() && !upstream.isEmpty()) {
                    log.info(
                            runId,
                            now,
                            "dry run: " + run.endpoint() + " is checked against the tables as they are now");
                }
                tasks.ready(task.id(), now);
            });
        }
    }

    /**
     * A service has the task of a step.
     *
     * @param run as it was when the task was posted
     */
    @Transactional
    public void taken(RunRow run, Step step) {
        if (run.state() == RunState.QUEUED) { // the only state that this is the end of
            RunRow current = locked(run.id());
            phases.after(current, Transitions.Event.TAKEN)
                    .filter(next -> next != Phase.of(current))
                    .ifPresent(next -> phases.begin(current, next, runs.now()));
        }
        events.publishEvent(new RunEvent.Taken(run, step));
    }

    /**
     * A service is alive and at work on an attempt.
     *
     * @return whether it is to stop, because the run has been cancelled
     * @throws MillraceException with {@code STALE_ATTEMPT} when somebody else has taken over
     */
    @Transactional
    public Heartbeat.Answer beat(String taskId, int attempt, Heartbeat heartbeat) {
        RunRow run = lockedOf(taskId);
        TaskRow task = tasks.lock(taskId).orElseThrow();
        if (task.attempt() != attempt) {
            throw stale(taskId, attempt);
        }
        if (task.state() != TaskState.READY && task.state() != TaskState.DISPATCHED) {
            return new Heartbeat.Answer(true);
        }
        Instant due = runs.now().plus(config.lease());
        tasks.beat(taskId, due, heartbeat.records(), heartbeat.bytes(), heartbeat.total());
        log.addAll(run.id(), heartbeat.log());
        return new Heartbeat.Answer(false);
    }

    /**
     * An attempt has ended. A repeated report of the same attempt changes nothing.
     *
     * @throws MillraceException with {@code STALE_ATTEMPT} when nobody waits for this attempt any more
     */
    @Transactional
    public void report(String taskId, int attempt, Report report) {
        RunRow run = lockedOf(taskId);
        TaskRow task = tasks.lock(taskId).orElseThrow();
        if (task.attempt() != attempt || task.state() == TaskState.STOPPED) {
            throw stale(taskId, attempt);
        }
        if (task.state() == TaskState.DONE || task.state() == TaskState.FAILED || task.state() == TaskState.SLICED) {
            return;
        }
        log.addAll(run.id(), report.last().log());
        outcomes.apply(run, task, report.outcome(), report.last().bytes());
    }

    /** A service has kept silent for longer than its lease: take over what it finished, or let another one try. */
    @Transactional
    public void expired(String taskId) {
        RunRow run = lockedOf(taskId);
        TaskRow task = tasks.lock(taskId).orElseThrow();
        Instant now = runs.now();
        if (task.state() != TaskState.DISPATCHED
                || task.due().isAfter(now)
                || phases.after(run, Transitions.Event.LOST).isEmpty()) {
            return;
        }
        String service = task.step().service();
        Optional<Outcome> finished;
        try {
            finished = steps.found(run, task);
        } catch (MillraceException e) {
            outcomes.giveUp(run, task, e.code(), e.detail());
            return;
        }
        if (finished.isPresent()) {
            log.warn(
                    run.id(),
                    now,
                    "the " + service + " stopped answering after it had finished" + ofSlice(task)
                            + "; its manifest is taken");
            outcomes.apply(run, task, finished.get(), task.bytes());
        } else if (task.lost() + 1 >= config.attempts()) {
            outcomes.giveUp(
                    run,
                    task,
                    ErrorCode.WORKER_LOST,
                    "the " + service + " stopped answering, " + config.attempts() + " times in a row");
        } else {
            log.warn(
                    run.id(),
                    now,
                    "the " + service + " stopped answering" + ofSlice(task) + "; attempt " + (task.attempt() + 1)
                            + " follows");
            steps.again(run, task, RunEvent.Reason.LOST, now);
        }
    }

    private static String ofSlice(TaskRow task) {
        return task.part() == null ? "" : " " + task.part();
    }

    /** No service has the attempt yet; the run's log says why, once as long as that stays the same. */
    @Transactional
    public void notPosted(String runId, String taskId, int attempt, String why) {
        RunRow run = locked(runId);
        TaskRow task = tasks.lock(taskId).orElseThrow();
        if (task.attempt() == attempt && task.state() == TaskState.DISPATCHED) {
            warnOnce(run, "the run waits for a service, which is asked again: " + why);
        }
    }

    /** Pods are on their way to the slices of a step. */
    @Transactional
    public void podsStarted(CutStep step, String job) {
        log.info(step.run(), runs.now(), "started the Job " + job + ", of " + step.pods() + " pods");
    }

    /** No pod has taken a slice of the run for a while; the run's log says why, once as long as that stays the same. */
    @Transactional
    public void waitsForPods(String runId, String why) {
        warnOnce(locked(runId), "the run waits for pods: " + why);
    }

    /** Nobody will do those slices of a step that are left. What has changed meanwhile stays as it is. */
    @Transactional
    public void abandoned(CutStep step, String why) {
        RunRow run = locked(step.run());
        TaskRow task = tasks.of(step.run(), step.step()).orElse(null);
        if (run.generation() == step.generation() && task != null && task.state() == TaskState.SLICED) {
            outcomes.giveUp(run, task, ErrorCode.PODS_UNAVAILABLE, why);
        }
    }

    /**
     * No service will do the attempt: its own was out of reach for too long, say, or what is stored of it can't be read.
     *
     * @param code why
     */
    @Transactional
    public void unpostable(String taskId, int attempt, ErrorCode code, String detail) {
        RunRow run = lockedOf(taskId);
        TaskRow task = tasks.lock(taskId).orElseThrow();
        if (task.attempt() == attempt && task.state() == TaskState.DISPATCHED) {
            outcomes.giveUp(run, task, code, detail);
        }
    }

    /**
     * Ends the run as soon as it is certain that nothing commits. A run that has finished stays as it is.
     *
     * @param by who wants it
     * @throws MillraceException with {@code RUN_UNKNOWN}
     */
    @Transactional
    public RunRow cancel(String runId, String by) {
        RunRow run = locked(runId);
        Instant now = runs.now();
        phases.after(run, Transitions.Event.CANCEL).ifPresent(next -> {
            log.info(runId, now, "cancel asked for by " + by);
            tasks.stopAll(runId, now);
            endings.enter(run, next, new RunEvent.End.Cancelled(), now);
        });
        return runs.findById(runId).orElseThrow();
    }

    /** The loader has answered an abort. A late answer to one of an earlier generation says nothing about this one. */
    @Transactional
    public void closed(Abort abort, Abort.Answer answer) {
        RunRow run = locked(abort.load());
        if (abort.generation() != run.generation()) {
            return;
        }
        Instant now = runs.now();
        switch (answer) {
            case Abort.Closed _ ->
                phases.after(run, Transitions.Event.CLOSED)
                        .ifPresent(next -> endings.enter(run, next, end(run, next), now));
            case Abort.AlreadyCommitted committed -> {
                if (phases.after(run, Transitions.Event.ALREADY_COMMITTED).isPresent()) {
                    log.warn(run.id(), now, "the load had been committed before it could be stopped");
                    runs.failed(run.id(), null, null);
                    endings.succeed(run, Transitions.Event.ALREADY_COMMITTED, committed.result(), now);
                }
            }
        }
    }

    /** The loader can't close the load yet; the run's log says why, once as long as that stays the same. */
    @Transactional
    public void notClosed(Abort abort, String why) {
        RunRow run = locked(abort.load());
        if (run.closing() == null || abort.generation() != run.generation()) {
            return;
        }
        String message =
                "the run ends when it is certain what became of its load; the loader is asked again, for now " + why;
        warnOnce(run, message);
    }

    private void warnOnce(RunRow run, String message) {
        if (log.last(run.id()).filter(line -> line.message().equals(message)).isEmpty()) {
            log.warn(run.id(), runs.now(), message);
        }
    }

    /**
     * The loader can't be asked about the load, because what is stored of the run can't be read: the run ends without an
     * answer. A version that can read it finds out by a retry, for the load stays the same.
     */
    @Transactional
    public void unclosable(String runId, int generation, MillraceException why) {
        RunRow run = locked(runId);
        if (generation == run.generation()) {
            String detail = why.detail() + "; so it isn't known whether the load is in " + run.targetTable();
            endings.fail(run, Transitions.Event.UNCLOSABLE, why.code(), detail, runs.now());
        }
    }

    /** The end that a run which was loading was to have. */
    private static RunEvent.End end(RunRow run, Phase next) {
        return next == Phase.CANCELLED
                ? new RunEvent.End.Cancelled()
                : new RunEvent.End.Failed(code(run), Objects.requireNonNull(run.errorDetail()));
    }

    /** A newer version, from which there has been a way back to this one, may have had others. */
    private static ErrorCode code(RunRow run) {
        return ErrorCode.named(Objects.requireNonNull(run.errorCode())).orElse(ErrorCode.INTERNAL);
    }

    private RunRow locked(String runId) {
        return runs.lock(runId).orElseThrow(() -> unknown(runId));
    }

    static MillraceException unknown(String runId) {
        return new MillraceException(ErrorCode.RUN_UNKNOWN, "no run " + runId);
    }

    private RunRow lockedOf(String taskId) {
        return runs.lockOf(taskId)
                .orElseThrow(() -> new MillraceException(ErrorCode.TASK_UNKNOWN, "no task " + taskId));
    }

    private static MillraceException stale(String task, int attempt) {
        return new MillraceException(
                ErrorCode.STALE_ATTEMPT, "nobody waits for attempt " + attempt + " of task " + task);
    }
}
