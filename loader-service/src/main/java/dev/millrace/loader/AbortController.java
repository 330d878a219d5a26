package dev.millrace.loader;

import dev.millrace.service.Roles;
import dev.millrace.task.Abort;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** Closes loads that must not commit any more. */
@Controller("/aborts")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class AbortController {
    private final Warehouse warehouse;

    AbortController(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    @Post
    Abort.Answer abort(@Body Abort abort, Authentication caller) throws InterruptedException {
        Subjects.check(caller, abort.subject());
        return warehouse.abort(abort);
    }
}
