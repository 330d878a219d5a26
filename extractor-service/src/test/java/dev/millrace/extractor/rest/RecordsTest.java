package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.Request;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Reject;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordsTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of("millrace.extractor.page-bytes", 4096));
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private static List<String> records(String body, @Nullable String path) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, body))) {
            return extractor.records(api.single(path));
        }
    }

    private static String failure(String body, @Nullable String path) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, body))) {
            return extractor.extract(api.single(path)).failure(ErrorCode.SOURCE_MALFORMED);
        }
    }

    @Test
    void stagesEachRecordAsItWasSent() throws Exception {
        String first = "{\"b\": 1.10e+2,\t\"a\":12345678901234567890.123456789, \"a\" :1,\"e\":\"\\u00e9\\/é😀\"}";
        String second = "{ }";
        assertThat(records("\uFEFF [" + first + " ,\n" + second + "]", null)).containsExactly(first, second);
    }

    @Test
    void findsRecordsInPrettyPrintedJson() throws Exception {
        assertThat(records("""
                {
                  "before": {"rows": ["]}"], "x": [[{}]]},
                  "data": {
                    "rows": [
                      {
                        "text": "a ]} \\" \\\\",
                        "number": 1
                      },
                      {"text": "größer\\n"}
                    ]
                  },
                  "after": "}]"
                }
                """, "data.rows"))
                .hasSize(2)
                .satisfiesExactly(
                        one -> assertThat(one.replaceAll("  +", " "))
                                .isEqualTo("{ \"text\": \"a ]} \\\" \\\\\", \"number\": 1 }"),
                        two -> assertThat(two).isEqualTo("{\"text\": \"größer\\n\"}"));
    }

    @Test
    void neverJoinsTokensThatALineBreakKeptApart() throws Exception {
        assertThat(records("[{\"a\":1\n2},{\"a\":1\r\n2}]", null)).containsExactly("{\"a\":1 2}", "{\"a\":1  2}");
    }

    @Test
    void stagesElementsThatAreNoObjectsForTheNextStepToReject() throws Exception {
        assertThat(records("[1.50, \"x\" ,null,[1,2],true]", null))
                .containsExactly("1.50", "\"x\"", "null", "[1,2]", "true");
    }

    @Test
    void rejectsARecordWithALineBreakInsideOfAText() throws Exception {
        try (FakeApi api = new FakeApi(
                (exchange, _) -> FakeApi.json(exchange, "[{\"id\":1},{\"id\":2,\"t\":\"a\nb\"},{\"id\":3}]"))) {
            ExtractorUnderTest.Result result = extractor.extract(api.single(null));

            assertThat(extractor.records(result)).containsExactly("{\"id\":1}", "{\"id\":3}");
            assertThat(extractor.rejects(result)).singleElement().satisfies(reject -> {
                assertThat(reject.step()).isEqualTo("EXTRACT");
                assertThat(reject.part()).isEqualTo(api.url() + "/api/rows");
                assertThat(reject.row()).isEqualTo(2);
                assertThat(reject.reason()).contains("line break");
            });
            assertThat(extractor.manifest(result).counts().records()).isEqualTo(3);
        }
    }

    @Test
    void rejectsARecordOf50MegabytesAndReadsOn() throws Exception {
        byte[] piece = new byte[1_000_000];
        Arrays.fill(piece, (byte) 'x');
        try (FakeApi api = new FakeApi((exchange, _) -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write("[{\"id\":1},{\"id\":2,\"text\":\"".getBytes(StandardCharsets.UTF_8));
                for (int i = 0; i < 50; i++) {
                    out.write(piece);
                }
                out.write("\"},{\"id\":3}]".getBytes(StandardCharsets.UTF_8));
            }
        })) {
            ExtractorUnderTest.Result result = extractor.extract(api.single(null));

            assertThat(extractor.records(result)).containsExactly("{\"id\":1}", "{\"id\":3}");
            assertThat(extractor.rejects(result)).singleElement().satisfies(reject -> {
                assertThat(reject.row()).isEqualTo(2);
                assertThat(reject.reason()).contains("50000018 bytes").contains("16777216");
                assertThat(reject.record())
                        .startsWith("{\"id\":2,\"text\":\"xxx")
                        .hasSize(Reject.MAX_RECORD);
            });
        }
    }

    @Test
    void readsAPageThatIsLargerThanItsShareOfMemory() throws Exception {
        StringBuilder rows = new StringBuilder("{\"id\":0}");
        for (int i = 1; i < 20_000; i++) {
            rows.append(",{\"id\":").append(i).append('}');
        }
        assertThat(records("[" + rows + "]", null)).hasSize(20_000).endsWith("{\"id\":19999}");
    }

    @Test
    void unpacksGzip() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write("[{\"id\":1}]".getBytes(StandardCharsets.UTF_8));
        }
        try (FakeApi api = new FakeApi((exchange, _) -> {
            assertThat(exchange.getRequestHeaders().getFirst("Accept-Encoding")).isEqualTo("gzip");
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            FakeApi.send(exchange, 200, "application/json", packed.toByteArray());
        })) {
            assertThat(extractor.records(api.single(null))).containsExactly("{\"id\":1}");
        }
    }

    @Test
    void bringsOtherCharsetsToUtf8() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.send(
                exchange,
                200,
                "application/json; charset=ISO-8859-1",
                "[{\"n\":\"Zoë\"}]".getBytes(StandardCharsets.ISO_8859_1)))) {
            assertThat(extractor.records(api.single(null))).containsExactly("{\"n\":\"Zoë\"}");
        }
    }

    @Test
    void saysWhichNamesTheAnswerHasWhenTheRecordsAreNotThere() throws Exception {
        assertThat(failure("{\"data\":{\"pupils\":[],\"count\":0}}", "data.students"))
                .contains("no 'data.students': 'data' has the names pupils, count");
        assertThat(failure("{\"students\":[]}", null)).contains("an object with the names students");
        assertThat(failure("{}", null)).contains("an object without names");
        assertThat(failure("{\"students\":{\"id\":1}}", "students")).contains("'students' is an object");
        assertThat(failure("{\"students\":[],\"students\":[]}", "students")).contains("'students' is there twice");
    }

    @Test
    void refusesWhatIsNoJson() throws Exception {
        assertThat(failure("[{\"a\":1} {\"a\":2}]", null))
                .contains("'{' in line 1, column 10 (expected: a comma or the end of the array)");
        assertThat(failure("[{\"a\":[1}]", null)).contains("'}' in line 1, column 9");
        assertThat(failure("[1,]", null)).contains("expected: a record");
        assertThat(failure("[1]\n[2]", null)).contains("'[' in line 2, column 1 (expected: the end of the document)");
        assertThat(failure("OK", null)).contains("expected: a JSON array of records");
    }

    @Test
    void refusesHtmlWhateverItsContentType() throws Exception {
        assertThat(failure(" <!doctype html><title>Log in</title>", null))
                .contains("HTML or XML instead of JSON: <!doctype html><title>Log in</title>");
        try (FakeApi api = new FakeApi((exchange, _) ->
                FakeApi.send(exchange, 200, "text/html", "Down for maintenance".getBytes(StandardCharsets.UTF_8)))) {
            assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_MALFORMED))
                    .isEqualTo("GET " + api.url() + "/api/rows: HTML or XML instead of JSON: Down for maintenance");
        }
    }

    @Test
    void takesAnAnswerWithoutRecordsForAnEmptyPageOnlyWhereThatIsAllowed() throws Exception {
        for (Missing missing : Missing.values()) {
            try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.json(
                    exchange, number == 1 ? "{\"kind\":\"list\",\"next\":\"a\"}" : "{\"items\":[{\"id\":1}]}"))) {
                ExtractorUnderTest.Result result = extractor.extract(new Work.Extract(
                        api.source(new Auth.None()),
                        new RestRead(
                                new Request(
                                        "/o",
                                        Map.of(),
                                        Map.of(),
                                        null,
                                        false,
                                        missing,
                                        Request.Errors.FAIL,
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        List.of()),
                                "items",
                                FakeApi.cursor(
                                        Pagination.Cursor.From.BODY,
                                        "next",
                                        Pagination.Cursor.In.QUERY,
                                        "pageToken",
                                        null)),
                        List.of(),
                        Work.Parts.TO_TRANSFORM));
                switch (missing) {
                    case FAIL ->
                        assertThat(result.failure(ErrorCode.SOURCE_MALFORMED))
                                .contains("no 'items': the document has the names kind, next");
                    case ALLOW -> assertThat(extractor.records(result)).containsExactly("{\"id\":1}");
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"base":"EUR","rates":{"USD":1.10}}          |      | {"base":"EUR","rates":{"USD":1.10}}
            {"data":{"id":1,"at":{"x":[1]}},"data2":{}}  | data | {"id":1,"at":{"x":[1]}}
            """)
    void takesOneObjectForARecordWhereThatIsSaid(String body, @Nullable String path, String record) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, body))) {
            assertThat(extractor.records(extractor.extract(single(api, path)))).containsExactly(record);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [{"id":1}]         |      | the document is no object, as a single record is
            {"data":[{}]}      | data | 'data' is no object, as a single record is
            {"data":7}         | data | 'data' is no object, as a single record is
            {"error":"none"}   | data | no 'data': the document has the names error
            {"data":{"id":1}   | data | the JSON is cut off
            """)
    void refusesWhatIsNoObjectWhereOneIsSaidToBe(String body, @Nullable String path, String reason) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, body))) {
            assertThat(extractor.extract(single(api, path)).failure(ErrorCode.SOURCE_MALFORMED))
                    .contains(reason);
        }
    }

    private static Work single(FakeApi api, @Nullable String path) {
        return new Work.Extract(
                api.source(new Auth.None()),
                new RestRead(
                        new Request(
                                "/o",
                                Map.of(),
                                Map.of(),
                                null,
                                true,
                                Missing.FAIL,
                                Request.Errors.FAIL,
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of()),
                        path,
                        new Pagination.None()),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    @Test
    void refusesAnArrayOrAnotherValueWhereRecordsMayBeMissing() throws Exception {
        for (String body : List.of("[]", "7", "{\"items\":{}}", "{\"items\":\"none\"}", "{\"items\"")) {
            try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, body))) {
                String failure = extractor
                        .extract(new Work.Extract(
                                api.source(new Auth.None()),
                                new RestRead(
                                        new Request(
                                                "/o",
                                                Map.of(),
                                                Map.of(),
                                                null,
                                                false,
                                                Missing.ALLOW,
                                                Request.Errors.FAIL,
                                                List.of(),
                                                List.of(),
                                                List.of(),
                                                List.of()),
                                        "items",
                                        new Pagination.None()),
                                List.of(),
                                Work.Parts.TO_TRANSFORM))
                        .failure(ErrorCode.SOURCE_MALFORMED);
                assertThat(failure).startsWith("GET " + api.url() + "/o: ");
            }
        }
    }

    @Test
    void encodesPathAndQueryAndPutsTheDayIn() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[]"))) {
            Map<String, String> query = new LinkedHashMap<>();
            query.put("from", "${day}T00:00:00+01:00");
            query.put("until", "${day+1:%d/%m/%Y}");
            query.put("name", "a b&c=é");
            Work.Extract work = new Work.Extract(
                    api.source(new Auth.None()),
                    new RestRead(FakeApi.request("/v1/é x%2F", query, null), null, new Pagination.None()),
                    List.of(),
                    Work.Parts.TO_TRANSFORM);

            extractor.records(extractor.extract(extractor.task(work, RunWindow.parse("2026-01-31"))));
            assertThat(api.requests())
                    .containsExactly("GET /v1/%C3%A9%20x%2F?from=2026-01-31T00%3A00%3A00%2B01%3A00"
                            + "&until=01%2F02%2F2026&name=a%20b%26c%3D%C3%A9");
            assertThat(extractor.extract(work).failure(ErrorCode.PIPELINE_INVALID))
                    .isEqualTo("the request's query parameter 'from' uses ${day}, but the run is not of a day");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ISO-8859-1, UTF-8, Québec €, Québec €",
        "windows-1252, UTF-8, Québec €, Québec €",
        "ISO-8859-1, ISO-8859-1, Québec, Québec",
        "windows-1252, windows-1252, Québec €, Québec €",
        "ISO-8859-1, UTF-8, plain, plain",
        "UTF-16, UTF-16, Québec €, Québec €",
        "UTF-16LE, UTF-16LE, Québec €, Québec €",
        "utf-8, UTF-8, Québec €, Québec €",
        "Shift_JIS, Shift_JIS, 日本, 日本",
        "Shift_JIS, UTF-8, 日本, 日本",
    })
    void jsonIsUtf8WhereverItCanBeWhateverEncodingIsDeclared(String declared, String sent, String text, String read)
            throws Exception {
        byte[] body = ("[{\"n\":\"" + text + "\"}]").getBytes(Charset.forName(sent));
        try (FakeApi api = new FakeApi(
                (exchange, _) -> FakeApi.send(exchange, 200, "application/json;charset=" + declared, body))) {
            ExtractorUnderTest.Result result = extractor.extract(api.single(null));

            assertThat(extractor.records(result)).containsExactly("{\"n\":\"" + read + "\"}");
            assertThat(result.log().stream().filter(line -> line.contains("but the bytes are UTF-8")))
                    .hasSize(sent.equals("UTF-8") && !declared.equals("utf-8") ? 1 : 0);
        }
    }

    @Test
    void theEncodingOfAnAnswerBeyondMemoryShowsAtItsEndToo() throws Exception {
        String filler = "{\"n\":\"" + "x".repeat(1000) + "\"},";
        byte[] body = ("[" + filler.repeat(6_000) + "{\"n\":\"é\"}]").getBytes(StandardCharsets.ISO_8859_1);
        try (FakeApi api = new FakeApi(
                (exchange, _) -> FakeApi.send(exchange, 200, "application/json;charset=ISO-8859-1", body))) {
            assertThat(extractor.records(api.single(null)))
                    .hasSize(6_001)
                    .last()
                    .isEqualTo("{\"n\":\"é\"}");
        }
    }
}
