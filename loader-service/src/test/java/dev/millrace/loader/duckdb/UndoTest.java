package dev.millrace.loader.duckdb;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Destination.Deletes;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.task.Abort;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import dev.millrace.task.Query;
import dev.millrace.task.Rollback;
import dev.millrace.task.TableRows;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** R5.15: what a table was before a load comes back, for each way of loading. */
class UndoTest {
    private static final String TABLE = "school.students";
    private static final List<Column> SCHEMA = List.of(
            required("id", Column.Type.INTEGER),
            column("name", Column.Type.STRING),
            column("seq", Column.Type.INTEGER),
            column("gone", Column.Type.BOOLEAN),
            column("day", Column.Type.DATE));

    @TempDir
    private Path folder;

    private StagedRows staged;
    private DuckDbWarehouse warehouse;
    private final Random random = new Random(15);

    @BeforeEach
    void open() throws InterruptedException {
        open(2);
    }

    /** @param rollbacks of how many loads something is kept */
    private void open(int rollbacks) throws InterruptedException {
        staged = new StagedRows(folder.resolve("staging"));
        warehouse = new DuckDbWarehouse(
                new DuckDbConfig(
                        folder.resolve("school.duckdb"),
                        "500MB",
                        2,
                        Duration.ofMillis(300),
                        Duration.ofSeconds(60),
                        1 << 20,
                        rollbacks),
                staged.store(),
                ObjectMapper.getDefault());
    }

    @AfterEach
    void close() {
        warehouse.close();
    }

    static Stream<Destination.Table> kinds() {
        Destination.Order newest = new Destination.Order("seq", Destination.Order.Keep.NEWEST);
        return Stream.of(
                table(Write.REPLACE, null, null, null),
                table(Write.APPEND, null, null, null),
                table(Write.INSERT_ONLY, null, null, null),
                table(Write.MERGE, null, null, null),
                table(Write.MERGE, newest, null, null),
                table(Write.MERGE, newest, new Deletes(Deletes.By.FLAG, "gone", Deletes.Rows.REMOVE, null), null),
                table(Write.MERGE, null, new Deletes(Deletes.By.ABSENCE, null, Deletes.Rows.REMOVE, null), null),
                table(Write.MERGE, null, new Deletes(Deletes.By.ABSENCE, null, Deletes.Rows.MARK, "gone_at"), null),
                table(Write.MERGE, newest, null, new Destination.History("valid_from", "valid_to", "is_current")));
    }

    private static Destination.Table table(
            Write write,
            Destination.@Nullable Order order,
            @Nullable Deletes deletes,
            Destination.@Nullable History history) {
        boolean keyed = write == Write.MERGE || write == Write.INSERT_ONLY;
        return new Destination.Table(
                TABLE,
                write,
                keyed ? List.of("id") : List.of(),
                Destination.Empty.FAIL,
                Destination.Contract.STRICT,
                null,
                List.of(),
                order,
                deletes,
                history);
    }

    /** Some rows, some of them with the same id. */
    private Part rows(RunWindow day) {
        return staged.part(IntStream.range(0, 1 + random.nextInt(30))
                .mapToObj(i -> "(" + random.nextInt(25) + "::BIGINT, 'n" + random.nextInt(5) + "', " + random.nextInt(9)
                        + "::BIGINT, " + random.nextBoolean() + ", DATE '"
                        + day.begin().toLocalDate() + "')")
                .collect(Collectors.joining(", ", "SELECT * FROM (VALUES ", ") AS t(id, name, seq, gone, day)")));
    }

    private void load(String load, Destination.Table destination, TableLoad.@Nullable Window window)
            throws InterruptedException {
        load(load, destination, window, null);
    }

    private void load(
            String load,
            Destination.Table destination,
            TableLoad.@Nullable Window window,
            TableLoad.@Nullable CursorMove cursor)
            throws InterruptedException {
        Part part = rows(window == null ? RunWindow.parse("2026-01-01") : window.day());
        warehouse.load(
                new TableLoad(load, 1, 1, load, destination, SCHEMA, List.of(part), window, cursor, null),
                new TaskContext(Clock.systemUTC()));
    }

