package dev.millrace.gateway.run;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.gateway.store.StoredSpecs;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Drift;
import dev.millrace.task.Outcome;
import dev.millrace.task.Slice;
import dev.millrace.task.Step;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** What an attempt's outcome makes of its run. Part of the caller's transaction, which has locked the run and the task. */
@Singleton
class StepOutcomes {
    private final RunRepository runs;
    private final TaskRepository tasks;
    private final RunPhases phases;
    private final StepTasks steps;
    private final Slices slices;
    private final RunEndings endings;
    private final StoredSpecs specs;
    private final RunLog log;
    private final GatewayConfig config;
    private final Json json;
    private final ApplicationEventPublisher<RunEvent> events;

    StepOutcomes(
            RunRepository runs,
            TaskRepository tasks,
            RunPhases phases,
            StepTasks steps,
            Slices slices,
            RunEndings endings,
            StoredSpecs specs,
            RunLog log,
            GatewayConfig config,
            Json json,
            ApplicationEventPublisher<RunEvent> events) {
        this.runs = runs;
        this.tasks = tasks;
        this.phases = phases;
        this.steps = steps;
        this.slices = slices;
        this.endings = endings;
        this.specs = specs;
        this.log = log;
        this.config = config;
        this.json = json;
        this.events = events;
    }

    /**
     * @param bytes that the attempt has done
     * @throws MillraceException with {@code STALE_ATTEMPT} when the run waits for no outcome, {@code REQUEST_INVALID}
     *     when it can't have this one
     */
    void apply(RunRow run, TaskRow task, Outcome outcome, long bytes) {
        Instant now = runs.now();
        switch (outcome) {
            case Outcome.Staged staged -> staged(run, task, staged, bytes, now);
            case Outcome.Planned planned -> planned(run, task, planned, now);
            case Outcome.Committed committed -> {
                phases.check(run, Transitions.Event.COMMITTED);
                done(run, task, committed.result().rows(), committed.result().rejects(), bytes, now);
                endings.succeed(run, Transitions.Event.COMMITTED, committed.result(), now);
            }
            case Outcome.Checked checked -> {
                phases.check(run, Transitions.Event.CHECKED);
                done(run, task, checked.plan().rows(), null, bytes, now);
                endings.check(run, checked.plan(), now);
            }
            case Outcome.Failed failed -> {
                if (failed.code() == ErrorCode.STAGING_CORRUPT && task.lost() + 1 < config.attempts()) {
                    again(run, task, failed.detail(), now);
                } else {
                    endings.checked(run, failed.checks(), now);
                    fail(run, task, Transitions.Event.REPORTED_FAILURE, failed.code(), detail(run, failed), bytes, now);
                }
            }
            case Outcome.Released _ -> {
                phases.check(run, Transitions.Event.RELEASED);
                log.info(
                        run.id(),
                        now,
                        "the " + task.step().service() + " shut down and handed "
                                + (task.part() == null ? "its task" : task.part()) + " back");
                steps.again(run, task, RunEvent.Reason.RELEASED, now);
            }
        }
    }

    /** A further table can't read again from where its cursor is, as the loader would have it. */
    private String detail(RunRow run, Outcome.Failed failed) {
        if (failed.code() != ErrorCode.CURSOR_MOVED
                || runs.upstream(run.id()).isEmpty()
                || tasks.of(run.id(), Step.EXTRACT).isEmpty()) {
            return failed.detail();
        }
        String reader = runs.upstream(run.id()).getFirst().endpoint();
        return "the cursor of " + run.pipeline() + "/" + run.endpoint() + " is not the one that the records of "
                + reader + " follow: a run of " + run.endpoint() + " before this one has not succeeded, or the table is"
                + " newer than the cursor of " + reader
                + " (expected: those runs retried, in their order; or a full run"
                + " of " + reader + ")";
    }

    /** An object that was damaged on its way is read or written anew by another attempt. */
    private void again(RunRow run, TaskRow task, String detail, Instant now) {
        phases.check(run, Transitions.Event.RELEASED);
        log.warn(run.id(), now, detail + "; attempt " + (task.attempt() + 1) + " follows");
        steps.again(run, task, RunEvent.Reason.LOST, now);
    }

    /** The gateway knows that the step can't succeed any more. A run that has ended meanwhile, or is about to, stays as it is. */
    void giveUp(RunRow run, TaskRow task, ErrorCode code, String detail) {
        if (phases.after(run, Transitions.Event.GIVEN_UP).isPresent()) {
            fail(run, task, Transitions.Event.GIVEN_UP, code, detail, task.bytes(), runs.now());
        }
    }

