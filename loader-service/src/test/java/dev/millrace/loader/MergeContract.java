package dev.millrace.loader;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Destination.Deletes;
import dev.millrace.pipeline.Destination.Order;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.time.Clock;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every warehouse does with rows that have keys, beside replacing them: orders, deletions, histories. */
public abstract class MergeContract extends CursorContract {
    private static final List<Column> VERSIONS = List.of(
            required("id", Column.Type.INTEGER),
            column("name", Column.Type.STRING),
            column("seq", Column.Type.INTEGER),
            column("gone", Column.Type.BOOLEAN));

    private static final Order NEWEST = new Order("seq", Order.Keep.NEWEST);
    private static final String ROWS_IN_ORDER = "SELECT id, name, seq FROM " + TABLE + " ORDER BY id, seq";

    private static Destination.Table merge(
            @Nullable Order order, @Nullable Deletes deletes, Destination.@Nullable History history) {
        return destination(Write.MERGE, order, deletes, history);
    }

    private static Destination.Table destination(
            Write write, @Nullable Order order, @Nullable Deletes deletes, Destination.@Nullable History history) {
        return new Destination.Table(
                TABLE,
                write,
                List.of("id"),
                Destination.Empty.FAIL,
                Destination.Contract.STRICT,
                null,
                List.of(),
                order,
                deletes,
                history);
    }

    private static Deletes flag(Deletes.Rows rows) {
        return new Deletes(Deletes.By.FLAG, "gone", rows, null);
    }

    private static Deletes absence(Deletes.Rows rows) {
        return new Deletes(Deletes.By.ABSENCE, null, rows, rows == Deletes.Rows.MARK ? "gone_at" : null);
    }

    private static Destination.History history() {
        return new Destination.History("valid_from", "valid_to", "is_current");
    }

    /** Rows of (id, name, seq, gone), written {@code 1 a 10, 2 b NULL gone}. */
    private Part versions(String rows) {
        String values = Stream.of(rows.split(", ", -1))
                .map(row -> row.split(" ", -1))
                .map(row -> "(" + row[0] + "::BIGINT, " + (row[1].equals("NULL") ? "NULL::VARCHAR" : "'" + row[1] + "'")
                        + ", " + row[2] + "::BIGINT, " + (row.length > 3) + ")")
                .collect(Collectors.joining(", "));
        return staged.part("SELECT * FROM (VALUES " + values + ") AS t(id, name, seq, gone)");
    }

    private LoadResult load(String load, Destination.Table destination, String rows) throws InterruptedException {
        return load(tableLoad(load, 1, destination, VERSIONS, null, versions(rows)));
    }

    // an order

    @Test
    void theNewestRowOfAKeyStaysWhicheverIsLoadedLast() throws Exception {
        Destination.Table table = merge(NEWEST, null, null);
        load("1", table, "1 new 20, 2 old 10");
        assertThat(load("2", table, "1 old 10, 2 new 20, 3 c 5")).isEqualTo(new LoadResult(3, 0, 3, 1, 0, 0));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("1 new 20, 2 new 20, 3 c 5");
    }

    @Test
    void theNewestRowOfAKeyStaysWithinALoad() throws Exception {
        assertThat(load("1", merge(NEWEST, null, null), "1 new 20, 2 b 1, 1 old 10, 1 older 5"))
                .isEqualTo(new LoadResult(4, 2, 2, 0, 0, 0));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("1 new 20, 2 b 1");
    }

    @Test
    void ofTwoRowsAtOnePlaceInTheOrderTheLaterOneStaysAndIsCounted() throws Exception {
        Destination.Table table = merge(NEWEST, null, null);
        assertThat(load("1", table, "1 a 10, 1 b 10, 1 c 9, 2 d 1")).isEqualTo(new LoadResult(4, 2, 2, 0, 1, 0));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("1 b 10, 2 d 1");
        assertThat(load("2", table, "1 e 10, 2 f 2")).isEqualTo(new LoadResult(2, 0, 2, 0, 1, 0));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("1 e 10, 2 f 2");
    }

    @Test
    void aRowWithoutAPlaceInTheOrderStaysAgainstNoneThatHasOne() throws Exception {
        Destination.Table table = merge(NEWEST, null, null);
        load("1", table, "1 a 10, 2 b NULL, 3 c NULL, 3 d 1, 3 e NULL");
        load("2", table, "1 no NULL, 2 yes 1");
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("1 a 10, 2 yes 1, 3 d 1");
    }

    @Test
    void theOldestRowStaysWhereThatIsSaid() throws Exception {
        Destination.Table table = merge(new Order("seq", Order.Keep.OLDEST), null, null);
        load("1", table, "1 a 10, 1 b 5, 2 c 7");
        assertThat(load("2", table, "1 d 6, 2 e 1")).isEqualTo(new LoadResult(2, 0, 2, 1, 0, 0));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("1 b 5, 2 e 1");
    }

    // rows that are only added

