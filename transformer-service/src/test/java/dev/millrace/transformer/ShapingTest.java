package dev.millrace.transformer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.Shaping;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Reject;
import dev.millrace.transformer.TransformerUnderTest.Result;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are more, fewer or other than the records. */
class ShapingTest {
    @TempDir
    static Path folder;

    private static TransformerUnderTest transformer;

    @BeforeAll
    static void start() throws Exception {
        transformer = TransformerUnderTest.start(folder);
    }

    @AfterAll
    static void stop() {
        transformer.close();
    }

    /** As an endpoint of a file would have it. */
    private static Shaping shaping(String keys) {
        String file = """
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  rows:
                    files: {pattern: "*", format: {type: ndjson}}
                    destination: {table: a.b, write: append}
                """ + keys.indent(4);
        return switch (PipelineReader.read("sample", file)) {
            case PipelineReader.Result.Valid(Pipeline pipeline, var _) ->
                requireNonNull(pipeline.endpoints().get("rows")).shaping();
            case PipelineReader.Result.Invalid invalid -> throw new AssertionError(invalid);
        };
    }

    private static Result shape(String keys, String... records) throws Exception {
        return transformer.transform(shaping(keys), List.of(TransformerUnderTest.bytes(records)));
    }

    private static List<String> reasons(Result result) {
        return result.rejects().stream()
                .map(reject -> reject.row() + ": " + reject.reason())
                .toList();
    }

    @Test
    void anArrayMakesOneRowOfEachElementAndARecordWithoutElementsStaysARow() throws Exception {
        Result result = shape(
                """
                explode: order.lines
                schema:
                  - {name: id, type: INTEGER}
                  - {name: line, type: INTEGER, metadata: element}
                  - {name: sku, type: STRING, from: order.lines.sku}
                  - {name: whole, type: JSON, from: order.lines}
                  - {name: city, type: STRING, from: order.city}
                """,
                "{\"order\":{\"lines\":[{\"sku\":\"a\"},{\"sku\":\"b\"}, null],\"city\":\"Oslo\"},\"id\":1}",
                "{\"id\":2,\"order\":{\"lines\":[]}}",
                "{\"id\":3,\"order\":{\"lines\":null}}",
                "{\"id\":4}",
                "{\"id\":5,\"order\":{\"lines\":{\"sku\":\"c\"}}}",
                "{\"id\":6,\"order\":7}",
                "{\"id\":7,\"order\":{\"lines\":[{\"sku\":\"d\"},5]}}");

        assertThat(result.rows())
                .containsExactly(
                        Arrays.asList(1L, 1L, "a", "{\"sku\":\"a\"}", "Oslo"),
                        Arrays.asList(1L, 2L, "b", "{\"sku\":\"b\"}", "Oslo"),
                        Arrays.asList(1L, 3L, null, null, "Oslo"),
                        Arrays.asList(2L, null, null, null, null),
                        Arrays.asList(3L, null, null, null, null),
                        Arrays.asList(4L, null, null, null, null));
        assertThat(reasons(result))
                .containsExactly(
                        "5: the record can't be exploded: the value is no array",
                        "6: the record can't be exploded: the path of the array leads through a value that is no object",
                        "7: sku can't be reached: order.lines.sku leads through a value that is no object");
        assertThat(result.manifest().counts()).isEqualTo(new Counts(7, 6, 3, 0, 2));
    }

