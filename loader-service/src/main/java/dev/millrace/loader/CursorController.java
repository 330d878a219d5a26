package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The routes for the cursors of the ledger. */
@Controller("/cursors")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class CursorController {
    private final Warehouse warehouse;

    CursorController(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    @Post
    Cursors cursors(@Body Cursors.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, Cursors.SUBJECT);
        return warehouse.cursors(wanted);
    }

    @Post("/change")
    void change(@Body CursorChange change, Authentication caller) throws InterruptedException {
        Subjects.check(caller, change.subject());
        warehouse.change(change);
    }
}
