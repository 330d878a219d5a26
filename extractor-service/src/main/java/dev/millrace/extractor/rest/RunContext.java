package dev.millrace.extractor.rest;

import dev.millrace.worker.TaskContext;
import io.micronaut.serde.ObjectMapper;
import java.time.Clock;

/** What surrounds the requests of one run. */
record RunContext(TaskContext context, Clock clock, ObjectMapper json, SourceLimiter limiter, SourceCalls calls) {}
