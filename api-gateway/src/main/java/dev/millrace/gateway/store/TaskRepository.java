package dev.millrace.gateway.store;

import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Table {@code task}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface TaskRepository extends GenericRepository<TaskRow, String> {
    /** Of what a newer version has stored, and only that knows, nothing is read. */
    String OF_KNOWN_STEPS = " AND step IN ('EXTRACT', 'TRANSFORM', 'LOAD')";

    String KNOWN = OF_KNOWN_STEPS + " AND EXISTS (SELECT 1 FROM run k WHERE k.id = task.run AND k.state IN "
            + RunState.KNOWN + ")";

    Optional<TaskRow> findById(String id);

    @Query("SELECT * FROM task WHERE id = :id FOR UPDATE")
    Optional<TaskRow> lock(String id);

    @Query("SELECT * FROM task WHERE run = :run AND step = :step")
    Optional<TaskRow> of(String run, Step step);

    @Query("SELECT * FROM task WHERE run = :run" + OF_KNOWN_STEPS
            + " ORDER BY CASE step WHEN 'EXTRACT' THEN 1 WHEN 'TRANSFORM' THEN 2 ELSE 3 END")
    List<TaskRow> of(String run);

    @Query("SELECT * FROM task WHERE state = 'READY' AND due <= :now" + KNOWN
            + " ORDER BY due LIMIT :most FOR UPDATE SKIP LOCKED")
    List<TaskRow> lockReady(Instant now, int most);

    @Query("SELECT * FROM task WHERE state = 'DISPATCHED' AND due <= :now" + KNOWN + " ORDER BY due LIMIT :most")
    List<TaskRow> overdue(Instant now, int most);

    /** Runs with a task that is waiting, when nothing that they come after is going on, or some of it has not succeeded. */
    @Query("""
            SELECT t.run FROM task t WHERE t.state = 'WAITING'
              AND (EXISTS (SELECT 1 FROM run_after a JOIN run u ON u.id = a.upstream
                           WHERE a.run = t.run AND u.state IN ('FAILED', 'CANCELLED'))
                OR NOT EXISTS (SELECT 1 FROM run_after a JOIN run u ON u.id = a.upstream
                               WHERE a.run = t.run AND u.state <> 'SUCCEEDED'))
            ORDER BY t.due LIMIT :most""")
    List<String> settled(int most);

    /** How many tasks of each step are in a state that isn't an end. */
    @Query("""
            SELECT step, state, COUNT(*) AS tasks FROM task
            WHERE state IN ('WAITING', 'READY', 'DISPATCHED')""" + OF_KNOWN_STEPS + " GROUP BY step, state")
    List<Backlog> backlog();

    @Query("UPDATE task SET state = 'READY', due = :now, ready_since = :now WHERE id = :id")
    void ready(String id, Instant now);

    /**
     * Ready, or waiting, for its next attempt.
     *
     * @param started when a service was first offered it; null: not since the run was taken up again
     */
    @Query("""
            UPDATE task SET state = :state, attempt = attempt + 1, lost = :lost, work = :work, due = :due, ready_since = :due,
              started_at = :started, records = 0, rejected = 0, filtered = 0, bytes = 0, total = NULL, manifest = NULL, finished_at = NULL WHERE id = :id""")
    void nextAttempt(String id, TaskState state, int lost, String work, Instant due, @Nullable Instant started);

    @Query("UPDATE task SET state = 'DISPATCHED', due = :due, started_at = COALESCE(started_at, :now) WHERE id = :id")
    void dispatched(String id, Instant now, Instant due);

    /** Back to the outbox: the service didn't take it, be it full or away since {@code since}. */
    @Query("""
            UPDATE task SET state = 'READY', due = :due, ready_since = :since
            WHERE id = :id AND attempt = :attempt AND state = 'DISPATCHED'""")
    void postponed(String id, int attempt, Instant due, Instant since);

    @Query("UPDATE task SET due = :due WHERE id = :id")
    void delayed(String id, Instant due);

    @Query(
            "UPDATE task SET state = 'DISPATCHED', due = :due, records = :records, bytes = :bytes, total = :total WHERE id = :id")
    void beat(String id, Instant due, long records, long bytes, @Nullable Long total);

    @Query(
            "UPDATE task SET state = :state, manifest = :manifest, finished_at = :now, records = :records, rejected = :rejected, filtered = :filtered, bytes = :bytes WHERE id = :id")
    void ended(
            String id,
            TaskState state,
            @Nullable String manifest,
            Instant now,
            long records,
            long rejected,
            long filtered,
            long bytes);

    @Query(
            "UPDATE task SET state = 'STOPPED', finished_at = :now WHERE run = :run AND state IN ('WAITING', 'READY', 'DISPATCHED')")
    void stopAll(String run, Instant now);
}
