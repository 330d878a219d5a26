package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Auth.Session.Login;
import dev.millrace.pipeline.rest.Auth.Session.Logout;
import dev.millrace.pipeline.rest.Auth.Session.Proof;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Work;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionTest {
    private static final Login FORM =
            new Login("/auth/login", Map.of("user", "reader", "password", "${secret:password}"), null, Map.of());
    private static final Login BODY = new Login(
            "/auth/login", Map.of(), "{\"user\":\"reader\",\"password\":\"${secret:password}\"}", Map.of("x-app", "7"));
    private static final Logout LOGOUT = new Logout(Logout.Method.DELETE, "/auth/login");

    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    @BeforeEach
    void password() throws IOException {
        extractor.secret("password", "marker-pass&word");
    }

    private static Proof.Token token(Proof.Token.From from, String token, Proof.Token.Carrier in, String name) {
        return new Proof.Token(from, token, in, name, in == Proof.Token.Carrier.HEADER ? "Token " : "");
    }

    /** Ten pages; a session is good for some calls only. */
    private static final class Portal implements FakeApi.Behaviour {
        final List<String> logins = new CopyOnWriteArrayList<>();
        final List<String> logouts = new CopyOnWriteArrayList<>();
        final int calls;
        final int refusal;
        int left;

        Portal(int calls, int refusal) {
            this.calls = calls;
            this.refusal = refusal;
        }

        @Override
        public synchronized void answer(HttpExchange exchange, int number) throws IOException {
            String proof = exchange.getRequestHeaders().getFirst("Cookie") + "/"
                    + exchange.getRequestHeaders().getFirst("Authorization");
            if (exchange.getRequestURI().getPath().equals("/auth/login")) {
                if (exchange.getRequestMethod().equals("DELETE")) {
                    logouts.add(proof);
                    FakeApi.send(exchange, 204, "text/plain", new byte[0]);
                    return;
                }
                logins.add(exchange.getRequestHeaders().getFirst("Content-Type") + " "
                        + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                left = calls;
                String session = "marker-session-" + logins.size();
                exchange.getResponseHeaders().add("Set-Cookie", "sid=" + session + "; Path=/; HttpOnly");
                exchange.getResponseHeaders().add("Set-Cookie", "lang=en; Path=/");
                exchange.getResponseHeaders().add("Set-Cookie", "only=marker-login-page; Path=/auth");
                exchange.getResponseHeaders().add("Set-Cookie", "old=marker-over; Path=/; Max-Age=0");
                exchange.getResponseHeaders().add("X-Token", session);
                FakeApi.json(exchange, "{\"data\":{\"token\":\"" + session + "\"}}");
                return;
            }
            if (!proof.contains("marker-session-" + logins.size()) || left-- <= 0) {
                FakeApi.error(exchange, refusal, "not with " + proof);
                return;
            }
            int page = FakeApi.page(exchange);
            FakeApi.json(exchange, page > 10 ? "[]" : "[{\"page\":" + page + ",\"lang\":\"en\"}]");
        }
    }

    private static ExtractorUnderTest.Result read(FakeApi api, Auth auth) throws Exception {
        return extractor.extract(FakeApi.work(api.source(auth), null, FakeApi.pages(null)));
    }

    private static void assertNothingIsLeaked(ExtractorUnderTest.Result result) throws IOException {
        List<String> all = new ArrayList<>(result.log());
        all.add(result.outcome().toString());
        all.add(extractor.everythingWritten());
        assertThat(all).noneMatch(text -> text.contains("marker-"));
    }

    @Test
    void logsInWithAFormAndSendsTheCookiesOfThePath() throws Exception {
        Portal portal = new Portal(3, 401);
        try (FakeApi api = new FakeApi(portal)) {
            ExtractorUnderTest.Result result =
                    read(api, new Auth.Session(FORM, new Proof.Cookies(), List.of(401), LOGOUT));

            assertThat(extractor.records(result)).hasSize(10).contains("{\"page\":7,\"lang\":\"en\"}");
            assertThat(portal.logins)
                    .hasSize(4)
                    .allSatisfy(login -> assertThat(login)
                            .startsWith("application/x-www-form-urlencoded ")
                            .contains("password=marker-pass%26word", "user=reader"));
            assertThat(portal.logouts).singleElement().asString().contains("sid=marker-session-4", "only=marker");
            assertThat(api.requests()).endsWith("DELETE /auth/login");
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void findsATokenInBodyOrHeaderAndSendsItInHeaderOrCookie() throws Exception {
        for (Proof proof : List.of(
                token(Proof.Token.From.BODY, "data.token", Proof.Token.Carrier.HEADER, "Authorization"),
                token(Proof.Token.From.HEADER, "x-token", Proof.Token.Carrier.COOKIE, "sid"))) {
            Portal portal = new Portal(5, 403);
            try (FakeApi api = new FakeApi(portal)) {
                ExtractorUnderTest.Result result = read(api, new Auth.Session(BODY, proof, List.of(403), LOGOUT));

                assertThat(extractor.records(result)).hasSize(10);
                assertThat(portal.logins)
                        .hasSize(3)
                        .containsOnly("application/json {\"user\":\"reader\",\"password\":\"marker-pass&word\"}");
                assertThat(portal.logouts)
                        .containsExactly(
                                ((Proof.Token) proof).in() == Proof.Token.Carrier.HEADER
                                        ? "null/Token marker-session-3"
                                        : "sid=marker-session-3/null");
                assertNothingIsLeaked(result);
            }
        }
    }

    @Test
    void opensOneSessionForManyPagesAtOnce() throws Exception {
        List<String> logins = new CopyOnWriteArrayList<>();
        try (FakeApi api = new FakeApi((exchange, _) -> {
            if (exchange.getRequestURI().getPath().equals("/auth/login")) {
                logins.add("login");
                FakeApi.json(exchange, "{\"token\":\"marker-" + logins.size() + "\"}");
            } else if (FakeApi.page(exchange) > 4
                    && "marker-1".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                FakeApi.error(exchange, 401, "over");
            } else {
                int page = FakeApi.page(exchange);
                FakeApi.json(
                        exchange, "{\"total\":40,\"rows\":[" + (page > 40 ? "" : "{\"page\":" + page + "}") + "]}");
            }
        })) {
            Auth auth = new Auth.Session(
                    BODY,
                    new Proof.Token(Proof.Token.From.BODY, "token", Proof.Token.Carrier.HEADER, "Authorization", ""),
                    List.of(401),
                    null);
            Work.Extract work = FakeApi.work(api.source(auth), "rows", FakeApi.pages("total", 8));

            assertThat(extractor.records(work)).hasSize(40).first().isEqualTo("{\"page\":1}");
            assertThat(logins).hasSize(2);
        }
    }

    @Test
    void failsWhenANewSessionIsRefusedTooAndEndsItStill() throws Exception {
        Portal portal = new Portal(0, 401);
        try (FakeApi api = new FakeApi(portal)) {
            ExtractorUnderTest.Result result =
                    read(api, new Auth.Session(FORM, new Proof.Cookies(), List.of(401), LOGOUT));

            assertThat(result.failure(ErrorCode.SOURCE_UNAUTHORIZED)).contains(": 401: not with ");
            assertThat(portal.logins).hasSize(2);
            assertThat(portal.logouts).hasSize(1);
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void leavesAStatusAloneThatDoesntMeanThatTheSessionIsOver() throws Exception {
        Portal portal = new Portal(0, 403);
        try (FakeApi api = new FakeApi(portal)) {
            ExtractorUnderTest.Result result =
                    read(api, new Auth.Session(FORM, new Proof.Cookies(), List.of(401), null));

            assertThat(result.failure(ErrorCode.SOURCE_UNAUTHORIZED)).contains(": 403: ");
            assertThat(portal.logins).hasSize(1);
        }
    }

    @Test
    void saysWhatIsWrongWithALogin() throws Exception {
        Auth cookies = new Auth.Session(FORM, new Proof.Cookies(), List.of(401), LOGOUT);
        Auth inBody = new Auth.Session(
                FORM,
                token(Proof.Token.From.BODY, "data.token", Proof.Token.Carrier.HEADER, "Authorization"),
                List.of(401),
                LOGOUT);
        record Case(int status, String body, Auth auth, ErrorCode code, String detail) {}
        for (Case each : List.of(
                new Case(400, "bad marker-pass&word", cookies, ErrorCode.SOURCE_UNAUTHORIZED, ": 400: bad ***"),
                new Case(401, "no", cookies, ErrorCode.SOURCE_UNAUTHORIZED, ": 401: no"),
                new Case(404, "where", cookies, ErrorCode.SOURCE_REFUSED, ": 404: where"),
                new Case(502, "later", cookies, ErrorCode.SOURCE_UNAVAILABLE, ": 502: later; that was attempt 3 of 3"),
                new Case(200, "{}", cookies, ErrorCode.SOURCE_MALFORMED, ": the answer sets no cookie"),
                new Case(
                        200,
                        "{\"data\":{}}",
                        inBody,
                        ErrorCode.SOURCE_MALFORMED,
                        ": the answer has no token at" + " 'data.token'"),
                new Case(
                        200,
                        "<html>",
                        inBody,
                        ErrorCode.SOURCE_MALFORMED,
                        ": the answer has no token at" + " 'data.token'"))) {
            try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.send(
                    exchange, each.status(), "text/plain", each.body().getBytes(StandardCharsets.UTF_8)))) {
                ExtractorUnderTest.Result result = read(api, each.auth());

                assertThat(result.failure(each.code())).isEqualTo("POST " + api.url() + "/auth/login" + each.detail());
                assertThat(api.requests()).containsOnly("POST /auth/login");
                assertNothingIsLeaked(result);
            }
        }
    }

    @Test
    void warnsWhenTheLogoutFailsAndKeepsTheRecords() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            switch (exchange.getRequestURI().getPath()) {
                case "/auth/login" -> {
                    exchange.getResponseHeaders().add("Set-Cookie", "sid=marker-session; Path=/");
                    FakeApi.error(exchange, 302, "");
                }
                case "/logout" -> FakeApi.error(exchange, 500, "not now");
                default -> FakeApi.json(exchange, FakeApi.page(exchange) == 1 ? "[1]" : "[]");
            }
        })) {
            ExtractorUnderTest.Result result = read(
                    api,
                    new Auth.Session(FORM, new Proof.Cookies(), List.of(), new Logout(Logout.Method.GET, "/logout")));

            assertThat(extractor.records(result)).containsExactly("1");
            assertThat(result.log()).contains("WARN no logout: GET " + api.url() + "/logout: 500: not now");
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void sendsNeitherCookiesNorLogoutToAnotherOrigin() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        try (FakeApi other = new FakeApi((exchange, _) -> {
                    seen.add(exchange.getRequestMethod() + " "
                            + exchange.getRequestHeaders().getFirst("Cookie"));
                    exchange.getResponseHeaders().add("Set-Cookie", "sid=marker-session; Path=/");
                    FakeApi.json(exchange, "{\"token\":\"marker-token\"}");
                });
                FakeApi api = new FakeApi(
                        (exchange, _) -> FakeApi.json(exchange, FakeApi.page(exchange) == 1 ? "[1]" : "[]"))) {
            Login elsewhere = new Login(other.url() + "/login", FORM.form(), null, Map.of());
            assertThat(read(api, new Auth.Session(elsewhere, new Proof.Cookies(), List.of(), null))
                            .failure(ErrorCode.PIPELINE_INVALID))
                    .contains("is not of the base URL's origin");
            assertThat(api.requests()).isEmpty();
            ExtractorUnderTest.Result result = read(
                    api,
                    new Auth.Session(
                            elsewhere,
                            token(Proof.Token.From.BODY, "token", Proof.Token.Carrier.HEADER, "Authorization"),
                            List.of(),
                            new Logout(Logout.Method.POST, other.url() + "/logout")));
            assertThat(extractor.records(result)).hasSize(1);
            assertThat(result.log())
                    .contains("WARN no logout: " + other.url() + "/logout is not of the base URL's origin");
            assertThat(seen).containsExactly("POST null", "POST null");
        }
    }
}
