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
import org.duckdb.DuckDBAppender;

/**
 * Hands rows to the engine and stages what it makes of them, part by part. While one part is written, the next one
 * is filled. For one thread.
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
    private @Nullable DuckDBAppender table;
    private int tables;
    private long rows;
    private long bytes;
    private long unflushed;
    private volatile double compression = 1;

    PartWriter(Engine engine, StagingStore staging, TaskContext context, Path scratch, String folder, long partSize) {
        this.engine = engine;
        this.staging = staging;
        this.context = context;
        this.scratch = scratch;
        this.folder = folder;
        this.partSize = partSize;
    }

    /** @param size bytes that the rows had as records */
    void append(List<Object[]> some, long size) throws Exception {
        if (some.isEmpty()) {
            return;
        }
        DuckDBAppender appender = table;
        if (appender == null) {
            appender = engine.create(tableName(tables));
            table = appender;
        }
        long each = size / some.size();
        for (Object[] row : some) {
            engine.append(appender, row);
            unflushed += each;
            if (unflushed >= engine.batchBytes()) {
                appender.flush();
                unflushed = 0;
            }
        }
        rows += some.size();
        bytes += size;
        if (bytes >= partSize * compression) {
            endPart();
        }
    }

    /** All parts, once the last of them is staged. */
    List<Part> finish() throws Exception {
        if (table != null) {
            endPart();
        }
        awaitPart();
        return parts;
    }

    private void endPart() throws Exception {
        if (table != null) {
            table.close();
            table = null;
        }
        awaitPart();
        int number = tables++;
        long partRows = rows;
        long partBytes = bytes;
        rows = 0;
        bytes = 0;
        unflushed = 0;
        writing = writer.submit(() -> write(number, partRows, partBytes));
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

    private Part write(int number, long partRows, long partBytes) throws SQLException {
        String name = String.format(Locale.ROOT, "part-%05d.parquet", number);
        Path file = scratch.resolve(name);
        engine.write(tableName(number), number, partRows, partBytes, file);
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

    private static String tableName(int number) {
        return "part_" + number;
    }

    /** Ends what is still being written. */
    @Override
    public void close() throws SQLException {
        if (writing != null) {
            engine.cancel();
            writing.cancel(true);
        }
        writer.close();
        if (table != null) {
            table.close();
        }
    }
}
