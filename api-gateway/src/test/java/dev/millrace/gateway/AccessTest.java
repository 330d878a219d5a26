package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micronaut.web.router.Router;
import io.micronaut.web.router.UriRouteInfo;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Who gets in, and what is on the doorstep. */
class AccessTest extends GatewayTests {
    private GatewayUnderTest gateway;

    AccessTest() {
        super("school", SchoolTests.PIPELINE);
    }

    @Override
    Map<String, Object> newDatabase(Path file) {
        return h2(file);
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
        List<UriRouteInfo<?, ?>> routes =
                gateway.context().getBean(Router.class).uriRoutes().toList();
        Set<String> open = Set.of("/", "/docs");
        List<UriRouteInfo<?, ?>> guarded = routes.stream()
                .filter(route -> !open.contains(route.getUriMatchTemplate().toPathString())
                        && !route.getUriMatchTemplate().toPathString().startsWith("/health"))
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

    @Test
    void theDoorstepGreetsAndShowsTheDocumentation() {
        assertThat(withoutToken("GET", "/").text("message")).isEqualTo("This is Millrace.");
        assertThat(withoutToken("GET", "/health").status()).isEqualTo(200);
        assertThat(withoutToken("GET", "/docs").status()).isEqualTo(301);
        GatewayUnderTest.Answer page = withoutToken("GET", "/docs/index.html");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body().getStringValue())
                .contains("/docs/specification/millrace.yml")
                .doesNotContain("unpkg", "cdn");
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
