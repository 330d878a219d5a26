package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.WriteTrial;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route for trying whether tables may be changed. */
@Controller("/write-trials")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class WriteTrialController {
    private final Warehouse warehouse;

    WriteTrialController(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    @Post
    WriteTrial tryToWrite(@Body WriteTrial.Wanted wanted, Authentication caller) throws InterruptedException {
        Subjects.check(caller, WriteTrial.SUBJECT);
        return new WriteTrial(warehouse.tryToWrite(wanted));
    }
}
