package dev.millrace.transformer;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Roles;
import dev.millrace.task.Preview;
import dev.millrace.task.Proposal;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;
import java.io.IOException;

/** The routes for what a few records make: rows, or the columns that they would need. */
@Controller
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
class PreviewController {
    private final Previews previews;
    private final Proposals proposals;

    PreviewController(Previews previews, Proposals proposals) {
        this.previews = previews;
        this.proposals = proposals;
    }

    @Post("/previews")
    Preview preview(@Body Preview.Wanted wanted, Authentication caller) throws Exception {
        check(caller);
        return previews.of(wanted);
    }

    @Post("/proposals")
    Proposal propose(@Body Proposal.Wanted wanted, Authentication caller) throws IOException {
        check(caller);
        return proposals.of(wanted);
    }

    private static void check(Authentication caller) {
        if (!caller.getName().equals(Preview.SUBJECT)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, "the token is for " + caller.getName() + ", not for " + Preview.SUBJECT);
        }
    }
}
