package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.gateway.access.Role;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.web.router.Router;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Which role each route needs: as docs/api.md and docs/console.md say, which therefore have to name every route. One that says
 * nothing is closed to everybody.
 */
class RolesTest extends GatewayTests {
    private static final Pattern ROW =
            Pattern.compile("^\\| `([A-Z]+) (/[^`]*)` \\| (viewer|operator|admin|) ?\\| [^|]+ \\|$", Pattern.MULTILINE);
    /** What the table says in one line. */
    private static final Set<String> PARTS_OF_OPEN_ROUTES = Set.of("/health/{selector}");

    /** An answer that never ends, which ConsoleTest reads. */
    private static final String ENDLESS = "GET /console/events";

    private GatewayUnderTest gateway;

    RolesTest() {
        super("school", SchoolTests.PIPELINE);
    }

    @BeforeEach
    void start() {
        gateway = gateway();
    }

    /** Of the documents: method and path, and the role, empty for none. */
    private static Map<String, String> documented() throws IOException {
        Map<String, String> routes = new TreeMap<>();
        for (String document : List.of("api.md", "console.md")) {
            ROW.matcher(Files.readString(Path.of("../docs", document)))
                    .results()
                    .forEach(row -> routes.put(row.group(1) + " " + row.group(2), row.group(3)));
        }
        return routes;
    }

    private String token(String name, Role role, String more) {
        return gateway.post(
                        "/api/v1/tokens", "{\"name\": \"" + name + "\", \"role\": \"" + role.word() + "\"" + more + "}")
                .text("token");
    }

