package dev.millrace.gateway.look;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.Optional;

/** Table {@code look}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface LookRepository extends GenericRepository<LookRow, String> {

    void save(LookRow look);

    @Query("SELECT * FROM look WHERE id = :id AND ends_at > :now")
    Optional<LookRow> open(String id, Instant now);

    @Query("DELETE FROM look WHERE id = :id")
    void end(String id);

    /** Those that a killed gateway has left. */
    @Query("DELETE FROM look WHERE ends_at <= :now")
    void forgetEnded(Instant now);
}
