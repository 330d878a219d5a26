package dev.millrace.gateway.store;

import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;

/** Table {@code run}, for what is stored there first. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface NewRunRepository extends GenericRepository<NewRun, String> {
    void save(NewRun run);
}
