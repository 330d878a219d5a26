package dev.millrace.extractor.file;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * A file as it was when a run was cut into slices: a line of the plan.
 *
 * @param name below its folder or bucket
 * @param size in bytes, as stored
 * @param version what tells this content from others of the same name: a time of change, or a generation
 * @param crc32c of the bytes as they are stored; null: nobody knows
 */
@Serdeable
record PlannedFile(
        String name, long size, String version, @Nullable String crc32c) {}
