package dev.millrace.gateway.dispatch;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.OwnUrl;
import dev.millrace.gateway.PodsConfig;
import dev.millrace.gateway.history.Archive;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.run.Claims;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.SliceWorks;
import dev.millrace.gateway.store.StoredSpecs;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Abort;
import dev.millrace.task.Claim;
import dev.millrace.task.Cursors;
import dev.millrace.task.Publication;
import dev.millrace.task.RunLogCopy;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.trace.Traces;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * What is to be carried to the services. Taking something and carrying it are two things: whoever crashes in between
 * leaves a due time behind, after which it is taken again.
 */
@Singleton
class Outbox {
    /** Whoever has the table wakes the next load when it ends; this is for a gateway that dies in between. */
    private static final Duration TABLE_BUSY = Duration.ofSeconds(30);

    private static final Duration SHORTEST = Duration.ofMillis(200);
    private static final Duration LONGEST = Duration.ofSeconds(5);
    private static final Duration NEXT_ABORT = Duration.ofSeconds(2);
    private static final Duration NEXT_LOG = Duration.ofSeconds(30);

    private final RunRepository runs;
    private final TaskRepository tasks;
    private final GatewayConfig config;
    private final OwnUrl ownUrl;
    private final StoredSpecs specs;
    private final SliceWorks works;
    private final RunLog log;
    private final Claims claims;
    private final Traces traces;
    private final Json json;
    private final PodsConfig pods;

    Outbox(
            RunRepository runs,
            TaskRepository tasks,
            GatewayConfig config,
            OwnUrl ownUrl,
            StoredSpecs specs,
            SliceWorks works,
            RunLog log,
            Claims claims,
            Traces traces,
            Json json,
            PodsConfig pods) {
        this.runs = runs;
        this.tasks = tasks;
        this.config = config;
        this.ownUrl = ownUrl;
        this.specs = specs;
        this.works = works;
        this.log = log;
        this.claims = claims;
        this.traces = traces;
        this.json = json;
        this.pods = pods;
    }

    /**
     * A task on its way.
     *
     * @param run as it was when the task was taken
     * @param age since when the service has not been known to be there
     * @param queued since when it has been due, which is its place among those that wait
     */
    record Posting(Task task, RunRow run, Duration age, Instant queued) {}

    /** A task that can't be posted, ever, because what is stored of it can't be read. */
    record Unreadable(String task, int attempt, MillraceException why) {}

    /** @param more whether there may be more that is ready */
    record Taken(List<Posting> postings, List<Unreadable> unreadable, boolean more) {}

    /**
     * Takes ready tasks, of loads only those whose table no other run is loading; a dry run changes none.
     *
     * @param room for how many of a step
     */
    @Transactional
    Taken take(ToIntFunction<Step> room) {
        List<Posting> postings = new ArrayList<>();
        List<Unreadable> unreadable = new ArrayList<>();
        boolean more = false;
        boolean claimed = !pods.areStarted(); // nobody claims what an earlier configuration left for pods
        List<Step> steps = tasks.stepsWithReady(claimed);
        if (steps.isEmpty()) {
            return new Taken(postings, unreadable, more);
        }
        Instant now = runs.now();
        for (Step step : steps) {
            int most = room.applyAsInt(step);
            if (most == 0) {
                continue;
            }
            List<TaskRow> ready = most < Room.MOST
                    ? tasks.lockFairly(step, now, claimed, most)
                    : tasks.lockReady(step, now, claimed, most);
            more |= ready.size() == most;
            take(ready, now, postings, unreadable);
        }
        return new Taken(postings, unreadable, more);
    }

    /** Takes one slice of a step for a pod that asks for it, if there is one. */
    @Transactional
    Taken claim(String run, Step step) {
        Instant now = runs.now();
        Taken taken = new Taken(new ArrayList<>(), new ArrayList<>(), false);
        take(tasks.lockClaimable(run, step, now).stream().toList(), now, taken.postings(), taken.unreadable());
        return taken;
    }

    /** What a pod hears for which there is no slice. */
    @Transactional(readOnly = true)
    Claim without(String runId, Step step) {
        RunRow run = runs.findById(runId).orElse(null);
        TaskState state = tasks.of(runId, step).map(TaskRow::state).orElse(TaskState.WAITING);
        if (run == null) {
            return new Claim.Ended("there is no run " + runId);
        }
        return switch (state) {
            case DONE -> new Claim.Done();
            case FAILED, STOPPED, UNKNOWN -> new Claim.Ended("run " + runId + " is " + run.state());
            case WAITING, READY, DISPATCHED, SLICED ->
                run.state().finished() ? new Claim.Ended("run " + runId + " is " + run.state()) : new Claim.Later();
        };
    }

