package dev.millrace.loader;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.record;
import static dev.millrace.loader.StagedRows.repeated;
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
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
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
    /** Each load is another attempt, unless a test uses it twice. */
    private static final AtomicInteger ATTEMPTS = new AtomicInteger();

    protected static final String TABLE = "school.students";
    protected static final String ALL = "SELECT id, name FROM school.students";

    @TempDir
    protected Path folder;

    protected StagedRows staged;

    @BeforeEach
    void stage() throws IOException {
        staged = staging();
    }

    protected abstract StagedRows staging() throws IOException;

    protected abstract Warehouse warehouse();

    /** Damages the object of a part, as far as this staging can be damaged. */
    protected abstract void spoil(Part part) throws IOException;

    protected abstract void delete(Part part) throws IOException;

    /** What an error calls a part that can't be loaded. */
    protected abstract String culprit(Part part);

    /** How often what happens at once is repeated. */
    protected abstract int rounds();

    protected static Destination.Table destination(Write write, String... keys) {
        return new Destination.Table(TABLE, write, List.of(keys), Destination.Empty.FAIL);
    }

    protected TableLoad tableLoad(String load, Destination.Table destination, Part... parts) {
        return tableLoad(load, 1, destination, ROWS, null, parts);
    }

    protected static TableLoad tableLoad(
            String load,
            int generation,
            Destination.Table destination,
            List<Column> schema,
            TableLoad.@Nullable Window window,
            Part... parts) {
        return new TableLoad(
                load,
                generation,
                ATTEMPTS.incrementAndGet(),
                "run-of-" + load,
                destination,
                schema,
                List.of(parts),
                window,
                null,
                null);
    }

    protected LoadResult load(TableLoad tableLoad) throws InterruptedException {
        return warehouse().load(tableLoad, new TaskContext(Clock.systemUTC()));
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
        assertThat(load(tableLoad("1", destination(Write.REPLACE), rows("1 a, 2 b"), rows("3 c"))))
                .isEqualTo(new LoadResult(3, 0, 3));
        assertThat(load(tableLoad("2", destination(Write.REPLACE), rows("2 B"))))
                .isEqualTo(new LoadResult(1, 0, 1));
        assertThat(query(ALL)).isEqualTo("2 B");
    }

    @Test
    void anAppendKeepsTheRows() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("3 c, 1 a"), rows("2 b")));
        assertThat(load(tableLoad("2", destination(Write.APPEND), rows("1 a")))).isEqualTo(new LoadResult(1, 0, 4));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 1 a, 2 b, 3 c");
    }

    @Test
    void aMergeReplacesRowsByKeyAndTheLastOfDuplicatesWins() throws Exception {
        load(tableLoad("1", destination(Write.MERGE, "id"), rows("1 a, 2 b, 3 c")));
        LoadResult result =
                load(tableLoad("2", destination(Write.MERGE, "id"), rows("2 x, 4 y, 2 z"), rows("4 Y, 5 v")));
        assertThat(result).isEqualTo(new LoadResult(5, 2, 5));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 z, 3 c, 4 Y, 5 v");
    }

    @Test
    void aMergeByTwoKeysComparesBoth() throws Exception {
        List<Column> schema = List.of(
                required("School", Column.Type.STRING),
                required("rowid", Column.Type.INTEGER),
                column("n", Column.Type.INTEGER));
        Destination.Table destination = destination(Write.MERGE, "school", "rowid");
        String columns = " AS t(School, rowid, n)";
        load(tableLoad(
                "1",
                1,
                destination,
                schema,
                null,
                staged.part("SELECT * FROM (VALUES ('a', 1::BIGINT, 1::BIGINT), ('a', 2, 2), ('b', 1, 3))" + columns)));
        LoadResult result = load(tableLoad(
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
            Destination.Table destination =
                    new Destination.Table("school.days_" + type, Write.REPLACE, List.of(), Destination.Empty.FAIL);
            LocalDate day = LocalDate.parse("2026-01-31");
            String at = switch (type) {
                case DATE -> "x::DATE";
                case DATETIME -> "strftime(x::TIMESTAMP, '%%Y-%%m-%%dT%%H:%%M:%%S.%%f')";
                default -> "x::TIMESTAMPTZ";
            };
            String select = "SELECT " + at + " AS at, n::BIGINT AS n FROM (VALUES %s) AS t(x, n)";
            load(tableLoad(
                    "all-" + type,
                    1,
                    destination,
                    schema,
                    null,
                    staged.part(select.formatted(
                            "('2026-01-30 23:59:59', 1), ('2026-01-31 00:00:00', 2), ('2026-01-31 23:59:59.999999', 3),"
                                    + " ('2026-02-01 00:00:00', 4), (NULL, 5)"))));
            TableLoad.Window window = new TableLoad.Window("AT", day);
            LoadResult result = load(tableLoad(
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
                    () -> load(tableLoad(
                            "other-" + type,
                            1,
                            destination,
                            schema,
                            window,
                            staged.part(select.formatted("('2026-01-31 12:00:00', 9), ('2026-02-01 00:00:00', 10)")))));
            failure(ErrorCode.EMPTY_REPLACE, () -> load(tableLoad("none-" + type, 1, destination, schema, window)));
            assertThat(query("SELECT * FROM school.days_" + type + " ORDER BY n"))
                    .isEqualTo(before);
            TableLoad.Window emptyDay = new TableLoad.Window("at", day.plusDays(9));
            assertThat(load(tableLoad("empty-" + type, 1, destination, schema, emptyDay)))
                    .isEqualTo(new LoadResult(0, 0, 4));
        }
    }

    @Test
    void noRowsEmptyATableOnlyWhenTheyMay() throws Exception {
        assertThat(load(tableLoad("0", destination(Write.REPLACE)))).isEqualTo(new LoadResult(0, 0, 0));
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        assertThat(failure(ErrorCode.EMPTY_REPLACE, () -> load(tableLoad("2", destination(Write.REPLACE), noRows())))
                        .detail())
                .contains(TABLE);
        assertThat(query(ALL)).isEqualTo("1 a");
        assertThat(load(tableLoad("3", destination(Write.APPEND)))).isEqualTo(new LoadResult(0, 0, 1));
        Destination.Table allowed = new Destination.Table(TABLE, Write.REPLACE, List.of(), Destination.Empty.ALLOW);
        assertThat(load(tableLoad("4", allowed, noRows()))).isEqualTo(new LoadResult(0, 0, 0));
    }

    // columns that no record has

    /** That no record had the columns. */
    private static TableLoad without(TableLoad batch, String... missing) {
        return new TableLoad(
                batch.load(),
                batch.generation(),
                batch.attempt(),
                batch.run(),
                batch.destination(),
                batch.schema(),
                batch.parts(),
                batch.window(),
                batch.cursor(),
                batch.credentials(),
                List.of(missing));
    }

    private Part namelessRow() {
        return staged.part("SELECT 2::BIGINT AS id, NULL::VARCHAR AS name");
    }

    @Test
    void aColumnThatNoRecordHasFailsTheLoadWhereTheTableHasValuesInIt() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        for (Destination.Table destination :
                List.of(destination(Write.REPLACE), destination(Write.APPEND), destination(Write.MERGE, "id"))) {
            TableLoad batch = without(tableLoad("2_" + destination.write().name(), destination, namelessRow()), "name");
            assertThat(failure(ErrorCode.SCHEMA_DRIFT, () -> load(batch)).detail())
                    .isEqualTo("no record of the run has a field for column name, in which " + TABLE
                            + " has values; they stay (expected: the field, or optional: true, or drift: warn)");
            failure(ErrorCode.SCHEMA_DRIFT, () -> warehouse().plan(batch, new TaskContext(Clock.systemUTC())));
        }
        assertThat(query(ALL)).isEqualTo("1 a");
    }

    @Test
    void aColumnThatNoRecordHasIsLoadedWhereTheTableHasNoValuesInIt() throws Exception {
        load(without(tableLoad("1", destination(Write.REPLACE), namelessRow()), "name")); // a new table
        load(without(tableLoad("2", destination(Write.REPLACE), namelessRow()), "name")); // one without a value
        load(tableLoad("3", destination(Write.REPLACE), namelessRow())); // one of which nobody said that it is missing
        assertThat(query(ALL)).isEqualTo("2 null");
    }

    @Test
    void aColumnWithinRecordsOrRepeatedThatNoRecordHasFailsTheLoadToo() throws Exception {
        List<Column> schema = List.of(
                required("id", Column.Type.INTEGER),
                repeated(column("tags", Column.Type.STRING)),
                record("person", column("name", Column.Type.STRING), column("age", Column.Type.INTEGER)),
                repeated(record("lines", column("sku", Column.Type.STRING), column("price", Column.Type.STRING))));
        Part part = staged.part("SELECT 1::BIGINT AS id, ['a'] AS tags, {'name': 'Ada', 'age': NULL::BIGINT} AS person,"
                + " [{'sku': 'x', 'price': NULL::VARCHAR}] AS lines");
        load(tableLoad("1", 1, destination(Write.REPLACE), schema, null, part));
        for (String valued : List.of("tags", "person", "person.name", "lines", "lines.sku")) {
            TableLoad batch = without(
                    tableLoad("2_" + valued.replace('.', '_'), 1, destination(Write.REPLACE), schema, null, part),
                    valued);
            assertThat(failure(ErrorCode.SCHEMA_DRIFT, () -> load(batch)).detail())
                    .contains("column " + valued + ",");
        }
        load(without(tableLoad("3", 1, destination(Write.REPLACE), schema, null, part), "person.age", "lines.price"));
    }

    // types and columns

    @Test
    void everyTypeKeepsItsExactValues() throws Exception {
        List<Column> schema = List.of(
                column("i", Column.Type.INTEGER),
                column("n", Column.Type.NUMERIC),
                column("n2", Column.Type.NUMERIC, Column.Mode.NULLABLE, 10, 2),
                column("bn", Column.Type.BIGNUMERIC),
                column("bn2", Column.Type.BIGNUMERIC, Column.Mode.NULLABLE, 38, 20),
                column("f", Column.Type.FLOAT),
                column("b", Column.Type.BOOLEAN),
                column("s", Column.Type.STRING),
                column("x", Column.Type.BYTES),
                column("d", Column.Type.DATE),
                column("t", Column.Type.TIME),
                column("dt", Column.Type.DATETIME),
                column("ts", Column.Type.TIMESTAMP),
                column("iv", Column.Type.INTERVAL),
                column("j", Column.Type.JSON),
                column("g", Column.Type.GEOGRAPHY));
        String json = "{\"a\": 1.10, \"b\":[12345678901234567890, 1e30], \"c\":\"\\u00e9\"}";
        List<String> first = List.of(
                "9223372036854775807",
                "'99999999999999999999999999999.999999999'",
                "'-1.50'",
                "'-578960446186580977117854925043439539266.34992332820282019728792003956564819968'",
                "'999999999999999999.99999999999999999999'",
                "0.1",
                "true",
                "'çŞ 🙂 ''\"'",
                "'\\x00\\xFFz'",
                "'0001-01-01'",
                "'23:59:59.999999'",
                "'9999-12-31T23:59:59.999999'",
                "'2026-01-31 08:00:00.5+08'",
                "'-10000-0 3660000 -87840000:0:0'",
                "'" + json + "'",
                "'POINT(-179.5 90)'");
        List<String> second = List.of(
                "'-9223372036854775808'",
                "'-0.000000001'",
                "'0'",
                "'0.00000000000000000000000000000000000001'",
                "'-0.00000000000000000001'",
                "'5e-324'",
                "false",
                "''",
                "''",
                "'9999-12-31'",
                "'00:00:00.000000'",
                "'0001-01-01T00:00:00.000000'",
                "'2026-01-31 00:00:00+00'",
                "'0-1 0 0:0:0.000001'",
                "'null'",
                "'{\"type\":\"Point\",\"coordinates\":[1.5,2]}'");
        List<String> none = Collections.nCopies(schema.size(), "NULL");
        Part part = staged.part(rows(schema, List.of(first, second, none)));
        load(tableLoad("1", 1, destination(Write.REPLACE), schema, null, part));

        Query.Result result = warehouse().query(new Query("SELECT * FROM school.students", 10));
        assertThat(result.rows().get(0).subList(0, 14))
                .containsExactly(
                        "9223372036854775807",
                        "99999999999999999999999999999.999999999",
                        "-1.5",
                        "-578960446186580977117854925043439539266.34992332820282019728792003956564819968",
                        "999999999999999999.99999999999999999999",
                        "0.1",
                        "true",
                        "çŞ 🙂 '\"",
                        "AP96",
                        "0001-01-01",
                        "23:59:59.999999",
                        "9999-12-31T23:59:59.999999",
                        "2026-01-31T00:00:00.500000Z",
                        "-10000-0 3660000 -87840000:0:0");
        List<String> numbers = result.rows().get(1);
        assertThat(numbers.subList(0, 5))
                .containsExactly(
                        "-9223372036854775808",
                        "-0.000000001",
                        "0",
                        "0.00000000000000000000000000000000000001",
                        "-0.00000000000000000001");
        assertThat(Double.parseDouble(numbers.get(5))).isEqualTo(Double.MIN_VALUE);
        assertThat(numbers.subList(6, 15))
                .containsExactly(
                        "false",
                        "",
                        "",
                        "9999-12-31",
                        "00:00:00",
                        "0001-01-01T00:00:00",
                        "2026-01-31T00:00:00Z",
                        "0-1 0 0:0:0.000001",
                        "null");
        assertThat(result.rows().get(2)).containsOnlyNulls().hasSize(schema.size());
    }

    @Test
    void nestedAndRepeatedColumnsKeepTheirExactValues() throws Exception {
        List<Column> schema = List.of(
                required("id", Column.Type.INTEGER),
                repeated(column("tags", Column.Type.STRING)),
                repeated(column("days", Column.Type.DATETIME)),
                record(
                        "person",
                        column("name", Column.Type.STRING),
                        column("born", Column.Type.DATETIME),
                        repeated(column("scores", Column.Type.NUMERIC, Column.Mode.NULLABLE, 5, 2))),
                repeated(record(
                        "lines",
                        required("sku", Column.Type.STRING),
                        column("amount", Column.Type.BIGNUMERIC, Column.Mode.NULLABLE, 38, 20),
                        record("at", column("time", Column.Type.TIME), column("length", Column.Type.INTERVAL)),
                        repeated(record("docs", column("doc", Column.Type.JSON), column("data", Column.Type.BYTES))))));
        List<String> first = List.of(
                "1",
                "['a', '']",
                "['2026-03-29T02:30:00.000001']",
                "{'name': 'Ada', 'born': '1815-12-10T00:00:00.000000', 'scores': [1.5, -999.99]}",
                "[{'sku': 'x', 'amount': '0.00000000000000000001',"
                        + " 'at': {'time': '23:59:59.999999', 'length': '-1-2 3 -4:5:6.789'},"
                        + " 'docs': [{'doc': '{\"n\":1.5}', 'data': 'ab'}, {'doc': NULL, 'data': NULL}]},"
                        + " {'sku': 'y', 'amount': NULL, 'at': NULL, 'docs': []}]");
        List<String> second = List.of("2", "[]", "[]", "NULL", "[]");
        Part part = staged.part(rows(schema, List.of(first, second)));
        load(tableLoad("1", 1, destination(Write.REPLACE), schema, null, part));
        load(tableLoad("2", 1, destination(Write.APPEND), schema, null, part));

        Query.Result result = warehouse()
                .query(new Query("SELECT id, tags, days, person, lines FROM school.students ORDER BY id", 10));
        assertThat(result.rows()).hasSize(4);
        for (List<String> row : result.rows().subList(0, 2)) {
            assertThat(row)
                    .containsExactly(
                            "1",
                            "[\"a\",\"\"]",
                            "[\"2026-03-29T02:30:00.000001\"]",
                            "{\"name\":\"Ada\",\"born\":\"1815-12-10T00:00:00\",\"scores\":[1.5,-999.99]}",
                            "[{\"sku\":\"x\",\"amount\":0.00000000000000000001,\"at\":{\"time\":\"23:59:59.999999\",\"length\":\"-1-2"
                                    + " 3 -4:5:6.789\"},"
                                    + "\"docs\":[{\"doc\":{\"n\":1.5},\"data\":\"YWI=\"},{\"doc\":null,\"data\":null}]},"
                                    + "{\"sku\":\"y\",\"amount\":null,\"at\":null,\"docs\":[]}]");
        }
        for (List<String> row : result.rows().subList(2, 4)) {
            assertThat(row).containsExactly("2", "[]", "[]", null, "[]");
        }
    }

    /** @param rows values in SQL, for each column of the schema */
    private static String rows(List<Column> schema, List<List<String>> rows) {
        return rows.stream()
                .map(values -> IntStream.range(0, schema.size())
                        .mapToObj(i -> values.get(i) + "::" + StagedRows.type(schema.get(i)) + " AS "
                                + schema.get(i).name())
                        .collect(Collectors.joining(", ", "SELECT ", "")))
                .collect(Collectors.joining(" UNION ALL "));
    }

    @Test
    void aTableOfTwoThousandColumnsLoads() throws Exception {
        List<Column> schema = IntStream.range(0, 2_000)
                .mapToObj(i -> column("c" + i, Column.Type.INTEGER))
                .toList();
        String select =
                IntStream.range(0, 2_000).mapToObj(i -> i + "::BIGINT AS c" + i).collect(Collectors.joining(", "));
        assertThat(load(tableLoad(
                        "1", 1, destination(Write.MERGE, "c7"), schema, null, staged.part("SELECT " + select))))
                .isEqualTo(new LoadResult(1, 0, 1));
        assertThat(query("SELECT c0, c1999 FROM school.students")).isEqualTo("0 1999");
    }

    @Test
    void aTableThatDoesNotFitIsLeftAsItWasWithEveryDifferenceNamed() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        List<Column> other = List.of(
                column("ID", Column.Type.INTEGER),
                column("name", Column.Type.NUMERIC),
                column("age", Column.Type.INTEGER));
        Part part = staged.part("SELECT 1::BIGINT AS ID, 2::DECIMAL(38,9) AS name, 3::BIGINT AS age");
        assertThat(failure(
                                ErrorCode.TABLE_MISMATCH,
                                () -> load(tableLoad("2", 1, destination(Write.REPLACE), other, null, part)))
                        .detail())
                .contains("ID is REQUIRED", "name is ", "age is missing");
        List<Column> fewer = List.of(required("id", Column.Type.INTEGER));
        assertThat(failure(
                                ErrorCode.TABLE_MISMATCH,
                                () -> load(tableLoad(
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
    void aTableThatMayEvolveGetsNewColumnsAndRequiresNoMoreThanTheSchema() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        Destination.Table evolving = new Destination.Table(
                TABLE, Write.APPEND, List.of(), Destination.Empty.FAIL, Destination.Contract.EVOLVE, null, List.of());
        List<Column> wider = List.of(
                required("age", Column.Type.INTEGER),
                column("ID", Column.Type.INTEGER),
                repeated(column("tags", Column.Type.STRING)),
                column("name", Column.Type.STRING),
                record("home", column("town", Column.Type.STRING)));
        String select = "SELECT 7::BIGINT AS age, NULL::BIGINT AS ID, ['x'] AS tags, 'b' AS name,"
                + " {'town': 'Rome'} AS home";
        for (String load : List.of("2", "3")) {
            load(tableLoad(load, 1, evolving, wider, null, staged.part(select)));
        }
        String all = "SELECT id, name, age, tags, home FROM school.students ORDER BY name, id";
        String added = "null b 7 [\"x\"] {\"town\":\"Rome\"}";
        assertThat(query(all)).isEqualTo("1 a null [] null, " + added + ", " + added);

        List<Column> other = List.of(
                column("id", Column.Type.STRING),
                column("name", Column.Type.STRING),
                column("more", Column.Type.STRING));
        Part part = staged.part("SELECT '1' AS id, 'a' AS name, 'm' AS more");
        assertThat(failure(ErrorCode.TABLE_MISMATCH, () -> load(tableLoad("4", 1, evolving, other, null, part)))
                        .detail())
                .contains("id is ", "age is in the table", "tags is in the table", "home is in the table")
                .doesNotContain("more");
        assertThat(query(all)).endsWith(added + ", " + added);
    }

    @Test
    void theLedgersDatasetIsNoDestination() {
        Destination.Table ledger =
                new Destination.Table("millrace.ledger", Write.REPLACE, List.of(), Destination.Empty.ALLOW);
        failure(ErrorCode.WAREHOUSE_FAILED, () -> load(tableLoad("1", ledger, rows("1 a"))));
    }

    // staging that is not what it should be

    @Test
    void stagedFilesThatAreNotWhatTheManifestSaysChangeNothing() throws Exception {
        load(tableLoad("0", destination(Write.REPLACE), rows("1 a")));
        Part good = rows("2 b");
        List<Part> bad = new ArrayList<>();
        Part missing = rows("3 c");
        delete(missing);
        bad.add(missing);
        Part spoilt = rows("3 c");
        spoil(spoilt);
        bad.add(spoilt);
        bad.add(new Part(good.path(), 2, good.bytes(), good.crc32c()));
        bad.add(staged.part("no Parquet at all".getBytes(java.nio.charset.StandardCharsets.UTF_8), 1));
        bad.add(staged.part("SELECT 3.5::DOUBLE AS id, 'c' AS name"));
        bad.add(staged.part("SELECT NULL::BIGINT AS id, 'c' AS name"));
        for (int i = 0; i < bad.size(); i++) {
            TableLoad tableLoad = tableLoad("bad-" + i, destination(Write.REPLACE), good, bad.get(i));
            assertThat(failure(ErrorCode.STAGING_CORRUPT, () -> load(tableLoad)).detail())
                    .contains(culprit(bad.get(i)));
        }
        List<Column> json = List.of(column("j", Column.Type.JSON));
        Destination.Table documents =
                new Destination.Table("school.documents", Write.REPLACE, List.of(), Destination.Empty.FAIL);
        failure(
                ErrorCode.STAGING_CORRUPT,
                () -> load(tableLoad("j", 1, documents, json, null, staged.part("SELECT '{\"a\":' AS j"))));
        assertThat(query(ALL)).isEqualTo("1 a");
        assertThat(query("SELECT load FROM millrace.ledger")).isEqualTo("0");
    }

    // once

    @Test
    void aLoadThatHasCommittedIsFoundAndNotRepeated() throws Exception {
        LoadResult first = load(tableLoad("1", destination(Write.APPEND), rows("1 a")));
        assertThat(load(tableLoad("1", 2, destination(Write.APPEND), ROWS, null, rows("2 b, 3 c"))))
                .isEqualTo(first);
        assertThat(query(ALL)).isEqualTo("1 a");
    }

    @Test
    void anAbortClosesItsGenerationAndAllBefore() throws Exception {
        assertThat(warehouse().abort(new Abort("1", 2))).isEqualTo(new Abort.Closed());
        assertThat(warehouse().abort(new Abort("1", 1))).isEqualTo(new Abort.Closed());
        for (int generation = 1; generation <= 2; generation++) {
            TableLoad tableLoad = tableLoad("1", generation, destination(Write.APPEND), ROWS, null, rows("1 a"));
            failure(ErrorCode.LOAD_ABORTED, () -> load(tableLoad));
        }
        LoadResult result = load(tableLoad("1", 3, destination(Write.APPEND), ROWS, null, rows("3 c")));
        assertThat(query(ALL)).isEqualTo("3 c");
        assertThat(warehouse().abort(new Abort("1", 3))).isEqualTo(new Abort.AlreadyCommitted(result));
        assertThat(warehouse().abort(new Abort("1", 9))).isEqualTo(new Abort.AlreadyCommitted(result));
        assertThat(query("SELECT state, generation, run, table_name FROM millrace.ledger"))
                .startsWith("COMMITTED 3 run-of-1 ")
                .endsWith("school.students");
    }

    @Test
    void aFailedLoadMayBeTriedAgain() throws Exception {
        Part bad = staged.part("SELECT 3.5::DOUBLE AS id, 'c' AS name");
        failure(ErrorCode.STAGING_CORRUPT, () -> load(tableLoad("1", destination(Write.APPEND), bad)));
        assertThat(load(tableLoad("1", destination(Write.APPEND), rows("1 a")))).isEqualTo(new LoadResult(1, 0, 1));
    }

    @Test
    void ofACommitAndAnAbortThatRaceExactlyOneWins() throws Exception {
        load(tableLoad("first", destination(Write.APPEND), rows("0 x")));
        Part part = rows("1 a");
        long start = System.nanoTime();
        load(tableLoad("second", destination(Write.APPEND), rows("0 x")));
        int spread = (int) Duration.ofNanos(System.nanoTime() - start).toMillis() + 2;
        Random random = new Random(20260131);
        int committed = 0;
        for (int i = 0; i < rounds(); i++) {
            String id = "race-" + i;
            int generation = 1 + i % 2;
            if (generation == 2) {
                warehouse().abort(new Abort(id, 1));
            }
            long pause = random.nextInt(spread);
            TableLoad tableLoad = tableLoad(id, generation, destination(Write.APPEND), ROWS, null, part);
            List<Object> ends = atOnce(() -> load(tableLoad), () -> {
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
        assertThat(committed).as("loads that won").isBetween(1, rounds() - 1);
    }

    @Test
    void twoAttemptsOfOneLoadCommitOnce() throws Exception {
        for (int i = 0; i < rounds() / 4; i++) {
            TableLoad tableLoad = tableLoad("twice-" + i, destination(Write.APPEND), rows("1 a, 2 b"));
            List<Object> ends = atOnce(() -> load(tableLoad), () -> load(tableLoad));
            assertThat(ends).containsOnly(new LoadResult(2, 0, 2L * (i + 1)));
        }
    }

    @Test
    void loadsIntoOneTableAtOnceTakeTurns() throws Exception {
        for (int i = 0; i < rounds() / 6; i++) {
            Destination.Table replace =
                    new Destination.Table("school.t" + i, Write.REPLACE, List.of(), Destination.Empty.FAIL);
            TableLoad one = tableLoad("one-" + i, replace, rows("1 a"));
            TableLoad two = tableLoad("two-" + i, replace, rows("2 b"));
            TableLoad three = tableLoad("three-" + i, replace, rows("3 c"));
            assertThat(atOnce(() -> load(one), () -> load(two), () -> load(three)))
                    .containsOnly(new LoadResult(1, 0, 1));
            assertThat(query("SELECT id FROM school.t" + i)).isIn("1", "2", "3");
        }
        assertThat(query("SELECT count(*) FROM millrace.ledger")).isEqualTo("" + 3 * (rounds() / 6));
    }

    @Test
    void readersSeeTheOldTableOrTheNewOne() throws Exception {
        load(tableLoad("0", destination(Write.REPLACE), rows("0 x, 0 x, 0 x")));
        int last = rounds() / 4;
        List<Object> ends = atOnce(
                () -> {
                    for (int i = 1; i <= last; i++) {
                        load(tableLoad(
                                "" + i, destination(Write.REPLACE), rows("%1$s x, %1$s x, %1$s x".formatted(i))));
                    }
                    return "";
                },
                () -> {
                    while (true) {
                        String seen = query("SELECT count(*), min(id) = max(id), max(id) FROM school.students");
                        assertThat(seen).startsWith("3 true ");
                        if (seen.endsWith(" " + last)) {
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

    // models

    private LoadResult select(String load, int generation, Write write, String sql) throws InterruptedException {
        Destination.Table destination =
                new Destination.Table("school.totals", write, List.of(), Destination.Empty.FAIL);
        return warehouse()
                .select(
                        new ModelLoad(load, generation, 1, "run-of-" + load, destination, sql, null),
                        new TaskContext(Clock.systemUTC()));
    }

    @Test
    void aModelFillsItsTableOfOtherTables() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a, 2 b, 3 b")));
        String sql = "SELECT name, COUNT(*) AS students, SUM(id) AS total FROM school.students GROUP BY name; -- all";
        assertThat(select("m1", 1, Write.REPLACE, sql)).isEqualTo(new LoadResult(2, 0, 2));
        assertThat(query("SELECT name, students, total FROM school.totals ORDER BY name"))
                .isEqualTo("a 1 1, b 2 5");
        load(tableLoad("2", destination(Write.APPEND), rows("4 c")));
        assertThat(select("m2", 1, Write.REPLACE, sql)).isEqualTo(new LoadResult(3, 0, 3));
        assertThat(select("m3", 1, Write.APPEND, sql)).isEqualTo(new LoadResult(3, 0, 6));
    }

    @Test
    void aModelCommitsOnceAndNotAfterAnAbort() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        String sql = "SELECT id FROM school.students";
        assertThat(select("m1", 1, Write.APPEND, sql)).isEqualTo(new LoadResult(1, 0, 1));
        assertThat(select("m1", 1, Write.APPEND, sql)).isEqualTo(new LoadResult(1, 0, 1));
        assertThat(warehouse().abort(new Abort("m1", 1)))
                .isEqualTo(new Abort.AlreadyCommitted(new LoadResult(1, 0, 1)));

        assertThat(warehouse().abort(new Abort("m2", 1))).isEqualTo(new Abort.Closed());
        failure(ErrorCode.LOAD_ABORTED, () -> select("m2", 1, Write.APPEND, sql));
        assertThat(select("m2", 2, Write.APPEND, sql)).isEqualTo(new LoadResult(1, 0, 2));
        assertThat(query("SELECT id FROM school.totals")).isEqualTo("1, 1");
    }

    @Test
    void aModelWhoseColumnsAreNotTheTablesFails() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        select("m1", 1, Write.REPLACE, "SELECT id FROM school.students");
        assertThat(failure(
                                ErrorCode.TABLE_MISMATCH,
                                () -> select("m2", 1, Write.REPLACE, "SELECT name AS id FROM school.students"))
                        .detail())
                .contains("school.totals");
        failure(
                ErrorCode.EMPTY_REPLACE,
                () -> select("m3", 1, Write.REPLACE, "SELECT id FROM school.students WHERE id > 5"));
        assertThat(query("SELECT id FROM school.totals")).isEqualTo("1");
    }

    @Test
    void aModelIsOneSelectThatNamesItsColumns() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        failure(
                ErrorCode.QUERY_REFUSED,
                () -> select("m1", 1, Write.REPLACE, "DELETE FROM school.students WHERE TRUE"));
        failure(
                ErrorCode.QUERY_REFUSED,
                () -> select("m2", 1, Write.REPLACE, "SELECT id FROM school.students; SELECT 1 AS id"));
        failure(ErrorCode.QUERY_FAILED, () -> select("m3", 1, Write.REPLACE, "SELECT id FROM school.nothing"));
        failure(
                ErrorCode.QUERY_FAILED,
                () -> select("m4", 1, Write.REPLACE, "SELECT id, name AS id FROM school.students"));
        assertThat(query("SELECT id FROM school.students")).isEqualTo("1");
        failure(ErrorCode.QUERY_FAILED, () -> query("SELECT * FROM school.totals"));
    }
}
