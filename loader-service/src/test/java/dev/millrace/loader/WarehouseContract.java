package dev.millrace.loader;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every warehouse does. */
public abstract class WarehouseContract {
    protected static final List<Column> ROWS =
            List.of(required("id", Column.Type.INTEGER), column("name", Column.Type.STRING));
    /** Each batch is another attempt, unless a test uses it twice. */
    private static final AtomicInteger ATTEMPTS = new AtomicInteger();

    protected static final String TABLE = "school.students";
    private static final String ALL = "SELECT id, name FROM school.students";

    @TempDir
    protected Path folder;

    protected StagedRows staged;

    @BeforeEach
    void stage() {
        staged = new StagedRows(folder.resolve("staging"));
    }

    protected abstract Warehouse warehouse();

    protected static Destination destination(Write write, String... keys) {
        return new Destination(TABLE, write, List.of(keys), Destination.Empty.FAIL);
    }

    protected Batch batch(String load, Destination destination, Part... parts) {
        return batch(load, 1, destination, ROWS, null, parts);
    }

    protected static Batch batch(
            String load,
            int generation,
            Destination destination,
            List<Column> schema,
            Batch.@Nullable Window window,
            Part... parts) {
        return new Batch(
                load,
                generation,
                ATTEMPTS.incrementAndGet(),
                "run-of-" + load,
                destination,
                schema,
                List.of(parts),
                window,
                null);
    }

    protected LoadResult load(Batch batch) throws InterruptedException {
        return warehouse().load(batch, new TaskContext(Clock.systemUTC()));
    }

    /** Rows of (id, name), written {@code 1 a, 2 b}. */
    protected Part rows(String rows) {
        String values = List.of(rows.split(", ", -1)).stream()
                .map(row -> "(" + row.split(" ", 2)[0] + "::BIGINT, '" + row.split(" ", 2)[1] + "')")
                .collect(Collectors.joining(", "));
        return staged.part("SELECT * FROM (VALUES " + values + ") AS t(id, name)");
    }

    private Part noRows() {
        return staged.part("SELECT 1::BIGINT AS id, '' AS name LIMIT 0");
    }

    protected String query(String sql) throws InterruptedException {
        return warehouse().query(new Query(sql, 10_000)).rows().stream()
                .map(row -> String.join(" ", row.stream().map(String::valueOf).toList()))
                .collect(Collectors.joining(", "));
    }

    protected static MillraceException failure(ErrorCode code, ThrowingCallable call) {
        MillraceException failure = Assertions.catchThrowableOfType(MillraceException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.code()).as(failure.detail()).isEqualTo(code);
        return failure;
    }

    // what a load does to the rows that are there

    @Test
    void aReplaceLeavesTheNewRowsOnly() throws Exception {
        assertThat(load(batch("1", destination(Write.REPLACE), rows("1 a, 2 b"), rows("3 c"))))
                .isEqualTo(new LoadResult(3, 0, 3));
        assertThat(load(batch("2", destination(Write.REPLACE), rows("2 B")))).isEqualTo(new LoadResult(1, 0, 1));
        assertThat(query(ALL)).isEqualTo("2 B");
    }

    @Test
    void anAppendKeepsTheRowsAndTheirOrder() throws Exception {
        load(batch("1", destination(Write.APPEND), rows("3 c, 1 a"), rows("2 b")));
        assertThat(load(batch("2", destination(Write.APPEND), rows("1 a")))).isEqualTo(new LoadResult(1, 0, 4));
        assertThat(query(ALL)).isEqualTo("3 c, 1 a, 2 b, 1 a");
    }

    @Test
    void aMergeReplacesRowsByKeyAndTheLastOfDuplicatesWins() throws Exception {
        load(batch("1", destination(Write.MERGE, "id"), rows("1 a, 2 b, 3 c")));
        LoadResult result = load(batch("2", destination(Write.MERGE, "id"), rows("2 x, 4 y, 2 z"), rows("4 Y, 5 v")));
        assertThat(result).isEqualTo(new LoadResult(5, 2, 5));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 z, 3 c, 4 Y, 5 v");
    }

