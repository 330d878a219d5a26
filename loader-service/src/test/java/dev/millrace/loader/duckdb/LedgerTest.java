package dev.millrace.loader.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A commit and an abort, one in the middle of the other. */
class LedgerTest {
    private static final LoadResult RESULT = new LoadResult(1, 0, 1);

    private Database database;
    private Session commit;
    private Session abort;

    @BeforeEach
    void open(@TempDir Path folder) throws Exception {
        database = Database.open(DuckDbWarehouseTest.config(folder.resolve("w.duckdb"), Duration.ofSeconds(1)));
        commit = database.session();
        abort = database.session();
    }

    @AfterEach
    void close() {
        commit.close();
        abort.close();
        database.close();
    }

    private static TableLoad tableLoad(int generation) {
        return new TableLoad(
                "1",
                generation,
                1,
                "run",
                new Destination.Table("school.students", Write.APPEND, List.of(), Destination.Empty.FAIL),
                List.of(StagedRows.column("id", Column.Type.INTEGER)),
                List.of(),
                null,
                null,
                null);
    }

    private Abort.Answer close(int generation) throws SQLException {
        return abort.transaction(() -> Ledger.close(abort, new Abort("1", generation)));
    }

    @Test
    void anAbortAfterTheCommitHasLookedWins() throws SQLException {
        SQLException failure = catchThrowableOfType(
                SQLException.class,
                () -> commit.transaction(() -> {
                    assertThat(Commit.committed(commit, tableLoad(1).load(), 1)).isEmpty();
                    assertThat(close(1)).isEqualTo(new Abort.Closed());
                    Ledger.commit(commit, tableLoad(1), RESULT, "school.students", null);
                    return "";
                }));
        assertThat(Failures.isConflict(failure)).as(failure.getMessage()).isTrue();
        assertThat(Ledger.find(commit, "1")).isEqualTo(Optional.of(new Ledger.Entry.Aborted(1)));
    }

    @Test
    void anAbortOfTheNextGenerationAfterItsCommitHasLookedWins() throws SQLException {
        close(1);
        SQLException failure = catchThrowableOfType(
                SQLException.class,
                () -> commit.transaction(() -> {
                    assertThat(Commit.committed(commit, tableLoad(2).load(), 2)).isEmpty();
                    assertThat(close(2)).isEqualTo(new Abort.Closed());
                    Ledger.commit(commit, tableLoad(2), RESULT, "school.students", null);
                    return "";
                }));
        assertThat(Failures.isConflict(failure)).as(failure.getMessage()).isTrue();
        assertThat(Ledger.find(commit, "1")).isEqualTo(Optional.of(new Ledger.Entry.Aborted(2)));
    }

    @Test
    void anAbortThatIsCommittedBeforeTheFirstOfALoadMakesItsCommitFail() {
        SQLException failure = catchThrowableOfType(
                SQLException.class,
                () -> commit.transaction(() -> {
                    Ledger.commit(commit, tableLoad(1), RESULT, "school.students", null);
                    return close(1);
                }));
        assertThat(Failures.isConflict(failure)).as(failure.getMessage()).isTrue();
    }

    @Test
    void anAbortThatLookedBeforeTheCommitLoses() throws SQLException {
        SQLException failure = catchThrowableOfType(
                SQLException.class,
                () -> abort.transaction(() -> {
                    assertThat(Ledger.find(abort, "1")).isEmpty();
                    commit.transaction(() -> {
                        Ledger.commit(commit, tableLoad(1), RESULT, "school.students", null);
                        return "";
                    });
                    return Ledger.close(abort, new Abort("1", 1));
                }));
        assertThat(Failures.isConflict(failure)).as(failure.getMessage()).isTrue();
        assertThat(close(1)).isEqualTo(new Abort.AlreadyCommitted(RESULT));
    }
}
