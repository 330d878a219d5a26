package dev.millrace.loader;

import dev.millrace.loader.bucket.Publisher;
import dev.millrace.service.Roles;
import dev.millrace.task.RunLogCopy;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route that puts the logs of runs beside what they publish. */
@Controller("/logs")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class LogController {
    private final Publisher publisher;

    LogController(Publisher publisher) {
        this.publisher = publisher;
    }

    @Post
    void copy(@Body RunLogCopy copy, Authentication caller) {
        Subjects.check(caller, copy.subject());
        publisher.copyLog(copy);
    }
}
