package dev.millrace.gateway.access;

import dev.millrace.gateway.store.RunRow;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.Optional;

/** The pipelines of what routes are about. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface SubjectRepository extends GenericRepository<RunRow, String> {
    @Query("SELECT pipeline FROM run WHERE id = :id")
    Optional<String> ofRun(String id);

    @Query("SELECT pipeline FROM run WHERE batch = :id LIMIT 1")
    Optional<String> ofBatch(String id);

    @Query("SELECT pipeline FROM backfill WHERE id = :id")
    Optional<String> ofBackfill(String id);
}
