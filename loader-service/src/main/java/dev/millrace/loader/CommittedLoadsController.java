package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.CommittedLoads;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route that tells which loads the ledger has. */
@Controller("/loads")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class CommittedLoadsController {
    private final Warehouse warehouse;

    CommittedLoadsController(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    @Post
    CommittedLoads committed(@Body CommittedLoads.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, CommittedLoads.SUBJECT);
        return warehouse.committed(wanted);
    }
}
