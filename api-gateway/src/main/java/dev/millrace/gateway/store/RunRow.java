package dev.millrace.gateway.store;

import dev.millrace.pipeline.RunWindow;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.time.LocalDate;

/** A row of table {@code run}; the migration says what the columns mean. */
@MappedEntity("run")
public record RunRow(
        @Id String id,
        String batch,
        String pipeline,
        String endpoint,
        @Nullable LocalDate runDay,
        @Nullable String runWindow,
        String targetTable,
        String runTrigger,
        @Nullable String startedBy,
        boolean dryRun,
        RunState state,
        String spec,
        int generation,
        @Nullable RunState closing,
        @Nullable Instant closingDue,
        @Nullable String errorCode,
        @Nullable String errorDetail,
        @Nullable Long rowsExtracted,
        @Nullable Long rowsLoaded,
        @Nullable Long rowsRejected,
        @Nullable Long rowsFiltered,
        @Nullable Long rowsExploded,
        @Nullable Long rowsSuperseded,
        @Nullable Long rowsOutdated,
        @Nullable Long rowsTied,
        @Nullable Long rowsDeleted,
        @Nullable String plan,
        @Nullable String drift,
        @Nullable String checks,
        @Nullable String replayOf,
        @Nullable Instant rolledBackAt,
        boolean archived,
        boolean swept,
        @Nullable Instant logDue,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {
    /** The trigger of runs that load a file which somebody has sent. */
    public static final String UPLOAD = "upload";

    /** The trigger of runs that back a table up. */
    public static final String BACKUP = "backup";

    /** The trigger of runs that restore one. */
    public static final String RESTORE = "restore";

    /** The day that it loads; null when it loads everything. */
    public @Nullable RunWindow day() {
        String text = dayText();
        return text == null ? null : RunWindow.parse(text);
    }

    /** The same as a text. */
    public @Nullable String dayText() {
        return runWindow != null || runDay == null ? runWindow : runDay.toString();
    }

    /** Whether it copies a table, and changes none. */
    public boolean isBackup() {
        return BACKUP.equals(runTrigger);
    }

    /** Whether it brings back what a table was, which says nothing of the endpoint's source. */
    public boolean isRestore() {
        return RESTORE.equals(runTrigger);
    }

    /** Whether it loads a file which somebody has sent, beside the runs that read the source. */
    public boolean isUpload() {
        return UPLOAD.equals(runTrigger);
    }
}
