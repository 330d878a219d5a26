package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.TableSchema;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route that tells a table's columns. */
@Controller("/schemas")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class SchemaController {
    private final Warehouse warehouse;

    SchemaController(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    @Post
    TableSchema schema(@Body TableSchema.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, TableSchema.SUBJECT);
        return warehouse.schema(wanted);
    }
}
