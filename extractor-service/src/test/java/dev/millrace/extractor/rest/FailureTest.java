package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailureTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    @Test
    void givesUpAfterTheLastAttempt() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.error(exchange, 503, "busy\n" + "x".repeat(400)))) {
            assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .isEqualTo("GET " + api.url() + "/api/rows: 503: busy " + "x".repeat(295)
                            + "…; that was attempt 3 of 3");
            assertThat(api.requests()).hasSize(3);
        }
    }

    @Test
    void aSourceAtADeniedAddressIsRefusedBeforeAnythingIsSent(@TempDir Path folder) throws Exception {
        Map<String, Object> denied = Map.of("millrace.extractor.addresses.deny", "127.0.0.0/8");
        try (ExtractorUnderTest extractor = new ExtractorUnderTest(folder, denied);
                FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[{}]"))) {
            assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_REFUSED))
                    .endsWith(
                            "127.0.0.1 is in 127.0.0.0/8, where no source may be (millrace.extractor.addresses.deny)");
            assertThat(api.requests()).isEmpty();
        }
    }

    @Test
    void aHeadThatIsLargerThanAnybodyNeedsFailsItsRunAndNoOther() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            switch (number) {
                case 1 -> exchange.getResponseHeaders().set("X-Long", "x".repeat(70_000));
                case 2 -> {
                    for (int i = 0; i < 600; i++) {
                        exchange.getResponseHeaders().set("X-Many-" + i, "x");
                    }
                }
                default -> exchange.getResponseHeaders().set("X-Usual", "x".repeat(30_000));
            }
            FakeApi.json(exchange, "[{}]");
        })) {
            for (int i = 0; i < 2; i++) {
                assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_MALFORMED))
                        .startsWith("GET " + api.url()
                                + "/api/rows: the answer has too many headers, or too large ones: Maximum ");
            }
            assertThat(extractor.records(api.single(null))).containsExactly("{}");
            assertThat(api.requests()).hasSize(3);
        }
    }

    @Test
    void doesNotRepeatWhatIsRefused() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.error(exchange, 404, "no such thing"))) {
            assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_REFUSED))
                    .isEqualTo("GET " + api.url() + "/api/rows: 404: no such thing");
            assertThat(api.requests()).hasSize(1);
        }
    }

    @Test
    void waitsAsLongAsTheServerAsks() throws Exception {
        long started = System.nanoTime();
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number == 1) {
                exchange.getResponseHeaders().set("Retry-After", "1");
                FakeApi.error(exchange, 429, "");
            } else {
                FakeApi.json(exchange, "[{}]");
            }
        })) {
            assertThat(extractor.records(api.single(null))).containsExactly("{}");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void failsAtOnceWhenTheServerAsksForMoreThanThePipelineAllows() throws Exception {
        String inAnHour = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusHours(1));
        for (String asked : List.of("6", inAnHour)) {
            try (FakeApi api = new FakeApi((exchange, _) -> {
                exchange.getResponseHeaders().set("Retry-After", asked);
                FakeApi.error(exchange, 503, "");
            })) {
                assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_UNAVAILABLE))
                        .contains("503 with Retry-After: " + asked + ", which is longer");
                assertThat(api.requests()).hasSize(1);
            }
        }
    }

    /** Each is further away than maxDelay, which shows that it is understood. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "6",
                "5.5",
                "4070908800",
                "4070908800000",
                "Thu, 01 Jan 2099 00:00:00 GMT",
                "Saturday, 01-Jan-50 00:00:00 GMT",
                "Thu Jan  1 00:00:00 2099",
                "2099-01-01T00:00:00Z",
                "2099-01-01T00:00:00+02:00",
            })
    void understandsEveryFormOfRetryAfter(String asked) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            exchange.getResponseHeaders().set("Retry-After", asked);
            FakeApi.error(exchange, 503, "");
        })) {
            assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .contains("503 with Retry-After: " + asked + ", which is longer");
            assertThat(api.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "1h", "-1", "Thu, 32 Jan 2099 00:00:00 GMT", "1,5"})
    void namesARetryAfterThatItDoesntUnderstand(String asked) throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            exchange.getResponseHeaders().set("Retry-After", asked);
            if (number == 1) {
                FakeApi.error(exchange, 503, "");
            } else {
                FakeApi.json(exchange, "[1]");
            }
        })) {
            ExtractorUnderTest.Result result = extractor.extract(api.single(null));

            assertThat(extractor.records(result)).containsExactly("1");
            assertThat(result.log())
                    .anyMatch(
                            line -> line.startsWith("WARN ") && line.contains("Retry-After: " + asked + ", which is"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 520, 529})
    void triesEveryTemporaryStatusAgainUnlessTheFileSaysOtherwise(int status) throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number == 1) {
                FakeApi.error(exchange, status, "");
            } else {
                FakeApi.json(exchange, "[1]");
            }
        })) {
            assertThat(extractor.records(api.endpoint("request: {path: /api/rows}")))
                    .containsExactly("1");
        }
    }

    @Test
    void waitsUntilThereAreRequestsAgainWhereTheFileNamesTheHeaders() throws Exception {
        long started = System.nanoTime();
        try (FakeApi api = new FakeApi((exchange, number) -> {
            exchange.getResponseHeaders().set("x-left", number == 1 ? "0" : "5");
            exchange.getResponseHeaders().set("x-reset", "1");
            FakeApi.json(exchange, number == 1 ? "[1]" : number == 2 ? "[2]" : "[]");
        })) {
            assertThat(extractor.records(api.endpoint("rateLimit: {remaining: x-left, reset: x-reset}", """
                    request: {path: /api/rows}
                    pagination: {type: page, batch: 1}
                    """)))
                    .containsExactly("1", "2");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 429, 400})
    void takesARefusalForAWaitWhenNoRequestsRemain(int status) throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            exchange.getResponseHeaders().set("x-ratelimit-remaining", number == 1 ? "0" : "9");
            exchange.getResponseHeaders().set("x-ratelimit-reset", "0");
            if (number == 1) {
                FakeApi.error(exchange, status, "slow down");
            } else {
                FakeApi.json(exchange, "[1]");
            }
        })) {
            assertThat(extractor.records(api.endpoint("rateLimit: {}", "request: {path: /api/rows}")))
                    .containsExactly("1");
        }
        try (FakeApi api = new FakeApi((exchange, _) -> {
            exchange.getResponseHeaders().set("x-ratelimit-remaining", "0");
            exchange.getResponseHeaders().set("x-ratelimit-reset", "4070908800");
            FakeApi.error(exchange, status, "slow down");
        })) {
            assertThat(extractor
                            .extract(api.endpoint("rateLimit: {}", "request: {path: /api/rows}"))
                            .failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .contains("takes no more requests for")
                    .contains("longer than the pipeline's maxDelay");
            assertThat(api.requests()).hasSize(1);
        }
    }

    @Test
    void followsARedirectToAnotherOriginWithoutAnythingSecretWhereTheFileSaysSo() throws Exception {
        List<String> headers = new CopyOnWriteArrayList<>();
        extractor.secret("token", "marker-token");
        try (FakeApi elsewhere = new FakeApi((exchange, number) -> {
                    exchange.getRequestHeaders().forEach((name, values) -> headers.add(name + values));
                    if (number == 1) {
                        exchange.getResponseHeaders().set("Location", "/signed?x=2");
                        FakeApi.error(exchange, 302, "");
                    } else {
                        FakeApi.json(exchange, "[1]");
                    }
                });
                FakeApi api = new FakeApi((exchange, _) -> {
                    exchange.getResponseHeaders().set("Location", elsewhere.url() + "/signed?x=1");
                    FakeApi.error(exchange, 307, "");
                })) {
            String source = """
                    auth: {type: bearer, token: "${secret:token}"}
                    headers: {x-tenant: "7"}
                    """;
            assertThat(extractor.records(api.endpoint(
                            source + "redirects: any", "request: {path: /api/rows, headers: {x-more: \"8\"}}")))
                    .containsExactly("1");
            assertThat(elsewhere.requests()).containsExactly("GET /signed?x=1", "GET /signed?x=2");
            assertThat(headers)
                    .isNotEmpty()
                    .noneMatch(header -> header.toLowerCase(Locale.ROOT)
                            .matches("(authorization|x-tenant|x-more|cookie).*|.*marker.*"));
            assertThat(extractor
                            .extract(api.endpoint(source, "request: {path: /api/rows}"))
                            .failure(ErrorCode.SOURCE_REFUSED))
                    .contains("credentials are sent to the base URL's origin only");
            assertThat(extractor
                            .extract(api.endpoint(source + "redirects: any", "request: {path: /api/rows, body: '{}'}"))
                            .failure(ErrorCode.SOURCE_REFUSED))
                    .contains("credentials are sent to the base URL's origin only");
        }
    }

    @Test
    void readsAPageAgainWhenTheConnectionBreaksInTheMiddleOfIt() throws Exception {
        String body = "[{\"id\":1},{\"id\":2},{\"id\":3}]";
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n";
        try (RawServer api = new RawServer(number -> head + (number < 3 ? body.substring(0, 20) : body))) {
            ExtractorUnderTest.Result result = extractor.extract(at(api.url()));
            assertThat(extractor.records(result)).containsExactly("{\"id\":1}", "{\"id\":2}", "{\"id\":3}");
            assertThat(result.log()).anyMatch(line -> line.contains("the connection was lost"));
        }
    }

    /** Answers each connection with a text, whatever came in, and closes it. */
    private static final class RawServer implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

        /** @param answers gets the number of the connection, from 1 */
        RawServer(IntFunction<String> answers) throws IOException {
            Thread.ofVirtual().start(() -> {
                for (int number = 1; !socket.isClosed(); number++) {
                    try (Socket connection = socket.accept()) {
                        int first = connection.getInputStream().read(new byte[64 * 1024]);
                        assertThat(first).isPositive();
                        connection.getOutputStream().write(answers.apply(number).getBytes(StandardCharsets.UTF_8));
                    } catch (IOException e) {
                        assertThat(e).isNotNull(); // closed by the test, or by the client
                    }
                }
            });
        }

        String url() {
            return "http://127.0.0.1:" + socket.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void readsATruncatedAnswerAgainAndThenFails() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) ->
                FakeApi.json(exchange, number == 1 ? "[{\"id\":1},{\"i" : "[{\"id\":1},{\"id\":2}]"))) {
            assertThat(extractor.records(api.single(null))).hasSize(2);
        }
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[{\"id\":1},{\"i"))) {
            assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_MALFORMED))
                    .contains("the JSON is cut off in line 1, column 14")
                    .contains("the answer starts with: [{\"id\":1},{\"i")
                    .contains("attempt 3 of 3");
        }
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, ""))) {
            assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_MALFORMED))
                    .contains("cut off");
        }
    }

    @Test
    void saysThatTheHostIsUnknownOrRefuses() throws Exception {
        String url;
        try (FakeApi api = new FakeApi((_, _) -> {})) {
            url = api.url();
        }
        extractor.secret("closed", url);
        assertThat(extractor.extract(at("${secret:closed}")).failure(ErrorCode.SOURCE_UNAVAILABLE))
                .isEqualTo("GET ${secret:closed}/api/rows: can't connect: the host refuses, or can't be reached;"
                        + " that was attempt 3 of 3");
        assertThat(extractor.extract(at("http://nowhere.invalid")).failure(ErrorCode.SOURCE_UNAVAILABLE))
                .startsWith("GET http://nowhere.invalid/api/rows: the host is unknown: DNS doesn't know its name,"
                        + " or can't be reached; that was attempt");
    }

    @Test
    void saysThatAServerSpeaksNoTls() throws Exception {
        try (RawServer api = new RawServer(_ -> "HTTP/1.1 400 Bad Request\r\n\r\n")) {
            assertThat(extractor
                            .extract(at(api.url().replace("http:", "https:")))
                            .failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .contains("/api/rows: TLS: ");
        }
    }

    private static Work.Extract at(String url) {
        return FakeApi.work(
                new RestSource(
                        url,
                        new Auth.None(),
                        Map.of(),
                        FakeApi.RETRY,
                        null,
                        Duration.ofSeconds(20),
                        List.of(),
                        List.of(),
                        RestSource.Redirects.OWN,
                        null),
                null,
                new Pagination.None());
    }

    @Test
    void givesUpOnAServerThatPausesForTooLongInsideOfABody() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (FakeApi api = new FakeApi((exchange, _) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('[');
            exchange.getResponseBody().flush();
            await(over);
        })) {
            RestSource source = new RestSource(
                    api.url(),
                    new Auth.None(),
                    Map.of(),
                    FakeApi.RETRY,
                    null,
                    Duration.ofMillis(200),
                    List.of(),
                    List.of(),
                    RestSource.Redirects.OWN,
                    null);
            assertThat(extractor
                            .extract(FakeApi.work(source, null, new Pagination.None()))
                            .failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .contains("no answer, or none of its next bytes, within 200 ms");
            over.countDown();
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void followsRedirectsWithinTheOriginOnly() throws Exception {
        try (FakeApi elsewhere = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[]"));
                FakeApi api = new FakeApi((exchange, number) -> {
                    if (number <= 5) {
                        exchange.getResponseHeaders().set("Location", "/other/" + number);
                        FakeApi.error(exchange, 302, "");
                    } else if (number == 6) {
                        FakeApi.json(exchange, "[{\"id\":1}]");
                    } else {
                        exchange.getResponseHeaders().set("Location", elsewhere.url() + "/api");
                        FakeApi.error(exchange, 307, "");
                    }
                })) {
            assertThat(extractor.records(api.single(null))).containsExactly("{\"id\":1}");
            assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_REFUSED))
                    .isEqualTo(
                            "GET " + api.url() + "/api/rows: 307 redirects to " + elsewhere.url()
                                    + "; credentials are sent to the base URL's origin only; redirects: any follows without them");
            assertThat(elsewhere.requests()).isEmpty();
        }
    }

    @Test
    void givesUpOnRedirectsWithoutEnd() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            exchange.getResponseHeaders().set("Location", "/again");
            FakeApi.error(exchange, 302, "");
        })) {
            assertThat(extractor.extract(api.single(null)).failure(ErrorCode.SOURCE_REFUSED))
                    .endsWith("more than 5 redirects, one after the other");
        }
    }

    @Test
    void releasesTheTaskAtOnceWhenTheServiceShutsDownInTheMiddleOfAnAnswer(@TempDir Path folder) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        try (FakeApi api = new FakeApi((exchange, _) -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write('[');
                    exchange.getResponseBody().flush();
                    asked.countDown();
                    await(over);
                });
                ExtractorUnderTest own = new ExtractorUnderTest(folder, Map.of())) {
            Task task = own.task(api.single(null), null);
            assertThat(own.service().post(task)).isEqualTo(202);
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            own.service().close();

            assertThat(own.gateway().outcome(task)).isInstanceOf(Outcome.Released.class);
            over.countDown();
        }
    }
}
