package dev.millrace.transformer;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Collects tables of the engine and stages what it makes of them, part by part. While one part is written, the tables
 * of the next one are collected. For one thread.
 */
final class PartWriter implements AutoCloseable {
    /** Scratch space is not to grow much beyond what a part needs, however well its rows compress. */
    private static final int MAX_COMPRESSION = 8;

    private final Engine engine;
    private final StagingStore staging;
    private final TaskContext context;
    private final Path scratch;
    private final String folder;
    private final long partSize;
    private final ExecutorService writer = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("part-writer").factory());
    private final List<Part> parts = new ArrayList<>();
    private @Nullable Future<Part> writing;
    private final List<Engine.Table> tables = new ArrayList<>();
    private Engine.@Nullable Table gathering;
    private int gathered;
    private long rows;
    private long bytes;
    private volatile double compression = 1;

    PartWriter(Engine engine, StagingStore staging, TaskContext context, Path scratch, String folder, long partSize) {
        this.engine = engine;
        this.staging = staging;
        this.context = context;
        this.scratch = scratch;
        this.folder = folder;
        this.partSize = partSize;
    }

    /** Takes the rows that follow, of a slice that is closed. */
    void add(Filled filled) throws Exception {
        Engine.Table table = filled.table();
        if (table != null) {
            closeGathering();
            tables.add(table);
        } else if (!filled.rows().isEmpty()) {
            gathering().add(filled.rows(), filled.rowBytes());
        }
        rows += filled.rowCount();
        bytes += filled.rowBytes();
        if (bytes >= partSize * compression) {
            endPart();
        }
    }

    /** A table for rows of slices that have too few for one of their own. */
    private Engine.Table gathering() throws SQLException {
        Engine.Table table = gathering;
        if (table == null) {
            table = engine.create("gathered_" + gathered++);
            gathering = table;
            tables.add(table);
        }
        return table;
    }

    private void closeGathering() throws SQLException {
        Engine.Table table = gathering;
        if (table != null) {
            gathering = null;
            table.close();
        }
    }

    /** All parts, once the last of them is staged. */
    List<Part> finish() throws Exception {
        if (rows > 0) {
            endPart();
        }
        awaitPart();
        return parts;
    }

    private void endPart() throws Exception {
        closeGathering();
        awaitPart();
        int number = parts.size();
        List<Engine.Table> partTables = List.copyOf(tables);
        long partRows = rows;
        long partBytes = bytes;
        tables.clear();
        rows = 0;
        bytes = 0;
        writing = writer.submit(() -> write(number, partTables, partRows, partBytes));
    }

    private void awaitPart() throws Exception {
        if (writing == null) {
            return;
        }
        try {
            parts.add(writing.get());
            writing = null;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private Part write(int number, List<Engine.Table> partTables, long partRows, long partBytes) throws SQLException {
        String name = String.format(Locale.ROOT, "part-%05d.parquet", number);
        Path file = scratch.resolve(name);
        engine.write(partTables, number, partBytes, file);
        try (Upload upload = staging.upload(folder + "/" + name)) {
            Files.copy(file, upload.stream());
            Part part = upload.commit(partRows);
            Files.delete(file);
            compression = Math.clamp((double) partBytes / Math.max(1, part.bytes()), 1, MAX_COMPRESSION);
            context.info(name + ": " + partRows + " rows, " + part.bytes() + " bytes");
            return part;
        } catch (IOException | UncheckedIOException e) {
            throw new MillraceException(
                    ErrorCode.STAGING_UNAVAILABLE, "can't write " + name + " to staging: " + e.getMessage(), e);
        }
    }

    /** Ends what is still being written. */
    @Override
    public void close() throws SQLException {
        if (writing != null) {
            engine.cancel();
            writing.cancel(true);
        }
        writer.close();
        closeGathering();
    }
}