    @Test
    void aMergeByTwoKeysComparesBoth() throws Exception {
        List<Column> schema = List.of(
                required("School", Column.Type.STRING),
                required("rowid", Column.Type.INTEGER),
                column("n", Column.Type.INTEGER));
        Destination destination = destination(Write.MERGE, "school", "rowid");
        String columns = " AS t(School, rowid, n)";
        load(batch(
                "1",
                1,
                destination,
                schema,
                null,
                staged.part("SELECT * FROM (VALUES ('a', 1::BIGINT, 1::BIGINT), ('a', 2, 2), ('b', 1, 3))" + columns)));
        LoadResult result = load(batch(
                "2",
                1,
                destination,
                schema,
                null,
                staged.part("SELECT * FROM (VALUES ('a', 9::BIGINT, 0::BIGINT), ('b', 1, 4), ('a', 1, 5), ('b', 1, 6))"
                        + columns)));
        assertThat(result).isEqualTo(new LoadResult(4, 1, 4));
        assertThat(query("SELECT school, rowid, n FROM school.students ORDER BY 1, 2"))
                .isEqualTo("a 1 5, a 2 2, a 9 0, b 1 6");
    }

    @Test
    void aReplaceOfADayLeavesOtherDaysAlone() throws Exception {
        for (Column.Type type : List.of(Column.Type.DATE, Column.Type.DATETIME, Column.Type.TIMESTAMP)) {
            List<Column> schema = List.of(column("at", type), column("n", Column.Type.INTEGER));
            Destination destination =
                    new Destination("school.days_" + type, Write.REPLACE, List.of(), Destination.Empty.FAIL);
            LocalDate day = LocalDate.parse("2026-01-31");
            String select = "SELECT x::"
                    + (type == Column.Type.DATETIME ? "TIMESTAMP" : type == Column.Type.DATE ? "DATE" : "TIMESTAMPTZ")
                    + " AS at, n::BIGINT AS n FROM (VALUES %s) AS t(x, n)";
            load(batch(
                    "all-" + type,
                    1,
                    destination,
                    schema,
                    null,
                    staged.part(select.formatted(
                            "('2026-01-30 23:59:59', 1), ('2026-01-31 00:00:00', 2), ('2026-01-31 23:59:59.999999', 3),"
                                    + " ('2026-02-01 00:00:00', 4), (NULL, 5)"))));
            Batch.Window window = new Batch.Window("AT", day);
            LoadResult result = load(batch(
                    "day-" + type,
                    1,
                    destination,
                    schema,
                    window,
                    staged.part(select.formatted("('2026-01-31 12:00:00', 9)"))));
            assertThat(result).isEqualTo(new LoadResult(1, 0, 4));
            assertThat(query("SELECT n FROM school.days_" + type + " ORDER BY n"))
                    .isEqualTo("1, 4, 5, 9");
            String before = query("SELECT * FROM school.days_" + type + " ORDER BY n");
            failure(
                    ErrorCode.SOURCE_INCONSISTENT,
                    () -> load(batch(
                            "other-" + type,
                            1,
                            destination,
                            schema,
                            window,
                            staged.part(select.formatted("('2026-01-31 12:00:00', 9), ('2026-02-01 00:00:00', 10)")))));
            failure(ErrorCode.EMPTY_REPLACE, () -> load(batch("none-" + type, 1, destination, schema, window)));
            assertThat(query("SELECT * FROM school.days_" + type + " ORDER BY n"))
                    .isEqualTo(before);
            Batch.Window emptyDay = new Batch.Window("at", day.plusDays(9));
            assertThat(load(batch("empty-" + type, 1, destination, schema, emptyDay)))
                    .isEqualTo(new LoadResult(0, 0, 4));
        }
    }

    @Test
    void noRowsEmptyATableOnlyWhenTheyMay() throws Exception {
        assertThat(load(batch("0", destination(Write.REPLACE)))).isEqualTo(new LoadResult(0, 0, 0));
        load(batch("1", destination(Write.REPLACE), rows("1 a")));
        assertThat(failure(ErrorCode.EMPTY_REPLACE, () -> load(batch("2", destination(Write.REPLACE), noRows())))
                        .detail())
                .contains(TABLE);
        assertThat(query(ALL)).isEqualTo("1 a");
        assertThat(load(batch("3", destination(Write.APPEND)))).isEqualTo(new LoadResult(0, 0, 1));
        Destination allowed = new Destination(TABLE, Write.REPLACE, List.of(), Destination.Empty.ALLOW);
        assertThat(load(batch("4", allowed, noRows()))).isEqualTo(new LoadResult(0, 0, 0));
    }

    // types and columns

