package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import java.util.Arrays;

/** The cells of one row, their texts in one array of characters. For one thread; used again for each row. */
public final class SheetRow {
    /** What a cell has. */
    public enum Kind {
        /** Nothing, or blanks alone. */
        EMPTY,
        TEXT,
        /** A number, date, time or truth value, as a text. */
        VALUE,
        /** An error of Excel such as {@code #N/A}, which is the text. */
        ERROR,
        /** What can't be read: {@link #why} not. The text is what is stored, and may be empty. */
        FLAWED
    }

    private int number;
    private int width;
    private Kind[] kinds = new Kind[64];
    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private String[] whys = new String[64];
    private char[] characters = new char[4 * 1024];
    private int length;

    private int open;

    /** From 1. */
    public int number() {
        return number;
    }

    /** One more than the column of the last cell that has anything. */
    public int width() {
        return width;
    }

    /** @param column from 0 */
    public Kind kind(int column) {
        return column < width ? kinds[column] : Kind.EMPTY;
    }

    /** Empty of an empty one. */
    public String text(int column) {
        return kind(column) == Kind.EMPTY ? "" : new String(characters, starts[column], ends[column] - starts[column]);
    }

    /** Of a cell that can't be read: why not, as words that follow its name. */
    public String why(int column) {
        return whys[column];
    }

    /** Of all cells; valid until the next row. */
    public char[] characters() {
        return characters;
    }

    /** Of a cell that isn't empty. */
    public int start(int column) {
        return starts[column];
    }

    public int end(int column) {
        return ends[column];
    }

    /** @param row from 1 */
    void begin(int row) {
        number = row;
        width = 0;
        length = 0;
    }

    /** Begins a cell, to which characters are then appended, and whose kind is told by {@link #end(int, Kind)}. */
    void open() {
        open = length;
    }

    void append(char[] from, int offset, int count) throws MalformedSource {
        reserve(count);
        System.arraycopy(from, offset, characters, length, count);
        length += count;
    }

    void append(String text) throws MalformedSource {
        reserve(text.length());
        text.getChars(0, text.length(), characters, length);
        length += text.length();
    }

    void append(char one) throws MalformedSource {
        reserve(1);
        characters[length++] = one;
    }

    /** @param latin whether a character is one byte, and not two, the lower one first */
    void append(byte[] from, int offset, int count, boolean latin) throws MalformedSource {
        reserve(count);
        int at = offset;
        if (latin) {
            for (int i = 0; i < count; i++) {
                characters[length++] = (char) (from[at++] & 0xff);
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            characters[length++] = (char) ((from[at] & 0xff) | (from[at + 1] & 0xff) << 8);
            at += 2;
        }
    }

    /** Of the open cell: its characters so far. */
    int openLength() {
        return length - open;
    }

    int openStart() {
        return open;
    }

    String openText() {
        return new String(characters, open, length - open);
    }

    /** Takes back what was appended to the open cell. */
    void clear() {
        length = open;
    }

    /** Gives a cell what was appended since {@link #open}; one that was given something before gets this instead. */
    void end(int column, Kind kind) throws MalformedSource {
        if (column >= Workbook.MOST_COLUMNS) {
            throw MalformedSource.unreadable("row " + number + " has a cell in column " + (column + 1)
                    + ", and a sheet has no more than " + Workbook.MOST_COLUMNS);
        }
        if (kind == Kind.EMPTY || (kind == Kind.TEXT && isBlank())) {
            length = open;
            if (column < width) {
                kinds[column] = Kind.EMPTY;
            }
            return;
        }
        if (column >= kinds.length) {
            int more = Math.max(2 * kinds.length, column + 1);
            kinds = Arrays.copyOf(kinds, more);
            starts = Arrays.copyOf(starts, more);
            ends = Arrays.copyOf(ends, more);
            whys = Arrays.copyOf(whys, more);
        }
        while (width <= column) {
            kinds[width++] = Kind.EMPTY;
        }
        kinds[column] = kind;
        starts[column] = open;
        ends[column] = length;
    }

    /** Like {@link #end(int, Kind)}, of a cell that can't be read. */
    void flawed(int column, String why) throws MalformedSource {
        end(column, Kind.FLAWED);
        whys[column] = why;
    }

    private boolean isBlank() {
        for (int i = open; i < length; i++) {
            char one = characters[i];
            if (one > ' ' && one != '\u00a0') {
                return false;
            }
        }
        return true;
    }

    private void reserve(int more) throws MalformedSource {
        if (length - open + more > Workbook.MOST_CHARACTERS) {
            throw MalformedSource.unreadable("row " + number + " has a cell of more than " + Workbook.MOST_CHARACTERS
                    + " characters (expected: 32,767 at most, as Excel writes)");
        }
        if (characters.length - length < more) {
            characters = Arrays.copyOf(characters, Math.max(2 * characters.length, length + more));
        }
    }
}
