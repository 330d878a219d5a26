package dev.millrace.loader;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.record;
import static dev.millrace.loader.StagedRows.repeated;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.format.Documents;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.TableCheck;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Fault;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Abort;
import dev.millrace.task.CheckHistory;
import dev.millrace.task.CheckResult;
import dev.millrace.task.LoadResult;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every warehouse does: with keys, days, columns that no record has, damaged parts and models. */
public abstract class WarehouseContract extends TypesContract {
    /** Damages the object of a part, as far as this staging can be damaged. */
    protected abstract void spoil(Part part) throws IOException;

    protected abstract void delete(Part part) throws IOException;

    /** What an error calls a part that can't be loaded. */
    protected abstract String culprit(Part part);

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

    @ParameterizedTest
    @CsvSource({
        "2026-01-31T13, 2026-01-31 12:59:59.999999, 2026-01-31 13:00:00, 2026-01-31 13:59:59.999999, 2026-01-31 14:00:00",
        "2026-W05, 2026-01-25 23:59:59.999999, 2026-01-26 00:00:00, 2026-02-01 23:59:59.999999, 2026-02-02 00:00:00",
        "2026-01, 2025-12-31 23:59:59.999999, 2026-01-01 00:00:00, 2026-01-31 23:59:59.999999, 2026-02-01 00:00:00"
    })
    void aReplaceOfAnHourAWeekOrAMonthLeavesOthersAlone(
            String text, String before, String first, String last, String after) throws Exception {
        RunWindow day = RunWindow.parse(text);
        for (Column.Type type : List.of(Column.Type.DATE, Column.Type.TIMESTAMP)) {
            if (type == Column.Type.DATE && day.unit() == RunWindow.Unit.HOUR) {
                continue; // it has none
            }
            List<Column> schema = List.of(column("at", type), column("n", Column.Type.INTEGER));
            String name = "windows_" + day.unit() + "_" + type;
            String table = "school." + name;
            Destination.Table destination =
                    new Destination.Table(table, Write.REPLACE, List.of(), Destination.Empty.FAIL);
            String select = "SELECT x::" + (type == Column.Type.DATE ? "DATE" : "TIMESTAMPTZ")
                    + " AS at, n::BIGINT AS n FROM (VALUES %s) AS t(x, n)";
            load(tableLoad(
                    "all-" + name,
                    1,
                    destination,
                    schema,
                    null,
                    staged.part(select.formatted("('" + before + "', 1), ('" + first + "', 2), ('" + last + "', 3), ('"
                            + after + "', 4)"))));
            TableLoad.Window window = new TableLoad.Window("at", day);
            Part inside = staged.part(select.formatted("('" + first + "', 8), ('" + last + "', 9)"));
            load(tableLoad("window-" + name, 1, destination, schema, window, inside));
            assertThat(query("SELECT n FROM " + table + " ORDER BY n")).isEqualTo("1, 4, 8, 9");
            failure(
                    ErrorCode.SOURCE_INCONSISTENT,
                    () -> load(tableLoad(
                            "other-" + name,
                            1,
                            destination,
                            schema,
                            window,
                            staged.part(select.formatted("('" + after + "', 5)")))));
        }
    }