    @Test
    void rowsThatAreThereStayWhereRowsAreOnlyInserted() throws Exception {
        Destination.Table table = destination(Write.INSERT_ONLY, null, null, null);
        assertThat(load("1", table, "1 a 1, 1 b 2")).isEqualTo(new LoadResult(2, 1, 1, 0, 0, 0));
        assertThat(load("2", table, "1 c 3, 2 d 1")).isEqualTo(new LoadResult(2, 0, 2, 1, 0, 0));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("1 b 2, 2 d 1");
    }

    // rows that the source has deleted

    @Test
    void rowsThatAreFlaggedAreRemoved() throws Exception {
        Destination.Table table = merge(NEWEST, flag(Deletes.Rows.REMOVE), null);
        load("1", table, "1 a 10, 2 b 10, 3 c 10");
        assertThat(load("2", table, "1 NULL 11 gone, 2 NULL 9 gone, 4 NULL 1 gone, 5 e 1"))
                .isEqualTo(new LoadResult(4, 0, 3, 1, 0, 1));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("2 b 10, 3 c 10, 5 e 1");
        load("3", table, "1 back 12");
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("1 back 12, 2 b 10, 3 c 10, 5 e 1");
    }

    @Test
    void rowsThatAreFlaggedStayAsTheyWereButForTheFlag() throws Exception {
        Destination.Table table = merge(NEWEST, flag(Deletes.Rows.MARK), null);
        String rows = "SELECT id, name, seq, gone FROM " + TABLE + " ORDER BY id";
        load("1", table, "1 a 10, 2 b 10");
        assertThat(load("2", table, "1 NULL 11 gone, 3 NULL 1 gone")).isEqualTo(new LoadResult(2, 0, 3, 0, 0, 1));
        assertThat(query(rows)).isEqualTo("1 a 11 true, 2 b 10 false, 3 null 1 true");
        load("3", table, "1 late 10, 2 c 12");
        assertThat(query(rows)).isEqualTo("1 a 11 true, 2 c 12 false, 3 null 1 true");
        load("4", table, "1 back 12");
        assertThat(query(rows)).isEqualTo("1 back 12 false, 2 c 12 false, 3 null 1 true");
    }

    @Test
    void rowsThatDidNotComeAreRemoved() throws Exception {
        Destination.Table table = merge(null, absence(Deletes.Rows.REMOVE), null);
        load("1", table, "1 a 1, 2 b 1, 3 c 1");
        assertThat(load("2", table, "2 d 2, 4 e 1")).isEqualTo(new LoadResult(2, 0, 2, 0, 0, 2));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("2 d 2, 4 e 1");
        TableLoad nothing = tableLoad("3", 1, table, VERSIONS, null, staged.part(NO_VERSIONS));
        failure(ErrorCode.EMPTY_REPLACE, () -> load(nothing));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("2 d 2, 4 e 1");
    }

    private static final String NO_VERSIONS =
            "SELECT 1::BIGINT AS id, '' AS name, 1::BIGINT AS seq, FALSE AS gone LIMIT 0";

    @Test
    void rowsThatDidNotComeAreMarkedUntilTheyComeAgain() throws Exception {
        Destination.Table table = merge(NEWEST, absence(Deletes.Rows.MARK), null);
        String rows = "SELECT id, name, gone_at IS NULL FROM " + TABLE + " ORDER BY id";
        load("1", table, "1 a 1, 2 b 5");
        assertThat(load("2", table, "1 c 2")).isEqualTo(new LoadResult(1, 0, 2, 0, 0, 1));
        assertThat(query(rows)).isEqualTo("1 c true, 2 b false");
        assertThat(load("3", table, "1 c 2").deleted())
                .as("it is marked already")
                .isZero();
        assertThat(load("4", table, "1 c 2, 2 old 4")).isEqualTo(new LoadResult(2, 0, 2, 1, 1, 0));
        assertThat(query(rows))
                .as("the source has it, be it in an older version")
                .isEqualTo("1 c true, 2 b true");
    }

    // histories

    private String versions() throws InterruptedException {
        return query("SELECT id, name, valid_from IS NULL, valid_to IS NULL, is_current FROM " + TABLE
                + " ORDER BY id, valid_from, seq");
    }

    @Test
    void eachVersionOfARowIsARowOfItsHistory() throws Exception {
        Destination.Table table = merge(null, null, history());
        load("1", table, "1 a 1, 2 b 1");
        assertThat(versions()).isEqualTo("1 a false true true, 2 b false true true");
        load("2", table, "1 c 2, 2 b 1, 3 d 1");
        assertThat(versions())
                .isEqualTo("1 a false false false, 1 c false true true, 2 b false true true, 3 d false true true");
        assertThat(query("SELECT count(*) FROM " + TABLE + " AS older JOIN " + TABLE
                        + " AS newer ON older.id = newer.id AND older.valid_to = newer.valid_from"))
                .as("a version ends when the next one begins")
                .isEqualTo("1");
        load("3", table, "1 c 2, 2 b 1, 3 d 1");
        assertThat(query("SELECT count(*) FROM " + TABLE))
                .as("nothing has changed")
                .isEqualTo("4");
    }

