package dev.millrace.gateway.api;

import dev.millrace.gateway.pipeline.PipelineInvalid;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceClient;
import io.micronaut.data.exceptions.DataAccessException;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.transaction.exceptions.TransactionException;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors that say more than a code and a sentence. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    /** Another service's problem, which is ours to tell. */
    static HttpResponse<Problem> passedOn(HttpStatus status, ServiceClient.Answer answer) {
        return HttpResponse.<Problem>status(status)
                .body(answer.as(Problem.class))
                .contentType(Problem.MEDIA_TYPE);
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

    private static HttpResponse<Problem> databaseFailed(RuntimeException failure) {
        LOG.error("the run database failed", failure);
        return answer(Problem.of(
                ErrorCode.SERVICE_UNAVAILABLE,
                "Service Unavailable",
                "the run database doesn't answer as it should; the call may be repeated"));
    }

    /** No connection, or none that is still good. */
    @Singleton
    @Produces(Problem.MEDIA_TYPE)
    static final class DatabaseAway implements ExceptionHandler<TransactionException, HttpResponse<Problem>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<Problem> handle(HttpRequest request, TransactionException failure) {
            return databaseFailed(failure);
        }
    }

    /** A statement that didn't come to its end. */
    @Singleton
    @Produces(Problem.MEDIA_TYPE)
    static final class StatementFailed implements ExceptionHandler<DataAccessException, HttpResponse<Problem>> {
        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public HttpResponse<Problem> handle(HttpRequest request, DataAccessException failure) {
            return databaseFailed(failure);
        }
    }
}
