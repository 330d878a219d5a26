package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.warehouse.Capabilities;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route that tells what the warehouse can hold. */
@Controller("/capabilities")
@Secured(Roles.SERVICE)
class CapabilitiesController {
    private final Warehouse warehouse;

    CapabilitiesController(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    @Get
    Capabilities capabilities(Authentication caller) {
        Subjects.check(caller, Capabilities.SUBJECT);
        return warehouse.capabilities();
    }
}
