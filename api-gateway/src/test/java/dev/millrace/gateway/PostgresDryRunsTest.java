package dev.millrace.gateway;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** What production uses. */
class PostgresDryRunsTest extends DryRunsContract {
    private static EmbeddedPostgres postgres;

    private final String database = "millrace_" + UUID.randomUUID().toString().replace('-', '_');

    @BeforeAll
    static void startPostgres() throws IOException {
        postgres = EmbeddedPostgres.builder().start();
    }

    @AfterAll
    static void stopPostgres() throws IOException {
        postgres.close();
    }

    PostgresDryRunsTest() throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + database);
        }
    }

    @Override
    Map<String, Object> datasource() {
        return Map.of("url", postgres.getJdbcUrl("postgres", database), "username", "postgres", "maximum-pool-size", 5);
    }
}
