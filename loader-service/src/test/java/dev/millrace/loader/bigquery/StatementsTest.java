package dev.millrace.loader.bigquery;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.record;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.zetasql.SqlException;
import dev.millrace.loader.Orphans;
import dev.millrace.loader.RejectedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.TableRestore;
import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.TableCheck;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Part;
import dev.millrace.task.CursorChange;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The statements as text, and as Google's own analyzer reads them. */
class StatementsTest {
    private static final Table TABLE = new Table("my-project", "school", "students");
    private static final Table STAGE = new Table("my-project", "school", "_millrace_stage_1_1_1");
    private static final Table LEDGER = new Table("my-project", "millrace", "ledger");
    private static final Part PART = new Part("runs/1/part-00000.parquet", 3, 100, "00000000");
    private static final List<Column> ROWS =
            List.of(required("id", Column.Type.INTEGER), column("at", Column.Type.DATETIME));

    private static final Set<Column.Type> COMPARED = EnumSet.complementOf(EnumSet.of(
            Column.Type.FLOAT, Column.Type.INTERVAL, Column.Type.JSON, Column.Type.GEOGRAPHY, Column.Type.RECORD));

    private static Destination.Table destination(Write write, String... keys) {
        return new Destination.Table("school.students", write, List.of(keys), Destination.Empty.FAIL);
    }

    private static TableLoad tableLoad(
            Destination.Table destination, List<Column> schema, TableLoad.@Nullable Window window, Part... parts) {
        return new TableLoad("1", 1, 1, "run-1", destination, schema, List.of(parts), window, null, null);
    }

    private static Statements statements(TableLoad tableLoad) {
        return new Statements(tableLoad, tableLoad.rows(), Statements.Staged.PARQUET, TABLE, STAGE, LEDGER);
    }

    private static GoogleSql google(List<Column> schema) {
        return new GoogleSql(schema, TABLE, STAGE, LEDGER);
    }

    /** Each type alone, repeated, and in records of records. */
    private static List<Column> everything() {
        List<Column> simple = new ArrayList<>();
        List<Column> repeated = new ArrayList<>();
        for (Column.Type type : Column.Type.values()) {
            if (type != Column.Type.RECORD) {
                String name = type.name().toLowerCase(Locale.ROOT);
                simple.add(column(name, type));
                repeated.add(column(name + "s", type, Column.Mode.REPEATED));
            }
        }
        List<Column> both = Stream.concat(simple.stream(), repeated.stream()).toList();
        List<Column> all = new ArrayList<>(both);
        all.add(required("key", Column.Type.INTEGER));
        all.add(required("day", Column.Type.DATETIME));
        all.add(record("one", Column.Mode.NULLABLE, both));
        all.add(record("many", Column.Mode.REPEATED, both));
        all.add(record(
                "deep",
                Column.Mode.REPEATED,
                List.of(record("deeper", Column.Mode.REPEATED, simple), simple.getFirst())));
        return all;
    }

    @Test
    void aMergeIsOneTransactionWithItsChecksAndItsRowOfTheLedger() {
        assertThat(statements(tableLoad(destination(Write.MERGE, "ID"), ROWS, null, PART))
                        .commit())
                .isEqualTo("""
                    BEGIN TRANSACTION;
                    ASSERT NOT EXISTS (SELECT 1 FROM `my-project.millrace.ledger` WHERE load = '1') AS 'millrace[COMMITTED|this load has been committed before]';
                    ASSERT (SELECT COUNT(*) FROM `my-project.school._millrace_stage_1_1_1`) = 3 AS 'millrace[STAGING_CORRUPT|the rows staged for school.students are not 3, as many as there were]';
                    ASSERT NOT EXISTS (SELECT 1 FROM `my-project.school._millrace_stage_1_1_1` AS _millrace_new WHERE _millrace_new.`id` IS NULL) AS 'millrace[STAGING_CORRUPT|a row staged for school.students has no value in a column that is REQUIRED]';
                    MERGE INTO `my-project.school.students` AS _millrace_old USING (SELECT `id`, `at` FROM (SELECT _millrace_new.`id` AS `id`, CAST(_millrace_new.`at` AS DATETIME) AS `at`, _millrace_new._millrace_position FROM `my-project.school._millrace_stage_1_1_1` AS _millrace_new) WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY _millrace_position DESC) = 1) AS _millrace_new ON _millrace_old.`id` = _millrace_new.`id` WHEN MATCHED THEN UPDATE SET `at` = _millrace_new.`at` WHEN NOT MATCHED THEN INSERT (`id`, `at`) VALUES (_millrace_new.`id`, _millrace_new.`at`);
                    INSERT INTO `my-project.millrace.ledger` (load, state, generation, run, table_name, `rows`, superseded, table_rows, outdated, tied, deleted, `cursor`, checks, rejected, rejects, decided_at) SELECT '1', 'COMMITTED', 1, 'run-1', 'my-project.school.students', 3, 3 - (SELECT COUNT(*) FROM (SELECT DISTINCT _millrace_new.`id` AS `id` FROM `my-project.school._millrace_stage_1_1_1` AS _millrace_new)), (SELECT COUNT(*) FROM `my-project.school.students`), 0, 0, 0, CAST(NULL AS STRING), CAST(NULL AS STRING), 0, CAST(NULL AS STRING), CURRENT_TIMESTAMP();
                    COMMIT TRANSACTION;\
                    """);
    }

