package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.WriteCheck;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route for trying whether tables may be changed. */
@Controller("/write-checks")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class WriteCheckController {
    private final Warehouse warehouse;

    WriteCheckController(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    @Post
    WriteCheck tryToWrite(@Body WriteCheck.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, WriteCheck.SUBJECT);
        return new WriteCheck(warehouse.tryToWrite(wanted));
    }
}
