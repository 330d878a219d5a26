package dev.millrace.loader;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.RowForm;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every warehouse says of tables, and how it reads their rows. */
public abstract class TableRowsContract extends WarehouseContract {
    private static final int COUNT = 300;

    private static TableRows.Wanted wanted(
            List<TableRows.Filter> filters, List<TableRows.Order> order, int limit, @Nullable String after) {
        return new TableRows.Wanted(TABLE, List.of("ID"), filters, order, limit, after);
    }

    private static TableRows.Filter filter(String column, TableRows.Operator operator, String... values) {
        return new TableRows.Filter(column, operator, List.of(values));
    }

    /** Of (id, name, n), of which the last two are often NULL, and often equal. */
    private void loadMany(String load) throws Exception {
        loadMany(load, COUNT);
    }

    private void loadMany(String load, int count) throws Exception {
        List<Column> schema = List.of(
                required("id", Column.Type.INTEGER),
                column("name", Column.Type.STRING),
                column("n", Column.Type.INTEGER));
        load(tableLoad(
                load,
                1,
                destination(Write.REPLACE),
                schema,
                null,
                staged.part("SELECT i AS id, CASE WHEN i % 10 < 3 THEN NULL ELSE 'n' || (i % 7) END AS name,"
                        + " CASE WHEN i % 3 = 0 THEN NULL ELSE i % 5 END AS n FROM range(" + count + ") AS r(i)")));
    }

    private List<String> pages(List<TableRows.Order> order, int limit) throws Exception {
        List<String> ids = new ArrayList<>();
        String after = null;
        do {
            TableRows page = warehouse().rows(wanted(List.of(), order, limit, after));
            assertThat(page.rows()).hasSizeBetween(1, limit);
            page.rows().forEach(row -> ids.add(row.getFirst()));
            after = page.next();
        } while (after != null);
        return ids;
    }

    @Test
    void pagesHaveEachRowOnceInTheirOrderAlsoWhereWhatTheyAreSortedByIsNull() throws Exception {
        loadMany("1");

        List<TableRows.Order> all = List.of(
                new TableRows.Order("name", false), new TableRows.Order("n", true), new TableRows.Order("id", false));
        assertThat(String.join(", ", pages(all, 37)))
                .isEqualTo(query("SELECT id FROM " + TABLE + " ORDER BY name ASC NULLS LAST, n DESC NULLS FIRST, id"));
        for (List<TableRows.Order> order : List.of(
                List.<TableRows.Order>of(),
                List.of(new TableRows.Order("n", true)),
                List.of(new TableRows.Order("n", false), new TableRows.Order("name", true)))) {
            assertThat(pages(order, 41)).hasSize(COUNT).doesNotHaveDuplicates();
        }
        assertThat(pages(List.of(new TableRows.Order("n", false)), 45)) // a page of DuckDB's optimizer has 50
                .hasSize(COUNT)
                .doesNotHaveDuplicates();
    }

