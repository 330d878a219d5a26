package dev.millrace.extractor.record;

import dev.millrace.pipeline.format.Format;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * JSON as people write it by hand, as the JSON that everything behind works on: comments, and commas before a closing
 * bracket, become blanks, so that lines and columns stay what they are. For one thread.
 *
 * @see <a href="https://code.visualstudio.com/docs/languages/json#_json-with-comments">JSON with comments</a>
 */
public final class TolerantJson extends InputStream {
    private static final int BUFFER = 64 * 1024;

    private enum Within {
        STRUCTURE,
        TEXT,
        ESCAPE,
        LINE,
        BLOCK
    }

    private final InputStream in;
    private final boolean comments;
    private final boolean commas;
    private final byte[] buffer = new byte[BUFFER];
    private int position; // of the next byte for who reads
    private int settled; // up to here bytes are what they are going to be
    private int seen;
    private int end;
    private Within within = Within.STRUCTURE;
    private int comma = -1; // after which nothing but blanks has come; negative: none
    private byte last; // that is no blank
    private long line = 1;
    private long commentLine;

    private TolerantJson(InputStream in, boolean comments, boolean commas) {
        this.in = in;
        this.comments = comments;
        this.commas = commas;
    }

    /**
     * What a document of the format is behind: itself, where it may have nothing but JSON. A comment that is never closed
     * is a {@link CharConversionException} with its line.
     *
     * @param told at the end, what was replaced; nothing if nothing was
     */
    public static InputStream of(InputStream in, Format.Json format, Consumer<String> told) {
        InputStream valid = valid(in, 0, format.invalidBytes(), told);
        return format.comments() || format.trailingComma()
                ? new TolerantJson(valid, format.comments(), format.trailingComma())
                : valid;
    }

    /**
     * The same bytes, or what is UTF-8 of them, with U+FFFD for each sequence that is none, without a byte order mark.
     *
     * @param before lines of the text that come before the stream's
     */
    public static InputStream valid(InputStream in, long before, Format.InvalidBytes invalid, Consumer<String> told) {
        return switch (invalid) {
            case REJECT -> in;
            case REPLACE -> new Utf8Stream(StrictReader.replacing(in, before, StandardCharsets.UTF_8, told));
        };
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        while (position == settled) {
            if (!fill()) {
                return -1;
            }
        }
        int count = Math.min(length, settled - position);
        System.arraycopy(buffer, position, target, offset, count);
        position += count;
        return count;
    }

    /** Reads more behind what isn't settled. */
    private boolean fill() throws IOException {
        int kept = end - settled;
        System.arraycopy(buffer, settled, buffer, 0, kept);
        comma = comma < 0 ? -1 : 0;
        seen -= settled;
        position = 0;
        settled = 0;
        end = kept;
        int count = kept == buffer.length ? 0 : in.read(buffer, kept, buffer.length - kept);
        if (count < 0 && within == Within.BLOCK) {
            throw new CharConversionException("line " + commentLine + ": a comment that is never closed");
        }
        end += Math.max(0, count);
        if (kept == buffer.length) {
            comma = -1; // with more blanks after it than are held, it stays, and is refused before a bracket
        }
        scan(count < 0);
        settled = comma >= 0 ? comma : seen;
        return settled > 0 || count >= 0;
    }

    /** @param whole whether no more is going to come */
    private void scan(boolean whole) {
        for (; seen < end; seen++) {
            byte b = buffer[seen];
            if (b == '\n') {
                line++;
            }
            switch (within) {
                case TEXT -> within = b == '"' ? Within.STRUCTURE : b == '\\' ? Within.ESCAPE : Within.TEXT;
                case ESCAPE -> within = Within.TEXT;
                case LINE -> {
                    if (b == '\n' || b == '\r') {
                        within = Within.STRUCTURE;
                    } else {
                        buffer[seen] = ' ';
                    }
                }
                case BLOCK -> {
                    if (b == '*') {
                        if (seen + 1 == end && !whole) {
                            return;
                        }
                        if (seen + 1 < end && buffer[seen + 1] == '/') {
                            buffer[seen++] = ' ';
                            within = Within.STRUCTURE;
                        }
                    }
                    buffer[seen] = b == '\n' ? b : (byte) ' ';
                }
                case STRUCTURE -> {
                    if (b == '/' && comments) {
                        if (seen + 1 == end && !whole) {
                            return;
                        }
                        byte next = seen + 1 < end ? buffer[seen + 1] : 0;
                        if (next == '/' || next == '*') {
                            within = next == '/' ? Within.LINE : Within.BLOCK;
                            commentLine = line;
                            Arrays.fill(buffer, seen, seen + 2, (byte) ' ');
                            seen++;
                            continue;
                        }
                    }
                    structure(b);
                }
            }
        }
    }

    private void structure(byte b) {
        switch (b) {
            case ' ', '\t', '\r', '\n' -> {
                return;
            }
            case ',' -> comma = commas && last != 0 && "[{,:".indexOf(last) < 0 ? seen : -1;
            case ']', '}' -> {
                if (comma >= 0) {
                    buffer[comma] = ' ';
                }
                comma = -1;
            }
            case '"' -> {
                within = Within.TEXT;
                comma = -1;
            }
            default -> comma = -1;
        }
        last = b;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
