package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Origin;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports that an API prepares before their records can be read. */
class ReportTest {
    private static final String TOKEN = "auth: {type: bearer, token: \"${secret:key}\"}";

    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
        extractor.secret("key", "marker-key");
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    /** Reports that are in the given states, one after the other; the last one stays. */
    private static final class Reports implements FakeApi.Behaviour {
        final List<String> bodies = new CopyOnWriteArrayList<>();
        final List<String> headers = new CopyOnWriteArrayList<>();
        final List<String> states;
        String url = "";
        int polls;

        Reports(String... states) {
            this.states = List.of(states);
        }

        @Override
        public synchronized void answer(HttpExchange exchange, int number) throws IOException {
            String path = exchange.getRequestURI().getPath();
            headers.add(path + " " + exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + exchange.getRequestHeaders().getFirst("X-Kind"));
            if (path.equals("/reports")) {
                bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                FakeApi.send(
                        exchange,
                        202,
                        "application/json",
                        "{\"data\": {\"reportId\": 7}, \"region\": \"eu/1\"}".getBytes(StandardCharsets.UTF_8));
            } else if (exchange.getRequestMethod().equals("DELETE")) {
                FakeApi.send(exchange, 204, "application/json", new byte[0]);
            } else if (path.equals("/reports/7")) {
                String state = states.get(Math.min(polls++, states.size() - 1));
                FakeApi.json(
                        exchange,
                        "{\"status\": " + state + ", \"documentId\": \"d 9\", \"document\": {\"url\": \"" + url
                                + "\"}}");
            } else if (path.equals("/documents/d 9")) {
                FakeApi.json(exchange, "{\"where\": \"" + url + "\"}");
            } else if (path.equals("/reports/7/rows")) {
                int page = FakeApi.page(exchange);
                FakeApi.json(exchange, page > 2 ? "[]" : "[{\"id\": " + page + "}]");
            } else {
                FakeApi.error(exchange, 404, "no such thing");
            }
        }
    }

    private static String report(String more) {
        return """
                report:
                  submit: {path: /reports, body: '{"type": "sales"}'}
                  id: data.reportId
                  poll: {path: "/reports/${report.id}", done: [DONE], failed: [FATAL], empty: [CANCELLED], every: 1ms, maxEvery: 4ms%s}
                  cancel: {path: "/reports/${report.id}"}
                """.formatted(more);
    }

    private static final String ROWS = """
            request: {path: "/reports/${report.id}/rows"}
            pagination: {type: page, size: pageSize}
            """;

    private static final String DOWNLOAD = "request: {path: \"${report.document.url}\"}\nrecords: rows\n";

    @Test
    void aReportIsAskedForUntilItIsDoneAndThenReadLikeAnyList() throws Exception {
        Reports reports = new Reports("\"IN_QUEUE\"", "\"IN_PROGRESS\"", "\"IN_PROGRESS\"", "\"DONE\"");
        try (FakeApi api = new FakeApi(reports)) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint(TOKEN, ROWS + report("")));

