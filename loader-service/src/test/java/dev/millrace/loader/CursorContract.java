package dev.millrace.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import dev.millrace.task.Abort;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import dev.millrace.task.LoadResult;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every warehouse does with cursors: they move with the rows, from where the run started, or not at all. */
public abstract class CursorContract extends WarehouseContract {
    private static final String QUOTED = "it's \\ \"2026-01-31 12:00:00.000001+00\"";

    private TableLoad move(
            String load, Destination.Table destination, @Nullable String start, @Nullable String next, Part... parts) {
        return move(load, destination, "id", false, start, next, parts);
    }

    private TableLoad move(
            String load,
            Destination.Table destination,
            String by,
            boolean full,
            @Nullable String start,
            @Nullable String next,
            Part... parts) {
        TableLoad plain = tableLoad(load, destination, parts);
        return new TableLoad(
                load,
                plain.generation(),
                plain.attempt(),
                plain.run(),
                destination,
                plain.schema(),
                plain.parts(),
                null,
                new TableLoad.CursorMove("school", "students", by, full, start, next),
                null);
    }

    private Cursors cursors(String pipeline) throws InterruptedException {
        return warehouse().cursors(new Cursors.Wanted(pipeline, null));
    }

    private @Nullable String cursor() throws InterruptedException {
        return cursors("school").of("students").value();
    }

    private void set(@Nullable String value) throws InterruptedException {
        warehouse().change(new CursorChange("school", "students", value, null));
    }

    @Test
    void aCursorMovesWithTheRowsAndOnlyFromWhereTheRunStarted() throws Exception {
        Destination.Table append = destination(Write.APPEND);
        assertThat(cursor()).isNull();
        TableLoad first = move("1", append, null, QUOTED, rows("1 a"));
        assertThat(load(first)).isEqualTo(new LoadResult(1, 0, 1));
        assertThat(cursor()).isEqualTo(QUOTED);
        assertThat(cursors("school").cursors())
                .extracting(Cursors.Cursor::endpoint, Cursors.Cursor::run)
                .containsExactly(tuple("students", "run-of-1"));

        // whose answer was lost
        assertThat(load(first)).isEqualTo(new LoadResult(1, 0, 1));
        // read from the same cursor, by a run that was slower
        TableLoad late = move("2", append, null, "8", rows("1 a, 2 b"));
        assertThat(failure(ErrorCode.CURSOR_MOVED, () -> load(late)).detail())
                .startsWith("the cursor of school/students is no longer the one that the run started from");
        failure(ErrorCode.CURSOR_MOVED, () -> load(move("3", append, "7", "8", rows("2 b"))));
        assertThat(query(ALL)).isEqualTo("1 a");
        assertThat(cursor()).isEqualTo(QUOTED);

        load(move("4", append, QUOTED, "10", rows("2 b")));
        load(move("5", append, "10", "9", rows("3 c")));
        assertThat(cursor()).as("numbers say which is the last, not its value").isEqualTo("9");
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b, 3 c");
    }

    @Test
    void theLedgerTellsWhichLoadsAreCommitted() throws Exception {
        Destination.Table append = destination(Write.APPEND);
        load(tableLoad("1", append, rows("1 a")));
        load(tableLoad("2", append, rows("2 b")));
        assertThat(warehouse().abort(new Abort("3", 1))).isEqualTo(new Abort.Closed());
        assertThat(warehouse()
                        .committed(new CommittedLoads.Wanted(List.of("1", "2", "3", "it's 4"), null))
                        .loads())
                .containsExactlyInAnyOrder("1", "2");
        assertThat(warehouse()
                        .committed(new CommittedLoads.Wanted(List.of(), null))
                        .loads())
                .isEmpty();
    }

