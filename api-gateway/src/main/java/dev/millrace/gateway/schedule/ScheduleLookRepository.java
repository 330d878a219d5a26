package dev.millrace.gateway.schedule;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.Optional;

/** Table {@code schedule_look}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface ScheduleLookRepository extends GenericRepository<LookRow, Integer> {
    /** Until when schedules were followed; empty: never yet. */
    @Query("SELECT at FROM schedule_look WHERE id = 1")
    Optional<Instant> last();

    @Query("INSERT INTO schedule_look (id, at) VALUES (1, :at) ON CONFLICT DO NOTHING")
    void begin(Instant at);

    /** One gateway may be ahead of another. */
    @Query("UPDATE schedule_look SET at = :at WHERE id = 1 AND at < :at")
    void followed(Instant at);
}