    @Test
    void googleUnderstandsALoadThatLeavesOutWhatRefersToNothing() {
        Destination.Table plain = destination(Write.MERGE, "id");
        Destination.Table rejecting = new Destination.Table(
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
                List.of(new TableCheck.ForeignKey(
                        null, TableCheck.Severity.REJECT, List.of("id"), "school.students", List.of("id"))));
        Statements statements = statements(tableLoad(rejecting, ROWS, null, PART));
        GoogleSql google = google(ROWS);

        google.analyze(statements.orphans());
        google.analyze(statements
                .without(new RejectedRows.Written(2, "runs/1/manifest.json"), STAGE)
                .commit()
                .replace("SELECT " + Orphans.POSITION, "SELECT " + Manifest.POSITION));
    }

    @Test
    void googleUnderstandsARollback() {
        Undo.Loaded loaded = new Undo.Loaded("COMMITTED", TABLE.toString(), 3, Instant.EPOCH);

        google(ROWS).analyze(Statements.rollBack(LEDGER, "1", TABLE, loaded, TABLE, List.of("id", "at")));
    }

    @Test
    void googleUnderstandsBackupsAndRestoresOfEveryType() {
        List<Column> schema = everything();
        GoogleSql google = google(schema);
        google.analyze(Statements.copy(schema, TABLE, STAGE, LEDGER));
        google.analyze(Statements.exported(schema, TABLE));
        List<Column> fewer = schema.stream()
                .map(column -> column.name().equals("many")
                        ? record("many", Column.Mode.REPEATED, column.fields().subList(0, 9))
                        : column)
                .toList();
        for (List<Column> saved : List.of(schema, fewer)) {
            BackupManifest backup = new BackupManifest(
                    "b1",
                    "school.students",
                    "BigQuery",
                    BackupFormat.AVRO,
                    Instant.parse("2026-01-31T12:00:00.123456Z"),
                    3,
                    saved,
                    List.of(PART),
                    "l1",
                    List.of(new BackupManifest.Cursor("school", "students", "id", "it's 7")));
            for (String name : List.of("school.students", "school.former")) {
                Destination.Table destination =
                        new Destination.Table(name, Write.REPLACE, List.of(), Destination.Empty.ALLOW);
                TableRestore restore = new TableRestore(
                        "r1", 1, 1, "r1", destination, false, backup, new LocalStagingStore(Path.of("backups")), null);
                google.analyze(Statements.restore(restore, schema, TABLE, STAGE, LEDGER));
            }
        }
    }

    @Test
    void googleUnderstandsEveryDispositionOfEveryType() {
        List<Column> schema = everything();
        GoogleSql google = google(schema);
        RunWindow day = RunWindow.parse("9999-12-31");
        List<TableLoad> tableLoads = new ArrayList<>();
        for (Write write : List.of(Write.REPLACE, Write.APPEND)) {
            tableLoads.add(tableLoad(destination(write), schema, null, PART));
            tableLoads.add(tableLoad(destination(write), schema, null));
        }
        tableLoads.add(tableLoad(destination(Write.MERGE, "key"), schema, null, PART));
        for (Column key : schema) {
            if (!key.name().equals("key") && key.mode() != Column.Mode.REPEATED && COMPARED.contains(key.type())) {
                tableLoads.add(tableLoad(destination(Write.MERGE, "key", key.name()), schema, null, PART));
            }
        }
        for (String column : List.of("date", "datetime", "timestamp", "day")) {
            tableLoads.add(tableLoad(destination(Write.REPLACE), schema, new TableLoad.Window(column, day), PART));
            tableLoads.add(tableLoad(destination(Write.REPLACE), schema, new TableLoad.Window(column, day)));
            RunWindow month = RunWindow.parse("9999-12");
            tableLoads.add(tableLoad(destination(Write.REPLACE), schema, new TableLoad.Window(column, month), PART));
        }
        assertThat(tableLoads)
                .allSatisfy(tableLoad -> google.analyze(statements(tableLoad).commit()));
        assertThat(tableLoads).hasSizeGreaterThan(20);
        assertThat(tableLoads)
                .allSatisfy(
                        tableLoad -> Statements.dryRun(tableLoad, TABLE, LEDGER).forEach(google::analyze))
                .filteredOn(tableLoad -> tableLoad.destination().write() == Write.REPLACE)
                .allSatisfy(tableLoad -> google.analyze(Statements.replaced(tableLoad, TABLE, LEDGER)));
    }

