package dev.millrace.loader.backup;

import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import io.micronaut.core.annotation.Nullable;
import java.time.Instant;
import java.util.List;

/**
 * A table that is to be backed up.
 *
 * @param id of the backup
 * @param attempt a text that no other attempt at it has
 * @param run for whoever reads the warehouse's list of jobs
 * @param table with its dataset
 * @param store that takes the files
 * @param prefix of the files' names, with a slash at its end; nobody else writes there
 * @param credentials name of the Google credentials to read with; null: those of the service
 */
public record TableBackup(
        String id,
        String attempt,
        String run,
        String table,
        BackupFormat format,
        StagingStore store,
        String prefix,
        @Nullable String credentials) {
    /** Name of a file. */
    public String fileName(int number) {
        return String.format(java.util.Locale.ROOT, "%spart-%012d.%s", prefix, number, format.extension());
    }

    /** What was copied, all of one moment, as {@link BackupManifest} has it. */
    public record Contents(
            Instant at,
            long rows,
            List<Column> columns,
            List<Part> parts,
            @Nullable String lastLoad,
            List<BackupManifest.Cursor> cursors) {}
}
