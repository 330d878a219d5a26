package dev.millrace.gateway.retention;

import dev.millrace.gateway.store.RunRow;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;

/** What of the run database is old. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface RetentionRepository extends GenericRepository<RunRow, String> {
    /**
     * Runs that nobody needs any more, oldest first. Kept are those
     *
     * <ul>
     *   <li>that have not ended, or whose log has not been archived or copied;
     *   <li>of a batch in which one is as young, since they wait for each other and are shown together;
     *   <li>whose rejected records a run of today may have loaded;
     *   <li>that were the last to load an endpoint, or a day of it: a backfill asks whether it is loaded, a retry of another
     *       run whether it has been overtaken;
     *   <li>that another run comes after which can still be retried;
     *   <li>that a backfill which is under way has started;
     *   <li>that are among the newest of their endpoint.
     * </ul>
     */
    @Query("""
            SELECT r.id FROM run r
            WHERE r.finished_at < :before AND r.archived = TRUE AND r.log_due IS NULL AND r.closing IS NULL
              AND r.state IN ('SUCCEEDED', 'FAILED', 'CANCELLED')
              AND NOT EXISTS (SELECT 1 FROM run b WHERE b.batch = r.batch
                              AND (b.finished_at IS NULL OR b.finished_at >= :before))
              AND NOT EXISTS (SELECT 1 FROM run p WHERE p.replay_of = r.id)
              AND NOT EXISTS (SELECT 1 FROM run_after a JOIN run d ON d.id = a.run
                              WHERE a.upstream = r.id AND d.state <> 'SUCCEEDED')
              AND (r.state <> 'SUCCEEDED' OR r.dry_run = TRUE
                   OR EXISTS (SELECT 1 FROM run l WHERE l.pipeline = r.pipeline AND l.endpoint = r.endpoint
                              AND l.state = 'SUCCEEDED' AND l.dry_run = FALSE AND l.created_at > r.created_at
                              AND l.target_table = r.target_table
                              AND (r.replay_of IS NOT NULL OR l.replay_of IS NULL)
                              AND (r.run_day IS NULL
                                   OR COALESCE(l.run_window, CAST(l.run_day AS VARCHAR))
                                      = COALESCE(r.run_window, CAST(r.run_day AS VARCHAR)))))
              AND NOT EXISTS (SELECT 1 FROM backfill_window w JOIN backfill f ON f.id = w.backfill
                              WHERE w.batch = r.batch AND f.state = 'RUNNING')
              AND (SELECT COUNT(*) FROM run n WHERE n.pipeline = r.pipeline AND n.endpoint = r.endpoint
                   AND n.created_at > r.created_at) >= :newest
            ORDER BY r.finished_at LIMIT :most""")
    List<String> oldRuns(Instant before, int newest, int most);

    /** Runs that could be retried, whose staged data have been kept for long enough. */
    @Query("""
            SELECT r.id FROM run r
            WHERE r.finished_at < :before AND r.archived = TRUE AND r.swept = FALSE AND r.closing IS NULL
              AND r.state IN ('FAILED', 'CANCELLED')
            ORDER BY r.finished_at LIMIT :most""")
    List<String> stagedFailures(Instant before, int most);

    @Query("UPDATE run SET swept = TRUE WHERE id = :id")
    void swept(String id);

    @Query("DELETE FROM log_line WHERE run = :id")
    void deleteLog(String id);

    @Query("DELETE FROM task WHERE run = :id")
    void deleteTasks(String id);

    @Query("DELETE FROM run_after WHERE run = :id OR upstream = :id")
    void deleteOrder(String id);

    /** Of what was sent in the place of its rejected records. */
    @Query("DELETE FROM idempotency WHERE idempotency_key LIKE :replays")
    void deleteReplayKeys(String replays);

    @Query("DELETE FROM run WHERE id = :id")
    void deleteRun(String id);

    /** Those of replays stay as long as the run whose rejected records they stand for. */
    @Query("DELETE FROM idempotency WHERE created_at < :before AND idempotency_key NOT LIKE 'replay:%'")
    long deleteKeys(Instant before);

    @Query("""
            DELETE FROM backfill_window WHERE backfill IN
              (SELECT id FROM backfill WHERE finished_at < :before AND state <> 'RUNNING')""")
    void deleteWindows(Instant before);

    @Query("DELETE FROM backfill WHERE finished_at < :before AND state <> 'RUNNING'")
    long deleteBackfills(Instant before);

    /** Pub/Sub keeps a message for a month at most, and would tell of the object again until then. */
    @Query("DELETE FROM arrival WHERE arrived_at < :before AND batch IS NOT NULL")
    long deleteArrivals(Instant before);

    @Query("DELETE FROM audit WHERE entry_time < :before")
    long deleteAudit(Instant before);
}
