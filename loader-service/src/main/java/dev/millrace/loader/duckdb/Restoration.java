package dev.millrace.loader.duckdb;

import dev.millrace.loader.TableRestore;
import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.task.LoadResult;
import dev.millrace.worker.TaskContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.duckdb.DuckDBAppender;

/** Reads a backup into a {@link Stage}, and moves it into its table in one transaction, with the {@link Ledger}. */
final class Restoration {
    /** For SQL; of rows as a file has them. */
    private static final String READ = "temp.main.restored";

    private final Session session;
    private final TableRestore restore;
    private final BackupManifest backup;
    private final Table table;
    private final List<Column> columns;

    Restoration(Session session, TableRestore restore, Table table) {
        this.session = session;
        this.restore = restore;
        this.backup = restore.backup();
        this.table = table;
        this.columns = backup.columns();
    }

    /** @param scratch the folder that the engine may read */
    void fill(Path scratch, TaskContext context) throws SQLException, InterruptedException {
        session.run(() -> {
            check(table.columns(session)); // before anything is read; once more in the transaction
            session.execute("CREATE TEMP TABLE stage (" + Table.definition(columns) + ")");
            return restore;
        });
        long rows = 0;
        long bytes = 0;
        for (Part part : backup.parts()) {
            context.checkStopped();
            switch (backup.format()) {
                case AVRO -> avro(part);
                case PARQUET -> parquet(part, scratch);
            }
            rows += part.rows();
            bytes += part.bytes();
            context.progress(rows, bytes);
        }
    }

    private void avro(Part part) throws SQLException, InterruptedException {
        String fields = columns.stream()
                .map(column -> Sql.name(column.name()) + " " + AvroColumns.read(column))
                .collect(Collectors.joining(", "));
        session.run(() -> {
            session.execute("CREATE TEMP TABLE restored (" + fields + ")");
            long rows;
            try (InputStream file = restore.store().open(part);
                    DuckDBAppender appender = session.appender("temp", "main", "restored")) {
                rows = new AvroRows(columns).append(file, appender);
            } catch (IOException | AvroRuntimeException e) {
                throw corrupt(part, String.valueOf(e.getMessage()));
            }
            checkRows(part, rows);
            insert(columns.stream().map(AvroColumns::restored).toList(), READ);
            session.execute("DROP TABLE " + READ);
            return rows;
        });
    }

    private void parquet(Part part, Path scratch) throws SQLException, InterruptedException {
        Path folder = scratch.resolve(UUID.randomUUID().toString());
        Path file = folder.resolve("part.parquet");
        try {
            Files.createDirectory(folder);
            try (InputStream in = restore.store().open(part)) {
                Files.copy(in, file);
            }
            String source = "read_parquet(" + Sql.text(file.toString()) + ")";
            session.run(() -> {
                try {
                    checkTypes(part, source);
                    checkRows(part, session.number("SELECT count(*) FROM " + source));
                    insert(columns.stream().map(Export::restored).toList(), source);
                } catch (SQLException e) {
                    if (Failures.isBadFile(e)) {
                        throw corrupt(part, Failures.sentence(e).replace(file.toString(), "the file"));
                    }
                    throw e;
                }
                return part;
            });
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.STAGING_UNAVAILABLE, "can't bring " + part.path() + " into the folder " + folder, e);
        } finally {
            delete(file);
            delete(folder);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.WAREHOUSE_FAILED, "can't delete " + path, e);
        }
    }

    /** A cast would round or cut values without a word. */
    private void checkTypes(Part part, String source) throws SQLException {
        List<String> found = new ArrayList<>();
        session.rows(
                "DESCRIBE SELECT "
                        + columns.stream()
                                .map(column -> Export.restored(column) + " AS " + Sql.name(column.name()))
                                .collect(Collectors.joining(", "))
                        + " FROM " + source,
                row -> found.add(row.getString(2)));
        List<String> expected =
                Types.written(session, columns.stream().map(Types::of).toList());
        for (int i = 0; i < expected.size(); i++) {
            if (!found.get(i).equals(expected.get(i))) {
                throw corrupt(
                        part, columns.get(i).name() + " is " + found.get(i) + " (expected: " + expected.get(i) + ")");
            }
        }
    }

    private void insert(List<String> values, String source) throws SQLException {
        session.execute("INSERT INTO " + Stage.TABLE + " SELECT " + String.join(", ", values) + " FROM " + source);
    }

    private void checkRows(Part part, long rows) {
        if (rows != part.rows()) {
            throw corrupt(part, rows + " rows (expected: " + part.rows() + ")");
        }
    }

    private static MillraceException corrupt(Part part, String difference) {
        return new MillraceException(ErrorCode.STAGING_CORRUPT, part.path() + ": " + difference);
    }

    /** @return what this transaction did, or what an earlier one of the same load did */
    LoadResult commit() throws SQLException {
        return session.transaction(() -> {
            Optional<LoadResult> earlier = Commit.committed(session, restore.load(), restore.generation());
            if (earlier.isPresent()) {
                return earlier.get();
            }
            long rows = session.number("SELECT count(*) FROM " + Stage.TABLE);
            if (rows != backup.rows()) {
                throw new MillraceException(
                        ErrorCode.STAGING_CORRUPT,
                        rows + " rows were read from backup " + backup.id() + " (expected: " + backup.rows() + ")");
            }
            List<Column> present = table.columns(session);
            check(present);
            if (present.isEmpty()) {
                for (String statement : table.creation(columns)) {
                    session.execute(statement);
                }
                present = columns;
            }
            replace(present);
            LoadResult result = new LoadResult(rows, 0, session.number("SELECT count(*) FROM " + table.quoted()));
            Ledger.commit(session, restore.tableLoad(), result, table.key(), null);
            Undo.forget(session, table, 0);
            Ledger.restored(session, restore, table);
            return result;
        });
    }

    private void check(List<Column> present) throws SQLException {
        restore.check(present, present.isEmpty() ? 0 : session.number("SELECT count(*) FROM " + table.quoted()));
    }

    private void replace(List<Column> present) throws SQLException {
        session.execute("DELETE FROM " + table.quoted());
        String names = columns.stream().map(column -> Sql.name(column.name())).collect(Collectors.joining(", "));
        List<String> values = new ArrayList<>();
        for (Column column : columns) {
            Column now = present.stream()
                    .filter(each -> each.name().equalsIgnoreCase(column.name()))
                    .findFirst()
                    .orElseThrow();
            values.add(ColumnTypes.converted(Sql.name(column.name()), column, now));
        }
        List<String> added = present.stream()
                .filter(column -> column.mode() == Column.Mode.REPEATED
                        && columns.stream().noneMatch(each -> each.name().equalsIgnoreCase(column.name())))
                .map(column -> Sql.name(column.name()))
                .toList();
        session.execute("INSERT INTO " + table.quoted() + " (" + names
                + added.stream().map(name -> ", " + name).collect(Collectors.joining()) + ") SELECT "
                + String.join(", ", values)
                + ", []".repeat(added.size())
                + " FROM " + Stage.TABLE + " ORDER BY rowid");
    }
}
