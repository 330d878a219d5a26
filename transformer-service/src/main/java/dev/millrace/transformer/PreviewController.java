package dev.millrace.transformer;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Roles;
import dev.millrace.task.Preview;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route for the rows that a few records make. */
@Controller("/previews")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class PreviewController {
    private final Previews previews;

    PreviewController(Previews previews) {
        this.previews = previews;
    }

    @Post
    Preview preview(@Body Preview.Wanted wanted, Authentication caller) throws Exception {
        if (!caller.getName().equals(Preview.SUBJECT)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, "the token is for " + caller.getName() + ", not for " + Preview.SUBJECT);
        }
        return previews.of(wanted);
    }
}
