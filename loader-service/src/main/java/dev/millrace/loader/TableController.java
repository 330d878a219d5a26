package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The routes for tables and their rows. */
@Controller("/tables")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class TableController {
    private final Warehouse warehouse;

    TableController(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    @Post
    TableFacts tables(@Body TableFacts.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, TableFacts.SUBJECT);
        return warehouse.tables(wanted);
    }

    @Post("/rows")
    TableRows rows(@Body TableRows.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, TableRows.SUBJECT);
        return warehouse.rows(wanted);
    }
}