    @Test
    void aLoadWithoutRowsLeavesTheCursorAndOtherEndpointsHaveTheirOwn() throws Exception {
        Destination.Table append = destination(Write.APPEND);
        load(move("1", append, null, null));
        assertThat(cursors("school").cursors()).isEmpty();
        load(move("2", append, null, "5", rows("1 a")));
        load(move("3", append, "5", "5"));
        assertThat(cursor()).isEqualTo("5");
        assertThat(cursors("school").of("terms")).isEqualTo(new CommittedCursor(null));
        assertThat(cursors("other").cursors()).isEmpty();
        load(tableLoad("4", append, rows("2 b")));
        assertThat(cursor()).isEqualTo("5");
    }

    @Test
    void aCursorOfAnotherTableOrValueMovesOnlyWithAFullRunOrWhenItIsSet() throws Exception {
        Destination.Table append = destination(Write.APPEND);
        load(move("1", append, null, "5", rows("1 a")));
        Destination.Table other =
                new Destination.Table("school.others", Write.APPEND, List.of(), Destination.Empty.FAIL);
        assertThat(failure(ErrorCode.CURSOR_MISMATCH, () -> load(move("2", other, "5", "6", rows("2 b"))))
                        .detail())
                .startsWith("the cursor of school/students is not one of id for " + other.table());
        failure(ErrorCode.CURSOR_MISMATCH, () -> load(move("3", append, "updated_at", false, "5", "6", rows("2 b"))));
        assertThat(cursor()).isEqualTo("5");
        assertThat(query(ALL)).isEqualTo("1 a");

        load(move("4", append, "updated_at", true, "5", "6", rows("2 b")));
        set("7");
        load(move("5", append, "id", false, "7", "8", rows("3 c")));
        assertThat(cursor()).isEqualTo("8");
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b, 3 c");
    }

    @Test
    void aTableThatHasLostItsRowsIsFilledByAFullRunOnly() throws Exception {
        Destination.Table append = destination(Write.APPEND);
        load(move("1", append, null, "5", rows("1 a")));
        load(tableLoad("2", new Destination.Table(append.table(), Write.REPLACE, List.of(), Destination.Empty.ALLOW)));
        assertThat(query("SELECT count(*) FROM " + append.table())).isEqualTo("0");

        assertThat(failure(ErrorCode.CURSOR_MISMATCH, () -> load(move("3", append, "5", "6", rows("2 b"))))
                        .detail())
                .startsWith(append.table() + " is empty");
        failure(ErrorCode.CURSOR_MISMATCH, () -> load(move("4", append, "5", "5")));
        load(move("5", append, "id", true, "5", "6", rows("1 a, 2 b")));
        assertThat(query(ALL + " ORDER BY id")).isEqualTo("1 a, 2 b");
    }

    @Test
    void aCursorThatIsSetRefusesWhatStartedFromTheOneBefore() throws Exception {
        Destination.Table append = destination(Write.APPEND);
        set("3");
        assertThat(cursor()).isEqualTo("3");
        load(move("1", append, "3", "5", rows("1 a")));
        set(null);
        assertThat(cursor()).isNull();
        assertThat(cursors("school").cursors()).hasSize(1);
        failure(ErrorCode.CURSOR_MOVED, () -> load(move("2", append, "5", "6", rows("2 b"))));
        load(move("3", append, null, "7", rows("2 b")));
        assertThat(cursor()).isEqualTo("7");
    }

    @Test
    void aDryRunSaysHowTheCursorWouldMoveAndLeavesIt() throws Exception {
        TableLoad first = move("1", destination(Write.APPEND), null, "5", rows("1 a"));
        TaskContext context = new TaskContext(Clock.systemUTC());
        assertThat(warehouse().plan(first, context).steps()).contains("the cursor would move from none to 5");
        assertThat(cursor()).isNull();
        load(first);
        TableLoad none = move("2", destination(Write.APPEND), "5", "5");
        assertThat(List.copyOf(warehouse().plan(none, context).steps())).contains("the cursor would stay 5");
    }
}
