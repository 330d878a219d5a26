package dev.millrace.gateway;

import io.micronaut.core.annotation.Nullable;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Databases in one PostgreSQL for all tests, which is started when it is first wanted. */
final class PostgresRunDatabase implements BeforeAllCallback {
    private @Nullable EmbeddedPostgres postgres;

    @Override
    public void beforeAll(ExtensionContext context) {
        // of the root: JUnit closes what is there when the last test has ended
        postgres = context.getRoot()
                .getStore(ExtensionContext.Namespace.create(PostgresRunDatabase.class))
                .getOrComputeIfAbsent(EmbeddedPostgres.class, _ -> started(), EmbeddedPostgres.class);
    }

    private static EmbeddedPostgres started() {
        try {
            return EmbeddedPostgres.builder()
                    .setPGStartupWait(Duration.ofMinutes(1))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Properties below {@code datasources.default} of a new database. */
    Map<String, Object> create() {
        EmbeddedPostgres running = Objects.requireNonNull(postgres);
        String database = "millrace_" + UUID.randomUUID().toString().replace('-', '_');
        try (Connection connection = running.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + database);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return Map.of("url", running.getJdbcUrl("postgres", database), "username", "postgres", "maximum-pool-size", 5);
    }

    /**
     * A PostgreSQL whose data outlive it.
     *
     * @param port 0: any that is free
     */
    static EmbeddedPostgres startIn(Path data, int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofMinutes(1))
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(port)
                .start();
    }
}
