package dev.millrace.loader.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.loader.BackupContract;
import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.Warehouse;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DuckDbWarehouseTest extends BackupContract {
    private @Nullable DuckDbWarehouse warehouse;

    @BeforeEach
    void open() throws InterruptedException {
        warehouse = new DuckDbWarehouse(
                config(folder.resolve("school.duckdb"), Duration.ofSeconds(60)),
                staged.store(),
                ObjectMapper.getDefault());
    }

    static DuckDbConfig config(Path file, Duration queryTimeout) {
        return new DuckDbConfig(file, "500MB", 2, Duration.ofMillis(300), queryTimeout, 2);
    }

    @AfterEach
    void close() {
        if (warehouse != null) {
            warehouse.close();
        }
    }

    @Override
    protected String element() {
        return "[1]";
    }

    @Override
    protected Warehouse warehouse() {
        if (warehouse == null) {
            throw new IllegalStateException("not open");
        }
        return warehouse;
    }

    @Override
    protected void drop() throws Exception {
        close();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("ATTACH '" + folder.resolve("school.duckdb") + "' AS school_file");
            statement.execute("CREATE SCHEMA IF NOT EXISTS school_file.school");
            statement.execute("DROP TABLE IF EXISTS school_file.school.students");
        }
        open();
    }

    @Override
    protected StagedRows staging() {
        return new StagedRows(folder.resolve("staging"));
    }

    @Override
    protected void spoil(Part part) throws IOException {
        byte[] bytes = Files.readAllBytes(staged.file(part));
        bytes[bytes.length / 2] ^= 1;
        Files.write(staged.file(part), bytes);
    }

    @Override
    protected void delete(Part part) throws IOException {
        Files.delete(staged.file(part));
    }

    @Override
    protected String culprit(Part part) {
        return part.path();
    }

    @Override
    protected int rounds() {
        return 60;
    }

    @Test
    void rowsKeepTheirOrder() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("3 c, 1 a"), rows("2 b")));
        load(tableLoad("2", destination(Write.APPEND), rows("1 a")));
        assertThat(query(ALL)).isEqualTo("3 c, 1 a, 2 b, 1 a");
    }

    @Test
    void jsonKeepsItsText() throws Exception {
        String json = "{\"a\": 1.10, \"b\":[12345678901234567890, 1e30]}";
        load(tableLoad(
                "1",
                1,
                destination(Write.REPLACE),
                List.of(StagedRows.column("j", Column.Type.JSON)),
                null,
                staged.part("SELECT '" + json + "' AS j")));
        assertThat(query("SELECT j FROM school.students")).isEqualTo(json);
    }

    @Test
    void aPartWithoutAColumnOrWithOneMoreIsNoPart() throws Exception {
        for (Part bad : List.of(
                staged.part("SELECT 3::BIGINT AS id"), staged.part("SELECT 3::BIGINT AS id, 'c' AS name, 1 AS more"))) {
            TableLoad tableLoad = tableLoad("1", destination(Write.REPLACE), rows("1 a"), bad);
            assertThat(failure(ErrorCode.STAGING_CORRUPT, () -> load(tableLoad)).detail())
                    .contains(bad.path());
        }
    }

    @Test
    void aProjectOrCaseInTheNameMakesNoDifference() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("1 a")));
        load(tableLoad(
                "2",
                new Destination.Table("my-project.School.STUDENTS", Write.APPEND, List.of(), Destination.Empty.FAIL),
                rows("2 b")));
        assertThat(query(ALL)).isEqualTo("1 a, 2 b");
    }
}
