package dev.millrace.gateway.run;

import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.gateway.store.StoredSpecs;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Step;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Takes runs that failed or were cancelled up again. */
@Singleton
public class Retries {
    private final RunRepository runs;
    private final TaskRepository tasks;
    private final RunPhases phases;
    private final StepTasks steps;
    private final Slices slices;
    private final Claims claims;
    private final StoredSpecs specs;
    private final RunLog log;

    Retries(
            RunRepository runs,
            TaskRepository tasks,
            RunPhases phases,
            StepTasks steps,
            Slices slices,
            Claims claims,
            StoredSpecs specs,
            RunLog log) {
        this.runs = runs;
        this.tasks = tasks;
        this.phases = phases;
        this.steps = steps;
        this.slices = slices;
        this.claims = claims;
        this.specs = specs;
        this.log = log;
    }

    /**
     * Takes a failed or cancelled run up again at the step that didn't succeed. It stays the same run and load, so
     * whatever had been committed is found again. What had ended only because this run did waits for it again. A model
     * no longer waits for runs that have ended, be it without success: it is the caller who wants it now. A further table
     * still does, for the run that reads its records. What was staged so long ago that it is not kept any more is read again.
     *
     * @param by who wants it
     * @throws MillraceException with {@code RUN_UNKNOWN}, {@code RUN_STATE} when there is nothing to retry, or {@code
     *     SPEC_UNREADABLE}
     * @throws RunActive when another run has the endpoint's window
     */
    @Transactional
    public RunRow retry(String runId, String by) {
        Map<String, RunRow> rows =
                runs.lockAll(withDownstream(runId)).stream().collect(Collectors.toMap(RunRow::id, Function.identity()));
        RunRow run = rows.get(runId);
        if (run == null) {
            throw Runs.unknown(runId);
        }
        Phase next = phases.after(run, Transitions.Event.RETRY).orElseThrow();
        Instant now = runs.now();
        RunRow again = reopened(run, next);
        log.info(runId, now, "RETRY by " + by);
        switch (specs.of(run)) {
            case RunSpec.OfEndpoint spec ->
                resume(
                        again,
                        spec,
                        isReplaced(run, spec) || isOvertaken(run) || isSwept(run),
                        Slices.isOutdated(run),
                        now);
            case RunSpec.OfLoader spec -> {
                runs.upstream(runId).stream()
                        .filter(before -> before.state().finished())
                        .forEach(before -> runs.forget(runId, before.id()));
                steps.waiting(again, spec.load(runId, again.generation()), now);
            }
        }
        waitAgain(run, rows, now);
        return runs.findById(runId).orElseThrow();
    }

    private RunRow reopened(RunRow run, Phase next) {
        runs.reopened(run.id(), next.state());
        return runs.findById(run.id()).orElseThrow();
    }

    /** Whether what was staged can't be loaded any more, because another run has moved the cursor. */
    private static boolean isOvertaken(RunRow run) {
        return ErrorCode.CURSOR_MOVED.name().equals(run.errorCode());
    }

    /**
     * Whether what was staged is not kept any more.
     *
     * @throws MillraceException with {@code RUN_STATE} for a run that can't read again
     */
    private static boolean isSwept(RunRow run) {
        if (run.swept() && run.replayOf() != null) {
            throw new MillraceException(
                    ErrorCode.RUN_STATE,
                    "what was sent to run " + run.id() + " is not kept any more (expected: another replay)");
        }
        return run.swept();
    }