    /** Replaces the table by so many rows that it is large, others with each number. */
    private void loadMany(String load, long number) throws InterruptedException {
        Part many =
                staged.part("SELECT range AS id, 'n' || (range + " + number + ") AS name, range AS seq, true AS gone,"
                        + " DATE '2026-01-01' AS day FROM range(" + Commit.ROW_GROUP + ")");
        warehouse.load(
                new TableLoad(
                        load,
                        1,
                        1,
                        load,
                        table(Write.REPLACE, null, null, null),
                        SCHEMA,
                        List.of(many),
                        null,
                        null,
                        null),
                new TaskContext(Clock.systemUTC()));
    }

    /** How many rows there are, and which. */
    private List<List<String>> sum() throws InterruptedException {
        return warehouse
                .query(new Query("SELECT count(*), sum(hash(students)) FROM school.students", 1))
                .rows();
    }

    private Rollback.Done rollBack(String load) throws InterruptedException {
        return warehouse.rollBack(new Rollback(load, TABLE, null));
    }

    private String refused(String load) {
        MillraceException refused = catchThrowableOfType(MillraceException.class, () -> rollBack(load));
        assertThat(refused).isNotNull();
        assertThat(refused.code()).isEqualTo(ErrorCode.ROLLBACK_REFUSED);
        return refused.detail();
    }