    @Test
    void everyTypeKeepsItsExactValues() throws Exception {
        List<Column> schema = List.of(
                column("i", Column.Type.INTEGER),
                column("n", Column.Type.NUMERIC),
                column("n2", Column.Type.NUMERIC, Column.Mode.NULLABLE, 10, 2),
                column("f", Column.Type.FLOAT),
                column("b", Column.Type.BOOLEAN),
                column("s", Column.Type.STRING),
                column("d", Column.Type.DATE),
                column("t", Column.Type.TIME),
                column("dt", Column.Type.DATETIME),
                column("ts", Column.Type.TIMESTAMP),
                column("j", Column.Type.JSON));
        String row = "SELECT %s::BIGINT i, %s::DECIMAL(38,9) n, %s::DECIMAL(10,2) n2, %s::DOUBLE f, %s::BOOLEAN b,"
                + " %s::VARCHAR s, %s::DATE d, %s::TIME t, %s::TIMESTAMP dt, %s::TIMESTAMPTZ ts, %s::VARCHAR j";
        String json = "{\"a\": 1.10, \"b\":[123456789012345678901234567890, 1e400], \"a\":\"\\u00e9\"}";
        Part part = staged.part(row.formatted(
                        "9223372036854775807",
                        "'99999999999999999999999999999.999999999'",
                        "'-1.50'",
                        "0.1",
                        "true",
                        "'çŞ 🙂 ''\"'",
                        "'0001-01-01'",
                        "'23:59:59.999999'",
                        "'9999-12-31 23:59:59.999999'",
                        "'2026-01-31 08:00:00.5+08'",
                        "'" + json + "'")
                + " UNION ALL "
                + row.formatted(
                        "'-9223372036854775808'",
                        "'-0.000000001'",
                        "'0'",
                        "'5e-324'",
                        "false",
                        "''",
                        "'9999-12-31'",
                        "'00:00:00'",
                        "'0001-01-01 00:00:00'",
                        "'2026-01-31 00:00:00+00'",
                        "'null'")
                + " UNION ALL "
                + row.formatted(
                        "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"));
        load(batch("1", 1, destination(Write.REPLACE), schema, null, part));

        Query.Result result = warehouse().query(new Query("SELECT * FROM school.students", 10));
        assertThat(result.columns().stream().map(Query.Field::type))
                .containsExactly(
                        "INTEGER",
                        "NUMERIC",
                        "NUMERIC",
                        "FLOAT",
                        "BOOLEAN",
                        "STRING",
                        "DATE",
                        "TIME",
                        "DATETIME",
                        "TIMESTAMP",
                        "JSON");
        assertThat(result.rows().get(0))
                .containsExactly(
                        "9223372036854775807",
                        "99999999999999999999999999999.999999999",
                        "-1.5",
                        "0.1",
                        "true",
                        "çŞ 🙂 '\"",
                        "0001-01-01",
                        "23:59:59.999999",
                        "9999-12-31T23:59:59.999999",
                        "2026-01-31T00:00:00.500000Z",
                        json);
        assertThat(Double.parseDouble(result.rows().get(1).get(3))).isEqualTo(Double.MIN_VALUE);
        List<String> second = new ArrayList<>(result.rows().get(1));
        second.remove(3);
        assertThat(second)
                .containsExactly(
                        "-9223372036854775808",
                        "-0.000000001",
                        "0",
                        "false",
                        "",
                        "9999-12-31",
                        "00:00:00",
                        "0001-01-01T00:00:00",
                        "2026-01-31T00:00:00Z",
                        "null");
        assertThat(result.rows().get(2)).containsOnlyNulls().hasSize(11);
    }

    @Test
    void aTableOfTwoThousandColumnsLoads() throws Exception {
        List<Column> schema = IntStream.range(0, 2_000)
                .mapToObj(i -> column("c" + i, Column.Type.INTEGER))
                .toList();
        String select =
                IntStream.range(0, 2_000).mapToObj(i -> i + "::BIGINT AS c" + i).collect(Collectors.joining(", "));
        assertThat(load(batch("1", 1, destination(Write.MERGE, "c7"), schema, null, staged.part("SELECT " + select))))
                .isEqualTo(new LoadResult(1, 0, 1));
        assertThat(query("SELECT c0, c1999 FROM school.students")).isEqualTo("0 1999");
    }

    @Test
    void aProjectInTheNameMakesNoDifference() throws Exception {
        load(batch("1", destination(Write.APPEND), rows("1 a")));
        load(batch(
                "2",
                new Destination("my-project.School.STUDENTS", Write.APPEND, List.of(), Destination.Empty.FAIL),
                rows("2 b")));
        assertThat(query(ALL)).isEqualTo("1 a, 2 b");
    }