    @Test
    void allThatIsWrongWithARecordIsSaidColumnByColumn() throws Exception {
        Result result =
                shape("""
                checks:
                  - {name: positive, expression: n > 0}
                  - {name: even, expression: n % 2 = 0}
                schema:
                  - {name: id, type: INTEGER, mode: REQUIRED}
                  - {name: day, type: DATE}
                  - {name: n, type: INTEGER, mode: REQUIRED}
                """, "{\"day\":\"soon\",\"n\":\"x\"}", "{\"id\":2,\"n\":-1}", "{\"id\":3,\"n\":2}", "[4]");

        assertThat(result.rejects())
                .extracting(reject -> reject.row() + ": "
                        + reject.faults().stream()
                                .map(fault -> fault.column() + " " + fault.value() + " " + fault.code())
                                .toList())
                .containsExactly(
                        "1: [id null VALUE_MISSING, day soon VALUE_INVALID, n x VALUE_INVALID]",
                        "2: [null null CHECK_UNMET, null null CHECK_UNMET]",
                        "4: [null null RECORD_MALFORMED]");
        assertThat(result.manifest().counts()).isEqualTo(new Counts(4, 1, 3, 0, 0));
    }

    /** Some stretches of records make many rows, some make hardly any, and the threads get several stretches. */
    @Test
    void rowsRejectsAndCountsOfManyRecordsAreInTheirOrderHoweverManyRowsARecordMakes() throws Exception {
        int count = 40_000;
        int stretch = 5_000;
        String text = "some text ".repeat(30);
        StringBuilder lines = new StringBuilder();
        List<List<Object>> rows = new ArrayList<>();
        List<String> rejects = new ArrayList<>();
        int filtered = 0;
        for (int i = 0; i < count; i++) {
            int elements = i / stretch % 2 == 0 ? 4 : 1;
            boolean rare = elements == 1 && i % 1_000 != 0;
            String id = i % 777 == 0 ? "\"bad\"" : String.valueOf(i);
            String array =
                    IntStream.rangeClosed(1, elements).mapToObj(String::valueOf).collect(Collectors.joining(","));
            lines.append(
                    "{\"id\":" + id + ",\"keep\":" + !rare + ",\"n\":[" + array + "],\"text\":\"" + text + "\"}\n");
            if (i % 777 == 0) {
                rejects.add(i % (count / 2) + 1 + ": id is not a whole number");
            } else if (rare) {
                filtered++;
            } else {
                for (long n = 1; n <= elements; n++) {
                    rows.add(List.of((long) i, n));
                }
            }
        }
        byte[] all = lines.toString().getBytes(StandardCharsets.US_ASCII);
        int half = lines.indexOf("\n{\"id\":" + count / 2 + ",") + 1;

        Result result = transformer.transform(
                shaping("""
                        explode: n
                        filter: keep
                        schema:
                          - {name: id, type: INTEGER}
                          - {name: n, type: INTEGER}
                          - {name: keep, type: BOOLEAN}
                          - {name: text, type: STRING}
                        """), List.of(Arrays.copyOf(all, half), Arrays.copyOfRange(all, half, all.length)));

        assertThat(result.rows().stream().map(row -> row.subList(0, 2)).toList())
                .isEqualTo(rows);
        assertThat(reasons(result)).isEqualTo(rejects);
        assertThat(result.manifest().counts())
                .isEqualTo(new Counts(
                        count,
                        rows.size(),
                        rejects.size(),
                        filtered,
                        rows.size() - (count - rejects.size() - filtered)));
        long position = 0;
        for (Path file : transformer.files(result.manifest())) {
            for (List<Object> row :
                    TransformerUnderTest.query("SELECT _millrace_position FROM read_parquet('" + file + "')")) {
                assertThat(row.getFirst()).isEqualTo(position++);
            }
        }
        assertThat(position).isEqualTo(rows.size());
    }

    @Test
    void oneBadElementRejectsTheWholeRecordAndNothingElse() throws Exception {
        Result result = shape("""
                explode: n
                schema: [{name: n, type: INTEGER}]
                """, "{\"n\":[1,2]}", "{\"n\":[3,\"x\",4]}", "{\"n\":[5]}");

        assertThat(result.column(0)).containsExactly(1L, 2L, 5L);
        assertThat(reasons(result)).containsExactly("2: n is not a whole number");
        assertThat(result.manifest().counts()).isEqualTo(new Counts(3, 3, 1, 0, 1));
    }

