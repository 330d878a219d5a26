package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.Reader;
import java.nio.CharBuffer;
import java.util.Arrays;

/**
 * The rows of a CSV file, one after the other: where each field stands in the buffer. A row that breaks the rules of its
 * dialect says so and is passed like any other, so that the next one can be read. A line ends with a line feed, a carriage
 * return, or both. For one thread.
 */
final class CsvRows {
    private static final int NONE = -1;
    private static final String SEPARATOR_LINE = "sep=";

    private final Reader in;
    private final int delimiter;
    private final int quote;
    private final int escape;
    private final int comment;

    /** By character, where a run of others ends: outside of quotes, and within. */
    private final boolean[] stops;

    private final boolean[] quotedStops;

    private char[] buffer = new char[64 * 1024];
    private int begin; // of the row, in the buffer; all places below count from here
    private int position;
    private int end;
    private boolean ended;

    private long lineEnds;
    private boolean afterCarriageReturn; // whose line feed belongs to the line before
    private long comments;

    private long line;
    private int size;
    private int[] starts = new int[16];
    private int[] ends = new int[16];
    private boolean[] quoted = new boolean[16];
    private boolean[] coded = new boolean[16]; // has a doubled quote or an escape
    private int length;
    private int bareQuote;
    private @Nullable String flaw;
    private @Nullable String head; // of a row beyond the limit, of which nothing else is kept
    private long letGo;

    CsvRows(Reader in, Format.Csv format) {
        this(
                in,
                format.delimiter().charAt(0),
                character(format.quote()),
                character(format.escape()),
                character(format.comment()));
    }

    private CsvRows(Reader in, int delimiter, int quote, int escape, int comment) {
        this.in = in;
        this.delimiter = delimiter;
        this.quote = quote;
        this.escape = escape;
        this.comment = comment;
        this.stops = stops('\r', '\n', delimiter, quote, escape);
        this.quotedStops = stops('\r', '\n', quote, escape);
    }

    /** Rows of which each is a line, and its only field. */
    static CsvRows ofLines(Reader in) {
        return new CsvRows(in, NONE, NONE, NONE, NONE);
    }

    /** Rows that follow the first lines of a file. */
    static CsvRows after(long lines, Reader in, Format.Csv format) {
        CsvRows rows = new CsvRows(in, format);
        rows.lineEnds = lines;
        return rows;
    }

    private static int character(@Nullable String one) {
        return one == null || one.isEmpty() ? NONE : one.charAt(0);
    }

    private static boolean[] stops(int... characters) {
        boolean[] stops = new boolean[Arrays.stream(characters).max().orElseThrow() + 1];
        for (int character : characters) {
            if (character != NONE) {
                stops[character] = true;
            }
        }
        return stops;
    }

    /**
     * Passes a first line such as {@code sep=;}, by which Excel is told the delimiter.
     *
     * @return whether there is one
     * @throws MalformedSource when it names another delimiter than that of the format
     */
    boolean passSeparatorLine() throws IOException, MalformedSource {
        int wanted = SEPARATOR_LINE.length() + 2;
        while (end < wanted && fill()) {
            // it may come in pieces
        }
        if (end <= SEPARATOR_LINE.length()
                || !new String(buffer, 0, SEPARATOR_LINE.length()).equalsIgnoreCase(SEPARATOR_LINE)
                || isLineEnd(buffer[wanted - 2])
                || (end >= wanted && !isLineEnd(buffer[wanted - 1]))) {
            return false;
        }
        char named = buffer[wanted - 2];
        if (named != delimiter) {
            throw MalformedSource.unreadable(
                    "line 1: the file begins with '" + SEPARATOR_LINE + named + "', and its delimiter is '"
                            + (char) delimiter + "' (expected: delimiter: \"" + named + "\", or another first line)");
        }
        return skipLine();
    }

    private static boolean isLineEnd(char one) {
        return one == '\n' || one == '\r';
    }

    /**
     * Passes lines, whatever is in them.
     *
     * @param passed of them already
     * @throws MalformedSource when there are fewer
     */
    void skip(int lines, int passed) throws IOException, MalformedSource {
        for (int i = passed; i < lines; i++) {
            if (!skipLine()) {
                throw new MalformedSource("the file has " + i + (i == 1 ? " line" : " lines")
                        + " (expected: at least the " + lines + " that are to be skipped)");
            }
        }
    }

