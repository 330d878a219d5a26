package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.at;
import static dev.millrace.transformer.Columns.column;
import static dev.millrace.transformer.Columns.nulling;
import static dev.millrace.transformer.Columns.numeric;
import static dev.millrace.transformer.Columns.record;
import static dev.millrace.transformer.Columns.repeated;
import static dev.millrace.transformer.Columns.required;
import static dev.millrace.transformer.Columns.withDefault;
import static dev.millrace.transformer.TransformerUnderTest.bytes;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Reject;
import dev.millrace.transformer.TransformerUnderTest.Result;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransformationTest {
    private static final List<Column> ID = List.of(required("id", Column.Type.INTEGER));

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

    @Test
    void writesOneParquetColumnForEachColumnOfTheSchemaInItsTypeAndOrder() throws Exception {
        Result result = transformer.transform(
                List.of(
                        column("select", Column.Type.INTEGER),
                        column("Numeric", Column.Type.NUMERIC),
                        numeric("money", 18, 2),
                        column("big", Column.Type.BIGNUMERIC),
                        column("f", Column.Type.FLOAT),
                        column("b", Column.Type.BOOLEAN),
                        column("s", Column.Type.STRING),
                        column("x", Column.Type.BYTES),
                        column("d", Column.Type.DATE),
                        column("t", Column.Type.TIME),
                        column("dt", Column.Type.DATETIME),
                        column("ts", Column.Type.TIMESTAMP),
                        column("iv", Column.Type.INTERVAL),
                        column("j", Column.Type.JSON),
                        column("g", Column.Type.GEOGRAPHY),
                        repeated(column("tags", Column.Type.STRING)),
                        record("person", column("born", Column.Type.DATE)),
                        repeated(record("lines", column("at", Column.Type.TIMESTAMP)))),
                "{\"select\":1,\"extra\":[{}]}");

        String micros = "OPTIONAL INT64 TIMESTAMP_MICROS TimestampType(isAdjustedToUTC=1,"
                + " unit=TimeUnit(MILLIS=<null>, MICROS=MicroSeconds(), NANOS=<null>)) ";
        String file = transformer.files(result.manifest()).getFirst().toString();
        assertThat(TransformerUnderTest.query("SELECT concat_ws(' ', repetition_type, type,"
                                + " converted_type, logical_type, name) FROM parquet_schema('"
                                + file + "')")
                        .stream()
                        .map(row -> row.getFirst().toString())
                        .skip(1))
                .containsExactly(
                        "OPTIONAL INT64 INT_64 select",
                        "OPTIONAL FIXED_LEN_BYTE_ARRAY DECIMAL DecimalType(scale=9, precision=38) Numeric",
                        "OPTIONAL FIXED_LEN_BYTE_ARRAY DECIMAL DecimalType(scale=9, precision=38) money",
                        "OPTIONAL BYTE_ARRAY UTF8 big",
                        "OPTIONAL DOUBLE f",
                        "OPTIONAL BOOLEAN b",
                        "OPTIONAL BYTE_ARRAY UTF8 s",
                        "OPTIONAL BYTE_ARRAY x",
                        "OPTIONAL INT32 DATE d",
                        "OPTIONAL BYTE_ARRAY UTF8 t",
                        "OPTIONAL BYTE_ARRAY UTF8 dt",
                        micros + "ts",
                        "OPTIONAL BYTE_ARRAY UTF8 iv",
                        "OPTIONAL BYTE_ARRAY UTF8 j",
                        "OPTIONAL BYTE_ARRAY UTF8 g",
                        "OPTIONAL LIST tags",
                        "REPEATED list",
                        "OPTIONAL BYTE_ARRAY UTF8 element",
                        "OPTIONAL person",
                        "OPTIONAL INT32 DATE born",
                        "OPTIONAL LIST lines",
                        "REPEATED list",
                        "OPTIONAL element",
                        micros + "at",
                        "OPTIONAL INT64 INT_64 _millrace_position");
        assertThat(TransformerUnderTest.query("SELECT DISTINCT compression FROM parquet_metadata('"
                        + transformer.files(result.manifest()).getFirst() + "')"))
                .containsExactly(List.of("ZSTD"));
    }

    @Test
    void keepsNumbersThatNoDoubleHolds() throws Exception {
        Result result = transformer.transform(
                List.of(
                        column("n", Column.Type.NUMERIC),
                        column("s", Column.Type.STRING),
                        column("j", Column.Type.JSON),
                        column("i", Column.Type.INTEGER)),
                "{\"n\":12345678901234567890123456789.123456789,\"s\":0.10000000000000000000000001,"
                        + "\"j\":{\"a\":123456789012345678901234567890.5, \"b\":[1e400, -0, 1.0E+2]},\"i\":9007199254740993}");

        assertThat(result.rows())
                .containsExactly(List.of(
                        new BigDecimal("12345678901234567890123456789.123456789"),
                        "0.10000000000000000000000001",
                        "{\"a\":123456789012345678901234567890.5, \"b\":[1e400, -0, 1.0E+2]}",
                        9007199254740993L));
    }

    @Test
    void keepsEveryCharacterOfATextAndOfJson() throws Exception {
        String text = "line\\nfeed \\u0000 \\\"quoted\\\" \\u2028 \u2028 \\ud83d\\ude00 😀 , ' \\\\ \\t end ";
        Result result = transformer.transform(
                List.of(column("s", Column.Type.STRING), column("j", Column.Type.JSON), column("k", Column.Type.JSON)),
                "{\"s\":\"" + text + "\",\"j\": \"" + text + "\" ,\"k\" : [ 1 , {\"b\":1,\"a\":\"" + text + "\"} ] }",
                "{\"s\":\"\",\"j\":\"\",\"k\":true}",
                "{\"s\":null,\"j\":null,\"k\":-1.50}",
                "{}");

        assertThat(result.rejects()).isEmpty();
        assertThat(result.rows())
                .containsExactly(
                        List.of(
                                "line\nfeed \0 \"quoted\" \u2028 \u2028 😀 😀 , ' \\ \t end ",
                                "\"" + text + "\"",
                                "[ 1 , {\"b\":1,\"a\":\"" + text + "\"} ]"),
                        List.of("", "\"\"", "true"),
                        Arrays.asList(null, null, "-1.50"),
                        Arrays.asList(null, null, null));
    }

    @Test
    void takesNumbersAndBooleansForTextAsTheyWereSent() throws Exception {
        Result result = transformer.transform(
                List.of(column("s", Column.Type.STRING)),
                "{\"s\":1e5}",
                "{\"s\":-0}",
                "{\"s\":1.50}",
                "{\"s\":true}",
                "{\"s\":false}",
                "{\"s\":1E400}");

        assertThat(result.column(0)).containsExactly("1e5", "-0", "1.50", "true", "false", "1E400");
    }

    @Test
    void aNameIsOfOneObjectHoweverManyItHas() throws Exception {
        String many = IntStream.range(0, 100)
                .mapToObj(i -> "\"n" + i + "\":{\"id\":1,\"x\":2}")
                .collect(joining(","));
        Result result = transformer.transform(
                ID,
                "{\"id\":1,\"x\":{\"id\":1,\"x\":{\"id\":1}},\"y\":[{\"id\":1},{\"id\":1}]}",
                "{\"id\":2," + many + ",\"after\":{\"n7\":1,\"n99\":1}}",
                "{\"id\":3," + many + ",\"n7\":1}",
                "{\"id\":4," + many + ",\"n99\":1}",
                "{\"id\":5,\"x\":{" + many + ",\"n98\":1}}",
                "{\"id\":6,\"x\":{" + many + "},\"n7\":1}");

        assertThat(result.column(0)).containsExactly(1L, 2L, 6L);
        assertThat(result.rejects())
                .extracting(Reject::reason)
                .containsExactly(
                        "the record has the field 'n7' twice in one object",
                        "the record has the field 'n99' twice in one object",
                        "the record has the field 'n98' twice in one object");
    }

    @Test
    void aBadRecordIsOneRejectAndNeverTheEndOfTheFile() throws Exception {
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        part.writeBytes(
                bytes("{\"id\":1}", "{\"id\":2,\"id\":3}", "{\"id\":4,\"x\":{\"y\":[{\"z\":1,\"\\u007a\":2}]}}"));
        part.writeBytes(bytes("{\"id\":5", "{\"id\":6}}", "[{\"id\":7}]", "", "{\"id\":8} {\"id\":9}", "{\"id\":NaN}"));
        part.writeBytes("{\"id\":10,\"s\":\"\u00e4\"}\n".getBytes(StandardCharsets.ISO_8859_1));
        part.writeBytes(new byte[] {'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', ':', '1', '}', '\n'});
        part.writeBytes(bytes("{\"id\":12,\"s\":\"\\ud800\"}", "{\"id\":13,\"\\udc00\\ud800\":1}"));
        part.writeBytes(bytes("{\"id\":14,\"x\":" + "[".repeat(2000) + "]".repeat(2000) + "}"));
        part.writeBytes(bytes("{\"id\":15,\"s\":\"\\\\ud800\"}", "{\"id\":016}", "null", "{\"id\":17}"));

        Result result = transformer.transform(ID, List.of(part.toByteArray()));

        assertThat(result.column(0)).containsExactly(1L, 15L, 17L);
        assertThat(result.rejects())
                .extracting(Reject::row)
                .containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 16L, 17L);
        assertThat(result.rejects()).allSatisfy(reject -> {
            assertThat(reject.step()).isEqualTo("TRANSFORM");
            assertThat(reject.part())
                    .isEqualTo("runs/" + result.manifest().task().replace("-transform", "")
                            + "/rows/extract/1/part-00000.ndjson.zst");
            assertThat(reject.column()).isNull();
        });
        assertThat(result.rejects())
                .extracting(Reject::reason)
                .contains(
                        "the record has the field 'id' twice in one object",
                        "the record has the field 'z' twice in one object",
                        "the record is not JSON at character 6: 'NaN' (expected: a value)",
                        "the record is not a JSON object",
                        "the record is an empty line",
                        "the record has text after the end of the JSON object",
                        "the record is not UTF-8 at byte 14",
                        "the record has \\ud800, which is half of a character",
                        "the record is nested too deeply, in more than 1000 objects and arrays");
        assertThat(result.rejects().get(1).record()).isEqualTo("{\"id\":4,\"x\":{\"y\":[{\"z\":1,\"\\u007a\":2}]}}");
        assertThat(result.manifest().counts()).isEqualTo(new Counts(18, 3, 15, 0));
    }

    @Test
    void aRecordThatIsTooLongIsARejectWithItsHead() throws Exception {
        String most = "{\"id\":2,\"s\":\"" + "x".repeat(Reject.RECORD_LIMIT - 15) + "\"}";
        String more = "{\"id\":3,\"s\":\"" + "x".repeat(Reject.RECORD_LIMIT - 14) + "\"}";
        assertThat(most).hasSize(Reject.RECORD_LIMIT);

        Result result = transformer.transform(
                List.of(column("id", Column.Type.INTEGER), column("s", Column.Type.STRING)),
                "{\"id\":1,\"s\":\"\"}",
                most,
                more,
                more,
                "{\"id\":5,\"s\":\"\"}");

        assertThat(result.column(0)).containsExactly(1L, 2L, 5L);
        assertThat(result.column(1).get(1)).asString().hasSize(Reject.RECORD_LIMIT - 15);
        assertThat(result.rejects()).extracting(Reject::row).containsExactly(3L, 4L);
        assertThat(result.rejects().getFirst().reason()).isEqualTo("the record is longer than 16 MiB");
        assertThat(result.rejects().getFirst().record()).isEqualTo(more.substring(0, Reject.MAX_RECORD));
    }

    @Test
    void findsValuesInNestedObjectsAndNamesTheOnesItCantReach() throws Exception {
        Result result = transformer.transform(
                List.of(
                        at("city", Column.Type.STRING, "address.city"),
                        at("address", Column.Type.JSON, "address"),
                        at("zip", Column.Type.INTEGER, "address.codes.zip")),
                "{\"address\":{\"city\":\"Ulm\",\"codes\":{\"zip\":1}}}",
                "{\"address\":null}",
                "{\"address\":{\"city\":null, \"codes\":{}}}",
                "{\"address\":\"Ulm\"}",
                "{\"address\":{\"city\":[\"Ulm\"]}}",
                "{\"address\":{\"codes\":[ 1]}}");

        assertThat(result.rows())
                .containsExactly(
                        List.of("Ulm", "{\"city\":\"Ulm\",\"codes\":{\"zip\":1}}", 1L),
                        Arrays.asList(null, null, null),
                        Arrays.asList(null, "{\"city\":null, \"codes\":{}}", null));
        assertThat(result.rejects()).extracting(Reject::column).containsExactly("city", "city", "zip");
        assertThat(result.rejects()).extracting(Reject::value).containsExactly("Ulm", "[\"Ulm\"]", "[ 1]");
        assertThat(result.rejects().get(1).reason())
                .isEqualTo("city is an array, which only a REPEATED column or one of type JSON can hold");
    }

    @Test
    void aMissingValueIsItsDefaultOrNullAndInARequiredColumnAReject() throws Exception {
        Result result = transformer.transform(
                List.of(
                        required("id", Column.Type.INTEGER),
                        withDefault("n", Column.Type.NUMERIC, "1.5"),
                        withDefault("j", Column.Type.JSON, "{\"a\": 1}"),
                        column("s", Column.Type.STRING)),
                "{\"id\":1}",
                "{\"id\":2,\"n\":null,\"j\":null,\"s\":null}",
                "{\"id\":null}",
                "{}",
                "{\"id\":\"\"}");

        assertThat(result.rows())
                .containsExactly(
                        Arrays.asList(1L, new BigDecimal("1.500000000"), "{\"a\": 1}", null),
                        Arrays.asList(2L, new BigDecimal("1.500000000"), "{\"a\": 1}", null));
        assertThat(result.rejects())
                .extracting(Reject::reason)
                .containsExactly("id is REQUIRED, and null", "id is REQUIRED, and missing", "id is not a whole number");
        assertThat(result.rejects()).extracting(Reject::value).containsExactly(null, null, "");
    }

    @Test
    void aValueThatDoesNotFitBecomesNullWhereTheColumnSaysSoAndIsCounted() throws Exception {
        Result result = transformer.transform(
                List.of(nulling("n", Column.Type.INTEGER), required("id", Column.Type.INTEGER)),
                "{\"id\":1,\"n\":1}",
                "{\"id\":2,\"n\":\"x\"}",
                "{\"id\":3,\"n\":1.5}",
                "{\"id\":\"bad\",\"n\":1.5}");

        assertThat(result.rows()).containsExactly(List.of(1L, 1L), Arrays.asList(null, 2L), Arrays.asList(null, 3L));
        assertThat(result.rejects()).extracting(Reject::row).containsExactly(4L);
        assertThat(result.manifest().warnings())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("column n: 2 values became NULL, the first in row 2 of ");
    }

    @Test
    void noRecordsAreNoParts() throws Exception {
        Result none = transformer.transform(ID, List.of());
        Result empty = transformer.transform(ID, List.of(new byte[0]));
        Result rejected = transformer.transform(ID, "{}");

        assertThat(none.manifest().parts()).isEmpty();
        assertThat(none.manifest().counts()).isEqualTo(new Counts(0, 0, 0, 0));
        assertThat(empty.manifest().parts()).isEmpty();
        assertThat(rejected.manifest().parts()).isEmpty();
        assertThat(rejected.manifest().counts()).isEqualTo(new Counts(1, 0, 1, 0));
    }

    @Test
    void passesTheCursorOn() throws Exception {
        assertThat(transformer.transform(ID, "{\"id\":1}").manifest()).satisfies(manifest -> {
            assertThat(manifest.nextCursor()).startsWith("cursor of run-");
            assertThat(manifest.startCursor()).startsWith("start of run-");
        });
    }

    @Test
    void countsRowsInEachPartAndTakesALastLineWithoutItsEnd() throws Exception {
        Result result = transformer.transform(
                ID,
                List.of(
                        bytes("{\"id\":1}", "{\"id\":2}"),
                        "{\"id\":3}\r\n{\"id\":\"x\"}".getBytes(StandardCharsets.UTF_8),
                        bytes("{\"id\":\"y\"}", "{\"id\":5}")));

        assertThat(result.column(0)).containsExactly(1L, 2L, 3L, 5L);
        assertThat(result.rejects())
                .extracting(reject -> reject.part().substring(reject.part().length() - 21) + ":" + reject.row())
                .containsExactly("part-00001.ndjson.zst:2", "part-00002.ndjson.zst:1");
    }

    @Test
    void twoThousandColumnsWork() throws Exception {
        List<Column> schema = new ArrayList<>();
        StringBuilder record = new StringBuilder("{\"last\":1");
        for (int i = 0; i < 2000; i++) {
            schema.add(column("c" + i, i % 2 == 0 ? Column.Type.INTEGER : Column.Type.STRING));
            record.append(",\"c").append(i).append("\":").append(i);
        }
        String[] records = new String[300];
        Arrays.fill(records, record.append('}').toString());

        Result result = transformer.transform(schema, records);

        assertThat(result.rows()).hasSize(300);
        assertThat(result.rows().get(299).get(1998)).isEqualTo(1998L);
        assertThat(result.rows().get(299).get(1999)).isEqualTo("1999");
    }
}
