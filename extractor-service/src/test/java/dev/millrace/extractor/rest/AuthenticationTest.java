package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.pipeline.rest.Signature;
import dev.millrace.problem.ErrorCode;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthenticationTest {
    private static final Auth OAUTH = new Auth.OAuth2ClientCredentials(
            "${secret:school#TOKEN_URL}",
            "${secret:school#CLIENT_ID}",
            "${secret:school#CLIENT_SECRET}",
            "read all",
            Auth.OAuth2.ClientAuthentication.BODY,
            Map.of());

    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    /** An API whose tokens are good for some calls only. */
    private static final class School implements FakeApi.Behaviour {
        final List<String> forms = new CopyOnWriteArrayList<>();
        final List<String> clients = new CopyOnWriteArrayList<>();
        final AtomicInteger calls = new AtomicInteger();
        final int callsPerToken;
        final String expiry;
        int left;

        School(int callsPerToken, String expiry) {
            this.callsPerToken = callsPerToken;
            this.expiry = expiry;
        }

        @Override
        public synchronized void answer(HttpExchange exchange, int number) throws IOException {
            if (exchange.getRequestURI().getPath().equals("/token")) {
                forms.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                clients.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
                left = callsPerToken;
                FakeApi.json(
                        exchange,
                        "{\"access_token\":\"marker-token-" + forms.size() + "\",\"token_type\":\"Bearer\"" + expiry
                                + "}");
                return;
            }
            String sent = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            if (!sent.equals("Bearer marker-token-" + forms.size()) || left-- <= 0) {
                FakeApi.error(exchange, 401, "not with " + sent);
                return;
            }
            calls.incrementAndGet();
            int page = FakeApi.page(exchange);
            FakeApi.json(exchange, page > 10 ? "[]" : "[{\"page\":" + page + "}]");
        }
    }

    private static ExtractorUnderTest.Result read(FakeApi api, Auth auth) throws Exception {
        extractor.secret(
                "school",
                "{\"CLIENT_ID\":\"marker-id\",\"CLIENT_SECRET\":\"marker-&secret/1\",\"REFRESH_TOKEN\":\"marker-refresh\",\"TOKEN_URL\":\""
                        + api.url() + "/token\",\"API_BASE_URL\":\"" + api.url() + "/\"}\n");
        RestSource source = new RestSource(
                "${secret:school#API_BASE_URL}",
                auth,
                Map.of(),
                FakeApi.RETRY,
                null,
                Duration.ofSeconds(20),
                List.of(),
                List.of(),
                RestSource.Redirects.OWN,
                null);
        return extractor.extract(FakeApi.work(source, null, FakeApi.pages(null)));
    }

    private static void assertNothingIsLeaked(ExtractorUnderTest.Result result) throws IOException {
        List<String> all = new ArrayList<>(result.log());
        all.add(result.outcome().toString());
        all.add(extractor.everythingWritten());
        assertThat(all).noneMatch(text -> text.contains("marker-"));
    }

    @Test
    void renewsATokenOncePerExpiryInTheMiddleOfARun() throws Exception {
        School school = new School(3, "");
        try (FakeApi api = new FakeApi(school)) {
            ExtractorUnderTest.Result result = read(api, OAUTH);

            assertThat(extractor.records(result)).hasSize(10);
            assertThat(school.calls).hasValue(12);
            assertThat(school.forms)
                    .hasSize(4)
                    .containsOnly("grant_type=client_credentials&client_id=marker-id"
                            + "&client_secret=marker-%26secret%2F1&scope=read+all");
            assertNothingIsLeaked(result);
        }
    }

    /** RFC 6749, section 2.3.1. */
    @Test
    void sendsClientIdAndSecretInTheHeaderWhereAsked() throws Exception {
        School school = new School(1000, "");
        try (FakeApi api = new FakeApi(school)) {
            ExtractorUnderTest.Result result = read(
                    api,
                    new Auth.OAuth2ClientCredentials(
                            "${secret:school#TOKEN_URL}",
                            "${secret:school#CLIENT_ID}",
                            "${secret:school#CLIENT_SECRET}",
                            null,
                            Auth.OAuth2.ClientAuthentication.HEADER,
                            Map.of("audience", "https://school.example/")));

            assertThat(extractor.records(result)).hasSize(10);
            assertThat(school.forms)
                    .containsExactly("grant_type=client_credentials&audience=https%3A%2F%2Fschool.example%2F");
            assertThat(school.clients)
                    .containsExactly("Basic "
                            + Base64.getEncoder()
                                    .encodeToString("marker-id:marker-%26secret%2F1".getBytes(StandardCharsets.UTF_8)));
            assertNothingIsLeaked(result);
        }
    }

    private static Auth refreshing(@Nullable String clientSecret) {
        return new Auth.OAuth2RefreshToken(
                "${secret:school#TOKEN_URL}",
                "${secret:school#CLIENT_ID}",
                clientSecret,
                "${secret:school#REFRESH_TOKEN}",
                null,
                Auth.OAuth2.ClientAuthentication.BODY,
                Map.of(),
                null);
    }

    /** RFC 6749, section 6. */
    @Test
    void renewsByARefreshToken() throws Exception {
        School school = new School(6, ",\"refresh_token\":\"marker-refresh\"");
        try (FakeApi api = new FakeApi(school)) {
            ExtractorUnderTest.Result result = read(api, refreshing(null));

            assertThat(extractor.records(result)).hasSize(10);
            assertThat(school.forms)
                    .hasSize(2)
                    .containsOnly("grant_type=refresh_token&refresh_token=marker-refresh&client_id=marker-id");
            assertThat(result.log()).noneMatch(line -> line.contains("refresh token"));
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void withoutAKeyGoesOnWithTheRefreshTokenThatReplacesTheFirstAndSaysSoOnce() throws Exception {
        School school = new School(4, ",\"refresh_token\":\"marker-next\"");
        try (FakeApi api = new FakeApi(school)) {
            ExtractorUnderTest.Result result = read(api, refreshing("${secret:school#CLIENT_SECRET}"));

            assertThat(extractor.records(result)).hasSize(10);
            assertThat(school.forms).hasSize(3);
            assertThat(school.forms.getFirst()).contains("refresh_token=marker-refresh&");
            assertThat(school.forms.subList(1, 3)).allMatch(form -> form.contains("refresh_token=marker-next&"));
            assertThat(result.log())
                    .filteredOn(line -> line.contains("the API has replaced the refresh token"))
                    .singleElement()
                    .asString()
                    .contains("${secret:school#REFRESH_TOKEN}", "not kept", "millrace.secrets.token-key");
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void keepsATokenForAsLongAsItsAnnouncedLife() throws Exception {
        School school = new School(1000, ",\"expires_in\":3600");
        try (FakeApi api = new FakeApi(school)) {
            assertThat(extractor.records(read(api, OAUTH))).hasSize(10);
            assertThat(school.forms).hasSize(1);
        }
    }

    @Test
    void renewsATokenBeforeItExpiresWithoutMeetingA401() throws Exception {
        School school = new School(1000, ",\"expires_in\":0");
        try (FakeApi api = new FakeApi(school)) {
            assertThat(extractor.records(read(api, OAUTH))).hasSize(10);
            assertThat(school.forms).hasSize(12);
            assertThat(api.requests()).hasSize(24);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"3600\"                          | 1",
                "86400.1                         | 1",
                "\"86400.1\"                       | 1",
                "3.6e3                           | 1",
                "\"\"                              | 1",
                "null                            | 1",
                "\"2099-01-01T00:00:00Z\"          | 1",
                "\"Thu, 01 Jan 2099 00:00:00 GMT\" | 1",
                "99999999999999999999            | 1",
                "\"0\"                             | 12",
                "-5                              | 12",
                "\"2020-01-01T00:00:00Z\"          | 12",
            })
    void understandsAnExpiryInEveryForm(String expiresIn, int tokens) throws Exception {
        School school = new School(1000, ",\"expires_in\":" + expiresIn);
        try (FakeApi api = new FakeApi(school)) {
            assertThat(extractor.records(read(api, OAUTH))).hasSize(10);
            assertThat(school.forms).hasSize(tokens);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"tomorrow\"  | 'tomorrow'",
                "\"1h\"        | '1h'",
                "{}            | neither a number nor a text",
                "[3600]        | neither a number nor a text",
                "true          | neither a number nor a text",
            })
    void namesAnExpiryThatItDoesntUnderstand(String expiresIn, String shown) throws Exception {
        try (FakeApi api = new FakeApi(new School(1000, ",\"expires_in\":" + expiresIn))) {
            assertThat(read(api, OAUTH).failure(ErrorCode.SOURCE_MALFORMED))
                    .endsWith("the answer's expires_in is " + shown
                            + " (expected: the token's life in seconds, or the date of its end)");
        }
    }

    @Test
    void triesTheTokenEndpointAgainLikeAnyOther() throws Exception {
        School school = new School(1000, "");
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number < 3) {
                FakeApi.error(exchange, number == 1 ? 503 : 429, "busy");
            } else {
                school.answer(exchange, number);
            }
        })) {
            assertThat(extractor.records(read(api, OAUTH))).hasSize(10);
        }
    }

    @Test
    void failsWhenAFreshTokenIsRefused() throws Exception {
        School school = new School(0, "");
        try (FakeApi api = new FakeApi(school)) {
            ExtractorUnderTest.Result result = read(api, OAUTH);

            assertThat(result.failure(ErrorCode.SOURCE_UNAUTHORIZED))
                    .isEqualTo("GET ${secret:school#API_BASE_URL}/api/rows?page=1&pageSize=1000: 401:"
                            + " not with Bearer ***");
            assertThat(school.forms).hasSize(2);
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void failsWhenTheTokenUrlRefusesTheClient() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.error(
                exchange, 400, "{\"error\":\"invalid_client\",\"id\":\"marker-id\",\"x\":\"marker-&secret\\/1\"}"))) {
            ExtractorUnderTest.Result result = read(api, OAUTH);

            assertThat(result.failure(ErrorCode.SOURCE_UNAUTHORIZED))
                    .startsWith("POST ${secret:school#TOKEN_URL}: 400: {\"error\":\"invalid_client\"");
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void asksTheTokenUrlAgainAfterA503() throws Exception {
        School school = new School(1000, "");
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number == 1) {
                FakeApi.error(exchange, 503, "marker-&secret/1");
            } else {
                school.answer(exchange, number);
            }
        })) {
            ExtractorUnderTest.Result result = read(api, OAUTH);
            assertThat(extractor.records(result)).hasSize(10);
            assertThat(result.log()).anyMatch(line -> line.startsWith("WARN POST ${secret:school#TOKEN_URL}: 503"));
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void sendsApiKeysBearerTokensAndPasswords() throws Exception {
        extractor.secret("key", "marker-key");
        for (Auth auth : List.of(
                new Auth.ApiKey(Auth.ApiKey.In.HEADER, "X-Key", "${secret:key}"),
                new Auth.Bearer("${secret:key}"),
                new Auth.Basic("user", "${secret:key}"),
                new Auth.Bearer("${secret:from_environment}"))) {
            try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.send(
                    exchange,
                    number == 1 ? 200 : 403,
                    "application/json",
                    number == 1
                            ? "[1]".getBytes(StandardCharsets.UTF_8)
                            : ("no " + exchange.getRequestHeaders().getFirst("Authorization")
                                            + exchange.getRequestHeaders().getFirst("X-Key"))
                                    .getBytes(StandardCharsets.UTF_8)))) {
                ExtractorUnderTest.Result result =
                        extractor.extract(FakeApi.work(api.source(auth), null, FakeApi.pages(null)));
                String expected = switch (auth) {
                    case Auth.ApiKey _ -> "no null***";
                    case Auth.Basic _ -> "no Basic ***null";
                    case Auth.Bearer _ -> "no Bearer ***null";
                    case Auth.None _, Auth.OAuth2 _, Auth.Session _, Signature _ -> "";
                };
                assertThat(result.failure(ErrorCode.SOURCE_UNAUTHORIZED)).endsWith(": 403: " + expected);
                assertNothingIsLeaked(result);
                assertThat(result.outcome().toString())
                        .doesNotContain(
                                Base64.getEncoder().encodeToString("user:marker-key".getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    @Test
    void sendsAKeyInTheQueryOfEveryRequestAndShowsItNowhere() throws Exception {
        extractor.secret("key", "marker-k ey&+/1");
        String sent = "api%20key=marker-k%20ey%26%2B%2F1";
        try (FakeApi api = new FakeApi((exchange, number) -> {
            String host = "http://" + exchange.getRequestHeaders().getFirst("Host");
            switch (number) {
                case 1 ->
                    FakeApi.json(
                            exchange, "{\"next\":\"" + host + exchange.getRequestURI() + "&page=2\",\"rows\":[1]}");
                case 2 -> {
                    exchange.getResponseHeaders().set("Location", "/moved?page=2&api+key=marker-old");
                    FakeApi.error(exchange, 307, "");
                }
                case 3 -> FakeApi.error(exchange, 503, "busy: " + exchange.getRequestURI());
                case 4 -> FakeApi.json(exchange, "{\"next\":\"?page=3\",\"rows\":[2]}");
                case 5 -> FakeApi.json(exchange, "{\"next\":\"?page=4\",\"rows\":[3]}");
                default -> FakeApi.error(exchange, 400, "no: marker-k ey&+/1 in " + exchange.getRequestURI());
            }
        })) {
            Auth auth = new Auth.ApiKey(Auth.ApiKey.In.QUERY, "api key", "${secret:key}");
            ExtractorUnderTest.Result result = extractor.extract(
                    FakeApi.work(api.source(auth), "rows", new Pagination.NextUrl("next", FakeApi.ENDS)));

            assertThat(result.failure(ErrorCode.SOURCE_REFUSED))
                    .startsWith("GET " + api.url() + "/api/rows?page=4: 400: no: *** in ");
            assertThat(api.requests())
                    .containsExactly(
                            "GET /api/rows?" + sent,
                            "GET /api/rows?page=2&" + sent,
                            "GET /moved?page=2&" + sent,
                            "GET /api/rows?page=2&" + sent,
                            "GET /api/rows?page=3&" + sent,
                            "GET /api/rows?page=4&" + sent);
            assertNothingIsLeaked(result);
        }
    }

    @Test
    void namesTheSecretAndTheFieldThatAreMissing() throws Exception {
        extractor.secret("plain", "marker-plain");
        extractor.secret("object", "{\"a\":\"marker-a\",\"b\":{}}");
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[]"))) {
            Map<String, String> expected = Map.of(
                    "${secret:nothing}",
                    "there is no secret 'nothing'",
                    "${secret:plain#x}",
                    "secret 'plain' is no JSON object, so it has no field 'x'",
                    "${secret:object#x}",
                    "secret 'object' has no field 'x' with a text",
                    "${secret:object#b}",
                    "secret 'object' has no field 'b' with a text");
            for (Map.Entry<String, String> each : expected.entrySet()) {
                ExtractorUnderTest.Result result = extractor.extract(
                        FakeApi.work(api.source(new Auth.Bearer(each.getKey())), null, new Pagination.None()));
                assertThat(result.failure(ErrorCode.SECRET_MISSING)).startsWith(each.getValue());
                assertNothingIsLeaked(result);
            }
            assertThat(api.requests()).isEmpty();
        }
    }

    @Test
    void readsANewVersionOfASecretInTheNextRun() throws Exception {
        List<String> keys = new CopyOnWriteArrayList<>();
        try (FakeApi api = new FakeApi((exchange, _) -> {
            keys.add(exchange.getRequestHeaders().getFirst("x-api-key"));
            FakeApi.json(exchange, "[]");
        })) {
            for (String version : List.of("marker-1", "marker-2")) {
                extractor.secret("rotated", version);
                extractor.records(FakeApi.work(
                        api.source(new Auth.ApiKey(Auth.ApiKey.In.HEADER, "x-api-key", "${secret:rotated}")),
                        null,
                        new Pagination.None()));
            }
        }
        assertThat(keys).containsExactly("marker-1", "marker-2");
    }

    @Test
    void neverQuotesASecretThatNoHeaderCanCarry() throws Exception {
        extractor.secret("broken", "marker-a\nmarker-b");
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[]"))) {
            ExtractorUnderTest.Result result = extractor.extract(
                    FakeApi.work(api.source(new Auth.Bearer("${secret:broken}")), null, new Pagination.None()));
            assertThat(result.failure(ErrorCode.PIPELINE_INVALID)).startsWith("header 'Authorization' can't be sent");
            assertNothingIsLeaked(result);
        }
    }
}