    @Test
    void anArrayOfTooManyElementsIsAReject() throws Exception {
        String elements = IntStream.range(0, 100_000).mapToObj(i -> "1").collect(Collectors.joining(","));

        Result result = shape(
                "explode: n\nschema: [{name: n, type: INTEGER}]",
                "{\"n\":[" + elements + "]}",
                "{\"n\":[" + elements + ",1]}");

        assertThat(result.manifest().counts()).isEqualTo(new Counts(2, 100_000, 1, 0, 99_999));
        assertThat(reasons(result))
                .containsExactly("2: the record has an array of more than 100000 elements to explode");
    }

    @Test
    void aColumnsNameIsTheWayToItsValueInObjectsToADepth() throws Exception {
        Result result = shape(
                """
                flatten: {depth: 2}
                schema:
                  - {name: id, type: INTEGER}
                  - {name: address_city, type: STRING}
                  - {name: address_geo_lat, type: FLOAT}
                  - {name: address_geo_source, type: JSON}
                  - {name: post_code, type: STRING}
                  - {name: city, type: STRING, from: address.city}
                """,
                "{\"id\":1,\"address\":{\"city\":\"Oslo\",\"geo\":{\"lat\":59.5,\"source\":{\"a_b\":[1]}},\"x\":1}}",
                "{\"id\":2,\"address_city\":\"Rome\",\"post\":7,\"post_code\":\"x\"}",
                "{\"id\":3,\"address_city\":\"Rome\",\"address\":{\"city\":\"Oslo\"}}",
                "{\"id\":4,\"address\":{\"geo\":{\"source\":{\"deep\":{\"lat\":1}}},\"geo_lat\":1}}",
                "{\"id\":5,\"address\":null}");

        assertThat(result.rows())
                .containsExactly(
                        Arrays.asList(1L, "Oslo", 59.5, "{\"a_b\":[1]}", null, "Oslo"),
                        Arrays.asList(2L, "Rome", null, null, "x", null),
                        Arrays.asList(4L, null, 1.0, "{\"deep\":{\"lat\":1}}", null, null),
                        Arrays.asList(5L, null, null, null, null, null));
        assertThat(reasons(result))
                .containsExactly("3: the record has one column's value twice, at address_city and at address.city");
    }

    @Test
    void aPathNamesAnyFieldAndAnyElement() throws Exception {
        Result result = shape(
                """
                schema:
                  - {name: id, type: INTEGER}
                  - {name: length, type: NUMERIC, from: Sepal.Length}
                  - {name: quoted, type: STRING, from: '"a.b".c'}
                  - {name: first, type: STRING, from: "tags[0]"}
                  - {name: third_city, type: STRING, from: "addresses[2].city"}
                  - {name: nested, type: STRING, from: "['x']['y']"}
                """,
                "{\"id\":1,\"Sepal.Length\":5.1,\"a.b\":{\"c\":\"q\"},\"a\":{\"b\":{\"c\":\"wrong\"}},\"tags\":[\"t\",\"u\"]}",
                "{\"id\":2,\"Sepal\":{\"Length\":4.9},\"tags\":[],\"addresses\":[1,null,{\"city\":\"Oslo\"}],\"x.y\":\"wrong\"}",
                "{\"id\":3,\"addresses\":[{\"city\":\"Rome\"}],\"x\":{\"y\":\"n\"},\"tags\":null}",
                "{\"id\":4,\"Sepal\":\"x\",\"Sepal.Length\":4.7,\"addresses\":null}",
                "{\"id\":5,\"Sepal.Length\":4.6,\"Sepal\":{\"Length\":4.6}}",
                "{\"id\":6,\"Sepal\":[{\"Length\":1}]}",
                "{\"id\":7,\"addresses\":{\"city\":\"Rome\"}}",
                "{\"id\":8,\"addresses\":[0,1,\"Rome\"]}",
                "{\"id\":9,\"x\":\"y\"}");

        assertThat(result.rows())
                .containsExactly(
                        Arrays.asList(1L, new BigDecimal("5.100000000"), "q", "t", null, null),
                        Arrays.asList(2L, new BigDecimal("4.900000000"), null, null, "Oslo", null),
                        Arrays.asList(3L, null, null, null, null, "n"),
                        Arrays.asList(4L, new BigDecimal("4.700000000"), null, null, null, null));
        assertThat(reasons(result))
                .containsExactly(
                        "5: the record has the value at Sepal.Length twice, nested and as a field whose name has the"
                                + " points in it; names in quotes say which of them is meant",
                        "6: length can't be reached: Sepal.Length leads through a value that is no object",
                        "7: third_city can't be reached: addresses[2].city leads through a value that has no such part",
                        "8: third_city can't be reached: addresses[2].city leads through a value that has no such part",
                        "9: nested can't be reached: ['x']['y'] leads through a value that has no such part");
    }

