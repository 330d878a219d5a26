package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.web.router.Router;
import io.micronaut.web.router.UriRouteInfo;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Who gets in, and what is on the doorstep. */
class AccessTest extends GatewayTests {
    private GatewayUnderTest gateway;

    AccessTest() {
        super("school", SchoolTests.PIPELINE);
    }

    @BeforeEach
    void start() {
        gateway = gateway();
    }

    private GatewayUnderTest.Answer withoutToken(String method, String path) {
        return gateway.send(HttpRequest.newBuilder(gateway.url().resolve(path))
                .header("Content-Type", "application/json")
                .method(
                        method,
                        method.equals("POST")
                                ? HttpRequest.BodyPublishers.ofString("{}")
                                : HttpRequest.BodyPublishers.noBody()));
    }

    @Test
    void everyRouteButTheDoorstepWantsAToken() {
        gateway = newGateway(Map.of("millrace.gateway.rate.per-address", 10_000)); // all of them at once
        List<UriRouteInfo<?, ?>> routes =
                gateway.context().getBean(Router.class).uriRoutes().toList();
        Set<String> open = Set.of("/", "/docs", "/api/v1/login");
        List<UriRouteInfo<?, ?>> guarded = routes.stream()
                .filter(route -> !open.contains(route.getUriMatchTemplate().toPathString())
                        && !route.getUriMatchTemplate().toPathString().startsWith("/health")
                        && !route.getUriMatchTemplate().toPathString().startsWith("/console")) // leads to its login
                .toList();
        assertThat(guarded).hasSizeGreaterThan(14).allSatisfy(route -> {
            String path = route.getUriMatchTemplate().toPathString().replaceAll("\\{[^}]*}", "1");
            GatewayUnderTest.Answer answer = withoutToken(route.getHttpMethodName(), path);
            assertThat(answer.status())
                    .as("%s %s", route.getHttpMethodName(), path)
                    .isEqualTo(401);
            if (!route.getHttpMethodName().equals("HEAD")) {
                assertThat(answer.text("code")).isEqualTo("UNAUTHORIZED");
            }
        });
        assertThat(guarded.stream()
                        .map(route -> route.getUriMatchTemplate().toPathString())
                        .collect(Collectors.toSet()))
                .contains(
                        "/api/v1/runs",
                        "/api/v1/query",
                        "/api/v1/pipelines/validate",
                        "/openapi.yml",
                        "/internal/tasks/{task}/attempts/{attempt}/outcome");
    }

    @Test
    void aRefusedCallLeavesALineInTheLog() {
        Logger log = (Logger) LoggerFactory.getLogger("dev.millrace.service.RefusedCalls");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            withoutToken("POST", "/internal/tasks/1/attempts/1/outcome");
        } finally {
            log.detachAppender(lines);
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .contains("POST /internal/tasks/1/attempts/1/outcome was refused with 401");
    }

    @Test
    void aWrongTokenIsNoToken() {
        GatewayUnderTest.Answer answer =
                gateway.send(HttpRequest.newBuilder(gateway.url().resolve("/api/v1/runs"))
                        .header("Authorization", "Bearer " + GatewayUnderTest.TOKEN + "x")
                        .GET());
        assertThat(answer.status()).isEqualTo(401);
    }

    private HttpHeaders headers(String method, String path, String... more) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(gateway.url().resolve(path))
                    .method(method, HttpRequest.BodyPublishers.noBody());
            return http.send(
                            more.length == 0
                                    ? request.build()
                                    : request.headers(more).build(),
                            HttpResponse.BodyHandlers.discarding())
                    .headers();
        }
    }

    @Test
    void everyAnswerTellsBrowsersToRunNothingButOurScriptsAndToShowItInNoFrame() throws Exception {
        for (String path : List.of("/", "/api/v1/runs", "/nowhere", "/docs/index.html", "/docs/calls.js")) {
            HttpHeaders headers = headers("GET", path);
            assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
                    .as(path)
                    .startsWith("default-src 'none'")
                    .contains("frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(headers.firstValue("Strict-Transport-Security")).isEmpty();
        }
        assertThat(headers("GET", "/api/v1/runs").firstValue("Cache-Control")).contains("no-store");
        assertThat(headers("GET", "/", "X-Forwarded-Proto", "https").firstValue("Strict-Transport-Security"))
                .isPresent();
    }

    @Test
    void anotherOriginMayReadNothing() throws Exception {
        for (String method : List.of("OPTIONS", "GET")) {
            HttpHeaders headers = headers(
                    method,
                    "/api/v1/runs",
                    "Origin",
                    "https://elsewhere.example.com",
                    "Access-Control-Request-Method",
                    "GET");
            assertThat(headers.map().keySet())
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-allow"));
        }
    }

    @Test
    void whoeverCallsTooOftenIsToldToWaitAndNobodyElseIs() {
        GatewayUnderTest limited =
                newGateway(Map.of("millrace.gateway.rate.per-caller", 2, "millrace.gateway.rate.per-address", 1));
        List<GatewayUnderTest.Answer> answers = IntStream.range(0, 40)
                .mapToObj(_ -> limited.get("/api/v1/session"))
                .toList();

        assertThat(answers.subList(0, 4)).allMatch(answer -> answer.status() == 200);
        assertThat(answers).anySatisfy(answer -> {
            assertThat(answer.status()).isEqualTo(429);
            assertThat(answer.text("code")).isEqualTo("RATE_LIMITED");
            assertThat(answer.text("detail"))
                    .isEqualTo("more than 2 calls a second by caller api-token (expected: fewer, or a pause)");
        });
        assertThat(limited.send(HttpRequest.newBuilder(limited.url().resolve("/"))
                                .GET())
                        .status())
                .isEqualTo(200);
        await().untilAsserted(() ->
                assertThat(limited.get("/api/v1/session").status()).isEqualTo(200));
    }

    @Test
    void aBodyThatIsTooLargeIsRefused() {
        GatewayUnderTest.Answer answer = gateway.post("/api/v1/pipelines/validate", "x".repeat(11_000_000));

        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.text("code")).isEqualTo("BODY_TOO_LARGE");
    }

    @Test
    void theDoorstepGreetsAndShowsTheDocumentation() {
        GatewayUnderTest.Answer greeting = withoutToken("GET", "/");
        assertThat(greeting.text("message")).isEqualTo("This is Millrace.");
        assertThat(greeting.text("name")).isEqualTo("Millrace");
        assertThat(greeting.text("version")).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(Objects.requireNonNull(greeting.body().get("links")).get("docs"))
                .isEqualTo(JsonNode.createStringNode("/docs"));
        assertThat(withoutToken("GET", "/health").status()).isEqualTo(200);
        assertThat(withoutToken("GET", "/docs").status()).isEqualTo(301);
        GatewayUnderTest.Answer page = withoutToken("GET", "/docs/index.html");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body().getStringValue())
                .contains("/docs/calls.js")
                .doesNotContain("unpkg", "cdn", "<script>", "style=", "onload");
        assertThat(withoutToken("GET", "/docs/calls.js").body().getStringValue())
                .contains("/docs/specification/millrace.yml");
        assertThat(withoutToken("GET", "/docs/res/swagger-ui-bundle.js").status())
                .isEqualTo(200);
        assertThat(withoutToken("GET", "/docs/specification/millrace.yml")
                        .body()
                        .getStringValue())
                .contains("/api/v1/pipelines/{pipeline}/runs");
        assertThat(gateway.get("/openapi.yml").body().getStringValue())
                .contains("/api/v1/runs/{id}/retry")
                .doesNotContain("/internal/");
    }
}