    private GatewayUnderTest.Answer call(@Nullable String token, String method, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        gateway.url().resolve(path.replaceAll("\\{[^}]*}", "none-of-this-name")))
                .header(
                        "Content-Type",
                        path.startsWith("/console/") ? "application/x-www-form-urlencoded" : "application/json")
                .method(
                        method,
                        method.equals("GET")
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString("{}"));
        return gateway.send(token == null ? request : request.header("Authorization", "Bearer " + token));
    }

    @Test
    void theDocumentNamesEveryRoute() throws IOException {
        Set<String> routes = new TreeSet<>();
        gateway.context()
                .getBean(Router.class)
                .uriRoutes()
                .filter(route -> !route.getHttpMethodName().equals("HEAD"))
                .map(route -> route.getHttpMethodName() + " "
                        + route.getUriMatchTemplate().toPathString())
                .filter(route -> !route.contains(" /internal/")
                        && !route.endsWith(" /prometheus")
                        && PARTS_OF_OPEN_ROUTES.stream().noneMatch(route::endsWith))
                .forEach(routes::add);

        assertThat(documented().keySet()).hasSizeGreaterThan(30).isEqualTo(routes);
    }

    @Test
    void theDocumentationOfTheRunningGatewayNamesNoFurtherOne() throws IOException {
        Set<String> described = new TreeSet<>();
        String path = "";
        for (String line :
                gateway.get("/openapi.yml").body().getStringValue().lines().toList()) {
            if (line.matches("  /\\S+:")) {
                path = line.strip().substring(0, line.strip().length() - 1);
            } else if (line.matches("    (get|post|put|delete|patch):") && !path.isEmpty()) {
                described.add(line.strip().replace(":", "").toUpperCase(java.util.Locale.ROOT) + " " + path);
            }
        }

        assertThat(described).hasSizeGreaterThan(25);
        assertThat(documented().keySet()).containsAll(described);
    }

    @Test
    void eachRoleOpensItsRoutesAndThoseOfTheRolesBeforeItAndTheRefusalNamesTheOneThatIsMissing() throws IOException {
        Map<Role, String> tokens = new LinkedHashMap<>();
        for (Role role : Role.values()) {
            tokens.put(role, token(role.word(), role, ""));
        }
        for (Map.Entry<String, String> route : documented().entrySet()) {
            String method = route.getKey().substring(0, route.getKey().indexOf(' '));
            String path = route.getKey().substring(method.length() + 1);
            if (route.getValue().isEmpty()) {
                assertThat(call(null, method, path).status()).as(route.getKey()).isNotIn(401, 403);
                continue;
            }
            Role needed = Role.of(route.getValue());
            assertThat(call(null, method, path).status())
                    .as(route.getKey())
                    .isEqualTo(path.startsWith("/console") && method.equals("GET") ? 303 : 401); // to the login
            if (route.getKey().equals(ENDLESS)) {
                continue;
            }
            tokens.forEach((role, token) -> {
                GatewayUnderTest.Answer answer = call(token, method, path);
                if (role.includes(needed)) {
                    assertThat(answer.status())
                            .as("%s as %s", route.getKey(), role)
                            .isNotIn(401, 403, 500);
                } else {
                    assertThat(answer.status())
                            .as("%s as %s", route.getKey(), role)
                            .isEqualTo(403);
                    assertThat(detail(answer))
                            .contains("the role " + needed.word() + " is missing: " + role.word() + " has the role "
                                    + role.word());
                }
            });
        }
    }

    private static String detail(GatewayUnderTest.Answer answer) {
        return answer.contentType().startsWith("text/html") ? answer.body().getStringValue() : answer.text("detail");
    }

    @Test
    void aTokenThatIsNotKnownIsRefusedEvenWhereNoneIsNeeded() {
        for (String path : List.of("/", "/health", "/docs/index.html", "/api/v1/runs")) {
            for (String token : List.of("millrace_unknown", "unknown", GatewayUnderTest.TOKEN + "x")) {
                GatewayUnderTest.Answer answer = call(token, "GET", path);

                assertThat(answer.status()).as(path).isEqualTo(401);
                assertThat(answer.text("code")).isEqualTo("UNAUTHORIZED");
            }
        }
    }

    @Test
    void aTokenIsShownOnceAndRevoked() {
        String token = token("nightly", Role.OPERATOR, ", \"expiresIn\": \"P90D\"");

        assertThat(call(token, "GET", "/api/v1/runs").status()).isEqualTo(200);
        JsonNode listed = Objects.requireNonNull(
                Objects.requireNonNull(gateway.get("/api/v1/tokens").body().get("tokens"))
                        .get(0));
        assertThat(Objects.requireNonNull(listed.get("name")).getStringValue()).isEqualTo("nightly");
        assertThat(Objects.requireNonNull(listed.get("createdBy")).getStringValue())
                .isEqualTo("api-token");
        assertThat(Objects.requireNonNull(listed.get("token")).isNull()).isTrue();
        assertThat(Objects.requireNonNull(listed.get("usedAt")).isNull()).isFalse();
        assertThat(gateway.delete("/api/v1/tokens/nightly").status()).isEqualTo(204);
        assertThat(call(token, "GET", "/api/v1/runs").status()).isEqualTo(401);
        assertThat(gateway.delete("/api/v1/tokens/nightly").text("code")).isEqualTo("TOKEN_UNKNOWN");
    }

    @Test
    void aTokenThatAnotherReplicaHasRevokedOpensNothingWithinSeconds() {
        String token = token("nightly", Role.OPERATOR, "");
        assertThat(call(token, "GET", "/api/v1/runs").status()).isEqualTo(200);
        GatewayUnderTest other = newGateway(Map.of());

        assertThat(other.delete("/api/v1/tokens/nightly").status()).isEqualTo(204);

        await().untilAsserted(() ->
                assertThat(call(token, "GET", "/api/v1/runs").status()).isEqualTo(401));
    }

    @Test
    void aTokenThatHasExpiredOpensNothing() {
        String token = token("brief", Role.VIEWER, ", \"expiresIn\": \"PT0.05S\"");

        await().untilAsserted(() ->
                assertThat(call(token, "GET", "/api/v1/runs").status()).isEqualTo(401));
    }

    @Test
    void theRunSaysWhoHasStartedIt() {
        String token = token("nightly", Role.OPERATOR, "");

        GatewayUnderTest.Answer answer = gateway.send(
                HttpRequest.newBuilder(gateway.url().resolve("/api/v1/pipelines/school/endpoints/students/runs"))
                        .header("Authorization", "Bearer " + token)
                        .POST(HttpRequest.BodyPublishers.noBody()));

        assertThat(answer.status()).isEqualTo(202);
        assertThat(gateway.get("/api/v1/runs/" + answer.runId()).text("startedBy"))
                .isEqualTo("nightly");
        gateway.post("/api/v1/runs/" + answer.runId() + "/cancel", "");
        assertThat(logOf(gateway, answer.runId())).contains("cancel asked for by api-token");
    }

    @Test
    void aTokenForSomePipelinesReachesNothingElse() {
        String own = token("own", Role.OPERATOR, ", \"pipelines\": [\"school\"]");
        String other = token("other", Role.OPERATOR, ", \"pipelines\": [\"shop\"]");
        GatewayUnderTest.Answer started = call(own, "POST", "/api/v1/pipelines/school/endpoints/students/runs");
        assertThat(started.status()).isEqualTo(202);
        String run = started.runId();
        String batch = started.text("batch");

        assertThat(call(other, "POST", "/api/v1/pipelines/school/endpoints/students/runs")
                        .text("detail"))
                .isEqualTo("other is good for pipelines shop, not for pipeline school");
        Stream.of(
                        "/api/v1/pipelines/school",
                        "/api/v1/runs/" + run,
                        "/api/v1/runs/" + run + "/log",
                        "/api/v1/runs/" + run + "/rejects",
                        "/api/v1/runs/" + run + "/events",
                        "/api/v1/batches/" + batch,
                        "/api/v1/runs?pipeline=school")
                .forEach(path -> {
                    assertThat(call(other, "GET", path).status()).as(path).isEqualTo(403);
                    if (!path.endsWith("/events")) {
                        assertThat(call(own, "GET", path).status()).as(path).isEqualTo(200);
                    }
                });
        assertThat(call(other, "POST", "/api/v1/runs/" + run + "/cancel").status())
                .isEqualTo(403);
        assertThat(size(call(own, "GET", "/api/v1/runs"), "runs")).isEqualTo(1);
        assertThat(size(call(other, "GET", "/api/v1/runs"), "runs")).isZero();
        assertThat(size(call(own, "GET", "/api/v1/pipelines"), "pipelines")).isEqualTo(1);
        assertThat(size(call(other, "GET", "/api/v1/pipelines"), "pipelines")).isZero();
        assertThat(call(own, "POST", "/api/v1/query").text("detail"))
                .isEqualTo("own is good for pipelines school, and this call is about everything");
        assertThat(call(own, "GET", "/prometheus").status()).isEqualTo(403);
        assertThat(call(own, "POST", "/api/v1/runs/" + run + "/cancel").status())
                .isEqualTo(200);
    }

    private static int size(GatewayUnderTest.Answer answer, String list) {
        return Objects.requireNonNull(answer.body().get(list)).size();
    }

    @Test
    void aTokenThatMakesNoSenseIsRefused() {
        Map.of(
                        "{\"role\": \"viewer\"}",
                                "name: missing (expected: up to 63 lower case letters, digits, '.', '_' and '-', neither api-token nor nobody)",
                        "{\"name\": \"nobody\", \"role\": \"viewer\"}",
                                "name: 'nobody' (expected: up to 63 lower case letters, digits, '.', '_' and '-', neither api-token nor nobody)",
                        "{\"name\": \"a\", \"role\": \"viewer\", \"pipelines\": [null]}",
                                "pipelines: 'null' (expected: names of pipelines)",
                        "{\"name\": \"a\"}", "role: missing (expected: viewer, operator or admin)",
                        "{\"name\": \"a\", \"role\": \"owner\"}", "role: 'owner' (expected: viewer, operator or admin)",
                        "{\"name\": \"a\", \"role\": \"viewer\", \"expiresIn\": \"soon\"}",
                                "expiresIn: 'soon' (expected: a duration such as P90D)",
                        "{\"name\": \"a\", \"role\": \"viewer\", \"expiresIn\": \"-PT1S\"}",
                                "expiresIn: PT-1S (expected: a duration of up to 3650 days)",
                        "{\"name\": \"a\", \"role\": \"viewer\", \"tables\": [\"orders\"]}",
                                "tables: 'orders' (expected: tables such as sales.orders or sales.*)",
                        "{\"name\": \"a\", \"role\": \"admin\", \"pipelines\": [\"school\"]}",
                                "role: admin is good for everything (expected: viewer or operator for some pipelines or tables)")
                .forEach((body, detail) -> {
                    GatewayUnderTest.Answer answer = gateway.post("/api/v1/tokens", body);
                    assertThat(answer.status()).isEqualTo(400);
                    assertThat(answer.text("detail")).isEqualTo(detail);
                });
        token("twice", Role.VIEWER, "");
        assertThat(gateway.post("/api/v1/tokens", "{\"name\": \"twice\", \"role\": \"viewer\"}")
                        .text("code"))
                .isEqualTo("TOKEN_EXISTS");
    }
}
