package dev.millrace.loader;

import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A load of what a backup has into a table.
 *
 * @param load id of the load
 * @param generation from 1
 * @param attempt at this generation, from 1
 * @param run for the ledger's reader
 * @param destination the table, all of whose rows are replaced
 * @param fresh whether the table must be missing, or have no rows
 * @param store that has the backup's files
 * @param credentials name of the Google credentials to write with; null: those of the service
 */
public record TableRestore(
        String load,
        int generation,
        int attempt,
        String run,
        Destination.Table destination,
        boolean fresh,
        BackupManifest backup,
        StagingStore store,
        @Nullable String credentials) {
    private static final int MAX_DIFFERENCES = 10;

    /** Whether the table is the one that was backed up, so that the cursors of those who load it go back as well. */
    public boolean isBack() {
        return destination.table().equals(backup.table());
    }

    /** The load of it, as the ledger has it. */
    public TableLoad tableLoad() {
        return new TableLoad(
                load, generation, attempt, run, destination, backup.columns(), backup.parts(), null, null, credentials);
    }

    /**
     * Makes sure that the table can take all that the backup has.
     *
     * @param present columns of the table; empty: it is missing
     * @param rows that it has
     * @throws MillraceException with {@code RESTORE_REFUSED} that names what would be lost
     */
    public void check(List<Column> present, long rows) {
        if (fresh && rows > 0) {
            throw refused(
                    "it is there already, with " + rows + " rows (expected: a table that is missing, or has no rows)");
        }
        if (present.isEmpty()) {
            return;
        }
        List<String> differences = new ArrayList<>();
        compare("", backup.columns(), present, differences);
        if (!differences.isEmpty()) {
            int more = differences.size() - MAX_DIFFERENCES;
            throw refused(String.join(
                            "; ", differences.stream().limit(MAX_DIFFERENCES).toList())
                    + (more > 0 ? "; and " + more + " more" : "")
                    + " (expected: columns that hold all that the backup has; others may only be new and NULLABLE)");
        }
    }

    private MillraceException refused(String why) {
        return new MillraceException(
                ErrorCode.RESTORE_REFUSED,
                "backup " + backup.id() + " of " + backup.table() + " can't be restored into " + destination.table()
                        + ": " + why);
    }

    private static void compare(String path, List<Column> saved, List<Column> present, List<String> differences) {
        for (Column column : saved) {
            String name = path + column.name();
            Optional<Column> found = find(present, column.name());
            if (found.isEmpty()) {
                differences.add(name + " is in the backup, and not in the table");
                continue;
            }
            Column now = found.get();
            boolean repeated = now.mode() == Column.Mode.REPEATED;
            if (repeated != (column.mode() == Column.Mode.REPEATED) || !holds(now, column)) {
                differences.add(name + " is " + type(now) + " in the table, and " + type(column) + " in the backup");
            } else if (now.mode() == Column.Mode.REQUIRED && column.mode() == Column.Mode.NULLABLE) {
                differences.add(name + " is REQUIRED in the table, and may be NULL in the backup");
            } else if (column.type() == Column.Type.RECORD) {
                compare(name + ".", column.fields(), now.fields(), differences);
            }
        }
        present.stream()
                .filter(column -> column.mode() == Column.Mode.REQUIRED
                        && find(saved, column.name()).isEmpty())
                .forEach(column ->
                        differences.add(path + column.name() + " is REQUIRED in the table, and not in the backup"));
    }

    private static Optional<Column> find(List<Column> columns, String name) {
        return columns.stream()
                .filter(column -> column.name().equalsIgnoreCase(name))
                .findFirst();
    }

    private static boolean holds(Column now, Column saved) {
        if (now.type() != saved.type()) {
            return Widening.holds(now, saved);
        }
        if (now.precision() == null) {
            return true;
        }
        return saved.precision() != null
                && digits(now) >= digits(saved)
                && Objects.requireNonNull(now.scale()) >= Objects.requireNonNull(saved.scale());
    }

    /** Before the point. */
    private static int digits(Column column) {
        return Objects.requireNonNull(column.precision()) - Objects.requireNonNull(column.scale());
    }

    private static String type(Column column) {
        String type = column.type()
                + (column.precision() == null ? "" : "(" + column.precision() + ", " + column.scale() + ")");
        return column.mode() == Column.Mode.REPEATED ? "ARRAY<" + type + ">" : type;
    }
}
