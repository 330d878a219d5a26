package dev.millrace.pipeline;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.rest.ForEach;
import dev.millrace.pipeline.rest.Listing;
import dev.millrace.pipeline.rest.Request;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request may be sent for, and what of it may be referred to. */
class ForEachRulesTest {
    private static final String LINES = "request: {path: \"/orders/${order.id}/lines\"}";

    private static String file(String orders, String... lines) {
        return """
                version: 1
                name: shop
                source: {type: rest, baseUrl: http://localhost}
                endpoints:
                  orders:
                    request: {path: /orders%s}
                    destination: {table: shop.orders, write: merge, keys: [id]}
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}]
                  lines:
                    %s
                """.formatted(orders, String.join("\n    ", lines))
                + (String.join("", lines).contains("destination:")
                        ? ""
                        : "    destination: {table: shop.lines, write: replace}\n")
                + (String.join("", lines).contains("schema:")
                        ? ""
                        : "    schema: [{name: id, type: INTEGER, mode: REQUIRED}]\n");
    }

    private static String lines(String... lines) {
        return file("", lines);
    }

    /** Place, what was found and what is expected of the only error. */
    private static String error(String file) {
        assertThat(PipelineReader.read("shop.yaml", file)).isInstanceOf(PipelineReader.Result.Invalid.class);
        List<Problem.FieldError> errors =
                ((PipelineReader.Result.Invalid) PipelineReader.read("shop.yaml", file)).errors();
        assertThat(errors).as(errors + file).hasSize(1);
        Problem.FieldError error = errors.getFirst();
        return error.line() + " " + error.field().replace("endpoints.lines.", "") + ": " + error.found()
                + " (expected: " + error.expected() + ")";
    }

