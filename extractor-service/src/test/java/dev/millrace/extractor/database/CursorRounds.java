package dev.millrace.extractor.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.NullCursors;
import dev.millrace.pipeline.database.DatabaseCursor;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.staging.Manifest;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;

/**
 * Rounds of incremental runs while two threads write: many rows at one moment, transactions that stay open while runs go
 * by and are rolled back, rows that change again and again, a clock that goes back. Runs die between extraction and load,
 * load twice, and come back with what they had staged long before.
 *
 * <p>The server's clock is one of the test's, by a function {@code now} before PostgreSQL's own, so that no row is committed
 * later than settle and overlap allow, however slow the machine is.
 */
final class CursorRounds {
    /** More turns than any other part of a round has. */
    private static final int LAST = 1_000_000;

    private static final Instant BEGINNING = Instant.parse("2026-01-31T12:00:00Z");

    private final DataSource database;
    private final ExtractorUnderTest extractor;
    private final DatabaseSource source;
    private int runs;
    private int refused;
    private int deaths;

    CursorRounds(DataSource database, ExtractorUnderTest extractor, DatabaseSource source) {
        this.database = database;
        this.extractor = extractor;
        this.source = source;
    }

    void run(int rounds, long seed) throws Exception {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : List.of(
                    "CREATE TABLE shop.clock (time timestamptz)",
                    "INSERT INTO shop.clock VALUES (now())",
                    "CREATE FUNCTION shop.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT time FROM shop.clock'",
                    "CREATE TABLE shop.items (id bigint PRIMARY KEY, version bigint, at timestamptz)",
                    "CREATE INDEX ON shop.items (at)",
                    "ALTER DATABASE postgres SET search_path = shop, pg_catalog")) {
                statement.execute(sql);
            }
            try {
                for (int round = 0; round < rounds; round++) {
                    statement.execute("TRUNCATE shop.items");
                    round(new Random(seed * 1_000_003 + round), "round " + round + " of seed " + seed, connection);
                }
            } finally {
                statement.execute("ALTER DATABASE postgres RESET search_path");
            }
        }
        System.out.println(rounds + " rounds: " + runs + " runs, " + deaths + " died before their load, " + refused
                + " stale loads refused");
    }

    /** A clock of which nobody who has begun to write sees more go by than rows may be late. */
    private static final class SharedClock {
        private final Connection connection;
        private final long patience;
        private final Map<Object, Long> open = new HashMap<>();
        private long micros;
        private long peak;

        SharedClock(Connection connection, long patience) throws SQLException {
            this.connection = connection;
            this.patience = patience;
            show();
        }

        /** The time, for a row of a transaction. */
        synchronized long time(Object transaction) {
            open.merge(transaction, micros, Math::min);
            return micros;
        }

        synchronized void end(Object transaction) {
            open.remove(transaction);
        }

        synchronized void move(long by) throws SQLException {
            long latest =
                    open.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE - patience);
            micros = Math.max(peak - patience, Math.min(micros + by, latest + patience));
            peak = Math.max(peak, micros);
            show();
        }

        private void show() throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute("UPDATE shop.clock SET time = '" + text(micros) + "'");
            }
        }
    }

    private static String text(long micros) {
        return BEGINNING.plus(micros, ChronoUnit.MICROS).toString();
    }

    /** What a warehouse does: a load once, and only from the cursor that it started from. */
    private static final class Table {
        private final Map<Long, Long> rows = new TreeMap<>();
        private final Set<String> loads = new HashSet<>();
        private @Nullable String cursor;

        /** @return whether the load is in the table */
        boolean load(Increment increment) {
            if (loads.contains(increment.load())) {
                return true;
            }
            if (!Objects.equals(cursor, increment.manifest().startCursor())) {
                return false;
            }
            rows.putAll(increment.rows());
            cursor = increment.manifest().nextCursor();
            return loads.add(increment.load());
        }
    }

    private record Increment(String load, Manifest manifest, Map<Long, Long> rows) {}

    private void round(Random random, String name, Connection connection) throws Exception {
        long settle = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(2_000);
        long overlap = settle > 0 && random.nextBoolean() ? 0 : 1 + random.nextInt(2_000);
        DatabaseCursor cursor = new DatabaseCursor(
                "at",
                settle == 0 ? null : Duration.ofMillis(settle),
                overlap == 0 ? null : overlap + "ms",
                ZoneOffset.UTC,
                NullCursors.FAIL,
                false);
        SharedClock clock = new SharedClock(connection, (settle + overlap) * 1000);
        Table table = new Table();
        List<Increment> stale = new ArrayList<>();
        Semaphore turns = new Semaphore(0);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < 2; writer++) {
                Random own = new Random(random.nextLong());
                writers.add(threads.submit(() -> {
                    write(own, clock, turns);
                    return null;
                }));
            }
            for (int run = 3 + random.nextInt(4); run > 0; run--) {
                turns.release(10 + random.nextInt(30));
                run(random, cursor, table, stale);
            }
            turns.release(LAST);
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        clock.move(10 * clock.patience);
        for (Increment old : stale) {
            refused += table.load(old) ? 0 : 1;
        }
        assertThat(table.load(extract(cursor, table.cursor))).isTrue();
        assertThat(table.rows).as(name).isEqualTo(truth(connection));
    }

    private void run(Random random, DatabaseCursor cursor, Table table, List<Increment> stale) throws Exception {
        Increment increment = extract(cursor, table.cursor);
        switch (random.nextInt(5)) {
            case 0 -> {
                deaths++;
                stale.add(increment);
            }
            case 1 -> {
                assertThat(table.load(increment)).isTrue();
                assertThat(table.load(increment)).isTrue(); // whose answer was lost
            }
            case 2 -> {
                assertThat(table.load(increment)).isTrue();
                if (!stale.isEmpty()) {
                    refused += table.load(stale.get(random.nextInt(stale.size()))) ? 0 : 1;
                }
            }
            default -> assertThat(table.load(increment)).isTrue();
        }
    }

    private Increment extract(DatabaseCursor cursor, @Nullable String committed) throws Exception {
        DatabaseRead read = new DatabaseRead("shop.items", null, List.of("id", "version"), 1, cursor);
        ExtractorUnderTest.Result result = extractor.extract(new Work.ExtractIncrement(
                new Work.Extract(source, read, List.of(), Work.Parts.TO_TRANSFORM),
                false,
                new CommittedCursor(committed)));
        runs++;
        Map<Long, Long> rows = new HashMap<>();
        for (String record : extractor.records(result)) {
            String[] values = record.replaceAll("[^0-9,]", "").split(",", -1);
            rows.put(Long.valueOf(values[0]), Long.valueOf(values[1]));
        }
        return new Increment("load " + runs, extractor.manifest(result), rows);
    }

    private static Map<Long, Long> truth(Connection connection) throws SQLException {
        Map<Long, Long> all = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id, version FROM shop.items")) {
            while (rows.next()) {
                all.put(rows.getLong(1), rows.getLong(2));
            }
        }
        return all;
    }

    /** @param turns one for each transaction, until it is the last */
    private void write(Random random, SharedClock clock, Semaphore turns) throws SQLException, InterruptedException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (turns.acquire(); turns.availablePermits() < LAST / 2; turns.acquire()) {
                Object transaction = new Object();
                long atBegin = clock.time(transaction);
                boolean ofItsBegin = random.nextBoolean();
                long id = random.nextInt(40);
                for (int rows = 1 + random.nextInt(4); rows > 0; rows--) {
                    // upwards, so that the writers don't wait for each other in a circle
                    id += 1 + random.nextInt(8);
                    long at = ofItsBegin ? atBegin : clock.time(transaction);
                    statement.execute(
                            "INSERT INTO shop.items VALUES (" + id + ", " + random.nextInt(1 << 30) + ", '" + text(at)
                                    + "') ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version, at = EXCLUDED.at");
                    clock.move(random.nextInt(5) == 0 ? -random.nextInt(900_000) : random.nextInt(3) * 200_000L);
                }
                if (random.nextInt(6) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                }
                clock.end(transaction);
            }
        }
    }
}
