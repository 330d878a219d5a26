package dev.millrace.transformer.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.transformer.value.ColumnBuffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that use an engine in turn meet nothing of each other. */
class EnginesTest {
    private static final List<String> NAMES = List.of("v");

    @TempDir
    Path folder;

    private final Engines engines =
            new Engines(64L * 1024 * 1024, 2, () -> Files.createTempDirectory(folder, "engine-"), EnginesTest::remove);

    private static void remove(Path scratch) {
        try (Stream<Path> files = Files.walk(scratch)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        engines.close();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    private static List<ColumnBuffer> columns() {
        return List.of(new ColumnBuffer.Longs(ColumnBuffer.Longs.Form.WHOLE));
    }

    private Engine take() throws Exception {
        return engines.take(NAMES, columns());
    }

    /** Writes some rows, as a task does, and takes the file away. */
    private static void write(Engine engine) throws Exception {
        List<ColumnBuffer> columns = columns();
        columns.getFirst().append(7L);
        Iterator<RowBatch> rows =
                List.of(RowBatch.of(columns, 1, engine.memory())).iterator();
        Path file = engine.scratch().resolve("part.parquet");
        engine.write(() -> rows.hasNext() ? rows.next() : null, 0, 2_048, file);
        Files.delete(file);
    }

    private static List<String> catalog(Engine engine) throws SQLException {
        DuckDBConnection connection = engine.connect();
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT view_name FROM duckdb_views() WHERE NOT internal UNION ALL SELECT table_name FROM"
                                + " duckdb_tables() UNION ALL SELECT name FROM duckdb_prepared_statements()")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    @Test
    void aTaskGetsTheEngineOfOneThatEndedWellAndFindsNothingOfIt() throws Exception {
        Path first;
        try (Engine engine = take()) {
            first = engine.scratch();
            try (Statement statement = engine.connect().createStatement()) {
                statement.execute("CREATE TEMP TABLE left_over AS SELECT 1");
                statement.execute("CREATE TEMP VIEW seen AS FROM left_over");
            }
            write(engine);
            engine.done();
        }
        for (int i = 0; i < 3; i++) {
            try (Engine engine = take()) {
                assertThat(engine.scratch()).isEqualTo(first);
                assertThat(catalog(engine)).isEmpty();
                write(engine);
                engine.done();
            }
        }
    }

    @Test
    void anEngineIsOfNoUseAnyMoreOnceATaskHasFailedIsCancelledOrLeavesAFile() throws Exception {
        List<Path> seen = new ArrayList<>();
        try (Engine failed = take()) {
            seen.add(failed.scratch());
            write(failed);
        }
        try (Engine cancelled = take()) {
            seen.add(cancelled.scratch());
            cancelled.cancel();
            assertThatThrownBy(() -> write(cancelled)).isInstanceOf(SQLException.class);
            cancelled.done();
        }
        try (Engine careless = take()) {
            seen.add(careless.scratch());
            Files.writeString(careless.scratch().resolve("left"), "of a task");
            careless.done();
        }
        try (Engine last = take()) {
            seen.add(last.scratch());
            write(last);
        }
        assertThat(seen).doesNotHaveDuplicates();
    }

    @Test
    void anEngineWhoseFolderSomebodyHasRemovedMeanwhileIsNotUsedAgain() throws Exception {
        Path first;
        try (Engine engine = take()) {
            first = engine.scratch();
            write(engine);
            engine.done();
        }
        remove(first);
        try (Engine second = take()) {
            assertThat(second.scratch()).isNotEqualTo(first);
            write(second);
            second.done();
        }
    }

    @Test
    void tasksAtOnceHaveEnginesOfTheirOwnAndTheCancellationOfOneIsNotTheOthers() throws Exception {
        Path one;
        try (Engine going = take()) {
            one = going.scratch();
            try (Engine cancelled = take()) {
                assertThat(cancelled.scratch()).isNotEqualTo(one);
                cancelled.cancel();
            }
            write(going);
            going.done();
        }
        try (Engine next = take()) {
            assertThat(next.scratch()).isEqualTo(one);
        }
    }

    @Test
    void whatIsInUseWhenAllAreClosedEndsWithItsTask() throws Exception {
        try (Engine engine = take()) {
            engines.close();
            write(engine);
            engine.done();
        }
    }
}