    private static Pipeline valid(String file) {
        return switch (PipelineReader.read("shop.yaml", file)) {
            case PipelineReader.Result.Valid valid -> valid.pipeline();
            case PipelineReader.Result.Invalid invalid -> throw new AssertionError(invalid + file);
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{as: order} | 10 forEach: nothing to send it for (expected: one of endpoint, list, values, range, file and query)",
                "{as: order, endpoint: orders, file: x.csv} | 10 forEach.file: endpoint and file (expected: one of",
                "{as: order, endpoint: order} | 10 forEach.endpoint: order (expected: orders, if that was meant",
                "{as: order, endpoint: lines} | 10 forEach.endpoint: lines (expected: an endpoint without forEach",
                "{as: order, file: x.json} | 10 forEach.file: x.json (expected: a name that ends in .csv or .ndjson)",
                "{as: Order, endpoint: orders} | 10 forEach.as: Order (expected: a lower case letter",
                "{as: day, endpoint: orders} | 10 forEach.as: day (expected: another name: ${day}",
                "{as: cursors, endpoint: orders} | 10 forEach.as: cursors (expected: another name",
                "{as: secret, endpoint: orders} | 10 forEach.as: secret (expected: another name",
                "{as: order, endpoint: orders, parallel: 65} | 10 forEach.parallel: 65 (expected: 1 to 64)",
                "{as: order, endpoint: orders, maxRequests: 0} | 10 forEach.maxRequests: 0 (expected: 1 to 5000000)",
                "{as: order, endpoint: orders, fields: ['tags[0]']} | 10 forEach.fields[0]: tags[0] (expected: names",
                "{as: item, endpoint: orders} | 11 request.path: ${order.id} (expected: ${item.…}, as forEach calls it)",
                "{as: order, values: [a, b]} | 11 request.path: ${order.id} (expected: ${order}: it is a single value)",
                "{as: order, list: {request: {path: '/${x}'}}}"
                        + " | 10 forEach.list.request.path: ${x} (expected: ${secret:NAME}",
            })
    void whatNoRequestCouldBeSentForIsAnErrorWithItsPlace(String forEach, String error) {
        assertThat(error(lines("forEach: " + forEach, LINES))).startsWith(error);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{values: [a, a], as: x} | 10 forEach.values[1]: a (expected: each value once)",
                "{values: [a, ''], as: x} | 10 forEach.values[1]:  (expected: 1 to 1000 characters",
                "{values: [a], as: x, fields: [b]} | 10 forEach.fields: [b] (expected: none: a value has no fields",
                "{range: {from: 2, to: 1}, as: x} | 10 forEach.range.to: 1 (expected: 2 or more)",
                "{range: {from: 1, to: x}, as: x} | 10 forEach.range.to: x (expected: a whole number or a day",
                "{range: {from: 1, to: 2026-01-01}, as: x} | 10 forEach.range.to: 2026-01-01 (expected: a number, as from)",
                "{range: {from: 2026-02-30, to: 2026-03-01}, as: x} | 10 forEach.range.from: 2026-02-30 (expected: a whole",
                "{range: {from: 1, to: 3, step: 0}, as: x} | 10 forEach.range.step: 0 (expected: 1 or more)",
                "{range: {from: 1, to: 10000000}, as: x} | 10 forEach.range: 10000000 values (expected: maxRequests at most",
            })
    void valuesAreFewEnoughAndDifferFromEachOther(String forEach, String error) {
        assertThat(error(lines("forEach: " + forEach, "request: {path: \"/${x}\"}")))
                .startsWith(error);
    }

    @Test
    void aRequestRefersToWhatItIsSentForAndToNothingElse() {
        String forEach = "forEach: {endpoint: orders, as: order}";
        assertThat(error(lines(forEach, "request: {path: /lines}")))
                .startsWith("10 forEach: a request that is the same each time (expected: ${order.…} in path, query");
        assertThat(error(lines(forEach, "request: {path: /lines, query: {order: \"${order}\"}}")))
                .startsWith("11 request.query.order: ${order} (expected: a field of it, such as ${order.id})");
        assertThat(error(lines("request: {path: \"/orders/${order.id}\"}")))
                .startsWith(
                        "10 request.path: ${order.id} (expected: ${secret:NAME}, ${day}, ${cursor}, or the key forEach");
        assertThat(error(lines(forEach, "request: {path: /x, headers: {x-order: \"${order.a[1]}\"}}")))
                .startsWith("11 request.headers.x-order: a[1] (expected: names with a point between them");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"order\": ${order.id}}", "{\"order\": \"${order.id}\", \"name\": \"of ${order.name}\"}"})
    void aBodyMayReferToIt(String body) {
        Pipeline pipeline =
                valid(lines("forEach: {endpoint: orders, as: order}", "request: {path: /lines, body: '" + body + "'}"));
        assertThat(pipeline.endpoints()).containsKey("lines");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "from: order.name | 12 schema[0].from: order.name (expected: a field of order that is kept",
                "from: 'order.customer.id' | 12 schema[0].from: order.customer.id (expected: a field of order that is kept",
                "from: order.id | ",
                "from: order | ",
                "from: order.customer.name | ",
                "from: order.customer | ",
                "from: order.address.city | ",
                "from: orders.name | ",
            })
    void aColumnReadsWhatIsKept(String from, String error) {
        String file = lines(
                "forEach: {endpoint: orders, as: order, fields: [customer.name, address]}",
                LINES,
                "schema: [{name: a, type: STRING, " + from + "}]");
        if (error == null) {
            assertThat(valid(file).endpoints()).hasSize(2);
        } else {
            assertThat(error(file)).startsWith(error);
        }
    }

    @Test
    void aColumnReadsAValueItself() {
        String forEach = "forEach: {values: [north, south], as: region}";
        String request = "request: {path: \"/${region}\"}";
        assertThat(valid(lines(forEach, request, "schema: [{name: region, type: STRING}]"))
                        .endpoints())
                .hasSize(2);
        assertThat(error(lines(forEach, request, "schema: [{name: a, type: STRING, from: region.name}]")))
                .startsWith("12 schema[0].from: region.name (expected: region, which is a single value)");
    }

    @Test
    void keepsAFieldOnceThoughTwoPathsLeadToIt() {
        RestRead read = read(
                valid(lines(
                        "forEach: {endpoint: orders, as: order, fields: [customer, id]}",
                        "request: {path: \"/${order.customer.name}/${order.id}\"}")),
                "lines");
        assertThat(forEach(read).kept(read.request()).stream().map(JsonPath::toString))
                .containsExactly("customer", "id");
    }

    private static RestRead read(Pipeline pipeline, String endpoint) {
        return (RestRead) requireNonNull(pipeline.endpoints().get(endpoint)).read();
    }

    private static ForEach forEach(RestRead read) {
        ForEach forEach = read.forEach();
        assertThat(forEach).isNotNull();
        return forEach;
    }

    @Test
    void isCompleteOnceItsFolderIsKnown() {
        Pipeline pipeline = valid(lines("forEach: {endpoint: orders, as: order}", LINES))
                .in(Path.of("/pipelines").toAbsolutePath());
        RestRead read = read(pipeline, "lines");
        Request parents = read(pipeline, "orders").request();
        assertThat(forEach(read).list()).extracting(Listing::request).isEqualTo(parents);

        Pipeline ofFile = valid(lines("forEach: {file: stores.csv, as: order}", LINES))
                .in(Path.of("/pipelines").toAbsolutePath());
        assertThat(forEach(read(ofFile, "lines")).file())
                .isEqualTo(Path.of("/pipelines/stores.csv").toAbsolutePath().toString());
    }

    @Test
    void whatTheListNeedsIsNeededByWhoeverIsSentForIt() {
        String forEach = "forEach: {endpoint: orders, as: order}";
        String day = ", query: {day: \"${day}\"}}\n    day: {column: at";
        String withDay = file(day, forEach, LINES).replace("[{name: id", "[{name: at, type: DATE}, {name: id");
        assertThat(error(withDay)).startsWith("11 forEach: ${day} (expected: a forEach without ${day}, or the key day");
        String cursor = ", query: {since: \"${cursor}\"}}\n    cursor: {path: at";
        assertThat(error(file(cursor, forEach, LINES)))
                .startsWith("13 destination.write: replace (expected: merge, insert-only or append");
        String merged = "destination: {table: shop.lines, write: merge, keys: [id]}";
        assertThat(read(
                                valid(file(cursor, forEach, LINES, merged))
                                        .in(Path.of("/").toAbsolutePath()),
                                "lines")
                        .cursorName())
                .isEqualTo("at");
        assertThat(error(file(
                        cursor,
                        forEach,
                        "request: {path: \"/${order.id}\", query: {since: \"${cursor}\"}}",
                        "cursor: {path: at}",
                        merged)))
                .startsWith("11 forEach: a list with a cursor, for an endpoint with a cursor (expected: one of them");
    }

    @Test
    void pagesOfOneListAreReadOneAfterTheOther() {
        assertThat(error(lines(
                        "forEach: {endpoint: orders, as: order}",
                        LINES,
                        "pagination: {type: page, parallel: 4, total: t}")))
                .startsWith("12 pagination.parallel: 4 (expected: 1: beside forEach, its parallel counts)");
        assertThat(error(lines(
                        "forEach: {endpoint: orders, as: order}",
                        "request: {path: \"/${order.id}\", query: {since: \"${cursor}\"}}",
                        "cursor: {path: at, take: last}",
                        "destination: {table: shop.lines, write: merge, keys: [id]}")))
                .startsWith("12 cursor.take: last (expected: max");
    }
}
