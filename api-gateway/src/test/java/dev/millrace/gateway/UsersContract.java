package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Users, their sessions in browsers, and the log of what they do. */
abstract class UsersContract extends GatewayTests {
    private static final String PASSWORD = "correct horse battery";
    private static final String RUNS = "/api/v1/runs";

    private GatewayUnderTest gateway;

    UsersContract() {
        super("school", SchoolTests.PIPELINE);
    }

    @BeforeEach
    void start() {
        gateway = gateway();
    }

    private GatewayUnderTest.Answer add(String name, String role) {
        return gateway.post(
                "/api/v1/users",
                "{\"name\": \"" + name + "\", \"role\": \"" + role + "\", \"password\": \"" + PASSWORD + "\"}");
    }

    /** What a browser knows after a login. */
    private record Browser(String cookie, String csrfToken) {}

    private HttpResponse<String> attempt(String user, String password) {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(gateway.url().resolve("/api/v1/login"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "{\"user\": \"" + user + "\", \"password\": \"" + password + "\"}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Browser login(String user) {
        HttpResponse<String> answer = attempt(user, PASSWORD);
        assertThat(answer.statusCode()).isEqualTo(200);
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie)
                .containsIgnoringCase("HttpOnly")
                .contains("SameSite=Lax", "Path=/")
                .doesNotContain("Secure");
        String token = answer.body().replaceAll(".*\"csrfToken\":\"([^\"]*)\".*", "$1");
        return new Browser(cookie.substring(0, cookie.indexOf(';')), token);
    }

    private GatewayUnderTest.Answer call(Browser browser, String method, String path, @Nullable String csrfToken) {
        HttpRequest.Builder request = HttpRequest.newBuilder(gateway.url().resolve(path))
                .header("Cookie", browser.cookie())
                .header("Content-Type", "application/json")
                .method(
                        method,
                        method.equals("GET")
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString("{}"));
        return gateway.send(csrfToken == null ? request : request.header("X-CSRF-Token", csrfToken));
    }

    private GatewayUnderTest.Answer basic(String user, String password, String method, String path) {
        String both = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        return gateway.send(HttpRequest.newBuilder(gateway.url().resolve(path))
                .header("Authorization", "Basic " + both)
                .method(method, HttpRequest.BodyPublishers.noBody()));
    }

    private List<String> audit(String query) {
        List<String> lines = new ArrayList<>();
        JsonNode entries = Objects.requireNonNull(
                gateway.get("/api/v1/audit" + query).body().get("entries"));
        entries.values()
                .forEach(entry -> lines.add(text(entry, "caller") + " " + text(entry, "method") + " "
                        + text(entry, "path") + " " + text(entry, "status") + " " + text(entry, "detail")));
        return lines;
    }

    private static String text(JsonNode entry, String field) {
        JsonNode value = Objects.requireNonNull(entry.get(field), field);
        return value.isNull() ? "-" : value.coerceStringValue();
    }

    @Test
    void aBrowserLogsInWithACookieAndChangesSomethingWithTheTokenOfItsPagesOnly() {
        assertThat(add("anna", "operator").status()).isEqualTo(201);
        Browser anna = login("anna");

        assertThat(call(anna, "GET", RUNS, null).status()).isEqualTo(200);
        GatewayUnderTest.Answer self = call(anna, "GET", "/api/v1/session", null);
        assertThat(self.text("name")).isEqualTo("anna");
        assertThat(self.text("by")).isEqualTo("session");
        assertThat(self.text("csrfToken")).isEqualTo(anna.csrfToken());
        for (String wrong : new String[] {null, "", anna.csrfToken() + "0"}) {
            GatewayUnderTest.Answer refused = call(anna, "POST", SchoolTests.STUDENTS, wrong);
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.text("detail"))
                    .isEqualTo(
                            "the call changes something and has a session's cookie, but not its CSRF token (expected: "
                                    + "X-CSRF-Token, or csrf in the query)");
        }
        GatewayUnderTest.Answer started = call(anna, "POST", SchoolTests.STUDENTS, anna.csrfToken());
        assertThat(started.status()).isEqualTo(202);
        assertThat(Objects.requireNonNull(started.onlyRun().get("startedBy")).getStringValue())
                .isEqualTo("anna");
        assertThat(call(anna, "GET", "/api/v1/users", null).text("detail"))
                .isEqualTo("the role admin is missing: anna has the role operator");
        assertThat(call(anna, "POST", "/api/v1/logout", anna.csrfToken()).status())
                .isEqualTo(204);
        GatewayUnderTest.Answer over = call(anna, "GET", RUNS, null);
        assertThat(over.status()).isEqualTo(401);
        assertThat(over.text("detail")).isEqualTo("the session has ended (expected: a login)");
        assertThat(call(anna, "GET", "/", null).status()).isEqualTo(200);
        assertThat(attempt("anna", PASSWORD).statusCode()).isEqualTo(200);
    }

