package dev.millrace.trace;

import io.micronaut.core.annotation.Nullable;
import io.opentelemetry.sdk.trace.IdGenerator;
import java.util.function.Supplier;

/** Random ids, but for a run's own span, whose ids are known before. */
final class RunIds implements IdGenerator {
    private static final ThreadLocal<@Nullable Known> KNOWN = new ThreadLocal<>();

    private final IdGenerator random = IdGenerator.random();

    private record Known(String trace, String span) {}

    /** The span that {@code start} starts has these ids. */
    <T> T with(String trace, String span, Supplier<T> start) {
        KNOWN.set(new Known(trace, span));
        try {
            return start.get();
        } finally {
            KNOWN.remove();
        }
    }

    @Override
    public String generateSpanId() {
        Known ids = KNOWN.get();
        return ids == null ? random.generateSpanId() : ids.span();
    }

    @Override
    public String generateTraceId() {
        Known ids = KNOWN.get();
        return ids == null ? random.generateTraceId() : ids.trace();
    }
}
