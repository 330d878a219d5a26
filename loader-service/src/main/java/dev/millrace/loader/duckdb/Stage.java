package dev.millrace.loader.duckdb;

import dev.millrace.loader.KeyedChange;
import dev.millrace.loader.Orphans;
import dev.millrace.loader.RejectedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.worker.TaskContext;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The load's rows, typed and in their order: a view of the session on the staged files, which a load reads once that appends or replaces,
 * and a temporary table for every other. Either ends with the session, or with the process, whatever happens; files that were fetched
 * go when it is closed. For one thread.
 */
final class Stage implements AutoCloseable {
    /** The view or table; for SQL. */
    static final String TABLE = "temp.main.stage";

    /** The column that says the order of the load; for SQL. */
    static final String POSITION = Sql.name(Manifest.POSITION);

    private static final String ORPHANS = "temp.main.orphans";

    /** Rejected rows that are in memory. */
    private static final int AT_ONCE = 10_000;

    private final Session session;
    private final StagingStore staging;
    private final TableLoad tableLoad;
    private final Path folder;

    /** Of the parts, in their order, as far as they are still needed. */
    private final List<Path> files = new ArrayList<>();

    /** @param scratch the folder that the engine may read */
    Stage(Session session, StagingStore staging, TableLoad tableLoad, Path scratch) {
        this.session = session;
        this.staging = staging;
        this.tableLoad = tableLoad;
        this.folder = scratch.resolve(UUID.randomUUID().toString());
    }

