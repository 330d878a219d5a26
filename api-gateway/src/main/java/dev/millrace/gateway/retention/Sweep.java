package dev.millrace.gateway.retention;

import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.TableRows;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Deletes what is old. Each method is one transaction, which locks a run before it touches what it has staged, so that no
 * retry meets it halfway; several replicas may do it at once. Objects go before the row that says where they are: whoever
 * dies in between leaves a row that is found again.
 */
@Singleton
class Sweep {
    /** Longer than anybody reads one. */
    private static final Duration FILES = Duration.ofDays(1);

    private final RetentionRepository old;
    private final RunRepository runs;
    private final StagingStore staging;
    private final RetentionConfig config;

    Sweep(RetentionRepository old, RunRepository runs, StagingStore staging, RetentionConfig config) {
        this.old = old;
        this.runs = runs;
        this.staging = staging;
        this.config = config;
    }

    @Transactional(readOnly = true)
    List<String> oldRuns(int most) {
        return old.oldRuns(before(config.runs()), config.newestRuns(), most);
    }

    @Transactional(readOnly = true)
    List<String> stagedFailures(int most) {
        return old.stagedFailures(before(config.staging()), most);
    }

    /** A run, its log, its rejects, and what it has staged. */
    @Transactional
    void delete(String id) {
        RunRow run = runs.lock(id).orElse(null);
        if (run == null || !hasEndedBefore(run, before(config.runs()))) {
            return; // another replica was faster, or it has been taken up again
        }
        staging.deleteAll("runs/" + id + "/");
        staging.deleteAll("archive/" + id + "/");
        old.deleteReplayKeys("replay:" + id + ":%");
        old.deleteOrder(id);
        old.deleteLog(id);
        old.deleteTasks(id);
        old.deleteRun(id);
    }

    /** What a run has staged, from which a retry would have gone on; from now on that reads its source anew. */
    @Transactional
    void unstage(String id) {
        RunRow run = runs.lock(id).orElse(null);
        if (run == null
                || !hasEndedBefore(run, before(config.staging()))
                || run.state() == RunState.SUCCEEDED
                || run.swept()) {
            return;
        }
        staging.deleteAll("runs/" + id + "/");
        old.swept(id);
    }

    /** Keys, backfills, arrivals and entries of the audit log. */
    @Transactional
    void deleteRows() {
        long _ = old.deleteKeys(before(config.idempotencyKeys()));
        old.deleteWindows(before(config.runs()));
        long _ = old.deleteBackfills(before(config.runs()));
        long _ = old.deleteArrivals(before(config.runs()));
        long _ = old.deleteAudit(before(config.audit()));
    }

    /** Files of rows that somebody has read. */
    void deleteFiles() {
        String first = TableRows.file(before(FILES), null);
        staging.list(TableRows.FILES).stream()
                .filter(file -> file.compareTo(first) < 0)
                .forEach(staging::deleteAll);
    }

    private Instant before(Duration age) {
        return runs.now().minus(age);
    }

    private static boolean hasEndedBefore(RunRow run, Instant before) {
        Instant end = run.finishedAt();
        return run.state().finished() && run.archived() && end != null && end.isBefore(before);
    }
}
