package dev.millrace.gateway.history;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.List;
import java.util.Optional;

/** Table {@code log_line}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface LogRepository extends GenericRepository<LogLineRow, Long> {

    void saveAll(List<LogLineRow> lines);

    /** Lines of the run that came after line {@code after}, oldest first; in the order of the index, of which H2 reads no further then. */
    @Query("SELECT * FROM log_line WHERE run = :run AND id > :after ORDER BY run, id LIMIT :most")
    List<LogLineRow> after(String run, long after, int most);

    /**
     * The same, of some levels.
     *
     * @param levels names of those that are wanted
     */
    @Query(
            "SELECT * FROM log_line WHERE run = :run AND id > :after AND level IN (:levels) ORDER BY run, id LIMIT :most")
    List<LogLineRow> after(String run, long after, List<String> levels, int most);

    @Query("SELECT * FROM log_line WHERE run = :run ORDER BY id DESC LIMIT 1")
    Optional<LogLineRow> last(String run);
}