    @Test
    void nameAndPasswordAreTakenWithEachCallToo() {
        add("anna", "viewer");

        assertThat(basic("anna", PASSWORD, "GET", RUNS).status()).isEqualTo(200);
        assertThat(basic("anna", PASSWORD, "GET", RUNS).status()).isEqualTo(200);
        assertThat(basic("anna", PASSWORD + "x", "GET", RUNS).text("code")).isEqualTo("UNAUTHORIZED");
        assertThat(basic("berta", PASSWORD, "GET", "/").status()).isEqualTo(401);
        assertThat(basic("anna", PASSWORD, "POST", SchoolTests.STUDENTS).text("detail"))
                .isEqualTo("the role operator is missing: anna has the role viewer");
        assertThat(gateway.send(HttpRequest.newBuilder(gateway.url().resolve(RUNS))
                                .header("Authorization", "Basic %%%")
                                .GET())
                        .status())
                .isEqualTo(401);
    }

    @Test
    void whoeverGuessesIsSlowedAndNeverWritten() {
        Logger log = (Logger) LoggerFactory.getLogger("dev.millrace.gateway");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        add("anna", "viewer");
        try {
            for (String user : List.of("anna", "nobody")) {
                for (int i = 0; i < 3; i++) {
                    assertThat(attempt(user, "wrong and secret " + i).statusCode())
                            .isEqualTo(401);
                }
                HttpResponse<String> slowed = await().until( // the pause doubles, however slow this machine is
                                () -> attempt(user, "wrong and secret"), answer -> answer.statusCode() == 429);
                assertThat(slowed.body()).contains("LOGIN_SLOWED", "may be tried again in ");
            }
            await().untilAsserted(() ->
                    assertThat(attempt("anna", PASSWORD).statusCode()).isEqualTo(200));
            assertThat(attempt("anna", "wrong and secret").statusCode()).isEqualTo(401);
            assertThat(attempt("anna", PASSWORD).statusCode()).isEqualTo(200);
        } finally {
            log.detachAppender(lines);
        }

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .contains("login of anna was refused, 3 in a row", "login of nobody we know was refused, 3 in a row")
                .noneMatch(line -> line.contains("secret") || line.contains(PASSWORD));
        assertThat(audit("")).noneMatch(line -> line.contains("secret") || line.contains(PASSWORD));
        assertThat(audit("?caller=nobody"))
                .contains("nobody POST /api/v1/login 401 -", "nobody POST /api/v1/login 429 -");
        assertThat(audit("?caller=anna")).contains("anna POST /api/v1/login 200 -");
    }

