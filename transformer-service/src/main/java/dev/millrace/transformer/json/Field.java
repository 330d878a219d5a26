package dev.millrace.transformer.json;

import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The value that one record has for one column, as it was sent. For one thread. */
public final class Field {
    public static final Field MISSING = new Field(Kind.MISSING, "");
    public static final Field NULL = new Field(Kind.NULL, "");
    public static final Field TRUE = new Field(Kind.BOOLEAN, "true");
    public static final Field FALSE = new Field(Kind.BOOLEAN, "false");

    private static final byte[] NONE = {};

    private final Kind kind;
    private final List<Field> parts;
    private final byte[] bytes;
    private final int start;
    private final int end;
    private final boolean escaped;
    private @Nullable String text;

    private Field(
            Kind kind, @Nullable String text, byte[] bytes, int start, int end, boolean escaped, List<Field> parts) {
        this.kind = kind;
        this.text = text;
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        this.escaped = escaped;
        this.parts = parts;
    }

    public Field(Kind kind, String text) {
        this(kind, text, NONE, 0, 0, false, List.of());
    }

    /** Of an object or array that is wanted by its parts. */
    public Field(Kind kind, List<Field> parts) {
        this(kind, "", NONE, 0, 0, false, parts);
    }

    /**
     * Where it stands in a record, in UTF-8; nobody changes the bytes.
     *
     * @param escaped whether it's a text with escapes, as JSON has it
     */
    public Field(Kind kind, byte[] bytes, int start, int end, boolean escaped) {
        this(kind, null, bytes, start, end, escaped, List.of());
    }

    public Kind kind() {
        return kind;
    }

    /**
     * The characters of a text; numbers, objects and arrays as they were sent; of {@link Kind#BLOCKED} the value that is
     * in the way; empty when there is nothing, and of what has parts.
     */
    public String text() {
        String known = text;
        if (known == null) {
            known = escaped
                    ? new String(unescaped(), StandardCharsets.UTF_8)
                    : new String(bytes, start, end - start, StandardCharsets.UTF_8);
            text = known;
        }
        return known;
    }

    /** The characters of a text that is wanted as JSON has it, in quotes. */
    public String unquoted() {
        byte[] source = utf8();
        return new Field(Kind.TEXT, source, 1, source.length - 1, true).text();
    }

    /** The same in UTF-8; nobody changes the bytes. */
    public byte[] utf8() {
        String known = text;
        if (known != null) {
            return known.getBytes(StandardCharsets.UTF_8);
        }
        return escaped ? unescaped() : Arrays.copyOfRange(bytes, start, end);
    }

    /**
     * A whole number without sign.
     *
     * @param most digits that it may have, 18 at most
     * @return -1 when it's something else, or has more digits
     */
    public long digits(int most) {
        int length = end - start;
        if (escaped || length == 0 || length > most) {
            return -1;
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = 10 * value + digit;
        }
        return value;
    }

    /** Whether it is a text whose bytes are those of its characters, and no String has been made of it. */
    public boolean isPlainText() {
        return kind == Kind.TEXT && text == null && !escaped;
    }

    /** Bytes of a plain text. */
    public int length() {
        return end - start;
    }

    /** Of a plain text. */
    public byte byteAt(int position) {
        return bytes[start + position];
    }

    /** Of a plain text. */
    public boolean hasBytes(byte[] other) {
        return Arrays.equals(bytes, start, end, other, 0, other.length);
    }

    /**
     * The parts of the object that a RECORD is made of, one for each of its fields, or the elements of the array that a
     * REPEATED column is made of; empty for every other column.
     */
    public List<Field> parts() {
        return parts;
    }

    public boolean isNothing() {
        return kind == Kind.MISSING || kind == Kind.NULL;
    }

    /** In UTF-8, of a text whose escapes are known to be right. */
    private byte[] unescaped() {
        byte[] to = new byte[end - start];
        int length = 0;
        int at = start;
        while (at < end) {
            byte b = bytes[at++];
            if (b == '\\') {
                b = bytes[at++];
                if (b == 'u') {
                    int character = unit(at);
                    at += 4;
                    if (Character.isHighSurrogate((char) character)) {
                        character = Character.toCodePoint((char) character, (char) unit(at + 2));
                        at += 6;
                    }
                    byte[] encoded = Character.toString(character).getBytes(StandardCharsets.UTF_8);
                    System.arraycopy(encoded, 0, to, length, encoded.length);
                    length += encoded.length;
                    continue;
                }
                b = switch (b) {
                    case 'b' -> '\b';
                    case 'f' -> '\f';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    default -> b;
                };
            }
            to[length++] = b;
        }
        return Arrays.copyOf(to, length);
    }

    /** Of the four digits there. */
    private int unit(int at) {
        int unit = 0;
        for (int i = at; i < at + 4; i++) {
            unit = 16 * unit + Character.digit(bytes[i], 16);
        }
        return unit;
    }

    @Override
    public String toString() {
        return kind + " " + text();
    }

    /** What JSON has, and two ways of having nothing at the end of a path. */
    public enum Kind {
        MISSING("nothing"),
        NULL("null"),
        TEXT("a text"),
        NUMBER("a number"),
        BOOLEAN("a boolean"),
        OBJECT("an object"),
        ARRAY("an array"),
        /** The path leads through a value that is not an object. */
        BLOCKED("a value inside of another");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }
}
