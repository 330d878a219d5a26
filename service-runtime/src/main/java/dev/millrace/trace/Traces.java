package dev.millrace.trace;

import dev.millrace.task.RunTrace;
import io.micronaut.context.env.Environment;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.naming.conventions.StringConvention;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Traces of runs. Without an exporter ({@code otel.traces.exporter}, by default {@code none}) all of it does nothing.
 * With one, it is OpenTelemetry's SDK, configured by what is standard for it
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Safe for use by several threads.
 */
@Singleton
public class Traces implements AutoCloseable {
    private static final String PREFIX = "otel";
    private static final String EXPORTER = "otel.traces.exporter";
    private static final String NONE = "none";
    private static final String TRACEPARENT = "traceparent";

    private final RunIds ids = new RunIds();
    private final @Nullable OpenTelemetrySdk sdk;
    private final Tracer tracer;

    Traces(Environment environment) {
        String exporter = environment.getProperty(EXPORTER, String.class).orElse(NONE);
        this.sdk = exporter.equals(NONE) ? null : sdk(environment);
        OpenTelemetry telemetry = sdk == null ? OpenTelemetry.noop() : sdk;
        this.tracer = telemetry.getTracer("dev.millrace");
    }

    private OpenTelemetrySdk sdk(Environment environment) {
        Map<String, String> defaults = Map.of(
                "otel.service.name",
                "millrace-" + environment.getRequiredProperty("millrace.service.name", String.class),
                "otel.exporter.otlp.protocol",
                "http/protobuf",
                "otel.metrics.exporter",
                NONE,
                "otel.logs.exporter",
                NONE,
                // would ask a metadata server that is not there but on Google Cloud
                "otel.java.disabled.resource.providers",
                "io.opentelemetry.contrib.gcp.resource.GCPResourceProvider");
        Map<String, String> configured = new HashMap<>();
        environment
                .getProperties(PREFIX, StringConvention.RAW)
                .forEach((name, value) -> configured.put(PREFIX + "." + name, String.valueOf(value)));
        return AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook() // closed with the context, after the last task was handed back
                .addPropertiesSupplier(() -> defaults)
                .addPropertiesCustomizer(_ -> configured)
                .addTracerProviderCustomizer((builder, _) -> builder.setIdGenerator(ids))
                .build()
                .getOpenTelemetrySdk();
    }

    /** What a task of the run carries, so that its spans are below the run's; null when nothing is traced. */
    public @Nullable String parent(String run, int generation) {
        Span span = start(run, generation, Instant.now());
        return span.getSpanContext().isValid() ? header(span) : null;
    }

    /** The span of the whole run; of a retried one, since it was taken up again. To be ended by the caller. */
    public Span run(String run, int generation, Instant started) {
        return start(run, generation, started);
    }

    /** Only a span that is ended leaves the process: the same one may be started again by whoever needs its context. */
    private Span start(String run, int generation, Instant started) {
        SpanBuilder builder = tracer.spanBuilder("run").setStartTimestamp(started);
        if (generation == 1) {
            builder.setNoParent();
        } else {
            builder.setParent(Context.root().with(start(run, 1, started)));
        }
        return ids.with(RunTrace.id(run), RunTrace.span(run, generation), builder::startSpan);
    }

    /** @param parent a {@code traceparent}; null: the span begins a trace of its own */
    public SpanBuilder span(String name, SpanKind kind, @Nullable String parent) {
        return tracer.spanBuilder(name).setSpanKind(kind).setParent(context(parent));
    }

    /** Below a span of this process. */
    public SpanBuilder span(String name, SpanKind kind, Context parent) {
        return tracer.spanBuilder(name).setSpanKind(kind).setParent(parent);
    }

    /** Does the work within a span below that of a caller; without a caller's, in none. */
    public void within(String name, @Nullable String parent, Runnable work) {
        if (parent == null) {
            work.run();
            return;
        }
        Span span = span(name, SpanKind.SERVER, parent).startSpan();
        try (Scope _ = span.makeCurrent()) {
            work.run();
        } finally {
            span.end();
        }
    }

    /** The current span as the header {@code traceparent}; null when there is none. */
    public static @Nullable String current() {
        Span span = Span.current();
        return span.getSpanContext().isValid() ? header(span) : null;
    }

    private static String header(Span span) {
        Map<String, String> headers = new HashMap<>();
        W3CTraceContextPropagator.getInstance().inject(Context.root().with(span), headers, Map::put);
        return String.valueOf(headers.get(TRACEPARENT));
    }

    private static Context context(@Nullable String parent) {
        return parent == null
                ? Context.root()
                : W3CTraceContextPropagator.getInstance().extract(Context.root(), parent, Header.GETTER);
    }

    private enum Header implements TextMapGetter<String> {
        GETTER;

        @Override
        public Iterable<String> keys(String parent) {
            return List.of(TRACEPARENT);
        }

        @Override
        public @Nullable String get(@Nullable String parent, String key) {
            return key.equals(TRACEPARENT) ? parent : null;
        }
    }

    /** What has ended until now is still sent. */
    @Override
    @PreDestroy
    public void close() {
        if (sdk != null) {
            sdk.close();
        }
    }
}
