package dev.millrace.gateway.token;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.Optional;

/** Table {@code refresh_token}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface RefreshTokenRepository extends GenericRepository<RefreshTokenRow, String> {

    @Query("INSERT INTO refresh_token (family, version, used_at) VALUES (:family, 0, :now) ON CONFLICT DO NOTHING")
    int know(String family, Instant now);

    /** Until the end of the transaction nobody else gets it or gives it back. */
    @Query("SELECT * FROM refresh_token WHERE family = :family FOR UPDATE")
    Optional<RefreshTokenRow> lock(String family);

    @Query("UPDATE refresh_token SET task = :task, attempt = :attempt, used_at = :now WHERE family = :family")
    void lend(String family, String task, int attempt, Instant now);

    @Query("UPDATE refresh_token SET sealed = :sealed, version = version + 1 WHERE family = :family")
    void keep(String family, String sealed);

    @Query("""
            UPDATE refresh_token SET task = NULL, attempt = NULL
            WHERE family = :family AND task = :task AND attempt = :attempt""")
    void giveBack(String family, String task, int attempt);

    @Query("DELETE FROM refresh_token WHERE used_at < :before")
    void forget(Instant before);
}
