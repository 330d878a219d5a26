package dev.millrace.gateway.api;

import dev.millrace.gateway.pipeline.PipelineInvalid;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceProblems;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors that say more than a code and a sentence. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    /** Another service's problem, which is ours to tell. */
    static HttpResponse<Problem> passedOn(HttpResponse<?> answer) {
        return HttpResponse.<Problem>status(HttpStatus.valueOf(answer.code()))
                .body(ServiceProblems.of(answer))
                .contentType(Problem.MEDIA_TYPE);
    }

    /** Why a run that has failed, or was cancelled, has loaded nothing. */
    static HttpResponse<Problem> ofRun(RunRow run) {
        return answer(problem(run));
    }

    /** Likewise; rows that the table's checks don't allow are those of the caller. */
    static HttpResponse<Problem> ofUpload(RunRow run) {
        Problem problem = problem(run);
        return answer(
                problem.code().equals(ErrorCode.CHECKS_UNMET.name())
                        ? problem.withStatus(HttpStatus.UNPROCESSABLE_ENTITY.getCode())
                        : problem);
    }

    private static Problem problem(RunRow run) {
        ErrorCode code = run.errorCode() == null
                ? ErrorCode.LOAD_ABORTED
                : ErrorCode.named(run.errorCode()).orElse(ErrorCode.INTERNAL);
        String detail = run.errorDetail() == null ? "the run was cancelled" : run.errorDetail();
        return Problem.of(code, HttpStatus.valueOf(code.status()).getReason(), detail)
                .withRun(run.id());
    }

    private static HttpResponse<Problem> answer(Problem problem) {
        return HttpResponse.<Problem>status(HttpStatus.valueOf(problem.status()))
                .body(problem)
                .contentType(Problem.MEDIA_TYPE);
    }

    @Singleton
    @Produces(Problem.MEDIA_TYPE)
    static final class Active implements ExceptionHandler<RunActive, HttpResponse<Problem>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<Problem> handle(HttpRequest request, RunActive active) {
            return answer(Problem.of(ErrorCode.RUN_ACTIVE, "Conflict", String.valueOf(active.getMessage()))
                    .withRun(active.run()));
        }
    }

    @Singleton
    @Produces(Problem.MEDIA_TYPE)
    static final class Invalid implements ExceptionHandler<PipelineInvalid, HttpResponse<Problem>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<Problem> handle(HttpRequest request, PipelineInvalid invalid) {
            return answer(
                    Problem.of(ErrorCode.PIPELINE_INVALID, "Unprocessable Entity", String.valueOf(invalid.getMessage()))
                            .withErrors(invalid.errors()));
        }
    }

    /** The framework has an exception of its own for each way in which a database can fail; all have the driver's as their cause. */
    @Singleton
    @Produces(Problem.MEDIA_TYPE)
    static final class Unexpected implements ExceptionHandler<RuntimeException, HttpResponse<Problem>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<Problem> handle(HttpRequest request, RuntimeException failure) {
            LOG.error("{} {} failed", request.getMethod(), request.getPath(), failure);
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof SQLException database) {
                    String state = database.getSQLState(); // null when no connection was free in time
                    return answer(Problem.of(
                            ErrorCode.SERVICE_UNAVAILABLE,
                            "Service Unavailable",
                            "the run database doesn't answer as it should"
                                    + (state == null ? "" : " (SQLSTATE " + state + ")")
                                    + "; the call may be repeated"));
                }
            }
            return answer(Problem.of(ErrorCode.INTERNAL, "Internal Server Error", "the gateway's log says more"));
        }
    }
}
