package dev.millrace.loader.bucket;

import dev.millrace.staging.Part;
import dev.millrace.task.LoadResult;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * The marker of a publication: which files count under a key, or a day of it; the content of the marker, for readers.
 *
 * @param number from 1, one more with each publication there
 * @param run that published it
 * @param rows in all files
 * @param files in order; their paths are names in the bucket
 * @param latest name of the object that has the bytes of the only file, too; null: there is none
 */
@Serdeable
record PublicationMarker(
        long number,
        String run,
        Instant publishedAt,
        long rows,
        List<Part> files,
        @Nullable String latest) {
    PublicationMarker {
        files = List.copyOf(files);
    }

    LoadResult result() {
        return new LoadResult(rows, 0, rows);
    }
}