    /**
     * Whether a later run has replaced what this one was to load, so that what it has read is older than the table.
     *
     * @throws MillraceException with {@code RUN_STATE} for a run that can't read again
     */
    private boolean isReplaced(RunRow run, RunSpec.OfEndpoint spec) {
        boolean replaces =
                spec.endpoint().destination() instanceof Destination.Table table && table.write() == Write.REPLACE;
        if (run.dryRun() || !(replaces || run.replayOf() != null)) {
            return false;
        }
        Optional<RunRow> later = runs.loadedSince(run.pipeline(), run.endpoint(), run.dayText(), run.createdAt());
        if (later.isPresent() && (run.replayOf() != null || spec.recordsOf() != null)) {
            throw new MillraceException(
                    ErrorCode.RUN_STATE,
                    "run " + later.get().id() + " of " + run.endpoint() + " has loaded " + run.targetTable()
                            + " since, and what run " + run.id() + " was to load is older (expected: "
                            + (run.replayOf() == null ? "a new run of " + spec.recordsOf() : "another replay") + ")");
        }
        return later.isPresent();
    }

    /**
     * @param anew whether to extract again, whatever has been staged
     * @param outdated whether a plan of slices, if there is one, doesn't hold any more
     */
    private void resume(RunRow run, RunSpec.OfEndpoint spec, boolean anew, boolean outdated, Instant now) {
        claims.endpoint(run);
        if (anew && spec.recordsOf() == null) {
            extract(run, spec, now);
            return;
        }
        Optional<TaskRow> extract = steps.finished(run, Step.EXTRACT);
        Optional<TaskRow> transform = steps.finished(run, Step.TRANSFORM);
        Optional<TaskRow> last = spec.transforms() ? transform : extract;
        if (last.isPresent() && tasks.of(run.id(), Step.LOAD).isPresent()) {
            phases.after(run, Transitions.Event.RESUME_LOADING).ifPresent(next -> phases.enter(run, next));
            String manifest = Objects.requireNonNull(last.get().manifest());
            long left = spec.rejectsLeft(
                    Objects.requireNonNullElse(run.rowsExtracted(), 0L),
                    Objects.requireNonNullElse(run.rowsRejected(), 0L));
            steps.load(run, spec, manifest, left, now);
        } else if (spec.transforms()
                && extract.isPresent()
                && transform.isEmpty()
                && !(extract.get().isCut() && outdated)) {
            phases.after(run, Transitions.Event.RESUME_TRANSFORMING).ifPresent(next -> phases.enter(run, next));
            if (extract.get().isCut()) {
                slices.again(run, Step.TRANSFORM, now);
                return;
            }
            String manifest = Objects.requireNonNull(extract.get().manifest());
            Instant extracted = Objects.requireNonNull(extract.get().finishedAt());
            steps.ready(run, spec.transform(manifest, extracted), now);
        } else if (spec.recordsOf() != null) {
            steps.waitingForRecords(run, spec, now);
        } else if (extract.isEmpty() && !outdated && slices.hasPlan(run)) {
            slices.again(run, Step.EXTRACT, now);
        } else {
            extract(run, spec, now);
        }
    }

    private void extract(RunRow run, RunSpec.OfEndpoint spec, Instant now) {
        slices.forget(run);
        steps.ready(run, spec.extract(), now);
    }

    /** Runs that had ended because {@code run} did, and those that had ended because these did. */
    private void waitAgain(RunRow run, Map<String, RunRow> locked, Instant now) {
        for (String id : runs.downstream(run.id())) {
            RunRow after = Objects.requireNonNull(locked.get(id));
            Optional<Phase> next = phases.after(after, Transitions.Event.UPSTREAM_RETRIED);
            if (next.isEmpty() || !ErrorCode.UPSTREAM_FAILED.name().equals(after.errorCode())) {
                continue;
            }
            RunSpec spec = readable(after, now).orElse(null);
            if (spec != null) {
                RunRow again = reopened(after, next.get());
                log.info(id, now, "RETRY, because " + run.endpoint() + " is tried again");
                switch (spec) {
                    case RunSpec.OfEndpoint further -> {
                        claims.endpoint(again);
                        steps.waitingForRecords(again, further, now);
                    }
                    case RunSpec.OfLoader model -> steps.waiting(again, model.load(id, again.generation()), now);
                }
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
}
