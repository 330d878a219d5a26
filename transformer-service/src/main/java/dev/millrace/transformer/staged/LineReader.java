package dev.millrace.transformer.staged;

import com.github.luben.zstd.ZstdIOException;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The reader of a part's lines, a bounded number of bytes at a time, which sees to it that the part is what its
 * manifest says. For one thread.
 */
final class LineReader implements AutoCloseable {
    /** Kept of a line that is too long. */
    private static final int HEAD = 4 * Reject.MAX_RECORD;

    /** What is made of each line is in memory together with what is made of the others. */
    private static final int MAX_LINES = 20_000;

    private final Part part;
    private final InputStream stored;
    private final InputStream in;
    private final int chunk;
    private byte[] buffer;
    private int length;
    private boolean ended;
    private long rows;

    /** @param chunk bytes of lines to be read at once, about */
    LineReader(StagingStore staging, Part part, int chunk) {
        this.chunk = chunk;
        this.buffer = new byte[chunk];
        this.part = part;
        this.stored = staging.open(part);
        try {
            this.in = Ndjson.decompress(Manifest.Format.NDJSON_ZSTD, stored);
        } catch (IOException e) {
            close(stored);
            throw unreadable(e);
        }
    }

    /**
     * The next lines; null at the end of the part.
     *
     * @throws MillraceException with {@code STAGING_CORRUPT} if the part is not what was staged
     */
    @Nullable
    public Lines next() {
        try {
            return read();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private @Nullable Lines read() throws IOException {
        int searched = 0;
        while (true) {
            fill();
            int last = lastLineFeed(searched);
            if (last >= 0) {
                return cut(last);
            }
            searched = length;
            if (length > Reject.RECORD_LIMIT) {
                return skipLine();
            }
            if (ended) {
                return length == 0 ? end() : cut(length);
            }
            buffer = Arrays.copyOf(buffer, Math.min(2 * buffer.length, Reject.RECORD_LIMIT + 1));
        }
    }

    private void fill() throws IOException {
        while (!ended && length < buffer.length) {
            int count = in.read(buffer, length, buffer.length - length);
            if (count < 0) {
                ended = true;
            } else {
                length += count;
            }
        }
    }

    private int lastLineFeed(int from) {
        int at = length - 1;
        while (at >= from && buffer[at] != '\n') {
            at--;
        }
        return at >= from ? at : -1;
    }

    /** The lines up to {@code end}, where a line ends, or the first of them. What follows stays for the next call. */
    private Lines cut(int end) {
        String characters = new String(buffer, 0, end, StandardCharsets.ISO_8859_1); // searched many bytes at a time
        int[] ends = new int[16];
        int count = 0;
        int last = -1;
        while (last < end && count < MAX_LINES) {
            int lineFeed = characters.indexOf('\n', last + 1);
            last = lineFeed < 0 ? end : lineFeed;
            if (count == ends.length) {
                ends = Arrays.copyOf(ends, 2 * count);
            }
            ends[count++] = last;
        }
        byte[] bytes = buffer;
        int rest = Math.max(0, length - last - 1);
        buffer = new byte[Math.max(chunk, rest)];
        System.arraycopy(bytes, length - rest, buffer, 0, rest);
        length = rest;
        return lines(bytes, ends, count, false);
    }

    private Lines skipLine() throws IOException {
        byte[] head = Arrays.copyOf(buffer, HEAD);
        buffer = new byte[chunk];
        int lineFeed = -1;
        while (lineFeed < 0 && !ended) {
            length = 0;
            fill();
            lineFeed = firstLineFeed();
        }
        int rest = lineFeed < 0 ? 0 : length - lineFeed - 1;
        System.arraycopy(buffer, length - rest, buffer, 0, rest);
        length = rest;
        return lines(head, new int[] {HEAD}, 1, true);
    }

    private int firstLineFeed() {
        for (int at = 0; at < length; at++) {
            if (buffer[at] == '\n') {
                return at;
            }
        }
        return -1;
    }

    private Lines lines(byte[] bytes, int[] ends, int count, boolean oversized) {
        Lines lines = new Lines(part, rows + 1, bytes, ends, count, oversized);
        rows += count;
        return lines;
    }

    /** Reads what may follow the compressed data, so that the whole part is checked against its checksum. */
    private @Nullable Lines end() throws IOException {
        stored.transferTo(OutputStream.nullOutputStream());
        if (rows != part.rows()) {
            throw corrupt(rows + " records (expected: " + part.rows() + ")");
        }
        return null;
    }

    private MillraceException unreadable(IOException cause) {
        return cause instanceof ZstdIOException
                ? corrupt("is not whole zstd: " + cause.getMessage())
                : new MillraceException(
                        ErrorCode.STAGING_UNAVAILABLE,
                        "can't read " + part.path() + " in staging: " + cause.getMessage(),
                        cause);
    }

    private MillraceException corrupt(String what) {
        return new MillraceException(ErrorCode.STAGING_CORRUPT, part.path() + ": " + what);
    }

    /** Zstd's own memory is outside of the heap, where nobody else gives it back. */
    @Override
    public void close() {
        close(in);
    }

    private void close(InputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }
}
