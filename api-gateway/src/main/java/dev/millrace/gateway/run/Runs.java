package dev.millrace.gateway.run;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.notification.EndpointStatus;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.Manifests;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.gateway.store.RunState;
import dev.millrace.gateway.store.StoredSpecs;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Report;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.TransactionDefinition;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The state machine of runs. Each method is one transaction that locks the run first, so that of several reports,
 * replicas and users at once each sees what the one before has done.
 *
 * <p>A run that isn't loading ends at once, because a service that still works on it can no longer report. A run that
 * is loading ends only after the loader's {@link Abort} has said whether the load is in the table.
 */
@Singleton
public class Runs {
    private final RunRepository runs;
    private final TaskRepository tasks;
    private final RunLog log;
    private final StagingStore staging;
    private final GatewayConfig config;
    private final Json json;
    private final StoredSpecs specs;
    private final EndpointStatus status;
    private final ApplicationEventPublisher<RunEvent> events;

    Runs(
            RunRepository runs,
            TaskRepository tasks,
            RunLog log,
            StagingStore staging,
            GatewayConfig config,
            Json json,
            StoredSpecs specs,
            EndpointStatus status,
            ApplicationEventPublisher<RunEvent> events) {
        this.runs = runs;
        this.tasks = tasks;
        this.log = log;
        this.staging = staging;
        this.config = config;
        this.json = json;
        this.specs = specs;
        this.status = status;
        this.events = events;
    }

    /**
     * Stores a new run with its first task. Part of the caller's transaction.
     *
     * @param upstream stored runs that it comes after
     * @throws RunActive when another run has the endpoint's window; models have none, and their runs take turns
     */
    @Transactional(propagation = TransactionDefinition.Propagation.MANDATORY)
    public void accept(RunRow run, RunSpec spec, List<RunRow> upstream, Instant now) {
        runs.save(run);
        String name = run.pipeline() + "/" + run.endpoint();
        String after = upstream.stream().map(RunRow::endpoint).collect(Collectors.joining(", "));
        log.info(
                run.id(),
                now,
                "START " + name + (run.runDay() == null ? "" : " of " + run.runDay())
                        + (run.dryRun() ? ", dry run" : "")
                        + (upstream.isEmpty() ? "" : " after " + after));
        upstream.forEach(before -> runs.comesAfter(run.id(), before.id()));
        switch (spec) {
            case RunSpec.OfEndpoint endpoint -> {
                store(run, endpoint.extract(), TaskState.READY, now);
                claim(run);
            }
            case RunSpec.OfModel model -> store(run, model.load(run.id(), run.generation()), TaskState.WAITING, now);
        }
    }

    /**
     * Nothing that a waiting run comes after is going on any more, or some of it has not succeeded: the run starts, or
     * ends without having started.
     */
    @Transactional
    public void settled(String runId) {
        RunRow run = locked(runId);
        TaskRow task = tasks.of(runId, Step.LOAD).orElseThrow();
        if (task.state() != TaskState.WAITING) {
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
            fail(run, ErrorCode.UPSTREAM_FAILED, detail, now);
        } else if (upstream.stream().allMatch(before -> before.state() == RunState.SUCCEEDED)) {
            runs.startedLoading(runId, now);
            if (run.dryRun() && !upstream.isEmpty()) {
                log.info(runId, now, "dry run: " + run.endpoint() + " is checked against the tables as they are now");
            }
            tasks.ready(task.id(), now);
        }
    }

