package dev.millrace.loader;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.record;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.WriteCheck;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every warehouse says it would do, and doesn't. */
public abstract class DryRunContract {
    protected static final List<Column> ROWS =
            List.of(required("id", Column.Type.INTEGER), column("name", Column.Type.STRING));
    protected static final List<Column> WIDER = List.of(ROWS.get(0), ROWS.get(1), column("more", Column.Type.STRING));
    protected static final String TABLE = "school.students";
    private static final AtomicInteger LOADS = new AtomicInteger();

    @TempDir
    protected Path folder;

    protected StagedRows staged;

    @BeforeEach
    void stage() throws IOException {
        staged = staging();
    }

    protected abstract StagedRows staging() throws IOException;

    protected abstract Warehouse warehouse();

    /** Everything that the warehouse holds or has ever been told to do: tables, columns, rows, the ledger, jobs. */
    protected abstract String everything() throws Exception;

    protected static Destination.Table destination(Write write, String... keys) {
        return new Destination.Table(TABLE, write, List.of(keys), Destination.Empty.FAIL);
    }

    protected static Destination.Table evolving(Write write, String... keys) {
        return new Destination.Table(
                TABLE, write, List.of(keys), Destination.Empty.FAIL, Destination.Contract.EVOLVE, null, List.of());
    }

    protected static TableLoad tableLoad(Destination.Table destination, List<Column> schema, Part... parts) {
        return tableLoad(destination, schema, null, parts);
    }

    protected static TableLoad tableLoad(
            Destination.Table destination, List<Column> schema, TableLoad.@Nullable Window window, Part... parts) {
        String load = "load-" + LOADS.incrementAndGet();
        return new TableLoad(load, 1, 1, "run-of-" + load, destination, schema, List.of(parts), window, null, null);
    }

    protected static ModelLoad modelLoad(Destination.Table destination, String sql) {
        String load = "load-" + LOADS.incrementAndGet();
        return new ModelLoad(load, 1, 1, "run-of-" + load, destination, sql, List.of(), null);
    }

    protected Part part(int rows) {
        return staged.part("SELECT x::BIGINT AS id, 'n' || x AS name FROM range(" + rows + ") AS t(x)");
    }

    protected final void load(TableLoad tableLoad) throws InterruptedException {
        warehouse().load(tableLoad, new TaskContext(Clock.systemUTC()));
    }

    /** Makes the plan, and holds the warehouse to having done nothing. */
    protected final LoadPlan plan(TableLoad tableLoad) throws Exception {
        return unchanged(() -> warehouse().plan(tableLoad, new TaskContext(Clock.systemUTC())));
    }

    protected final LoadPlan plan(ModelLoad modelLoad) throws Exception {
        return unchanged(() -> warehouse().plan(modelLoad, new TaskContext(Clock.systemUTC())));
    }

    private interface Planning {
        LoadPlan plan() throws Exception;
    }

    private LoadPlan unchanged(Planning planning) throws Exception {
        String before = everything();
        try {
            return planning.plan();
        } finally {
            assertThat(everything()).isEqualTo(before);
        }
    }

    protected static MillraceException failure(ErrorCode code, ThrowingCallable call) {
        MillraceException failure = Assertions.catchThrowableOfType(MillraceException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.code()).as(failure.detail()).isEqualTo(code);
        return failure;
    }

    /** The dry run fails with what the load fails with, word for word, and neither leaves anything. */
    protected final void failsAlike(ErrorCode code, TableLoad tableLoad) {
        MillraceException dry = failure(code, () -> plan(tableLoad));
        assertThat(failure(code, () -> load(tableLoad)).detail()).isEqualTo(dry.detail());
    }

    @Test
    void aTableThatIsMissingWouldBeMade() throws Exception {
        for (Write write : Write.values()) {
            Destination.Table destination = write.hasKeys() ? destination(write, "id") : destination(write);
            LoadPlan plan = plan(tableLoad(destination, ROWS, part(3)));
            assertThat(plan.rows()).isEqualTo(3);
            assertThat(plan.steps())
                    .anyMatch(step -> step.equals("would create the table " + TABLE))
                    .last()
                    .asString()
                    .startsWith("would " + verb(write) + " ")
                    .contains("3 rows");
        }
        assertThat(plan(tableLoad(destination(Write.REPLACE), ROWS)).rows()).isZero();
    }

