package dev.millrace.loader.backup;

import dev.millrace.staging.StagingStore;

/** Where backups are kept. Safe for use by several threads. */
public interface BackupPlace {
    /** @throws dev.millrace.problem.MillraceException with {@code BACKUP_REFUSED} when there is none */
    StagingStore store();
}
