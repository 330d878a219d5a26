package dev.millrace.loader.backup;

import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Default;
import dev.millrace.staging.Part;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * What a backup has, beside its files. It is written when they are all there, and makes them a backup.
 *
 * @param id of the run that made it
 * @param table with its dataset
 * @param warehouse kind of the one that wrote the files
 * @param at of which moment the rows are, by the warehouse's clock
 * @param columns in the table's order; files alone can't tell all types apart
 * @param parts the files, in the table's order
 * @param lastLoad the last load of the ledger that is in the rows; null: none
 * @param cursors of those who load the table, as they were at that moment
 */
@Serdeable
public record BackupManifest(
        String id,
        String table,
        String warehouse,
        BackupFormat format,
        Instant at,
        long rows,
        List<Column> columns,
        List<Part> parts,
        @Nullable String lastLoad,
        @Default("[]") List<Cursor> cursors) {
    public BackupManifest {
        columns = List.copyOf(columns);
        parts = List.copyOf(parts);
        cursors = List.copyOf(cursors);
    }

    /**
     * @param by what it is a value of; null when somebody has set it
     * @param value null: the next run reads everything
     */
    @Serdeable
    public record Cursor(
            String pipeline,
            String endpoint,
            @Nullable String by,
            @Nullable String value) {}

    /** Bytes of the files. */
    public long bytes() {
        return parts.stream().mapToLong(Part::bytes).sum();
    }
}
