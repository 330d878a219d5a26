package dev.millrace.extractor;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Roles;
import dev.millrace.task.Checks;
import dev.millrace.task.Sample;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The routes for what is looked at before a run. */
@Controller
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class SampleController {
    private final Samples samples;

    SampleController(Samples samples) {
        this.samples = samples;
    }

    @Post("/samples")
    Sample take(@Body Sample.Wanted wanted, Authentication caller) throws InterruptedException {
        checkCaller(wanted, caller);
        return samples.take(wanted);
    }

    @Post("/checks")
    Checks check(@Body Sample.Wanted wanted, Authentication caller) throws InterruptedException {
        checkCaller(wanted, caller);
        return samples.check(wanted);
    }

    private static void checkCaller(Sample.Wanted wanted, Authentication caller) {
        String subject = wanted.task().subject();
        if (!caller.getName().equals(subject)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, "the token is for " + caller.getName() + ", not for " + subject);
        }
    }
}
