package dev.millrace.gateway.schedule;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;

/** Table {@code pipeline_after}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface FollowerRepository extends GenericRepository<FollowerRow, String> {

    /** One that is known already stays as it is. */
    @Query("INSERT INTO pipeline_after (pipeline, upstream, seen_at) VALUES (:pipeline, :upstream, :now)"
            + " ON CONFLICT DO NOTHING")
    void watch(String pipeline, String upstream, Instant now);

    /** In the order of their names, so that no two callers wait for each other. */
    @Query("SELECT * FROM pipeline_after WHERE pipeline = :pipeline ORDER BY upstream FOR UPDATE")
    List<FollowerRow> lock(String pipeline);

    /** Whether windows of the pipeline are being filled by a backfill. */
    @Query("SELECT COUNT(*) FROM backfill WHERE pipeline = :pipeline AND state = 'RUNNING'")
    long backfills(String pipeline);

    @Query("UPDATE pipeline_after SET seen_at = :seenAt WHERE pipeline = :pipeline AND upstream = :upstream")
    void seen(String pipeline, String upstream, Instant seenAt);
}
