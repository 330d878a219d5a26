package dev.millrace.extractor.database;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * One row of a database on its way to a record: a JSON object in UTF-8, on one line. Values are given as the bytes of the
 * database's own text, none of which is read as a number or a time here. For one thread; used again for each row.
 */
final class RecordBytes {
    private static final byte[] NULL = ascii("null");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] HEX = ascii("0123456789abcdef");

    /** In {@link #SPECIAL}: a backslash, and what else a text of JSON has only by an escape. */
    static final byte BACKSLASH = 1;

    private static final byte OTHER = 2;

    /** By byte, whether it can't stand in a text of JSON as it is; zero: it can. Read by one look at each byte. */
    static final byte[] SPECIAL = special();

    /** Each as it begins a member of an object. */
    private final byte[][] names;

    private byte[] bytes = new byte[8 * 1024];
    private int size;

    /** @param columns the names of the fields, in their order */
    RecordBytes(List<String> columns) {
        this.names = new byte[columns.size()][];
        for (int i = 0; i < names.length; i++) {
            byte[] name = columns.get(i).getBytes(StandardCharsets.UTF_8);
            size = 0;
            write(i == 0 ? '{' : ',');
            text(name, 0, name.length);
            write(':');
            names[i] = Arrays.copyOf(bytes, size);
        }
    }

    private static byte[] special() {
        byte[] special = new byte[256];
        Arrays.fill(special, 0, 0x20, OTHER);
        special['"'] = OTHER;
        special['\\'] = BACKSLASH;
        return special;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Begins the record, or its next field. */
    void field(int index) {
        if (index == 0) {
            size = 0;
        }
        verbatim(names[index], 0, names[index].length);
    }

    void end() {
        write('}');
    }

    /** Valid until the next record begins. */
    byte[] array() {
        return bytes;
    }

    int size() {
        return size;
    }

    void nothing() {
        verbatim(NULL, 0, NULL.length);
    }

    void truth(boolean value) {
        byte[] word = value ? TRUE : FALSE;
        verbatim(word, 0, word.length);
    }

    void write(int one) {
        reserve(1);
        bytes[size++] = (byte) one;
    }

    private void verbatim(byte[] from, int start, int end) {
        reserve(end - start);
        System.arraycopy(from, start, bytes, size, end - start);
        size += end - start;
    }

    /** JSON as the database has it; line ends, which can only stand between its tokens, become blanks. */
    void json(byte[] from, int start, int end) {
        reserve(end - start);
        for (int i = start; i < end; i++) {
            byte one = from[i];
            bytes[size++] = one == '\n' || one == '\r' ? (byte) ' ' : one;
        }
    }

    /** A number, digit by digit; what JSON has no number for, such as NaN or 007, becomes a text. */
    void number(byte[] from, int start, int end) {
        if (isNumber(from, start, end)) {
            verbatim(from, start, end);
        } else {
            text(from, start, end);
        }
    }

    /** RFC 8259, section 6. */
    private static boolean isNumber(byte[] text, int start, int end) {
        int at = start;
        if (at < end && text[at] == '-') {
            at++;
        }
        int digits = afterDigits(text, at, end);
        if (digits == at || (text[at] == '0' && digits > at + 1)) {
            return false;
        }
        at = digits;
        if (at < end && text[at] == '.') {
            digits = afterDigits(text, at + 1, end);
            if (digits == at + 1) {
                return false;
            }
            at = digits;
        }
        if (at < end && (text[at] == 'e' || text[at] == 'E')) {
            at++;
            if (at < end && (text[at] == '+' || text[at] == '-')) {
                at++;
            }
            digits = afterDigits(text, at, end);
            if (digits == at) {
                return false;
            }
            at = digits;
        }
        return at == end;
    }

    private static int afterDigits(byte[] text, int from, int end) {
        int at = from;
        while (at < end && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        return at;
    }

    /** A text in UTF-8. */
    void text(byte[] from, int start, int end) {
        write('"');
        content(from, start, end);
        write('"');
    }

    /** A text in UTF-8 in which no byte is {@link #SPECIAL}. */
    void plain(byte[] from, int start, int end) {
        reserve(end - start + 2);
        bytes[size++] = '"';
        System.arraycopy(from, start, bytes, size, end - start);
        size += end - start;
        bytes[size++] = '"';
    }

    private void content(byte[] from, int start, int end) {
        int plain = start;
        for (int i = start; i < end; i++) {
            byte one = from[i];
            if (SPECIAL[one & 0xff] != 0) {
                verbatim(from, plain, i);
                plain = i + 1;
                escape(one);
            }
        }
        verbatim(from, plain, end);
    }

    /** The same; halves of characters stay what they are, by their escapes. */
    void text(String value) {
        StringBuilder whole = new StringBuilder();
        write('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < value.length()
                    && Character.isLowSurrogate(value.charAt(i + 1));
            if (pair) {
                whole.append(c).append(value.charAt(++i));
            } else if (Character.isSurrogate(c)) {
                content(whole);
                byte[] escape = ascii("\\u" + Integer.toHexString(c));
                verbatim(escape, 0, escape.length);
            } else {
                whole.append(c);
            }
        }
        content(whole);
        write('"');
    }

    private void content(StringBuilder whole) {
        byte[] bytesOfIt = whole.toString().getBytes(StandardCharsets.UTF_8);
        content(bytesOfIt, 0, bytesOfIt.length);
        whole.setLength(0);
    }

    private void escape(byte one) {
        write('\\');
        switch (one) {
            case '"', '\\' -> write(one);
            case '\n' -> write('n');
            case '\r' -> write('r');
            case '\t' -> write('t');
            default -> {
                write('u');
                write('0');
                write('0');
                write(HEX[one >> 4]);
                write(HEX[one & 0xf]);
            }
        }
    }

    /** Bytes, as base64 in a text. */
    void base64(byte[] value) {
        byte[] encoded = Base64.getEncoder().encode(value);
        write('"');
        verbatim(encoded, 0, encoded.length);
        write('"');
    }

    private void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, (int)
                    Math.min(Integer.MAX_VALUE - 8, Math.max(2L * bytes.length, (long) size + more)));
        }
    }
}
