package dev.millrace.loader;

import dev.millrace.pipeline.Column;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Part;
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

/** Stages rows as the transformer does: Parquet, zstd. */
public final class StagedRows {
    private final Path folder;
    private final StagingStore store;

    public StagedRows(Path folder) {
        this.folder = folder;
        this.store = new LocalStagingStore(folder);
    }

    public StagingStore store() {
        return store;
    }

    /** @param select in DuckDB's SQL; its result, in its order, is the part */
    public Part part(String select) {
        Path file = folder.resolveSibling("part-" + UUID.randomUUID());
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            statement.execute("COPY (" + select + ") TO '" + file + "' (FORMAT parquet, COMPRESSION zstd)");
            long rows = statement.getUpdateCount();
            return part(Files.readAllBytes(file), rows);
        } catch (SQLException | IOException e) {
            throw new AssertionError(e);
        }
    }

    public Part part(byte[] content, long rows) {
        try (Upload upload = store.upload("runs/" + UUID.randomUUID() + "/part-00000.parquet")) {
            upload.stream().write(content);
            return upload.commit(rows);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The object's file, to be spoilt. */
    public Path file(Part part) {
        return folder.resolve(part.path());
    }

    public static Column column(String name, Column.Type type) {
        return column(name, type, Column.Mode.NULLABLE, null, null);
    }

    public static Column required(String name, Column.Type type) {
        return column(name, type, Column.Mode.REQUIRED, null, null);
    }

    public static Column column(
            String name, Column.Type type, Column.Mode mode, @Nullable Integer precision, @Nullable Integer scale) {
        return new Column(
                name,
                type,
                mode,
                null,
                List.of(),
                null,
                ZoneOffset.UTC,
                null,
                Column.OnError.REJECT,
                precision,
                scale,
                List.of(),
                null,
                null,
                null);
    }
}