    private static String verb(Write write) {
        return switch (write) {
            case REPLACE -> "replace";
            case APPEND -> "append";
            case MERGE -> "merge";
            case INSERT_ONLY -> "insert";
        };
    }

    @Test
    void rowsThatAreThereStayWhenOthersAreOnlyInserted() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        assertThat(plan(tableLoad(destination(Write.INSERT_ONLY, "id"), ROWS, part(7)))
                        .steps())
                .anySatisfy(step -> assertThat(step)
                        .startsWith("would insert ")
                        .contains(TABLE, "7 rows")
                        .endsWith("; rows that are there stay"));
    }

    @Test
    void aTableThatIsThereStaysAsItIs() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        assertThat(plan(tableLoad(destination(Write.APPEND), ROWS, part(3), part(4)))
                        .steps())
                .anyMatch(step -> step.startsWith("would append") && step.contains("7 rows"));
        assertThat(plan(tableLoad(destination(Write.REPLACE), ROWS, part(3))).steps())
                .anyMatch(step -> step.startsWith("would replace") && step.contains(TABLE) && step.contains("3 rows"));
        assertThat(plan(tableLoad(destination(Write.MERGE, "ID"), ROWS, part(2), part(1)))
                        .steps())
                .anyMatch(step -> step.startsWith("would merge") && step.contains("3 rows"));
    }

    @Test
    void aTableThatDoesNotFitFailsTheDryRunAsItFailsTheLoad() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        Part wider = staged.part("SELECT 1::BIGINT AS id, 'a' AS name, 'b' AS more");
        failsAlike(ErrorCode.TABLE_MISMATCH, tableLoad(destination(Write.APPEND), WIDER, wider));
        failsAlike(
                ErrorCode.TABLE_MISMATCH,
                tableLoad(
                        evolving(Write.APPEND),
                        List.of(required("id", Column.Type.STRING)),
                        staged.part("SELECT 'a' AS id")));
    }

    @Test
    void whatWouldEvolveIsSaidAndNotDone() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        Part wider = staged.part("SELECT 1::BIGINT AS id, 'a' AS name, 'b' AS more");
        List<Column> schema = List.of(column("id", Column.Type.INTEGER), WIDER.get(1), WIDER.get(2));
        for (Destination.Table destination :
                List.of(evolving(Write.APPEND), evolving(Write.REPLACE), evolving(Write.MERGE, "id"))) {
            assertThat(plan(tableLoad(destination, schema, wider)).steps())
                    .anyMatch(step -> step.startsWith("would run ALTER TABLE") && step.contains("more"))
                    .anyMatch(step -> step.startsWith("would run ALTER TABLE") && step.contains("DROP NOT NULL"));
        }
        // keys and days that no row has had so far
        assertThat(plan(tableLoad(evolving(Write.MERGE, "more"), schema, wider)).steps())
                .anyMatch(step -> step.startsWith("would merge"));
        List<Column> dated = List.of(ROWS.get(0), ROWS.get(1), column("at", Column.Type.DATE));
        TableLoad.Window window = new TableLoad.Window("at", RunWindow.parse("2026-01-31"));
        assertThat(plan(tableLoad(
                                evolving(Write.REPLACE),
                                dated,
                                window,
                                staged.part("SELECT 1::BIGINT AS id, 'a' AS name, DATE '2026-01-31' AS at")))
                        .steps())
                .anyMatch(step -> step.startsWith("would replace") && step.contains("2026-01-31"));
        assertThat(plan(tableLoad(evolving(Write.REPLACE), dated, window)).rows())
                .isZero();
    }

    @Test
    void noRowsForATableThatHasSomeFailTheDryRunAsTheyFailTheLoad() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        failsAlike(ErrorCode.EMPTY_REPLACE, tableLoad(destination(Write.REPLACE), ROWS));
        Destination.Table allowed = new Destination.Table(TABLE, Write.REPLACE, List.of(), Destination.Empty.ALLOW);
        assertThat(plan(tableLoad(allowed, ROWS)).rows()).isZero();

        List<Column> dated = List.of(column("at", Column.Type.DATE));
        Destination.Table daily =
                new Destination.Table("school.days", Write.REPLACE, List.of(), Destination.Empty.FAIL);
        RunWindow day = RunWindow.parse("2026-01-31");
        load(tableLoad(daily, dated, staged.part("SELECT DATE '2026-01-31' AS at")));
        failsAlike(ErrorCode.EMPTY_REPLACE, tableLoad(daily, dated, new TableLoad.Window("at", day)));
        assertThat(plan(tableLoad(daily, dated, new TableLoad.Window("at", day.next())))
                        .rows())
                .isZero();
    }

    @Test
    void aModelIsCheckedAndNotRun() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        Destination.Table totals =
                new Destination.Table("school.totals", Write.REPLACE, List.of(), Destination.Empty.FAIL);
        LoadPlan plan = plan(modelLoad(totals, "SELECT name, count(*) AS n FROM school.students GROUP BY name"));
        assertThat(plan.steps())
                .contains("would create the table school.totals")
                .anyMatch(step -> step.startsWith("would replace") && step.contains("query selects"));
        failure(ErrorCode.QUERY_FAILED, () -> plan(modelLoad(totals, "SELECT nothing FROM school.students")));
        failure(ErrorCode.QUERY_FAILED, () -> plan(modelLoad(totals, "SELECT * FROM school.nobody")));
        failure(ErrorCode.QUERY_REFUSED, () -> plan(modelLoad(totals, "DELETE FROM school.students WHERE TRUE")));
        failure(
                ErrorCode.TABLE_MISMATCH,
                () -> plan(modelLoad(destination(Write.APPEND), "SELECT id FROM school.students")));
        // one that can only fail while it runs is none that a dry run can refuse
        assertThat(plan(modelLoad(totals, "SELECT 1 / (id - id) AS n FROM school.students"))
                        .rows())
                .isZero();
    }

    @Test
    void everyTypeCanBePlanned() throws Exception {
        List<Column> schema = everyType();
        load(tableLoad(destination(Write.APPEND), schema));
        assertThat(plan(tableLoad(destination(Write.APPEND), schema)).rows()).isZero();
        assertThat(plan(tableLoad(destination(Write.MERGE, "key"), schema)).rows())
                .isZero();
    }

    private static List<Column> everyType() {
        List<Column> all = new ArrayList<>(List.of(required("key", Column.Type.INTEGER)));
        List<Column> simple = Arrays.stream(Column.Type.values())
                .filter(type -> type != Column.Type.RECORD)
                .flatMap(type -> Stream.of(column("c_" + type, type), column("r_" + type, type, Column.Mode.REPEATED)))
                .toList();
        all.addAll(simple);
        all.add(column("money", Column.Type.NUMERIC, Column.Mode.NULLABLE, 10, 2));
        all.add(record("one", Column.Mode.NULLABLE, simple));
        all.add(record("many", Column.Mode.REPEATED, simple));
        return all;
    }

    @Test
    void tryingWhetherTablesMayBeChangedLeavesNothing() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        Destination.Table other =
                new Destination.Table("school.others", Write.APPEND, List.of(), Destination.Empty.FAIL);
        String before = everything();

        assertThat(warehouse().tryToWrite(new WriteCheck.Wanted(List.of(destination(Write.APPEND), other), null)))
                .contains("made");
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void aDryRunKeepsNoLoadFromItsTable() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        TableLoad dry = tableLoad(destination(Write.REPLACE), ROWS, part(2_000));
        Thread planning = Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < 5; i++) {
                    warehouse().plan(dry, new TaskContext(Clock.systemUTC()));
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        for (int i = 0; i < 5; i++) {
            load(tableLoad(destination(Write.MERGE, "id"), ROWS, part(50)));
        }
        planning.join();
        assertThat(plan(tableLoad(destination(Write.APPEND), ROWS, part(1))).rows())
                .isEqualTo(1);
    }
}
