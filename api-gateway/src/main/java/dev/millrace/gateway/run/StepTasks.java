package dev.millrace.gateway.run;

import dev.millrace.gateway.event.RunEvent;
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
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.TableCheck;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Manifests;
import dev.millrace.staging.SlicePlan;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.CheckHistory;
import dev.millrace.task.CheckResult;
import dev.millrace.task.CheckResults;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The tasks of a run's steps. Part of the caller's transaction, which has locked the run. */
@Singleton
class StepTasks {
    private final TaskRepository tasks;
    private final NewTaskRepository newTasks;
    private final RunRepository runs;
    private final StagingStore staging;
    private final StoredSpecs specs;
    private final Slices slices;
    private final Manifests manifests;
    private final Json json;
    private final ApplicationEventPublisher<RunEvent> events;

    StepTasks(
            TaskRepository tasks,
            NewTaskRepository newTasks,
            RunRepository runs,
            StagingStore staging,
            StoredSpecs specs,
            Slices slices,
            Manifests manifests,
            Json json,
            ApplicationEventPublisher<RunEvent> events) {
        this.tasks = tasks;
        this.newTasks = newTasks;
        this.runs = runs;
        this.staging = staging;
        this.specs = specs;
        this.slices = slices;
        this.manifests = manifests;
        this.json = json;
        this.events = events;
    }

    /** Stores a task to be posted, new or for the next attempt at its step. */
    void ready(RunRow run, Work work, Instant now) {
        store(run, work, TaskState.READY, now);
    }

    /** Stores a task that is not to be posted before the runs that its run comes after have ended. */
    void waiting(RunRow run, Work work, Instant now) {
        store(run, work, TaskState.WAITING, now);
    }

    /**
     * Stores the load of what was staged. A further table of which everything was read has to have the cursor that it had
     * when that began; the records follow none of its own.
     *
     * @param manifest of the step before
     * @param rejects rows that the load may reject, if the endpoint lets it
     */
    void load(RunRow run, RunSpec.OfEndpoint spec, String manifest, long rejects, Instant now) {
        Work load = slices.load(run, spec.load(run.id(), run.generation(), manifest));
        if (spec.full() && spec.recordsOf() != null && load instanceof Work.LoadIncrement increment) {
            TaskRow extract = tasks.of(run.id(), Step.EXTRACT).orElseThrow();
            load = specs.work(extract) instanceof Work.Extracting read && read.increment() != null
                    ? increment.from(read.increment().committed())
                    : increment;
        }
        ready(run, isRejecting(spec) && load instanceof Work.Commit commit ? commit.rejecting(rejects) : load, now);
    }

    private static boolean isRejecting(RunSpec.OfEndpoint spec) {
        return spec.endpoint().destination() instanceof Destination.Table table
                && !table.rejecting().isEmpty();
    }

    /** Stores the task of a run that is to take the records of the run of another endpoint, new or once more. */
    void waitingForRecords(RunRow run, RunSpec.OfEndpoint spec, Instant now) {
        waiting(run, tasks.of(run.id(), Step.EXTRACT).map(specs::work).orElseGet(spec::extract), now);
    }

    private void store(RunRow run, Work wanted, TaskState state, Instant now) {
        Work work = wanted instanceof Work.Commit load ? commit(run, load) : wanted;
        Optional<TaskRow> earlier = run.generation() == 1 ? Optional.empty() : tasks.of(run.id(), work.step());
        if (earlier.isPresent()) {
            tasks.nextAttempt(earlier.get().id(), state, 0, json.write(work), now, null);
            events.publishEvent(new RunEvent.Repeated(run, work.step(), RunEvent.Reason.REQUESTED));
        } else {
            newTasks.save(NewTask.first(run.id(), work.step(), state, json.write(work), now));
        }
    }

    private Work commit(RunRow run, Work.Commit load) {
        if (run.dryRun()) {
            return load instanceof Work.Model || load instanceof Work.Export
                    ? new Work.DryRun(load, made(run))
                    : new Work.DryRun(load);
        }
        int most = load.checks().stream().mapToInt(TableCheck::lookBack).max().orElse(0);
        return most == 0 ? load : load.after(earlier(run, load.checks(), most));
    }

    /** Tables of the runs that were stored with this one before it. */
    private List<String> made(RunRow run) {
        return runs.batch(run.batch()).stream()
                .map(RunRow::targetTable)
                .filter(target -> !target.equals(run.targetTable()) && target.indexOf('/') < 0)
                .distinct()
                .toList();
    }

    /** What the checks that look back have measured in earlier runs. */
    private List<CheckHistory> earlier(RunRow run, List<TableCheck> checks, int most) {
        List<CheckResults> found = runs.earlierChecks(run.pipeline(), run.endpoint(), run.id(), most).stream()
                .map(text -> json.readIfReadable(text, CheckResults.class))
                .filter(Objects::nonNull)
                .toList();
        return checks.stream()
                .filter(check -> check.lookBack() > 0)
                .map(check -> new CheckHistory(
                        check.title(),
                        found.stream()
                                .flatMap(results -> results.results().stream())
                                .filter(result -> result.name().equals(check.title()))
                                .map(CheckResult::measured)
                                .limit(check.lookBack())
                                .toList()))
                .toList();
    }

    /** Lets another attempt do the same work. */
    void again(RunRow run, TaskRow task, RunEvent.Reason reason, Instant now) {
        int lost = reason == RunEvent.Reason.LOST ? task.lost() + 1 : task.lost();
        tasks.nextAttempt(task.id(), TaskState.READY, lost, task.work(), now, task.startedAt());
        events.publishEvent(new RunEvent.Repeated(run, task.step(), reason));
    }

    /** A step that has succeeded, and whose result is still in staging. */
    Optional<TaskRow> finished(RunRow run, Step step) {
        return tasks.of(run.id(), step)
                .filter(task ->
                        task.state() == TaskState.DONE && task.manifest() != null && staging.exists(task.manifest()));
    }

    /** What an attempt has finished that isn't heard of any more; empty: nothing, or what only the ledger knows. */
    Optional<Outcome> found(RunRow run, TaskRow task) {
        if (task.step() == Step.LOAD) {
            return Optional.empty();
        }
        if (task.slice() == 0 && specs.work(task) instanceof Work.PlanSlices) {
            String path = planPath(run, task);
            return manifests
                    .findPlan(path)
                    .map(plan -> new Outcome.Planned(path, plan.slices().size(), plan.count(), plan.bytes()));
        }
        String path = manifestPath(run, task);
        return manifests.find(path).map(manifest -> new Outcome.Staged(path, manifest.counts(), manifest.drift()));
    }

    static String manifestPath(RunRow run, TaskRow task) {
        return folder(run, task) + "/" + Manifest.NAME;
    }

    static String planPath(RunRow run, TaskRow task) {
        return folder(run, task) + "/" + SlicePlan.NAME;
    }

    private static String folder(RunRow run, TaskRow task) {
        return Task.folder(run.id(), run.endpoint(), task.step(), task.part(), task.attempt());
    }
}
