package dev.millrace.loader;

import dev.millrace.loader.bucket.Publisher;
import dev.millrace.service.Roles;
import dev.millrace.task.Abort;
import dev.millrace.task.Publication;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route that closes loads which must not commit any more. */
@Controller("/aborts")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class AbortController {
    private final Warehouse warehouse;
    private final Publisher publisher;
    private final Backups backups;

    AbortController(Warehouse warehouse, Publisher publisher, Backups backups) {
        this.warehouse = warehouse;
        this.publisher = publisher;
        this.backups = backups;
    }

    @Post
    Abort.Answer abort(@Body Abort abort, Authentication caller) throws InterruptedException {
        Subjects.check(caller, abort.subject());
        if (abort.backup() != null) {
            return backups.abort(abort, abort.backup());
        }
        Publication publication = abort.publication();
        return publication == null ? warehouse.abort(abort) : publisher.abort(abort, publication);
    }
}
