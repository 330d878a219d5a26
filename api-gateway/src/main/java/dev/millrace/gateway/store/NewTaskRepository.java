package dev.millrace.gateway.store;

import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.List;

/** Table {@code task}, for what is stored there first. */
@JdbcRepository(dialect = Dialect.POSTGRES)
public interface NewTaskRepository extends GenericRepository<NewTask, String> {
    void save(NewTask task);

    void saveAll(List<NewTask> tasks);
}
