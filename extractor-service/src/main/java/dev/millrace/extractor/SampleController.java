package dev.millrace.extractor;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Roles;
import dev.millrace.task.Sample;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The route for the first records of a source. */
@Controller("/samples")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class SampleController {
    private final Samples samples;

    SampleController(Samples samples) {
        this.samples = samples;
    }

    @Post
    Sample take(@Body Sample.Wanted wanted, Authentication caller) throws InterruptedException {
        String subject = wanted.task().subject();
        if (!caller.getName().equals(subject)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, "the token is for " + caller.getName() + ", not for " + subject);
        }
        return samples.take(wanted);
    }
}