    /** False: there is none. */
    private boolean skipLine() throws IOException {
        passLineFeed();
        if (!has()) {
            return false;
        }
        while (has() && !isLineEnd(buffer[position])) {
            position++;
            begin = position;
        }
        if (has()) {
            passRowEnd();
        }
        return true;
    }

    /**
     * Goes on to the next row that is no comment; an empty line is one of a single field.
     *
     * @return false: there is none
     * @throws MalformedSource when a quote isn't closed before the file ends
     */
    boolean next() throws IOException, MalformedSource {
        passLineFeed();
        while (comment != NONE && has() && buffer[position] == comment) {
            skipLine();
            comments++;
            passLineFeed();
        }
        begin = position;
        if (!has()) {
            return false;
        }
        line = lineEnds + 1;
        size = 0;
        bareQuote = NONE;
        flaw = null;
        head = null;
        letGo = 0;
        do {
            field();
        } while (passDelimiter());
        if (head != null) {
            flaw = "a record of " + (letGo + length) + " characters, which is more than the " + Reject.RECORD_LIMIT
                    + " that are read";
        }
        return true;
    }

    private void passLineFeed() throws IOException {
        begin = position;
        if (afterCarriageReturn) {
            afterCarriageReturn = false;
            if (has() && buffer[position] == '\n') {
                position++;
                begin = position;
            }
        }
    }

    private void field() throws IOException, MalformedSource {
        if (size == starts.length) {
            starts = Arrays.copyOf(starts, 2 * size);
            ends = Arrays.copyOf(ends, 2 * size);
            quoted = Arrays.copyOf(quoted, 2 * size);
            coded = Arrays.copyOf(coded, 2 * size);
        }
        if (has() && buffer[position] == quote) {
            position++;
            quoted[size] = true;
            starts[size] = position - begin;
            coded[size] = passQuoted();
            ends[size] = position - begin - 1;
            if (has() && buffer[position] != delimiter && !isLineEnd(buffer[position])) {
                flaw = flaw == null ? goesOn() : flaw;
                boolean _ = passPlain();
            }
        } else {
            quoted[size] = false;
            starts[size] = position - begin;
            coded[size] = passPlain();
            ends[size] = position - begin;
        }
        size++;
    }

    private String goesOn() {
        long here = lineEnds + 1;
        return "field " + (size + 1) + " goes on after its closing quote" + (here == line ? "" : " in line " + here)
                + expected();
    }

    private String expected() {
        return " (expected: the field in quotes, and quotes within it doubled" + (escape == NONE ? "" : " or escaped")
                + ")";
    }

    /** Up to the end of a field. */
    private boolean passPlain() throws IOException {
        boolean escaped = false;
        while (true) {
            position = stop(stops);
            if (position == end) {
                if (!fill()) {
                    return escaped;
                }
            } else if (buffer[position] == quote) {
                position++;
                bareQuote = bareQuote == NONE ? size : bareQuote;
            } else if (buffer[position] == escape) {
                escaped |= passEscape();
            } else {
                return escaped;
            }
        }
    }

    /** From behind the opening quote to behind the one that closes it. */
    private boolean passQuoted() throws IOException, MalformedSource {
        long opened = lineEnds + 1;
        boolean changed = false;
        while (true) {
            position = stop(quotedStops);
            if (position == end) {
                if (!fill()) {
                    throw new MalformedSource("line " + opened + ": the quote before field " + (size + 1)
                            + " isn't closed before the file ends in line " + (lineEnds + 1)
                            + "; the record begins with "
                            + excerpt());
                }
            } else if (buffer[position] == quote) {
                position++;
                if (!has() || buffer[position] != quote) {
                    return changed;
                }
                position++;
                changed = true;
            } else if (buffer[position] == escape) {
                changed |= passEscape();
            } else {
                passLineEnd();
            }
        }
    }

    private String excerpt() {
        length = position - begin;
        String start = start();
        return "'" + start.substring(0, Math.min(start.length(), 40)) + "'";
    }

    private int stop(boolean[] at) {
        char[] characters = buffer;
        int limit = end;
        int i = position;
        while (i < limit && (characters[i] >= at.length || !at[characters[i]])) {
            i++;
        }
        return i;
    }