    @Test
    void aTableThatDoesNotFitIsLeftAsItWasWithEveryDifferenceNamed() throws Exception {
        load(batch("1", destination(Write.REPLACE), rows("1 a")));
        List<Column> other = List.of(
                column("ID", Column.Type.INTEGER),
                column("name", Column.Type.NUMERIC),
                column("age", Column.Type.INTEGER));
        Part part = staged.part("SELECT 1::BIGINT AS ID, 2::DECIMAL(38,9) AS name, 3::BIGINT AS age");
        assertThat(failure(
                                ErrorCode.TABLE_MISMATCH,
                                () -> load(batch("2", 1, destination(Write.REPLACE), other, null, part)))
                        .detail())
                .contains("ID is REQUIRED", "name is ", "age is missing");
        List<Column> fewer = List.of(required("id", Column.Type.INTEGER));
        assertThat(failure(
                                ErrorCode.TABLE_MISMATCH,
                                () -> load(batch(
                                        "3",
                                        1,
                                        destination(Write.REPLACE),
                                        fewer,
                                        null,
                                        staged.part("SELECT 1::BIGINT AS id"))))
                        .detail())
                .contains("name is in the table, but not in the schema");
        assertThat(query(ALL)).isEqualTo("1 a");
    }

    @Test
    void theLedgersDatasetIsNoDestination() {
        Destination ledger = new Destination("millrace.ledger", Write.REPLACE, List.of(), Destination.Empty.ALLOW);
        failure(ErrorCode.WAREHOUSE_FAILED, () -> load(batch("1", ledger, rows("1 a"))));
    }

    // staging that is not what it should be

    @Test
    void stagedFilesThatAreNotWhatTheManifestSaysChangeNothing() throws Exception {
        load(batch("0", destination(Write.REPLACE), rows("1 a")));
        Part good = rows("2 b");
        List<Part> bad = new ArrayList<>();
        Part missing = rows("3 c");
        Files.delete(staged.file(missing));
        bad.add(missing);
        Part flipped = rows("3 c");
        flip(staged.file(flipped));
        bad.add(flipped);
        bad.add(new Part(good.path(), 2, good.bytes(), good.crc32c()));
        bad.add(staged.part("no Parquet at all".getBytes(java.nio.charset.StandardCharsets.UTF_8), 1));
        bad.add(staged.part("SELECT 3::BIGINT AS id"));
        bad.add(staged.part("SELECT 3::BIGINT AS id, 'c' AS name, 1 AS more"));
        bad.add(staged.part("SELECT 3.5::DOUBLE AS id, 'c' AS name"));
        bad.add(staged.part("SELECT NULL::BIGINT AS id, 'c' AS name"));
        for (int i = 0; i < bad.size(); i++) {
            Batch batch = batch("bad-" + i, destination(Write.REPLACE), good, bad.get(i));
            assertThat(failure(ErrorCode.STAGING_CORRUPT, () -> load(batch)).detail())
                    .contains(bad.get(i).path());
        }
        List<Column> json = List.of(column("j", Column.Type.JSON));
        failure(
                ErrorCode.STAGING_CORRUPT,
                () -> load(
                        batch("j", 1, destination(Write.REPLACE), json, null, staged.part("SELECT '{\"a\":' AS j"))));
        assertThat(query(ALL)).isEqualTo("1 a");
        assertThat(query("SELECT load FROM millrace.ledger")).isEqualTo("0");
    }

