package dev.millrace.extractor.file;

import dev.millrace.extractor.format.FileRange;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * A file, or a range of one, as it was when a run was cut into slices: a line of the plan.
 *
 * @param name below its folder or bucket
 * @param size of the file in bytes, as stored
 * @param version what tells this content from others of the same name: a time of change, or a generation
 * @param crc32c of the file's bytes as they are stored; null: nobody knows
 * @param range null: all of it
 */
@Serdeable
record PlannedFile(
        String name,
        long size,
        String version,
        @Nullable String crc32c,
        @Nullable FileRange range) {
    /** All of a file. */
    PlannedFile(String name, long size, String version, @Nullable String crc32c) {
        this(name, size, version, crc32c, null);
    }

    PlannedFile whole() {
        return of(null);
    }

    PlannedFile of(@Nullable FileRange part) {
        return new PlannedFile(name, size, version, crc32c, part);
    }

    /** Bytes that are read. */
    long bytes() {
        return range == null ? size : range.size();
    }
}
