package dev.millrace.extractor.rest;

import dev.millrace.worker.TaskContext;
import io.micronaut.serde.ObjectMapper;
import java.time.Clock;

/** The collaborators that all requests of one run share. */
record RunContext(
        TaskContext context,
        Clock clock,
        ObjectMapper json,
        SourceLimiter limiter,
        RefreshTokens tokens,
        SourceCalls calls) {}
