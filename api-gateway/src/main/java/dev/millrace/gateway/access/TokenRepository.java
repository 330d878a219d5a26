package dev.millrace.gateway.access;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Table {@code access_token}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface TokenRepository extends GenericRepository<TokenRow, String> {
    @Query("""
            INSERT INTO access_token (name, hash, role, pipelines, tables, expires_at, created_at, created_by)
            VALUES (:name, :hash, :role, :pipelines, :tables, :expiresAt, :now, :by) ON CONFLICT DO NOTHING""")
    int add(
            String name,
            String hash,
            Role role,
            String pipelines,
            String tables,
            @Nullable Instant expiresAt,
            Instant now,
            String by);

    Optional<TokenRow> findById(String name);

    @Query("SELECT * FROM access_token ORDER BY name")
    List<TokenRow> all();

    @Query("""
            SELECT * FROM access_token
            WHERE hash = :hash AND (expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP)""")
    Optional<TokenRow> valid(String hash);

    /** At most once a minute, so that a busy token doesn't write with each call. */
    @Query("""
            UPDATE access_token SET used_at = CURRENT_TIMESTAMP
            WHERE name = :name AND (used_at IS NULL OR used_at < :before)""")
    void used(String name, Instant before);

    @Query("DELETE FROM access_token WHERE name = :name")
    int remove(String name);
}
