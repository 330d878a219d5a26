package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Reject;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values of JSON as records that are no objects, or are members of one. */
class JsonRowsTest {
    private static ExtractorUnderTest extractor;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(@TempDir Path service) throws IOException {
        extractor = new ExtractorUnderTest(service, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private ExtractorUnderTest.Result extract(Format.Json format, @Nullable String records, String json)
            throws Exception {
        Files.writeString(folder.resolve("a.json"), json);
        return extractor.extract(new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("a.json", format, Missing.FAIL), records),
                List.of(),
                Work.Parts.TO_TRANSFORM));
    }

    private List<String> records(Format.Json format, @Nullable String records, String json) throws Exception {
        ExtractorUnderTest.Result result = extract(format, records, json);
        assertThat(extractor.rejects(result)).isEmpty();
        return extractor.records(result);
    }

    private static Format.Json columns(String... names) {
        return new Format.Json(false, List.of(names), null);
    }

    private static Format.Json keyedBy(String name, String... columns) {
        return new Format.Json(false, List.of(columns), name);
    }

    @Test
    void arraysGetNamesByPositionAndStayAsTheyWereSent() throws Exception {
        assertThat(records(columns("id", "", "a \"name\"", "x"), "rows", """
                        {"columns": ["?"], "rows": [[1.50e+2, "left out, ]", "é,\\"]\\u00e9", {"a": [1, 2]} ],
                          [
                            12345678901234567890,
                            null , true,[ ]
                          ]], "more": 1}"""))
                .containsExactly(
                        "{\"id\":1.50e+2,\"a \\\"name\\\"\":\"é,\\\"]\\u00e9\",\"x\":{\"a\": [1, 2]}}",
                        "{\"id\":12345678901234567890,\"a \\\"name\\\"\":true,\"x\":[ ]}");
        assertThat(records(columns("id"), null, "[[1],[[2]],[null]]"))
                .containsExactly("{\"id\":1}", "{\"id\":[2]}", "{\"id\":null}");
    }

    @Test
    void singleValuesGetTheOneName() throws Exception {
        assertThat(records(columns("tag"), null, "[\"a\", 1.0 ,null,true]"))
                .containsExactly("{\"tag\":\"a\"}", "{\"tag\":1.0}", "{\"tag\":null}", "{\"tag\":true}");
        Format.Json single = new Format.Json(true, List.of("value"), null);
        assertThat(records(single, null, " 42.10\n")).containsExactly("{\"value\":42.10}");
        assertThat(records(single, null, "\"ok\"")).containsExactly("{\"value\":\"ok\"}");
        assertThat(records(single, "a.b", "{\"a\": {\"b\": 7}}")).containsExactly("{\"value\":7}");
        assertThat(records(new Format.Json(true, List.of("a", "b"), null), null, "[1, 2]"))
                .containsExactly("{\"a\":1,\"b\":2}");
    }

    @Test
    void membersOfAnObjectGetTheirKey() throws Exception {
        assertThat(records(
                        keyedBy("id"),
                        "data",
                        "{\"data\": {\"7\": {\"name\": \"x\"}, \"é\\u00e9\": { },\n\"\" : { \"a\":1}}, \"n\": 1}"))
                .containsExactly("{\"id\":\"7\",\"name\": \"x\"}", "{\"id\":\"é\\u00e9\"}", "{\"id\":\"\",\"a\":1}");
        assertThat(records(keyedBy("currency", "rate"), "rates", "{\"rates\": {\"EUR\": 1.10, \"CHF\": 0.95}}"))
                .containsExactly("{\"currency\":\"EUR\",\"rate\":1.10}", "{\"currency\":\"CHF\",\"rate\":0.95}");
        assertThat(records(keyedBy("day", "low", "high"), null, "{\"2026-01-31\": [-1, 4]}"))
                .containsExactly("{\"day\":\"2026-01-31\",\"low\":-1,\"high\":4}");
        assertThat(records(keyedBy("id"), null, "{}")).isEmpty();
    }

