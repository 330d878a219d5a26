package dev.millrace.loader.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadResult;
import dev.millrace.worker.TaskContext;
import io.micronaut.serde.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the warehouses of earlier versions say of their loads is understood for ever. */
class ReleasedLedgersTest {
    private static final String COMMITTED = "487d1ba4-9b20-4224-98b8-d6287b071b44";
    private static final String ABORTED = "757c4f38-113a-4914-b6fd-9d76b2c81ae0";
    private static final String RETRIED = "907a1b63-f350-4c23-bc5e-ffa174622590";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = "0.1")
    void aLoadThatWasCommittedIsFoundAndOneThatWasAbortedStaysClosed(String version) throws Exception {
        Path file = folder.resolve("warehouse.duckdb");
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute(Files.readString(Path.of("src/test/resources/samples", version, "ledger.sql")));
        }
        LoadResult thousand = new LoadResult(1000, 0, 1000);

        try (DuckDbWarehouse warehouse = new DuckDbWarehouse(
                DuckDbWarehouseTest.config(file, Duration.ofSeconds(60)),
                new LocalStagingStore(folder.resolve("staging")),
                ObjectMapper.getDefault())) {
            assertThat(warehouse.abort(new Abort(COMMITTED, 1))).isEqualTo(new Abort.AlreadyCommitted(thousand));
            assertThat(warehouse.load(load(COMMITTED, 2), new TaskContext(Clock.systemUTC())))
                    .isEqualTo(thousand);
            assertThat(warehouse.abort(new Abort(RETRIED, 2))).isEqualTo(new Abort.AlreadyCommitted(thousand));
            assertThat(warehouse.abort(new Abort(ABORTED, 1))).isEqualTo(new Abort.Closed());
            assertThatThrownBy(() -> warehouse.load(load(ABORTED, 1), new TaskContext(Clock.systemUTC())))
                    .isInstanceOfSatisfying(
                            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LOAD_ABORTED));
            assertThat(warehouse
                            .load(load(ABORTED, 2), new TaskContext(Clock.systemUTC()))
                            .rows())
                    .isZero();
        }
    }

    private static TableLoad load(String load, int generation) {
        Destination.Table table =
                new Destination.Table("trial.other", Write.APPEND, List.of(), Destination.Empty.ALLOW);
        return new TableLoad(
                load,
                generation,
                1,
                load,
                table,
                List.of(StagedRows.column("id", Column.Type.INTEGER)),
                List.of(),
                null,
                null,
                null);
    }
}