    /** The escape, and what it takes its meaning from; any other character after it is passed by whoever reads on. */
    private boolean passEscape() throws IOException {
        position++;
        if (!has() || !isEscapable(buffer[position])) {
            return false;
        }
        if (isLineEnd(buffer[position])) {
            passLineEnd();
        } else {
            position++;
        }
        return true;
    }

    private boolean isEscapable(char one) {
        return one == delimiter || one == quote || one == escape || one == comment || isLineEnd(one);
    }

    /** Within a field. */
    private void passLineEnd() throws IOException {
        boolean carriageReturn = buffer[position] == '\r';
        position++;
        lineEnds++;
        if (carriageReturn && has() && buffer[position] == '\n') {
            position++;
        }
    }

    private boolean passDelimiter() throws IOException {
        boolean more = has();
        if (more && buffer[position] == delimiter) {
            position++;
            return true;
        }
        length = position - begin;
        if (more) {
            passRowEnd();
        }
        return false;
    }

    private void passRowEnd() {
        afterCarriageReturn = buffer[position] == '\r';
        position++;
        lineEnds++;
    }

    private boolean has() throws IOException {
        return position < end || fill();
    }

    private boolean fill() throws IOException {
        if (ended) {
            return false;
        }
        if (begin > 0) {
            System.arraycopy(buffer, begin, buffer, 0, end - begin);
            position -= begin;
            end -= begin;
            begin = 0;
        }
        if (end == buffer.length && buffer.length < Reject.RECORD_LIMIT) {
            buffer = Arrays.copyOf(buffer, Math.min(Reject.RECORD_LIMIT, 2 * buffer.length));
        } else if (end == buffer.length) {
            head = head == null ? new String(buffer, 0, Reject.MAX_RECORD) : head;
            letGo += end;
            position = 0;
            end = 0;
        }
        int count = in.read(buffer, end, buffer.length - end);
        ended = count < 0;
        end += Math.max(0, count);
        return !ended;
    }

    /** Of the file that were passed, with the end of the row. */
    long linesPassed() {
        return lineEnds;
    }

    /** Of the file, on which the row begins, from 1. */
    long line() {
        return line;
    }

    /** Fields of the row, at least one. */
    int size() {
        return size;
    }

    /** Whether the row is an empty line. */
    boolean isBlank() {
        return size == 1 && isNothing(0) && head == null;
    }

    /** Whether there is nothing between two delimiters, not even quotes. */
    boolean isNothing(int field) {
        return starts[field] == ends[field] && !quoted[field];
    }

    /** What is wrong with the row, whose fields can't be trusted then; null: nothing. */
    @Nullable
    String flaw() {
        return bareQuote == NONE || flaw != null
                ? flaw
                : "field " + (bareQuote + 1) + " has a quote, but doesn't begin with one, so that its end is uncertain"
                        + expected();
    }

    /** The same, but a quote in a field that doesn't begin with one is text; as in the names of a header. */
    @Nullable
    String flawOfNames() {
        return flaw;
    }

    /** The row as it was sent, as far as a reject keeps it. */
    String start() {
        return head == null ? new String(buffer, begin, Math.min(length, Reject.MAX_RECORD)) : head;
    }

    String text(int field) {
        int from = begin + starts[field];
        int to = begin + ends[field];
        if (!coded[field]) {
            return new String(buffer, from, to - from);
        }
        StringBuilder text = new StringBuilder(to - from);
        for (int i = from; i < to; i++) {
            boolean doubled = quoted[field] && buffer[i] == quote;
            boolean escaped = buffer[i] == escape && i + 1 < to && isEscapable(buffer[i + 1]);
            i += doubled || escaped ? 1 : 0;
            text.append(buffer[i]);
        }
        return text.toString();
    }

    void write(int field, ObjectBytes object) {
        if (coded[field]) {
            char[] text = text(field).toCharArray();
            object.text(text, 0, text.length);
        } else {
            object.text(buffer, begin + starts[field], begin + ends[field]);
        }
    }

    /** Where the row stands, as it was sent; valid until the next one. */
    CharBuffer sent() {
        return CharBuffer.wrap(buffer, begin, length);
    }

    /** Lines that were left out up to here. */
    long comments() {
        return comments;
    }
}
