package dev.millrace.extractor.format;

import dev.millrace.extractor.record.RecordSink;
import dev.millrace.staging.Reject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;

/** A JSON object of texts in UTF-8, on one line. For one thread; used again for each row. */
final class ObjectBytes {
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    /** Of a character in UTF-8; one beyond the basic plane has four bytes, and is two of Java's. */
    private static final int MOST_BYTES = 3;

    private static final int ESCAPE_BYTES = 6;

    private byte[] bytes = new byte[8 * 1024];
    private int size;

    void begin() {
        clear();
        write('{');
    }

    void clear() {
        size = 0;
    }

    /** A name as it begins a member of an object, without the comma before it. */
    static byte[] name(String name) {
        ObjectBytes object = new ObjectBytes();
        object.text(name.toCharArray(), 0, name.length());
        object.write(':');
        return object.copy();
    }

    /** What is written so far. */
    byte[] copy() {
        return Arrays.copyOf(bytes, size);
    }

    void field(byte[] name) {
        if (size > 1) {
            write(',');
        }
        verbatim(name);
    }

    void nothing() {
        verbatim(NULL);
    }

    void end() {
        write('}');
    }

    /**
     * Hands the whole object on, unless it is longer than a record may be: then it is rejected.
     *
     * @param sent as it was sent, as far as a reject keeps it
     */
    void hand(RecordSink sink, Supplier<String> sent) {
        if (size > Reject.RECORD_LIMIT) {
            sink.reject(
                    "a record of " + size + " bytes, which is more than the " + Reject.RECORD_LIMIT + " that are read",
                    sent.get());
        } else {
            sink.record(bytes, 0, size);
        }
    }

    /** @param characters with no half of one from {@code from} to {@code to} */
    void text(char[] characters, int from, int to) {
        write('"');
        reserve((long) MOST_BYTES * (to - from));
        for (int i = plain(characters, from, to); i < to; i++) {
            char one = characters[i];
            if (one < 0x80) {
                if (one < ' ' || one == '"' || one == '\\') {
                    escape(one);
                    reserve((long) MOST_BYTES * (to - i));
                } else {
                    bytes[size++] = (byte) one;
                }
            } else if (one < 0x800) {
                bytes[size++] = (byte) (0xc0 | (one >> 6));
                last(one);
            } else if (Character.isSurrogate(one)) {
                i++;
                int pair = Character.toCodePoint(one, characters[i]);
                bytes[size++] = (byte) (0xf0 | (pair >> 18));
                bytes[size++] = (byte) (0x80 | ((pair >> 12) & 0x3f));
                bytes[size++] = (byte) (0x80 | ((pair >> 6) & 0x3f));
                last(pair);
            } else {
                bytes[size++] = (byte) (0xe0 | (one >> 12));
                bytes[size++] = (byte) (0x80 | ((one >> 6) & 0x3f));
                last(one);
            }
        }
        write('"');
    }

    /** Writes what stands in JSON as it is, and is one byte for a character; for which there is room. Most texts are no more. */
    private int plain(char[] characters, int from, int to) {
        byte[] target = bytes;
        int shift = size - from;
        int at = from;
        while (at < to) {
            char one = characters[at];
            if (one >= 0x80 || one < ' ' || one == '"' || one == '\\') {
                break;
            }
            target[at + shift] = (byte) one;
            at++;
        }
        size = at + shift;
        return at;
    }

    /**
     * A text that stands in JSON as it is, byte for byte.
     *
     * @return false when it doesn't, and nothing was written
     */
    boolean plain(byte[] text, int from, int length) {
        reserve(2L + length);
        byte[] target = bytes;
        int at = size;
        target[at++] = '"';
        for (int i = from; i < from + length; i++) {
            byte one = text[i];
            if (one < ' ' || one == '"' || one == '\\') { // those beyond ASCII are negative
                return false;
            }
            target[at++] = one;
        }
        target[at++] = '"';
        size = at;
        return true;
    }

    /** A number as JSON has it, in as few digits as it has. */
    void number(long value) {
        if (value < 0) {
            write('-');
        }
        int count = 1;
        for (long left = value / 10; left != 0; left /= 10) {
            count++;
        }
        digits(value, count);
    }

    /**
     * Digits of a number without its sign.
     *
     * @param count of the last ones of it, zeros before them
     */
    void digits(long value, int count) {
        reserve(count);
        long left = value;
        for (int at = size + count - 1; at >= size; at--) {
            bytes[at] = (byte) ('0' + Math.abs(left % 10)); // the smallest number has no positive one
            left /= 10;
        }
        size += count;
    }

    private void last(int character) {
        bytes[size++] = (byte) (0x80 | (character & 0x3f));
    }

    private void escape(char one) {
        reserve(ESCAPE_BYTES);
        bytes[size++] = '\\';
        switch (one) {
            case '"', '\\' -> bytes[size++] = (byte) one;
            case '\n' -> bytes[size++] = 'n';
            case '\r' -> bytes[size++] = 'r';
            case '\t' -> bytes[size++] = 't';
            case '\b' -> bytes[size++] = 'b';
            case '\f' -> bytes[size++] = 'f';
            default -> {
                bytes[size++] = 'u';
                bytes[size++] = '0';
                bytes[size++] = '0';
                bytes[size++] = HEX[one >> 4];
                bytes[size++] = HEX[one & 0xf];
            }
        }
    }

    void write(int one) {
        reserve(1);
        bytes[size++] = (byte) one;
    }

    void verbatim(byte[] from) {
        reserve(from.length);
        System.arraycopy(from, 0, bytes, size, from.length);
        size += from.length;
    }

    private void reserve(long more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(
                    bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(2L * bytes.length, size + more)));
        }
    }
}