    private void take(List<TaskRow> ready, Instant now, List<Posting> postings, List<Unreadable> unreadable) {
        for (TaskRow row : ready) {
            RunRow run = runs.findById(row.run()).orElseThrow();
            if (row.step() == Step.LOAD && !run.dryRun() && !run.isBackup() && !claims.table(run)) {
                tasks.delayed(row.id(), now.plus(TABLE_BUSY));
                continue;
            }
            tasks.dispatched(row.id(), now, now.plus(config.lease()));
            try {
                postings.add(new Posting(task(run, row), run, Duration.between(row.readySince(), now), row.due()));
            } catch (MillraceException e) {
                unreadable.add(new Unreadable(row.id(), row.attempt(), e));
            }
        }
    }

    /** A run has left a table: the load that has waited longest for it is due. */
    @Transactional
    void left(String table) {
        Optional<String> next = tasks.waitsFor(table);
        if (next.isPresent()) {
            tasks.due(next.get(), runs.now());
        }
    }

    private Task task(RunRow run, TaskRow row) {
        return new Task(
                row.id(),
                run.id(),
                row.attempt(),
                run.pipeline(),
                run.endpoint(),
                run.day(),
                specs.of(run).credentials(),
                ownUrl.resolve("/internal/tasks/" + row.id() + "/attempts/" + row.attempt()),
                config.lease().dividedBy(3),
                traces.parent(run.id(), run.generation()),
                works.of(run, row));
    }

    /**
     * Keeps what was asked for just before an attempt is posted, so that whoever does it again does the same, and what it
     * says of further tables, which take the records.
     */
    @Transactional
    void complete(Task task, Cursors known) {
        tasks.completed(task.id(), task.attempt(), json.write(task.work()));
        for (String id : runs.downstream(task.run())) {
            tasks.of(id, Step.EXTRACT).map(specs::work).ifPresent(work -> {
                if (work instanceof Work.Extracting extracting && extracting.increment() != null) {
                    String further = runs.findById(id).orElseThrow().endpoint();
                    tasks.completedWaiting(id, json.write(extracting.from(known.of(further))));
                }
            });
        }
    }

    /** As {@link #complete}, of what nothing else needs. */
    @Transactional
    void knowing(Task task) {
        tasks.completed(task.id(), task.attempt(), json.write(task.work()));
    }

    /** The service is full: the task goes out again when there is room, in its place, and its patience begins anew. */
    @Transactional
    void full(Posting posting) {
        Instant now = runs.now();
        tasks.postponed(posting.task().id(), posting.task().attempt(), posting.queued(), now);
    }

    /** The service is away: the task goes out again, the later the longer that lasts. */
    @Transactional
    void away(Posting posting) {
        Duration pause = posting.age().dividedBy(4);
        pause = pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
        Instant now = runs.now();
        tasks.postponed(posting.task().id(), posting.task().attempt(), now.plus(pause), now.minus(posting.age()));
    }

    /** A load that the loader can't be asked to close, because what is stored of its run can't be read. */
    record Unclosable(String run, int generation, MillraceException why) {}

    record Closing(List<Abort> aborts, List<Unclosable> unclosable) {}

    /** Runs whose load is to be closed. */
    @Transactional
    Closing closing(int most) {
        Instant now = runs.now();
        Closing closing = new Closing(new ArrayList<>(), new ArrayList<>());
        for (RunRow run : runs.lockClosing(now, most)) {
            runs.closing(run.id(), run.state(), run.closing(), now.plus(NEXT_ABORT));
            try {
                StoredSpecs.Access access = specs.access(run);
                closing.aborts()
                        .add(new Abort(
                                run.id(),
                                run.generation(),
                                access.credentials(),
                                access.publication(),
                                access.backup()));
            } catch (MillraceException e) {
                closing.unclosable().add(new Unclosable(run.id(), run.generation(), e));
            }
        }
        return closing;
    }

    /** @param due by which somebody else takes it, unless it is done */
    record LogCopy(RunLogCopy copy, Instant due) {}

    /** Logs to be put beside what their runs have published. Of a run that can't be read, nobody knows where that is. */
    @Transactional
    List<LogCopy> logs(int most) {
        Instant now = runs.now();
        Instant next = now.plus(NEXT_LOG).truncatedTo(ChronoUnit.MILLIS);
        List<LogCopy> copies = new ArrayList<>();
        for (RunRow run : runs.lockLogDue(now, most)) {
            try {
                StoredSpecs.Access access = specs.access(run);
                Publication publication = Objects.requireNonNull(access.publication());
                runs.logDue(run.id(), next);
                copies.add(new LogCopy(Archive.copy(run, access.credentials(), publication), next));
            } catch (MillraceException e) {
                runs.logDue(run.id(), null);
                log.warn(run.id(), now, "the log stays in the archive: " + e.detail());
            }
        }
        return copies;
    }

    @Transactional
    void copied(LogCopy log) {
        runs.logCopied(log.copy().run(), log.due());
    }

    /** Runs that were waiting, and need no longer. */
    @Transactional(readOnly = true)
    List<String> settled(int most) {
        return tasks.settled(most);
    }

    /** Tasks whose service has kept silent for too long. */
    @Transactional(readOnly = true)
    List<String> overdue(int most) {
        return tasks.overdue(runs.now(), most).stream().map(TaskRow::id).toList();
    }
}
