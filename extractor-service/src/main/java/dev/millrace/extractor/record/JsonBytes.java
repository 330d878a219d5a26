package dev.millrace.extractor.record;

import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
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
        int depth = 0;
        while (true) {
            byte b = next(STRUCTURE);
            switch (b) {
                case '"' -> text();
                case '{', '[' -> push(depth++, b == '{');
                case '}', ']' -> {
                    depth--;
                    if (objects[depth] != (b == '}')) {
                        position--;
                        throw unexpected(b == '}' ? "the end of an array" : "the end of an object");
                    }
                    if (depth == 0) {
                        return;
                    }
                }
                case '\n' -> {
                    newLine();
                    buffer[position - 1] = ' ';
                }
                default -> buffer[position - 1] = ' '; // a carriage return
            }
        }
    }

    private void push(int depth, boolean object) {
        if (depth == objects.length) {
            objects = Arrays.copyOf(objects, 2 * depth);
        }
        objects[depth] = object;
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

    /** Passes all that doesn't matter, and the first byte that does. Most of the time of an extraction is spent here. */
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