    private void fail(
            RunRow run, TaskRow task, Transitions.Event event, ErrorCode code, String detail, long bytes, Instant now) {
        phases.check(run, event);
        Slice slice = task.part();
        if (!task.isCut()) { // whose plan and counts are of its slices, with which a retry goes on
            tasks.ended(task.id(), TaskState.FAILED, null, now, task.records(), 0, 0, bytes);
        }
        if (task.isCut() || slice != null) {
            slices.failed(run, task, now);
        }
        tell(run, task, false, null, now);
        endings.fail(run, event, code, slice == null ? detail : slice + ": " + detail, now);
    }

    private void planned(RunRow run, TaskRow task, Outcome.Planned planned, Instant now) {
        String plan = StepTasks.planPath(run, task);
        if (task.step() != Step.EXTRACT || task.slice() > 0 || !planned.plan().equals(plan)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "plan: '" + planned.plan() + "' (expected: " + plan + ")");
        }
        phases.check(run, Transitions.Event.PLANNED);
        slices.planned(run, task, planned, now);
        tell(run, task, true, null, now);
    }

    private void staged(RunRow run, TaskRow task, Outcome.Staged staged, long bytes, Instant now) {
        String manifest = StepTasks.manifestPath(run, task);
        if (!staged.manifest().equals(manifest)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "manifest: '" + staged.manifest() + "' (expected: " + manifest + ")");
        }
        RunSpec stored;
        try {
            stored = specs.of(run);
        } catch (MillraceException e) {
            phases.check(run, Transitions.Event.REPORTED_FAILURE);
            Optional<Outcome.Staged> _ = done(run, task, staged, bytes, now);
            if (task.slice() > 0) {
                slices.failed(run, task, now);
            }
            endings.fail(run, Transitions.Event.REPORTED_FAILURE, e.code(), e.detail(), now);
            return;
        }
        if (!(stored instanceof RunSpec.OfEndpoint spec) || task.step() == Step.LOAD) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "a load stages nothing");
        }
        Transitions.Event event = task.step() == Step.TRANSFORM
                ? Transitions.Event.TRANSFORMED
                : spec.transforms() ? Transitions.Event.EXTRACTED : Transitions.Event.EXTRACTED_TO_PUBLISH;
        phases.check(run, event);
        Optional<Outcome.Staged> step = done(run, task, staged, bytes, now);
        step.ifPresent(all -> {
            if (task.step() == Step.TRANSFORM) {
                transformed(run, spec, all, now);
            } else {
                extracted(run, spec, task.slice() > 0, event, all, now);
            }
        });
    }

    /**
     * The run that reads the records of a further table has succeeded: they are taken from where it has staged them.
     *
     * @param task that waits for it
     */
    void recordsRead(RunRow run, TaskRow task, RunRow reader, Instant now) {
        Optional<TaskRow> read = steps.finished(reader, Step.EXTRACT);
        if (read.isEmpty()) {
            giveUp(
                    run,
                    task,
                    ErrorCode.STAGING_CORRUPT,
                    "the records that run " + reader.id() + " of " + reader.endpoint()
                            + " has read are not in staging any more (expected: another run of " + reader.endpoint()
                            + ")");
            return;
        }
        RunSpec stored;
        try {
            stored = specs.of(run);
        } catch (MillraceException e) {
            giveUp(run, task, e.code(), e.detail());
            return;
        }
        phases.after(run, Transitions.Event.RECORDS_READ).ifPresent(next -> {
            TaskRow extract = read.get();
            String manifest = Objects.requireNonNull(extract.manifest());
            phases.begin(run, next, now);
            tasks.ended(
                    task.id(),
                    TaskState.DONE,
                    manifest,
                    now,
                    extract.records(),
                    extract.rejected(),
                    extract.filtered(),
                    extract.bytes());
            runs.counted(run.id(), extract.records(), extract.rejected(), extract.filtered(), 0);
            log.info(
                    run.id(),
                    now,
                    "takes the " + extract.records() + " records that run " + reader.id() + " of " + reader.endpoint()
                            + " has read");
            Instant extracted = Objects.requireNonNull(extract.finishedAt());
            steps.ready(run, ((RunSpec.OfEndpoint) stored).transform(manifest, extracted), now);
        });
    }

    /** @param cut whether slices have done it */
    private void extracted(
            RunRow run,
            RunSpec.OfEndpoint spec,
            boolean cut,
            Transitions.Event event,
            Outcome.Staged staged,
            Instant now) {
        Counts counts = staged.counts();
        runs.counted(run.id(), counts.records(), counts.rejected(), counts.filtered(), counts.exploded());
        log.info(run.id(), now, "extracted " + counts.records() + " records");
        if (spec.transforms()) {
            phases.after(run, event).ifPresent(next -> phases.enter(run, next));
            if (cut) {
                slices.transform(run, now);
            } else {
                steps.ready(run, spec.transform(staged.manifest(), now), now);
            }
        } else {
            loadUnlessTooManyRejects(run, spec, event, staged, counts.rejected(), counts.records(), now);
        }
    }

    private void transformed(RunRow run, RunSpec.OfEndpoint spec, Outcome.Staged staged, Instant now) {
        Counts counts = staged.counts();
        TaskRow extract = tasks.of(run.id(), Step.EXTRACT).orElseThrow();
        long rejected = extract.rejected() + counts.rejected();
        long handedOn = extract.records() - extract.rejected() - extract.filtered();
        runs.counted(run.id(), extract.records(), rejected, extract.filtered() + counts.filtered(), counts.exploded());
        if (staged.drift() != null) {
            runs.drifted(run.id(), json.write(staged.drift()));
        }
        log.info(run.id(), now, transformed(counts));
        if (counts.records() == handedOn) {
            loadUnlessTooManyRejects(
                    run, spec, Transitions.Event.TRANSFORMED, staged, rejected, extract.records(), now);
        } else {
            String detail = "the transformer read " + counts.records() + " records (expected: " + handedOn + ")";
            endings.fail(run, Transitions.Event.GIVEN_UP, ErrorCode.STAGING_CORRUPT, detail, now);
        }
    }

    private static String transformed(Counts counts) {
        return "transformed " + counts.records() + " records, rejected " + counts.rejected()
                + (counts.filtered() == 0 ? "" : ", filtered " + counts.filtered())
                + (counts.exploded() == 0 ? "" : ", " + counts.exploded() + " rows more by exploding");
    }

    private void loadUnlessTooManyRejects(
            RunRow run,
            RunSpec.OfEndpoint spec,
            Transitions.Event event,
            Outcome.Staged staged,
            long rejected,
            long records,
            Instant now) {
        long left = spec.rejectsLeft(records, rejected);
        if (left < 0) {
            String detail = rejected + " of " + records + " records were rejected (allowed: a share of "
                    + BigDecimal.valueOf(spec.endpoint().rejects().maxShare()).toPlainString()
                    + "); see the run's rejects";
            endings.fail(run, Transitions.Event.GIVEN_UP, ErrorCode.REJECTS_ABOVE_LIMIT, detail, now);
        } else {
            phases.after(run, event).ifPresent(next -> phases.enter(run, next));
            steps.load(run, spec, staged.manifest(), left, now);
        }
    }

    /**
     * A load.
     *
     * @param rejects object name of the manifest with the rows that it has rejected; null: it has none
     */
    private void done(RunRow run, TaskRow task, long rows, @Nullable String rejects, long bytes, Instant now) {
        tasks.ended(task.id(), TaskState.DONE, rejects, now, rows, 0, 0, bytes);
        tell(run, task, true, null, now);
    }

    /** @return what the step as a whole has come to; empty as long as there are slices of it left */
    private Optional<Outcome.Staged> done(RunRow run, TaskRow task, Outcome.Staged staged, long bytes, Instant now) {
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
        Optional<Outcome.Staged> step =
                task.slice() == 0 ? Optional.of(staged) : slices.done(run, task, staged, bytes, now);
        Drift drift = step.map(Outcome.Staged::drift).orElse(null); // of slices only all together are counted
        tell(run, task, true, new Outcome.Staged(staged.manifest(), counts, drift), now);
        return step;
    }

    /** @param staged null when nothing was */
    private void tell(RunRow run, TaskRow task, boolean succeeded, Outcome.@Nullable Staged staged, Instant now) {
        Instant started = Objects.requireNonNullElse(task.startedAt(), now);
        events.publishEvent(new RunEvent.StepEnded(
                run,
                task.step(),
                succeeded,
                Duration.between(started, now),
                staged == null ? null : staged.counts(),
                staged == null ? null : staged.drift()));
    }
}
