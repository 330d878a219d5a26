package dev.millrace.loader.duckdb;

import static dev.millrace.loader.StagedRows.column;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.loader.DryRunContract;
import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.Warehouse;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Query;
import io.micronaut.serde.ObjectMapper;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DuckDbDryRunTest extends DryRunContract {
    private DuckDbWarehouse warehouse;

    @BeforeEach
    void open() throws InterruptedException {
        warehouse = new DuckDbWarehouse(
                DuckDbWarehouseTest.config(folder.resolve("school.duckdb"), Duration.ofSeconds(60)),
                staged.store(),
                ObjectMapper.getDefault());
    }

    @AfterEach
    void close() {
        warehouse.close();
    }

    @Override
    protected StagedRows staging() {
        return new StagedRows(folder.resolve("staging"));
    }

    @Override
    protected Warehouse warehouse() {
        return warehouse;
    }

    @Override
    protected String everything() throws Exception {
        StringBuilder everything = new StringBuilder()
                .append(rows("SELECT table_schema, table_name, column_name, data_type, is_nullable"
                        + " FROM information_schema.columns ORDER BY ALL"))
                .append(rows("SELECT * FROM millrace.ledger ORDER BY load"));
        for (List<String> table : warehouse
                .query(new Query(
                        "SELECT format('\"{}\".\"{}\"', table_schema, table_name) FROM information_schema.tables"
                                + " WHERE table_schema <> 'millrace' ORDER BY ALL",
                        1_000))
                .rows()) {
            everything.append(rows("SELECT * FROM " + table.getFirst() + " ORDER BY ALL"));
        }
        return everything.toString();
    }

    private String rows(String sql) throws InterruptedException {
        return warehouse.query(new Query(sql, 10_000)).rows() + "\n";
    }

    @Test
    void rowsAreCountedAsTheLoadWouldCountThem() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        assertThat(plan(tableLoad(destination(Write.APPEND), ROWS, part(3))).steps())
                .containsExactly("would append 3 rows to school.students, which has 5");
        assertThat(plan(tableLoad(destination(Write.REPLACE), ROWS, part(3))).steps())
                .containsExactly("would replace 5 rows of school.students with 3 rows");
        assertThat(plan(tableLoad(destination(Write.MERGE, "id"), ROWS, part(8), part(2)))
                        .steps())
                .containsExactly("would merge 10 rows into school.students, which has 5: 5 of these would be replaced,"
                        + " 2 rows superseded");
    }

    @Test
    void rowsOfAnotherDayFailTheDryRunAsTheyFailTheLoad() {
        List<Column> dated = List.of(column("at", Column.Type.DATE));
        Destination.Table daily =
                new Destination.Table("school.days", Write.REPLACE, List.of(), Destination.Empty.FAIL);
        TableLoad.Window window = new TableLoad.Window("at", RunWindow.parse("2026-01-31"));
        failsAlike(
                ErrorCode.SOURCE_INCONSISTENT,
                tableLoad(daily, dated, window, staged.part("SELECT DATE '2026-02-01' AS at")));
    }
}
