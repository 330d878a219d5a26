package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.at;
import static dev.millrace.transformer.Columns.column;
import static dev.millrace.transformer.Columns.nulling;
import static dev.millrace.transformer.Columns.record;
import static dev.millrace.transformer.Columns.repeated;
import static dev.millrace.transformer.Columns.required;
import static dev.millrace.transformer.Columns.withDefault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Excess;
import dev.millrace.staging.Reject;
import dev.millrace.transformer.TransformerUnderTest.Result;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RecordLines within records, arrays, and arrays of records. */
class NestedTest {
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

    /** What was staged for a column, each value as the engine writes it. */
    private static List<Object> texts(Result result, String column) throws Exception {
        return TransformerUnderTest.query("SELECT CAST(" + column + " AS VARCHAR) FROM read_parquet('"
                        + transformer.files(result.manifest()).getFirst() + "')")
                .stream()
                .map(List::getFirst)
                .toList();
    }

    private static void check(Column column, String... sentAndExpected) throws Exception {
        List<String> sent = new ArrayList<>();
        List<Object> expected = new ArrayList<>();
        for (int i = 0; i < sentAndExpected.length; i += 2) {
            sent.add(sentAndExpected[i]);
            expected.add(sentAndExpected[i + 1]);
        }
        assertThat(transformer.cells(column, "CAST(v AS VARCHAR)", sent)).containsExactlyElementsOf(expected);
    }

    @Test
    void everyTypeIsReadWithinRecordsAndArraysAsItIsOutside() throws Exception {
        List<Column> schema = new ArrayList<>();
        List<String> values = new ArrayList<>();
        List<String> nothing = new ArrayList<>();
        List<String> absent = new ArrayList<>();
        for (Column.Type type : Column.Type.values()) {
            String value = switch (type) {
                case INTEGER -> "-9223372036854775808";
                case NUMERIC -> "-99999999999999999999999999999.999999999";
                case BIGNUMERIC -> "0.00000000000000000000000000000000000001";
                case FLOAT -> "0.1";
                case BOOLEAN -> "true";
                case STRING -> "\"\\u00e9 and more than twelve bytes \\ud83d\\ude00\"";
                case BYTES -> "\"AP96\"";
                case DATE -> "\"0001-01-01\"";
                case TIME -> "\"23:59:59.999999\"";
                case DATETIME -> "\"9999-12-31T23:59:59.999999\"";
                case TIMESTAMP -> "\"0001-01-01T00:00:00.000001Z\"";
                case INTERVAL -> "\"P1Y2M3DT4H5M6.5S\"";
                case JSON -> "{ \"a\": 1.10, \"b\":[]}";
                case GEOGRAPHY -> "\"POINT(1 2)\"";
                case RECORD -> "";
            };
            if (type == Column.Type.RECORD) {
                continue;
            }
            schema.add(column(type + "_one", type));
            schema.add(repeated(column(type + "_many", type)));
            schema.add(record(type + "_r", column("one", type), repeated(column("many", type))));
            schema.add(repeated(record(type + "_rs", column("one", type), repeated(column("many", type)))));
            values.add(
                    "\"%2$s_one\":%1$s,\"%2$s_many\":[%1$s,%1$s],\"%2$s_r\":{\"many\":[%1$s],\"one\":%1$s},\"%2$s_rs\":[{\"one\":%1$s},{\"many\":[%1$s]}]"
                            .formatted(value, type));
            nothing.add("\"%1$s_one\":null,\"%1$s_many\":[],\"%1$s_r\":null,\"%1$s_rs\":[]".formatted(type));
            absent.add("\"%1$s_r\":{},\"%1$s_rs\":[{}]".formatted(type));
        }

        Result result = transformer.transform(
                schema,
                "{" + String.join(",", values) + "}",
                "{" + String.join(",", nothing) + "}",
                "{" + String.join(",", absent) + "}");

        assertThat(result.rejects()).isEmpty();
        for (Column.Type type : Column.Type.values()) {
            if (type == Column.Type.RECORD) {
                continue;
            }
            for (String same : List.of(
                    "#_many = [#_one, #_one]",
                    "#_r = {'one': #_one, 'many': [#_one]}",
                    "len(#_rs) = 2 AND #_rs[1].one = #_one AND #_rs[1].many = [] AND #_rs[2].one IS NULL AND #_rs[2].many = [#_one]")) {
                assertThat(texts(result, same.replace("#", type.name())).getFirst())
                        .as(type + ": " + same)
                        .isEqualTo("true");
            }
            assertThat(texts(result, type + "_many")).element(1).isEqualTo("[]");
            assertThat(texts(result, type + "_r")).element(1).isNull();
            assertThat(texts(result, type + "_r")).element(2).isEqualTo("{'one': NULL, 'many': []}");
            assertThat(texts(result, type + "_rs")).element(2).isEqualTo("[{'one': NULL, 'many': []}]");
        }
    }

