package dev.millrace.extractor;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Roles;
import dev.millrace.task.Checks;
import dev.millrace.task.Sample;
import dev.millrace.task.SourceTables;
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
        checkCaller(wanted.task().subject(), caller);
        return samples.take(wanted);
    }

    @Post("/checks")
    Checks check(@Body Sample.Wanted wanted, Authentication caller) throws InterruptedException {
        checkCaller(wanted.task().subject(), caller);
        return samples.check(wanted);
    }

    @Post("/tables")
    SourceTables tables(@Body SourceTables.Wanted wanted, Authentication caller) throws InterruptedException {
        checkCaller(SourceTables.SUBJECT, caller);
        return samples.tables(wanted);
    }

    private static void checkCaller(String subject, Authentication caller) {
        if (!caller.getName().equals(subject)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, "the token is for " + caller.getName() + ", not for " + subject);
        }
    }
}
