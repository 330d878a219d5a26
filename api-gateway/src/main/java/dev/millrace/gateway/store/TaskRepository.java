package dev.millrace.gateway.store;

import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Table {@code task}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface TaskRepository extends GenericRepository<TaskRow, String> {
    /** Of what a newer version has stored, and only that knows, nothing is read. */
    String OF_KNOWN_STEPS = " AND step IN ('EXTRACT', 'TRANSFORM', 'LOAD')";

    String IN_THEIR_ORDER = " ORDER BY CASE step WHEN 'EXTRACT' THEN 1 WHEN 'TRANSFORM' THEN 2 ELSE 3 END";

    String KNOWN = OF_KNOWN_STEPS + " AND EXISTS (SELECT 1 FROM run k WHERE k.id = task.run AND k.state IN "
            + RunState.KNOWN + ")";

    Optional<TaskRow> findById(String id);

    @Query("SELECT * FROM task WHERE id = :id FOR UPDATE")
    Optional<TaskRow> lock(String id);

    @Query("SELECT * FROM task WHERE run = :run AND step = :step")
    Optional<TaskRow> of(String run, Step step);

    @Query("SELECT * FROM task WHERE run = :run" + OF_KNOWN_STEPS + IN_THEIR_ORDER)
    List<TaskRow> of(String run);

    /** Those of several runs, of each in their order. */
    @Query("SELECT * FROM task WHERE run IN (:runs)" + OF_KNOWN_STEPS + IN_THEIR_ORDER)
    List<TaskRow> ofAll(Collection<String> runs);

    /** The task that waits for other runs. */
    @Query("SELECT * FROM task WHERE run = :run AND state = 'WAITING'")
    Optional<TaskRow> waiting(String run);

    /** Steps that have tasks which are ready, be it only of runs that a newer version knows. */
    @Query("""
            SELECT s.step FROM (SELECT 'EXTRACT' AS step UNION ALL SELECT 'TRANSFORM' UNION ALL SELECT 'LOAD') s
            WHERE EXISTS (SELECT 1 FROM task t WHERE t.state = 'READY' AND t.step = s.step AND t.due <= CURRENT_TIMESTAMP)""")
    List<Step> stepsWithReady();

    /** Those that have waited longest. */
    @Query("SELECT * FROM task WHERE state = 'READY' AND step = :step AND due <= :now" + KNOWN
            + " ORDER BY due LIMIT :most FOR UPDATE SKIP LOCKED")
    List<TaskRow> lockReady(Step step, Instant now, int most);

    /**
     * For a service that hasn't room for all. Pipelines take turns: first comes the one that has fewest tasks of the step
     * under way, and of each pipeline the task that has waited longest.
     */
    @Query("""
            SELECT * FROM task WHERE state = 'READY' AND id IN (
              SELECT q.id FROM (
                SELECT t.id AS id, t.due AS since,
                  COALESCE(b.busy, 0) + ROW_NUMBER() OVER (PARTITION BY r.pipeline ORDER BY t.due, t.id) AS turn
                FROM task t JOIN run r ON r.id = t.run
                LEFT JOIN (
                  SELECT br.pipeline AS pipeline, COUNT(*) AS busy FROM task bt JOIN run br ON br.id = bt.run
                  WHERE bt.state = 'DISPATCHED' AND bt.step = :step GROUP BY br.pipeline) b ON b.pipeline = r.pipeline
                WHERE t.state = 'READY' AND t.step = :step AND t.due <= :now AND r.state IN\s""" + RunState.KNOWN + """
              ) q
              ORDER BY q.turn, q.since, q.id LIMIT :most)
            FOR UPDATE SKIP LOCKED""")
    List<TaskRow> lockFairly(Step step, Instant now, int most);

    /** The load that has waited longest for a table. */
    @Query("""
            SELECT t.id FROM task t JOIN run r ON r.id = t.run
            WHERE t.state = 'READY' AND t.step = 'LOAD' AND r.target_table = :table AND r.state = 'LOADING'
            ORDER BY t.ready_since, t.id LIMIT 1""")
    Optional<String> waitsFor(String table);

    @Query("UPDATE task SET due = :now WHERE id = :id AND state = 'READY'")
    void due(String id, Instant now);

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

    /** What is known by now of the work of an attempt that hasn't been posted yet. */
    @Query("UPDATE task SET work = :work WHERE id = :id AND attempt = :attempt AND state = 'DISPATCHED'")
    void completed(String id, int attempt, String work);

    /** The same of an extraction that is not posted, since its run takes the records of another one. */
    @Query("UPDATE task SET work = :work WHERE run = :run AND step = 'EXTRACT' AND state = 'WAITING'")
    void completedWaiting(String run, String work);

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
