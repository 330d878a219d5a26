package dev.millrace.loader.duckdb;

import dev.millrace.loader.QueryExport;
import dev.millrace.loader.RowFile;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.Upload;
import dev.millrace.task.Query;
import dev.millrace.worker.TaskContext;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/**
 * The file of what a query of users selects. The rows are selected into a temporary table first, all of one moment, which the
 * engine keeps on disk where memory doesn't do; from there they are written in pieces.
 */
final class SelectedFile {
    private static final String TABLE = "temp.main.exported";

    /** Rows that the engine hands over at a time. */
    private static final long ROWS = 10_000;

    /** Quick, and half of what there is to gain. */
    private static final int LEVEL = 1;

    private final Session session;
    private final QueryCheck check;
    private final String sql;
    private final ExportFormat format;

    /** @param sql unchecked */
    SelectedFile(Session session, QueryCheck check, String sql, ExportFormat format) {
        this.session = session;
        this.check = check;
        this.sql = sql;
        this.format = format;
    }

    /**
     * Checks the query without running it.
     *
     * @throws MillraceException {@code QUERY_REFUSED} or {@code QUERY_FAILED}
     */
    void bind() throws SQLException, InterruptedException {
        String _ = checked(alone -> selection(columns(alone)));
    }

    /**
     * Runs the query and writes the file.
     *
     * @param scratch the folder that the engine may write
     * @throws MillraceException {@code QUERY_REFUSED}, {@code QUERY_FAILED} or {@code STAGING_UNAVAILABLE}
     */
    Part write(QueryExport export, Path scratch, TaskContext context) throws SQLException, InterruptedException {
        List<Queries.Answered> columns = checked(alone -> {
            List<Queries.Answered> selected = columns(alone);
            // a statement's end of line may belong to a comment
            session.execute("CREATE TEMP TABLE exported AS SELECT " + selection(selected) + " FROM (" + alone
                    + "\n) AS selected(" + names(selected) + ")");
            return selected;
        });
        return session.run(() -> {
            long rows = session.number("SELECT count(*) FROM " + TABLE);
            context.info(String.format(Locale.ROOT, "selected %,d rows", rows));
            context.total(rows);
            context.checkStopped();
            try (Upload upload = export.store().upload(export.file())) {
                Part file = switch (format) {
                    case NDJSON, JSON, CSV -> lines(columns, rows, upload, context);
                    case AVRO -> avro(columns, rows, upload, context);
                    case PARQUET -> parquet(columns, rows, upload, scratch);
                };
                context.progress(rows, file.bytes());
                return file;
            } catch (IOException e) {
                throw new MillraceException(
                        ErrorCode.STAGING_UNAVAILABLE, "can't write the file of " + export.target() + ": " + e, e);
            }
        });
    }

    private interface Use<T> {
        T of(String alone) throws SQLException;
    }

    private <T> T checked(Use<T> use) throws SQLException, InterruptedException {
        try {
            return session.run(() -> {
                check.check(session, sql);
                return use.of(Queries.alone(session, sql));
            });
        } catch (SQLException e) {
            if (Queries.isOwnFault(e)) {
                throw e;
            }
            throw new MillraceException(ErrorCode.QUERY_FAILED, Failures.sentence(e), e);
        }
    }

    private List<Queries.Answered> columns(String alone) throws SQLException {
        List<Queries.Answered> columns = Queries.columns(session, alone);
        Set<String> names = new HashSet<>();
        for (Queries.Answered column : columns) {
            if (!names.add(column.name())) {
                throw unfit(column.name(), "there twice", "a name of its own: give one of them another one with AS");
            }
        }
        return columns;
    }

    private static String names(List<Queries.Answered> columns) {
        return IntStream.range(0, columns.size()).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
    }

    /** What the temporary table has of the query's columns. */
    private String selection(List<Queries.Answered> columns) {
        return switch (format) {
            case NDJSON, JSON, CSV ->
                IntStream.range(0, columns.size())
                        .mapToObj(i -> (isWide(columns.get(i)) ? "CAST(c" + i + " AS BIGINT)" : "c" + i) + " AS c" + i)
                        .collect(Collectors.joining(", "));
            case PARQUET, AVRO -> {
                List<Column> typed = typed(columns);
                if (format == ExportFormat.AVRO) {
                    Schema _ = avro(typed);
                }
                yield IntStream.range(0, columns.size())
                        .mapToObj(i -> "CAST(c" + i + " AS " + Types.of(typed.get(i)) + ") AS "
                                + Sql.name(columns.get(i).name()))
                        .collect(Collectors.joining(", "));
            }
        };
    }

    /** Sums of integers are wider than integers to the engine, but not to BigQuery. */
    private static boolean isWide(Queries.Answered column) {
        return column.type() instanceof AnswerType.Scalar(Value _, String written)
                && Set.of("UBIGINT", "HUGEINT", "UHUGEINT").contains(written);
    }

