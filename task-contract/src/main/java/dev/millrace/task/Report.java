package dev.millrace.task;

import io.micronaut.serde.annotation.Serdeable;

/**
 * The last thing that an attempt says.
 *
 * @param last progress, and the log lines that no heartbeat has carried yet
 */
@Serdeable
public record Report(Outcome outcome, Heartbeat last) {}
