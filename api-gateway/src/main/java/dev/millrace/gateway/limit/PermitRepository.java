package dev.millrace.gateway.limit;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;

/** Tables {@code source_limit} and {@code permit}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface PermitRepository extends GenericRepository<PermitRow, String> {

    @Query("INSERT INTO source_limit (pipeline, next_start) VALUES (:pipeline, :now) ON CONFLICT DO NOTHING")
    int know(String pipeline, Instant now);

    /** Until the end of the transaction nobody else hands out permits of the pipeline. */
    @Query("SELECT next_start FROM source_limit WHERE pipeline = :pipeline FOR UPDATE")
    Instant lock(String pipeline);

    @Query("UPDATE source_limit SET next_start = :nextStart WHERE pipeline = :pipeline")
    void begun(String pipeline, Instant nextStart);

    @Query("SELECT * FROM permit WHERE pipeline = :pipeline ORDER BY since, task")
    List<PermitRow> of(String pipeline);

    /** Forgets attempts that have ended, or that somebody else has taken over. */
    @Query("""
            DELETE FROM permit WHERE pipeline = :pipeline AND NOT EXISTS (SELECT 1 FROM task t
              WHERE t.id = permit.task AND t.attempt = permit.attempt AND t.state IN ('READY', 'DISPATCHED'))
            AND NOT EXISTS (SELECT 1 FROM look l WHERE l.id = permit.task AND l.ends_at > :now)""")
    void forgetEnded(String pipeline, Instant now);

    @Query("DELETE FROM permit WHERE task = :task")
    void forget(String task);

    void save(PermitRow permit);
}
