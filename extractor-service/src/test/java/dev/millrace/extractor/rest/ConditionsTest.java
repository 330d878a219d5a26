package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the conditions of the file make of answers. */
class ConditionsTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private static FakeApi answering(int status, String body) throws IOException {
        return new FakeApi((exchange, _) ->
                FakeApi.send(exchange, status, "application/json", body.getBytes(StandardCharsets.UTF_8)));
    }

    private static Work.Extract work(FakeApi api, String request) {
        return api.endpoint("""
                request:
                  path: /api/rows
                %s
                records: rows
                """.formatted(request.indent(2)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`{path: errors}`                | {\"rows\":[1],\"errors\":[{\"message\":\"x\"}]}          | fails",
                "`{path: errors}`                | {\"rows\":[1],\"errors\":{\"a\":1}}                      | fails",
                "`{path: errors}`                | {\"rows\":[1],\"errors\":[ ]}                            |",
                "`{path: errors}`                | {\"rows\":[1],\"errors\":null}                           |",
                "`{path: errors}`                | {\"rows\":[1],\"errors\":false}                          |",
                "`{path: errors}`                | {\"rows\":[1],\"errors\":\"\"}                           |",
                "`{path: errors}`                | {\"rows\":[1]}                                           |",
                "`{path: ok, is: [false]}`       | {\"rows\":[1],\"ok\":false}                              | fails",
                "`{path: ok, is: [false]}`       | {\"rows\":[1],\"ok\":true}                               |",
                "`{path: ok, not: [true]}`       | {\"rows\":[1]}                                           | fails",
                "`{path: meta.status, not: [OK, ok]}` | {\"meta\":{\"status\":\"ok\"},\"rows\":[1]}           |",
                "`{path: meta.status, not: [OK, ok]}` | {\"meta\":{\"status\":\"failed\"},\"rows\":[1]}       | fails",
                "`{path: code, not: [0]}`        | {\"rows\":[1],\"code\":0}                                |",
                "`{path: code, not: [0]}`        | {\"rows\":[],\"code\":40001}                             | fails",
                "`{path: 'errors[0].code', is: [é]}` | {\"rows\":[],\"errors\":[{\"code\":\"\\u00e9\"}]}     | fails",
                "`{header: x-error}`             | {\"rows\":[1]}                                           |",
                "`{header: x-kind, is: [rows]}`  | {\"rows\":[1]}                                           | fails",
                "`{path: error}`                 | {\"error\":\"no such table\"}                            | fails",
            })
    void anAnswerOf200IsAnErrorWhereTheFileSaysSo(String condition, String body, @Nullable String fails)
            throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            exchange.getResponseHeaders().set("x-kind", "rows");
            FakeApi.json(exchange, body);
        })) {
            ExtractorUnderTest.Result result = extractor.extract(work(api, "failIf: [" + condition + "]"));
            if (fails == null) {
                assertThat(extractor.records(result)).containsExactly("1");
            } else {
                assertThat(result.failure(ErrorCode.SOURCE_REFUSED))
                        .contains("200, but an error by the conditions of the file: ");
            }
        }
    }

    @Test
    void aConditionOfTheSourceHoldsForEachPageAndNothingIsLoadedOfTheOthers() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.json(
                exchange, number == 1 ? "{\"rows\":[1]}" : "{\"rows\":[],\"errors\":[{\"message\":\"internal\"}]}"))) {
            assertThat(extractor
                            .extract(api.endpoint("failIf: [{path: errors}]", """
                                    request: {path: /api/rows}
                                    records: rows
                                    pagination: {type: page, batch: 1}
                                    """))
                            .failure(ErrorCode.SOURCE_REFUSED))
                    .endsWith("'errors' says something: [{\"message\":\"internal\"}]");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "fail  | {\"data\":{\"rows\":[1]},\"errors\":[{\"message\":\"partial\"}]} | partial",
                "fail  | {\"errors\":[{\"message\":\"denied\"}],\"data\":null}           | denied",
                "fail  | {\"data\":{\"rows\":[1]},\"errors\":[]}                         |",
                "fail  | {\"data\":{\"rows\":[1]},\"errors\":null}                       |",
                "fail  | {\"data\":{\"rows\":[1]},\"errors\":0}                          |",
                "allow | {\"data\":{\"rows\":[1]},\"errors\":[{\"message\":\"partial\"}]} |",
            })
    void errorsBesideTheDataOfAGraphQlAnswerFailTheRun(String errors, String body, @Nullable String problem)
            throws Exception {
        try (FakeApi api = answering(200, body)) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint("""
                    request: {path: /graphql, body: '{"query": "{rows}"}', errors: %s}
                    records: data.rows
                    """.formatted(errors)));
            if (problem == null) {
                assertThat(extractor.records(result)).containsExactly("1");
            } else {
                assertThat(result.failure(ErrorCode.SOURCE_REFUSED))
                        .contains("there are errors beside the data, which errors: allow would let pass")
                        .contains(problem);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "rows    | fail  | {\"rows\":[1],\"errors\":[{\"message\":\"partial\"}]}  | partial",
                "rows    | fail  | {\"rows\":[],\"errors\":[\"internal error\"]}           | internal error",
                "rows    | fail  | {\"errors\":[{\"code\":7}],\"rows\":[]}                | 7",
                "a.rows  | fail  | {\"a\":{\"rows\":[1]},\"errors\":[{\"code\":8}]}      | 8",
                "rows    | fail  | {\"errors\":[{\"code\":9}]}                            | 9",
                "rows    | fail  | {\"rows\":[1],\"errors\":[ ]}                          |",
                "rows    | fail  | {\"rows\":[1],\"errors\":{\"a\":1}}                    |",
                "errors  | fail  | {\"errors\":[1]}                                       |",
                "errors.rows | fail | {\"errors\":{\"rows\":[1]}}                        |",
                "rows    | allow | {\"rows\":[1],\"errors\":[{\"message\":\"partial\"}]}  |",
            })
    void errorsBesideTheRecordsFailTheRun(String records, String errors, String body, @Nullable String problem)
            throws Exception {
        try (FakeApi api = answering(200, body)) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint("""
                    request: {path: /api/rows, errors: %s}
                    records: %s
                    """.formatted(errors, records)));
            if (problem == null) {
                assertThat(extractor.records(result)).containsExactly("1");
            } else {
                assertThat(result.failure(ErrorCode.SOURCE_REFUSED))
                        .contains("there are errors beside the data, which errors: allow would let pass")
                        .contains(problem);
            }
        }
    }

    /** Where the answer is the record, errors are one of its fields. */
    @Test
    void errorsInARecordThatIsTheAnswerAreAField() throws Exception {
        try (FakeApi api = answering(200, "{\"id\":1,\"errors\":[\"disk\"]}")) {
            assertThat(extractor.records(api.endpoint("request: {path: /api/status, single: true}")))
                    .hasSize(1);
        }
    }

    @Test
    void anArrayAsTheWholeAnswerIsNoGraphQl() throws Exception {
        try (FakeApi api = answering(200, "[{\"data\":1,\"errors\":[1]}]")) {
            assertThat(extractor.records(api.endpoint("request: {path: /api/rows}")))
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`{status: [404]}`                        | 404 | {\"detail\":\"Invalid page.\"} | 1",
                "`{status: [400], path: code, is: [PAGE_OUT_OF_RANGE]}` | 400 | {\"code\":\"PAGE_OUT_OF_RANGE\"} | 1",
                "`{path: done, is: [true]}`               | 200 | {\"rows\":[2],\"done\":true} | 1,2",
                "`{path: message, is: [no more]}`         | 200 | {\"message\":\"no more\"}    | 1",
                "`{header: x-end}`                        | 200 | {\"rows\":[2]}               | 1,2",
            })
    void aListEndsWhereTheFileSaysSo(String condition, int status, String body, String records) throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number == 1) {
                FakeApi.json(exchange, "{\"rows\":[1]}");
            } else {
                exchange.getResponseHeaders().set("x-end", "yes");
                FakeApi.send(exchange, status, "application/json", body.getBytes(StandardCharsets.UTF_8));
            }
        })) {
            assertThat(extractor.records(api.endpoint("""
                    request: {path: /api/rows, endIf: [%s]}
                    records: rows
                    pagination: {type: page, batch: 1}
                    """.formatted(condition))))
                    .isEqualTo(List.of(records.split(",", -1)));
            assertThat(api.requests()).hasSize(2);
        }
    }

    @Test
    void anErrorIsNoEndOfAListOfWhichNoPageHasCome() throws Exception {
        try (FakeApi api = answering(404, "{}")) {
            assertThat(extractor.extract(api.endpoint("""
                                    request: {path: /api/rows, endIf: [{status: [404]}]}
                                    records: rows
                                    pagination: {type: page}
                                    """)).failure(ErrorCode.SOURCE_REFUSED))
                    .startsWith(
                            "page 1 is refused with 404: endIf makes an error the end of a list only behind its first");
        }
    }

    @Test
    void anotherErrorThanTheOneOfTheConditionFailsTheRun() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.send(
                exchange,
                number == 1 ? 200 : 400,
                "application/json",
                (number == 1 ? "{\"rows\":[1]}" : "{\"code\":\"OTHER\"}").getBytes(StandardCharsets.UTF_8)))) {
            assertThat(extractor.extract(api.endpoint("""
                                    request: {path: /api/rows, endIf: [{status: [400], path: code, is: [END]}]}
                                    records: rows
                                    pagination: {type: page, batch: 1}
                                    """)).failure(ErrorCode.SOURCE_REFUSED))
                    .contains("400: {\"code\":\"OTHER\"}");
        }
    }

    @Test
    void aRequestIsLeftOutWithAWarningWhereTheFileSaysSo() throws Exception {
        try (FakeApi api = answering(403, "{\"message\":\"not yours\"}")) {
            ExtractorUnderTest.Result result = extractor.extract(work(api, "skipIf: [{status: [403]}]"));

            assertThat(extractor.records(result)).isEmpty();
            assertThat(result.log())
                    .anyMatch(line -> line.startsWith("WARN the answer of " + api.url()
                            + "/api/rows is left out, as skipIf" + " says: 403, the status is one of [403]"));
        }
    }

    @Test
    void aPageInTheMiddleIsNotLeftOut() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number == 1) {
                FakeApi.json(exchange, "{\"rows\":[1]}");
            } else {
                FakeApi.error(exchange, 403, "no");
            }
        })) {
            assertThat(extractor.extract(api.endpoint("""
                                    request: {path: /api/rows, skipIf: [{status: [403]}]}
                                    records: rows
                                    pagination: {type: page, batch: 1}
                                    """)).failure(ErrorCode.SOURCE_INCONSISTENT))
                    .contains("page 2 would be left out as skipIf says, but only the first page can be");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`{status: [403], header: x-ratelimit-remaining, is: [0]}` | 403 | {}",
                "`{status: [404]}`                                         | 404 | {}",
                "`{status: [202]}`                                         | 202 | {}",
                "`{path: error, is: [RATE_LIMITED]}`                       | 200 | {\"error\":\"RATE_LIMITED\"}",
                "`{path: ready, is: [false]}`                              | 200 | {\"ready\":false,\"rows\":[]}",
            })
    void aRequestIsSentAgainWhereTheFileSaysSo(String condition, int status, String body) throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            exchange.getResponseHeaders().set("x-ratelimit-remaining", "0");
            FakeApi.send(
                    exchange,
                    number < 3 ? status : 200,
                    "application/json",
                    (number < 3 ? body : "{\"rows\":[1]}").getBytes(StandardCharsets.UTF_8));
        })) {
            assertThat(extractor.records(work(api, "retryIf: [" + condition + "]")))
                    .containsExactly("1");
            assertThat(api.requests()).hasSize(3);
        }
        try (FakeApi api = new FakeApi((exchange, _) -> {
            exchange.getResponseHeaders().set("x-ratelimit-remaining", "0");
            FakeApi.send(exchange, status, "application/json", body.getBytes(StandardCharsets.UTF_8));
        })) {
            assertThat(extractor
                            .extract(work(api, "retryIf: [" + condition + "]"))
                            .failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .contains("attempt 3 of 3");
        }
    }

    @Test
    void aConditionInASingleRecordIsFound() throws Exception {
        try (FakeApi api = answering(200, "{\"base\":\"EUR\",\"error\":{\"code\":7}}")) {
            assertThat(extractor
                            .extract(api.endpoint("request: {path: /o, single: true, failIf: [{path: error.code}]}"))
                            .failure(ErrorCode.SOURCE_REFUSED))
                    .contains("'error.code' says something: 7");
        }
    }
}
