package dev.millrace.transformer.staged;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Slice;
import dev.millrace.transformer.engine.Engine;
import dev.millrace.transformer.engine.RowBatch;
import dev.millrace.transformer.engine.RowStream;
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
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The writer of rows as Parquet, part by part. The engine writes a part while its rows come, and the part before is
 * uploaded meanwhile. For one thread.
 */
public final class PartWriter implements AutoCloseable {
    /** Scratch space is not to grow much beyond what a part needs, however well its rows compress. */
    private static final int MAX_COMPRESSION = 8;

    private final Engine engine;
    private final StagingStore staging;
    private final TaskContext context;
    private final String folder;
    private final long partSize;
    private final int numbersEnd;
    private final boolean ofSlice;
    private final ExecutorService writer = thread("part-writer");
    private final ExecutorService uploader = thread("part-uploader");
    private final List<Part> parts = new ArrayList<>();
    private @Nullable Writing writing;
    private @Nullable Future<Part> uploading;
    private int begun;
    private volatile double compression = 1;

    /** @param slice whose rows they are; null: those of the step as a whole */
    public PartWriter(
            Engine engine,
            StagingStore staging,
            TaskContext context,
            String folder,
            long partSize,
            @Nullable Slice slice) {
        this.engine = engine;
        this.staging = staging;
        this.context = context;
        this.folder = folder;
        this.partSize = partSize;
        this.ofSlice = slice != null;
        this.begun = slice == null ? 0 : (slice.number() - 1) * Manifest.PARTS_OF_A_SLICE;
        this.numbersEnd = slice == null ? Integer.MAX_VALUE : begun + Manifest.PARTS_OF_A_SLICE;
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
    }

    /** A part whose rows are still coming. */
    private final class Writing implements RowStream.Supply {
        private final String name;
        private final Path file;
        private final int rowGroup;
        /** Empty behind the last rows. */
        private final BlockingQueue<Optional<RowBatch>> coming = new ArrayBlockingQueue<>(1);

        private final Future<?> written;
        private long rows;
        private long bytes;
        private long groupRows;
        private long groupBytes;

        Writing(int number, RowBatch first, long firstBytes) {
            this.name = String.format(Locale.ROOT, "part-%05d.parquet", number);
            this.file = engine.scratch().resolve(name);
            this.rowGroup = engine.rowGroup(first.rows(), firstBytes);
            this.written = writer.submit(() -> {
                engine.write(this, number, rowGroup, file);
                return null;
            });
        }

        /** @return whether the part is to end here */
        boolean add(RowBatch batch, long batchBytes) throws Exception {
            put(Optional.of(batch));
            rows += batch.rows();
            bytes += batchBytes;
            groupRows += batch.rows();
            groupBytes += batchBytes;
            if (groupRows >= rowGroup) {
                groupRows %= rowGroup;
                groupBytes = 0;
            }
            // rows that are much longer than the first ones want groups of fewer rows
            return bytes >= partSize * compression || engine.exceedsGroup(groupBytes);
        }

        private void put(Optional<RowBatch> some) throws Exception {
            while (!coming.offer(some, 100, TimeUnit.MILLISECONDS)) {
                context.checkStopped();
                if (written.isDone()) {
                    result(written);
                    throw new IllegalStateException("the engine left rows of " + name + " unread");
                }
            }
        }

        @Override
        public @Nullable RowBatch next() throws InterruptedException {
            return coming.take().orElse(null);
        }

        void end() throws Exception {
            put(Optional.empty());
            result(written);
        }

        /** The engine is told to stop by whoever calls this, and gets no more rows to wait for. */
        void abandon() {
            giveBack();
            coming.add(Optional.empty());
        }

        /** What the engine hasn't come for. */
        void giveBack() {
            for (Optional<RowBatch> left = coming.poll(); left != null; left = coming.poll()) {
                left.ifPresent(RowBatch::close);
            }
        }
    }

    /**
     * Takes the rows that follow, and gives them back if it fails.
     *
     * @param rows null: there are none
     * @param bytes of the rows as if each had a line of its own
     */
    public void add(@Nullable RowBatch rows, long bytes) throws Exception {
        if (rows == null) {
            return;
        }
        boolean taken = false;
        try {
            Writing part = writing;
            if (part == null) {
                if (begun == numbersEnd) {
                    throw new MillraceException(
                            ErrorCode.INTERNAL,
                            "a slice has more than " + Manifest.PARTS_OF_A_SLICE + " parts (expected: more slices)");
                }
                part = new Writing(begun++, rows, bytes);
                writing = part;
            }
            boolean ends = part.add(rows, bytes);
            taken = true;
            if (ends) {
                endPart(part);
            }
        } finally {
            if (!taken) {
                rows.close();
            }
        }
    }

    /** All parts, once the last of them is staged. */
    public List<Part> finish() throws Exception {
        if (writing != null) {
            endPart(writing);
        }
        awaitUpload();
        return parts;
    }

    private void endPart(Writing part) throws Exception {
        part.end();
        writing = null;
        awaitUpload();
        uploading = uploader.submit(() -> upload(part));
    }

    private void awaitUpload() throws Exception {
        if (uploading != null) {
            parts.add(result(uploading));
            uploading = null;
        }
    }

    private static <T> T result(Future<T> future) throws Exception {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private Part upload(Writing written) {
        try (Upload upload = staging.upload(folder + "/" + written.name)) {
            Files.copy(written.file, upload.stream());
            Part part = upload.commit(written.rows);
            Files.delete(written.file);
            compression = Math.clamp((double) written.bytes / Math.max(1, part.bytes()), 1, MAX_COMPRESSION);
            String line = written.name + ": " + part.rows() + " rows, " + part.bytes() + " bytes";
            if (ofSlice) {
                context.debug(line);
            } else {
                context.info(line);
            }
            return part;
        } catch (IOException | UncheckedIOException e) {
            throw new MillraceException(
                    ErrorCode.STAGING_UNAVAILABLE, "can't write " + written.name + " to staging: " + e.getMessage(), e);
        }
    }

    /** Ends what is still being written. */
    @Override
    public void close() throws SQLException {
        if (writing != null) {
            engine.cancel();
            writing.abandon();
        }
        if (uploading != null) {
            uploading.cancel(true);
        }
        writer.close();
        if (writing != null) {
            writing.giveBack();
        }
        uploader.close();
    }
}
