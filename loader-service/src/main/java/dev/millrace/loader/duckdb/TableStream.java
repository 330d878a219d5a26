package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import dev.millrace.task.RowForm;
import dev.millrace.task.TableRows;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Rows of a table as bytes. The whole table is read in one transaction, which is open until the stream is closed, so that it goes
 * on with what the table was, whatever is loaded meanwhile; some of the rows, or in another order, are put aside first. The engine
 * writes them into scratch files, piece by piece: one is read while the next is written. For one reader.
 */
final class TableStream extends InputStream {
    /** Of one piece; longer than queries may take, since the first one may need the order of all rows. */
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    /** Rows with which an answer begins. */
    private static final long FIRST = 10_000;

    /** Rows of a piece, in which case they are small. */
    private static final long MOST = 500_000;

    /** Bytes that a piece is meant to have. */
    private static final long BYTES = 32L << 20;

    private final Session session;
    private final Path scratch;
    private final TableRows.Wanted wanted;
    private final ExportFormat format;
    private final Function<SQLException, MillraceException> failed;

    private List<Field> fields = List.of();
    private String from = "";
    private @Nullable String json;
    private String version = "";
    private long end;
    private long next;
    private long count = FIRST;

    private InputStream piece = InputStream.nullInputStream();
    private @Nullable Path read;
    private @Nullable FutureTask<Optional<Path>> following;
    private @Nullable Thread writer;

    /**
     * @param session which is closed with the stream
     * @param scratch the folder that the engine may write
     * @param failed makes the failure of those of the engine
     */
    TableStream(
            Session session,
            Path scratch,
            TableRows.Wanted wanted,
            ExportFormat format,
            Function<SQLException, MillraceException> failed) {
        this.session = session;
        this.scratch = scratch;
        this.wanted = wanted;
        this.format = format;
        this.failed = failed;
    }

    /**
     * A column of the answer.
     *
     * @param stored its name in what is read, in SQL
     */
    record Field(TableReads.Read column, String stored) {
        Query.Field answered() {
            return new Query.Field(column.name(), column.type().type());
        }
    }

    /**
     * Begins the transaction and writes the first piece.
     *
     * @return the version of the table's data
     * @throws MillraceException with {@code TABLE_UNKNOWN}, {@code REQUEST_INVALID} or {@code QUERY_FAILED}
     */
    String open(TableReads reads) throws InterruptedException {
        Optional<Path> first = within(() -> {
            session.execute("BEGIN TRANSACTION READ ONLY");
            version = reads.version(wanted.table());
            prepare(reads.selection(wanted));
            return format == ExportFormat.PARQUET ? Optional.of(parquet()) : lines(true);
        });
        use(first.orElseThrow());
        return version;
    }

    private void prepare(TableReads.Selection selection) throws SQLException {
        List<TableReads.Read> columns = selection.fields();
        if (selection.isWholeTable()) {
            from = selection.table().quoted();
            fields = columns.stream()
                    .map(column -> new Field(column, column.quoted()))
                    .toList();
        } else { // the engine keeps it on disk where memory doesn't do
            from = "temp.main.wanted";
            fields = new ArrayList<>();
            for (TableReads.Read column : columns) {
                fields.add(new Field(column, "c" + fields.size()));
            }
            session.execute(
                    "CREATE TEMP TABLE wanted AS SELECT "
                            + fields.stream()
                                    .map(field -> field.column().quoted() + " AS " + field.stored())
                                    .collect(Collectors.joining(", "))
                            + " FROM " + TableReads.numbered(selection) + selection.where() + selection.orderBy(),
                    selection.parameters().toArray());
            session.execute("COMMIT"); // only then rows have the numbers that they keep
        }
        end = session.number("SELECT coalesce(max(rowid), -1) + 1 FROM " + from);
        json = format == ExportFormat.NDJSON ? JsonLines.of(session, fields, from) : null;
    }

    private Path parquet() throws SQLException {
        String values = fields.stream()
                .map(field -> {
                    TableReads.Read read = field.column();
                    Column column = ColumnTypes.of(read.name(), read.written(), true);
                    return (column == null ? field.stored() : Export.exported(field.stored(), column, 0)) + " AS "
                            + read.quoted();
                })
                .collect(Collectors.joining(", "));
        Path target = scratch.resolve(UUID.randomUUID() + ".rows");
        copy(values, 0, end, target, "FORMAT parquet, COMPRESSION zstd");
        next = end;
        return target;
    }