    @Test
    void twoColumnsReadAFieldWithAPointInItsNameAndTheNestedOne() throws Exception {
        Result result = shape("""
                schema:
                  - {name: nested, type: STRING, from: a.b}
                  - {name: flat, type: STRING, from: '"a.b"'}
                """, "{\"a\":{\"b\":\"n\"},\"a.b\":\"f\"}", "{\"a.b\":\"f\"}");

        assertThat(result.rows()).containsExactly(Arrays.asList("n", "f"), Arrays.asList(null, "f"));
    }

    @Test
    void anArrayWhoseNameHasAPointIsExploded() throws Exception {
        Result result = shape(
                """
                explode: lines.all
                schema: [{name: id, type: INTEGER}, {name: sku, type: STRING, from: lines.all.sku}]
                """,
                "{\"id\":1,\"lines.all\":[{\"sku\":\"a\"},{\"sku\":\"b\"}]}",
                "{\"id\":2,\"lines\":{\"all\":[{\"sku\":\"c\"}]}}",
                "{\"id\":3,\"lines\":[{\"all\":[]}]}");

        assertThat(result.rows())
                .containsExactly(Arrays.asList(1L, "a"), Arrays.asList(1L, "b"), Arrays.asList(2L, "c"));
        assertThat(reasons(result))
                .containsExactly(
                        "3: the record can't be exploded: the path of the array leads through a value that is no object");
    }

    @Test
    void cellsOfAnExplodedArrayOfArraysAreColumns() throws Exception {
        Result result = shape("""
                explode: data[1].rows
                schema:
                  - {name: id, type: INTEGER, from: "data[1].rows[0]"}
                  - {name: name, type: STRING, from: "data[1].rows[1]"}
                """, "{\"data\":[{},{\"rows\":[[1,\"a\"],[2,\"b\"],[3]]}]}", "{\"data\":{\"rows\":[]}}");

        assertThat(result.rows())
                .containsExactly(Arrays.asList(1L, "a"), Arrays.asList(2L, "b"), Arrays.asList(3L, null));
        assertThat(reasons(result))
                .containsExactly(
                        "2: the record can't be exploded: the path of the array leads through a value that is no array");
    }