    private static void flip(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    // once

    @Test
    void aLoadThatHasCommittedIsFoundAndNotRepeated() throws Exception {
        LoadResult first = load(batch("1", destination(Write.APPEND), rows("1 a")));
        assertThat(load(batch("1", 2, destination(Write.APPEND), ROWS, null, rows("2 b, 3 c"))))
                .isEqualTo(first);
        assertThat(query(ALL)).isEqualTo("1 a");
    }

    @Test
    void anAbortClosesItsGenerationAndAllBefore() throws Exception {
        assertThat(warehouse().abort(new Abort("1", 2))).isEqualTo(new Abort.Closed());
        assertThat(warehouse().abort(new Abort("1", 1))).isEqualTo(new Abort.Closed());
        for (int generation = 1; generation <= 2; generation++) {
            Batch batch = batch("1", generation, destination(Write.APPEND), ROWS, null, rows("1 a"));
            failure(ErrorCode.LOAD_ABORTED, () -> load(batch));
        }
        LoadResult result = load(batch("1", 3, destination(Write.APPEND), ROWS, null, rows("3 c")));
        assertThat(query(ALL)).isEqualTo("3 c");
        assertThat(warehouse().abort(new Abort("1", 3))).isEqualTo(new Abort.AlreadyCommitted(result));
        assertThat(warehouse().abort(new Abort("1", 9))).isEqualTo(new Abort.AlreadyCommitted(result));
        assertThat(query("SELECT state, generation, run, table_name, rows FROM millrace.ledger"))
                .isEqualTo("COMMITTED 3 run-of-1 school.students 1");
    }

    @Test
    void aFailedLoadMayBeTriedAgain() throws Exception {
        Part bad = staged.part("SELECT 3::BIGINT AS id");
        failure(ErrorCode.STAGING_CORRUPT, () -> load(batch("1", destination(Write.APPEND), bad)));
        assertThat(load(batch("1", destination(Write.APPEND), rows("1 a")))).isEqualTo(new LoadResult(1, 0, 1));
    }

    @Test
    void ofACommitAndAnAbortThatRaceExactlyOneWins() throws Exception {
        load(batch("first", destination(Write.APPEND), rows("0 x")));
        Part part = rows("1 a");
        Random random = new Random(20260131);
        int committed = 0;
        for (int i = 0; i < 60; i++) {
            String id = "race-" + i;
            int generation = 1 + i % 2;
            if (generation == 2) {
                warehouse().abort(new Abort(id, 1));
            }
            long pause = random.nextInt(25);
            Batch batch = batch(id, generation, destination(Write.APPEND), ROWS, null, part);
            List<Object> ends = atOnce(() -> load(batch), () -> {
                Thread.sleep(pause); // spreads the abort over the whole of the load
                return warehouse().abort(new Abort(id, generation));
            });
            if (ends.get(0) instanceof LoadResult result) {
                committed++;
                assertThat(ends.get(1)).isEqualTo(new Abort.AlreadyCommitted(result));
            } else {
                assertThat(((MillraceException) ends.get(0)).code()).isEqualTo(ErrorCode.LOAD_ABORTED);
                assertThat(ends.get(1)).isEqualTo(new Abort.Closed());
            }
            assertThat(query("SELECT count(*) FROM school.students WHERE id = 1"))
                    .isEqualTo("" + committed);
        }
        assertThat(committed).as("loads that won").isBetween(1, 59);
    }

    @Test
    void twoAttemptsOfOneLoadCommitOnce() throws Exception {
        for (int i = 0; i < 15; i++) {
            Batch batch = batch("twice-" + i, destination(Write.APPEND), rows("1 a, 2 b"));
            List<Object> ends = atOnce(() -> load(batch), () -> load(batch));
            assertThat(ends).containsOnly(new LoadResult(2, 0, 2L * (i + 1)));
        }
    }

    @Test
    void loadsIntoOneTableAtOnceTakeTurns() throws Exception {
        for (int i = 0; i < 10; i++) {
            Destination replace = new Destination("school.t" + i, Write.REPLACE, List.of(), Destination.Empty.FAIL);
            Batch one = batch("one-" + i, replace, rows("1 a"));
            Batch two = batch("two-" + i, replace, rows("2 b"));
            Batch three = batch("three-" + i, replace, rows("3 c"));
            assertThat(atOnce(() -> load(one), () -> load(two), () -> load(three)))
                    .containsOnly(new LoadResult(1, 0, 1));
            assertThat(query("SELECT id FROM school.t" + i)).isIn("1", "2", "3");
        }
        assertThat(query("SELECT count(*) FROM millrace.ledger")).isEqualTo("30");
    }

    @Test
    void readersSeeTheOldTableOrTheNewOne() throws Exception {
        load(batch("0", destination(Write.REPLACE), rows("0 x, 0 x, 0 x")));
        List<Object> ends = atOnce(
                () -> {
                    for (int i = 1; i <= 15; i++) {
                        load(batch("" + i, destination(Write.REPLACE), rows("%1$s x, %1$s x, %1$s x".formatted(i))));
                    }
                    return "";
                },
                () -> {
                    while (true) {
                        String seen = query("SELECT count(*), min(id) = max(id), max(id) FROM school.students");
                        assertThat(seen).startsWith("3 true ");
                        if (seen.endsWith(" 15")) {
                            return "";
                        }
                    }
                });
        assertThat(ends).containsOnly("");
    }

    /** What each call returned or threw, all started together. */
    @SafeVarargs
    protected static List<Object> atOnce(Callable<Object>... calls) throws InterruptedException {
        CyclicBarrier start = new CyclicBarrier(calls.length);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Object>> futures = new ArrayList<>();
            for (Callable<Object> call : calls) {
                futures.add(threads.submit(() -> {
                    start.await();
                    return call.call();
                }));
            }
            List<Object> ends = new ArrayList<>();
            for (Future<Object> future : futures) {
                try {
                    ends.add(future.get());
                } catch (ExecutionException e) {
                    ends.add(e.getCause());
                }
            }
            return ends;
        }
    }
}
