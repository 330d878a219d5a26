package dev.millrace.gateway.telemetry;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.trace.Traces;
import io.micronaut.transaction.annotation.TransactionalEventListener;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import jakarta.inject.Singleton;
import java.time.Instant;

/** The span of a whole run, when it has ended: until then it is only known by its ids. */
@Singleton
class RunSpans {
    private final Traces traces;

    RunSpans(Traces traces) {
        this.traces = traces;
    }

    @TransactionalEventListener
    void end(RunEvent event) {
        if (event instanceof RunEvent.Ended(RunRow run, RunEvent.End end, Instant at)) {
            Instant resumed = run.generation() == 1 ? null : run.startedAt();
            Span span = traces.run(run.id(), run.generation(), resumed == null ? run.createdAt() : resumed)
                    .setAttribute("millrace.run", run.id())
                    .setAttribute("millrace.pipeline", run.pipeline())
                    .setAttribute("millrace.endpoint", run.endpoint())
                    .setAttribute("millrace.generation", run.generation())
                    .setAttribute("millrace.dry_run", run.dryRun())
                    .setAttribute("millrace.outcome", end.state().name());
            switch (end) {
                case RunEvent.End.Succeeded succeeded ->
                    span.setAttribute("millrace.rows_loaded", succeeded.result().rows());
                case RunEvent.End.Failed failed ->
                    span.setStatus(StatusCode.ERROR, failed.code() + ": " + failed.detail());
                case RunEvent.End.Checked _, RunEvent.End.Cancelled _ -> {}
            }
            span.end(at);
        }
    }
}