    @Test
    void aTextOrArrayInTheMiddleOfAFlattenedWayRejectsTheRecordUnlessItIsAColumnItself() throws Exception {
        Result result = shape(
                """
                flatten: {depth: 2}
                schema:
                  - {name: id, type: INTEGER}
                  - {name: address_city, type: STRING}
                  - {name: post, type: STRING}
                  - {name: post_code, type: STRING}
                """,
                "{\"id\":1,\"address\":{\"city\":\"Oslo\"},\"post\":\"x\"}",
                "{\"id\":2,\"address\":\"Oslo 7\"}",
                "{\"id\":3,\"address\":null}",
                "{\"id\":4}",
                "{\"id\":5,\"address\":[{\"city\":\"Oslo\"}]}",
                "{\"id\":6,\"address\":\"x\",\"address_city\":\"Rome\"}",
                "{\"id\":7,\"address_city\":\"Rome\",\"address\":7}",
                "{\"id\":8,\"address\":false}");

        assertThat(result.rows())
                .containsExactly(
                        Arrays.asList(1L, "Oslo", "x", null),
                        Arrays.asList(3L, null, null, null),
                        Arrays.asList(4L, null, null, null),
                        Arrays.asList(6L, "Rome", null, null),
                        Arrays.asList(7L, "Rome", null, null));
        assertThat(reasons(result))
                .containsExactly(
                        "2: address_city can't be reached: address_city leads through a value that is no object",
                        "5: address_city can't be reached: address_city leads through a value that is no object",
                        "8: address_city can't be reached: address_city leads through a value that is no object");
    }

    @Test
    void derivedColumnsAreExactlyOfTheirTypeOrRejectTheirRecordOnly() throws Exception {
        Result result = shape(
                """
                schema:
                  - {name: n, type: INTEGER}
                  - {name: d, type: INTEGER}
                  - {name: price, type: NUMERIC}
                  - {name: seen, type: DATETIME}
                  - {name: quotient, type: INTEGER, expression: n / d}
                  - {name: lenient, type: INTEGER, expression: n // d, onError: "null"}
                  - {name: total, type: NUMERIC, expression: "round(price * 1.19, 2)"}
                  - {name: next_hour, type: DATETIME, expression: seen + INTERVAL 1 HOUR}
                  - {name: moment, type: TIMESTAMP, expression: seen AT TIME ZONE 'Asia/Singapore'}
                  - {name: label, type: STRING, expression: "CASE WHEN n > 2 THEN 'many' ELSE upper('few') END"}
                """,
                "{\"n\":4,\"d\":2,\"price\":10.01,\"seen\":\"2026-01-31T06:00:00.5\"}",
                "{\"n\":3,\"d\":2}",
                "{\"n\":3,\"d\":0}",
                "{\"n\":null,\"d\":2}",
                "{\"n\":9223372036854775807,\"d\":1,\"price\":1}");

        assertThat(result.rows()).hasSize(2);
        assertThat(result.rows().getFirst().subList(4, 7)).containsExactly(2L, 2L, new BigDecimal("11.910000000"));
        assertThat(result.rows().getFirst().get(7)).hasToString("2026-01-31T07:00:00.500000");
        assertThat(result.rows().getFirst().get(8)).hasToString("2026-01-30T22:00:00.500Z");
        assertThat(result.rows().get(1).subList(4, 10)).containsExactly(null, null, null, null, null, "FEW");
        assertThat(result.rejects()).extracting(Reject::row).containsExactly(2L, 3L, 5L);
        assertThat(result.rejects().getFirst().reason()).isEqualTo("quotient has a fraction, which INTEGER would lose");
        assertThat(result.rejects())
                .allSatisfy(reject -> assertThat(reject.column()).isEqualTo("quotient"));
        assertThat(result.manifest().counts()).isEqualTo(new Counts(5, 2, 3, 0));
    }

    @Test
    void anExpressionThatFailsForARowSaysWhyAndSparesTheOthers() throws Exception {
        Result result = shape("""
                schema:
                  - {name: text, type: STRING}
                  - {name: strict, type: INTEGER, expression: "CAST(text AS INTEGER)"}
                """, "{\"text\":\"1\"}", "{\"text\":\"x\"}", "{\"text\":\"3\"}");

        assertThat(result.column(1)).containsExactly(1L, 3L);
        assertThat(reasons(result))
                .singleElement()
                .asString()
                .startsWith("2: strict can't be calculated: ")
                .contains("'x'");
    }

