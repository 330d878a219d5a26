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

    /** A step as a whole. */
    @Query("SELECT * FROM task WHERE run = :run AND step = :step AND slice = 0")
    Optional<TaskRow> of(String run, Step step);

    /** The steps, each as a whole. */
    @Query("SELECT * FROM task WHERE run = :run AND slice = 0" + OF_KNOWN_STEPS + IN_THEIR_ORDER)
    List<TaskRow> of(String run);

    /** Those of several runs, of each in their order. */
    @Query("SELECT * FROM task WHERE run IN (:runs) AND slice = 0" + OF_KNOWN_STEPS + IN_THEIR_ORDER)
    List<TaskRow> ofAll(Collection<String> runs);

    @Query("SELECT * FROM task WHERE run = :run AND step = :step AND slice = :slice")
    Optional<TaskRow> slice(String run, Step step, int slice);

    /** Slices of a step that have rejected records, in their order, after one of them. */
    @Query("SELECT * FROM task WHERE run = :run AND step = :step AND slice > :after AND state = 'DONE' AND rejected > 0"
            + " ORDER BY slice LIMIT :most")
    List<TaskRow> slicesWithRejects(String run, Step step, int after, int most);

    /** Of each slice of a step the attempt at it, in their order. */
    @Query("SELECT attempt FROM task WHERE run = :run AND step = :step AND slice > 0 ORDER BY slice")
    List<Integer> attempts(String run, Step step);

    /** What the slices of a step are doing. */
    @Query("""
            SELECT COUNT(*) AS running, COALESCE(SUM(records), 0) AS records, COALESCE(SUM(bytes), 0) AS bytes
            FROM task WHERE run = :run AND step = :step AND slice > 0 AND state = 'DISPATCHED'""")
    SliceProgress running(String run, Step step);

    /** The steps whose slices pods are to claim. */
    @Query("""
            SELECT t.run AS run, t.step AS step, r.generation AS generation, r.pipeline AS pipeline, r.endpoint AS endpoint,
              t.pods AS pods
            FROM task t JOIN run r ON r.id = t.run
            WHERE t.state = 'SLICED' AND t.slice = 0 AND t.pods IS NOT NULL AND t.step IN ('EXTRACT', 'TRANSFORM')
              AND r.state IN ('QUEUED', 'EXTRACTING', 'TRANSFORMING')
            ORDER BY r.created_at, t.run""")
    List<CutStep> forPods();

    /** When a slice of a step last became ready or was done. */
    @Query("""
            SELECT MAX(CASE WHEN finished_at IS NULL OR finished_at < ready_since THEN ready_since ELSE finished_at END)
            FROM task WHERE run = :run AND step = :step AND slice > 0""")
    Instant idleSince(String run, Step step);

    /** The slice of a step that has been under way for longest. */
    @Query("SELECT * FROM task WHERE run = :run AND step = :step AND slice > 0 AND state = 'DISPATCHED'"
            + " ORDER BY started_at, slice LIMIT 1")
    Optional<TaskRow> slowest(String run, Step step);

    /** The slice of a step that took longest. */
    @Query("SELECT * FROM task WHERE run = :run AND step = :step AND slice > 0 AND finished_at IS NOT NULL"
            + " ORDER BY finished_at - started_at DESC, slice LIMIT 1")
    Optional<TaskRow> longest(String run, Step step);

    /**
     * From now on the slices of a step do its work.
     *
     * @param pods that claim them; null: they are posted
     */
    @Query("""
            UPDATE task SET state = 'SLICED', slices = :slices, pods = :pods, slices_done = 0, manifest = :plan, records = 0, rejected = 0,
              filtered = 0, exploded = 0, bytes = 0, total = NULL, finished_at = NULL, started_at = COALESCE(started_at, :now)
            WHERE id = :id""")
    void cut(String id, int slices, @Nullable Integer pods, String plan, Instant now);

    /** One more slice of a step is done. */
    @Query("""
            UPDATE task SET slices_done = slices_done + 1, records = records + :records, rejected = rejected + :rejected,
              filtered = filtered + :filtered, exploded = exploded + :exploded, bytes = bytes + :bytes
            WHERE run = :run AND step = :step AND slice = 0""")
    void sliceDone(String run, Step step, long records, long rejected, long filtered, long exploded, long bytes);

    /** A step that was cut, and the slices of which can't all be done any more. */
    @Query("UPDATE task SET state = 'FAILED', finished_at = :now WHERE run = :run AND step = :step AND slice = 0")
    void slicesFailed(String run, Step step, Instant now);

    /** The slices of a step that aren't done are, once more. */
    @Query("""
            UPDATE task SET state = 'READY', attempt = attempt + 1, lost = 0, due = :now, ready_since = :now, started_at = NULL,
              records = 0, rejected = 0, filtered = 0, bytes = 0, total = NULL, manifest = NULL, finished_at = NULL
            WHERE run = :run AND step = :step AND slice > 0 AND state <> 'DONE'""")
    void slicesAgain(String run, Step step, Instant now);

    /** The step itself is done by them. */
    @Query("UPDATE task SET state = 'SLICED', finished_at = NULL WHERE run = :run AND step = :step AND slice = 0")
    void slicedAgain(String run, Step step);

    /** The slices of a plan that is made anew. */
    @Query("DELETE FROM task WHERE run = :run AND slice > 0")
    void deleteSlices(String run);

    /** What those have done doesn't count any more. */
    @Query("UPDATE task SET manifest = NULL WHERE run = :run AND slice = 0 AND slices IS NOT NULL")
    void forgetSliced(String run);

    /** The task that waits for other runs. */
    @Query("SELECT * FROM task WHERE run = :run AND state = 'WAITING'")
    Optional<TaskRow> waiting(String run);

    /**
     * Steps that have tasks which are ready, be it only of runs that a newer version knows.
     *
     * @param claimed whether those count, too, that pods were to claim
     */
    @Query("""
            SELECT s.step FROM (SELECT 'EXTRACT' AS step UNION ALL SELECT 'TRANSFORM' UNION ALL SELECT 'LOAD') s
            WHERE EXISTS (SELECT 1 FROM task t WHERE t.state = 'READY' AND t.step = s.step AND t.due <= CURRENT_TIMESTAMP
                          AND (t.pods IS NULL OR :claimed = TRUE))""")
    List<Step> stepsWithReady(boolean claimed);

    /**
     * Those that have waited longest.
     *
     * @param claimed as of {@link #stepsWithReady}
     */
    @Query("SELECT * FROM task WHERE state = 'READY' AND step = :step AND due <= :now"
            + " AND (pods IS NULL OR :claimed = TRUE)" + KNOWN + " ORDER BY due LIMIT :most FOR UPDATE SKIP LOCKED")
    List<TaskRow> lockReady(Step step, Instant now, boolean claimed, int most);

    /** The first slice of a step that a pod can have. */
    @Query("""
            SELECT * FROM task WHERE run = :run AND step = :step AND slice > 0 AND state = 'READY' AND pods IS NOT NULL
              AND due <= :now ORDER BY slice LIMIT 1 FOR UPDATE SKIP LOCKED""")
    Optional<TaskRow> lockClaimable(String run, Step step, Instant now);

    /**
     * For a service that hasn't room for all. Pipelines take turns: first comes the one that has fewest tasks of the step
     * under way, and of each pipeline the task that has waited longest.
     *
     * @param claimed as of {@link #stepsWithReady}
     */
    @Query("""
            SELECT * FROM task WHERE state = 'READY' AND id IN (
              SELECT q.id FROM (
                SELECT t.id AS id, t.due AS since,
                  COALESCE(b.busy, 0) + ROW_NUMBER() OVER (PARTITION BY r.pipeline ORDER BY t.due, t.id) AS turn
                FROM task t JOIN run r ON r.id = t.run
                LEFT JOIN (
                  SELECT br.pipeline AS pipeline, COUNT(*) AS busy FROM task bt JOIN run br ON br.id = bt.run
                  WHERE bt.state = 'DISPATCHED' AND bt.step = :step AND (bt.pods IS NULL OR :claimed = TRUE) GROUP BY br.pipeline) b ON b.pipeline = r.pipeline
                WHERE t.state = 'READY' AND t.step = :step AND t.due <= :now AND (t.pods IS NULL OR :claimed = TRUE)
                  AND r.state IN\s""" + RunState.KNOWN + """
              ) q
              ORDER BY q.turn, q.since, q.id LIMIT :most)
            FOR UPDATE SKIP LOCKED""")
    List<TaskRow> lockFairly(Step step, Instant now, boolean claimed, int most);

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

    /** How many tasks of each step are in a state that isn't an end, without those that pods claim. */
    @Query("""
            SELECT step, state, COUNT(*) AS tasks FROM task
            WHERE pods IS NULL AND state IN ('WAITING', 'READY', 'DISPATCHED')""" + OF_KNOWN_STEPS + " GROUP BY step, state")
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
              started_at = :started, records = 0, rejected = 0, filtered = 0, bytes = 0, total = NULL, manifest = NULL, finished_at = NULL,
              slices = CASE WHEN slice = 0 THEN NULL ELSE slices END, pods = CASE WHEN slice = 0 THEN NULL ELSE pods END
            WHERE id = :id""")
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
            "UPDATE task SET state = 'STOPPED', finished_at = :now WHERE run = :run AND state IN ('WAITING', 'READY', 'DISPATCHED', 'SLICED')")
    void stopAll(String run, Instant now);
}
