package dev.millrace.gateway.api;

import dev.millrace.gateway.dispatch.SliceClaims;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Roles;
import dev.millrace.task.Claim;
import dev.millrace.task.Step;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.Arrays;

/** Where processes that were started for a run ask for its slices. */
@Controller("/internal/runs/{run}/steps/{step}/claims")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class ClaimController {
    private final SliceClaims claims;

    ClaimController(SliceClaims claims) {
        this.claims = claims;
    }

    @Post
    Claim claim(String run, String step, Authentication caller) throws InterruptedException {
        Step wanted = Arrays.stream(Step.values())
                .filter(each -> each.folder().equals(step))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.REQUEST_INVALID, "step: '" + step + "' (expected: one of a run)"));
        String subject = Claim.subject(run, wanted);
        if (!caller.getName().equals(subject)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, "the token is for " + caller.getName() + ", not for " + subject);
        }
        return claims.claim(run, wanted);
    }
}