    @Test
    void aSumBeyondItsTypeIsARejectAndANullIsCounted() throws Exception {
        Result result = shape("""
                schema:
                  - {name: n, type: INTEGER}
                  - {name: more, type: INTEGER, expression: n + 1}
                  - {name: huge, type: INTEGER, expression: "CAST(n AS HUGEINT) + 1", onError: "null"}
                """, "{\"n\":9223372036854775806}", "{\"n\":9223372036854775807}", "{\"n\":1}");

        assertThat(result.column(2)).containsExactly(9223372036854775807L, 2L);
        assertThat(result.rejects()).extracting(Reject::column).containsExactly("more");
        assertThat(result.manifest().warnings()).isEmpty();
    }

    @Test
    void rowsThatTheFilterDoesNotLetThroughAreCountedAndChecksRejectByName() throws Exception {
        Result result = shape(
                """
                explode: n
                filter: status <> 'test'
                checks:
                  - {name: small, expression: n < 10 OR n IS NULL}
                  - {name: derived too, expression: twice <> 6 OR twice IS NULL}
                schema:
                  - {name: n, type: INTEGER}
                  - {name: status, type: STRING}
                  - {name: twice, type: INTEGER, expression: n * 2}
                """,
                "{\"n\":[1,2],\"status\":\"live\"}",
                "{\"n\":[99],\"status\":\"test\"}",
                "{\"n\":[1]}",
                "{\"n\":[1,11],\"status\":\"live\"}",
                "{\"n\":[3],\"status\":\"live\"}",
                "{\"status\":\"live\"}");

        assertThat(result.rows())
                .containsExactly(
                        Arrays.asList(1L, "live", 2L),
                        Arrays.asList(2L, "live", 4L),
                        Arrays.asList(null, "live", null));
        assertThat(reasons(result))
                .containsExactly(
                        "4: the check 'small' isn't met: n < 10 OR n IS NULL",
                        "5: the check 'derived too' isn't met: twice <> 6 OR twice IS NULL");
        assertThat(result.manifest().counts()).isEqualTo(new Counts(6, 3, 2, 2, 1));
    }

    @Test
    void aFilterCanLeaveOutSomeRowsOfARecord() throws Exception {
        Result result = shape(
                "explode: n\nfilter: n > 1\nschema: [{name: n, type: INTEGER}]",
                "{\"n\":[1,2,3]}",
                "{\"n\":[1]}",
                "{\"n\":[]}");

        assertThat(result.column(0)).containsExactly(2L, 3L);
        assertThat(result.manifest().counts()).isEqualTo(new Counts(3, 2, 0, 2, 1));
    }

    @Test
    void metadataSayWhereARecordCameFrom() throws Exception {
        Shaping shaping = shaping("""
                schema:
                  - {name: id, type: INTEGER}
                  - {name: _run, type: STRING, mode: REQUIRED, metadata: run}
                  - {name: _at, type: TIMESTAMP, metadata: extracted}
                  - {name: _part, type: INTEGER, metadata: part}
                  - {name: _row, type: INTEGER, metadata: row}
                """);

        Result result = transformer.transform(
                shaping,
                List.of(
                        TransformerUnderTest.bytes("{\"id\":1}", "{\"id\":\"x\"}", "{\"id\":3}"),
                        TransformerUnderTest.bytes("{\"id\":4}")));

        assertThat(result.column(1))
                .allSatisfy(run -> assertThat(run).asString().startsWith("run-"));
        assertThat(result.column(2)).allSatisfy(at -> assertThat(at).hasToString("2026-01-31T06:00:00.123456Z"));
        assertThat(result.column(3)).containsExactly(0L, 0L, 1L);
        assertThat(result.column(4)).containsExactly(1L, 3L, 1L);
    }

