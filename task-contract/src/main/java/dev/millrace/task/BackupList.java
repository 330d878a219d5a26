package dev.millrace.task;

import dev.millrace.pipeline.BackupFormat;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * The backups of some tables, answered by the loader to a {@link Wanted} at {@code POST /backups}. Those that were
 * interrupted are none.
 *
 * @param backups by table, the newest first
 */
@Serdeable
public record BackupList(List<Backup> backups) {
    /** The subject of service tokens for asking for them. */
    public static final String SUBJECT = "backups";

    public BackupList {
        backups = List.copyOf(backups);
    }

    /** @param tables with their datasets */
    @Serdeable
    public record Wanted(List<String> tables) {
        public Wanted {
            tables = List.copyOf(tables);
        }
    }

    /**
     * @param id of the run that made it
     * @param at of which moment the rows are
     * @param bytes of the files
     * @param where the folder of the files is, as other programs name it
     */
    @Serdeable
    public record Backup(
            String id, String table, BackupFormat format, Instant at, long rows, long bytes, int files, String where) {}
}
