package dev.millrace.loader.duckdb;

import dev.millrace.loader.backup.TableBackup;
import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.Upload;
import dev.millrace.worker.TaskContext;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/**
 * Writes a table into files, in one transaction that sees it as it is at one moment, and in pieces, so that neither memory
 * nor the scratch folder holds more than one of them.
 */
final class Export {
    /** Rows that the engine hands over at a time. */
    private static final long AVRO_ROWS = 50_000;

    /** Rows of a file. */
    private static final long PARQUET_ROWS = 1_000_000;

    /** After which a file ends. */
    private static final long AVRO_BYTES = 128L << 20;

    /** Quick, and half of what there is to gain. */
    private static final int LEVEL = 1;

    private final Session session;
    private final Table table;
    private final TableBackup backup;
    private final Path scratch;
    private final TaskContext context;
    private final List<Part> parts = new ArrayList<>();
    private long rows;
    private long bytes;

    /** @param scratch the folder that the engine may write */
    Export(Session session, Table table, TableBackup backup, Path scratch, TaskContext context) {
        this.session = session;
        this.table = table;
        this.backup = backup;
        this.scratch = scratch;
        this.context = context;
    }

    TableBackup.Contents run() throws SQLException {
        return session.reading(() -> {
            List<Column> columns = table.columns(session);
            if (columns.isEmpty()) {
                throw new MillraceException(
                        ErrorCode.BACKUP_REFUSED,
                        "there is no table " + backup.table() + " yet that could be backed up");
            }
            long present = session.number("SELECT count(*) FROM " + table.quoted());
            context.total(present);
            try {
                switch (backup.format()) {
                    case AVRO -> avro(columns);
                    case PARQUET -> parquet(columns);
                }
            } catch (IOException e) {
                throw new MillraceException(
                        ErrorCode.STAGING_UNAVAILABLE, "can't write the backup " + backup.id() + ": " + e, e);
            }
            if (rows != present) {
                throw new MillraceException(
                        ErrorCode.WAREHOUSE_FAILED,
                        rows + " rows of " + backup.table() + " were read (expected: " + present + ")");
            }
            Instant now = Instant.EPOCH.plus(session.number("SELECT epoch_us(now())"), ChronoUnit.MICROS);
            return new TableBackup.Contents(
                    now, rows, columns, parts, Ledger.lastLoad(session, table), Ledger.cursorsOf(session, table));
        });
    }

    /** One after the last number that the engine has given a row. */
    private long end() throws SQLException {
        return session.number("SELECT coalesce(max(rowid), -1) + 1 FROM " + table.quoted());
    }

    private void progress() {
        context.checkStopped();
        context.progress(rows, bytes);
    }

    private void avro(List<Column> columns) throws SQLException, IOException {
        Schema schema = AvroColumns.schema(columns);
        String select = "SELECT " + columns.stream().map(AvroColumns::sql).collect(Collectors.joining(", ")) + " FROM "
                + table.quoted() + " WHERE rowid >= ? AND rowid < ? ORDER BY rowid";
        long end = end();
        long next = 0;
        while (next < end) {
            try (Upload upload = backup.store().upload(backup.fileName(parts.size()))) {
                long before = rows;
                try (DataFileWriter<GenericRecord> file = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
                    file.setCodec(CodecFactory.deflateCodec(LEVEL));
                    file.create(schema, upload.stream());
                    do {
                        append(columns, schema, select, next, file);
                        next += AVRO_ROWS;
                        progress();
                    } while (next < end && upload.bytes() < AVRO_BYTES);
                }
                commit(upload, rows - before);
            }
        }
    }

    private void append(
            List<Column> columns, Schema schema, String select, long from, DataFileWriter<GenericRecord> file)
            throws SQLException, IOException {
        try (PreparedStatement statement = session.prepare(select)) {
            statement.setLong(1, from);
            statement.setLong(2, from + AVRO_ROWS);
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    file.append(AvroColumns.record(columns, schema, found));
                    rows++;
                }
            }
        }
    }

    private void parquet(List<Column> columns) throws SQLException, IOException {
        String select = columns.stream()
                .map(column -> exported(Sql.name(column.name()), column, 0) + " AS " + Sql.name(column.name()))
                .collect(Collectors.joining(", "));
        long end = end();
        for (long next = 0; next < end; next += PARQUET_ROWS) {
            Path file = scratch.resolve(UUID.randomUUID() + ".parquet");
            try {
                String range = " WHERE rowid >= " + next + " AND rowid < " + (next + PARQUET_ROWS);
                long count = session.number("SELECT count(*) FROM " + table.quoted() + range);
                if (count == 0) {
                    continue;
                }
                session.execute("COPY (SELECT " + select + " FROM " + table.quoted() + range + " ORDER BY rowid) TO "
                        + Sql.text(file.toString()) + " (FORMAT parquet, COMPRESSION zstd)");
                try (Upload upload = backup.store().upload(backup.fileName(parts.size()));
                        OutputStream out = upload.stream()) {
                    Files.copy(file, out);
                    rows += count;
                    commit(upload, count);
                }
            } finally {
                Files.deleteIfExists(file);
            }
            progress();
        }
    }

    private void commit(Upload upload, long count) {
        if (count > 0) {
            Part part = upload.commit(count);
            parts.add(part);
            bytes += part.bytes();
        }
    }

    /** What the engine's Parquet can't carry, or not exactly, is text. */
    static String exported(String value, Column column, int depth) {
        return mapped(value, column, depth, "VARCHAR");
    }

    /** SQL that makes the table's value of a column of a backup's Parquet. */
    static String restored(Column column) {
        return mapped(Sql.name(column.name()), column, 0, "INTERVAL");
    }

    private static String mapped(String value, Column column, int depth, String interval) {
        if (!hasInterval(column)) {
            return value;
        }
        if (column.mode() != Column.Mode.REPEATED) {
            return mappedOne(value, column, depth, interval);
        }
        String element = "x" + depth;
        return "list_transform(" + value + ", lambda " + element + ": "
                + mappedOne(element, column, depth + 1, interval) + ")";
    }

    private static String mappedOne(String value, Column column, int depth, String interval) {
        return column.type() == Column.Type.RECORD
                ? "CASE WHEN " + value + " IS NOT NULL THEN struct_pack("
                        + column.fields().stream()
                                .map(field -> Sql.name(field.name()) + " := "
                                        + mapped(value + "." + Sql.name(field.name()), field, depth, interval))
                                .collect(Collectors.joining(", "))
                        + ") END"
                : "CAST(" + value + " AS " + interval + ")";
    }

    private static boolean hasInterval(Column column) {
        return column.type() == Column.Type.INTERVAL || column.fields().stream().anyMatch(Export::hasInterval);
    }
}
