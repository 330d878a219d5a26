package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Drift;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The pages for people, as a browser without script asks for them. */
class ConsoleTest extends GatewayTests {
    private static final String PASSWORD = "correct horse battery";
    private static final String HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

    private final HttpClient http = HttpClient.newHttpClient();
    private GatewayUnderTest gateway;

    ConsoleTest() {
        super("school", SchoolTests.PIPELINE);
    }

    @BeforeEach
    void start() {
        gateway = gateway();
    }

    @AfterAll
    void closeBrowser() {
        http.close();
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(
                    request.header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(gateway.url().resolve(path));
    }

    private static String form(String... fields) {
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            form.append(i == 0 ? "" : "&")
                    .append(fields[i])
                    .append('=')
                    .append(URLEncoder.encode(fields[i + 1], StandardCharsets.UTF_8));
        }
        return form.toString();
    }

    private HttpResponse<String> login(String user, String password) {
        HttpResponse<String> page = send(request("/console/login"));
        Matcher csrf = Pattern.compile("name=\"csrf\" value=\"([^\"]+)\"").matcher(page.body());
        assertThat(csrf.find()).as(page.body()).isTrue();
        String set = page.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(set).containsIgnoringCase("HttpOnly").contains("SameSite=Strict");
        return login(set.substring(0, set.indexOf(';')), csrf.group(1), user, password);
    }

