package dev.millrace.gateway.notification;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Table {@code endpoint_status}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface StatusRepository extends GenericRepository<StatusRow, String> {

    /** Makes the endpoint's row unless it is there. */
    @Query("""
            INSERT INTO endpoint_status (name, pipeline, endpoint, watched_since)
            VALUES (:name, :pipeline, :endpoint, :now) ON CONFLICT DO NOTHING""")
    int watch(String name, String pipeline, String endpoint, Instant now);

    @Query("SELECT * FROM endpoint_status WHERE name = :name FOR UPDATE")
    Optional<StatusRow> lock(String name);

    @Query("""
            UPDATE endpoint_status SET succeeded_at = :now, failing_since = NULL, stale_told = NULL
            WHERE name = :name""")
    void succeeded(String name, Instant now);

    @Query("UPDATE endpoint_status SET failing_since = COALESCE(failing_since, :now) WHERE name = :name")
    void failed(String name, Instant now);

    @Query("UPDATE endpoint_status SET stale_told = :now WHERE name = :name")
    void staleTold(String name, Instant now);

    @Query("UPDATE endpoint_status SET drift_told = :columns WHERE name = :name")
    void driftTold(String name, @Nullable String columns);

    @Query("UPDATE endpoint_status SET checks_told = :checks WHERE name = :name")
    void checksTold(String name, @Nullable String checks);

    @Query("SELECT * FROM endpoint_status ORDER BY name")
    List<StatusRow> all();
}
