package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InsightReaderTest {
    @TempDir
    private Path folder;

    private void file(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private Insight valid(String name) {
        return switch (InsightReader.read(folder, name)) {
            case InsightReader.Result.Valid(Insight insight) -> insight;
            case InsightReader.Result.Invalid(List<Problem.FieldError> errors) ->
                throw new AssertionError(errors.toString());
        };
    }

    /** Each as {@code FILE:LINE:COLUMN FIELD: found FOUND (EXPECTED)}. */
    private List<String> errors(String name) {
        return InsightReader.read(folder, name) instanceof InsightReader.Result.Invalid(List<Problem.FieldError> errors)
                ? errors.stream()
                        .map(error -> Path.of(String.valueOf(error.file())).getFileName() + ":" + error.line() + ":"
                                + error.column() + " " + error.field() + ": found " + error.found() + " ("
                                + error.expected() + ")")
                        .toList()
                : List.of();
    }

    @Test
    void theHeadIsYamlInCommentsAndTheSqlIsTheWholeFile() throws IOException {
        String sql = """
                -- title: Orders
                -- description: >-
                --   Of a day,
                --   all of them.
                -- parameters:
                --   day: {type: DATE, default: 2026-01-31}
                --   least: {type: NUMERIC, description: In euros.}
                -- chart: {type: line, x: day, y: [n]}
                -- timeout: 1m30s

                -- no part of it: {
                SELECT 1 AS n
                """;
        file("ORDERS.sql", sql);
        file("ORDERS.bigquery.sql", "SELECT 2 AS n");
        file("notes.txt", "");

        Insight insight = valid("ORDERS");

        assertThat(insight.head())
                .isEqualTo(new Insight.Head(
                        "Orders",
                        "Of a day, all of them.",
                        Ordered.copy(insight.head().parameters()),
                        new Insight.Chart(Insight.Chart.Kind.LINE, "day", List.of("n")),
                        Duration.ofSeconds(90)));
        assertThat(insight.head().parameters())
                .containsEntry("day", new Insight.Parameter(Column.Type.DATE, "2026-01-31", null))
                .containsEntry("least", new Insight.Parameter(Column.Type.NUMERIC, null, "In euros."));
        assertThat(insight.sql("duckdb")).isEqualTo(sql);
        assertThat(insight.sql("bigquery")).isEqualTo("SELECT 2 AS n");
        assertThat(InsightReader.names(folder)).containsExactly("ORDERS");
        assertThat(InsightReader.names(folder.resolve("none"))).isEmpty();
    }

    @Test
    void anErrorSaysWhereItIs() throws IOException {
        file("a.sql", """
                -- title: A
                -- parameters:
                --   day: {type: DATE, default: 2026-02-30}
                --   table: {type: STRING}
                --   Big: {type: JSON}
                -- chart: {type: tart, x: a, y: []}
                SELECT 1
                """);
        assertThat(errors("a"))
                .containsExactly(
                        "a.sql:3:33 parameters.day.default: found 2026-02-30 (a value such as 2026-01-31)",
                        "a.sql:5:18 parameters.Big.type: found JSON (INTEGER, NUMERIC, FLOAT, BOOLEAN, STRING, DATE, TIME,"
                                + " DATETIME or TIMESTAMP)",
                        "a.sql:6:18 chart.type: found tart (one of bar, stacked-bar, line, pie)");

        file("b.sql", "-- title: B\n-- parameters: {limit: {type: STRING}}\nSELECT 1");
        assertThat(errors("b"))
                .containsExactly("b.sql:2:17 parameters.limit: found limit (another name: the call has this one)");

        file("c.sql", "-- title: [\nSELECT 1");
        assertThat(errors("c")).singleElement().asString().contains("(YAML in the comments before the SQL)");
        file("d.sql", "SELECT 1");
        assertThat(errors("d"))
                .containsExactly("d.sql:1:1 : found no head (comments that begin with -- title: and a few words)");
        file("e.sql", "-- title: E\n");
        file("e.duckdb.more.sql", "SELECT 1");
        assertThat(errors("e"))
                .containsExactly(
                        "e.sql:1:1 : found no SQL (one SELECT)",
                        "e.duckdb.more.sql:1:1 : found the name e.duckdb.more.sql (e.WAREHOUSE.sql)");
        file("f.bigquery.sql", "SELECT 1");
        assertThat(errors("f"))
                .containsExactly(
                        "f.sql:1:1 : found no such file (the insight's title, and its SQL for every warehouse)");
    }
}
