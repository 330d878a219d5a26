package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.Rollback;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route that brings back what a table was before a load. */
@Controller("/rollbacks")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class RollbackController {
    private final Warehouse warehouse;

    RollbackController(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    @Post
    Rollback.Done rollBack(@Body Rollback rollback, Authentication caller) throws InterruptedException {
        Subjects.check(caller, rollback.subject());
        return warehouse.rollBack(rollback);
    }
}