    /**
     * A service is alive and at work on an attempt.
     *
     * @return whether it is to stop, because the run has been cancelled
     * @throws MillraceException with {@code STALE_ATTEMPT} when somebody else has taken over
     */
    @Transactional
    public Heartbeat.Answer beat(String taskId, int attempt, Heartbeat heartbeat) {
        RunRow run = locked(known(taskId).run());
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
        RunRow run = locked(known(taskId).run());
        TaskRow task = tasks.lock(taskId).orElseThrow();
        if (task.attempt() != attempt) {
            throw stale(taskId, attempt);
        }
        if (task.state() == TaskState.DONE || task.state() == TaskState.FAILED) {
            return;
        }
        if (run.state().finished() || run.closing() != null || task.state() == TaskState.STOPPED) {
            throw stale(taskId, attempt);
        }
        log.addAll(run.id(), report.last().log());
        apply(run, task, report.outcome(), report.last().bytes());
    }

    /** A service has kept silent for longer than its lease: take over what it finished, or let another one try. */
    @Transactional
    public void expired(String taskId) {
        RunRow run = locked(known(taskId).run());
        TaskRow task = tasks.lock(taskId).orElseThrow();
        Instant now = runs.now();
        if (task.state() != TaskState.DISPATCHED || task.due().isAfter(now) || run.closing() != null) {
            return;
        }
        String service = task.step().service();
        Optional<Manifest> finished;
        try {
            finished = task.step() == Step.LOAD
                    ? Optional.empty()
                    : Manifests.read(staging, json, manifestPath(run, task));
        } catch (MillraceException e) {
            apply(run, task, new Outcome.Failed(e.code(), e.detail()), task.bytes());
            return;
        }
        if (finished.isPresent()) {
            log.warn(
                    run.id(),
                    now,
                    "the " + service + " stopped answering after it had finished; its manifest is taken");
            apply(
                    run,
                    task,
                    new Outcome.Staged(
                            manifestPath(run, task),
                            finished.get().counts(),
                            finished.get().drift()),
                    task.bytes());
        } else if (task.lost() + 1 >= config.attempts()) {
            apply(
                    run,
                    task,
                    new Outcome.Failed(
                            ErrorCode.WORKER_LOST,
                            "the " + service + " stopped answering, " + config.attempts() + " times in a row"),
                    task.bytes());
        } else {
            log.warn(
                    run.id(),
                    now,
                    "the " + service + " stopped answering; attempt " + (task.attempt() + 1) + " follows");
            tasks.nextAttempt(task.id(), TaskState.READY, task.lost() + 1, task.work(), now, task.startedAt());
            events.publishEvent(new RunEvent.Repeated(run, task.step(), RunEvent.Reason.LOST));
        }
    }

    /**
     * No service will do the attempt: its own was out of reach for too long, say, or what is stored of it can't be read.
     *
     * @param code why
     */
    @Transactional
    public void unpostable(String taskId, int attempt, ErrorCode code, String detail) {
        RunRow run = locked(known(taskId).run());
        TaskRow task = tasks.lock(taskId).orElseThrow();
        if (task.attempt() == attempt && task.state() == TaskState.DISPATCHED && run.closing() == null) {
            apply(run, task, new Outcome.Failed(code, detail), task.bytes());
        }
    }

    /**
     * Ends the run as soon as it is certain that nothing commits. A run that has finished stays as it is.
     *
     * @throws MillraceException with {@code RUN_UNKNOWN}
     */
    @Transactional
    public RunRow cancel(String runId) {
        RunRow run = locked(runId);
        Instant now = runs.now();
        if (!run.state().finished() && run.state() != RunState.CANCELLING) {
            log.info(runId, now, "cancel asked for");
            tasks.stopAll(runId, now);
            if (mayCommit(run)) {
                runs.closing(runId, RunState.CANCELLING, RunState.CANCELLED, now);
            } else {
                finish(run, new RunEvent.End.Cancelled(), now);
            }
        }
        return runs.findById(runId).orElseThrow();
    }