    @Test
    void anAnswerMayBeWrittenByHandWhereThatIsSaid() throws Exception {
        Format.Json tolerant = new Format.Json(false, List.of(), "id", true, true, Format.InvalidBytes.REJECT);
        assertThat(records(tolerant, "rows", "{\"rows\": {\"1\": {\"a\": [1,],}, // one\n}, /* more */}"))
                .containsExactly("{\"id\":\"1\",\"a\": [1 ] }");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a,b |  | [1] | the record has 1 value where there are 2 columns",
                "a,b |  | [1,2,3] | the record has 3 values where there are 2 columns",
                "a,b |  | [] | the record has 0 values where there are 2 columns",
                "a |  | [] | the record has 0 values where there are 1 column",
                "a,b |  | [1,,2] | the record is no JSON: a value is missing between two commas or brackets",
                "a,b |  | [1,] | the record is no JSON: a value is missing between two commas or brackets",
                "a,b |  | 5 | the record is a number where an array of 2 values should be",
                "a,b |  | null | the record is null where an array of 2 values should be",
                "a |  | {\"a\":1} | the record is an object where an array of 1 value should be",
            })
    void whatDoesNotFitTheColumnsIsAReject(String columns, @Nullable String key, String row, String reason)
            throws Exception {
        ExtractorUnderTest.Result result = extract(columns(columns.split(",")), null, "[\n" + row + "\n]");
        assertThat(extractor.rejects(result)).singleElement().satisfies(reject -> {
            assertThat(reject.reason()).isEqualTo(reason);
            assertThat(reject.record()).isEqualTo(row);
            assertThat(reject.line()).isEqualTo(2L);
        });
        assertThat(extractor.records(result)).isEmpty();
    }

    @Test
    void aMemberThatHasTheNameItselfOrIsNoObjectIsAReject() throws Exception {
        ExtractorUnderTest.Result result = extract(
                keyedBy("id"),
                null,
                "{\"1\": {\"x\": [{\"id\": 1}], \"id\": 2}, \"2\": 5, \"3\": {\"\\u0069d\": 1}, \"4\": {\"a\": \"id\"}}");
        assertThat(extractor.rejects(result))
                .extracting(Reject::reason)
                .containsExactly(
                        "the record \"1\" has a field 'id' itself (expected: another name behind keyedBy)",
                        "the record \"2\" is a number where an object should be (columns names values that are none)",
                        "the record \"3\" has a field 'id' itself (expected: another name behind keyedBy)");
        assertThat(extractor.records(result)).containsExactly("{\"id\":\"4\",\"a\": \"id\"}");
    }

    @Test
    void failsWhereTheRecordsAreNoneOfThese() throws Exception {
        assertThat(extract(keyedBy("id"), "a", "{\"a\": [1]}").failure(ErrorCode.SOURCE_MALFORMED))
                .isEqualTo(
                        "a.json: 'a' is an array where an object should be whose members are the records, by keyedBy in line"
                                + " 1, column 7");
        assertThat(extract(keyedBy("id"), null, "{\"a\": {}").failure(ErrorCode.SOURCE_MALFORMED))
                .isEqualTo("a.json: the JSON is cut off in line 1, column 9");
        assertThat(extract(keyedBy("id"), null, "{\"a\": }").failure(ErrorCode.SOURCE_MALFORMED))
                .startsWith("a.json: '}' in line 1, column 7 (expected: a record)");
        assertThat(extract(keyedBy("id"), null, "{\"a\nb\": {}}").failure(ErrorCode.SOURCE_MALFORMED))
                .startsWith("a.json: a line break inside of a name, which JSON does not allow in line 2");
        assertThat(extract(columns("a"), null, "{\"a\": 1}").failure(ErrorCode.SOURCE_MALFORMED))
                .startsWith("a.json: the document is an object with the names a where an array of records should be");
    }

    @Test
    void answersOfAnApiAreReadSoToo() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(
                exchange,
                FakeApi.page(exchange) > 2
                        ? "{\"rows\": []}"
                        : "{\"rows\": [[" + FakeApi.page(exchange) + ",\"a\"]], \"total\": 2}"))) {
            assertThat(extractor.records(api.endpoint("request: {path: /a}\nrecords: rows\n"
                            + "format: {type: json, columns: [id, name]}\npagination: {type: page, total: total}")))
                    .containsExactly("{\"id\":1,\"name\":\"a\"}", "{\"id\":2,\"name\":\"a\"}");
        }
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "42"))) {
            assertThat(extractor.records(
                            api.endpoint("request: {path: /a, single: true}\nformat: {type: json, columns: [value]}")))
                    .containsExactly("{\"value\":42}");
        }
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"7\": {\"a\": 1}}"))) {
            assertThat(extractor.records(api.endpoint("request: {path: /a}\nformat: {type: json, keyedBy: id}")))
                    .containsExactly("{\"id\":\"7\",\"a\": 1}");
        }
    }
}