    @Test
    void aRejectNamesThePathOfTheValueWithinTheColumn() throws Exception {
        Result result = transformer.transform(
                List.of(
                        repeated(column("tags", Column.Type.INTEGER)),
                        repeated(record(
                                "lines",
                                required("sku", Column.Type.STRING),
                                record("price", at("amount", Column.Type.NUMERIC, "in.euro"))))),
                "{\"tags\":[1,2,\"three\"]}",
                "{\"tags\":[1,null]}",
                "{\"tags\":[[1]]}",
                "{\"tags\":7}",
                "{\"lines\":[{\"sku\":\"a\"},{\"sku\":null}]}",
                "{\"lines\":[{\"sku\":\"a\",\"price\":{\"in\":{\"euro\":\"x\"}}}]}",
                "{\"lines\":[{\"sku\":\"a\",\"price\":{\"in\":5}}]}",
                "{\"lines\":[{\"sku\":\"a\",\"price\":[]}]}",
                "{\"lines\":{}}",
                "{\"lines\":[\"a\"]}");
        assertThat(result.rows()).isEmpty();
        assertThat(result.rejects())
                .extracting(Reject::column, Reject::value, Reject::reason)
                .containsExactly(
                        reject("tags[2]", "three", "is not a whole number"),
                        reject("tags[1]", null, "is null, which an array can't hold"),
                        reject(
                                "tags[0]",
                                "[1]",
                                "is an array, which only a REPEATED column or one of type JSON can hold"),
                        reject("tags", "7", "is a number, and a REPEATED column wants an array"),
                        reject("lines[1].sku", null, "is REQUIRED, and null"),
                        reject("lines[0].price.amount", "x", "is not a decimal number"),
                        reject(
                                "lines[0].price.amount",
                                "5",
                                "can't be reached: in.euro leads through a value that is no object"),
                        reject("lines[0].price", "[]", "is an array, and a RECORD wants an object"),
                        reject("lines", "{}", "is an object, and a REPEATED column wants an array"),
                        reject("lines[0]", "a", "is a text, and a RECORD wants an object"));
    }

    private static Tuple reject(String path, @Nullable String value, String reason) {
        return tuple(path, value, path + " " + reason);
    }

    @Test
    void whatBecomesNullOrEmptyIsCountedByColumn() throws Exception {
        Result result = transformer.transform(
                List.of(
                        required("id", Column.Type.INTEGER),
                        repeated(column("tags", Column.Type.STRING)),
                        nulling(repeated(column("days", Column.Type.DATE))),
                        repeated(record(
                                "lines",
                                nulling(column("amount", Column.Type.NUMERIC)),
                                withDefault("unit", Column.Type.STRING, "piece"))),
                        nulling(record("person", required("name", Column.Type.STRING)))),
                "{\"id\":1,\"tags\":null,\"days\":[],\"lines\":[{\"amount\":\"x\"},{\"amount\":1},{\"amount\":[]}]}",
                "{\"id\":2,\"days\":[\"2026-01-31\",\"never\"],\"lines\":[],\"person\":{}}",
                "{\"id\":\"none\",\"tags\":null}");
        assertThat(texts(result, "lines"))
                .containsExactly(
                        "[{'amount': NULL, 'unit': piece}, {'amount': 1.000000000, 'unit': piece}, {'amount': NULL, 'unit': piece}]",
                        "[]");
        assertThat(texts(result, "tags")).containsExactly("[]", "[]");
        assertThat(texts(result, "days")).containsExactly("[]", "[]");
        assertThat(texts(result, "person")).containsExactly(null, null);
        String part = result.rejects().getFirst().part();
        assertThat(result.manifest().warnings())
                .containsExactly(
                        "column tags: 2 arrays were NULL or missing and became empty, the first in row 1 of " + part,
                        "column days: 1 values became NULL, the first in row 2 of " + part
                                + ": it has at [1] what is not a date such as 2026-01-31",
                        "column lines.amount: 2 values became NULL, the first in row 1 of " + part
                                + ": it is not a decimal number",
                        "column person: 1 values became NULL, the first in row 2 of " + part
                                + ": it has at .name what is REQUIRED, and missing");
    }

