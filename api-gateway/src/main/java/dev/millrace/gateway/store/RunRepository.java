package dev.millrace.gateway.store;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Table {@code run}, and the claims of runs. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface RunRepository extends GenericRepository<RunRow, String> {

    /** The clock that all replicas share. */
    @Query("SELECT CURRENT_TIMESTAMP")
    Instant now();

    Optional<RunRow> findById(String id);

    @Query("SELECT * FROM run WHERE id = :id FOR UPDATE")
    Optional<RunRow> lock(String id);

    /** The run of a task. */
    @Query("SELECT * FROM run WHERE id = (SELECT t.run FROM task t WHERE t.id = :task) FOR UPDATE")
    Optional<RunRow> lockOf(String task);

    /** In the order of their ids, so that no two callers wait for each other. */
    @Query("SELECT * FROM run WHERE id IN (:ids) ORDER BY id FOR UPDATE")
    List<RunRow> lockAll(Collection<String> ids);

    @Query("INSERT INTO run_after (run, upstream) VALUES (:run, :upstream)")
    void comesAfter(String run, String upstream);

    /** The runs that a run comes after. */
    @Query("SELECT u.* FROM run_after a JOIN run u ON u.id = a.upstream WHERE a.run = :run ORDER BY u.endpoint")
    List<RunRow> upstream(String run);

    /** The runs that come after a run, without those that come after these. */
    @Query("SELECT run FROM run_after WHERE upstream = :upstream ORDER BY run")
    List<String> downstream(String upstream);

    @Query("DELETE FROM run_after WHERE run = :run AND upstream = :upstream")
    void forget(String run, String upstream);

    @Query("SELECT * FROM run WHERE batch = :batch ORDER BY endpoint")
    List<RunRow> batch(String batch);

    /** Newest first, those older than {@code before}. */
    @Query("""
        SELECT r.* FROM run r
        WHERE (CAST(:pipeline AS VARCHAR) IS NULL OR r.pipeline = :pipeline)
          AND (CAST(:endpoint AS VARCHAR) IS NULL OR r.endpoint = :endpoint)
          AND (CAST(:state AS VARCHAR) IS NULL OR r.state = :state)
          AND (CAST(:before AS VARCHAR) IS NULL
               OR (r.created_at, r.id) < (SELECT b.created_at, b.id FROM run b WHERE b.id = :before))
        ORDER BY r.created_at DESC, r.id DESC LIMIT :most\
        """)
    List<RunRow> newest(
            @Nullable String pipeline,
            @Nullable String endpoint,
            @Nullable RunState state,
            @Nullable String before,
            int most);

    /** In the order of the index, of which H2 reads no further then. */
    @Query("SELECT * FROM run WHERE pipeline = :pipeline AND endpoint = :endpoint AND dry_run = FALSE AND run_trigger"
            + " NOT IN ('backup', 'restore') ORDER BY pipeline DESC, endpoint DESC, created_at DESC LIMIT 1")
    Optional<RunRow> last(String pipeline, String endpoint);

    /** Runs of an endpoint that are no dry runs, the newest first; in the order of the index, of which H2 reads no further then. */
    @Query("""
        SELECT id, state, created_at, started_at, finished_at, rows_loaded, rows_rejected, error_code, error_detail
        FROM run WHERE pipeline = :pipeline AND endpoint = :endpoint AND dry_run = FALSE
          AND run_trigger NOT IN ('backup', 'restore')
        ORDER BY pipeline DESC, endpoint DESC, created_at DESC LIMIT :most\
        """)
    List<RecentRun> recent(String pipeline, String endpoint, int most);

    /** Runs that a table was changed or copied by, the newest first. */
    @Query("SELECT * FROM run WHERE target_table = :table AND dry_run = FALSE AND state = 'SUCCEEDED'"
            + " ORDER BY created_at DESC, id DESC LIMIT :most")
    List<RunRow> ofTable(String table, int most);

    /** Something else whenever a run has got any further. */
    @Query("""
        SELECT CONCAT(
          (SELECT COALESCE(MAX(id), 0) FROM log_line), ' ',
          (SELECT COALESCE(SUM(records + bytes), 0) FROM task WHERE state = 'DISPATCHED'))\
        """)
    String progress();

    /** A run of the endpoint and day, later than another one, that has read its source and succeeded. */
    @Query("""
        SELECT * FROM run WHERE pipeline = :pipeline AND endpoint = :endpoint AND state = 'SUCCEEDED'
          AND dry_run = FALSE AND replay_of IS NULL AND created_at > :since
          AND run_trigger NOT IN ('upload', 'backup', 'restore')
          AND (CAST(:day AS VARCHAR) IS NULL OR COALESCE(run_window, CAST(run_day AS VARCHAR)) = :day)
        ORDER BY created_at DESC, id DESC LIMIT 1\
        """)
    Optional<RunRow> succeededSince(String pipeline, String endpoint, @Nullable String day, Instant since);

    /** A run of the endpoint and day, later than another one, that has loaded something: all of it, or a replay. */
    @Query("""
        SELECT * FROM run WHERE pipeline = :pipeline AND endpoint = :endpoint AND state = 'SUCCEEDED'
          AND dry_run = FALSE AND run_trigger <> 'backup' AND created_at > :since
          AND (CAST(:day AS VARCHAR) IS NULL OR COALESCE(run_window, CAST(run_day AS VARCHAR)) = :day)
        ORDER BY created_at DESC, id DESC LIMIT 1\
        """)
    Optional<RunRow> loadedSince(String pipeline, String endpoint, @Nullable String day, Instant since);

    /** In the order of the index, as {@link #last}. */
    @Query("""
        SELECT created_at FROM run WHERE pipeline = :pipeline AND endpoint = :endpoint AND run_trigger = 'schedule'
        ORDER BY pipeline DESC, endpoint DESC, created_at DESC LIMIT 1\
        """)
    Optional<Instant> lastScheduled(String pipeline, String endpoint);

    /** The newest run that backs a table up, whatever started it. */
    @Query("""
        SELECT * FROM run WHERE target_table = :table AND pipeline = :pipeline AND run_trigger = 'backup' ORDER BY created_at DESC, id DESC LIMIT 1\
        """)
    Optional<RunRow> lastBackup(String pipeline, String table);

    @Query("""
        SELECT created_at FROM run WHERE target_table = :table AND pipeline = :pipeline
          AND run_trigger = 'backup' AND started_by IS NULL ORDER BY created_at DESC LIMIT 1\
        """)
    Optional<Instant> lastScheduledBackup(String pipeline, String table);

    @Query("UPDATE run SET state = :state WHERE id = :id")
    void enter(String id, RunState state);

    /** Enters its first step. */
    @Query("UPDATE run SET started_at = :now, state = :state WHERE id = :id")
    void began(String id, RunState state, Instant now);

    @Query("UPDATE run SET rows_extracted = :extracted, rows_rejected = :rejected, rows_filtered = :filtered,"
            + " rows_exploded = :exploded WHERE id = :id")
    void counted(String id, long extracted, long rejected, long filtered, long exploded);

    @Query("""
        UPDATE run SET rows_loaded = :loaded, rows_superseded = :superseded, rows_outdated = :outdated,
          rows_tied = :tied, rows_deleted = :deleted WHERE id = :id\
        """)
    void loaded(String id, long loaded, long superseded, long outdated, long tied, long deleted);

    /** Beside those that were rejected before. */
    @Query("UPDATE run SET rows_rejected = COALESCE(rows_rejected, 0) + :rejected WHERE id = :id")
    void rejectedByLoad(String id, long rejected);

    @Query("UPDATE run SET rolled_back_at = :now WHERE id = :id")
    void rolledBack(String id, Instant now);

    @Query("UPDATE run SET drift = :drift WHERE id = :id")
    void drifted(String id, @Nullable String drift);

    @Query("UPDATE run SET checks = :checks WHERE id = :id")
    void checked(String id, String checks);

    /** What the checks of earlier runs of an endpoint have found that are in its table, the newest first. */
    @Query("""
            SELECT checks FROM run WHERE pipeline = :pipeline AND endpoint = :endpoint AND state = 'SUCCEEDED'
              AND dry_run = FALSE AND replay_of IS NULL AND run_trigger <> 'upload' AND rolled_back_at IS NULL
              AND checks IS NOT NULL AND id <> :run
            ORDER BY created_at DESC, id DESC LIMIT :most""")
    List<String> earlierChecks(String pipeline, String endpoint, String run, int most);

    @Query("UPDATE run SET plan = :plan WHERE id = :id")
    void planned(String id, String plan);

    @Query("UPDATE run SET error_code = :code, error_detail = :detail WHERE id = :id")
    void failed(String id, @Nullable String code, @Nullable String detail);

    @Query("UPDATE run SET state = :state, closing = :closing, closing_due = :due WHERE id = :id")
    void closing(String id, RunState state, @Nullable RunState closing, @Nullable Instant due);

    @Query("UPDATE run SET state = :state, closing = NULL, closing_due = NULL, finished_at = :now WHERE id = :id")
    void finished(String id, RunState state, Instant now);

    @Query("""
        UPDATE run SET state = :state, generation = generation + 1, error_code = NULL, error_detail = NULL,
          plan = NULL, checks = NULL, finished_at = NULL, archived = FALSE, swept = FALSE WHERE id = :id\
        """)
    void reopened(String id, RunState state);

    /** Without those in a state that only a newer version knows. */
    @Query("SELECT * FROM run WHERE closing IN " + RunState.KNOWN + " AND state IN " + RunState.KNOWN
            + " AND closing_due <= :now ORDER BY closing_due LIMIT :most FOR UPDATE SKIP LOCKED")
    List<RunRow> lockClosing(Instant now, int most);

    /** Without those in a state that only a newer version knows. */
    @Query("SELECT id FROM run WHERE archived = FALSE AND finished_at IS NOT NULL AND state IN " + RunState.KNOWN
            + " ORDER BY finished_at LIMIT :most")
    List<String> unarchived(int most);

    /** @param logDue null: the log is to be copied nowhere */
    @Query("UPDATE run SET archived = TRUE, log_due = :logDue WHERE id = :id")
    void archived(String id, @Nullable Instant logDue);

    @Query("SELECT * FROM run WHERE log_due <= :now ORDER BY log_due LIMIT :most FOR UPDATE SKIP LOCKED")
    List<RunRow> lockLogDue(Instant now, int most);

    @Query("UPDATE run SET log_due = :next WHERE id = :id")
    void logDue(String id, @Nullable Instant next);

    /** Unless the run has been taken up again, or somebody else is at it. */
    @Query("UPDATE run SET log_due = NULL WHERE id = :id AND log_due = :due")
    void logCopied(String id, Instant due);

    /** Whether the claim is now this call's; false when somebody has it. */
    @Query("INSERT INTO claim (name, run) VALUES (:name, :run) ON CONFLICT DO NOTHING")
    int claim(String name, String run);

    @Query("SELECT run FROM claim WHERE name = :name")
    Optional<String> claimant(String name);

    @Query("DELETE FROM claim WHERE run = :run")
    void releaseClaims(String run);

    @Query("INSERT INTO idempotency (idempotency_key, request, batch, created_at) VALUES (:key, :request, :batch,"
            + " :now) ON CONFLICT DO NOTHING")
    int remember(String key, String request, String batch, Instant now);

    /** From now on the key stands for another batch. */
    @Query("UPDATE idempotency SET batch = :batch WHERE idempotency_key = :key")
    void rememberAnew(String key, String batch);

    @Query("SELECT request FROM idempotency WHERE idempotency_key = :key")
    Optional<String> rememberedRequest(String key);

    @Query("SELECT batch FROM idempotency WHERE idempotency_key = :key")
    Optional<String> rememberedBatch(String key);
}
