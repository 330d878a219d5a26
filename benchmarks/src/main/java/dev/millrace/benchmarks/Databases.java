package dev.millrace.benchmarks;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Servers to be read from, and the tables that are measured. */
final class Databases {
    /** Twelve columns of mixed types, about 190 bytes in a row, a tenth of the values NULL. */
    private static final String POSTGRES_ROW = """
            i AS id, i % 1000 AS customer, (i * 7919 % 1000003)::int AS code,
            (i % 1000000)::numeric(12, 2) / 100 AS total, i * 1.1::float8 AS weight,
            i % 3 = 0 AS paid, date '2020-01-01' + (i % 2000)::int AS day,
            timestamp '2026-01-01' + i * interval '1 second' AS placed,
            timestamptz '2026-01-01' + i * interval '1 second' AS changed,
            'order number ' || i AS name,
            CASE WHEN i % 10 > 0 THEN md5(i::text) END AS hash,
            'a note about the order, with some words in it: ' || i AS note""";

    private static final String MARIADB_ROW = """
            seq AS id, seq % 1000 AS customer, CAST(seq * 7919 % 1000003 AS INT) AS code,
            CAST((seq % 1000000) / 100 AS DECIMAL(12, 2)) AS total, CAST(seq * 1.1 AS DOUBLE) AS weight,
            seq % 3 = 0 AS paid, DATE'2020-01-01' + INTERVAL seq % 2000 DAY AS day,
            TIMESTAMP'2026-01-01 00:00:00' + INTERVAL seq SECOND AS placed,
            TIMESTAMP'2026-01-01 00:00:00' + INTERVAL seq SECOND AS changed,
            CONCAT('order number ', seq) AS name,
            IF(seq % 10 > 0, MD5(seq), NULL) AS hash,
            CONCAT('a note about the order, with some words in it: ', seq) AS note""";

    private Databases() {}

    /** What an endpoint reads of either. */
    static final String SCHEMA = """
            [{name: id, type: INTEGER}, {name: customer, type: INTEGER}, {name: code, type: INTEGER},
                     {name: total, type: NUMERIC}, {name: weight, type: FLOAT}, {name: paid, type: STRING},
                     {name: day, type: DATE}, {name: placed, type: DATETIME}, {name: changed, type: STRING},
                     {name: name, type: STRING}, {name: hash, type: STRING}, {name: note, type: STRING}]
            """.strip();

    static String postgresRows(long rows) {
        return "SELECT " + POSTGRES_ROW + " FROM generate_series(1, " + rows + "::bigint) i";
    }

    static String mariaDbRows(long rows) {
        return "SELECT " + MARIADB_ROW + " FROM seq_1_to_" + rows;
    }

    static EmbeddedPostgres postgres(Path folder) throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("postgres"))
                .setServerConfig("max_wal_size", "8GB")
                .setPGStartupWait(Duration.ofMinutes(1))
                .start();
    }

    /** Whose commits are on disk before they are answered, which those of an embedded one aren't unless it is told. */
    static EmbeddedPostgres durable(Path folder) throws IOException, SQLException {
        EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("postgres"))
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setPGStartupWait(Duration.ofMinutes(1))
                .start();
        try (Connection connection = postgres.getPostgresDatabase().getConnection()) {
            if (number(
                            connection,
                            "SELECT COUNT(*) FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')"
                                    + " AND setting = 'on'")
                    != 3) {
                throw new IOException("commits of the embedded PostgreSQL are not on disk when they are answered");
            }
        }
        return postgres;
    }

    static String source(EmbeddedPostgres postgres) {
        return "{type: database, product: postgresql, host: localhost, port: " + postgres.getPort()
                + ", database: postgres, user: postgres, tls: {mode: disable}}";
    }

    static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The only number that a query answers. */
    static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(query)) {
            found.next();
            return found.getLong(1);
        }
    }

    /** Of the server of {@link #postgres} since it started, with all of its connections. */
    static Duration processorTime(Path folder) throws IOException {
        String pid = Files.readAllLines(folder.resolve("postgres").resolve("postmaster.pid"))
                .getFirst();
        return ProcessorTime.withChildren(Long.parseLong(pid.strip()));
    }

    /** Puts MariaDB's driver where an installation looks for it. */
    static void driver(Installation millrace) throws IOException {
        Path lib = Path.of(Databases.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .resolveSibling("lib");
        Path drivers = Files.createDirectories(millrace.home().resolve("drivers"));
        try (Stream<Path> jars = Files.list(lib)) {
            List<Path> found = jars.filter(jar -> jar.getFileName().toString().startsWith("mariadb-java-client"))
                    .toList();
            for (Path jar : found) {
                Files.copy(jar, drivers.resolve(jar.getFileName()));
            }
        }
    }
}
