package dev.millrace.loader;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.record;
import static dev.millrace.loader.StagedRows.repeated;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.loader.backup.TableBackup;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import dev.millrace.task.Abort;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.Cursors;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.task.TableSchema;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** R2.6: what a backup has comes back as it was, all of it or nothing, and takes its part in the ledger. */
public abstract class BackupContract extends MergeContract {
    private static final Destination.Table REPLACED =
            new Destination.Table(TABLE, Write.REPLACE, List.of(), Destination.Empty.ALLOW);

    protected BackupManifest backUp(BackupFormat format) throws InterruptedException {
        String id = UUID.randomUUID().toString();
        TableBackup.Contents contents = warehouse()
                .backUp(
                        new TableBackup(
                                id, "1-1", id, TABLE, format, staged.store(), "backups/" + id + "/data-1-1/", null),
                        new TaskContext(Clock.systemUTC()));
        return new BackupManifest(
                id,
                TABLE,
                warehouse().capabilities().warehouse(),
                format,
                contents.at(),
                contents.rows(),
                contents.columns(),
                contents.parts(),
                contents.lastLoad(),
                contents.cursors());
    }

    protected LoadResult restore(String load, Destination.Table destination, boolean fresh, BackupManifest backup)
            throws InterruptedException {
        return warehouse()
                .restore(
                        new TableRestore(
                                load, 1, 1, "run-of-" + load, destination, fresh, backup, staged.store(), null),
                        new TaskContext(Clock.systemUTC()));
    }

    /** How many random tables are backed up in each format. */
    protected int backups() {
        return 2;
    }

    private static List<String> extremes(Column.Type type) {
        return switch (type) {
            case INTEGER -> List.of("9223372036854775807", "-9223372036854775808", "0");
            case NUMERIC -> List.of("99999999999999999999999999999.999999999", "-0.000000001", "0", "12.5");
            case BIGNUMERIC ->
                List.of("-578960446186580977117854925043439539266.34992332820282019728792003956564819968", "1.5", "0");
            case FLOAT -> List.of("0.1", "5e-324", "-1.7976931348623157e308", "'NaN'", "'-Infinity'", "-0.0");
            case BOOLEAN -> List.of("true", "false");
            case STRING -> List.of("''", "'çŞ 🙂 ''\" \\ null'", "chr(10) || chr(9) || chr(1)", "'NULL'");
            case BYTES -> List.of("''", "'\\x00\\xFFz'");
            case DATE -> List.of("'0001-01-01'", "'9999-12-31'", "'1969-12-31'");
            case TIME -> List.of("'00:00:00.000000'", "'23:59:59.999999'");
            case DATETIME -> List.of("'0001-01-01T00:00:00.000000'", "'9999-12-31T23:59:59.999999'");
            case TIMESTAMP ->
                List.of(
                        "'0001-01-01 00:00:00+00'",
                        "'9999-12-31 23:59:59.999999+00'",
                        "'1969-12-31 23:59:59.999999+00'");
            case INTERVAL -> List.of("'-10000-0 3660000 -87840000:0:0'", "'0-1 0 0:0:0.000001'", "'1-2 -3 4:5:6.789'");
            case JSON -> List.of("'{\"a\":[1,null,\"\\u00e9\"]}'", "'null'", "'\"\"'");
            case GEOGRAPHY -> List.of("'POINT(-179.5 90)'", "'POINT(1.5 2)'");
            case RECORD -> List.of();
        };
    }

    private static <T> T any(List<T> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }

    /** Of every type once as it is and once in something repeated, in an order of its own. */
    private static List<Column> schema(Random random) {
        List<Column> columns = new ArrayList<>();
        for (Column.Type type : Column.Type.values()) {
            if (type != Column.Type.RECORD) {
                String name = type.name().toLowerCase(Locale.ROOT);
                columns.add(column("c_" + name, type));
                Column inner = random.nextBoolean()
                        ? repeated(column("n_" + name, type))
                        : record("n_" + name, column("x", type), repeated(record("deep", column("y", type))));
                columns.add(random.nextBoolean() && inner.mode() != Column.Mode.REPEATED ? repeated(inner) : inner);
            }
        }
        columns.add(column("limited", Column.Type.NUMERIC, Column.Mode.NULLABLE, 10, 2));
        columns.add(column("wide", Column.Type.BIGNUMERIC, Column.Mode.NULLABLE, 38, 20));
        Collections.shuffle(columns, random);
        columns.addFirst(required("id", Column.Type.INTEGER));
        return columns;
    }

    /** A value in the SQL of parts. */
    private static String value(Column column, Random random) {
        if (column.mode() == Column.Mode.REPEATED) {
            return IntStream.range(0, random.nextInt(3))
                    .mapToObj(i -> one(column, random))
                    .collect(Collectors.joining(", ", "[", "]"));
        }
        return random.nextInt(4) == 0 ? "NULL" : one(column, random);
    }

