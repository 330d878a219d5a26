package dev.millrace.loader;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Excess;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagedType;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.duckdb.DuckDBConnection;

/** Stages rows as the transformer does: Parquet, zstd. */
public final class StagedRows {
    private final Path folder;
    private final StagingStore store;
    private final AtomicLong parts = new AtomicLong();

    /** One engine for all parts: to start one takes longer than to write a part. */
    private static final class Engine {
        static final DuckDBConnection ROOT = start();

        private static DuckDBConnection start() {
            try {
                return (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    public StagedRows(Path folder) {
        this(folder, new LocalStagingStore(folder));
    }

    /** @param folder beside which parts are made, before they are uploaded */
    public StagedRows(Path folder, StagingStore store) {
        this.folder = folder;
        this.store = store;
    }

    public StagingStore store() {
        return store;
    }

    /** @param select in DuckDB's SQL; its result, in its order, is the part */
    public Part part(String select) {
        Path file = folder.resolveSibling("part-" + UUID.randomUUID());
        try (Connection connection = Engine.ROOT.duplicate();
                Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            statement.execute("COPY (SELECT *, " + (parts.get() << 32) + " + row_number() OVER () - 1 AS "
                    + Manifest.POSITION + " FROM (" + select + ")) TO '" + file
                    + "' (FORMAT parquet, COMPRESSION zstd)");
            long rows = statement.getUpdateCount();
            return part(Files.readAllBytes(file), rows);
        } catch (SQLException | IOException e) {
            throw new AssertionError(e);
        }
    }

    public Part part(byte[] content, long rows) {
        try (Upload upload =
                store.upload("runs/" + UUID.randomUUID() + "/part-" + parts.getAndIncrement() + ".parquet")) {
            upload.stream().write(content);
            return upload.commit(rows);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The object's file in a folder, to be spoilt. */
    public Path file(Part part) {
        return folder.resolve(part.path());
    }

    public static Column column(String name, Column.Type type) {
        return column(name, type, Column.Mode.NULLABLE);
    }

    public static Column required(String name, Column.Type type) {
        return column(name, type, Column.Mode.REQUIRED);
    }

    public static Column column(String name, Column.Type type, Column.Mode mode) {
        return column(name, type, mode, null, null, List.of());
    }

    public static Column record(String name, Column.Mode mode, List<Column> fields) {
        return column(name, Column.Type.RECORD, mode, null, null, fields);
    }

    public static Column column(
            String name, Column.Type type, Column.Mode mode, @Nullable Integer precision, @Nullable Integer scale) {
        return column(name, type, mode, precision, scale, List.of());
    }

    private static Column column(
            String name,
            Column.Type type,
            Column.Mode mode,
            @Nullable Integer precision,
            @Nullable Integer scale,
            List<Column> fields) {
        return new Column(
                name,
                type,
                mode,
                null,
                null,
                List.of(),
                null,
                null,
                ZoneOffset.UTC,
                null,
                Column.OnError.REJECT,
                Excess.REJECT,
                false,
                precision,
                scale,
                fields,
                null,
                null,
                null,
                false);
    }

    public static Column repeated(Column column) {
        return column(column, Column.Mode.REPEATED, column.fields());
    }

    public static Column record(String name, Column... fields) {
        return column(column(name, Column.Type.STRING), Column.Mode.NULLABLE, List.of(fields));
    }

    private static Column column(Column column, Column.Mode mode, List<Column> fields) {
        return new Column(
                column.name(),
                fields.isEmpty() ? column.type() : Column.Type.RECORD,
                mode,
                column.from(),
                null,
                column.format(),
                null,
                column.timezone(),
                column.sourceTimezone(),
                column.defaultValue(),
                column.onError(),
                Excess.REJECT,
                column.optional(),
                column.precision(),
                column.scale(),
                fields,
                column.expression(),
                column.metadata(),
                column.description(),
                false);
    }

    /** The type of a column in a part, in DuckDB's SQL. */
    public static String type(Column column) {
        String one = switch (StagedType.of(column.type())) {
            case INT64 -> "BIGINT";
            case DECIMAL -> "DECIMAL(38,9)";
            case DOUBLE -> "DOUBLE";
            case BOOL -> "BOOLEAN";
            case STRING, LITERAL -> "VARCHAR";
            case BYTES -> "BLOB";
            case DATE -> "DATE";
            case TIMESTAMP -> "TIMESTAMPTZ";
            case STRUCT ->
                column.fields().stream()
                        .map(field -> "\"" + field.name() + "\" " + type(field))
                        .collect(Collectors.joining(", ", "STRUCT(", ")"));
        };
        return column.mode() == Column.Mode.REPEATED ? one + "[]" : one;
    }
}
