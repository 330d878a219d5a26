package dev.millrace.gateway.warehouse;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceProblems;
import dev.millrace.service.WorkerCalls;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;

/** The cursors in the warehouse's ledger, asked for and set through the loader. Safe for use by several threads. */
@Singleton
public class LedgerCursors {
    private final WorkerCalls services;
    private final GatewayConfig config;

    LedgerCursors(WorkerCalls services, GatewayConfig config) {
        this.services = services;
        this.config = config;
    }

    /**
     * The cursors of a pipeline, as they are now.
     *
     * @throws MillraceException with what the loader says, or {@code SERVICE_UNAVAILABLE} when it can't be reached
     */
    public Cursors of(Cursors.Wanted wanted) throws InterruptedException {
        HttpResponse<Cursors> answer = services.cursors(config.services().loader(), wanted);
        if (answer.code() != 200) {
            throw refused("the cursors of " + wanted.pipeline() + " can't be read", answer);
        }
        return answer.body();
    }

    /**
     * Sets a cursor. Whether a call that fails has done so isn't known.
     *
     * @throws MillraceException as {@link #of}
     */
    public void change(CursorChange change) throws InterruptedException {
        HttpResponse<byte[]> answer = services.change(config.services().loader(), change);
        if (answer.code() != 200) {
            throw refused("the cursor of " + change.pipeline() + "/" + change.endpoint() + " can't be set", answer);
        }
    }

    private static MillraceException refused(String what, HttpResponse<?> answer) {
        if (answer.code() == 404) {
            return new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE, what + ": the loader is of a version without cursors");
        }
        Problem problem = ServiceProblems.of(answer);
        return new MillraceException(
                ErrorCode.named(problem.code()).orElse(ErrorCode.SERVICE_UNAVAILABLE), what + ": " + problem.detail());
    }
}
