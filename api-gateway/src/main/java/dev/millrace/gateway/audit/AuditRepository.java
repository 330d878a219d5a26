package dev.millrace.gateway.audit;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.List;

/** Table {@code audit}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface AuditRepository extends GenericRepository<AuditRow, Long> {
    void save(AuditRow row);

    @Query("""
            SELECT * FROM audit
            WHERE (CAST(:caller AS VARCHAR) IS NULL OR caller = :caller) AND id < :before
            ORDER BY id DESC LIMIT :most""")
    List<AuditRow> newest(@Nullable String caller, long before, int most);
}
