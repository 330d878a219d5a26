package dev.millrace.task;

import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.RunWindow;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The key, and day, under which a run publishes.
 *
 * @param day the day that the run loads; null when it loads everything
 */
@Serdeable
public record Publication(
        Destination.Bucket destination, @Nullable RunWindow day) {
    /** What the names of its objects begin with, within the bucket and without a slash at the end. */
    public String prefix() {
        return day == null ? destination.key() : destination.key() + "/" + day;
    }

    /** As people know it, and the same for all runs that replace each other: {@code bucket/key/day}. */
    public String name() {
        return destination.bucket() + "/" + prefix();
    }
}
