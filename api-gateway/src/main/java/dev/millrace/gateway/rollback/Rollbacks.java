package dev.millrace.gateway.rollback;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.history.History;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.gateway.store.StoredSpecs;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceProblems;
import dev.millrace.service.WorkerCalls;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Rollback;
import dev.millrace.task.Step;
import dev.millrace.task.Work;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Locale;

/** Brings back what the table of a run was before it. Whether it did is in the ledger; the run only shows it. */
@Singleton
public class Rollbacks {
    private final History history;
    private final RunRepository runs;
    private final TaskRepository tasks;
    private final StoredSpecs specs;
    private final RunLog log;
    private final StagingStore staging;
    private final WorkerCalls services;
    private final GatewayConfig config;

    Rollbacks(
            History history,
            RunRepository runs,
            TaskRepository tasks,
            StoredSpecs specs,
            RunLog log,
            StagingStore staging,
            WorkerCalls services,
            GatewayConfig config) {
        this.history = history;
        this.runs = runs;
        this.tasks = tasks;
        this.specs = specs;
        this.log = log;
        this.staging = staging;
        this.services = services;
        this.config = config;
    }

    /**
     * Rolls a run back, or finds that it was.
     *
     * @param by who wants it, for the run's log
     * @throws MillraceException with {@code RUN_UNKNOWN}, {@code RUN_STATE}, {@code ROLLBACK_REFUSED}, or what the loader
     *     says; then nothing has changed, unless the loader couldn't be heard: the call may be repeated
     */
    public void rollBack(String id, String by) throws InterruptedException {
        RunRow run = history.run(id).run();
        if (run.state() != RunState.SUCCEEDED || run.dryRun()) {
            throw new MillraceException(
                    ErrorCode.RUN_STATE,
                    "run " + id + " is " + (run.dryRun() ? "a dry run" : run.state())
                            + " (expected: one that has succeeded; of another nothing is loaded)");
        }
        if (run.isBackup() || run.isRestore()) {
            throw refused(
                    run, "it is a " + run.runTrigger() + " (expected: a run that loads; a restore of another backup)");
        }
        if (run.rolledBackAt() != null) {
            return;
        }
        StoredSpecs.Access access = specs.access(run);
        if (access.publication() != null) {
            throw refused(run, "it has published to a bucket, and what was there before is kept nowhere");
        }
        checkList(run);
        HttpResponse<Rollback.Done> answer = services.rollBack(
                config.services().loader(), new Rollback(run.id(), run.targetTable(), access.credentials()));
        if (answer.code() == 404) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE,
                    "run " + id + " can't be rolled back: the loader is of a version without rollbacks");
        }
        if (answer.code() != 200) {
            Problem problem = ServiceProblems.of(answer);
            throw new MillraceException(
                    ErrorCode.named(problem.code()).orElse(ErrorCode.SERVICE_UNAVAILABLE), problem.detail());
        }
        Instant now = runs.now();
        runs.rolledBack(id, now);
        log.info(
                id,
                now,
                String.format(
                        Locale.ROOT,
                        "rolled back by %s: %s has %,d rows, as before the run",
                        by,
                        run.targetTable(),
                        answer.body().tableRows()));
    }

    /** A cursor that is a list of files is an object, of which only those are kept that a run may start from. */
    private void checkList(RunRow run) {
        tasks.of(run.id(), Step.EXTRACT)
                .map(specs::work)
                .filter(Work.ExtractIncrement.class::isInstance)
                .map(Work.ExtractIncrement.class::cast)
                .map(Work.ExtractIncrement::committed)
                .map(CommittedCursor::value)
                .filter(cursor -> cursor.startsWith("state/" + run.pipeline() + "/" + run.endpoint() + "/"))
                .filter(cursor -> !staging.exists(cursor))
                .ifPresent(gone -> {
                    throw refused(run, "the list of the files that were loaded before it is gone from staging");
                });
    }

    private static MillraceException refused(RunRow run, String why) {
        return new MillraceException(ErrorCode.ROLLBACK_REFUSED, "run " + run.id() + " can't be rolled back: " + why);
    }
}
