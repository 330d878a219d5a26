package dev.millrace.gateway.api;

import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import io.micronaut.core.io.ResourceResolver;
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

/** The doorstep: a greeting, and where to go from here. */
@Controller
@Hidden
class HomeController {
    private final ResourceResolver resources;

    HomeController(ResourceResolver resources) {
        this.resources = resources;
    }

    @Serdeable
    record Greeting(String message, String docs) {}

    @Get
    @Secured(SecurityRule.IS_ANONYMOUS)
    Greeting greet() {
        return new Greeting("This is Millrace.", "/docs");
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
