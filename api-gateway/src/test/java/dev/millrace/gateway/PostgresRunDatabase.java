package dev.millrace.gateway;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;

/**
 * Databases in one PostgreSQL for all tests of this process, which is started when it is first wanted, and ends with the
 * process.
 */
final class PostgresRunDatabase implements TestInstancePostProcessor {
    private static final class Running {
        static final EmbeddedPostgres POSTGRES = started();
    }

    @Override
    public void postProcessTestInstance(Object test, ExtensionContext context) {
        ((GatewayTests) test).postgres = this;
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
        EmbeddedPostgres running = Running.POSTGRES;
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
