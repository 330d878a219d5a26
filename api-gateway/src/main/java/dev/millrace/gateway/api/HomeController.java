package dev.millrace.gateway.api;

import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.service.Version;
import io.micronaut.core.io.ResourceResolver;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.Hidden;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;

/** The doorstep: a greeting, and where to go from here. */
@Controller
@Hidden
class HomeController {
    private static final Map<String, String> LINKS = new TreeMap<>(Map.of(
            "console", "/console",
            "docs", "/docs",
            "health", "/health",
            "login", "/api/v1/login",
            "openapi", "/openapi.yml",
            "pipelines", "/api/v1/pipelines",
            "runs", "/api/v1/runs"));

    private final ResourceResolver resources;
    private final Version version;

    HomeController(ResourceResolver resources, Version version) {
        this.resources = resources;
        this.version = version;
    }

    /** @param links where to go from here */
    @Serdeable
    record Greeting(String name, String version, String message, Map<String, String> links) {}

    @Get
    @Secured(SecurityRule.IS_ANONYMOUS)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_HTML})
    HttpResponse<?> greet(HttpRequest<?> request) {
        boolean browser =
                request.accept().stream().anyMatch(type -> type.getName().equals(MediaType.TEXT_HTML));
        return browser
                ? HttpResponse.seeOther(URI.create("/console"))
                : HttpResponse.ok(new Greeting("Millrace", version.text(), "This is Millrace.", LINKS))
                        .contentType(MediaType.APPLICATION_JSON_TYPE);
    }

    @Get("/docs")
    @Secured(SecurityRule.IS_ANONYMOUS)
    HttpResponse<?> docs() {
        return HttpResponse.redirect(URI.create("/docs/index.html"));
    }

    /** The OpenAPI document of this gateway. */
    @Get("/openapi.yml")
    @Needs(value = Role.VIEWER, about = Needs.Subject.NOTHING)
    @Produces(MediaType.APPLICATION_YAML)
    StreamedFile specification() {
        return new StreamedFile(
                resources
                        .getResourceAsStream("classpath:META-INF/swagger/millrace.yml")
                        .orElseThrow(),
                MediaType.APPLICATION_YAML_TYPE);
    }
}