    @Test
    void pagesAreOfOneVersionOfTheTable() throws Exception {
        loadMany("1");
        TableRows first = warehouse().rows(wanted(List.of(), List.of(), 10, null));
        load(tableLoad(
                "2",
                1,
                destination(Write.REPLACE),
                List.of(
                        required("id", Column.Type.INTEGER),
                        column("name", Column.Type.STRING),
                        column("n", Column.Type.INTEGER)),
                null,
                staged.part("SELECT -1::BIGINT AS id, 'x' AS name, 1::BIGINT AS n")));

        try { // either is right, and a row of the later version isn't
            TableRows second = warehouse().rows(wanted(List.of(), List.of(), 1_000, first.next()));
            assertThat(second.rows()).hasSize(COUNT - 10);
        } catch (MillraceException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.PAGE_GONE);
        }
        TableRows anew = warehouse().rows(wanted(List.of(), List.of(), 10, null));
        assertThat(anew.rows()).containsExactly(List.of("-1"));
        assertThat(anew.version()).isNotEqualTo(first.version());
    }

    private List<String> all(TableRows.Wanted wanted) throws Exception {
        try (InputStream bytes = warehouse().all(wanted, ExportFormat.NDJSON).bytes()) {
            return new String(bytes.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    @Test
    void allRowsGoOnWithWhatTheTableWasWhateverIsLoadedMeanwhile() throws Exception {
        int count = 25_000;
        loadMany("1", count);
        TableRows.Wanted wanted = wanted(List.of(), List.of(), TableRows.MOST, null);

        AllRows rows = warehouse().all(wanted, ExportFormat.NDJSON);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(rows.bytes(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("{\"id\":0}");
            loadMany("2", 5);
            loadMany("3", 7);
            assertThat(warehouse().versionOf(TABLE)).isNotEqualTo(rows.version());
            assertThat(all(wanted)).hasSize(7);
            assertThat(lines.lines()).hasSize(count - 1).doesNotHaveDuplicates().contains("{\"id\":24999}");
        }
    }

    @Test
    void allRowsThatAreWantedComeInTheirOrder() throws Exception {
        loadMany("1");
        TableRows.Wanted wanted = new TableRows.Wanted(
                TABLE,
                List.of("n", "id"),
                List.of(filter("id", TableRows.Operator.LT, "200"), filter("n", TableRows.Operator.IN, "1", "2", "3")),
                List.of(new TableRows.Order("n", true), new TableRows.Order("id", false)),
                1_000,
                null);

        TableRows page = warehouse().rows(wanted);
        assertThat(all(wanted))
                .isEqualTo(new String(RowForm.NDJSON.rows(page.columns(), page.rows()), StandardCharsets.UTF_8)
                        .lines()
                        .toList())
                .hasSizeGreaterThan(50);
        assertThat(page.version()).isEqualTo(warehouse().versionOf(TABLE));
        try (InputStream csv = warehouse().all(wanted, ExportFormat.CSV).bytes()) {
            assertThat(new String(csv.readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("n,id\r\n3,")
                    .hasLineCount(page.rows().size() + 1);
        }
        assertThat(all(wanted(List.of(filter("id", TableRows.Operator.LT, "0")), List.of(), 1, null)))
                .isEmpty();
        failure(
                ErrorCode.REQUEST_INVALID,
                () -> all(wanted(List.of(filter("size", TableRows.Operator.EQ, "1")), List.of(), 1, null)));
        failure(
                ErrorCode.TABLE_UNKNOWN,
                () -> all(new TableRows.Wanted("school.nowhere", List.of(), List.of(), List.of(), 1, null)));
    }

    private String filtered(TableRows.Filter... filters) throws Exception {
        return String.join(
                " ",
                warehouse()
                        .rows(wanted(List.of(filters), List.of(new TableRows.Order("id", false)), 1_000, null))
                        .rows()
                        .stream()
                        .map(List::getFirst)
                        .toList());
    }

    @Test
    void rowsAreFilteredByBoundValues() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a, 2 b, 3 c, 4 it's a%b, 5 A")));

        assertThat(filtered(filter("id", TableRows.Operator.EQ, "2"))).isEqualTo("2");
        assertThat(filtered(filter("id", TableRows.Operator.NE, "2"))).isEqualTo("1 3 4 5");
        assertThat(filtered(filter("id", TableRows.Operator.LT, "2"))).isEqualTo("1");
        assertThat(filtered(filter("id", TableRows.Operator.LE, "2"))).isEqualTo("1 2");
        assertThat(filtered(filter("id", TableRows.Operator.GT, "4"))).isEqualTo("5");
        assertThat(filtered(filter("id", TableRows.Operator.GE, "2"), filter("id", TableRows.Operator.LT, "4")))
                .isEqualTo("2 3");
        assertThat(filtered(filter("name", TableRows.Operator.IN, "a", "c", "it's a%b")))
                .isEqualTo("1 3 4");
        assertThat(filtered(filter("name", TableRows.Operator.LIKE, "it's%"))).isEqualTo("4");
        assertThat(filtered(filter("name", TableRows.Operator.LIKE, "%\\%%"))).isEqualTo("4");
        assertThat(filtered(filter("name", TableRows.Operator.EQ, "' OR '1'='1")))
                .isEmpty();
        assertThat(filtered(filter("name", TableRows.Operator.NULL))).isEmpty();
        assertThat(filtered(filter("name", TableRows.Operator.NOT_NULL))).isEqualTo("1 2 3 4 5");
    }

    @Test
    void whatMakesNoSenseIsRefused() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));

        assertThat(failure(ErrorCode.REQUEST_INVALID, () -> filtered(filter("size", TableRows.Operator.EQ, "1")))
                        .detail())
                .isEqualTo("filter: no column 'size' (expected: one of id, name)");
        assertThat(failure(ErrorCode.REQUEST_INVALID, () -> filtered(filter("id", TableRows.Operator.EQ, "1.5")))
                        .detail())
                .isEqualTo("filter: id is INTEGER, not '1.5' (expected: a value such as 42)");
        failure(ErrorCode.REQUEST_INVALID, () -> filtered(filter("id", TableRows.Operator.EQ, "9223372036854775808")));
        failure(ErrorCode.REQUEST_INVALID, () -> filtered(filter("id", TableRows.Operator.LIKE, "1")));
        failure(ErrorCode.REQUEST_INVALID, () -> pages(List.of(new TableRows.Order("size", false)), 1));
        failure(
                ErrorCode.TABLE_UNKNOWN,
                () -> warehouse()
                        .rows(new TableRows.Wanted("school.nowhere", List.of(), List.of(), List.of(), 1, null)));
    }

    @Test
    void tablesAreKnownWithTheirColumnsRowsAndLastLoad() throws Exception {
        load(tableLoad("1", destination(Write.APPEND), rows("1 a, 2 b")));
        load(tableLoad("2", destination(Write.APPEND), rows("3 c")));

        TableFacts facts = warehouse().tables(new TableFacts.Wanted(List.of("school.nowhere", TABLE)));
        assertThat(facts.tables()).singleElement().satisfies(table -> {
            assertThat(table.name()).isEqualTo(TABLE);
            assertThat(table.columns())
                    .containsExactly(
                            new TableFacts.Column("id", "INTEGER", false),
                            new TableFacts.Column("name", "STRING", true));
            assertThat(table.rows()).isEqualTo(3);
            assertThat(table.loadedBy()).isEqualTo("run-of-2");
            assertThat(table.loadedAt()).isNotNull();
        });
    }
}