    /**
     * Takes a failed or cancelled run up again at the step that didn't succeed. It stays the same run and load, so
     * whatever had been committed is found again. What had ended only because this run did waits for it again. A model
     * no longer waits for runs that have ended, be it without success: it is the caller who wants it now.
     *
     * @throws MillraceException with {@code RUN_UNKNOWN}, {@code RUN_STATE} when there is nothing to retry,
     *     {@code SPEC_UNREADABLE}, or {@code RUN_ACTIVE} when another run has the endpoint's window
     */
    @Transactional
    public RunRow retry(String runId) {
        Map<String, RunRow> rows =
                runs.lockAll(withDownstream(runId)).stream().collect(Collectors.toMap(RunRow::id, Function.identity()));
        RunRow run = rows.get(runId);
        if (run == null) {
            throw unknown(runId);
        }
        if (run.state() != RunState.FAILED && run.state() != RunState.CANCELLED) {
            throw new MillraceException(
                    ErrorCode.RUN_STATE, "run " + runId + " is " + run.state() + " (expected: FAILED or CANCELLED)");
        }
        Instant now = runs.now();
        runs.reopened(runId);
        log.info(runId, now, "RETRY");
        switch (specs.of(run)) {
            case RunSpec.OfEndpoint spec -> resume(run, spec, now);
            case RunSpec.OfModel spec -> {
                runs.upstream(runId).stream()
                        .filter(before -> before.state().finished())
                        .forEach(before -> runs.forget(runId, before.id()));
                store(run, spec.load(runId, run.generation() + 1), TaskState.WAITING, now);
            }
        }
        waitAgain(run, rows, now);
        return runs.findById(runId).orElseThrow();
    }

    private void resume(RunRow run, RunSpec.OfEndpoint spec, Instant now) {
        claim(run);
        TaskRow extract = usable(tasks.of(run.id(), Step.EXTRACT));
        TaskRow transform = usable(tasks.of(run.id(), Step.TRANSFORM));
        TaskRow last = spec.transforms() ? transform : extract;
        if (last != null && tasks.of(run.id(), Step.LOAD).isPresent()) {
            runs.enter(run.id(), RunState.LOADING);
            String manifest = Objects.requireNonNull(last.manifest());
            store(run, spec.load(run.id(), run.generation() + 1, manifest), TaskState.READY, now);
        } else if (spec.transforms() && extract != null && transform == null) {
            runs.enter(run.id(), RunState.TRANSFORMING);
            store(
                    run,
                    spec.transform(
                            Objects.requireNonNull(extract.manifest()), Objects.requireNonNull(extract.finishedAt())),
                    TaskState.READY,
                    now);
        } else {
            store(run, spec.extract(), TaskState.READY, now);
        }
    }

    /** Models that had ended because {@code run} did, and those that had ended because these did. */
    private void waitAgain(RunRow run, Map<String, RunRow> locked, Instant now) {
        for (String id : runs.downstream(run.id())) {
            RunRow after = Objects.requireNonNull(locked.get(id));
            if (after.state() == RunState.FAILED
                    && ErrorCode.UPSTREAM_FAILED.name().equals(after.errorCode())
                    && readable(after, now).orElse(null) instanceof RunSpec.OfModel spec) {
                runs.reopened(id);
                log.info(id, now, "RETRY, because " + run.endpoint() + " is tried again");
                store(after, spec.load(id, after.generation() + 1), TaskState.WAITING, now);
                waitAgain(after, locked, now);
            }
        }
    }

    /** Empty when it can't be read; its log then says why it doesn't wait again. */
    private Optional<RunSpec> readable(RunRow run, Instant now) {
        try {
            return Optional.of(specs.of(run));
        } catch (MillraceException e) {
            log.error(run.id(), now, "not taken up again: " + e.code() + ": " + e.detail());
            return Optional.empty();
        }
    }

    private Set<String> withDownstream(String runId) {
        Set<String> all = new LinkedHashSet<>(Set.of(runId));
        Deque<String> unseen = new ArrayDeque<>(all);
        while (!unseen.isEmpty()) {
            runs.downstream(unseen.remove()).stream().filter(all::add).forEach(unseen::add);
        }
        return all;
    }

