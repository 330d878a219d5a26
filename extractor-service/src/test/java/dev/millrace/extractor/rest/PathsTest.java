package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What paths name in answers, and what they can't. */
class PathsTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    /** The first page is what the test says, the second one, which the query shows, has no way on. */
    private static FakeApi twoPages(String first, String second) throws IOException {
        return new FakeApi((exchange, _) -> FakeApi.json(exchange, isSecond(exchange) ? second : first));
    }

    private static boolean isSecond(HttpExchange exchange) {
        return FakeApi.query(exchange).containsKey("next");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"@odata.nextLink\"        | {\"rows\":[1],\"@odata.nextLink\":\"?next=2\"}",
                "'\"@odata.nextLink\"'      | {\"rows\":[1],\"@odata.nextLink\":\"?next=2\"}",
                "\"['@odata.nextLink']\"    | {\"rows\":[1],\"@odata.nextLink\":\"?next=2\"}",
                "odata.nextLink             | {\"odata.nextLink\":\"?next=2\",\"rows\":[1]}",
                "links.next                 | {\"rows\":[1],\"links\":{\"self\":1,\"next\":\"?next=2\"}}",
                "page.links.next            | {\"rows\":[1],\"page.links\":{\"next\":\"?next=2\"}}",
                "page.links.next            | {\"rows\":[1],\"page\":{\"links.next\":\"?next=2\"}}",
                "\"link[1].url\"            | {\"rows\":[1],\"link\":[{\"url\":\"?x=1\"},{\"url\":\"?next=2\"}]}",
                "'a[\"b.c\"][0]'            | {\"rows\":[1],\"a\":{\"b.c\":[\"?next=2\"]}}",
                "meta.next                  | {\"rows\":[1],\"meta\":\"text\",\"meta.next\":\"?next=2\"}",
            })
    void aPathNamesAnyFieldAndAnyElementOfAnAnswer(String url, String first) throws Exception {
        try (FakeApi api = twoPages(first, "{\"rows\":[2]}")) {
            assertThat(extractor.records(api.endpoint("""
                    request: {path: /api/rows}
                    records: rows
                    pagination: {type: next-url, url: %s}
                    """.formatted(url)))).containsExactly("1", "2");
        }
    }

    @Test
    void recordsCursorAndTotalMayHavePointsInTheirNames() throws Exception {
        try (FakeApi api =
                twoPages("{\"odata.value\":[1,2],\"meta.next\":\"b\"}", "{\"odata.value\":[3],\"meta.next\":null}")) {
            assertThat(extractor.records(api.endpoint("""
                    request: {path: /api/rows}
                    records: odata.value
                    pagination: {type: cursor, cursor: meta.next, parameter: next}
                    """))).containsExactly("1", "2", "3");
        }
        try (FakeApi api = new FakeApi((exchange, _) ->
                FakeApi.json(exchange, "{\"@odata.count\":1,\"data\":[{\"rows\":[]},{\"rows\":[1]}]}"))) {
            assertThat(extractor.records(api.endpoint("""
                    request: {path: /api/rows}
                    records: data[1].rows
                    pagination: {type: page, total: "@odata.count"}
                    """))).containsExactly("1");
        }
    }

    @Test
    void theCursorOfTheLastRecordMayHaveAPointInItsName() throws Exception {
        try (FakeApi api = twoPages("[{\"_id.oid\":\"x\"},{\"_id.oid\":\"y\"}]", "[]")) {
            assertThat(extractor.records(api.endpoint("""
                    request: {path: /api/rows}
                    pagination: {type: cursor, from: record, cursor: _id.oid, parameter: next}
                    """))).hasSize(2);
            assertThat(api.requests()).containsExactly("GET /api/rows", "GET /api/rows?next=y");
        }
    }

    @Test
    void aCursorIsPutAtAnyPlaceOfTheBody() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            FakeApi.json(exchange, number == 1 ? "{\"rows\":[1],\"next\":\"b\"}" : "{\"rows\":[" + body + "]}");
        })) {
            assertThat(extractor.records(api.endpoint("""
                    request:
                      path: /api/rows
                      body: '{"queries": [{"page.after": null}], "a": {"b": 1}}'
                    records: rows
                    pagination: {type: cursor, cursor: next, in: body, parameter: "queries[0].page.after"}
                    """)))
                    .containsExactly("1", "{\"queries\":[{\"page.after\":\"b\"}],\"a\":{\"b\":1}}");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "next-url, url: link.url | {\"rows\":[1],\"link\":[{\"url\":\"?next=2\"}]} | the path 'link.url' leads through 'link', which is an array",
                "next-url, url: 'link[0]' | {\"rows\":[1],\"link\":{\"next\":\"?next=2\"}} | the path 'link[0]' leads through 'link', which is an object",
                "next-url, url: next.url | {\"rows\":[1],\"next\":\"?next=2\"} | the path 'next.url' leads through 'next', which is a text",
                "`cursor, parameter: next, cursor: next.token` | {\"rows\":[1],\"next\":\"b\"} | the path 'next.token' leads through 'next', which is a text",
                "`cursor, parameter: next, cursor: next.token` | {\"rows\":[1],\"next\":7} | the path 'next.token' leads through 'next', which is a number",
                "`cursor, parameter: next, cursor: next.token` | {\"rows\":[1],\"next\":false} | the path 'next.token' leads through 'next', which is true or false",
                "`cursor, parameter: next, cursor: next` | {\"rows\":[1],\"next\":{\"token\":\"b\"}} | 'next' is an object where a number, text, true, false or null should be",
                "`cursor, parameter: next, cursor: next` | {\"rows\":[1],\"next\":[\"b\"]} | 'next' is an array where a number, text, true, false or null should be",
                "`cursor, parameter: next, cursor: 'rows[0].id'` | {\"rows\":[{\"id\":1}]} | the path 'rows[0].id' leads into the records at 'rows'",
                "`page, total: meta.total` | {\"rows\":[1],\"meta\":[1]} | the path 'meta.total' leads through 'meta', which is an array",
                "`cursor, parameter: next, cursor: a.b` | {\"rows\":[1],\"a\":{\"b\":\"x\"},\"a.b\":\"y\"} | 'a.b' is there twice, nested and as a field whose name has the points in it",
            })
    void aPathThatCanNeverLeadToAValueFailsTheRunAndIsNamed(String pagination, String answer, String problem)
            throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, answer))) {
            assertThat(extractor
                            .extract(api.endpoint("""
                                    request: {path: /api/rows}
                                    records: rows
                                    pagination: {type: %s}
                                    """.formatted(pagination)))
                            .failure(ErrorCode.SOURCE_MALFORMED))
                    .contains(problem);
            assertThat(api.requests()).hasSize(1);
        }
    }

    @Test
    void aPathIntoAnArrayThatIsTheAnswerFailsTheRun() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[{\"id\":1}]"))) {
            assertThat(extractor.extract(api.endpoint("""
                                    request: {path: /api/rows}
                                    pagination: {type: cursor, cursor: next, parameter: next}
                                    """)).failure(ErrorCode.SOURCE_MALFORMED))
                    .contains("the path 'next' leads through the document, which is an array");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "fail  | {\"data\":{\"rows\":null}} | null where an array of records should be, at 'data.rows'",
                "fail  | {\"data\":null}            | no 'data.rows': 'data' has no names",
                "fail  | {\"data\":{\"row\":[]}}    | no 'data.rows': 'data' has the names row",
                "fail  | null                       | no 'data.rows': the document has no names",
                "fail  | {\"data\":[{\"rows\":[1]}]} | the path 'data.rows' leads through 'data', which is an array",
                "allow | {\"data\":[{\"rows\":[1]}]} | the path 'data.rows' leads through 'data', which is an array",
                "allow | {\"data\":\"none\"}         | the path 'data.rows' leads through 'data', which is a text",
                "allow | [{\"data\":{\"rows\":[1]}}] | the path 'data.rows' leads through the document, which is an array",
                "allow | {\"data\":{\"rows\":{}}}    | 'data.rows' is an object without names where an array of records should be",
                "allow | {\"data\":{\"rows\":null}} | ",
                "allow | {\"data\":{}}              | ",
                "allow | {\"data\":null}            | ",
                "allow | null                       | ",
            })
    void onlyWhatIsAbsentOrNullIsMissingAndOnlyWhereThatIsAllowed(String missing, String answer, String problem)
            throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, answer))) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint("""
                    request: {path: /api/rows, missing: %s}
                    records: data.rows
                    """.formatted(missing)));
            if (problem == null) {
                assertThat(extractor.records(result)).isEmpty();
            } else {
                assertThat(result.failure(ErrorCode.SOURCE_MALFORMED)).contains(problem);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"204, fail", "202, fail", "204, allow", "202, allow"})
    void aStatusThatSaysThatThereIsNothingIsMissingToo(int status, String missing) throws Exception {
        try (FakeApi api =
                new FakeApi((exchange, _) -> FakeApi.send(exchange, status, "application/json", new byte[0]))) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint("""
                    request: {path: /api/rows, missing: %s}
                    records: rows
                    """.formatted(missing)));
            if (missing.equals("allow")) {
                assertThat(extractor.records(result)).isEmpty();
            } else {
                assertThat(result.failure(ErrorCode.SOURCE_MALFORMED))
                        .contains("the status " + status + ", which says that there is nothing");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"fail", "allow"})
    void aSingleRecordThatIsNullIsMissing(String missing) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"data\":null}"))) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint("""
                    request: {path: /api/rows, single: true, missing: %s}
                    records: data
                    """.formatted(missing)));
            if (missing.equals("allow")) {
                assertThat(extractor.records(result)).isEmpty();
            } else {
                assertThat(result.failure(ErrorCode.SOURCE_MALFORMED))
                        .contains("null where a record should be, at 'data'");
            }
        }
    }

    @Test
    void aLastPageMayHaveNullRecordsAndANullCursorWhereTheFileSaysSo() throws Exception {
        try (FakeApi api = twoPages("{\"rows\":[1],\"next\":\"b\"}", "{\"rows\":null,\"next\":null}")) {
            assertThat(extractor.records(api.endpoint("""
                    request: {path: /api/rows, missing: allow}
                    records: rows
                    pagination: {type: cursor, cursor: next, parameter: next}
                    """))).containsExactly("1");
        }
    }

    @Test
    void aCursorWithHalfACharacterFailsTheRun() throws Exception {
        try (FakeApi api =
                new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"rows\":[1],\"next\":\"a\\ud83d\"}"))) {
            assertThat(extractor.extract(api.endpoint("""
                                    request: {path: /api/rows}
                                    records: rows
                                    pagination: {type: cursor, cursor: next, parameter: next}
                                    """)).failure(ErrorCode.SOURCE_MALFORMED))
                    .isEqualTo(
                            "page 1 hands out a cursor at 'next' with half a character in it (a surrogate), which can't"
                                    + " be sent");
        }
    }
}
