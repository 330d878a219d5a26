package dev.millrace.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The request that a load never commits, unless it has already, sent by the gateway to the loader. Sent to {@code POST
 * /aborts}; may be repeated.
 *
 * @param generation that is closed, with all before it
 * @param credentials name of the Google credentials that the load has; null: those of the service
 * @param publication where the load would publish; null for one into a table
 * @param backup the table that the load would back up; null for one that changes something
 */
@Serdeable
public record Abort(
        String load,
        int generation,
        @Nullable String credentials,
        @Nullable Publication publication,
        @Nullable String backup) {
    @Creator // of two constructors, that which reads JSON
    public Abort {}

    /** The abort of a load into a table, with the credentials of the service. */
    public Abort(String load, int generation) {
        this(load, generation, null, null);
    }

    /** The abort of a load. */
    public Abort(String load, int generation, @Nullable String credentials, @Nullable Publication publication) {
        this(load, generation, credentials, publication, null);
    }

    /** The subject of service tokens for it. */
    public String subject() {
        return "abort:" + load;
    }

    /** What is now certain. */
    @Serdeable
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Closed.class, name = "closed"),
        @JsonSubTypes.Type(value = AlreadyCommitted.class, name = "already-committed")
    })
    public sealed interface Answer {}

    /** The table is as it was and stays so. */
    @Serdeable
    public record Closed() implements Answer {}

    /** The load had been committed before. */
    @Serdeable
    public record AlreadyCommitted(LoadResult result) implements Answer {}
}
