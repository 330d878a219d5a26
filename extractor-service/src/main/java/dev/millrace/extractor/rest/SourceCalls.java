package dev.millrace.extractor.rest;

import dev.millrace.trace.Traces;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.time.Duration;

/**
 * Times and traces the requests to the source of one pipeline, below the span that was current when this was made.
 * Metrics have no label for the host: a pipeline has one source, and its address may be a secret. Safe for use by
 * several threads.
 */
final class SourceCalls {
    private static final Duration[] BOUNDARIES = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60)
    };
    private static final int FIRST_REFUSAL = 400;

    private final MeterRegistry meters;
    private final Traces traces;
    private final String pipeline;
    private final Context task = Context.current();
    private final Counter retries;

    SourceCalls(MeterRegistry meters, Traces traces, String pipeline) {
        this.meters = meters;
        this.traces = traces;
        this.pipeline = pipeline;
        this.retries = Counter.builder("millrace.source.retries")
                .description("Requests to sources that are made again after a failure")
                .tag("pipeline", pipeline)
                .register(meters);
    }

    /** @param shown the request as it may be told */
    Call begin(String method, String shown) {
        Span span = traces.span(method, SpanKind.CLIENT, task)
                .setAttribute("http.request.method", method)
                .setAttribute("millrace.request", shown)
                .startSpan();
        return new Call(span, System.nanoTime());
    }

    void retried() {
        retries.increment();
    }

    /** A request on its way, until its answer begins. */
    final class Call {
        private final Span span;
        private final long started;

        private Call(Span span, long started) {
            this.span = span;
            this.started = started;
        }

        void answered(int status) {
            span.setAttribute("http.response.status_code", status);
            if (status >= FIRST_REFUSAL) {
                span.setStatus(StatusCode.ERROR);
            }
            end(status / 100 + "xx");
        }

        void failed() {
            span.setStatus(StatusCode.ERROR, "no answer");
            end("none");
        }

        private void end(String status) {
            span.end();
            Timer.builder("millrace.source.request.duration")
                    .description("Time until a source's answer begins")
                    .tags("pipeline", pipeline, "status", status)
                    .serviceLevelObjectives(BOUNDARIES)
                    .register(meters)
                    .record(Duration.ofNanos(System.nanoTime() - started));
        }
    }
}