            assertThat(extractor.records(result)).containsExactly("{\"id\": 1}", "{\"id\": 2}");
            assertThat(reports.bodies).containsExactly("{\"type\":\"sales\"}");
            assertThat(api.requests())
                    .startsWith(
                            "POST /reports",
                            "GET /reports/7",
                            "GET /reports/7",
                            "GET /reports/7",
                            "GET /reports/7",
                            "GET /reports/7/rows?page=1&pageSize=1000")
                    .noneMatch(request -> request.startsWith("DELETE"));
            assertThat(reports.headers).allMatch(header -> header.contains(" Bearer marker-key "));
            assertThat(result.log())
                    .containsSubsequence(
                            "INFO report 7 is submitted",
                            "INFO report 7 is IN_QUEUE",
                            "INFO report 7 is IN_PROGRESS",
                            "INFO report 7 is DONE");
        }
    }

    @Test
    void aDocumentElsewhereIsReadWithoutCredentialsAndUnpacked() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        Reports reports = new Reports("\"DONE\"");
        try (FakeApi bucket = new FakeApi((exchange, _) -> {
                    seen.add(exchange.getRequestURI() + " "
                            + exchange.getRequestHeaders().getFirst("Authorization") + " "
                            + exchange.getRequestHeaders().getFirst("X-Kind"));
                    FakeApi.send(exchange, 200, "application/octet-stream", gzip("{\"rows\": [{\"id\": 3}]}"));
                });
                FakeApi api = new FakeApi(reports)) {
            reports.url = bucket.url() + "/a%20b?X-Signature=marker-signature-of-the-url&y=1";
            ExtractorUnderTest.Result result = extractor.extract(
                    api.endpoint(TOKEN + "\nheaders: {X-Kind: \"${secret:key}\"}", DOWNLOAD + report("")));

            assertThat(extractor.records(result)).containsExactly("{\"id\": 3}");
            assertThat(extractor.manifest(result).parts().getFirst().origins())
                    .extracting(Origin::place)
                    .as("where the records were read, which metadata: url shows")
                    .containsExactly(bucket.url() + "/a%20b");
            assertThat(seen).containsExactly("/a%20b?X-Signature=marker-signature-of-the-url&y=1 null null");
            assertThat(result.log()).noneMatch(line -> line.contains("marker-"));

            reports.url = bucket.url().replace("http://", "ftp://");
            assertThat(extractor
                            .extract(api.endpoint(TOKEN, DOWNLOAD + report("")))
                            .failure(ErrorCode.SOURCE_REFUSED))
                    .startsWith("${report.document.url} leads to ftp://127.0.0.1:");
            reports.url = "";
            assertThat(extractor
                            .extract(api.endpoint(TOKEN, DOWNLOAD + report("")))
                            .failure(ErrorCode.SOURCE_MALFORMED))
                    .isEqualTo(
                            "the answer to report.poll, which ${report.document.url} is of, has no text and no number at"
                                    + " 'document.url'");
        }
        try (FakeApi bucket = new FakeApi(
                        (exchange, _) -> FakeApi.error(exchange, 403, "expired: " + exchange.getRequestURI()));
                FakeApi api = new FakeApi(reports)) {
            reports.url = bucket.url() + "/file?X-Signature=marker-signature-of-the-url";
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint(TOKEN, DOWNLOAD + report("")));
            assertThat(result.failure(ErrorCode.SOURCE_UNAUTHORIZED))
                    .isEqualTo("GET " + bucket.url() + "/file: 403: expired: /file?***");
            assertThat(bucket.requests()).hasSize(1);
        }
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void whereTheDocumentIsMayHaveToBeAskedFor() throws Exception {
        Reports reports = new Reports("\"DONE\"");
        try (FakeApi api = new FakeApi(reports)) {
            reports.url = "/reports/7/rows?page=2";
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint("""
                    request: {path: "${report.where}"}
                    report:
                      submit: {path: /reports, headers: {X-Kind: sales}}
                      id: data.reportId
                      poll: {path: "/reports/${report.id}", query: {in: "${report.region}"}, done: [DONE]}
                      document: {path: "/documents/${report.documentId}"}
                    """));

            assertThat(extractor.records(result)).containsExactly("{\"id\": 2}");
            assertThat(api.requests())
                    .containsExactly(
                            "POST /reports",
                            "GET /reports/7?in=eu%2F1",
                            "GET /documents/d%209",
                            "GET /reports/7/rows?page=2");
            assertThat(reports.headers).first().asString().endsWith(" sales");
            assertThat(reports.headers.subList(1, 4)).allMatch(header -> header.endsWith(" null"));
        }
    }

    /** As bulk queries of Salesforce are: CSV, in pages whose last one has the locator {@code null}. */
    @Test
    void aReportMayComeInPagesOfCsv() throws Exception {
        List<String> cancelled = new CopyOnWriteArrayList<>();
        try (FakeApi api = new FakeApi((exchange, number) -> {
            String path = exchange.getRequestURI().getPath();
            if (exchange.getRequestMethod().equals("PATCH")) {
                cancelled.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                FakeApi.json(exchange, "{}");
            } else if (path.endsWith("/results")) {
                String locator = FakeApi.query(exchange).get("locator");
                exchange.getResponseHeaders().set("Sforce-Locator", locator == null ? "MTAwMDA" : "null");
                FakeApi.send(
                        exchange,
                        200,
                        "text/csv",
                        ("\"id\"\n" + (locator == null ? "1" : "2") + "\n").getBytes(StandardCharsets.UTF_8));
            } else {
                FakeApi.json(
                        exchange,
                        "{\"id\": \"750R\", \"state\": \"" + (number < 3 ? "InProgress" : "JobComplete") + "\"}");
            }
        })) {
            String query = """
                    report:
                      submit: {path: /jobs/query, body: '{"operation": "query", "query": "SELECT Id FROM Account"}'}
                      poll: {path: "/jobs/query/${report.id}", state: state, done: [JobComplete], failed: [Failed, Aborted], every: 1ms}
                      cancel: {method: patch, path: "/jobs/query/${report.id}", body: '{"state": "Aborted"}'}
                    request:
                      path: /jobs/query/${report.id}/results
                      endIf: [{header: sforce-locator, is: ["null"]}]
                    format: {type: csv}
                    pagination: {type: cursor, from: header, cursor: sforce-locator, parameter: locator}
                    """;
            assertThat(extractor.records(api.endpoint(query))).containsExactly("{\"id\":\"1\"}", "{\"id\":\"2\"}");
            assertThat(api.requests())
                    .containsExactly(
                            "POST /jobs/query",
                            "GET /jobs/query/750R",
                            "GET /jobs/query/750R",
                            "GET /jobs/query/750R/results",
                            "GET /jobs/query/750R/results?locator=MTAwMDA");
            assertThat(cancelled).isEmpty();
        }
        try (FakeApi api = new FakeApi((exchange, _) -> {
            if (exchange.getRequestMethod().equals("PATCH")) {
                cancelled.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                FakeApi.error(exchange, 409, "too late");
            } else {
                FakeApi.json(exchange, "{\"id\": 1, \"state\": \"waiting\"}");
            }
        })) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint("""
                    report:
                      submit: {path: /jobs}
                      poll: {path: "/jobs/${report.id}", state: state, done: [done], every: 1ms, atMost: 5ms}
                      cancel: {method: patch, path: "/jobs/${report.id}", body: '{"state": "Aborted"}'}
                    request: {path: "/jobs/${report.id}/results"}
                    """));
            assertThat(result.failure(ErrorCode.SOURCE_UNAVAILABLE)).startsWith("report 1 is still waiting");
            assertThat(cancelled).containsExactly("{\"state\":\"Aborted\"}");
            assertThat(result.log()).contains("WARN report 1 is not cancelled: PATCH " + api.url() + "/jobs/1: 409");
        }
    }

    private static Task next(Task task) {
        return extractor.gateway().task(task.run(), task.attempt() + 1, task.day(), task.work());
    }

    /** Reports with numbers of their own, each in the state that it was given last. */
    private static final class Numbered implements FakeApi.Behaviour, AutoCloseable {
        final Map<Integer, String> states = new ConcurrentHashMap<>();
        private final AtomicInteger submitted = new AtomicInteger();
        private final CountDownLatch over = new CountDownLatch(1);
        private final AtomicBoolean hangs;

        /** @param hangs whether the first question has no answer as long as the test lasts */
        Numbered(boolean hangs) {
            this.hangs = new AtomicBoolean(hangs);
        }

        @Override
        public void answer(HttpExchange exchange, int number) throws IOException {
            String path = exchange.getRequestURI().getPath();
            if (path.equals("/reports")) {
                int id = submitted.incrementAndGet();
                states.put(id, "IN_QUEUE");
                FakeApi.json(exchange, "{\"data\": {\"reportId\": " + id + "}}");
            } else if (path.endsWith("/rows")) {
                FakeApi.json(exchange, FakeApi.page(exchange) > 1 ? "[]" : "[{\"of\": \"" + path + "\"}]");
            } else if (exchange.getRequestMethod().equals("DELETE")) {
                FakeApi.send(exchange, 204, "application/json", new byte[0]);
            } else {
                if (hangs.getAndSet(false)) {
                    try {
                        over.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
                FakeApi.json(exchange, "{\"status\": \"" + states.get(Integer.parseInt(path.substring(9))) + "\"}");
            }
        }

        /** Lets the first question have an answer. */
        void end() {
            over.countDown();
        }

        @Override
        public void close() {
            end();
        }
    }

    private static Thread begun(Task task, FakeApi api) {
        Thread attempt = Thread.ofVirtual().start(() -> {
            try {
                extractor.extract(task);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        await().until(() -> api.requests().stream().anyMatch(request -> request.startsWith("GET /reports/")));
        return attempt;
    }

    @Test
    void anAttemptThatIsTakenForDeadIsFollowedByOneThatWaitsForTheSameReport() throws Exception {
        try (Numbered reports = new Numbered(true);
                FakeApi api = new FakeApi(reports)) {
            Task first = extractor.task(api.endpoint(ROWS + report("")), null);
            Thread attempt = begun(first, api);
            reports.states.put(1, "DONE");
            ExtractorUnderTest.Result result = extractor.extract(next(first));

            assertThat(extractor.records(result)).containsExactly("{\"of\": \"/reports/1/rows\"}");
            assertThat(result.log()).contains("INFO report 1 was submitted by an earlier attempt, and is waited for");
            assertThat(api.requests()).containsOnlyOnce("POST /reports");
            reports.end();
            attempt.join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"CANCELLED", "FATAL"})
    void aReportOfAnEarlierAttemptThatHasNoRecordsIsSubmittedOnceMore(String state) throws Exception {
        try (Numbered reports = new Numbered(true);
                FakeApi api = new FakeApi(reports)) {
            Task first = extractor.task(api.endpoint(ROWS + report("")), null);
            Thread attempt = begun(first, api);
            reports.states.put(1, state);
            Task second = next(first);
            Thread after = Thread.ofVirtual().start(() -> {
                await().until(() -> reports.states.size() == 2);
                reports.states.put(2, "DONE");
            });
            ExtractorUnderTest.Result result = extractor.extract(second);

            assertThat(extractor.records(result)).containsExactly("{\"of\": \"/reports/2/rows\"}");
            assertThat(result.log())
                    .anyMatch(line -> line.startsWith(
                            "WARN report 1 of an earlier attempt is of no use, so" + " another one is submitted: "));
            reports.end();
            attempt.join();
            after.join();
        }
    }

    @Test
    void anAttemptAfterOneThatHasFailedSubmitsAnotherReport() throws Exception {
        try (Numbered reports = new Numbered(false);
                FakeApi api = new FakeApi(reports)) {
            Task first = extractor.task(api.endpoint(ROWS + report(", atMost: 20ms")), null);
            assertThat(extractor.extract(first).failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .startsWith("report 1 is still IN_QUEUE");
            assertThat(extractor.extract(next(first)).failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .startsWith("report 2 is still IN_QUEUE");
        }
    }

    @Test
    void aReportWithoutRecordsIsNoFailure() throws Exception {
        try (FakeApi api = new FakeApi(new Reports("\"CANCELLED\""))) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint(ROWS + report("")));

            assertThat(extractor.manifest(result).counts().records()).isZero();
            assertThat(api.requests()).containsExactly("POST /reports", "GET /reports/7");
        }
    }

    @Test
    void aReportThatFailsIsQuotedAndNotCancelled() throws Exception {
        try (FakeApi api = new FakeApi(new Reports("\"FATAL\""))) {
            assertThat(extractor.extract(api.endpoint(ROWS + report(""))).failure(ErrorCode.SOURCE_REFUSED))
                    .startsWith("report 7 is FATAL, so it has no records: {\"status\": \"FATAL\"");
            assertThat(api.requests()).containsExactly("POST /reports", "GET /reports/7");
        }
    }

    @Test
    void aReportThatTakesTooLongFailsAndIsCancelled() throws Exception {
        try (FakeApi api = new FakeApi(new Reports("\"IN_QUEUE\""))) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint(ROWS + report(", atMost: 20ms")));

            assertThat(result.failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .isEqualTo("report 7 is still IN_QUEUE after 20 ms, which is atMost of report.poll");
            assertThat(api.requests()).last().isEqualTo("DELETE /reports/7");
            assertThat(result.log()).contains("INFO report 7 is cancelled");
        }
    }

    @Test
    void aStateThatNobodyKnowsFailsWhereThoseThatWaitAreSaid() throws Exception {
        try (FakeApi api = new FakeApi(new Reports("\"IN_QUEUE\"", "\"PAUSED\""))) {
            assertThat(extractor
                            .extract(api.endpoint(ROWS + report(", pending: [IN_QUEUE]")))
                            .failure(ErrorCode.SOURCE_MALFORMED))
                    .isEqualTo(
                            "report 7 is 'PAUSED' (expected: a state of done, empty, failed or pending of report.poll)");
            assertThat(api.requests()).last().isEqualTo("DELETE /reports/7");
        }
        try (FakeApi api = new FakeApi(new Reports("null"))) {
            assertThat(extractor.extract(api.endpoint(ROWS + report(""))).failure(ErrorCode.SOURCE_MALFORMED))
                    .isEqualTo("the answer to report.poll has no text and no number at 'status'");
        }
    }

    @Test
    void whatIsNoAnswerAboutAReportIsNamed() throws Exception {
        Map<String, String> answers = Map.of(
                "{}", "the answer to report.submit has no text and no number at 'data.reportId'",
                "{\"data\": {\"reportId\": []}}", "the answer to report.submit: ",
                "{\"data\":", "the answer to report.submit");
        for (Map.Entry<String, String> answer : answers.entrySet()) {
            try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, answer.getKey()))) {
                assertThat(extractor.extract(api.endpoint(ROWS + report(""))).failure(ErrorCode.SOURCE_MALFORMED))
                        .startsWith(answer.getValue());
                assertThat(api.requests()).containsExactly("POST /reports");
            }
        }
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.error(exchange, 400, "no such type"))) {
            assertThat(extractor.extract(api.endpoint(ROWS + report(""))).failure(ErrorCode.SOURCE_REFUSED))
                    .isEqualTo("POST " + api.url() + "/reports: 400: no such type");
        }
    }

    @Test
    void questionsThatFailForAWhileAreAskedAgain() throws Exception {
        Reports reports = new Reports("\"DONE\"");
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number == 1 || number == 3) {
                FakeApi.error(exchange, 503, "busy");
            } else {
                reports.answer(exchange, number);
            }
        })) {
            assertThat(extractor.records(api.endpoint(ROWS + report("")))).hasSize(2);
        }
    }

    @Test
    void aRunThatIsStoppedCancelsItsReportWhateverTheLimits(@TempDir Path folder) throws Exception {
        CountDownLatch polled = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Reports reports = new Reports("\"IN_QUEUE\"");
        try (ExtractorUnderTest own = new ExtractorUnderTest(folder, Map.of());
                FakeApi api = new FakeApi((exchange, number) -> {
                    String method = exchange.getRequestMethod();
                    reports.answer(exchange, number);
                    if (number > 1) {
                        polled.countDown();
                    }
                    if (method.equals("DELETE")) {
                        cancelled.countDown();
                    }
                })) {
            Work.Extract work = api.endpoint(
                    "limits: {parallel: 1, requestsPerSecond: 1000}",
                    ROWS + report("").replace("maxEvery: 4ms", "maxEvery: 1h"));
            assertThat(own.service().post(own.task(work, null))).isEqualTo(202);
            assertThat(polled.await(30, TimeUnit.SECONDS)).isTrue();
            own.gateway().stopEverything();

            assertThat(cancelled.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(api.requests()).last().isEqualTo("DELETE /reports/7");
        }
    }

    @Test
    void aReportMayBeOfTheDayOfTheRun() throws Exception {
        Reports reports = new Reports("\"DONE\"");
        try (FakeApi api = new FakeApi(reports)) {
            String file = """
                    version: 1
                    name: sample
                    source: {type: rest, baseUrl: "%s"}
                    endpoints:
                      rows:
                        destination: {table: sample.rows, write: replace}
                        schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: on, type: DATE, metadata: day}]
                        day: {column: on}
                    %s
                    """.formatted(
                    api.url(), (ROWS + report("").replace("\"sales\"", "\"sales\", \"on\": \"${day}\"")).indent(4));
            Pipeline pipeline = switch (PipelineReader.read("sample", file)) {
                case PipelineReader.Result.Valid valid -> valid.pipeline();
                case PipelineReader.Result.Invalid invalid -> throw new AssertionError(invalid + file);
            };
            Work.Extract work = new Work.Extract(
                    pipeline.source(),
                    Objects.requireNonNull(pipeline.endpoints().get("rows")).read(),
                    List.of(),
                    Work.Parts.TO_TRANSFORM);
            Task task = extractor.task(work, RunWindow.parse("2026-01-31"));
            assertThat(extractor.records(extractor.extract(task))).hasSize(2);
            assertThat(reports.bodies).containsExactly("{\"type\":\"sales\",\"on\":\"2026-01-31\"}");
        }
    }
}