    /** All rows with all columns, in an order of their own. */
    private List<List<String>> all() throws InterruptedException {
        return warehouse
                .query(new Query("SELECT * FROM school.students ORDER BY ALL", 10_000))
                .rows();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void theRowsBeforeTheLoadComeBack(Destination.Table destination) throws Exception {
        load("0", destination, null);
        for (int round = 1; round <= 3; round++) {
            List<List<String>> before = all();
            load("r" + round, destination, null);
            List<List<String>> after = all();
            load("s" + round, destination, null);
            assertThat(refused("r" + round)).contains("run s" + round + " has changed the table since");
            assertThat(rollBack("s" + round)).isEqualTo(new Rollback.Done(after.size()));
            assertThat(all()).isEqualTo(after);
            assertThat(rollBack("r" + round)).isEqualTo(rollBack("r" + round));
            assertThat(all()).isEqualTo(before);
            load("t" + round, destination, null);
        }
    }

    @ParameterizedTest
    @CsvSource({"2026-01-01, 2026-01-02", "2026-01, 2026-02"})
    void ofADayOrAMonthOnlyItsRowsComeBack(String one, String other) throws Exception {
        Destination.Table replace = table(Write.REPLACE, null, null, null);
        TableLoad.Window first = new TableLoad.Window("day", RunWindow.parse(one));
        TableLoad.Window second = new TableLoad.Window("day", RunWindow.parse(other));
        load("1", replace, first);
        load("2", replace, second);
        List<List<String>> before = all();
        load("3", replace, first);
        rollBack("3");
        assertThat(all()).isEqualTo(before);
        rollBack("2");
        assertThat(all())
                .hasSizeLessThan(before.size())
                .allMatch(row -> row.getLast().equals("2026-01-01"));
    }

    @Test
    void rowsThatWereAddedAreFoundBehindOthersAlsoWhenRowsBeforeThemHaveGone() throws Exception {
        Destination.Table append = table(Write.APPEND, null, null, null);
        load("1", append, null);
        for (int i = 0; i < 20; i++) {
            load("merge" + i, table(Write.MERGE, null, null, null), null);
        }
        List<List<String>> before = all();
        close();
        open();
        load("2", append, null);
        close();
        open();
        rollBack("2");
        assertThat(all()).isEqualTo(before);
    }

    @Test
    void theCursorGoesBackWithTheRowsUnlessItWasSetSince() throws Exception {
        Destination.Table append = table(Write.APPEND, null, null, null);
        load("1", append, null, move(null, "a"));
        load("2", append, null, move("a", "b"));
        rollBack("2");
        assertThat(cursor()).isEqualTo("a");
        MillraceException moved =
                catchThrowableOfType(MillraceException.class, () -> load("3", append, null, move("b", "c")));
        assertThat(moved.code()).isEqualTo(ErrorCode.CURSOR_MOVED);
        load("4", append, null, move("a", "b"));
        warehouse.change(new CursorChange("school", "students", "z", null));
        rollBack("4");
        assertThat(cursor()).isEqualTo("z");
    }

    private static TableLoad.CursorMove move(@Nullable String start, String next) {
        return new TableLoad.CursorMove("school", "students", "id", false, start, next);
    }

    private @Nullable String cursor() throws InterruptedException {
        return warehouse
                .cursors(new Cursors.Wanted("school", null))
                .of("students")
                .value();
    }

    @Test
    void aLoadThatWasRolledBackIsCommittedNoMoreAndNeverAgain() throws Exception {
        Destination.Table append = table(Write.APPEND, null, null, null);
        load("1", append, null);
        rollBack("1");
        assertThat(all()).isEmpty();
        assertThat(warehouse
                        .committed(new CommittedLoads.Wanted(List.of("1"), null))
                        .loads())
                .isEmpty();
        MillraceException again = catchThrowableOfType(MillraceException.class, () -> load("1", append, null));
        assertThat(again.code()).isEqualTo(ErrorCode.LOAD_ABORTED);
        assertThat(warehouse.abort(new Abort("1", 1))).isInstanceOf(Abort.Closed.class);
        assertThat(rollBack("1")).isEqualTo(new Rollback.Done(0));
    }

    @Test
    void whatIsKeptIsKeptOfTheLastLoadsOnly() throws Exception {
        Destination.Table replace = table(Write.REPLACE, null, null, null);
        for (String load : List.of("1", "2", "3")) {
            load(load, replace, null);
        }
        rollBack("3");
        rollBack("2");
        assertThat(refused("1")).contains("isn't kept (any more): millrace.warehouse.rollbacks");
        assertThat(refused("none")).contains("the ledger doesn't have it");
        assertThat(warehouse
                        .query(new Query(
                                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'millrace'"
                                        + " ORDER BY ALL",
                                100))
                        .rows())
                .containsExactly(List.of("ledger"), List.of("schemas"));
    }

    @Test
    void aTableThatIsReplacedKeepsWhatItsOwnersHaveAddedToIt() throws Exception {
        loadMany("0", 0);
        List<List<String>> rows = sum();
        int number = 1;
        List<List<String>> additions = new ArrayList<>(List.of(
                List.of(
                        "ALTER TABLE school.students ALTER seq SET DEFAULT 7;"
                                + " CREATE VIEW school.names AS SELECT name FROM school.students;"
                                + " COMMENT ON COLUMN school.students.name IS 'in full';"
                                + " COMMENT ON TABLE school.students IS 'all'",
                        "COMMENT ON COLUMN school.students.name IS NULL; COMMENT ON TABLE school.students IS NULL"),
                List.of(
                        "SET enable_view_dependencies = true; CREATE VIEW school.watched AS SELECT id FROM school.students",
                        "DROP VIEW school.watched"),
                List.of(
                        "CREATE TABLE school.changes (loads INTEGER); CREATE TRIGGER seen AFTER INSERT ON"
                                + " school.students FOR EACH STATEMENT INSERT INTO school.changes VALUES (1)",
                        "DROP TRIGGER seen ON school.students; DROP TABLE school.changes")));
        if (System.getProperty("thorough") != null) { // to delete so many rows takes the engine ten seconds
            additions.add(List.of("CREATE INDEX by_name ON school.students(name)", "SELECT 1"));
        }
        for (List<String> added : additions) {
            close();
            String before = changed(added.getFirst());
            open();
            String load = String.valueOf(number);
            loadMany(load, number++);
            assertThat(sum()).isNotEqualTo(rows);
            rollBack(load);
            assertThat(sum()).isEqualTo(rows);
            close();
            assertThat(changed("SELECT 1")).as(added.getFirst()).isEqualTo(before);
            String _ = changed(added.getLast());
            open();
        }
    }

    /** What tables of the dataset, their columns and indexes are, but for those that were put aside, once a statement has run. */
    private String changed(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("ATTACH '" + folder.resolve("school.duckdb") + "' AS file");
            statement.execute("USE file.main");
            statement.execute(sql);
            StringBuilder all = new StringBuilder();
            for (String what : List.of(
                    "sql, comment FROM duckdb_tables() WHERE schema_name = 'school'"
                            + " AND NOT starts_with(table_name, 'millrace_before_')",
                    "column_name, comment FROM duckdb_columns() WHERE table_name = 'students'",
                    "sql, table_name FROM duckdb_indexes()",
                    "sql, view_name FROM duckdb_views() WHERE schema_name = 'school'",
                    "sql, trigger_name FROM duckdb_triggers()")) {
                try (ResultSet rows = statement.executeQuery("SELECT " + what + " ORDER BY ALL")) {
                    while (rows.next()) {
                        all.append(rows.getString(1)).append(rows.getString(2)).append('\n');
                    }
                }
            }
            return all.toString();
        }
    }

