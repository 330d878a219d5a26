package dev.millrace.gateway.schedule;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.Set;

/** Table {@code suspension}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface SuspensionRepository extends GenericRepository<SuspensionRow, String> {

    @Query("SELECT schedule FROM suspension")
    Set<String> all();

    @Query("INSERT INTO suspension (schedule) VALUES (:schedule) ON CONFLICT DO NOTHING")
    void add(String schedule);

    @Query("DELETE FROM suspension WHERE schedule = :schedule")
    void remove(String schedule);
}
