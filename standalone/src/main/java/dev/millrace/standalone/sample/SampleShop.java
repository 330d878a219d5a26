package dev.millrace.standalone.sample;

import io.micronaut.serde.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * The shop of {@code pipelines/shop}: a real PostgreSQL on a free port of the loopback, with rows that are made. Its jars
 * are on the class path only when they are asked for, see {@link #isThere}.
 */
public final class SampleShop implements AutoCloseable {
    private static final String DATABASE = "shop";
    private static final String USER = "reader";

    private final EmbeddedPostgres postgres;

    /**
     * Starts it.
     *
     * @throws IOException when it can't be started here, or when there is none for this system
     */
    public SampleShop() throws IOException {
        try {
            postgres = EmbeddedPostgres.builder()
                    .setPGStartupWait(Duration.ofMinutes(1))
                    .start();
        } catch (IllegalStateException e) {
            throw new IOException("PostgreSQL can't be started: " + e.getMessage(), e);
        }
        try {
            execute("postgres", "CREATE DATABASE " + DATABASE);
            execute(DATABASE, rows());
        } catch (SQLException e) {
            close();
            throw new IOException("the rows of the shop can't be made: " + e.getMessage(), e);
        }
    }

    /** Whether the class path has the jars of PostgreSQL. */
    public static boolean isThere() {
        return SampleShop.class
                        .getClassLoader()
                        .getResource("io/zonky/test/db/postgres/embedded/EmbeddedPostgres.class")
                != null;
    }

    private void execute(String database, String sql) throws SQLException {
        try (Connection connection = postgres.getDatabase("postgres", database).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String rows() throws IOException {
        try (InputStream in = SampleShop.class.getResourceAsStream("shop.sql")) {
            return new String(Objects.requireNonNull(in, "shop.sql").readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The secret {@code shop_database}: JSON. The server believes everybody on the loopback. */
    public String credentials() throws IOException {
        return ObjectMapper.getDefault()
                .writeValueAsString(Map.of(
                        "HOST",
                        "localhost",
                        "PORT",
                        String.valueOf(postgres.getPort()),
                        "USER",
                        USER,
                        "PASSWORD",
                        Secrets.random()));
    }

    @Override
    public void close() throws IOException {
        postgres.close();
    }
}