    /** The loader has answered an abort. A late answer to one of an earlier generation says nothing about this one. */
    @Transactional
    public void closed(Abort abort, Abort.Answer answer) {
        String runId = abort.load();
        RunRow run = locked(runId);
        RunState closing = run.closing();
        if (closing == null || abort.generation() != run.generation()) {
            return;
        }
        Instant now = runs.now();
        switch (answer) {
            case Abort.Closed _ -> finish(run, end(run, closing), now);
            case Abort.AlreadyCommitted committed -> {
                log.warn(runId, now, "the load had been committed before it could be stopped");
                runs.failed(runId, null, null);
                succeed(run, committed.result(), now);
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
        if (run.closing() == null || generation != run.generation()) {
            return;
        }
        Instant now = runs.now();
        String detail = why.detail() + "; so it isn't known whether the load is in " + run.targetTable();
        runs.failed(runId, why.code().name(), detail);
        log.error(runId, now, why.code() + ": " + detail);
        finish(run, new RunEvent.End.Failed(why.code(), detail), now);
    }

    /** The end that a run which was loading was to have. */
    private static RunEvent.End end(RunRow run, RunState closing) {
        return closing == RunState.CANCELLED
                ? new RunEvent.End.Cancelled()
                : new RunEvent.End.Failed(code(run), Objects.requireNonNull(run.errorDetail()));
    }

    /** A newer version, from which there has been a way back to this one, may have had others. */
    private static ErrorCode code(RunRow run) {
        return Arrays.stream(ErrorCode.values())
                .filter(code -> code.name().equals(run.errorCode()))
                .findFirst()
                .orElse(ErrorCode.INTERNAL);
    }

    private void apply(RunRow run, TaskRow task, Outcome outcome, long bytes) {
        Instant now = runs.now();
        switch (outcome) {
            case Outcome.Staged staged -> staged(run, task, staged, bytes, now);
            case Outcome.Committed committed -> {
                tasks.ended(
                        task.id(), TaskState.DONE, null, now, committed.result().rows(), 0, 0, bytes);
                ended(run, task, true, null, null, now);
                succeed(run, committed.result(), now);
            }
            case Outcome.Checked(LoadPlan plan) -> {
                if (!run.dryRun()) {
                    throw new MillraceException(ErrorCode.REQUEST_INVALID, "run " + run.id() + " is no dry run");
                }
                tasks.ended(task.id(), TaskState.DONE, null, now, plan.rows(), 0, 0, bytes);
                ended(run, task, true, null, null, now);
                checked(run, plan, now);
            }
            case Outcome.Failed failed -> {
                tasks.ended(task.id(), TaskState.FAILED, null, now, task.records(), 0, 0, bytes);
                ended(run, task, false, null, null, now);
                fail(run, failed.code(), failed.detail(), now);
            }
            case Outcome.Released _ -> {
                log.info(run.id(), now, "the " + task.step().service() + " shut down and handed its task back");
                tasks.nextAttempt(task.id(), TaskState.READY, task.lost(), task.work(), now, task.startedAt());
                events.publishEvent(new RunEvent.Repeated(run, task.step(), RunEvent.Reason.RELEASED));
            }
        }
    }

    private void staged(RunRow run, TaskRow task, Outcome.Staged staged, long bytes, Instant now) {
        if (!staged.manifest().equals(manifestPath(run, task))) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "manifest: '" + staged.manifest() + "' (expected: " + manifestPath(run, task) + ")");
        }
        Counts counts = staged.counts();
        tasks.ended(
                task.id(),
                TaskState.DONE,
                staged.manifest(),
                now,
                counts.records(),
                counts.rejected(),
                counts.filtered(),
                bytes);
        ended(run, task, true, counts, staged.drift(), now);
        RunSpec stored;
        try {
            stored = specs.of(run);
        } catch (MillraceException e) {
            fail(run, e.code(), e.detail(), now);
            return;
        }
        if (!(stored instanceof RunSpec.OfEndpoint spec)) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "a model stages nothing");
        }
        switch (task.step()) {
            case EXTRACT -> {
                runs.counted(run.id(), counts.records(), counts.rejected(), counts.filtered(), counts.exploded());
                log.info(run.id(), now, "extracted " + counts.records() + " records");
                if (spec.transforms()) {
                    runs.enter(run.id(), RunState.TRANSFORMING);
                    store(run, spec.transform(staged.manifest(), now), TaskState.READY, now);
                } else {
                    loadUnlessTooManyRejects(run, spec, staged, counts.rejected(), counts.records(), now);
                }
            }
            case TRANSFORM -> {
                TaskRow extract = tasks.of(run.id(), Step.EXTRACT).orElseThrow();
                long rejected = extract.rejected() + counts.rejected();
                long handedOn = extract.records() - extract.rejected() - extract.filtered();
                runs.counted(
                        run.id(),
                        extract.records(),
                        rejected,
                        extract.filtered() + counts.filtered(),
                        counts.exploded());
                if (staged.drift() != null) {
                    runs.drifted(run.id(), json.write(staged.drift()));
                }
                log.info(run.id(), now, transformed(counts));
                if (counts.records() == handedOn) {
                    loadUnlessTooManyRejects(run, spec, staged, rejected, extract.records(), now);
                } else {
                    String detail =
                            "the transformer read " + counts.records() + " records (expected: " + handedOn + ")";
                    fail(run, ErrorCode.STAGING_CORRUPT, detail, now);
                }
            }
            case LOAD -> throw new MillraceException(ErrorCode.REQUEST_INVALID, "a load stages nothing");
        }
    }

    private void ended(
            RunRow run,
            TaskRow task,
            boolean succeeded,
            @Nullable Counts counts,
            @Nullable Drift drift,
            Instant now) {
        Instant started = Objects.requireNonNullElse(task.startedAt(), now);
        events.publishEvent(
                new RunEvent.StepEnded(run, task.step(), succeeded, Duration.between(started, now), counts, drift));
    }

    private static String transformed(Counts counts) {
        return "transformed " + counts.records() + " records, rejected " + counts.rejected()
                + (counts.filtered() == 0 ? "" : ", filtered " + counts.filtered())
                + (counts.exploded() == 0 ? "" : ", " + counts.exploded() + " rows more by exploding");
    }

    private void loadUnlessTooManyRejects(
            RunRow run, RunSpec.OfEndpoint spec, Outcome.Staged staged, long rejected, long records, Instant now) {
        BigDecimal allowed = BigDecimal.valueOf(spec.endpoint().rejects().maxShare());
        if (BigDecimal.valueOf(rejected).compareTo(allowed.multiply(BigDecimal.valueOf(records))) > 0) {
            String detail = rejected + " of " + records + " records were rejected (allowed: a share of "
                    + allowed.toPlainString() + "); see the run's rejects";
            fail(run, ErrorCode.REJECTS_ABOVE_LIMIT, detail, now);
        } else {
            runs.enter(run.id(), RunState.LOADING);
            store(run, spec.load(run.id(), run.generation(), staged.manifest()), TaskState.READY, now);
        }
    }

    /** The step's task, new or for its next attempt. */
    private void store(RunRow run, Work wanted, TaskState state, Instant now) {
        Work work = run.dryRun() && wanted.step() == Step.LOAD ? new Work.DryRun(wanted) : wanted;
        Optional<TaskRow> earlier = tasks.of(run.id(), work.step());
        if (earlier.isPresent()) {
            tasks.nextAttempt(earlier.get().id(), state, 0, json.write(work), now, null);
            events.publishEvent(new RunEvent.Repeated(run, work.step(), RunEvent.Reason.REQUESTED));
        } else {
            tasks.save(new TaskRow(
                    UUID.randomUUID().toString(),
                    run.id(),
                    work.step(),
                    1,
                    0,
                    state,
                    json.write(work),
                    now,
                    now,
                    0,
                    0,
                    0,
                    0,
                    null,
                    null,
                    null,
                    null));
        }
    }

    private void checked(RunRow run, LoadPlan plan, Instant now) {
        runs.planned(run.id(), String.join("\n", plan.steps()));
        plan.steps().forEach(step -> log.info(run.id(), now, step));
        log.info(run.id(), now, "dry run: nothing was loaded");
        finish(run, new RunEvent.End.Checked(plan), now);
    }

    private void succeed(RunRow run, LoadResult result, Instant now) {
        runs.loaded(
                run.id(), result.rows(), result.superseded(), result.outdated(), result.tied(), result.deleted());
        log.info(
                run.id(),
                now,
                "loaded " + result.rows() + " rows into " + run.targetTable() + ", which now has "
                        + result.tableRows());
        finish(run, new RunEvent.End.Succeeded(result), now);
    }

    /** A load that failed may have left an attempt behind that could still commit. */
    private void fail(RunRow run, ErrorCode code, String detail, Instant now) {
        runs.failed(run.id(), code.name(), detail);
        log.error(run.id(), now, code + ": " + detail);
        if (mayCommit(run)) {
            runs.closing(run.id(), RunState.LOADING, RunState.FAILED, now);
        } else {
            finish(run, new RunEvent.End.Failed(code, detail), now);
        }
    }

    /** Nothing of a dry run ever commits, so there is nothing to be closed. */
    private static boolean mayCommit(RunRow run) {
        return run.state() == RunState.LOADING && !run.dryRun();
    }

    private void finish(RunRow run, RunEvent.End end, Instant now) {
        runs.finished(run.id(), end.state(), now);
        runs.releaseClaims(run.id());
        log.info(run.id(), now, "END " + end.state());
        status.ended(run, end, now);
        events.publishEvent(new RunEvent.Ended(run, end, now));
    }

    private RunRow locked(String runId) {
        return runs.lock(runId).orElseThrow(() -> unknown(runId));
    }

    private static MillraceException unknown(String runId) {
        return new MillraceException(ErrorCode.RUN_UNKNOWN, "no run " + runId);
    }

    private TaskRow known(String taskId) {
        return tasks.findById(taskId)
                .orElseThrow(() -> new MillraceException(ErrorCode.TASK_UNKNOWN, "no task " + taskId));
    }

    private static MillraceException stale(String task, int attempt) {
        return new MillraceException(
                ErrorCode.STALE_ATTEMPT, "nobody waits for attempt " + attempt + " of task " + task);
    }

    /** A finished step whose result is still in staging. */
    private @Nullable TaskRow usable(Optional<TaskRow> task) {
        return task.filter(row ->
                        row.state() == TaskState.DONE && row.manifest() != null && staging.exists(row.manifest()))
                .orElse(null);
    }

    private static String manifestPath(RunRow run, TaskRow task) {
        return Task.folder(run.id(), run.endpoint(), task.step(), task.attempt()) + "/" + Manifest.NAME;
    }

    /**
     * Takes for the run what at most one unfinished run has: its endpoint and window. Dry runs have claims of their own,
     * so that no schedule is left out because of one.
     *
     * @throws RunActive when another one has it
     */
    private void claim(RunRow run) {
        String name = (run.dryRun() ? "dry:" : "") + "endpoint:" + run.pipeline() + "/" + run.endpoint() + "/"
                + (run.runDay() == null ? "" : run.runDay());
        if (runs.claim(name, run.id()) == 0) {
            throw new RunActive(
                    run.pipeline(), run.endpoint(), runs.claimant(name).orElse("which has just ended"));
        }
    }
}
