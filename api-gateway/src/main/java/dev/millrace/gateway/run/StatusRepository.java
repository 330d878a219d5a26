package dev.millrace.gateway.run;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;

/** Table {@code endpoint_status}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface StatusRepository extends GenericRepository<StatusRow, String> {

    /** Makes the endpoint's row unless it is there. */
    @Query("""
            INSERT INTO endpoint_status (name, pipeline, endpoint) VALUES (:name, :pipeline, :endpoint)
            ON CONFLICT DO NOTHING""")
    int watch(String name, String pipeline, String endpoint);

    @Query("UPDATE endpoint_status SET succeeded_at = :now WHERE name = :name")
    void succeeded(String name, Instant now);

    @Query("SELECT * FROM endpoint_status ORDER BY name")
    List<StatusRow> all();
}
