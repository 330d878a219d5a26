package dev.millrace.extractor.record;

import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The records of a piece of a large source, packed as they are staged, and the lines on which they begin. For one thread, and
 * then for the one that stages it; afterwards for another piece, from {@link #begin} on.
 */
public final class RecordPiece implements RecordSink, AutoCloseable {
    private static final byte[] LINE_END = {'\n'};

    /** Of what is packed; the rest waits in a scratch file. */
    private static final int MEMORY = 4 * 1024 * 1024;

    private final @Nullable Path scratch;
    private final Packed packed = new Packed();
    private OutputStream lines = OutputStream.nullOutputStream();
    private final List<Rejected> rejects = new ArrayList<>();
    private int records;
    private long bytes;
    private long line;

    /** From which record on each begins on the line after the one before it. */
    private int[] stretches = new int[16];

    private long[] stretchLines = new long[16];
    private int stretchCount;
    private long expected = -1;

    /** @param scratch folder for what of it is too much for memory; null: it never is */
    public RecordPiece(@Nullable Path scratch) {
        this.scratch = scratch;
    }

    /** @param before how many records stand before it in the piece */
    private record Rejected(int before, long line, String reason, String start) {}

    /** Before the first record of a piece. What was of another is gone. */
    public void begin() {
        packed.clear();
        rejects.clear();
        records = 0;
        bytes = 0;
        line = 0;
        stretchCount = 0;
        expected = -1;
        try {
            lines = Ndjson.compress(Manifest.Format.NDJSON_ZSTD, packed);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    @Override
    public void beginsAt(long beginning) {
        line = beginning;
    }

    @Override
    public void record(byte[] record, int offset, int length) {
        if (line != expected) {
            if (stretchCount == stretches.length) {
                stretches = Arrays.copyOf(stretches, 2 * stretchCount);
                stretchLines = Arrays.copyOf(stretchLines, 2 * stretchCount);
            }
            stretches[stretchCount] = records;
            stretchLines[stretchCount++] = line;
        }
        expected = line + 1;
        records++;
        bytes += length + 1;
        try {
            lines.write(record, offset, length);
            lines.write(LINE_END, 0, 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // interrupted
        }
    }

    @Override
    public void reject(String reason, String start) {
        rejects.add(new Rejected(records, line, reason, start));
    }

    /** No further record comes. */
    public void end() throws IOException {
        lines.close();
    }

    /** Bytes of the lines, with their ends. */
    long bytes() {
        return bytes;
    }

    int records() {
        return records;
    }

    /** The lines, as a frame of zstd, which others may follow. */
    public void writeTo(OutputStream out) throws IOException {
        packed.writeTo(out);
    }

    /** Hears of a reject again. */
    public interface RejectVisitor {
        /** @param line on which it begins */
        void reject(long line, String reason, String start);
    }

    /**
     * Says where each record and reject stood, in their order.
     *
     * @param ofRecord hears on which line a record begins
     */
    public void forEach(LongConsumer ofRecord, RejectVisitor ofReject) {
        int stretch = 0;
        int reject = 0;
        long at = 0;
        for (int i = 0; i < records; i++) {
            reject = visitRejects(ofReject, reject, i);
            if (stretch < stretchCount && stretches[stretch] == i) {
                at = stretchLines[stretch++];
            }
            ofRecord.accept(at++);
        }
        int _ = visitRejects(ofReject, reject, records);
    }

    private int visitRejects(RejectVisitor visitor, int from, int before) {
        int next = from;
        while (next < rejects.size() && rejects.get(next).before() == before) {
            Rejected rejected = rejects.get(next++);
            visitor.reject(rejected.line(), rejected.reason(), rejected.start());
        }
        return next;
    }

    /** What waits in a file goes with it. */
    @Override
    public void close() {
        packed.clear();
    }

    /** Bytes in memory, and those that follow in a scratch file. */
    private final class Packed extends OutputStream {
        private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
        private @Nullable FileChannel file;

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (scratch == null || (file == null && memory.size() + length <= MEMORY)) {
                memory.write(bytes, offset, length);
                return;
            }
            if (file == null) {
                file = ScratchFile.opened(scratch, "piece");
            }
            try {
                ScratchFile.write(file, ByteBuffer.wrap(bytes, offset, length), scratch);
            } catch (ClosedByInterruptException e) {
                throw (IOException) new InterruptedIOException("interrupted").initCause(e);
            }
        }

        void writeTo(OutputStream out) throws IOException {
            memory.writeTo(out);
            if (file != null) {
                ByteBuffer some = ByteBuffer.allocate(64 * 1024);
                for (long at = 0; file.read(some, at) > 0; at += some.position(), some.clear()) {
                    out.write(some.array(), 0, some.position());
                }
            }
        }

        void clear() {
            memory.reset();
            FileChannel used = file;
            file = null;
            if (used != null) {
                try {
                    used.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e); // of a file that has lost its name: can't be
                }
            }
        }
    }
}