    void fill(TaskContext context) throws SQLException, InterruptedException {
        try {
            Files.createDirectory(folder);
            boolean isReadOnce = isReadOnce();
            if (!isReadOnce) {
                session.run(() -> {
                    session.execute("CREATE TEMP TABLE stage (" + Table.definition(tableLoad.schema()) + ", " + POSITION
                            + " BIGINT NOT NULL)");
                    return tableLoad;
                });
            }
            long rows = 0;
            long bytes = 0;
            for (Part part : tableLoad.parts()) {
                context.checkStopped();
                Path file = within(folder, staging.fetch(part, folder), files.size());
                session.run(() -> {
                    add(part, file, isReadOnce);
                    return part;
                });
                if (isReadOnce) {
                    files.add(file);
                } else {
                    Files.delete(file);
                }
                rows += part.rows();
                bytes += part.bytes();
                context.progress(rows, bytes);
            }
            if (isReadOnce) {
                session.run(() -> {
                    session.execute("CREATE TEMP VIEW stage AS " + selected(files));
                    return tableLoad;
                });
            }
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.STAGING_UNAVAILABLE, "can't bring staged parts into the folder " + folder, e);
        }
    }

    /** Whether the commit reads the rows but once, and may as well read them from their files. */
    private boolean isReadOnce() {
        Destination.Table destination = tableLoad.destination();
        return (destination.write() == Write.APPEND || destination.write() == Write.REPLACE)
                && !KeyedChange.isOf(destination)
                && tableLoad.rejecting() == null
                && !tableLoad.parts().isEmpty();
    }

    /**
     * Says which file it was, if a commit has failed for what is in one.
     *
     * @throws MillraceException with {@code STAGING_CORRUPT}
     */
    void blame(SQLException failure) throws SQLException, InterruptedException {
        if (!Failures.isBadFile(failure)) {
            return;
        }
        for (int i = 0; i < files.size(); i++) {
            Part part = tableLoad.parts().get(i);
            Path file = files.get(i);
            session.run(() -> {
                try {
                    session.execute("SELECT count(COLUMNS(*)) FROM (" + selected(List.of(file)) + ")");
                } catch (SQLException e) {
                    if (Failures.isBadFile(e)) {
                        throw corrupt(part, file, e);
                    }
                    throw e;
                }
                return part;
            });
        }
    }

    /**
     * Takes rows out that don't meet a foreign key which rejects such rows.
     *
     * @throws MillraceException with {@code REJECTS_ABOVE_LIMIT}
     */
    RejectedRows.Written reject(ObjectMapper json, TaskContext context) throws SQLException, InterruptedException {
        long count = session.run(() -> {
            session.execute("CREATE TEMP TABLE orphans AS "
                    + Orphans.of(
                            tableLoad,
                            Commit.CHECKS,
                            column -> "arriving." + Sql.name(column.name()),
                            TABLE + " AS arriving",
                            "arriving." + POSITION));
            return session.number("SELECT count(DISTINCT " + Orphans.POSITION + ") FROM " + ORPHANS);
        });
        if (count == 0) {
            return RejectedRows.Written.NOTHING;
        }
        try (RejectedRows rejected = new RejectedRows(staging, json, tableLoad, count)) {
            List<RejectedRows.Unmet> some = List.of();
            do {
                context.checkStopped();
                String after = some.isEmpty()
                        ? ""
                        : " WHERE (" + Orphans.POSITION + ", " + Orphans.CHECK + ") > ("
                                + some.getLast().position() + ", "
                                + some.getLast().check() + ")";
                some = session.run(() -> session.rows(
                        "SELECT " + Orphans.POSITION + ", " + Orphans.CHECK + ", " + Orphans.FOUND + " FROM " + ORPHANS
                                + after + " ORDER BY 1, 2 LIMIT " + AT_ONCE,
                        row -> new RejectedRows.Unmet(row.getLong(1), row.getInt(2), row.getString(3))));
                rejected.add(some);
            } while (some.size() == AT_ONCE);
            RejectedRows.Written written = rejected.finish();
            session.run(() -> {
                session.execute("DELETE FROM " + TABLE + " WHERE " + POSITION + " IN (SELECT " + Orphans.POSITION
                        + " FROM " + ORPHANS + ")");
                return written;
            });
            context.info(String.format(Locale.ROOT, "rejected %,d rows by foreign keys", written.rows()));
            return written;
        }
    }

    /** The engine reads in its scratch folder only, and follows no symbolic links out of it. */
    private static Path within(Path folder, Path fetched, int number) throws IOException {
        if (fetched.toRealPath().startsWith(folder.toRealPath())) {
            return fetched;
        }
        Path here = folder.resolve("part-" + number + ".parquet");
        try {
            return Files.createLink(here, fetched);
        } catch (IOException | UnsupportedOperationException e) { // another file system
            return Files.copy(fetched, here);
        }
    }

    private void add(Part part, Path file, boolean isReadOnce) throws SQLException {
        try {
            check(part, "read_parquet(" + Sql.text(file.toString()) + ")");
            if (!isReadOnce) {
                session.execute("INSERT INTO " + TABLE + " " + selected(List.of(file)));
            }
        } catch (SQLException e) {
            if (Failures.isBadFile(e)) {
                throw corrupt(part, file, e);
            }
            throw e;
        }
    }

    private String selected(List<Path> from) {
        return tableLoad.schema().stream()
                .map(column -> value(column) + " AS " + Sql.name(column.name()))
                .collect(Collectors.joining(
                        ", ",
                        "SELECT ",
                        ", " + POSITION + " FROM read_parquet(["
                                + from.stream()
                                        .map(file -> Sql.text(file.toString()))
                                        .collect(Collectors.joining(", "))
                                + "])"));
    }

    /** A view has no columns that can't be NULL. */
    private static String value(Column column) {
        String value = Types.value(column);
        return column.mode() == Column.Mode.NULLABLE
                ? value
                : "CASE WHEN " + Sql.name(column.name()) + " IS NULL THEN error("
                        + Sql.text("NULL in column " + column.name() + ", which is " + column.mode()) + ") ELSE "
                        + value
                        + " END";
    }

    /** A cast would round a number or cut a date without a word, so the file's types must be the table's. */
    private void check(Part part, String source) throws SQLException {
        Map<String, String> found = new TreeMap<>();
        session.rows(
                "DESCRIBE SELECT * FROM " + source,
                row -> found.put(row.getString(1).toLowerCase(Locale.ROOT), row.getString(2)));
        List<String> expected = Types.written(
                session, tableLoad.schema().stream().map(Types::staged).toList());
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < expected.size(); i++) {
            String name = tableLoad.schema().get(i).name();
            String type = found.remove(name.toLowerCase(Locale.ROOT));
            if (type == null) {
                differences.add("no column " + name);
            } else if (!type.equals(expected.get(i))) {
                differences.add(name + " is " + type + " (expected: " + expected.get(i) + ")");
            }
        }
        if (!"BIGINT".equals(found.remove(Manifest.POSITION))) {
            differences.add("no column " + Manifest.POSITION + " of BIGINT");
        }
        found.keySet().forEach(name -> differences.add(name + " is not in the schema"));
        if (!differences.isEmpty()) {
            throw corrupt(part, differences.stream().limit(10).collect(Collectors.joining("; ")));
        }
        long rows = session.number("SELECT count(*) FROM " + source);
        if (rows != part.rows()) {
            throw corrupt(part, rows + " rows (expected: " + part.rows() + ")");
        }
    }

    private static MillraceException corrupt(Part part, Path file, SQLException e) {
        return corrupt(part, Failures.sentence(e).replace(file.toString(), "the file"));
    }

    private static MillraceException corrupt(Part part, String difference) {
        return new MillraceException(ErrorCode.STAGING_CORRUPT, part.path() + ": " + difference);
    }

    @Override
    public void close() {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> left = Files.list(folder)) {
            for (Path file : left.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.WAREHOUSE_FAILED, "can't empty the scratch folder " + folder, e);
        }
    }
}
