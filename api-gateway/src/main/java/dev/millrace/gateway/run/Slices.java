package dev.millrace.gateway.run;

import dev.millrace.gateway.PodsConfig;
import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.NewTask;
import dev.millrace.gateway.store.NewTaskRepository;
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
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Outcome;
import dev.millrace.task.Slice;
import dev.millrace.task.Step;
import dev.millrace.task.Work;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The slices that steps of a run are cut into. The step's own row has what its slices have done together, so that nothing
 * has to read all of them. Part of the caller's transaction, which has locked the run.
 */
@Singleton
class Slices {
    /** After these the source, or what was staged of it, is not what the plan says: a retry makes another plan. */
    private static final Set<ErrorCode> PLANNED_ANEW = EnumSet.of(
            ErrorCode.SOURCE_INCONSISTENT,
            ErrorCode.SOURCE_MALFORMED,
            ErrorCode.SOURCE_UNREADABLE,
            ErrorCode.STAGING_CORRUPT);

    private final TaskRepository tasks;
    private final NewTaskRepository newTasks;
    private final RunRepository runs;
    private final StagingStore staging;
    private final StoredSpecs specs;
    private final PodsConfig podsConfig;
    private final RunLog log;
    private final Json json;
    private final ApplicationEventPublisher<RunEvent> events;

    Slices(
            TaskRepository tasks,
            NewTaskRepository newTasks,
            RunRepository runs,
            StagingStore staging,
            StoredSpecs specs,
            PodsConfig podsConfig,
            RunLog log,
            Json json,
            ApplicationEventPublisher<RunEvent> events) {
        this.tasks = tasks;
        this.newTasks = newTasks;
        this.runs = runs;
        this.staging = staging;
        this.specs = specs;
        this.podsConfig = podsConfig;
        this.log = log;
        this.json = json;
        this.events = events;
    }

    /** The plan is made: each slice is to be extracted. */
    void planned(RunRow run, TaskRow task, Outcome.Planned planned, Instant now) {
        log.info(
                run.id(),
                now,
                String.format(
                        Locale.ROOT,
                        "cut into %,d %s: %,d %s, %,d bytes",
                        planned.slices(),
                        planned.slices() == 1 ? "slice" : "slices",
                        planned.inputs(),
                        planned.inputs() == 1 ? "file" : "files or parts of files",
                        planned.bytes()));
        Integer pods = pods(run, planned.slices());
        tasks.cut(task.id(), planned.slices(), pods, planned.plan(), now);
        store(run, Step.EXTRACT, task.attempt(), planned.slices(), pods, now);
    }

    /** How many pods are to claim the slices; null: they are posted. */
    private @Nullable Integer pods(RunRow run, int slices) {
        if (!podsConfig.areStarted()) {
            return null;
        }
        try {
            Integer wanted = specs.of(run) instanceof RunSpec.OfEndpoint spec ? spec.pods() : null;
            return wanted == null ? null : Integer.valueOf(Math.min(wanted, slices));
        } catch (MillraceException e) {
            return null; // nor can anybody post them, who then ends the run
        }
    }

    /** All slices are extracted: each is to be transformed. */
    void transform(RunRow run, Instant now) {
        TaskRow extract = tasks.of(run.id(), Step.EXTRACT).orElseThrow();
        int slices = Objects.requireNonNull(extract.slices());
        String plan = Objects.requireNonNull(extract.manifest());
        if (tasks.of(run.id(), Step.TRANSFORM).isEmpty()) {
            newTasks.save(NewTask.cut(run.id(), Step.TRANSFORM, now));
        }
        TaskRow transform = tasks.of(run.id(), Step.TRANSFORM).orElseThrow();
        tasks.cut(transform.id(), slices, extract.pods(), plan, now);
        runs.drifted(run.id(), null);
        store(run, Step.TRANSFORM, extract.attempt(), slices, extract.pods(), now);
    }

    private void store(RunRow run, Step step, int plan, int slices, @Nullable Integer pods, Instant now) {
        newTasks.saveAll(IntStream.rangeClosed(1, slices)
                .mapToObj(number -> NewTask.ofSlice(run.id(), step, new Slice(plan, number, slices), pods, now))
                .toList());
    }

