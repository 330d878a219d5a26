package dev.millrace.extractor.record;

import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * The bytes of a JSON document, value by value: finds where each ends, and holds what is asked for as it was sent, but
 * for line breaks between tokens, which become spaces. For one thread.
 */
final class JsonBytes {
    private static final Pattern LITERAL =
            Pattern.compile("null|true|false|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    /** What matters outside of texts. What else is inside of a record is not ours to judge. */
    private static final boolean[] STRUCTURE = bytes("\"{[}]\n\r");

    private static final boolean[] TEXT = bytes("\"\\\n\r");

    private static final int BUFFER = 64 * 1024;

    /** Bytes that are looked at together: a bit for each in a long. */
    private static final int BLOCK = Long.SIZE;

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final InputStream in;
    private final byte[] buffer;
    private int position;
    private int end;
    private long line = 1;
    private long passed; // bytes before the buffer
    private long lineStart; // offset of the line's first byte

    private int captureStart = -1; // in the buffer; negative: nothing is captured
    private final ByteArrayOutputStream captured = new ByteArrayOutputStream();
    private long capturedBytes; // those in captured, and those beyond the limit that were let go
    private boolean brokenText;
    private boolean[] objects = new boolean[64]; // of the brackets that are open: whether it is an object's
    private int depth; // brackets that are open in a container
    private int single; // up to here bytes are looked at one by one
    private int closely = BLOCK; // for how many, where a block takes that

    JsonBytes(InputStream in) {
        this(in, BUFFER);
    }

    /** @param bytes that are going to come, for a document of which that is known */
    JsonBytes(InputStream in, int bytes) {
        this.in = in;
        this.buffer = new byte[Math.clamp(bytes, 64, BUFFER)];
    }

    void skipByteOrderMark() throws IOException {
        while (end < 3 && fillMore()) {
            // a mark may come in pieces
        }
        if (end >= 3 && buffer[0] == (byte) 0xEF && buffer[1] == (byte) 0xBB && buffer[2] == (byte) 0xBF) {
            position = 3;
        }
    }

    private boolean fillMore() throws IOException {
        int count = in.read(buffer, end, buffer.length - end);
        end += Math.max(0, count);
        return count >= 0;
    }

    /** The line of the byte that comes next, from 1. */
    long line() {
        return line;
    }

    /** Passes one byte, which {@link #peek} has shown. */
    void advance() {
        position++;
    }

    /** Passes the value at the position and holds it, until {@link #endCapture}. */
    void capture() throws IOException, MalformedSource {
        begin();
        skip();
        if (!isCapturedInBuffer()) {
            keep(captureStart, position - captureStart);
        }
    }

    /** Whether the value is in the buffer as a whole, and as it should be. */
    boolean isCapturedInBuffer() {
        return capturedBytes == 0 && !brokenText;
    }

    byte[] buffer() {
        return buffer;
    }

    int captureStart() {
        return captureStart;
    }

    int captureLength() {
        return position - captureStart;
    }

    /** The value; of one beyond the limit only the start. */
    byte[] captured() {
        return isCapturedInBuffer() ? Arrays.copyOfRange(buffer, captureStart, position) : captured.toByteArray();
    }

    /** Bytes of a value that is not in the buffer, those beyond the limit among them. */
    long capturedBytes() {
        return capturedBytes;
    }

    /** Whether a text in the value had a line break in it. */
    boolean hasBrokenText() {
        return brokenText;
    }

    void endCapture() {
        captureStart = -1;
    }

    /** From here on what is passed is held. */
    void begin() {
        captureStart = position;
        captured.reset();
        capturedBytes = 0;
        brokenText = false;
    }

    /** Holds what leaves the buffer; of a record beyond the limit only the start. */
    private void keep(int from, int count) {
        capturedBytes += count;
        if (capturedBytes <= Reject.RECORD_LIMIT) {
            captured.write(buffer, from, count);
        }
    }

    /** The single value at the position, of a text what is between the quotes; null for JSON's null. */
    @Nullable
    String scalar() throws IOException, MalformedSource {
        int first = peek();
        if (first == '"') {
            return JsonText.decode(textToken());
        }
        if (first == '{' || first == '[') {
            throw unexpected("a number, text, true, false or null");
        }
        begin();
        skip();
        String token = token();
        if (!LITERAL.matcher(token).matches()) {
            throw new MalformedSource("'" + JsonSlicer.start(token.getBytes(StandardCharsets.UTF_8)) + "'" + where()
                    + " (expected: a number, text, true, false or null)");
        }
        return token.equals("null") ? null : token;
    }

    String textToken() throws IOException, MalformedSource {
        begin();
        position++;
        text();
        return token();
    }

    /** The text at the position with its quotes, byte for byte. */
    byte[] textBytes() throws IOException, MalformedSource {
        String _ = textToken();
        if (brokenText) {
            throw new MalformedSource("a line break inside of a name, which JSON does not allow" + where());
        }
        return captured.toByteArray();
    }

    String token() throws MalformedSource {
        keep(captureStart, position - captureStart);
        captureStart = -1;
        if (capturedBytes > Reject.RECORD_LIMIT) {
            throw new MalformedSource("a name or value of " + capturedBytes + " bytes" + where());
        }
        return captured.toString(StandardCharsets.UTF_8);
    }

    /** Passes the value at the position. */
    void skip() throws IOException, MalformedSource {
        int first = peek();
        switch (first) {
            case '"' -> {
                position++;
                text();
            }
            case '{', '[' -> container();
            default -> literal();
        }
    }

    private void literal() throws IOException, MalformedSource {
        int length = 0;
        while ((position < end || fill()) && isLiteral(buffer[position])) {
            position++;
            length++;
        }
        if (length == 0) {
            throw unexpected("a JSON value");
        }
    }

    private static boolean isLiteral(byte b) {
        return (b >= '0' && b <= '9')
                || (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || b == '-'
                || b == '+'
                || b == '.';
    }

    private void container() throws IOException, MalformedSource {
        depth = 0;
        open(position++);
        while (depth > 0) {
            if (position >= single && end - position >= BLOCK) {
                if (blocks()) {
                    text();
                }
                continue;
            }
            byte b = next(STRUCTURE);
            switch (b) {
                case '"' -> text();
                case '{', '[' -> open(position - 1);
                case '}', ']' -> close(position - 1);
                case '\n' -> {
                    newLine();
                    buffer[position - 1] = ' ';
                }
                default -> buffer[position - 1] = ' '; // a carriage return
            }
        }
    }

    private void open(int at) {
        if (depth == objects.length) {
            objects = Arrays.copyOf(objects, 2 * depth);
        }
        objects[depth++] = buffer[at] == '{';
    }

    private void close(int at) throws IOException, MalformedSource {
        depth--;
        if (objects[depth] != (buffer[at] == '}')) {
            position = at;
            throw unexpected(objects[depth] ? "the end of an object" : "the end of an array");
        }
    }

    /**
     * Passes what is left of a container, block by block, until it ends, there is no whole block left, or one has an escape or a line
     * break in it, which {@link #single} tells. Most of the time of an extraction is spent here.
     *
     * @return whether it ends within a text
     */
    private boolean blocks() throws IOException, MalformedSource {
        byte[] bytes = buffer;
        int at = position;
        long inText = 0; // all bits: the block begins in a text
        while (at + BLOCK <= end) {
            long quotes = 0;
            long brackets = 0;
            for (int i = 0; i < BLOCK; i += Long.BYTES) {
                long word = (long) WORDS.get(bytes, at + i);
                if ((equal(word, '\\') | controls(word)) != 0) {
                    // more and more, where one block after the other has line breaks
                    closely = at == position ? Math.min(2 * closely, BUFFER / 8) : BLOCK;
                    position = at;
                    single = at + closely;
                    return inText != 0;
                }
                quotes |= bits(equal(word, '"')) << i;
                // all brackets become DEL so, and some letters, which stand in texts only
                brackets |= bits(equal(word | 0x2626262626262626L, 0x7f)) << i;
            }
            long texts = fromOddToEven(quotes) ^ inText;
            for (long left = brackets & ~texts; left != 0; left &= left - 1) {
                int found = at + Long.numberOfTrailingZeros(left);
                switch (bytes[found]) {
                    case '{', '[' -> open(found);
                    case '}', ']' -> {
                        close(found);
                        if (depth == 0) {
                            position = found + 1;
                            return false;
                        }
                    }
                    default -> {
                        // what isn't JSON is not ours to judge
                    }
                }
            }
            inText = texts >> (Long.SIZE - 1);
            at += BLOCK;
        }
        position = at;
        return inText != 0;
    }

    /** Sets the highest bit of each byte that is the same (H. S. Warren, Hacker's Delight, 2012, 6-1). */
    private static long equal(long word, int b) {
        long other = word ^ (b * 0x0101010101010101L);
        long low = 0x7f7f7f7f7f7f7f7fL;
        return ~(((other & low) + low) | other | low);
    }

    /** Not 0 if a byte is below a blank, for which others may be taken. */
    private static long controls(long word) {
        return (word - 0x2020202020202020L) & ~word & 0x8080808080808080L;
    }

    /** The highest bits of the bytes, as the lowest of a long. */
    private static long bits(long highest) {
        return ((highest >>> 7) * 0x0102040810204080L) >>> 56;
    }

    /** Sets all bits from one that is set up to before the next, and so on. */
    private static long fromOddToEven(long bits) {
        long set = bits ^ (bits << 1);
        set ^= set << 2;
        set ^= set << 4;
        set ^= set << 8;
        set ^= set << 16;
        return set ^ (set << 32);
    }

    /** Passes the rest of a text, whose opening quote is behind. */
    private void text() throws IOException, MalformedSource {
        while (true) {
            byte b = next(TEXT);
            if (b == '"') {
                return;
            }
            if (b == '\\') {
                if (position == end && !fill()) {
                    throw cutOff();
                }
                b = buffer[position++];
            }
            if (b == '\n') {
                newLine();
                brokenText = true;
            } else if (b == '\r') {
                brokenText = true;
            }
        }
    }

    /** Passes all that doesn't matter, and the first byte that does. */
    private byte next(boolean[] matters) throws IOException, MalformedSource {
        while (true) {
            byte[] bytes = buffer;
            int stop = end;
            int at = position;
            while (at < stop && !matters[bytes[at] & 0xff]) {
                at++;
            }
            if (at < stop) {
                position = at + 1;
                return bytes[at];
            }
            position = at;
            if (!fill()) {
                throw cutOff();
            }
        }
    }

    private static boolean[] bytes(String ofThese) {
        boolean[] bytes = new boolean[256];
        ofThese.chars().forEach(b -> bytes[b] = true);
        return bytes;
    }

    /** The next byte that is no white space, which stays where it is; -1 at the end. */
    int peek() throws IOException {
        while (position < end || fill()) {
            byte b = buffer[position];
            switch (b) {
                case '\n' -> {
                    position++;
                    newLine();
                }
                case ' ', '\t', '\r' -> position++;
                default -> {
                    return b & 0xff;
                }
            }
        }
        return -1;
    }

    private void newLine() {
        line++;
        lineStart = passed + position;
    }

    private boolean fill() throws IOException {
        if (captureStart >= 0) {
            keep(captureStart, end - captureStart);
            captureStart = 0;
        }
        passed += end;
        position = 0;
        single = 0;
        end = Math.max(0, in.read(buffer, 0, buffer.length));
        return end > 0;
    }

    String where() {
        return " in line " + line + ", column " + (passed + position - lineStart + 1);
    }

    MalformedSource cutOff() {
        return MalformedSource.cutOff("the JSON is cut off" + where());
    }

    MalformedSource unexpected(String expected) throws IOException {
        int found = peek();
        if (found < 0) {
            return cutOff();
        }
        String shown = found >= ' ' && found < 0x7f ? "'" + (char) found + "'" : "byte " + found;
        return new MalformedSource(shown + where() + " (expected: " + expected + ")");
    }
}