    @Test
    void allVersionsInALoadAreInTheHistoryInTheirOrder() throws Exception {
        Destination.Table table = merge(NEWEST, flag(Deletes.Rows.REMOVE), history());
        String rows = "SELECT id, name, seq, is_current FROM " + TABLE + " ORDER BY id, seq";
        assertThat(load("1", table, "1 c 30, 1 a 10, 1 b 20, 1 b 25")).isEqualTo(new LoadResult(4, 0, 3, 0, 0, 0));
        assertThat(query(rows)).isEqualTo("1 a 10 false, 1 b 20 false, 1 c 30 true");
        assertThat(load("2", table, "1 late 15, 1 d 40, 1 NULL 50 gone")).isEqualTo(new LoadResult(3, 0, 4, 1, 0, 1));
        assertThat(query(rows)).isEqualTo("1 a 10 false, 1 b 20 false, 1 c 30 false, 1 d 40 false");
        load("3", table, "1 e 60, 2 NULL 1 gone");
        assertThat(query(rows)).isEqualTo("1 a 10 false, 1 b 20 false, 1 c 30 false, 1 d 40 false, 1 e 60 true");
    }

    @Test
    void aHistoryOfRowsThatDidNotComeIsClosed() throws Exception {
        Destination.Table table = merge(null, absence(Deletes.Rows.REMOVE), history());
        load("1", table, "1 a 1, 2 b 1");
        assertThat(load("2", table, "2 b 1")).isEqualTo(new LoadResult(1, 0, 2, 0, 0, 1));
        assertThat(versions()).isEqualTo("1 a false false false, 2 b false true true");
        load("3", table, "1 a 1, 2 b 1");
        assertThat(versions()).isEqualTo("1 a false false false, 1 a false true true, 2 b false true true");
    }

    @Test
    void aHistoryIsValidFromWhatItsOrderSays() throws Exception {
        List<Column> schema = List.of(
                required("id", Column.Type.INTEGER),
                column("at", Column.Type.TIMESTAMP),
                StagedRows.repeated(column("tags", Column.Type.STRING)),
                column("doc", Column.Type.JSON));
        Destination.Table table = merge(new Order("at", Order.Keep.NEWEST), null, history());
        String row =
                "SELECT 1::BIGINT AS id, TIMESTAMPTZ '2026-01-0%s 00:00:00+00' AS at, ['%s'] AS tags, '{\"n\":%s}' AS doc";
        load(tableLoad("1", 1, table, schema, null, staged.part(row.formatted(1, "a", 1))));
        load(tableLoad("2", 1, table, schema, null, staged.part(row.formatted(2, "a", 1))));
        load(tableLoad("3", 1, table, schema, null, staged.part(row.formatted(3, "b", 1))));
        load(tableLoad("4", 1, table, schema, null, staged.part(row.formatted(4, "b", 2))));
        assertThat(query("SELECT EXTRACT(DAY FROM valid_from), EXTRACT(DAY FROM valid_to) FROM " + TABLE
                        + " ORDER BY valid_from"))
                .isEqualTo("1 3, 3 4, 4 null");
    }

    // once

    @Test
    void suchALoadIsCommittedOnceToo() throws Exception {
        Destination.Table table = merge(NEWEST, flag(Deletes.Rows.REMOVE), history());
        TableLoad load = tableLoad("1", 1, table, VERSIONS, null, versions("1 a 1, 1 b 2"));
        LoadResult first = load(load);
        assertThat(load(load)).isEqualTo(first);
        assertThat(query("SELECT count(*) FROM " + TABLE)).isEqualTo("2");

        warehouse().abort(new Abort("2", 1, null, null));
        failure(ErrorCode.LOAD_ABORTED, () -> load(tableLoad("2", 1, table, VERSIONS, null, versions("1 c 3"))));
        load(tableLoad("2", 2, table, VERSIONS, null, versions("1 c 3")));
        assertThat(query("SELECT count(*) FROM " + TABLE + " WHERE is_current")).isEqualTo("1");
    }

    @Test
    void aDryRunSaysWhatSuchALoadDoes() throws Exception {
        Destination.Table table = merge(NEWEST, flag(Deletes.Rows.REMOVE), null);
        load("1", table, "1 a 1");
        assertThat(warehouse()
                        .plan(
                                tableLoad("2", 1, table, VERSIONS, null, versions("1 b 2")),
                                new TaskContext(Clock.systemUTC()))
                        .steps())
                .anyMatch(step -> step.startsWith("would merge")
                        && step.endsWith(
                                "; of rows with the same keys the newest by seq stays; rows with gone are removed"));
        assertThat(query(ROWS_IN_ORDER)).isEqualTo("1 a 1");
    }
}
