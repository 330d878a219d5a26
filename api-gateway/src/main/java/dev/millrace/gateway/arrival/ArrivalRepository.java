package dev.millrace.gateway.arrival;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import io.micronaut.serde.annotation.Serdeable;
import java.util.Collection;
import java.util.List;

/** Table {@code arrival}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface ArrivalRepository extends GenericRepository<ArrivalRow, Long> {

    /** One that is known already stays as it is. */
    @Query("""
            INSERT INTO arrival (pipeline, endpoint, bucket, object_name, generation, event, arrived_at, batch)
            VALUES (:pipeline, :endpoint, :bucket, :objectName, :generation, :event, CURRENT_TIMESTAMP, NULL)
            ON CONFLICT DO NOTHING""")
    void add(String pipeline, String endpoint, String bucket, String objectName, long generation, String event);

    @Query("""
            SELECT batch FROM arrival WHERE pipeline = :pipeline AND endpoint = :endpoint AND bucket = :bucket
              AND object_name = :objectName AND generation = :generation""")
    @Nullable
    String batch(String pipeline, String endpoint, String bucket, String objectName, long generation);

    /** An endpoint for which something has arrived. */
    @Serdeable
    record Waiting(String pipeline, String endpoint) {
        String name() {
            return pipeline + "/" + endpoint;
        }
    }

    @Query("SELECT DISTINCT pipeline, endpoint FROM arrival WHERE batch IS NULL ORDER BY pipeline, endpoint")
    List<Waiting> waiting();

    /** Those of an endpoint that wait and that nobody else is at. */
    @Query("""
            SELECT * FROM arrival WHERE batch IS NULL AND pipeline = :pipeline AND endpoint = :endpoint
            ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED""")
    List<ArrivalRow> lock(String pipeline, String endpoint, int most);

    @Query("UPDATE arrival SET batch = :batch WHERE id IN (:ids)")
    void started(Collection<Long> ids, String batch);
}
