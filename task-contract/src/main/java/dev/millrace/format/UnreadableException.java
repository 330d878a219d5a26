package dev.millrace.format;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.exceptions.SerdeException;

/**
 * A message or stored document isn't what it should be: written by a version that is no neighbour, or changed by
 * somebody. Names no values but the names of variants and constants, since others may be data.
 */
public final class UnreadableException extends SerdeException {
    private final String document;
    private final String path;
    private final String reason;

    /**
     * @param document name of the type that was to be read, without its package
     * @param path from the document to the value, such as {@code endpoint.schema[2].name}; empty: the document itself
     * @param reason what is there and what was expected, in one sentence without a point
     */
    UnreadableException(String document, String path, String reason, @Nullable Throwable cause) {
        super(document + ": " + (path.isEmpty() ? "" : path + ": ") + reason, cause);
        this.document = document;
        this.path = path;
        this.reason = reason;
    }

    /** Name of the type that was to be read, without its package: {@code RunSpec}, {@code Heartbeat.Answer}. */
    public String document() {
        return document;
    }

    /** From the document to the value, such as {@code endpoint.schema[2].name}; empty: the document itself. */
    public String path() {
        return path;
    }

    /** What is there and what was expected, in one sentence without a point. */
    public String reason() {
        return reason;
    }
}