    /**
     * A slice is done, as its own row says already.
     *
     * @param bytes that it has done
     * @return what the step has come to, if this was the last of its slices
     */
    Optional<Outcome.Staged> done(RunRow run, TaskRow task, Outcome.Staged staged, long bytes, Instant now) {
        Counts counts = staged.counts();
        tasks.sliceDone(
                run.id(),
                task.step(),
                counts.records(),
                counts.rejected(),
                counts.filtered(),
                counts.exploded(),
                bytes);
        Drift drift = joined(run, staged.drift());
        TaskRow step = tasks.of(run.id(), task.step()).orElseThrow();
        if (step.slicesDone() < Objects.requireNonNull(step.slices())) {
            return Optional.empty();
        }
        tasks.longest(run.id(), task.step())
                .ifPresent(longest -> log.info(run.id(), now, longest(step.slicesDone(), longest)));
        tasks.ended(
                step.id(),
                TaskState.DONE,
                step.manifest(),
                now,
                step.records(),
                step.rejected(),
                step.filtered(),
                step.bytes());
        return Optional.of(new Outcome.Staged(
                Objects.requireNonNull(step.manifest()),
                counts(step),
                drift == null ? null : drift.ofSlice(List.of())));
    }

    private static String longest(int slices, TaskRow longest) {
        Instant end = Objects.requireNonNull(longest.finishedAt());
        Instant begin = Objects.requireNonNullElse(longest.startedAt(), end);
        return String.format(
                Locale.ROOT,
                "%s took longest of %,d, %,d ms since it was first offered%s",
                "slice " + longest.slice(),
                slices,
                Duration.between(begin, end).toMillis(),
                longest.attempt() == 1 ? "" : ", in " + longest.attempt() + " attempts");
    }

    /** With that of the slices before. */
    private @Nullable Drift joined(RunRow run, @Nullable Drift ofSlice) {
        if (ofSlice == null) {
            return null;
        }
        Drift before = json.readIfReadable(run.drift(), Drift.class);
        Drift all = before == null ? ofSlice : before.joined(ofSlice);
        runs.drifted(run.id(), json.write(all));
        return all;
    }

    private static Counts counts(TaskRow step) {
        return new Counts(
                step.records(),
                step.records() + step.exploded() - step.rejected() - step.filtered(),
                step.rejected(),
                step.filtered(),
                step.exploded());
    }

    /**
     * A slice has failed, and with it the step: nobody goes on with the others.
     *
     * @param task of the slice, or of the step as a whole
     */
    void failed(RunRow run, TaskRow task, Instant now) {
        tasks.slicesFailed(run.id(), task.step(), now);
        tasks.stopAll(run.id(), now);
    }

    /** The load of what all slices have staged; of a run that isn't cut, as it is. */
    Work load(RunRow run, Work load) {
        Optional<TaskRow> transform = tasks.of(run.id(), Step.TRANSFORM).filter(TaskRow::isCut);
        if (transform.isEmpty() || !(load instanceof Work.Load rows)) {
            return load;
        }
        int planned = tasks.of(run.id(), Step.EXTRACT).orElseThrow().attempt();
        List<Integer> attempts = tasks.attempts(run.id(), Step.TRANSFORM);
        return new Work.LoadSlices(rows, planned, attempts, counts(transform.get()));
    }

    /** Whether a run that has ended can go on with those slices that aren't extracted. */
    boolean hasPlan(RunRow run) {
        return tasks.of(run.id(), Step.EXTRACT)
                .filter(TaskRow::isCut)
                .filter(extract -> extract.manifest() != null && staging.exists(extract.manifest()))
                .isPresent();
    }

    /** Whether the plan doesn't hold any more after what a run has failed for. */
    static boolean isOutdated(RunRow run) {
        return ErrorCode.named(String.valueOf(run.errorCode()))
                .filter(PLANNED_ANEW::contains)
                .isPresent();
    }

    /** Lets those slices of a step be done again that aren't done. */
    void again(RunRow run, Step step, Instant now) {
        tasks.slicesAgain(run.id(), step, now);
        tasks.slicedAgain(run.id(), step);
        events.publishEvent(new RunEvent.Repeated(run, step, RunEvent.Reason.REQUESTED));
    }

    /** Before another plan is made, which has other slices. */
    void forget(RunRow run) {
        tasks.deleteSlices(run.id());
        tasks.forgetSliced(run.id());
    }
}