    private HttpResponse<String> login(String cookie, String csrf, String user, String password) {
        return send(request("/console/login")
                .header("Cookie", cookie)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(
                        form("user", user, "password", password, "to", "/console/runs", "csrf", csrf))));
    }

    @Test
    void aLoginThatAnotherSiteHasABrowserSendOpensNoSession() {
        for (List<String> sent : List.of(
                List.of("millrace_login=known", "guessed"), List.of("millrace_login=", ""), List.of("other=1", ""))) {
            HttpResponse<String> answer = login(sent.get(0), sent.get(1), "api-token", GatewayUnderTest.TOKEN);

            assertThat(answer.statusCode()).as("%s", sent).isEqualTo(400);
            assertThat(answer.body()).contains("this form is of another page");
            assertThat(answer.headers().allValues("Set-Cookie"))
                    .noneMatch(cookie -> cookie.startsWith("millrace_session"));
        }
    }

    /** A browser in which somebody has logged in. */
    private final class Browser {
        private final String cookie;

        Browser(String user, String password) {
            HttpResponse<String> answer = login(user, password);
            assertThat(answer.statusCode()).isEqualTo(303);
            assertThat(answer.headers().firstValue("Location")).contains("/console/runs");
            String set = answer.headers().firstValue("Set-Cookie").orElseThrow();
            assertThat(set).containsIgnoringCase("HttpOnly").contains("SameSite=Lax");
            cookie = set.substring(0, set.indexOf(';'));
        }

        HttpResponse<String> get(String path) {
            return send(request(path).header("Cookie", cookie));
        }

        String page(String path) {
            HttpResponse<String> answer = get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type").orElse(""))
                    .as(path)
                    .startsWith("text/html");
            return answer.body();
        }

        HttpResponse<String> post(String path, String... fields) {
            return send(request(path)
                    .header("Cookie", cookie)
                    .header("Origin", gateway.url().toString().replaceAll("/$", ""))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form(fields))));
        }

        /** Sends the form of a page whose address ends so, with its hidden fields and these. */
        String submit(String page, String end, String... fields) {
            Matcher action = Pattern.compile("action=\"([^\"]*" + end + "\\?csrf=[^\"]*)\"")
                    .matcher(page);
            assertThat(action.find()).as("a form for %s in %s", end, page).isTrue();
            HttpResponse<String> answer = post(action.group(1).replace("&amp;", "&"), fields);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
            return answer.headers().firstValue("Location").orElseThrow();
        }
    }

    private Browser admin() {
        return new Browser("api-token", GatewayUnderTest.TOKEN);
    }

    private Browser user(String name, String role) {
        assertThat(gateway.post(
                                "/api/v1/users",
                                "{\"name\": \"" + name + "\", \"role\": \"" + role + "\", \"password\": \"" + PASSWORD
                                        + "\"}")
                        .status())
                .isEqualTo(201);
        return new Browser(name, PASSWORD);
    }

    @Test
    void whoeverHasNotLoggedInIsLedToTheLoginAndFromThereToThePageThatWasAskedFor() {
        HttpResponse<String> home = send(request("/"));
        HttpResponse<String> asked = send(request("/console/runs?state=FAILED"));
        HttpResponse<String> form = send(request("/console/login?to=%2Fconsole%2Fruns%3Fstate%3DFAILED"));
        HttpResponse<String> elsewhere = send(request("/console/login?to=%2F%2Fexample.org%2F"));

        assertThat(home.headers().firstValue("Location")).contains("/console");
        assertThat(asked.statusCode()).isEqualTo(303);
        assertThat(asked.headers().firstValue("Location"))
                .contains("/console/login?to=%2Fconsole%2Fruns%3Fstate%3DFAILED");
        assertThat(form.body()).contains("name=\"to\" value=\"/console/runs?state=FAILED\"");
        assertThat(elsewhere.body()).contains("name=\"to\" value=\"/console\"");
    }

    @Test
    void aWrongPasswordIsSaidOnTheLoginsPageAndTheTokenOfTheInstallationIsOneOfTheUserApiToken() {
        HttpResponse<String> wrong = login("api-token", "another token");
        HttpResponse<String> nobody = login("nobody-knows", PASSWORD);
        Browser admin = admin();

        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(wrong.body()).contains("the user or the password is wrong").contains("value=\"api-token\"");
        assertThat(wrong.headers().allValues("Set-Cookie")).noneMatch(cookie -> cookie.startsWith("millrace_session"));
        assertThat(nobody.statusCode()).isEqualTo(401);
        String page = admin.page("/console");
        assertThat(page).contains("api-token <small>admin</small>").contains("/console/audit");
        assertThat(admin.submit(page, "/console/logout")).isEqualTo("/console/login");
        assertThat(admin.get("/console").statusCode()).isEqualTo(303);
    }

    @Test
    void eachRoleIsShownWhatItMayDoAndARefusalIsAPage() {
        String run = SchoolTests.start(gateway);
        Browser viewer = user("vera", "viewer");
        Browser operator = user("otto", "operator");

        assertThat(viewer.page("/console/pipelines/school"))
                .doesNotContain("<form method=\"post\" action=\"/console/pip");
        assertThat(viewer.page("/console/runs/" + run)).doesNotContain("/cancel");
        assertThat(operator.page("/console/pipelines/school")).contains("/console/pipelines/school/runs?csrf=");
        assertThat(operator.page("/console/runs/" + run)).contains("/cancel?csrf=");
        assertThat(operator.page("/console")).doesNotContain("/console/audit");
        HttpResponse<String> refused = operator.get("/console/users");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("<!doctype html>", "the role admin is missing: otto has the role operator");
        assertThat(viewer.get("/console/runs/none").body()).contains("<!doctype html>", "RUN_UNKNOWN");
        assertThat(viewer.get("/console/pipelines/none").statusCode()).isEqualTo(404);
    }

    @Test
    void aFormThatIsNotOfAPageOfOursChangesNothing() {
        Browser operator = user("otto", "operator");

        for (String path : List.of(
                "/console/pipelines/school/runs",
                "/console/pipelines/school/runs?csrf=",
                "/console/pipelines/school/runs?csrf=0123",
                "/console/runs/none/cancel",
                "/console/logout")) {
            HttpResponse<String> answer = operator.post(path, "endpoint", "students");

            assertThat(answer.statusCode()).as(path).isEqualTo(403);
            assertThat(answer.body()).as(path).contains("not its CSRF token");
        }
        for (String origin : List.of("http://example.org", "null")) {
            HttpResponse<String> answer = send(request("/console/pipelines/school/runs")
                    .header(
                            "Authorization",
                            "Basic "
                                    + Base64.getEncoder()
                                            .encodeToString(("otto:" + PASSWORD).getBytes(StandardCharsets.UTF_8)))
                    .header("Origin", origin)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString("endpoint=students")));

            assertThat(answer.statusCode()).as(origin).isEqualTo(403);
        }
        assertThat(Objects.requireNonNull(gateway.get("/api/v1/runs").body().get("runs"))
                        .size())
                .isZero();
    }

    @Test
    void aRunIsStartedWatchedAndItsFailureExplainedAndRetried() {
        Browser operator = user("otto", "operator");
        String page = operator.submit(
                operator.page("/console/pipelines/school"), "/pipelines/school/runs", "endpoint", "students");

        assertThat(page).startsWith("/console/runs/");
        assertThat(operator.page(page)).contains("started by otto (api)", "/cancel?csrf=");
        services.finish(services.next(Step.EXTRACT), 100, 0);
        assertThat(services.fail(services.next(Step.TRANSFORM), ErrorCode.REJECTS_ABOVE_LIMIT, "5 of 100 are bad"))
                .isEqualTo(200);
        String failed = operator.page(page);
        assertThat(failed).contains("REJECTS_ABOVE_LIMIT", "5 of 100 are bad", "<b>100</b> extracted");
        assertThat(operator.page("/console")).contains("<b>1</b> failed last", "REJECTS_ABOVE_LIMIT");
        assertThat(operator.submit(failed, "/retry")).isEqualTo(page);
        Task transform = services.next(Step.TRANSFORM);
        Outcome.Staged shaped = services.stage(transform, 100, 1);
        services.report(
                transform,
                new Outcome.Staged(
                        shaped.manifest(),
                        shaped.counts(),
                        new Drift(100, List.of(), List.of(), List.of(new Drift.Seen("email_address", 100, 100)), 0)));
        services.commit(services.next(Step.LOAD), 99);
        assertThat(operator.page(page))
                .contains("succeeded", "<b>100</b> extracted", "<b>99</b> loaded", "<b>1</b> rejected", "1 reject");
        assertThat(operator.page(page + "/rejects"))
                .contains("1 record was not loaded")
                .contains("not a whole number");
        assertThat(operator.page(page + "/rejects?column=ID&code=VALUE_INVALID"))
                .contains("not a whole number");
        assertThat(operator.page(page + "/rejects?code=VALUE_MISSING"))
                .contains("None of them is so.")
                .doesNotContain("not a whole number");
        assertThat(operator.page("/console/pipelines/school"))
                .contains("What the last runs have found", "email_address");
        assertThat(operator.page("/console/runs?pipeline=school&endpoint=students&state=SUCCEEDED"))
                .contains(page);
        assertThat(operator.page("/console/runs?state=FAILED")).contains("There are none.");
        assertThat(operator.get("/console/runs?state=BROKEN").body()).contains("REQUEST_INVALID");
    }

    @Test
    void nothingThatIsShownIsAPartOfThePage() throws IOException {
        Browser admin = admin();
        String run = SchoolTests.start(gateway);
        assertThat(services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_UNAVAILABLE, HOSTILE))
                .isEqualTo(200);
        Files.writeString(
                folder.resolve("pipelines/broken.yaml"),
                "version: 1\nname: \"" + HOSTILE.replace("\"", "\\\"")
                        + "\"\nsource: {type: rest, baseUrl: \"http://127.0.0.1:1\"}\n");

        for (String path : List.of(
                "/console",
                "/console/runs",
                "/console/runs/" + run,
                "/console/runs?pipeline=" + URLEncoder.encode(HOSTILE, StandardCharsets.UTF_8),
                "/console/audit?caller=" + URLEncoder.encode(HOSTILE, StandardCharsets.UTF_8))) {
            assertThat(admin.page(path)).as(path).contains("&lt;script").doesNotContain("<script>", "<img", "\"'>");
        }
        assertThat(login(HOSTILE, PASSWORD).body()).contains("&lt;script").doesNotContain("<script>", "<img");
        assertThat(admin.get("/console/pipelines/%3Cimg%20src=x%20onerror=alert(3)%3E")
                        .body())
                .contains("&lt;img")
                .doesNotContain("<img");
    }

    @Test
    void aLongLogIsShownInPartsOfALevel() {
        Browser admin = admin();
        String run = SchoolTests.start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);

        String page = admin.page("/console/runs/" + run + "?level=DEBUG");
        String none = admin.page("/console/runs/" + run + "?level=ERROR");

        assertThat(page).contains("START school/students");
        assertThat(none).contains("No lines of this level.");
        assertThat(admin.get("/console/runs/" + run + "?level=LOUD").statusCode())
                .isEqualTo(400);
    }

    @Test
    void usersAreAddedAndShutOutAndTheAuditLogSaysByWhom() {
        Browser admin = admin();
        String users = admin.page("/console/users");

        String after = admin.submit(users, "/console/users", "name", "anna", "role", "viewer", "password", PASSWORD);
        Browser anna = new Browser("anna", PASSWORD);
        assertThat(anna.page("/console")).contains("anna <small>viewer</small>");
        String shutOut = admin.submit(admin.page(after), "/console/users/anna", "disabled", "true");

        assertThat(admin.page(shutOut)).contains("shut out");
        assertThat(login("anna", PASSWORD).statusCode()).isEqualTo(401);
        assertThat(admin.page("/console/audit"))
                .contains("user anna, viewer, shut out", "POST /console/users/anna", "POST /console/login");
        assertThat(admin.post(
                                Pattern.compile("action=\"(/console/users\\?csrf=[^\"]*)\"")
                                        .matcher(users)
                                        .results()
                                        .findFirst()
                                        .orElseThrow()
                                        .group(1),
                                "name",
                                "Bad Name",
                                "role",
                                "viewer",
                                "password",
                                "short")
                        .body())
                .contains("<!doctype html>", "REQUEST_INVALID");
    }

    @Test
    void aTokenIsShownOnceOpensWhatItIsGoodForAndIsRevoked() {
        Browser admin = admin();
        String form = admin.page("/console/tokens");
        String action = formOf(form, "/console/tokens");

        HttpResponse<String> made =
                admin.post(action, "name", "nightly", "role", "viewer", "pipelines", "school other", "days", "30");

        Matcher token = Pattern.compile(">(millrace_[^<]+)<").matcher(made.body());
        assertThat(token.find()).as(made.body()).isTrue();
        assertThat(made.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(admin.page("/console/tokens"))
                .contains("nightly", "pipelines school, other", "by api-token")
                .doesNotContain(token.group(1));
        assertThat(opens(token.group(1))).isEqualTo(200);
        assertThat(admin.post(action, "name", "nightly", "role", "viewer").body())
                .contains("<!doctype html>", "TOKEN_EXISTS");
        for (String days : List.of("0", "4000", "soon")) {
            assertThat(admin.post(action, "name", "other", "role", "viewer", "days", days)
                            .body())
                    .as(days)
                    .contains("REQUEST_INVALID");
        }
        assertThat(admin.submit(admin.page("/console/tokens"), "/console/tokens/nightly/revoke"))
                .isEqualTo("/console/tokens");
        assertThat(opens(token.group(1))).isEqualTo(401);
        assertThat(admin.page("/console/tokens")).contains("There are none yet.");
        assertThat(admin.page("/console/audit"))
                .contains("token nightly, role viewer, pipelines school, other", "token nightly revoked")
                .doesNotContain(token.group(1));
    }

    private int opens(String token) {
        return send(request("/api/v1/runs?pipeline=school").header("Authorization", "Bearer " + token))
                .statusCode();
    }

    private static String formOf(String page, String path) {
        Matcher action =
                Pattern.compile("action=\"(" + path + "\\?csrf=[^\"]*)\"").matcher(page);
        assertThat(action.find()).as(page).isTrue();
        return action.group(1);
    }

    @Test
    void theFileOfAPipelineIsShownWithItsErrorsWhereTheyAreAndToViewersWithoutItsLines() throws IOException {
        Browser operator = user("otto", "operator");
        Browser viewer = user("vera", "viewer");
        Files.writeString(folder.resolve("pipelines/broken.yaml"), "version: 1\nname: broken\nsuorce: {}\n");

        assertThat(viewer.page("/console/pipelines/school/file")).contains("in force", "<th scope=\"row\">2</th>");
        assertThat(operator.page("/console")).contains("/console/pipelines/broken/file");
        assertThat(operator.page("/console/pipelines/broken/file"))
                .contains("It has errors", "href=\"#line-3\"", "<tr id=\"line-3\" class=\"wrong\">", "suorce: {}");
        assertThat(viewer.page("/console/pipelines/broken/file"))
                .contains("It has errors", "3:1")
                .doesNotContain("suorce: {}");
        assertThat(viewer.get("/console/pipelines/none/file").statusCode()).isEqualTo(404);
    }

    @Test
    void theSystemIsShownWithItsServicesAndWhatWaits() {
        String _ = SchoolTests.start(gateway);
        Browser viewer = user("vera", "viewer");

        assertThat(viewer.page("/console/system")).contains("extractor", "transformer", "loader", "500 a second");
    }

    @Test
    void thePageAndItsFilesAreServedByTheGatewayAloneAndAreSmall() throws IOException {
        HttpResponse<String> page = send(request("/console/login"));
        List<String> files = Pattern.compile("(?:src|href)=\"(/console/assets/[^\"]*)\"")
                .matcher(page.body())
                .results()
                .map(found -> found.group(1))
                .toList();

        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("script-src 'self'", "style-src 'self'")
                .doesNotContain("unsafe");
        assertThat(page.body()).doesNotContain("http://", "https://", "style=", "onclick");
        assertThat(files).hasSize(4);
        long size = 0;
        for (String file : files) {
            HttpResponse<String> sent = send(request(file).header("Accept-Encoding", "gzip"));
            assertThat(sent.statusCode()).as(file).isEqualTo(200);
            size += Long.parseLong(sent.headers().firstValue("Content-Length").orElse("0"));
        }
        assertThat(size).isLessThan(60_000);
    }

    @Test
    void browsersAreToldThatRunsHaveGotFurther() throws IOException, InterruptedException {
        Browser admin = admin();
        HttpResponse<Stream<String>> stream = http.send(
                request("/console/events").header("Cookie", admin.cookie).build(), HttpResponse.BodyHandlers.ofLines());

        assertThat(stream.statusCode()).isEqualTo(200);
        try (Stream<String> lines = stream.body()) {
            List<String> events = lines.filter(line -> line.startsWith("event:"))
                    .peek(line -> {
                        if (line.contains("gateway")) {
                            String _ = SchoolTests.start(gateway);
                        }
                    })
                    .limit(2)
                    .toList();
            assertThat(events).containsExactly("event: gateway", "event: progress");
        }
    }
}
