package dev.millrace.benchmarks;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A run that finds a hundred new rows in a table of twenty times as many as the larger runs have, and merges them into as many. */
final class Increment implements Benchmark {
    private static final int TIMES = 9;
    private static final int NEW = 100;

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        long rows = 20 * environment.records();
        try (EmbeddedPostgres postgres = Databases.postgres(environment.folder());
                Connection connection = postgres.getPostgresDatabase().getConnection()) {
            Databases.execute(
                    connection,
                    "CREATE TABLE orders AS SELECT i AS id, timestamptz '2020-01-01' + i * interval '1 second' AS changed,"
                            + " i % 1000 AS amount FROM generate_series(1, " + rows + "::bigint) i",
                    "CREATE INDEX ON orders (changed)",
                    "VACUUM ANALYZE orders");
            String pipeline = """
                    version: 1
                    name: orders
                    source: %s
                    endpoints:
                      orders:
                        table: orders
                        cursor: {column: changed, overlap: 10s}
                        destination: {table: shop.orders, write: merge, keys: [id]}
                        schema:
                          - {name: id, type: INTEGER, mode: REQUIRED}
                          - {name: changed, type: TIMESTAMP}
                          - {name: amount, type: INTEGER}
                    """.formatted(Databases.source(postgres));
            List<Duration> seen = new ArrayList<>();
            try (Installation millrace =
                    Installation.start(environment.root(), environment.folder(), Map.of("orders", pipeline))) {
                Installation.Run _ = millrace.run("orders", "orders");
                for (int i = 0; i < TIMES; i++) {
                    Databases.execute(
                            connection,
                            "INSERT INTO orders SELECT m + i, (SELECT max(changed) FROM orders) + i * interval '1 second',"
                                    + " i FROM generate_series(1, " + NEW
                                    + ") i, (SELECT max(id) AS m FROM orders) last");
                    Installation.Run run = millrace.run("orders", "orders");
                    if (run.loaded() < NEW || run.loaded() > 2 * NEW) {
                        throw new IllegalStateException(run.loaded() + " rows were loaded (expected: " + NEW + ")");
                    }
                    seen.add(run.seen());
                }
            }
            return List.of(Measurement.of(
                    String.format(
                            Locale.ROOT, "%d new rows out of %,d, request to loaded, median of %d", NEW, rows, TIMES),
                    Measurement.seconds(Measurement.median(seen)),
                    "2 s"));
        }
    }
}
