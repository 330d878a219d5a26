package dev.millrace.gateway.access;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Tables {@code account}, {@code session} and {@code failed_login}. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface UserRepository extends GenericRepository<UserRow, String> {
    Optional<UserRow> findById(String name);

    @Query("SELECT * FROM account ORDER BY name")
    List<UserRow> all();

    @Query("""
            INSERT INTO account (name, role, password, disabled, created_at, created_by, password_at)
            VALUES (:name, :role, :password, FALSE, :now, :by, :now) ON CONFLICT DO NOTHING""")
    int add(String name, Role role, String password, String by, Instant now);

    @Query("UPDATE account SET role = :role, disabled = :disabled WHERE name = :name")
    void change(String name, Role role, boolean disabled);

    @Query("UPDATE account SET password = :password, password_at = :now WHERE name = :name")
    void password(String name, String password, Instant now);

    @Query("DELETE FROM account WHERE name = :name")
    int remove(String name);

    @Query("INSERT INTO session (hash, account, created_at, expires_at) VALUES (:hash, :account, :now, :expiresAt)")
    void open(String hash, String account, Instant now, Instant expiresAt);

    /** The user of a session that has not ended. */
    @Query("""
            SELECT a.* FROM session s JOIN account a ON a.name = s.account
            WHERE s.hash = :hash AND s.expires_at > CURRENT_TIMESTAMP AND a.disabled = FALSE""")
    Optional<UserRow> ofSession(String hash);

    /** Of a session that has not ended: the name of a user, if there still is such a one, or what a token calls itself. */
    @Query("SELECT account FROM session WHERE hash = :hash AND expires_at > CURRENT_TIMESTAMP")
    Optional<String> accountOf(String hash);

    @Query("DELETE FROM session WHERE hash = :hash")
    void end(String hash);

    @Query("DELETE FROM session WHERE account = :account")
    void endAll(String account);

    @Query("DELETE FROM session WHERE expires_at < :now")
    void forgetSessions(Instant now);

    @Query("""
            INSERT INTO failed_login (name, failures, failed_at, blocked_until) VALUES (:name, 0, :now, :now)
            ON CONFLICT DO NOTHING""")
    int knowFailed(String name, Instant now);

    /** Until the end of the transaction nobody else tries this name. */
    @Query("SELECT failures FROM failed_login WHERE name = :name FOR UPDATE")
    int lockFailures(String name);

    @Query("SELECT blocked_until FROM failed_login WHERE name = :name")
    Instant blockedUntil(String name);

    @Query("UPDATE failed_login SET failures = :failures, failed_at = :now, blocked_until = :until WHERE name = :name")
    void failed(String name, int failures, Instant now, Instant until);

    @Query("DELETE FROM failed_login WHERE name = :name")
    void succeeded(String name);

    @Query("DELETE FROM failed_login WHERE failed_at < :before")
    void forgetFailed(Instant before);
}
