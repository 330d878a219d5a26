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
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
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
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every warehouse does at least: it replaces and appends rows, each load once, or never after an abort. */
public abstract class LoadContract {
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
        double middle = Math.max(1, Duration.ofNanos(System.nanoTime() - start).toMillis() / 2.0);
        Random random = new Random(20260131);
        int committed = 0;
        for (int i = 0; i < rounds(); i++) {
            String id = "race-" + i;
            int generation = 1 + i % 2;
            if (generation == 2) {
                warehouse().abort(new Abort(id, 1));
            }
            long pause = random.nextInt(1 + (int) (2 * middle)); // spreads the abort over the whole of the load
            TableLoad tableLoad = tableLoad(id, generation, destination(Write.APPEND), ROWS, null, part);
            List<Object> ends = atOnce(() -> load(tableLoad), () -> {
                Thread.sleep(pause);
                return warehouse().abort(new Abort(id, generation));
            });
            if (ends.get(0) instanceof LoadResult result) {
                committed++;
                middle = Math.max(1, middle * 0.7); // however long a load takes beside others, some of both kinds win
                assertThat(ends.get(1)).isEqualTo(new Abort.AlreadyCommitted(result));
            } else {
                assertThat(((MillraceException) ends.get(0)).code()).isEqualTo(ErrorCode.LOAD_ABORTED);
                middle *= 1.4;
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
}