    @Test
    void googleUnderstandsEveryOtherStatement() {
        List<Column> schema = everything();
        GoogleSql google = google(List.of(required("id", Column.Type.INTEGER)));
        google.analyze(Statements.result(LEDGER, "it's \\ \n"));
        google.analyze(Statements.close("'"));
        google.analyze(Statements.cursors(LEDGER, "it's"));
        google.analyze(Statements.lastLoads(LEDGER, List.of("school.students")));
        for (String value : Arrays.asList("it's", null)) {
            google.analyze(Statements.change(LEDGER, "1", new CursorChange("school", "students", value, null)));
            TableLoad moving = new TableLoad(
                    "1",
                    1,
                    1,
                    "run-1",
                    destination(Write.APPEND),
                    List.of(required("id", Column.Type.INTEGER)),
                    List.of(PART),
                    null,
                    new TableLoad.CursorMove("school", "students", "id", false, value, "7"),
                    null);
            google.analyze(statements(moving).commit());
        }
        google.analyze(Statements.relax(TABLE, required("id", Column.Type.INTEGER)));
        google.analyze(Statements.add(TABLE, schema));
    }

    @Test
    void aMergeByThePartitionsColumnReadsOnlyThePartitionsThatArrive() {
        for (Column.Type type : List.of(Column.Type.DATE, Column.Type.DATETIME, Column.Type.TIMESTAMP)) {
            List<Column> schema = List.of(required("id", Column.Type.INTEGER), required("day", type));
            Destination.Table destination = new Destination.Table(
                    "school.students",
                    Write.MERGE,
                    List.of("id", "day"),
                    Destination.Empty.FAIL,
                    Destination.Contract.STRICT,
                    new Destination.Partition("Day", Destination.Partition.By.DAY, null),
                    List.of());

            String commit =
                    statements(tableLoad(destination, schema, null, PART)).commit();

            assertThat(commit)
                    .startsWith("DECLARE _millrace_first " + type + " DEFAULT (SELECT MIN(")
                    .contains(" AND _millrace_old.`day` BETWEEN _millrace_first AND _millrace_last WHEN NOT MATCHED");
            google(schema).analyze(commit);
        }
    }

    /** What is in the way of a value is said by the commit, whatever has let it through. */
    @Test
    void theColumnOfAGeographyThatBigQueryCanNotReadIsNamed() {
        String commit = statements(tableLoad(destination(Write.APPEND), everything(), null, PART))
                .commit();

        assertThat(commit)
                .contains(
                        "WHERE _millrace_new.`geography` IS NOT NULL AND SAFE.ST_GEOGFROM(_millrace_new.`geography`) IS"
                                + " NULL) AS 'millrace[STAGING_CORRUPT|a row staged for school.students has a value in"
                                + " geography that BigQuery doesn\\'t read as a GEOGRAPHY]'",
                        "in many.geographys that",
                        "in deep.deeper.geography that");
    }

    @Test
    void googleRefusesWhatBigQueryWouldRefuse() {
        GoogleSql google = google(ROWS);
        String good = statements(tableLoad(destination(Write.APPEND), ROWS, null, PART))
                .commit();
        google.analyze(good);
        for (String bad : List.of(
                good.replace("CAST(_millrace_new.`at` AS DATETIME)", "_millrace_new.`at`"),
                good.replace("`id`", "`no_column`"),
                good.replace("COMMIT TRANSACTION", "COMMIT TRANSACTION NOW"),
                good.replace("`rows`", "rows"),
                good.replace("school.students`", "school.teachers`"))) {
            assertThatThrownBy(() -> google.analyze(bad)).as(bad).isInstanceOf(SqlException.class);
        }
    }

    @Test
    void textsAreQuotedWhateverIsInThem() {
        assertThat(Sql.text("a'b\\c\nd\u0000\u0085é🙂")).isEqualTo("'a\\'b\\\\c\\u000ad\\u0000\\u0085é🙂'");
    }

    @Test
    void aRefusalIsFoundAgainInTheErrorOfTheJob() {
        Refusal empty = new Refusal.Failed(ErrorCode.EMPTY_REPLACE, "no rows came (they stay)");
        assertThat(Refusal.in("Assertion failed: " + empty.description() + " at [5:1]"))
                .contains(empty);
        assertThat(Refusal.in("Query error: " + new Refusal.Committed().description()))
                .contains(new Refusal.Committed());
        assertThat(Refusal.in("Syntax error: Unexpected keyword ROWS at [5:1]")).isEmpty();
    }
}
