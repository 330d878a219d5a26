package dev.millrace.transformer.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A cursor over JSON text that goes token by token, without making objects of it: a token is where it stands in the
 * bytes. Strict as RFC 8259 (https://www.rfc-editor.org/rfc/rfc8259), in UTF-8 as RFC 3629 defines it, and an escape
 * that is half of a character is refused, or replaced, because no text in UTF-8 can hold it. For one thread.
 *
 * <p>Jackson reads bytes without being strict about UTF-8; decoding each record for it and taking a text of each name and
 * value took more than twice as long.
 */
public final class JsonCursor {
    public static final int MAX_DEPTH = 1_000;

    /** Characters of a text that isn't JSON to be quoted. */
    private static final int MAX_QUOTE = 20;

    /** What a byte of a text asks for; one that is nothing stands for itself. */
    private static final byte[] IN_TEXT = new byte[256];

    private static final byte ENDS = 1;
    private static final byte ESCAPES = 2;
    private static final byte CONTROLS = 3;
    private static final byte BEGINS_MANY = 4;

    static {
        for (int b = 0; b < 256; b++) {
            IN_TEXT[b] = b < 0x20 ? CONTROLS : b < 0x80 ? 0 : BEGINS_MANY;
        }
        IN_TEXT['"'] = ENDS;
        IN_TEXT['\\'] = ESCAPES;
    }

    /** What stands for half of a character, as JSON has it. */
    private static final byte[] REPLACEMENT = "\\ufffd".getBytes(StandardCharsets.US_ASCII);

    private final boolean replacing;
    private long replaced;
    private byte[] bytes = {};
    private int start;
    private int end;
    private int at;
    private int depth;
    private int textStart;
    private int textEnd;
    private boolean escaped;

    /** @param replacing whether halves of characters are replaced, in the bytes of the text, instead of refused */
    public JsonCursor(boolean replacing) {
        this.replacing = replacing;
    }

    /** Starts before the first byte of a text. */
    public void reset(byte[] text, int from, int to) {
        bytes = text;
        start = from;
        end = to;
        at = from;
        depth = 0;
    }

    public byte[] bytes() {
        return bytes;
    }

    /** Behind the last token. */
    public int position() {
        return at;
    }

    /** Goes back to a value that has been passed. */
    public void back(int position) {
        at = position;
    }

    /**
     * Goes to a value somewhere in the text.
     *
     * @param levels of objects and arrays around it
     */
    public void back(int position, int levels) {
        at = position;
        depth = levels;
    }

    /**
     * Where the text ends that begins there, behind its quote.
     *
     * @return where its closing quote is; negative: it has an escape, or isn't right
     */
    public static int endOfPlainText(byte[] bytes, int from, int end) {
        int i = from;
        while (i < end) {
            byte asks = IN_TEXT[bytes[i] & 0xff];
            if (asks == 0) {
                i++;
            } else if (asks == ENDS) {
                return i;
            } else if (asks == BEGINS_MANY) {
                int length = characterLength(bytes, i, end);
                if (length == 0) {
                    return -1;
                }
                i += length;
            } else {
                return -1;
            }
        }
        return -1;
    }

    /** The first byte of the next token, which is not passed; 0 at the end of the text. */
    public byte next() {
        while (at < end) {
            byte b = bytes[at];
            if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
                return b;
            }
            at++;
        }
        return 0;
    }

    /** Passes the beginning of an object or array; whether there is anything in it, or else its end is passed too. */
    public boolean enter(char closing) throws InvalidFieldValue {
        at++;
        if (++depth > MAX_DEPTH) {
            throw new InvalidFieldValue("is nested too deeply, in more than " + MAX_DEPTH + " objects and arrays");
        }
        if (next() == closing) {
            at++;
            depth--;
            return false;
        }
        return true;
    }

    /** Passes what follows a value in an object or array; whether another one comes. */
    public boolean more(char closing) throws InvalidFieldValue {
        byte b = next();
        if (b == ',') {
            at++;
            return true;
        }
        if (b != closing) {
            throw malformed("',' or '" + closing + "'");
        }
        at++;
        depth--;
        return false;
    }

    /** Passes a name and the colon behind it. */
    public void name() throws InvalidFieldValue {
        if (next() != '"') {
            throw malformed("a name in quotes");
        }
        text();
        colon();
    }

    /**
     * Passes a name and the colon behind it, if it is this one.
     *
     * @param quoted what {@link #quoted} had for the name
     */
    public boolean name(byte[] quoted) throws InvalidFieldValue {
        byte _ = next();
        int behind = at + quoted.length;
        if (behind > end || !Arrays.equals(bytes, at, behind, quoted, 0, quoted.length)) {
            return false;
        }
        at = behind;
        colon();
        return true;
    }

    private void colon() throws InvalidFieldValue {
        if (next() != ':') {
            throw malformed("':'");
        }
        at++;
    }

    /** Passes the text whose quote is next; it stands between its quotes until the next one is passed. */
    public void text() throws InvalidFieldValue {
        byte[] text = bytes;
        int limit = end;
        int i = at + 1;
        textStart = i;
        escaped = false;
        while (true) {
            while (i < limit && IN_TEXT[text[i] & 0xff] == 0) {
                i++;
            }
            if (i >= limit) {
                at = end;
                throw malformed("'\"'");
            }
            switch (IN_TEXT[text[i] & 0xff]) {
                case ENDS -> {
                    textEnd = i;
                    at = i + 1;
                    return;
                }
                case ESCAPES -> {
                    escaped = true;
                    i = behindEscape(i);
                }
                case BEGINS_MANY -> i = behindCharacter(i);
                default -> {
                    at = i;
                    throw malformed("an escape");
                }
            }
        }
    }

    /** The text that was passed last, as it was sent. */
    public byte[] quoted() {
        return Arrays.copyOfRange(bytes, textStart - 1, textEnd + 1);
    }

    /** Where the text begins that was passed last, behind its quote. */
    public int textStart() {
        return textStart;
    }

    /** Where the text ends that was passed last, before its quote. */
    public int textEnd() {
        return textEnd;
    }

    /** Whether there is a backslash in the text that was passed last. */
    public boolean isEscaped() {
        return escaped;
    }

    /** In the place of the escape, which is as long, so that whoever reads the text later finds what it means. */
    private void half(int i, int unit) throws InvalidFieldValue {
        if (!replacing) {
            throw new InvalidFieldValue("has \\u" + Integer.toHexString(unit) + ", which is half of a character");
        }
        System.arraycopy(REPLACEMENT, 0, bytes, i, REPLACEMENT.length);
        replaced++;
    }

    /** Halves of characters that were replaced so far. */
    public long replaced() {
        return replaced;
    }

    /** @param i where the backslash is */
    private int behindEscape(int i) throws InvalidFieldValue {
        int behind = i + 2;
        byte b = i + 1 < end ? bytes[i + 1] : 0;
        if (b == 'u') {
            int unit = unit(i);
            behind = i + 6;
            boolean high = Character.isHighSurrogate((char) unit);
            if (high && behind + 1 < end && bytes[behind] == '\\' && bytes[behind + 1] == 'u') {
                if (Character.isLowSurrogate((char) unit(behind))) {
                    return behind + 6;
                }
            }
            if (high || Character.isLowSurrogate((char) unit)) {
                half(i, unit);
            }
        } else if (b != '"' && b != '\\' && b != '/' && b != 'b' && b != 'f' && b != 'n' && b != 'r' && b != 't') {
            at = i;
            throw malformed("an escape such as \\n or \\u00e4");
        }
        return behind;
    }

    /** Of the escape whose backslash is there. */
    private int unit(int i) throws InvalidFieldValue {
        int unit = 0;
        for (int digit = i + 2; digit < i + 6; digit++) {
            int value = digit < end ? Character.digit(bytes[digit], 16) : -1;
            if (value < 0) {
                at = i;
                throw malformed("an escape such as \\n or \\u00e4");
            }
            unit = 16 * unit + value;
        }
        return unit;
    }

    private int behindCharacter(int i) throws InvalidFieldValue {
        int length = characterLength(bytes, i, end);
        if (length == 0) {
            throw new InvalidFieldValue("is not UTF-8 at byte " + (i - start));
        }
        return i + length;
    }

    /**
     * Of the sequences of RFC 3629, section 4: no longer ones than a character needs, no halves, no end above U+10FFFF.
     *
     * @return 0: there is none
     */
    private static int characterLength(byte[] bytes, int i, int end) {
        int lead = bytes[i] & 0xff;
        int length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
        int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        for (int n = 1; n < length; n++) {
            int b = i + n < end ? bytes[i + n] & 0xff : 0;
            if (b < low || b > high) {
                return 0;
            }
            low = 0x80;
            high = 0xbf;
        }
        return length;
    }

    /** Passes the number that is next. */
    public void number() throws InvalidFieldValue {
        int i = at;
        if (bytes[i] == '-') {
            i++;
        }
        if (i < end && bytes[i] == '0') {
            i++;
        } else {
            i = behindDigits(i);
        }
        if (i < end && bytes[i] == '.') {
            i = behindDigits(i + 1);
        }
        if (i < end && (bytes[i] == 'e' || bytes[i] == 'E')) {
            i++;
            if (i < end && (bytes[i] == '+' || bytes[i] == '-')) {
                i++;
            }
            i = behindDigits(i);
        }
        at = i;
    }

    private int behindDigits(int from) throws InvalidFieldValue {
        int i = from;
        while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
            i++;
        }
        if (i == from) {
            at = i;
            throw malformed("a digit");
        }
        return i;
    }

    /** Passes a word that is next, or refuses what is there. */
    public void word(String word) throws InvalidFieldValue {
        for (int i = 0; i < word.length(); i++) {
            if (at + i >= end || bytes[at + i] != word.charAt(i)) {
                throw malformed("a value");
            }
        }
        at += word.length();
    }

    /** That what is next isn't what there must be. */
    InvalidFieldValue malformed(String expected) throws InvalidFieldValue {
        if (at < end && bytes[at] < 0) {
            int _ = behindCharacter(at);
        }
        int characters = 0;
        for (int i = start; i < at; i++) {
            if ((bytes[i] & 0xc0) != 0x80) {
                characters++;
            }
        }
        return new InvalidFieldValue(
                "is not JSON at character " + characters + ": " + found() + " (expected: " + expected + ")");
    }

    private String found() {
        if (at >= end) {
            return "its end";
        }
        int to = at + 1;
        while (to < end && to < at + MAX_QUOTE && (bytes[to] < 0 || Character.isLetterOrDigit(bytes[to]))) {
            to++;
        }
        String quoted = new String(bytes, at, to - at, StandardCharsets.UTF_8);
        return Character.isISOControl(quoted.charAt(0))
                ? String.format("\\u%04x", (int) quoted.charAt(0))
                : "'" + quoted + "'";
    }
}