    private static String one(Column column, Random random) {
        if (column.type() == Column.Type.RECORD) {
            return column.fields().stream()
                    .map(field -> "'" + field.name() + "': " + value(field, random))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        if (column.precision() != null) {
            return any(
                    column.precision() == 10
                            ? List.of("'-99999999.99'", "'0'")
                            : List.of("'0.00000000000000000001'", "'-1'"),
                    random);
        }
        String value = any(extremes(column.type()), random);
        return value.contains("'")
                        || value.contains("chr")
                        || List.of("true", "false").contains(value)
                ? value
                : "'" + value + "'";
    }

    private Part random(List<Column> schema, int rows, Random random) {
        return staged.part(IntStream.range(0, rows)
                .mapToObj(row -> schema.stream()
                        .map(column -> "(" + (column.name().equals("id") ? "" + row : value(column, random)) + ")::"
                                + StagedRows.type(column) + " AS " + column.name())
                        .collect(Collectors.joining(", ", "SELECT ", "")))
                .collect(Collectors.joining(" UNION ALL ")));
    }

    private List<List<String>> everything() throws InterruptedException {
        return warehouse()
                .query(new Query("SELECT * FROM " + TABLE + " ORDER BY id", 1_000))
                .rows();
    }

    @ParameterizedTest
    @EnumSource(BackupFormat.class)
    void everyTypeNestedOrRepeatedOrNullComesBackAsItWas(BackupFormat format) throws Exception {
        Random random = new Random(15);
        for (int round = 0; round < backups(); round++) {
            List<Column> schema = schema(random);
            drop();
            load(tableLoad("a" + format + round, 1, REPLACED, schema, null, random(schema, 20, random)));
            List<List<String>> before = everything();
            List<Column> columns =
                    warehouse().schema(new TableSchema.Wanted(TABLE, null)).columns();
            BackupManifest backup = backUp(format);
            assertThat(backup.columns()).isEqualTo(columns);
            assertThat(backup.rows()).isEqualTo(20);

            load(tableLoad("b" + format + round, 1, REPLACED, schema, null, random(schema, 3, random)));
            assertThat(restore("c" + format + round, REPLACED, false, backup)).isEqualTo(new LoadResult(20, 0, 20));
            assertThat(everything()).as("%s, round %d", format, round).isEqualTo(before);

            drop();
            restore("d" + format + round, REPLACED, false, backup);
            assertThat(everything()).as("made anew").isEqualTo(before);
            assertThat(warehouse().schema(new TableSchema.Wanted(TABLE, null)).columns())
                    .isEqualTo(columns);
        }
    }

    /** Drops the table, as somebody does by hand. */
    protected abstract void drop() throws Exception;

    private TableLoad moving(String load, @Nullable String start, String next, Part... parts) {
        TableLoad plain = tableLoad(load, destination(Write.APPEND), parts);
        return new TableLoad(
                load,
                1,
                plain.attempt(),
                plain.run(),
                plain.destination(),
                plain.schema(),
                plain.parts(),
                null,
                new TableLoad.CursorMove("school", "students", "id", false, start, next),
                null);
    }

    private @Nullable String cursor() throws InterruptedException {
        return warehouse()
                .cursors(new Cursors.Wanted("school", null))
                .of("students")
                .value();
    }

    @Test
    void aRestoreIsALoadThatTakesCursorAndLaterLoadsBack() throws Exception {
        load(moving("l1", null, "1", rows("1 a")));
        BackupManifest first = backUp(BackupFormat.AVRO);
        load(moving("l2", "1", "2", rows("2 b")));
        BackupManifest second = backUp(BackupFormat.PARQUET);
        TableLoad inFlight = moving("l3", "2", "3", rows("3 c"));

        assertThat(restore("r1", REPLACED, false, first)).isEqualTo(new LoadResult(1, 0, 1));
        assertThat(query(ALL)).isEqualTo("1 a");
        assertThat(cursor()).isEqualTo("1");
        assertThat(committed("l1", "l2", "r1")).containsExactlyInAnyOrder("l1", "r1");
        failure(ErrorCode.CURSOR_MOVED, () -> load(inFlight));

        load(moving("l2-again", "1", "2", rows("2 b")));
        assertThat(restore("r1", REPLACED, false, first)).as("once").isEqualTo(new LoadResult(1, 0, 1));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b");

        restore("r2", REPLACED, false, second);
        assertThat(committed("l1", "l2", "r1", "l2-again", "r2")).containsExactlyInAnyOrder("l1", "l2", "r2");
        assertThat(cursor()).isEqualTo("2");
        load(moving("l4", "2", "4", rows("4 d")));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b, 4 d");
    }

    private List<String> committed(String... loads) throws InterruptedException {
        return warehouse()
                .committed(new CommittedLoads.Wanted(List.of(loads), null))
                .loads();
    }

    @Test
    void aRestoreThatWasAbortedChangesNothing() throws Exception {
        load(tableLoad("l1", destination(Write.APPEND), rows("1 a")));
        BackupManifest backup = backUp(BackupFormat.AVRO);
        load(tableLoad("l2", destination(Write.APPEND), rows("2 b")));
        assertThat(warehouse().abort(new Abort("r1", 1))).isEqualTo(new Abort.Closed());
        failure(ErrorCode.LOAD_ABORTED, () -> restore("r1", REPLACED, false, backup));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b");
    }

    @Test
    void aTableThatHasChangedTakesABackupOrSaysWhatWouldBeLost() throws Exception {
        Destination.Table evolving = new Destination.Table(
                TABLE, Write.APPEND, List.of(), Destination.Empty.FAIL, Destination.Contract.EVOLVE, null, List.of());
        load(tableLoad("l1", evolving, rows("1 a")));
        BackupManifest backup = backUp(BackupFormat.AVRO);
        List<Column> wider = List.of(
                required("id", Column.Type.INTEGER),
                column("name", Column.Type.STRING),
                column("born", Column.Type.DATE),
                repeated(column("tags", Column.Type.STRING)));
        load(tableLoad(
                "l2",
                1,
                evolving,
                wider,
                null,
                staged.part("SELECT 2::BIGINT AS id, 'b' AS name, DATE '2026-01-31' AS born, ['x'] AS tags")));
        restore("r1", REPLACED, false, backup);
        assertThat(query("SELECT * FROM " + TABLE)).isEqualTo("1 a null []");

        List<Column> other = List.of(
                required("id", Column.Type.INTEGER),
                required("name", Column.Type.STRING),
                column("born", Column.Type.TIMESTAMP));
        BackupManifest broad = backUp(BackupFormat.AVRO);
        drop();
        load(tableLoad(
                "l3",
                1,
                destination(Write.REPLACE),
                other,
                null,
                staged.part("SELECT 3::BIGINT AS id, 'c' AS name, TIMESTAMPTZ '2026-01-31 00:00:00+00' AS born")));
        assertThat(failure(ErrorCode.RESTORE_REFUSED, () -> restore("r2", REPLACED, false, broad))
                        .detail())
                .contains(
                        "name is REQUIRED in the table, and may be NULL in the backup",
                        "born is TIMESTAMP in the table, and DATE in the backup",
                        "tags is in the backup, and not in the table");
        assertThat(query("SELECT id FROM " + TABLE)).isEqualTo("3");
    }

    @Test
    void aBackupIsRestoredIntoAnotherTableThatHasNoRows() throws Exception {
        load(moving("l1", null, "1", rows("1 a, 2 b")));
        BackupManifest backup = backUp(BackupFormat.AVRO);
        load(moving("l2", "1", "3", rows("3 c")));
        Destination.Table other =
                new Destination.Table("school.former", Write.REPLACE, List.of(), Destination.Empty.ALLOW);
        restore("r1", other, true, backup);
        assertThat(query("SELECT id, name FROM school.former ORDER BY id")).isEqualTo("1 a, 2 b");
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b, 3 c");
        assertThat(cursor()).isEqualTo("3");
        assertThat(failure(ErrorCode.RESTORE_REFUSED, () -> restore("r2", other, true, backup))
                        .detail())
                .contains("school.former", "it is there already, with 2 rows");
    }

    @Test
    void aTableWithoutRowsAndOneThatIsMissing() throws Exception {
        failure(ErrorCode.BACKUP_REFUSED, () -> backUp(BackupFormat.AVRO));
        load(tableLoad("l0", destination(Write.REPLACE)));
        BackupManifest avro = backUp(BackupFormat.AVRO);
        BackupManifest parquet = backUp(BackupFormat.PARQUET);
        for (BackupManifest backup : List.of(avro, parquet)) {
            assertThat(backup.rows()).isZero();
            load(tableLoad("l" + backup.id(), destination(Write.APPEND), rows("1 a")));
            assertThat(restore(backup.id(), REPLACED, false, backup)).isEqualTo(new LoadResult(0, 0, 0));
            assertThat(query(ALL)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(BackupFormat.class)
    void aDamagedBackupChangesNothing(BackupFormat format) throws Exception {
        load(tableLoad("l1", destination(Write.APPEND), rows("1 a")));
        BackupManifest backup = backUp(format);
        spoil(backup.parts().getFirst());
        load(tableLoad("l2", destination(Write.APPEND), rows("2 b")));
        failure(ErrorCode.STAGING_CORRUPT, () -> restore("r1", REPLACED, false, backup));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b");
    }
}