    @Test
    void aColumnCanHoldTheRecordAsAWhole() throws Exception {
        String first = "{ \"id\": 1.50e+1, \"a\": {\"b\": [12345678901234567890.10]}, \"t\":\"\\u00e9\"}";
        Result result = shape("""
                schema:
                  - {name: id, type: NUMERIC}
                  - {name: _record, type: JSON, metadata: record}
                """, first, "{\"id\":\"x\"}", "{\"id\":2,\"id\":3}", "{\"id\":3}");
        assertThat(result.column(1)).containsExactly(first, "{\"id\":3}");
        assertThat(result.rejects()).hasSize(2);
        assertThat(result.manifest().drift())
                .isNotNull()
                .satisfies(drift -> assertThat(drift.unread()).isEmpty());

        Result exploded = shape("""
                explode: lines
                schema:
                  - {name: line, type: INTEGER, from: lines}
                  - {name: _record, type: JSON, metadata: record}
                """, "{\"lines\":[1,2]}");
        assertThat(exploded.rows())
                .containsExactly(Arrays.asList(1L, "{\"lines\":[1,2]}"), Arrays.asList(2L, "{\"lines\":[1,2]}"));
    }

    @Test
    void halvesOfCharactersAreReplacedWhereTheFileSaysSo() throws Exception {
        String schema = """
                %s
                schema:
                  - {name: id, type: INTEGER}
                  - {name: text, type: STRING}
                  - {name: other, type: JSON}
                  - {name: _record, type: JSON, metadata: record}
                """;
        String[] records = {
            "{\"id\":1,\"text\":\"a\\ud83d\",\"other\":[\"\\ude00\",\"\\ud83d\\ude00\"]}",
            "{\"id\":2,\"text\":\"\\ud83d\\ud83d\\ude00\\\\ud83d\",\"\\uD800x\":1}",
            "{\"id\":3,\"text\":\"\\ud83d\\u0041\"}"
        };
        Result replaced = shape(schema.formatted("texts: {surrogates: replace}"), records);
        assertThat(replaced.rejects()).isEmpty();
        assertThat(replaced.rows())
                .containsExactly(
                        Arrays.asList(
                                1L,
                                "a\ufffd",
                                "[\"\\ufffd\",\"\\ud83d\\ude00\"]",
                                "{\"id\":1,\"text\":\"a\\ufffd\",\"other\":[\"\\ufffd\",\"\\ud83d\\ude00\"]}"),
                        Arrays.asList(
                                2L,
                                "\ufffd😀\\ud83d",
                                null,
                                "{\"id\":2,\"text\":\"\\ufffd\\ud83d\\ude00\\\\ud83d\",\"\\ufffdx\":1}"),
                        Arrays.asList(3L, "\ufffdA", null, "{\"id\":3,\"text\":\"\\ufffd\\u0041\"}"));

        Result rejected = shape(schema.formatted("texts: {trim: false}"), records);
        assertThat(reasons(rejected))
                .containsExactly(
                        "1: the record has \\ud83d, which is half of a character",
                        "2: the record has \\ud83d, which is half of a character",
                        "3: the record has \\ud83d, which is half of a character");
    }

    @Test
    void manyRowsAreCalculatedInTheirOrder() throws Exception {
        String[] records = IntStream.range(0, 50_000)
                .mapToObj(i -> "{\"id\":" + i + ",\"text\":\"" + "x".repeat(60) + "\"}")
                .toArray(String[]::new);

        Result result = shape("""
                filter: id % 2 = 0
                schema:
                  - {name: id, type: INTEGER}
                  - {name: text, type: STRING}
                  - {name: next, type: INTEGER, expression: id + length(text)}
                """, records);

        assertThat(result.manifest().counts()).isEqualTo(new Counts(50_000, 25_000, 0, 25_000));
        assertThat(result.rows())
                .allSatisfy(row -> assertThat((long) row.get(2)).isEqualTo((long) row.get(0) + 60));
        assertThat(result.column(0)).isSortedAccordingTo((one, other) -> Long.compare((long) one, (long) other));
    }
}