    @Test
    void passwordsAreKeptAsArgon2idAndSessionsAsHashes() throws SQLException {
        add("anna", "viewer");
        Browser anna = login("anna");

        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT a.password, s.hash FROM account a JOIN session s ON s.account = a.name")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString(1)).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
            assertThat(row.getString(2))
                    .hasSize(64)
                    .isNotEqualTo(anna.cookie().substring("millrace_session=".length()));
        }
    }

    @Test
    void whatAnAdminChangesCountsForSessionsThatAreOpen() {
        add("anna", "operator");
        Browser anna = login("anna");
        assertThat(call(anna, "GET", RUNS, null).status()).isEqualTo(200);

        assertThat(change("anna", "{\"role\": \"viewer\"}").text("role")).isEqualTo("viewer");
        await().untilAsserted(() -> assertThat(call(anna, "POST", SchoolTests.STUDENTS, anna.csrfToken())
                        .status())
                .isEqualTo(403));
        assertThat(change("anna", "{\"disabled\": true}").text("disabled")).isEqualTo("true");
        assertThat(call(anna, "GET", RUNS, null).status()).isEqualTo(401);
        assertThat(attempt("anna", PASSWORD).statusCode()).isEqualTo(401);
        assertThat(change("anna", "{\"disabled\": \"no\"}").status()).isEqualTo(400);
        change("anna", "{\"disabled\": false}");
        Browser again = login("anna");
        change("anna", "{\"password\": \"another password than that\"}");
        assertThat(call(again, "GET", RUNS, null).status()).isEqualTo(401);
        assertThat(attempt("anna", "another password than that").statusCode()).isEqualTo(200);
        assertThat(gateway.delete("/api/v1/users/anna").status()).isEqualTo(204);
        assertThat(gateway.delete("/api/v1/users/anna").text("code")).isEqualTo("USER_UNKNOWN");
        assertThat(change("anna", "{\"role\": \"viewer\"}").text("code")).isEqualTo("USER_UNKNOWN");
    }

    private GatewayUnderTest.Answer change(String user, String body) {
        return gateway.send(gateway.request("/api/v1/users/" + user)
                .header("Content-Type", "application/json")
                .method("PATCH", HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void aUserSetsAnotherPassword() {
        add("anna", "viewer");
        String wanted = "{\"current\": \"" + PASSWORD + "\", \"password\": \"a better one than before\"}";

        GatewayUnderTest.Answer tokens = gateway.put("/api/v1/session/password", wanted);
        assertThat(tokens.text("detail")).isEqualTo("api-token is no user (expected: a login, or name and password)");
        Browser anna = login("anna");
        assertThat(put(anna, wanted.replace(PASSWORD, "guessed")).status()).isEqualTo(401);
        assertThat(put(anna, wanted.replace("a better one than before", "short"))
                        .text("detail"))
                .isEqualTo("password: 5 characters (expected: 12 to 200)");
        assertThat(put(anna, wanted).status()).isEqualTo(204);
        assertThat(call(anna, "GET", RUNS, null).status()).isEqualTo(401);
        assertThat(attempt("anna", "a better one than before").statusCode()).isEqualTo(200);
    }

    private GatewayUnderTest.Answer put(Browser browser, String body) {
        return gateway.send(HttpRequest.newBuilder(gateway.url().resolve("/api/v1/session/password"))
                .header("Cookie", browser.cookie())
                .header("X-CSRF-Token", browser.csrfToken())
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void whoDidWhatIsNotedRefusalsIncluded() {
        add("anna", "viewer");
        Browser anna = login("anna");
        call(anna, "GET", RUNS, null);
        call(anna, "POST", SchoolTests.STUDENTS, anna.csrfToken());
        gateway.post(SchoolTests.STUDENTS, "");
        gateway.send(HttpRequest.newBuilder(gateway.url().resolve(RUNS)).GET());

        assertThat(audit(""))
                .containsExactly(
                        "nobody GET /api/v1/runs 401 -",
                        "api-token POST " + SchoolTests.STUDENTS + " 202 -",
                        "anna POST " + SchoolTests.STUDENTS + " 403 -",
                        "anna POST /api/v1/login 200 -",
                        "api-token POST /api/v1/users 201 user anna, role viewer");
        assertThat(audit("?caller=anna&limit=1")).containsExactly("anna POST " + SchoolTests.STUDENTS + " 403 -");
        GatewayUnderTest.Answer first = gateway.get("/api/v1/audit?limit=2");
        assertThat(audit("?limit=2&after=" + first.text("next")))
                .containsExactly("anna POST " + SchoolTests.STUDENTS + " 403 -", "anna POST /api/v1/login 200 -");
        assertThat(gateway.get("/api/v1/audit?limit=0").status()).isEqualTo(400);
    }

    @Test
    void whatMakesNoUserIsRefused() {
        Map.of(
                        "{}", "role: missing (expected: viewer, operator or admin)",
                        "{\"role\": \"viewer\"}",
                                "name: missing (expected: up to 100 lower case letters, digits, '.', '_', '@' and '-', neither api-token nor nobody)",
                        "{\"role\": \"viewer\", \"name\": \"Anna B\"}",
                                "name: 'Anna B' (expected: up to 100 lower case letters, digits, '.', '_', '@' and '-', neither api-token nor nobody)",
                        "{\"role\": \"viewer\", \"name\": \"anna\"}", "password: missing (expected: 12 to 200)",
                        "{\"role\": \"viewer\", \"name\": \"anna\", \"password\": \"short\"}",
                                "password: 5 characters (expected: 12 to 200)")
                .forEach((body, detail) -> {
                    GatewayUnderTest.Answer answer = gateway.post("/api/v1/users", body);
                    assertThat(answer.status()).isEqualTo(400);
                    assertThat(answer.text("detail")).isEqualTo(detail);
                });
        add("anna", "viewer");
        assertThat(add("anna", "admin").text("code")).isEqualTo("USER_EXISTS");
        assertThat(gateway.post("/api/v1/login", "{\"user\": \"anna\"}").text("detail"))
                .isEqualTo("password: missing (expected: user and password)");
    }

    @Test
    void whoeverSaysNothingOfThemselvesLooksAtThingsWhereTheConfigurationLetsThem() {
        GatewayUnderTest open = newGateway(Map.of("millrace.gateway.access.anonymous", "viewer"));

        assertThat(anonymous(open, "GET", RUNS, "").status()).isEqualTo(200);
        assertThat(anonymous(open, "POST", SchoolTests.STUDENTS, "").text("detail"))
                .isEqualTo("the role operator is missing: anonymous has the role viewer");
        assertThat(anonymous(open, "GET", RUNS, "Bearer unknown").status()).isEqualTo(401);
        assertThat(anonymous(open, "GET", RUNS, "Basic bm9ib2R5Om5vYm9keQ==").status())
                .isEqualTo(401);
        assertThat(open.send(HttpRequest.newBuilder(open.url().resolve(RUNS))
                                .header("Cookie", "millrace_session=unknown")
                                .GET())
                        .status())
                .isEqualTo(401);
    }

    private static GatewayUnderTest.Answer anonymous(
            GatewayUnderTest gateway, String method, String path, String authorization) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(gateway.url().resolve(path)).method(method, HttpRequest.BodyPublishers.noBody());
        return gateway.send(authorization.isEmpty() ? request : request.header("Authorization", authorization));
    }
}