    private List<Column> typed(List<Queries.Answered> columns) {
        List<Column> typed = new ArrayList<>();
        for (Queries.Answered column : columns) {
            String name = column.name();
            String written = written(column.type());
            try {
                Column known = isWide(column)
                        ? Column.nullable(name, Column.Type.INTEGER)
                        : written.contains("_NS") ? null : ColumnTypes.of(name, written, true);
                if (known == null) {
                    throw unfit(name, "a " + written, "what " + format + " has a type for: cast it");
                }
                typed.add(known);
            } catch (InvalidValue e) {
                throw unfit(name, "no name of a column", "a name such as total_rows: give it one with AS");
            }
        }
        return typed;
    }

    /** As the engine names the type. */
    private static String written(AnswerType type) {
        return switch (type) {
            case AnswerType.Scalar(Value _, String written) -> written;
            case AnswerType.Repeated(AnswerType element) -> written(element) + "[]";
            case AnswerType.Mapping(AnswerType key, AnswerType value) ->
                "MAP(" + written(key) + ", " + written(value) + ")";
            case AnswerType.Structure(List<String> names, List<AnswerType> types) ->
                IntStream.range(0, names.size())
                        .mapToObj(i -> Sql.name(names.get(i)) + " " + written(types.get(i)))
                        .collect(Collectors.joining(", ", "STRUCT(", ")"));
        };
    }

    private static MillraceException unfit(String column, String found, String expected) {
        return new MillraceException(
                ErrorCode.QUERY_FAILED,
                "column '" + column + "' of the export is " + found + " (expected: " + expected + ")");
    }

    private interface Row {
        void take(ResultSet row) throws SQLException, IOException;
    }

    /** @param selected SQL of what is read of each row */
    private void rows(String selected, long rows, Upload upload, TaskContext context, Row taken)
            throws SQLException, IOException {
        String select = "SELECT " + selected + " FROM " + TABLE + " WHERE rowid >= ? AND rowid < ? ORDER BY rowid";
        for (long next = 0; next < rows; next += ROWS) {
            try (PreparedStatement statement = session.prepare(select)) {
                statement.setLong(1, next);
                statement.setLong(2, next + ROWS);
                try (ResultSet found = statement.executeQuery()) {
                    while (found.next()) {
                        taken.take(found);
                    }
                }
            }
            context.checkStopped();
            context.progress(Math.min(rows, next + ROWS), upload.bytes());
        }
    }

    private Part lines(List<Queries.Answered> columns, long rows, Upload upload, TaskContext context)
            throws SQLException, IOException {
        List<Queries.Answered> written = columns.stream()
                .map(column -> isWide(column) ? new Queries.Answered(column.name(), AnswerType.of("BIGINT")) : column)
                .toList();
        String texts = IntStream.range(0, written.size())
                .mapToObj(i -> written.get(i).type().sql("c" + i))
                .collect(Collectors.joining(", "));
        List<Query.Field> fields = written.stream()
                .map(column -> new Query.Field(column.name(), column.type().type()))
                .toList();
        RowFile file = new RowFile(format, fields, upload);
        rows(texts, rows, upload, context, row -> file.add(Queries.texts(row, written)));
        return file.commit();
    }

    private Schema avro(List<Column> columns) {
        try {
            return AvroColumns.schema(columns);
        } catch (SchemaParseException e) {
            throw new MillraceException(
                    ErrorCode.QUERY_FAILED,
                    "a column of the export has a name that AVRO can't have: " + e.getMessage()
                            + " (expected: letters, digits and _: give it one with AS)",
                    e);
        }
    }

    private Part avro(List<Queries.Answered> selected, long rows, Upload upload, TaskContext context)
            throws SQLException, IOException {
        List<Column> columns = typed(selected);
        Schema schema = avro(columns);
        String texts = columns.stream().map(AvroColumns::sql).collect(Collectors.joining(", "));
        try (DataFileWriter<GenericRecord> file = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
            file.setCodec(CodecFactory.deflateCodec(LEVEL));
            file.create(schema, upload.stream());
            rows(texts, rows, upload, context, row -> file.append(AvroColumns.record(columns, schema, row)));
        }
        return upload.commit(rows);
    }

    private Part parquet(List<Queries.Answered> selected, long rows, Upload upload, Path scratch)
            throws SQLException, IOException {
        String columns = typed(selected).stream()
                .map(column -> Export.exported(Sql.name(column.name()), column, 0) + " AS " + Sql.name(column.name()))
                .collect(Collectors.joining(", "));
        Path file = scratch.resolve(UUID.randomUUID() + ".parquet");
        try (OutputStream out = upload.stream()) {
            session.execute("COPY (SELECT " + columns + " FROM " + TABLE + " ORDER BY rowid) TO "
                    + Sql.text(file.toString()) + " (FORMAT parquet, COMPRESSION zstd)");
            Files.copy(file, out);
            return upload.commit(rows);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