    @Test
    void severalColumnsTakeTheirPartsOfOneObject() throws Exception {
        Result result = transformer.transform(
                List.of(
                        at("city", Column.Type.STRING, "a.city"),
                        at("raw", Column.Type.JSON, "a"),
                        from("a", record("short", column("city", Column.Type.STRING))),
                        from("a", record("long", column("zip", Column.Type.INTEGER), column("city", Column.Type.JSON))),
                        from("a.tags", repeated(column("tags", Column.Type.JSON))),
                        from("a.tags", repeated(column("texts", Column.Type.STRING)))),
                "{\"x\":\"\u00e9\", \"a\" : {\"zip\":1, \"city\" : \"Ulm\\n\",\"tags\":[ \"x\", \"\\u0041\" ]} }");
        assertThat(result.rejects()).isEmpty();
        assertThat(texts(result, "concat_ws(' ', city, raw, short, long, tags, texts)"))
                .containsExactly("Ulm\n {\"zip\":1, \"city\" : \"Ulm\\n\",\"tags\":[ \"x\", \"\\u0041\" ]}"
                        + " {'city': 'Ulm\n'} {'zip': 1, 'city': '\"Ulm\\\\n\"'} \"x\" \"\\u0041\" x A");
    }

    private static Column from(String path, Column column) {
        return new Column(
                column.name(),
                column.type(),
                column.mode(),
                path,
                null,
                column.format(),
                null,
                column.timezone(),
                column.sourceTimezone(),
                column.defaultValue(),
                column.onError(),
                Excess.REJECT,
                column.optional(),
                column.precision(),
                column.scale(),
                column.fields(),
                column.expression(),
                column.metadata(),
                column.description(),
                false);
    }

    @Test
    void aRecordHasNeitherTextNorArrayInItsPlace() throws Exception {
        check(
                record("v", column("a", Column.Type.STRING)),
                "{\"a\":\"b\"}",
                "{'a': b}",
                "{\"other\":1}",
                "{'a': NULL}",
                "\"{}\"",
                "!v is a text, and a RECORD wants an object",
                "[]",
                "!v is an array, and a RECORD wants an object");
    }

    @Test
    void longArraysInManyRecordsKeepTheirOrder() throws Exception {
        String numbers = IntStream.range(0, 5_000).mapToObj(Integer::toString).collect(Collectors.joining(","));
        String[] records = IntStream.range(0, 300)
                .mapToObj(i -> "{\"id\":" + i + ",\"n\":[" + (i % 3 == 0 ? "" : numbers) + "],\"r\":[{\"m\":[" + i + ","
                        + (i + 1) + "]}]}")
                .toArray(String[]::new);
        Result result = transformer.transform(
                List.of(
                        column("id", Column.Type.INTEGER),
                        repeated(column("n", Column.Type.INTEGER)),
                        repeated(record("r", repeated(column("m", Column.Type.INTEGER))))),
                records);
        assertThat(texts(
                        result,
                        "(len(n) = CASE WHEN id % 3 = 0 THEN 0 ELSE 5000 END AND n = range(0, len(n))"
                                + " AND r = [{'m': [id, id + 1]}])"))
                .hasSize(300)
                .containsOnly("true");
    }
}
