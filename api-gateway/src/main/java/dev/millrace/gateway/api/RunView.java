package dev.millrace.gateway.api;

import dev.millrace.gateway.history.History;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Drift;
import dev.millrace.task.CheckResult;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A run as the public API shows it. {@code rowsExtracted + rowsExploded = rowsLoaded + rowsRejected + rowsFiltered}
 * holds for every run that succeeded.
 *
 * @param dryRun whether it loads nothing, and says what it would do
 * @param day the day that the run loads; null when it loads everything
 * @param trigger {@code api}, {@code schedule}, {@code event}, {@code backfill} or {@code replay}
 * @param startedBy the user or token that has asked for it; null when nobody has, as for a schedule
 * @param replayOf the run whose rejected records it loads; null for a run that reads its source
 * @param rolledBackAt when the table and cursor that it left were brought back to what they were before; null: never
 * @param rowsExtracted null until the extraction has ended, like the other counts until their step has
 * @param rowsExploded loaded rows beyond the first of each record
 * @param rowsSuperseded loaded rows that another row with the same key replaced at once
 * @param rowsOutdated loaded rows that the table has in a newer version, or has at all where it is only added to
 * @param rowsTied rows that stayed because they came last among those of the same key and place in the order
 * @param rowsDeleted rows of the table that were removed, marked or closed
 * @param drift what the records have and the schema reads, compared; null until they have been transformed
 * @param checks what its load has found of the table's checks, without the rows that don't meet them
 * @param plan what the load of a dry run would do, a line for each step; empty unless that has succeeded
 * @param error why it failed; null unless it did
 * @param steps those that the run has reached
 */
@Serdeable
public record RunView(
        String id,
        String batch,
        String pipeline,
        String endpoint,
        String table,
        RunState state,
        String trigger,
        @Nullable String startedBy,
        boolean dryRun,
        @Nullable String replayOf,
        @Nullable RunWindow day,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Instant rolledBackAt,
        @Nullable Long rowsExtracted,
        @Nullable Long rowsLoaded,
        @Nullable Long rowsRejected,
        @Nullable Long rowsFiltered,
        @Nullable Long rowsExploded,
        @Nullable Long rowsSuperseded,
        @Nullable Long rowsOutdated,
        @Nullable Long rowsTied,
        @Nullable Long rowsDeleted,
        @Nullable Drift drift,
        List<CheckResult> checks,
        List<String> plan,
        @Nullable ErrorView error,
        List<StepView> steps) {

    /**
     * Why a run failed.
     *
     * @param code a name of {@link ErrorCode}
     * @param actor who must act; null when a newer version has stored a code that this one doesn't know
     * @param retry whether a retry of the run can help before somebody has; null as is {@code actor}
     */
    @Serdeable
    public record ErrorView(
            String code, String detail, ErrorCode.@Nullable Actor actor, ErrorCode.@Nullable Retry retry) {
        /** Null unless it failed. */
        static @Nullable ErrorView of(RunRow run) {
            return run.errorCode() == null ? null : of(run.errorCode(), String.valueOf(run.errorDetail()));
        }

        static ErrorView of(String code, String detail) {
            Optional<ErrorCode> known = ErrorCode.named(code);
            return new ErrorView(
                    code,
                    detail,
                    known.map(ErrorCode::actor).orElse(null),
                    known.map(ErrorCode::retry).orElse(null));
        }
    }

    /**
     * @param attempt from 1
     * @param records done so far in this attempt
     * @param bytes done so far in this attempt
     * @param total records to be expected; null when nobody knows
     * @param slices that it is cut into; null: it is done as a whole
     */
    @Serdeable
    public record StepView(
            Step step,
            TaskState state,
            int attempt,
            long records,
            long bytes,
            @Nullable Long total,
            @Nullable Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable SlicesView slices) {
        static StepView of(History.Entry entry, TaskRow task) {
            return new StepView(
                    task.step(),
                    task.state(),
                    task.attempt(),
                    entry.records(task),
                    entry.bytes(task),
                    task.total(),
                    task.startedAt(),
                    task.finishedAt(),
                    SlicesView.of(entry, task));
        }
    }

    /**
     * The slices of a step.
     *
     * @param count how many there are
     * @param done how many of them have succeeded
     * @param running how many services are at work on
     * @param slowest number, from 1, of the one that has been under way for longest; null: none is
     * @param slowestSince since when; null likewise
     */
    @Serdeable
    public record SlicesView(
            int count,
            int done,
            long running,
            @Nullable Integer slowest,
            @Nullable Instant slowestSince) {
        static @Nullable SlicesView of(History.Entry entry, TaskRow task) {
            Integer count = task.slices();
            if (count == null) {
                return null;
            }
            History.Underway now = entry.slices().get(task.step());
            TaskRow slowest = now == null ? null : now.slowest();
            return new SlicesView(
                    count,
                    task.slicesDone(),
                    now == null ? 0 : now.progress().running(),
                    slowest == null ? null : slowest.slice(),
                    slowest == null ? null : slowest.startedAt());
        }
    }

    static RunView of(History.Entry entry) {
        RunRow run = entry.run();
        return new RunView(
                run.id(),
                run.batch(),
                run.pipeline(),
                run.endpoint(),
                run.targetTable(),
                run.state(),
                run.runTrigger(),
                run.startedBy(),
                run.dryRun(),
                run.replayOf(),
                run.day(),
                run.createdAt(),
                run.startedAt(),
                run.finishedAt(),
                run.rolledBackAt(),
                run.rowsExtracted(),
                run.rowsLoaded(),
                run.rowsRejected(),
                run.rowsFiltered(),
                run.rowsExploded(),
                run.rowsSuperseded(),
                run.rowsOutdated(),
                run.rowsTied(),
                run.rowsDeleted(),
                entry.drift(),
                entry.checks().stream().map(CheckResult::withoutSample).toList(),
                run.plan() == null ? List.of() : run.plan().lines().toList(),
                ErrorView.of(run),
                entry.tasks().stream().map(task -> StepView.of(entry, task)).toList());
    }
}
