package dev.millrace.extractor.record;

import io.micronaut.core.annotation.Nullable;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.util.function.Consumer;

/**
 * Decodes text and refuses what is none: where the JDK's reader would put a replacement character, or say only that
 * something is wrong, this throws {@link CharConversionException} with the line, or replaces it and says how often. A byte order
 * mark is left out.
 */
public final class StrictReader extends Reader {
    private final InputStream in;
    private final Charset charset;
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(64 * 1024).limit(0);
    private boolean atStart = true;
    private boolean ended;
    private long line = 1;
    /** Null: nothing is replaced. */
    private final @Nullable Consumer<String> told;

    private long replaced;
    private long firstReplaced; // its line

    public StrictReader(InputStream in, Charset charset) {
        this(in, charset, null);
    }

    /** Of what follows the first lines of a text, where no mark can be. */
    public static StrictReader after(long lines, InputStream in, Charset charset) {
        return after(lines, new StrictReader(in, charset, null));
    }

    private static StrictReader after(long lines, StrictReader reader) {
        reader.atStart = false;
        reader.line = lines + 1;
        return reader;
    }

    /**
     * Puts U+FFFD in the place of each byte sequence that is no character, as the Unicode Standard recommends (3.9, U+FFFD
     * Substitution of Maximal Subparts).
     *
     * @param before lines of the text that come before the stream's
     * @param told at the end, how many were replaced and where; nothing if none was
     */
    static StrictReader replacing(InputStream in, long before, Charset charset, Consumer<String> told) {
        StrictReader reader = new StrictReader(in, charset, told);
        return before == 0 ? reader : after(before, reader);
    }

    private StrictReader(InputStream in, Charset charset, @Nullable Consumer<String> told) {
        this.told = told;
        this.in = in;
        this.charset = charset;
        this.decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        // two, since a character beyond the basic plane is never split
        char[] target = length == 1 ? new char[2] : buffer;
        CharBuffer chars = length == 1 ? CharBuffer.wrap(target) : CharBuffer.wrap(buffer, offset, length);
        int start = chars.position();
        while (chars.position() == start) {
            CoderResult result = decoder.decode(bytes, chars, ended);
            countLines(target, start, chars.position());
            if (result.isError() && told != null) {
                if (chars.hasRemaining()) {
                    replace(chars, result.length());
                } // else the next call does
            } else if (result.isError()) {
                throw new CharConversionException("line " + line + ": a byte sequence that is not " + charset.name());
            }
            if (atStart && chars.position() > start) {
                atStart = false;
                if (target[start] == '\uFEFF') {
                    int rest = chars.position() - start - 1;
                    System.arraycopy(target, start + 1, target, start, rest);
                    chars.position(start + rest);
                }
            }
            if (chars.position() == start && !refill()) {
                tell();
                return -1;
            }
        }
        int count = chars.position() - start;
        if (length == 1) {
            if (count > 1) {
                throw new IOException("a reader asked for half a character");
            }
            buffer[offset] = target[0];
        }
        return count;
    }

    private void replace(CharBuffer chars, int wrong) {
        chars.put('\uFFFD');
        bytes.position(bytes.position() + wrong);
        firstReplaced = replaced == 0 ? line : firstReplaced;
        replaced++;
    }

    private void tell() {
        if (told != null && replaced > 0) {
            told.accept(replaced + (replaced == 1 ? " byte sequence that is" : " byte sequences that are") + " not "
                    + charset.name() + (replaced == 1 ? " was" : " were") + " replaced by U+FFFD, "
                    + (replaced == 1 ? "in line " : "the first in line ") + firstReplaced);
        }
        replaced = 0;
    }

    private boolean refill() throws IOException {
        if (ended) {
            return false;
        }
        bytes.compact();
        int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
        if (count < 0) {
            ended = true;
        } else {
            bytes.position(bytes.position() + count);
        }
        bytes.flip();
        return true;
    }

    private void countLines(char[] chars, int from, int to) {
        for (int i = from; i < to; i++) {
            if (chars[i] == '\n') {
                line++;
            }
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
