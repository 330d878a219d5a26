package dev.millrace.gateway.backfill;

import dev.millrace.pipeline.RunWindow;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Tables {@code backfill} and {@code backfill_window}, and the runs of days. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface BackfillRepository extends GenericRepository<BackfillRow, String> {
    /** States of a run that has ended. */
    String ENDED = "('SUCCEEDED', 'FAILED', 'CANCELLED')";

    Optional<BackfillRow> findById(String id);

    @Query("SELECT * FROM backfill WHERE id = :id FOR UPDATE")
    Optional<BackfillRow> lock(String id);

    @Query("""
            INSERT INTO backfill (id, pipeline, first_day, last_day, parallelism, started_by, state, created_at)
            VALUES (:id, :pipeline, :first, :last, :parallelism, :by, 'RUNNING', :now)""")
    void add(String id, String pipeline, String first, String last, int parallelism, String by, Instant now);

    @Query("""
            INSERT INTO backfill_window (backfill, run_day, endpoint, loaded_by) VALUES (:backfill, :day, :endpoint, :loadedBy)""")
    void addWindow(String backfill, String day, String endpoint, @Nullable String loadedBy);

    @Query("SELECT id FROM backfill WHERE state = 'RUNNING' ORDER BY created_at, id")
    List<String> running();

    @Query("""
            SELECT * FROM backfill
            WHERE (CAST(:pipeline AS VARCHAR) IS NULL OR pipeline = :pipeline)
              AND (CAST(:state AS VARCHAR) IS NULL OR state = :state)
            ORDER BY created_at DESC, id DESC LIMIT :most""")
    List<BackfillRow> newest(@Nullable String pipeline, @Nullable BackfillState state, int most);

    /** A day of an endpoint; the migration says what the columns mean. */
    @Serdeable
    record Window(
            String runDay,
            String endpoint,
            @Nullable String loadedBy,
            @Nullable String batch) {}

    @Query("""
            SELECT run_day, endpoint, loaded_by, batch FROM backfill_window WHERE backfill = :backfill
            ORDER BY run_day, endpoint""")
    List<Window> windows(String backfill);

    /** Those that are still to be started, earliest first. */
    @Query("""
            SELECT run_day, endpoint, loaded_by, batch FROM backfill_window
            WHERE backfill = :backfill AND loaded_by IS NULL AND batch IS NULL ORDER BY run_day, endpoint LIMIT :most""")
    List<Window> waiting(String backfill, int most);

    @Query("""
            UPDATE backfill_window SET batch = :batch
            WHERE backfill = :backfill AND run_day = :day AND endpoint = :endpoint AND loaded_by IS NULL AND batch IS NULL""")
    int started(String backfill, String day, String endpoint, String batch);

    /** How many windows are under way. */
    @Query("SELECT COUNT(DISTINCT w.batch) FROM backfill_window w JOIN run r ON r.batch = w.batch"
            + " WHERE w.backfill = :backfill AND r.state NOT IN " + ENDED)
    int underWay(String backfill);

    @Query("""
            SELECT r.batch, r.id, r.endpoint, r.state, r.rows_loaded, r.rows_rejected, r.error_code
            FROM backfill_window w JOIN run r ON r.batch = w.batch WHERE w.backfill = :backfill ORDER BY r.endpoint""")
    List<WindowRun> runs(String backfill);

    @Query("""
            SELECT batch, id, endpoint, state, rows_loaded, rows_rejected, error_code FROM run WHERE batch = :batch
            ORDER BY endpoint""")
    List<WindowRun> runsOf(String batch);

    @Query("UPDATE backfill SET models_batch = :batch WHERE id = :id")
    void modelsStarted(String id, String batch);

    @Query("""
            UPDATE backfill SET state = :state, error_code = :code, error_detail = :detail, finished_at = :now
            WHERE id = :id""")
    void ended(String id, BackfillState state, @Nullable String code, @Nullable String detail, Instant now);

    /** A run that has loaded a day, or another window. */
    @Serdeable
    record LoadedDay(String id, String endpoint, String runDay, String targetTable, Instant createdAt) {
        RunWindow day() {
            return RunWindow.parse(runDay);
        }
    }

    /**
     * @param first day on which a window may begin
     * @param last likewise
     */
    @Query("""
            SELECT id, endpoint, COALESCE(run_window, CAST(run_day AS VARCHAR)) AS run_day, target_table, created_at
            FROM run
            WHERE pipeline = :pipeline AND endpoint IN (:endpoints) AND run_day BETWEEN :first AND :last
              AND state = 'SUCCEEDED' AND dry_run = FALSE AND replay_of IS NULL
            ORDER BY created_at, id""")
    List<LoadedDay> loaded(String pipeline, Collection<String> endpoints, LocalDate first, LocalDate last);
}
