package dev.millrace.gateway;

import dev.millrace.service.Services;
import io.swagger.v3.oas.annotations.OpenAPIDefinition;
import io.swagger.v3.oas.annotations.enums.SecuritySchemeType;
import io.swagger.v3.oas.annotations.info.Info;
import io.swagger.v3.oas.annotations.info.License;
import io.swagger.v3.oas.annotations.security.SecurityRequirement;
import io.swagger.v3.oas.annotations.security.SecurityScheme;

/** Starts the service in a process of its own. */
@OpenAPIDefinition(
        info =
                @Info(
                        title = "Millrace",
                        version = "1",
                        description =
                                "Moves data from APIs, files and databases into a warehouse, each row exactly once.",
                        license = @License(name = "Apache-2.0", url = "https://www.apache.org/licenses/LICENSE-2.0")),
        security = @SecurityRequirement(name = "token"))
@SecurityScheme(name = "token", type = SecuritySchemeType.HTTP, scheme = "bearer")
public final class GatewayApplication {
    /** Environment in which the beans of this service exist, and its name in tokens and configuration. */
    public static final String NAME = "api-gateway";

    private GatewayApplication() {}

    public static void main(String[] args) {
        Services.start(NAME, args);
    }
}