    /** The next piece, or that there is none; a first one there always is. */
    private Optional<Path> lines(boolean first) throws SQLException {
        Path target = scratch.resolve(UUID.randomUUID() + ".rows");
        try {
            if (first && next == end) {
                Files.write(target, head(true));
                return Optional.of(target);
            }
            while (next < end) {
                long until = Math.min(end, next + count);
                if (json != null) {
                    copy(json, next, until, target, "FORMAT json");
                } else {
                    write(head(first && next == 0), until, target);
                }
                next = until;
                long bytes = Files.size(target);
                if (bytes > 0 || (first && next == end)) { // there may be nothing where rows were deleted
                    count = Math.clamp(count * BYTES / Math.max(1, bytes), 1_000, Math.min(MOST, 8 * count));
                    return Optional.of(target);
                }
            }
            Files.deleteIfExists(target);
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] head(boolean wantedHere) {
        return wantedHere && format == ExportFormat.CSV
                ? RowForm.CSV.head(fields.stream().map(Field::answered).toList())
                : new byte[0];
    }

    private void write(byte[] head, long until, Path target) throws SQLException, IOException {
        RowForm form = format == ExportFormat.CSV ? RowForm.CSV : RowForm.NDJSON;
        List<Query.Field> columns = fields.stream().map(Field::answered).toList();
        List<Queries.Answered> read = fields.stream()
                .map(field -> new Queries.Answered(
                        field.column().name(), field.column().type()))
                .toList();
        String values = fields.stream()
                .map(field -> field.column().type().sql(field.stored()))
                .collect(Collectors.joining(", "));
        try (OutputStream out = Files.newOutputStream(target)) {
            out.write(head);
            for (long at = next; at < until; at += FIRST) {
                out.write(form.rows(
                        columns,
                        session.rows(
                                "SELECT " + values + " FROM " + from + range(at, Math.min(until, at + FIRST))
                                        + " ORDER BY rowid",
                                row -> Queries.texts(row, read))));
            }
        }
    }

    /** In the order in which they are stored. */
    private void copy(String values, long start, long until, Path target, String options) throws SQLException {
        session.execute("COPY (SELECT " + values + " FROM " + from + range(start, until) + ") TO "
                + Sql.text(target.toString()) + " (" + options + ")");
    }

    private static String range(long start, long until) {
        return " WHERE rowid >= " + start + " AND rowid < " + until;
    }

    private <T> T within(Session.Action<T> action) throws InterruptedException {
        try {
            return session.run(PATIENCE, action);
        } catch (TimeoutException e) {
            throw new MillraceException(
                    ErrorCode.QUERY_FAILED,
                    "reading " + wanted.table() + " took longer than " + PATIENCE.toMinutes() + " min for a part",
                    e);
        } catch (UncheckedIOException e) {
            throw unwritten(e);
        } catch (SQLException e) {
            throw failed.apply(e);
        }
    }

    private MillraceException unwritten(Exception e) {
        return new MillraceException(
                ErrorCode.WAREHOUSE_FAILED, "rows of " + wanted.table() + " can't be kept on disk: " + e, e);
    }

    /** Goes on with a piece, and has the next one written meanwhile. */
    private void use(Path made) {
        read = made;
        try {
            piece = Files.newInputStream(made);
        } catch (IOException e) {
            throw unwritten(e);
        }
        if (next < end) {
            following = new FutureTask<>(() -> within(() -> lines(false)));
            writer = Thread.ofVirtual().start(following);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        while (true) {
            int bytes = piece.read(target, offset, length);
            if (bytes >= 0) {
                return bytes;
            }
            FutureTask<Optional<Path>> task = following;
            if (task == null) {
                return -1;
            }
            following = null;
            forget();
            try {
                Optional<Path> made = task.get();
                if (made.isEmpty()) {
                    return -1;
                }
                use(made.get());
            } catch (ExecutionException e) {
                throw new IOException(
                        e.getCause() instanceof MillraceException known ? known.detail() : "the rows broke off", e);
            } catch (MillraceException e) {
                throw new IOException(e.detail(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    /** Ends what has been read. */
    private void forget() throws IOException {
        piece.close();
        if (read != null) {
            Files.deleteIfExists(read);
            read = null;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            FutureTask<Optional<Path>> task = following;
            following = null;
            if (task != null) {
                Objects.requireNonNull(writer).interrupt(); // which cancels the statement
                Optional<Path> made = task.get();
                if (made.isPresent()) {
                    Files.deleteIfExists(made.get());
                }
            }
        } catch (ExecutionException e) {
            // it was cancelled, or has failed with nobody left to tell
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            session.close();
            forget();
        }
    }
}
