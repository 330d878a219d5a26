package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem.FieldError;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several tables of one endpoint, as a file says it. */
class FurtherTablesTest {
    private static PipelineReader.Result read(String orders, String lines) {
        return PipelineReader.read(
                "shop.yaml", """
                version: 1
                name: shop
                source: {type: rest, baseUrl: "https://shop.example.com"}
                endpoints:
                  orders:
                    request: {path: /orders}
                    destination: {table: shop.orders, write: replace}
                ORDERS
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: day, type: DATE}]
                    furtherTables:
                      lines:
                        explode: lines
                        destination: {table: shop.lines, write: replace}
                LINES
                        schema:
                          - {name: order_id, type: INTEGER, from: id}
                          - {name: sku, type: STRING, from: lines.sku}
                          - {name: day, type: DATE}
                  stock:
                    request: {path: /stock}
                    destination: {table: shop.stock, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.replace("ORDERS\n", orders.indent(4)).replace("LINES\n", lines.indent(8)));
    }

    private static List<FieldError> errors(PipelineReader.Result result) {
        return switch (result) {
            case PipelineReader.Result.Invalid(List<FieldError> errors) -> errors;
            case PipelineReader.Result.Valid valid -> throw new AssertionError("valid: " + valid.pipeline());
        };
    }

    @Test
    void aFurtherTableIsAnEndpointThatReadsWhatItsOwnDoes() {
        Pipeline pipeline = ((PipelineReader.Result.Valid) read("", "staleAfter: 26h")).pipeline();
        assertThat(pipeline.allEndpoints().keySet()).containsExactly("orders", "lines", "stock");
        Endpoint orders = Objects.requireNonNull(pipeline.endpoints().get("orders"));
        Endpoint lines = Objects.requireNonNull(pipeline.allEndpoints().get("lines"));
        assertThat(lines.read()).isEqualTo(orders.read());
        assertThat(lines.explode()).isEqualTo("lines");
        assertThat(lines.schedule()).isNull();
        assertThat(lines.staleAfter()).hasHours(26);
        assertThat(pipeline.readerFor("lines")).contains("orders");
        assertThat(pipeline.readerFor("orders")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "day: {column: day} | '' | endpoints.orders.furtherTables.lines.day | nothing | the column with the day, as"
                        + " of the endpoint",
                "'' | day: {column: day} | endpoints.orders.furtherTables.lines.day | a day | none: the endpoint loads no"
                        + " days",
                "'' | filter: sku > | endpoints.orders.furtherTables.lines.filter | sku > | *",
                "'' | schedule: 0 6 * * * | endpoints.orders.furtherTables.lines.schedule | the unknown key schedule | *",
                "'' | 'checks: [{name: a, expression: nothing > 0}]' |"
                        + " endpoints.orders.furtherTables.lines.checks[0].expression | * | *",
            })
    void anErrorIsFoundWhereTheFurtherTableStands(
            String orders, String lines, String field, String found, String expected) {
        List<FieldError> errors = errors(read(unquoted(orders), unquoted(lines)));
        assertThat(errors).extracting(FieldError::field).contains(field);
        FieldError error = errors.stream()
                .filter(each -> each.field().equals(field))
                .findFirst()
                .orElseThrow();
        assertThat(error.line()).isGreaterThan(5);
        assertThat(error.found())
                .satisfies(text -> assertThat(found.equals("*") ? "*" : text).isEqualTo(found));
        assertThat(error.expected())
                .satisfies(text -> assertThat(expected.equals("*") ? "*" : text).isEqualTo(expected));
    }

    private static String unquoted(String cell) {
        return cell.startsWith("'") ? cell.substring(1, cell.length() - 1) : cell;
    }

    @Test
    void namesAndTablesAreTheirOwn() {
        String file = """
                version: 1
                name: shop
                source: {type: rest, baseUrl: "https://shop.example.com"}
                endpoints:
                  orders:
                    request: {path: /orders}
                    destination: {table: shop.orders, write: replace}
                    schema: [{name: id, type: INTEGER}]
                    furtherTables:
                      stock: {destination: {table: shop.Stock, write: replace}, schema: [{name: id, type: INTEGER}]}
                      orders: {destination: {table: shop.orders, write: append}, schema: [{name: id, type: INTEGER}]}
                      Big: {destination: {table: shop.big, write: append}, schema: []}
                  stock:
                    request: {path: /stock}
                    destination: {table: shop.stock, write: replace}
                    schema: [{name: id, type: INTEGER}]
                models:
                  a: {after: [big], destination: {table: shop.a, write: replace}, sql: SELECT 1}
                """;
        assertThat(errors(PipelineReader.read("shop.yaml", file)))
                .extracting(error -> error.line() + " " + error.field() + ": " + error.found())
                .contains("12 endpoints.orders.furtherTables.Big.schema: none");
        String valid = file.replace("schema: []", "schema: [{name: id, type: INTEGER}]");
        assertThat(errors(PipelineReader.read("shop.yaml", valid)))
                .extracting(error -> error.line() + " " + error.field() + ": " + error.found())
                .containsExactly(
                        "10 endpoints.orders.furtherTables.stock: stock",
                        "11 endpoints.orders.furtherTables.orders: orders",
                        "12 endpoints.orders.furtherTables.Big: Big",
                        "18 models.a.after[0]: big");
    }

    @Test
    void aBucketAndFieldsWithoutNamesHaveNoFurtherTables() {
        String further = "{lines: {destination: {table: a.lines, write: append}, schema: [{name: id, type: INTEGER}]}}";
        assertThat(errors(PipelineReader.read("a.yaml", """
                        version: 1
                        name: a
                        source: {type: files, folder: .}
                        endpoints:
                          lake:
                            files: {pattern: "*.csv", format: {type: csv}}
                            destination: {type: bucket, bucket: lake, key: a}
                            furtherTables: FURTHER
                          headless:
                            files: {pattern: "*.csv", format: {type: csv, header: false}}
                            destination: {table: a.headless, write: append}
                            schema: [{name: id, type: INTEGER}]
                            furtherTables: FURTHER
                        """.replace("FURTHER", further))))
                .extracting(error -> error.field() + ": " + error.expected())
                .contains(
                        "endpoints.lake.furtherTables: none: what is published to a bucket becomes no rows",
                        "endpoints.headless.files.format.columns: the names of the fields, beside further tables: the"
                                + " columns of one schema don't name them all");
    }
}
