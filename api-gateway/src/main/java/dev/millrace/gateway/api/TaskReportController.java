package dev.millrace.gateway.api;

import dev.millrace.gateway.limit.SourceLimiter;
import dev.millrace.gateway.run.Runs;
import dev.millrace.gateway.token.RefreshTokens;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Roles;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.Report;
import dev.millrace.task.Task;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.TokenReturn;
import dev.millrace.trace.Traces;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;
import io.swagger.v3.oas.annotations.Hidden;

/** Where the services report on their tasks. */
@Controller("/internal/tasks/{task}/attempts/{attempt}")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class TaskReportController {
    private final Runs runs;
    private final SourceLimiter limiter;
    private final RefreshTokens tokens;
    private final Traces traces;

    TaskReportController(Runs runs, SourceLimiter limiter, RefreshTokens tokens, Traces traces) {
        this.runs = runs;
        this.limiter = limiter;
        this.tokens = tokens;
        this.traces = traces;
    }

    @Post("/heartbeat")
    Heartbeat.Answer heartbeat(String task, int attempt, @Body Heartbeat heartbeat, Authentication caller) {
        check(task, attempt, caller);
        return runs.beat(task, attempt, heartbeat);
    }

    @Post("/permits")
    PermitRequest.Grant permits(String task, int attempt, @Body PermitRequest request, Authentication caller) {
        check(task, attempt, caller);
        try {
            return limiter.grant(task, attempt, request);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.SPEC_UNREADABLE) { // the extractor would ask without end
                runs.unpostable(task, attempt, e.code(), e.detail());
            }
            throw e;
        }
    }

    @Post("/tokens")
    TokenRequest.Grant token(String task, int attempt, @Body TokenRequest request, Authentication caller) {
        check(task, attempt, caller);
        return tokens.lend(task, attempt, request);
    }

    @Post("/tokens/return")
    TokenReturn.Answer takeBack(String task, int attempt, @Body TokenReturn token, Authentication caller) {
        check(task, attempt, caller);
        return tokens.takeBack(task, attempt, token);
    }

    @Post("/outcome")
    void outcome(
            String task,
            int attempt,
            @Body Report report,
            Authentication caller,
            @Nullable @Header("traceparent") String traceparent) {
        check(task, attempt, caller);
        traces.within("outcome", traceparent, () -> runs.report(task, attempt, report));
    }

    static void check(String task, int attempt, Authentication caller) {
        String subject = Task.subject(task, attempt);
        if (!caller.getName().equals(subject)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, "the token is for " + caller.getName() + ", not for " + subject);
        }
    }
}
