package dev.millrace.gateway.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForcedCommitsTest {
    private static final int WRITERS = 8;
    private static final int TOGETHER = 24;
    private static final int ROWS = 50;
    private static final long MEBIBYTE = 1L << 20;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("runs");
    }

    @Test
    void eachCommitOfOneAfterTheOtherIsForcedToDisk() throws SQLException {
        try (HikariDataSource pool = pool(CutDisk.url(file))) {
            DataSource database = new ForcedDataSource(pool);
            table(database);
            long before = CutDisk.forces(file);

            for (int i = 0; i < 200; i++) {
                update(database, i);
            }

            assertThat(CutDisk.forces(file) - before).isGreaterThanOrEqualTo(200);
        }
    }

    @Test
    void readingForcesNothingWhenNothingIsWritten() throws SQLException {
        try (HikariDataSource pool = pool(CutDisk.url(file))) {
            DataSource database = new ForcedDataSource(pool);
            table(database);
            update(database, 1);
            long before = CutDisk.forces(file);

            for (int i = 0; i < 100; i++) {
                assertThat(sum(database)).isEqualTo(1);
            }

            assertThat(CutDisk.forces(file) - before).isLessThan(5); // H2 tidies up now and then
        }
    }

    @Test
    void thoseWhoCommitAtTheSameTimeShareAForce() throws Exception {
        try (HikariDataSource pool = pool(CutDisk.url(file))) {
            DataSource database = new ForcedDataSource(pool);
            table(database);
            long before = CutDisk.forces(file);
            CutDisk.Halt halt = CutDisk.halt(file);

            List<Thread> waiting = new ArrayList<>();
            for (int i = 0; i < TOGETHER; i++) {
                waiting.add(Thread.ofPlatform().start(() -> {
                    try {
                        update(database, 1);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }));
            }
            await().until(() -> sum(pool) == TOGETHER); // committed in memory, and waiting for the disk
            assertThat(waiting).allMatch(Thread::isAlive);
            halt.close();
            for (Thread thread : waiting) {
                thread.join();
            }

            assertThat(CutDisk.forces(file) - before).isBetween(1L, TOGETHER / 2L);
        }
    }

    @Test
    void afterAPowerCutAtAnyMomentAllIsThereThatWasPromised() throws Exception {
        Set<Integer> promised = ConcurrentHashMap.newKeySet();
        Random random = new Random(20);
        List<Path> copies = new ArrayList<>();
        List<Set<Integer>> promises = new ArrayList<>();
        try (HikariDataSource pool = pool(CutDisk.url(file))) {
            DataSource database = new ForcedDataSource(pool);
            table(database);
            inWriters(writer -> {
                for (int i = 0; i < 150; i++) {
                    int id = 1_000 + i * WRITERS + writer;
                    insert(database, id);
                    promised.add(id);
                    update(database, writer); // makes garbage, whose space is used again
                    if (writer == 0 && i % 5 == 0) {
                        promises.add(new HashSet<>(promised)); // before the cut: what was promised until then
                        copies.add(folder.resolve("cut-" + i));
                        CutDisk.cut(file, copies.getLast(), random);
                    }
                }
            });
        }

        for (int i = 0; i < copies.size(); i++) {
            try (HikariDataSource pool = pool("jdbc:h2:file:" + copies.get(i))) {
                assertThat(ids(pool)).as("%s", copies.get(i)).containsAll(promises.get(i));
            }
        }
        assertThat(promises.getLast()).hasSizeGreaterThan(100);
    }

    @Test
    void theFileStaysSmallHoweverOftenItsRowsChange() throws Exception {
        try (HikariDataSource pool = pool("jdbc:h2:file:" + file)) {
            DataSource database = new ForcedDataSource(pool);
            table(database);

            inWriters(writer -> {
                for (int i = 0; i < 2_000; i++) {
                    update(database, writer + i % (ROWS - WRITERS));
                }
            });

            // 8 KiB for each change, of which those of the last second are kept
            assertThat(size(file)).isLessThan(64 * MEBIBYTE);
        }
    }

    @Test
    void aFileThatAnEarlierVersionHasLeftFullOfGarbageIsTakenOverAndShrunk() throws SQLException, IOException {
        try (Connection earlier = DriverManager.getConnection(
                        "jdbc:h2:file:" + file + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;WRITE_DELAY=0", "sa", "");
                Statement statement = earlier.createStatement()) {
            statement.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, n INTEGER, text VARCHAR(20000))");
            statement.execute("INSERT INTO item SELECT x, 0, REPEAT('x', 10000) FROM SYSTEM_RANGE(1, 20) AS r (x)");
            for (int i = 0; i < 1_200; i++) {
                statement.execute("UPDATE item SET n = n + 1");
            }
            statement.execute("SHUTDOWN IMMEDIATELY"); // as if it were killed
        } catch (SQLException e) {
            assertThat(e.getMessage()).contains("closed"); // closing what is shut down
        }
        assertThat(size(file)).isGreaterThan(64 * MEBIBYTE);

        String url = H2Url.complete("jdbc:h2:file:" + file);
        H2File.shrink(url, "sa", "");

        assertThat(size(file)).isLessThan(32 * MEBIBYTE);
        try (Connection now = DriverManager.getConnection(url, "sa", "");
                Statement statement = now.createStatement();
                ResultSet row = statement.executeQuery("SELECT SUM(n) FROM item")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getLong(1)).isEqualTo(20L * 1_200);
        }
    }

    private static HikariDataSource pool(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(H2Url.complete(url));
        config.setUsername("sa");
        config.setPassword("");
        config.setMaximumPoolSize(TOGETHER + 1);
        return new HikariDataSource(config);
    }

    private static void table(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, text VARCHAR(2000))");
            statement.execute(
                    "INSERT INTO item SELECT x - 1, 0, REPEAT('x', 1000) FROM SYSTEM_RANGE(1, " + ROWS + ") AS r (x)");
        }
    }

    private static void update(DataSource database, int number) throws SQLException {
        change(database, "UPDATE item SET n = n + 1 WHERE id = ?", number % ROWS);
    }

    private static void insert(DataSource database, int id) throws SQLException {
        change(database, "INSERT INTO item (id, n, text) VALUES (?, 0, REPEAT('y', 500))", id);
    }

    private static void change(DataSource database, String sql, int id) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            connection.setAutoCommit(false);
            statement.setInt(1, id);
            statement.executeUpdate();
            connection.commit();
        }
    }

    private static long sum(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT SUM(n) FROM item")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static Set<Integer> ids(DataSource database) throws SQLException {
        Set<Integer> ids = new HashSet<>();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id, n, text FROM item")) {
            while (rows.next()) {
                ids.add(rows.getInt(1));
            }
        }
        return ids;
    }

    private static long size(Path file) throws IOException {
        return Files.size(Path.of(file + ".mv.db"));
    }

    private interface Writing {
        void write(int writer) throws SQLException;
    }

    private static void inWriters(Writing writing) throws InterruptedException, ExecutionException {
        List<Future<?>> ends = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                ends.add(threads.submit(() -> {
                    writing.write(writer);
                    return null;
                }));
            }
        }
        for (Future<?> end : ends) {
            end.get();
        }
    }
}
