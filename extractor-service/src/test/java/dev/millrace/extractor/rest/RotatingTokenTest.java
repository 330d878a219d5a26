package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.Work;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An API that hands out another refresh token with each access token, and revokes all of them when one comes twice. */
class RotatingTokenTest {
    private static final String KEY = "marker-key-of-the-tokens-that-are-kept";

    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of("millrace.secrets.token-key", KEY));
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    @BeforeEach
    void reset() {
        extractor.gateway().tokens().clear();
        extractor.gateway().grantToken(null);
        extractor.gateway().answerTokensWith(200);
    }

    /** Its access tokens are good for {@code callsPerToken} calls; it has two pages of rows. */
    private static final class Books implements FakeApi.Behaviour {
        final List<String> spent = new CopyOnWriteArrayList<>();
        final int callsPerToken;
        String valid;
        int issued;
        int left;

        Books(String first, int callsPerToken) {
            this.valid = first;
            this.callsPerToken = callsPerToken;
        }

        @Override
        public synchronized void answer(HttpExchange exchange, int number) throws IOException {
            if (exchange.getRequestURI().getPath().equals("/token")) {
                token(exchange);
                return;
            }
            String sent = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            if (!sent.equals("Bearer marker-access-" + issued) || left-- <= 0) {
                FakeApi.error(exchange, 401, "not with " + sent);
                return;
            }
            FakeApi.json(exchange, FakeApi.page(exchange) > 2 ? "[]" : "[{\"id\":" + FakeApi.page(exchange) + "}]");
        }

        void token(HttpExchange exchange) throws IOException {
            String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String sent = form.replaceFirst("(^|.*&)refresh_token=([^&]*).*", "$2");
            spent.add(sent);
            if (!sent.equals(valid)) {
                valid = "none";
                FakeApi.send(
                        exchange,
                        400,
                        "application/json",
                        ("{\"error\":\"invalid_grant\",\"token\":\"" + sent + "\"}").getBytes(StandardCharsets.UTF_8));
                return;
            }
            issued++;
            left = callsPerToken;
            valid = "marker-refresh-" + issued;
            FakeApi.json(
                    exchange,
                    "{\"access_token\":\"marker-access-" + issued + "\",\"refresh_token\":\"" + valid + "\"}");
        }
    }

    private static Work.Extract work(FakeApi api, String refreshToken) throws IOException {
        extractor.secret("books", "{\"CLIENT_SECRET\":\"marker-client\",\"REFRESH\":\"" + refreshToken + "\"}");
        return api.endpoint("""
                auth:
                  type: oauth2-refresh-token
                  tokenUrl: %s/token
                  clientId: millrace
                  clientSecret: ${secret:books#CLIENT_SECRET}
                  refreshToken: ${secret:books#REFRESH}
                """.formatted(api.url()), """
                request: {path: /rows}
                pagination: {type: page, size: pageSize}
                """);
    }

    private static ExtractorUnderTest.Result read(FakeApi api, String refreshToken) throws Exception {
        return extractor.extract(work(api, refreshToken));
    }

    private static void assertNothingIsLeaked(ExtractorUnderTest.Result result) throws IOException {
        List<String> all = new ArrayList<>(result.log());
        all.add(result.outcome().toString());
        all.add(extractor.everythingWritten());
        all.add(extractor.gateway().tokens().toString());
        all.add(extractor.gateway().heartbeats().stream()
                .map(Heartbeat::toString)
                .toList()
                .toString());
        assertThat(all).noneMatch(text -> text.contains("marker-"));
    }

    @Test
    void eachRunGoesOnWithTheTokenThatTheOneBeforeKept() throws Exception {
        Books books = new Books("marker-first", 2);
        try (FakeApi api = new FakeApi(books)) {
            for (int run = 0; run < 3; run++) {
                ExtractorUnderTest.Result result = read(api, "marker-first");
                assertThat(extractor.records(result)).hasSize(2);
                assertNothingIsLeaked(result);
            }
            assertThat(books.spent)
                    .containsExactly(
                            "marker-first",
                            "marker-refresh-1",
                            "marker-refresh-2",
                            "marker-refresh-3",
                            "marker-refresh-4",
                            "marker-refresh-5");
            assertThat(extractor.gateway().tokens()).hasSize(1);
            assertThat(extractor.gateway().tokens().values())
                    .allSatisfy(kept -> assertThat(kept.version()).isEqualTo(6));
        }
    }

    @Test
    void aNewTokenInTheSecretTakesThePlaceOfWhatIsKept() throws Exception {
        Books books = new Books("marker-first", 1000);
        try (FakeApi api = new FakeApi(books)) {
            assertThat(extractor.records(read(api, "marker-first"))).hasSize(2);
            books.valid = "marker-second";
            assertThat(extractor.records(read(api, "marker-second"))).hasSize(2);
            assertThat(extractor.records(read(api, "marker-second"))).hasSize(2);

            assertThat(books.spent).containsExactly("marker-first", "marker-second", "marker-refresh-2");
        }
    }

    @Test
    void aTokenThatWasUsedOrRevokedIsAnErrorThatSaysToAuthorizeAnew() throws Exception {
        Books books = new Books("marker-other", 1000);
        try (FakeApi api = new FakeApi(books)) {
            ExtractorUnderTest.Result result = read(api, "marker-first");

            assertThat(result.failure(ErrorCode.SOURCE_UNAUTHORIZED))
                    .startsWith("POST " + api.url() + "/token: 400: {\"error\":\"invalid_grant\"")
                    .endsWith(
                            "; the refresh token of ${secret:books#REFRESH} has expired, was revoked, or was used already:"
                                    + " authorize anew (./millrace authorize, or a new refresh token in the secret)");
            assertThat(api.requests()).hasSize(1);
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void saysThatAnAttemptWhichHasEndedMayHaveSpentTheToken() throws Exception {
        extractor.gateway().grantToken(new TokenRequest.Grant(true, 0, null, true));
        try (FakeApi api = new FakeApi(new Books("marker-other", 1000))) {
            assertThat(read(api, "marker-first").failure(ErrorCode.SOURCE_UNAUTHORIZED))
                    .contains("used already, perhaps by an attempt that has ended before it could keep the one");
        }
    }

    @Test
    void waitsWhileAnotherRunHasTheToken() throws Exception {
        Books books = new Books("marker-first", 1000);
        extractor.gateway().grantToken(new TokenRequest.Grant(false, 0, null, false));
        try (FakeApi api = new FakeApi(books)) {
            Task task = extractor.task(work(api, "marker-first"), null);
            assertThat(extractor.service().post(task)).isEqualTo(202);
            Heartbeat.LogLine line = awaitLine("waiting, since another run spends the refresh token");
            assertThat(line.message()).endsWith("${secret:books#REFRESH}");
            assertThat(api.requests()).isEmpty();

            extractor.gateway().grantToken(null);
            assertThat(extractor.gateway().outcome(task)).isInstanceOf(Outcome.Staged.class);
            assertThat(books.spent).containsExactly("marker-first");
        }
    }

    private static Heartbeat.LogLine awaitLine(String text) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() < end) {
            for (Heartbeat heartbeat : extractor.gateway().heartbeats()) {
                for (Heartbeat.LogLine line : heartbeat.log()) {
                    if (line.message().contains(text)) {
                        return line;
                    }
                }
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("nothing was said of: " + text);
    }

    @Test
    void aRunThatIsStoppedWhileATokenIsOnItsWayKeepsIt(@TempDir Path folder) throws Exception {
        Books books = new Books("marker-first", 1000);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (ExtractorUnderTest own = new ExtractorUnderTest(folder, Map.of("millrace.secrets.token-key", KEY));
                FakeApi api = new FakeApi((exchange, number) -> {
                    asked.countDown();
                    try {
                        assertThat(released.await(30, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    books.answer(exchange, number);
                })) {
            Work.Extract work = work(api, "marker-first");
            own.secret("books", "{\"CLIENT_SECRET\":\"marker-client\",\"REFRESH\":\"marker-first\"}");
            assertThat(own.service().post(own.task(work, null))).isEqualTo(202);
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
            own.gateway().stopEverything();
            int beats = own.gateway().heartbeats().size();
            while (own.gateway().heartbeats().size() < beats + 2) {
                Thread.onSpinWait();
            }
            released.countDown();
            while (own.gateway().tokens().isEmpty()) {
                Thread.onSpinWait();
            }

            assertThat(own.gateway().tokens().values())
                    .allSatisfy(kept -> assertThat(kept.sealed()).isNotNull());
            assertThat(api.requests()).containsExactly("POST /token");
        }
    }

    @Test
    void besideAnOlderGatewayATokenIsUsedToTheEndOfTheRunWithAWarning() throws Exception {
        extractor.gateway().answerTokensWith(404);
        try (FakeApi api = new FakeApi(new Books("marker-first", 2))) {
            ExtractorUnderTest.Result result = read(api, "marker-first");

            assertThat(extractor.records(result)).hasSize(2);
            assertThat(result.log())
                    .anyMatch(line -> line.startsWith("WARN the API has replaced the refresh token")
                            && line.contains("the gateway is of an older version"));
            assertThat(extractor.gateway().tokens()).isEmpty();
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void whatWasChangedInTheRunDatabaseIsNotSentToAnybody() throws Exception {
        Books books = new Books("marker-first", 1000);
        try (FakeApi api = new FakeApi(books)) {
            assertThat(extractor.records(read(api, "marker-first"))).hasSize(2);
            String sealed =
                    extractor.gateway().tokens().values().iterator().next().sealed();
            assertThat(sealed).isNotNull();
            for (String changed : List.of("!", "AAAA", sealed.substring(4), "AAAA" + sealed.substring(4))) {
                extractor.gateway().grantToken(new TokenRequest.Grant(true, 1, changed, false));
                assertThat(read(api, "marker-first").failure(ErrorCode.SOURCE_UNAUTHORIZED))
                        .startsWith("what is kept of the refresh token of ${secret:books#REFRESH} can't be decrypted");
            }
            extractor.gateway().grantToken(new TokenRequest.Grant(true, 1, sealed, false));
            assertThat(read(api, "marker-of-another-family").failure(ErrorCode.SOURCE_UNAUTHORIZED))
                    .contains("can't be decrypted");
            assertThat(books.spent).containsExactly("marker-first");
        }
    }
}
