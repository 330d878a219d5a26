package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which cursors a pipeline file may have, and beside what. */
class CursorRulesTest {
    private static final String MERGE = "destination: {table: shop.orders, write: merge, keys: [id]}";

    private static String file(String source, String... lines) {
        return "version: 1\nname: shop\nsource: " + source + "\nendpoints:\n  orders:\n    "
                + String.join("\n    ", lines) + "\n"
                + "    schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: at, type: TIMESTAMP}]\n";
    }

    private static String database(String... lines) {
        return file("{type: database, product: postgresql, host: db, database: shop, user: reader}", lines);
    }

    private static String api(String... lines) {
        return file("{type: rest, baseUrl: http://localhost}", lines);
    }

    /** Field, what was found and what is expected of the only error. */
    private static String error(String file) {
        assertThat(PipelineReader.read("shop.yaml", file)).isInstanceOf(PipelineReader.Result.Invalid.class);
        List<Problem.FieldError> errors =
                ((PipelineReader.Result.Invalid) PipelineReader.read("shop.yaml", file)).errors();
        assertThat(errors).as(file).hasSize(1);
        Problem.FieldError error = errors.getFirst();
        return error.field() + ": " + error.found() + " (expected: " + error.expected() + ")";
    }

    private static List<Problem.FieldError> warnings(String file) {
        assertThat(PipelineReader.read("shop.yaml", file)).isInstanceOf(PipelineReader.Result.Valid.class);
        return ((PipelineReader.Result.Valid) PipelineReader.read("shop.yaml", file)).warnings();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cursor: {column: at} | destination: {table: shop.orders, write: replace}"
                        + " | endpoints.orders.destination.write: replace (expected: merge, insert-only or append",
                "cursor: {column: at} | destination: {table: shop.orders, write: append}"
                        + " | endpoints.orders.destination.write: append (expected: merge or insert-only, with keys",
                "cursor: {column: at, unique: true, overlap: 1h} | destination: {table: shop.orders, write: append}"
                        + " | endpoints.orders.cursor.overlap: 1h (expected: nothing beside unique: true",
                "cursor: {column: at, unique: true, nulls: include} | destination: {table: shop.orders, write: append}"
                        + " | endpoints.orders.cursor.nulls: include (expected: fail or skip beside unique: true",
                "cursor: {column: at, overlap: 1d} | destination: {table: shop.orders, write: merge, keys: [id]}"
                        + " | endpoints.orders.cursor.overlap: 1d (expected: a duration such as 10m, or a whole number",
                "cursor: {column: at, settle: 0s} | destination: {table: shop.orders, write: merge, keys: [id]}"
                        + " | endpoints.orders.cursor.settle: PT0S (expected: more than nothing",
            })
    void whatWouldLoseOrDoubleRowsOfADatabaseIsAnError(String cursor, String destination, String error) {
        assertThat(error(database("table: orders", cursor, destination))).startsWith(error);
    }

    @Test
    void aCursorGoesWithNeitherADayNorDeletesByAbsence() {
        assertThat(error(database("table: orders", "cursor: {column: at}", MERGE, "day: {column: at}")))
                .startsWith("endpoints.orders.cursor: a cursor beside a day (expected: one of them");
        assertThat(error(database(
                        "table: orders",
                        "cursor: {column: at}",
                        "destination: {table: shop.orders, write: merge, keys: [id], deletes: {by: absence}}")))
                .startsWith("endpoints.orders.destination.deletes.by: absence (expected: flag, or no cursor");
    }

    @Test
    void aRequestAsksWithACursorAndHasOneToAskWith() {
        String query = "request: {path: /orders, query: {since: \"${cursor}\"}}";
        assertThat(error(api(query, MERGE)))
                .startsWith(
                        "endpoints.orders.request: ${cursor} (expected: a request without ${cursor}, or the key cursor");
        assertThat(error(api("request: {path: /orders}", "cursor: {path: at}", MERGE)))
                .startsWith("endpoints.orders.cursor: a cursor that the request doesn't ask with");
        assertThat(error(api("request: {path: \"/orders/${cursor}\"}", "cursor: {path: at}", MERGE)))
                .startsWith("endpoints.orders.cursor.initial: nothing (expected: what the first run asks with");
        assertThat(error(
                        api("request: {path: /orders, query: {since: \"${cursor:%Q}\"}}", "cursor: {path: at}", MERGE)))
                .contains("%Q in ${cursor:%Q}");
        assertThat(error(api(query, "cursor: {path: at, settle: 5m, take: last}", MERGE)))
                .startsWith("endpoints.orders.cursor.settle: PT5M (expected: nothing beside take: last");
        assertThat(warnings(api(query, "cursor: {path: at, settle: 5m, overlap: 10m}", MERGE)))
                .isEmpty();
    }

    @Test
    void aCursorOfADatabaseWithoutTimeForLateRowsIsWarnedOf() {
        assertThat(warnings(database("table: orders", "cursor: {column: at}", MERGE)))
                .extracting(Problem.FieldError::field)
                .containsExactly("endpoints.orders.cursor");
        assertThat(warnings(database("table: orders", "cursor: {column: at, settle: 5m}", MERGE)))
                .isEmpty();
        assertThat(warnings(database("table: orders", "cursor: {column: id, overlap: 1000}", MERGE)))
                .isEmpty();
    }
}
