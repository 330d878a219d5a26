package dev.millrace.extractor.database;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.DatabaseSource.Product;
import dev.millrace.pipeline.database.Tls;
import io.micronaut.core.annotation.Nullable;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A PostgreSQL and an extractor for the tests of a class, each of which finds an empty schema {@code shop}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PostgresTests {
    static final Tls PLAIN = new Tls(Tls.Mode.DISABLE, null, null, null);

    EmbeddedPostgres postgres;
    ExtractorUnderTest extractor;
    Connection connection;

    @BeforeAll
    final void start(@TempDir Path service) throws IOException {
        postgres = EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofMinutes(1))
                .start();
        extractor = new ExtractorUnderTest(service, Map.of());
    }

    @AfterAll
    final void stop() throws IOException {
        extractor.close();
        postgres.close();
    }

    @BeforeEach
    final void connect() throws SQLException {
        connection = postgres.getPostgresDatabase().getConnection();
        sql("DROP SCHEMA IF EXISTS shop CASCADE", "CREATE SCHEMA shop");
    }

    @AfterEach
    final void disconnect() throws SQLException {
        connection.close();
    }

    final void sql(String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String one : statements) {
                statement.execute(one);
            }
        }
    }

    static DatabaseSource source(String host, int port, String user, @Nullable String password, Tls tls) {
        return new DatabaseSource(
                Product.POSTGRESQL,
                host,
                String.valueOf(port),
                "postgres",
                user,
                password,
                tls,
                Duration.ofSeconds(10));
    }

    final DatabaseSource source() {
        return source("localhost", postgres.getPort(), "postgres", null, PLAIN);
    }
}
