package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.millrace.standalone.client.RefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queries read tables of the warehouse and nothing else, whatever they say. */
@Timeout(30)
class QueryTest {
    private static final String MARKER = "marker" + UUID.randomUUID().toString().replace("-", "");

    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;

    @BeforeAll
    static void start() throws Exception {
        millrace = new MillraceUnderTest(folder);
        Files.writeString(folder.resolve("bait.csv"), "secret\n" + MARKER + "\n");
        Files.createDirectories(folder.resolve("pipelines/data"));
        Files.writeString(folder.resolve("pipelines/data/things.csv"), "id,name\n1,one\n2,\n");
        millrace.pipeline("things", """
                version: 1
                name: things
                source: {type: files, folder: data}
                endpoints:
                  things:
                    files: {pattern: things.csv, format: {type: csv}}
                    destination: {table: asked.things, write: replace}
                    schema: [{name: id, type: INTEGER}, {name: name, type: STRING}]
                """);
        assertThat(millrace.run("things").rowsLoaded()).isEqualTo(2);
    }

    @AfterAll
    static void stop() {
        millrace.close();
    }

    @Test
    void queriesWhoseCallersHaveGoneAreCancelledAndMakeRoomForThoseThatWait() throws Exception {
        List<Thread> callers = Stream.generate(() -> Thread.startVirtualThread(() -> {
                    try {
                        millrace.gateway().query("SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b", 1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt(); // and goes
                    }
                }))
                .limit(4)
                .toList();
        await().until(() -> queriesThatRun() == 4);
        CompletableFuture<List<List<String>>> waiting = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                waiting.complete(millrace.query("SELECT 1"));
            } catch (InterruptedException | RuntimeException e) {
                waiting.completeExceptionally(e);
            }
        });
        callers.forEach(Thread::interrupt);
        assertThat(waiting.get()).isEqualTo(List.of(List.of("1")));
        await().until(() -> queriesThatRun() == 0);
    }

    private static long queriesThatRun() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("duckdb"))
                .count();
    }

    @Test
    void sqlBeyondAMebibyteIsRefused() {
        RefusedException refused = catchThrowableOfType(
                RefusedException.class, () -> millrace.gateway().query("SELECT 1 --" + "x".repeat(1 << 20), 1));
        assertThat(refused).hasMessageContaining("sql: 1048587 characters (expected: 1048576 at most)");
    }

    static Stream<String> hostile() {
        String home = String.valueOf(folder.resolve("home"));
        String file = "'" + folder.resolve("bait.csv") + "'";
        return Stream.of(
                "DELETE FROM asked.things",
                "DROP TABLE asked.things",
                "DROP SCHEMA asked CASCADE",
                "UPDATE asked.things SET name = 'x'",
                "INSERT INTO asked.things VALUES (3, 'three')",
                "CREATE TABLE asked.more (id INTEGER)",
                "ALTER TABLE asked.things ADD COLUMN more INTEGER",
                "TRUNCATE asked.things",
                "SELECT 1; DROP TABLE asked.things",
                "SELECT 1; SELECT 2",
                "WITH gone AS (DELETE FROM asked.things RETURNING *) SELECT * FROM gone",
                "DELETE FROM millrace.ledger",
                "SELECT * FROM read_csv(" + file + ")",
                "SELECT * FROM read_text(" + file + ")",
                "SELECT * FROM read_blob(" + file + ")",
                "SELECT * FROM " + file,
                "SELECT * FROM \"" + folder.resolve("bait.csv") + "\"",
                "SELECT (SELECT secret FROM read_csv(" + file + "))",
                "SELECT * FROM asked.things WHERE name IN (SELECT secret FROM read_csv_auto(" + file + "))",
                "SELECT 1 UNION ALL SELECT count(*) FROM read_csv(" + file + ")",
                "WITH bait AS (SELECT * FROM read_csv(" + file + ")) SELECT * FROM bait",
                "SELECT * FROM asked.things, LATERAL (SELECT * FROM read_text(" + file + "))",
                "SELECT * FROM query('SELECT * FROM read_csv(''' || " + file + " || ''')')",
                "SELECT * FROM query_table(" + file + ")",
                "SELECT * FROM glob('" + home + "/*')",
                "SELECT * FROM glob('/etc/*')",
                "SELECT * FROM read_csv('http://127.0.0.1:1/bait.csv')",
                "SELECT * FROM read_parquet('" + home + "/staging/**')",
                "SELECT * FROM read_text('" + home + "/token')",
                "SELECT * FROM parquet_metadata('" + home + "/x.parquet')",
                "SELECT * FROM sniff_csv(" + file + ")",
                "SELECT * FROM duckdb_settings()",
                "SELECT * FROM duckdb_secrets()",
                "SELECT * FROM pragma_database_list",
                "SELECT current_setting('temp_directory')",
                "SELECT getenv('HOME')",
                "ATTACH '" + home + "/other.duckdb' AS other",
                "DETACH \"millrace-warehouse\"",
                "COPY asked.things TO '" + home + "/stolen.csv'",
                "COPY asked.things FROM " + file,
                "EXPORT DATABASE '" + home + "/stolen'",
                "IMPORT DATABASE '" + home + "'",
                "INSTALL httpfs",
                "LOAD httpfs",
                "SET enable_external_access = true",
                "SET lock_configuration = false",
                "RESET ALL",
                "PRAGMA database_list",
                "CALL pragma_version()",
                "CHECKPOINT",
                "VACUUM",
                "BEGIN TRANSACTION",
                "EXPLAIN ANALYZE DELETE FROM asked.things",
                "PREPARE p AS SELECT 1",
                "EXECUTE p",
                "CREATE MACRO m() AS 1",
                "SHOW TABLES",
                "DESCRIBE asked.things",
                "SELECT 1) AS a, (SELECT content FROM read_text(" + file + ")",
                "SELECT 1 -- \n; DROP TABLE asked.things",
                "",
                ";");
    }

    @Test
    void hostileQueriesAreRefusedAndReadAndChangeNothing() throws Exception {
        Map<String, String> codes = new LinkedHashMap<>();
        hostile().forEach(sql -> {
            RefusedException refused = catchThrowableOfType(RefusedException.class, () -> millrace.query(sql));
            assertThat(refused).as("'%s' was answered", sql).isNotNull();
            assertThat(refused.problem().toString())
                    .as(sql)
                    .doesNotContain(MARKER)
                    .doesNotContain(millrace.home().token());
            codes.put(sql, refused.problem().code());
        });

        assertThat(codes)
                .isNotEmpty()
                .allSatisfy((sql, code) ->
                        assertThat(code).as(sql).isIn("QUERY_REFUSED", "QUERY_FAILED", "REQUEST_INVALID"));
        // the few that are no SQL of the engine at all are wrong rather than hostile
        assertThat(codes.values()).filteredOn("QUERY_FAILED"::equals).hasSizeLessThan(8);
        assertThat(millrace.query("SELECT * FROM asked.things ORDER BY id").toString())
                .isEqualTo("[[1, one], [2, null]]");
        assertThat(folder.resolve("home/stolen.csv")).doesNotExist();
        assertThat(folder.resolve("home/stolen")).doesNotExist();
        assertThat(folder.resolve("home/other.duckdb")).doesNotExist();
    }

    @Test
    void anHonestQueryIsAnswered() throws Exception {
        assertThat(millrace.query(
                        "WITH named AS (SELECT * FROM asked.things WHERE name IS NOT NULL) SELECT count(*), max(name)"
                                + " FROM named; -- all of them"))
                .containsExactly(List.of("1", "one"));
        MillraceUnderTest.Called called = millrace.call("query", "SELECT id, name FROM asked.things ORDER BY id");
        assertThat(called.exitCode()).isZero();
        assertThat(called.out()).contains("one");
        assertThat(millrace.call("query", "DROP TABLE asked.things").exitCode()).isEqualTo(2);
    }
}
