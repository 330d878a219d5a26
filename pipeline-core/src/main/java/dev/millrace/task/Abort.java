package dev.millrace.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.serde.annotation.Serdeable;

/**
 * Asks the loader to see to it that a load never commits, unless it has already. Sent to {@code POST /aborts};
 * may be repeated.
 *
 * @param generation that is closed, with all before it
 */
@Serdeable
public record Abort(String load, int generation) {
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