    @Test
    void whoReadsATableWhileItIsReplacedReadsWhatItWas() throws Exception {
        loadMany("1", 1);
        TableRows.Wanted names = new TableRows.Wanted(
                TABLE, List.of("name"), List.of(), List.of(new TableRows.Order("id", false)), 1, null);
        try (InputStream reading = warehouse.all(names, ExportFormat.NDJSON).bytes()) {
            List<List<String>> before = sum();
            loadMany("2", 2);
            assertThat(sum()).isNotEqualTo(before);
            assertThat(new String(reading.readAllBytes(), StandardCharsets.UTF_8).lines())
                    .hasSize(Commit.ROW_GROUP)
                    .startsWith("{\"name\":\"n1\"}")
                    .endsWith("{\"name\":\"n" + Commit.ROW_GROUP + "\"}");
        }
    }

    @Test
    void onlyALargeTableIsPutAsideInItsDataset() throws Exception {
        Query tables = new Query(
                "SELECT count(*) FILTER (table_schema = 'school') FROM information_schema.tables"
                        + " WHERE starts_with(table_name, 'millrace_before_')",
                1);
        Destination.Table replace = table(Write.REPLACE, null, null, null);
        load("1", replace, null);
        load("2", replace, null);
        assertThat(warehouse.query(tables).rows()).containsExactly(List.of("0"));
        loadMany("3", 3);
        List<List<String>> many = sum();
        load("4", replace, null);
        assertThat(warehouse.query(tables).rows()).containsExactly(List.of("1"));
        rollBack("4");
        assertThat(sum()).isEqualTo(many);
        assertThat(warehouse.query(tables).rows()).containsExactly(List.of("0"));
    }

    @Test
    void nothingIsKeptWhereNothingIsToBe() throws Exception {
        close();
        open(0);
        loadMany("1", 1);
        loadMany("2", 2);
        assertThat(warehouse
                        .query(new Query(
                                "SELECT table_name FROM information_schema.tables WHERE table_schema <> 'millrace'",
                                100))
                        .rows())
                .containsExactly(List.of("students"));
        assertThat(refused("2")).contains("isn't kept (any more)");
    }

    @Test
    void aTableThatIsReplacedAgainAndAgainTakesNoMoreSpaceInTheFile() throws Exception {
        Destination.Table replace = table(Write.REPLACE, null, null, null);
        Part many = staged.part("SELECT range AS id, md5(range::VARCHAR) AS name, range AS seq, true AS gone,"
                + " DATE '2026-01-01' AS day FROM range(200_000)");
        long first = 0;
        for (int i = 1; i <= 10; i++) {
            warehouse.load(
                    new TableLoad("r" + i, 1, 1, "r" + i, replace, SCHEMA, List.of(many), null, null, null),
                    new TaskContext(Clock.systemUTC()));
            long size = Files.size(folder.resolve("school.duckdb"));
            first = i == 1 ? size : first;
            assertThat(size).isLessThan(4 * first);
        }
    }

    @Test
    void aSmallLoadAfterWhichALargeTableIsNoLongerKeptFreesItsSpace() throws Exception {
        Destination.Table replace = table(Write.REPLACE, null, null, null);
        Part many = staged.part("SELECT range AS id, md5(range::VARCHAR) AS name, range AS seq, true AS gone,"
                + " DATE '2026-01-01' AS day FROM range(200_000)");
        TaskContext context = new TaskContext(Clock.systemUTC());
        warehouse.load(new TableLoad("1", 1, 1, "1", replace, SCHEMA, List.of(many), null, null, null), context);
        long first = Files.size(folder.resolve("school.duckdb"));
        load("2", replace, null);
        load("3", replace, null);
        load("4", replace, null); // of the last two loads it is kept what was before
        warehouse.load(new TableLoad("5", 1, 1, "5", replace, SCHEMA, List.of(many), null, null, null), context);
        assertThat(Files.size(folder.resolve("school.duckdb"))).isLessThan(3 * first / 2);
    }
}