    @Test
    void aReplaceOfADayLeavesOtherDaysAlone() throws Exception {
        for (Column.Type type : List.of(Column.Type.DATE, Column.Type.DATETIME, Column.Type.TIMESTAMP)) {
            List<Column> schema = List.of(column("at", type), column("n", Column.Type.INTEGER));
            Destination.Table destination =
                    new Destination.Table("school.days_" + type, Write.REPLACE, List.of(), Destination.Empty.FAIL);
            RunWindow day = RunWindow.parse("2026-01-31");
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
            TableLoad.Window emptyDay = new TableLoad.Window("at", RunWindow.parse("2026-02-09"));
            assertThat(load(tableLoad("empty-" + type, 1, destination, schema, emptyDay)))
                    .isEqualTo(new LoadResult(0, 0, 4));
        }
    }

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
                List.of(missing),
                List.of(),
                null);
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

    private LoadResult select(String load, int generation, Write write, String sql) throws InterruptedException {
        Destination.Table destination =
                new Destination.Table("school.totals", write, List.of(), Destination.Empty.FAIL);
        return warehouse()
                .select(
                        new ModelLoad(load, generation, 1, "run-of-" + load, destination, sql, List.of(), null),
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

    /** @param name of the file, which is made in a bucket that is a folder */
    protected Part export(String name, ExportFormat format, String sql) throws InterruptedException {
        return warehouse()
                .export(
                        new QueryExport("run-of-" + name, "out/" + name, sql, format, exports(), name, null),
                        new TaskContext(Clock.systemUTC()));
    }

    protected StagingStore exports() {
        return new LocalStagingStore(folder.resolve("exports"));
    }

    private String exported(String name, ExportFormat format, String sql) throws Exception {
        Part file = export(name, format, sql);
        String text = Files.readString(folder.resolve("exports").resolve(name));
        assertThat(file.rows()).isEqualTo(text.contains("a") ? 2 : 0);
        return text;
    }

    @Test
    void anExportIsAFileOfWhatItsQuerySelects() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a, 2 \"b\"\n, 3 \"b\"\n")));
        String sql = "SELECT name, COUNT(*) AS students, SUM(id) AS total, ARRAY_AGG(id ORDER BY id) AS ids"
                + " FROM school.students GROUP BY name ORDER BY name DESC; -- all";
        String first = "{\"name\":\"a\",\"students\":1,\"total\":1,\"ids\":[1]}";
        String second = "{\"name\":\"\\\"b\\\"\\n\",\"students\":2,\"total\":5,\"ids\":[2,3]}";
        assertThat(exported("all.ndjson", ExportFormat.NDJSON, sql)).isEqualTo(first + "\n" + second + "\n");
        assertThat(exported("all.json", ExportFormat.JSON, sql)).isEqualTo("[\n" + first + ",\n" + second + "\n]\n");
        assertThat(exported("all.csv", ExportFormat.CSV, sql))
                .isEqualTo("name,students,total,ids\r\na,1,1,[1]\r\n\"\"\"b\"\"\n\",2,5,\"[2,3]\"\r\n");
        String none = "SELECT id AS n FROM school.students WHERE id > 5";
        assertThat(exported("none.ndjson", ExportFormat.NDJSON, none)).isEmpty();
        assertThat(exported("none.json", ExportFormat.JSON, none)).isEqualTo("[\n]\n");
        assertThat(exported("none.csv", ExportFormat.CSV, none)).isEqualTo("n\r\n");
    }

    @Test
    void anExportIsOneSelectThatNamesItsColumnsAndLeavesNothingOtherwise() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        Map<String, ErrorCode> wrong = Map.of(
                "DELETE FROM school.students WHERE TRUE", ErrorCode.QUERY_REFUSED,
                "SELECT id FROM school.students; SELECT 1 AS id", ErrorCode.QUERY_REFUSED,
                "SELECT id FROM school.nothing", ErrorCode.QUERY_FAILED,
                "SELECT id, name AS id FROM school.students", ErrorCode.QUERY_FAILED);
        wrong.forEach((sql, code) -> {
            failure(code, () -> export("wrong.json", ExportFormat.JSON, sql));
            failure(code, () -> warehouse().checkExport(sql, ExportFormat.JSON, null));
        });
        warehouse().checkExport("SELECT id, 1 / 0 AS fails FROM school.students", ExportFormat.CSV, null);
        failure(
                ErrorCode.QUERY_FAILED,
                () -> export(
                        "fails.csv",
                        ExportFormat.CSV,
                        "SELECT CAST(CONCAT(name, '!') AS DATE) AS d FROM school.students"));
        assertThat(folder.resolve("exports")).doesNotExist();
        assertThat(query("SELECT id FROM school.students")).isEqualTo("1");
    }

    private static final TableCheck.Severity FAIL = TableCheck.Severity.FAIL;
    private static final TableCheck.Severity WARN = TableCheck.Severity.WARN;
    private static final TableCheck.Severity REJECT = TableCheck.Severity.REJECT;

    private TableLoad checked(String load, Write write, List<CheckHistory> earlier, Part part, TableCheck... checks) {
        Destination.Table plain = destination(write, write.hasKeys() ? new String[] {"id"} : new String[0]);
        Destination.Table destination = new Destination.Table(
                plain.table(),
                plain.write(),
                plain.keys(),
                plain.empty(),
                plain.contract(),
                null,
                List.of(),
                null,
                null,
                null,
                List.of(checks));
        TableLoad whole = tableLoad(load, destination, part);
        return new TableLoad(
                whole.load(),
                whole.generation(),
                whole.attempt(),
                whole.run(),
                destination,
                whole.schema(),
                whole.parts(),
                null,
                null,
                null,
                List.of(),
                earlier,
                null);
    }

    private List<CheckResult> unmet(TableLoad tableLoad) throws Exception {
        String before = query(ALL + " ORDER BY id, name");
        ChecksUnmet unmet = (ChecksUnmet) failure(ErrorCode.CHECKS_UNMET, () -> load(tableLoad));
        assertThat(query(ALL + " ORDER BY id, name")).isEqualTo(before);
        return unmet.results();
    }

    private static String found(CheckResult result) {
        return result.name() + ": " + result.state() + ", "
                + result.detail().replaceAll("\\.0( |%)", "$1"); // as DuckDB writes it
    }

    @Test
    void checksSeeWhatTheTableWouldBeAndTakeTheLoadBack() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a, 2 b")));
        TableCheck unique = new TableCheck.Unique(null, FAIL, List.of("id"));
        List<CheckResult> twice = unmet(checked("2", Write.APPEND, List.of(), rows("2 x, 3 c"), unique));
        assertThat(twice)
                .extracting(WarehouseContract::found)
                .containsExactly("unique id: UNMET, 2 rows have the same id as another row");
        assertThat(twice.getFirst().rows()).isEqualTo(2);
        assertThat(twice.getFirst().sample()).hasSize(2).allMatch(row -> row.contains("2"));

        LoadResult merged = load(checked("3", Write.MERGE, List.of(), rows("2 x, 3 c"), unique));
        assertThat(merged.checks())
                .extracting(WarehouseContract::found)
                .containsExactly("unique id: MET, all rows meet it");
        assertThat(load(checked("3", Write.MERGE, List.of(), rows("2 x, 3 c"), unique)))
                .isEqualTo(merged);
        assertThat(warehouse().abort(new Abort("3", 1))).isEqualTo(new Abort.AlreadyCommitted(merged));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 x, 3 c");
    }

    @Test
    void eachCheckOfRowsCountsThoseThatDontMeetIt() throws Exception {
        Part others = staged.part("SELECT 1::BIGINT AS id, 'b' AS name");
        load(tableLoad(
                "others",
                1,
                new Destination.Table("school.others", Write.REPLACE, List.of(), Destination.Empty.FAIL),
                ROWS,
                null,
                others));
        load(tableLoad("1", destination(Write.REPLACE), rows("7 q")));
        Part part = staged.part(
                "SELECT * FROM (VALUES (1::BIGINT, 'a'), (2, 'it''s \"c\" \\ ü'), (30, NULL)) AS t(id, name)");
        List<CheckResult> results = unmet(checked(
                "2",
                Write.REPLACE,
                List.of(),
                part,
                new TableCheck.NotNull("names", WARN, List.of("name")),
                new TableCheck.AcceptedValues(null, WARN, "name", List.of("a", "x'y")),
                new TableCheck.Range(null, FAIL, "id", "2", "29"),
                new TableCheck.Condition(null, WARN, "id < 10 OR name IS NOT NULL"),
                new TableCheck.ForeignKey(null, WARN, List.of("id"), "school.others", List.of("id")),
                new TableCheck.RowCount(null, WARN, 4L, null, null, 7),
                new TableCheck.NullShare(null, WARN, "name", 0.3)));
        assertThat(results)
                .extracting(WarehouseContract::found)
                .containsExactly(
                        "names: UNMET, 1 rows have a NULL in name",
                        "accepted-values name: UNMET, 1 rows have another value in name than a, x'y",
                        "range id: UNMET, 2 rows have a value in id that is less than 2 or more than 29",
                        "expression id < 10 OR name IS NOT NULL: UNMET, 1 rows don't meet id < 10 OR name IS NOT NULL",
                        "foreign-key id of school.others: UNMET, 2 rows have in id what no row of school.others has in"
                                + " id",
                        "row-count: UNMET, 3 rows (expected: at least 4)",
                        "null-share name: UNMET, 33.3333% of the rows have a NULL in name (expected: at most 30%)");
        assertThat(results.get(1).sample()).singleElement().asString().contains("it's \\\"c\\\"");
        assertThat(results.get(5).measured()).isEqualTo(Map.of("rows", 3.0));
    }

    /** What the transformer keeps of rows that may be rejected. */
    private Part origins(String... records) throws IOException {
        try (Upload upload = staged.store().upload("runs/" + UUID.randomUUID() + "/origins-00000.ndjson.gz")) {
            try (OutputStream out = new GZIPOutputStream(upload.stream())) {
                for (int i = 0; i < records.length; i++) {
                    out.write(ObjectMapper.getDefault()
                            .writeValueAsBytes(new Reject(
                                    "TRANSFORM",
                                    "students.csv",
                                    i + 1,
                                    i + 2L,
                                    null,
                                    null,
                                    "accepted so far",
                                    records[i],
                                    Fault.Kind.OTHER,
                                    List.of())));
                    out.write('\n');
                }
            }
            return upload.commit(records.length);
        }
    }

    private List<String> rejects(LoadResult result) throws IOException {
        JsonNode manifest;
        try (InputStream in = staged.store().open(Objects.requireNonNull(result.rejects()))) {
            manifest = Objects.requireNonNull(ObjectMapper.getDefault().readValue(in, Argument.of(JsonNode.class)));
        }
        List<String> rejects = new ArrayList<>();
        for (JsonNode part : Objects.requireNonNull(manifest.get("rejects")).values()) {
            String path = Objects.requireNonNull(part.get("path")).getStringValue();
            try (InputStream in = new GZIPInputStream(staged.store().open(path))) {
                for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList()) {
                    Reject reject = Documents.read(line, Reject.class, ObjectMapper.getDefault());
                    rejects.add(reject.step() + " " + reject.part() + " " + reject.row() + " " + reject.line() + " "
                            + reject.record() + ": "
                            + reject.faults().stream()
                                    .map(fault -> fault.column() + "=" + fault.value() + " " + fault.code() + " "
                                            + fault.reason())
                                    .collect(Collectors.joining("; ")));
                }
            }
        }
        return rejects;
    }

    private TableLoad rejecting(String load, List<Part> parts, List<Part> origins, long most) {
        TableCheck ids = new TableCheck.ForeignKey(null, REJECT, List.of("id"), "school.others", List.of("id"));
        TableCheck names = new TableCheck.ForeignKey(null, REJECT, List.of("name"), "school.others", List.of("name"));
        TableLoad checked = checked(load, Write.REPLACE, List.of(), parts.getFirst(), ids, names);
        return tableLoad(load, 1, checked.destination(), checked.schema(), null, parts.toArray(Part[]::new))
                .rejecting(new TableLoad.Rejecting(origins, most, "runs/" + load + "/load/1"));
    }

    @Test
    void rowsThatReferToNothingAreRejectedAndTheOthersLoaded() throws Exception {
        load(tableLoad(
                "others",
                1,
                new Destination.Table("school.others", Write.REPLACE, List.of(), Destination.Empty.FAIL),
                ROWS,
                null,
                rows("1 a, 2 b")));
        staged = new StagedRows(folder.resolve("once-more"), staged.store()); // whose first part is the first of a load
        Part first = rows("1 a, 9 b, 2 x");
        Part second = staged.part("SELECT * FROM (VALUES (2::BIGINT, 'b'), (8, 'y'), (1, NULL)) AS t(id, name)");
        Part origins = origins("one", "two", "three", "four", "five", "six");
        List<Part> parts = List.of(first, second);

        MillraceException many =
                failure(ErrorCode.REJECTS_ABOVE_LIMIT, () -> load(rejecting("many", parts, List.of(origins), 2)));
        assertThat(many.detail())
                .startsWith("3 rows for school.students don't meet foreign-key id of school.others and other foreign"
                        + " keys (allowed by the endpoint's share of rejects: 2 more)");
        TableLoad load = rejecting("1", parts, List.of(origins), 3);
        LoadResult result = load(load);

        assertThat(query(ALL + " ORDER BY id, name")).isIn("1 null, 1 a, 2 b", "1 a, 1 null, 2 b");
        assertThat(List.of(result.rows(), result.rejected(), result.tableRows()))
                .containsExactly(3L, 3L, 3L);
        assertThat(rejects(result))
                .containsExactly(
                        "LOAD students.csv 2 3 two: id=9 CHECK_UNMET id refers to no row of school.others, by its id",
                        "LOAD students.csv 3 4 three: name=x CHECK_UNMET name refers to no row of school.others, by"
                                + " its name",
                        "LOAD students.csv 5 6 five: id=8 CHECK_UNMET id refers to no row of school.others, by its id;"
                                + " name=y CHECK_UNMET name refers to no row of school.others, by its name");
        assertThat(load(load)).isEqualTo(result);
    }

    @Test
    void checksCompareWithTheRunsBefore() throws Exception {
        load(tableLoad("0", destination(Write.REPLACE), rows("7 q")));
        TableCheck count = new TableCheck.RowCount(null, FAIL, null, null, 0.5, 7);
        TableCheck mean = new TableCheck.Distribution("ids", WARN, "id", 1, 7);
        TableCheck shares = new TableCheck.Distribution("values", WARN, "name", 0.2, 7);
        List<CheckResult> first = load(checked(
                        "1", Write.REPLACE, List.of(), rows("1 a, 2 a, 3 b, 4 \"b"), count, mean, shares))
                .checks();
        assertThat(first).extracting(CheckResult::state).containsOnly(CheckResult.State.UNKNOWN);
        assertThat(first.get(1).measured().get("mean")).isEqualTo(2.5);
        assertThat(first.get(2).measured()).isEqualTo(Map.of("a", 0.5, "b", 0.25, "\"b", 0.25));

        List<CheckHistory> earlier = first.stream()
                .map(result -> new CheckHistory(result.name(), List.of(result.measured())))
                .toList();
        assertThat(load(checked("2", Write.REPLACE, earlier, rows("1 a, 2 a, 3 b, 4 \"b"), count, mean, shares))
                        .checks())
                .extracting(CheckResult::state)
                .containsOnly(CheckResult.State.MET);
        assertThat(unmet(checked("3", Write.REPLACE, earlier, rows("9 c"), count, mean, shares)))
                .extracting(WarehouseContract::found)
                .containsExactly(
                        "row-count: UNMET, 1 rows (expected: 2 to 6, as the run before lets expect)",
                        "ids: UNMET, the mean of id is 9 (expected: 1.382 to 3.618, as the run before lets expect)",
                        "values: UNMET, a share of 0 of the rows has the values of name that the run before lets expect"
                                + " (expected: at least 0.8)");
    }

    @Test
    void aTableThatIsNotFreshIsToldByItsNewestValue() throws Exception {
        for (Column.Type type : List.of(Column.Type.DATE, Column.Type.TIMESTAMP)) {
            Destination.Table destination = new Destination.Table(
                    "school.moments_" + type,
                    Write.REPLACE,
                    List.of(),
                    Destination.Empty.FAIL,
                    Destination.Contract.STRICT,
                    null,
                    List.of(),
                    null,
                    null,
                    null,
                    List.of(new TableCheck.Freshness(null, WARN, "at", Duration.ofHours(26))));
            String select = "SELECT (now() AT TIME ZONE 'UTC' - INTERVAL %d DAY)"
                    + (type == Column.Type.DATE ? "::DATE" : "::TIMESTAMPTZ") + " AS at";
            List<CheckResult.State> states = new ArrayList<>();
            for (int age : List.of(0, 3)) {
                states.add(load(tableLoad(
                                type + "-" + age,
                                1,
                                destination,
                                List.of(column("at", type)),
                                null,
                                staged.part(select.formatted(age))))
                        .checks()
                        .getFirst()
                        .state());
            }
            assertThat(states).containsExactly(CheckResult.State.MET, CheckResult.State.UNMET);
        }
    }
}
