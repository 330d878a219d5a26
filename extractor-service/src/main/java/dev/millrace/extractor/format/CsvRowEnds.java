package dev.millrace.extractor.format;

import dev.millrace.pipeline.format.Format;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Row ends of CSV: those that {@link CsvRows} finds, byte for byte, without looking at what is in the fields. */
final class CsvRowEnds implements RowEnds {
    private static final int NONE = -1;
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    /** What the next byte is part of. */
    private enum Within {
        /** The byte order mark, if there is one. */
        MARK,
        /** A line that is left out, whatever is in it. */
        SKIPPED,
        ROW,
        FIELD,
        PLAIN,
        ESCAPED,
        QUOTED,
        ESCAPED_QUOTED,
        /** What a quote within quotes means: the next byte says it. */
        QUOTE,
        COMMENT
    }

    private final int delimiter;
    private final int quote;
    private final int escape;
    private final int comment;
    private int skip;

    /** By byte, where a run of others ends: outside of quotes, and within. */
    private final boolean[] stops = new boolean[256];

    private final boolean[] quotedStops = new boolean[256];

    private Within within = Within.MARK;
    private int marked;
    private boolean afterCarriageReturn;
    private boolean rowEnded; // by the carriage return
    private boolean isRow; // that has ended: no comment, and no line that is skipped
    private boolean isEmpty; // likewise
    private long lineEnds;
    private int last = -1;
    private long lines;
    private long rows;

    /** Lines before the first record, which the file has to have. */
    private long head;

    private boolean emptyCount;

    private CsvRowEnds(Format.Csv format) {
        this.delimiter = format.delimiter().charAt(0);
        this.quote = character(format.quote());
        this.escape = character(format.escape());
        this.comment = character(format.comment());
        this.skip = format.skip();
        for (int one : new int[] {'\r', '\n', delimiter, escape}) {
            if (one != NONE) {
                stops[one] = true;
            }
        }
        for (int one : new int[] {'\r', '\n', quote, escape}) {
            if (one != NONE) {
                quotedStops[one] = true;
            }
        }
    }

    /**
     * Of a file of which it is known that it can be cut.
     *
     * @param head lines before the first record
     * @param emptyCount whether an empty line is a record
     */
    static CsvRowEnds counting(Format.Csv format, long head, boolean emptyCount) {
        CsvRowEnds ends = new CsvRowEnds(format);
        ends.head = head;
        ends.emptyCount = emptyCount;
        return ends;
    }

    /** Of what follows the first lines of such a file, and begins with a row. */
    static CsvRowEnds after(long lines, Format.Csv format) {
        CsvRowEnds ends = new CsvRowEnds(format);
        ends.within = Within.ROW;
        ends.skip = 0;
        ends.lineEnds = lines;
        ends.lines = lines;
        return ends;
    }

    /** Null: in such an encoding, or with such a dialect, bytes alone don't tell. */
    static @Nullable CsvRowEnds of(Format.Csv format) {
        Charset charset = Charset.forName(format.encoding());
        byte[] ascii = new byte[128];
        for (int i = 0; i < ascii.length; i++) {
            ascii[i] = (byte) i;
        }
        boolean bytesAreCharacters = charset.equals(StandardCharsets.UTF_8)
                || (charset.canEncode()
                        && charset.newEncoder().maxBytesPerChar() == 1
                        && new String(ascii, charset).equals(new String(ascii, StandardCharsets.US_ASCII)));
        int most = Math.max(
                Math.max(format.delimiter().charAt(0), character(format.quote())),
                Math.max(character(format.escape()), character(format.comment())));
        return bytesAreCharacters && most < 128 ? new CsvRowEnds(format) : null;
    }

    private static int character(@Nullable String one) {
        return one == null || one.isEmpty() ? NONE : one.charAt(0);
    }

    @Override
    public int last() {
        return last;
    }

    @Override
    public long lines() {
        return lines;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public void forget() {
        last = -1;
    }

    @Override
    public void look(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            if (!afterCarriageReturn) {
                i = pass(bytes, i, to);
                if (i == to) {
                    return;
                }
            }
            byte b = bytes[i];
            if (afterCarriageReturn) {
                afterCarriageReturn = false;
                boolean lineFeed = b == '\n';
                if (rowEnded) {
                    rowEnded = false;
                    ends(lineFeed ? i + 1 : i);
                }
                if (lineFeed) {
                    i++;
                    continue;
                }
            }
            if (within == Within.MARK && !passMark(b)) {
                continue; // the same byte is the first of a row
            }
            if (within != Within.MARK) {
                next(b, i);
            }
            i++;
        }
    }

    /** Passes what means nothing. */
    private int pass(byte[] bytes, int from, int to) {
        boolean[] ends = within == Within.PLAIN ? stops : within == Within.QUOTED ? quotedStops : null;
        if (ends == null) {
            return from;
        }
        int i = from;
        while (i < to && !ends[bytes[i] & 0xff]) {
            i++;
        }
        return i;
    }

    private boolean passMark(byte b) {
        if (marked < MARK.length && b == MARK[marked]) {
            marked++;
            return true;
        }
        within = skip > 0 ? Within.SKIPPED : Within.ROW;
        return false;
    }

    private void next(byte b, int at) {
        boolean lineEnd = b == '\n' || b == '\r';
        if (lineEnd) {
            lineEnds++;
            afterCarriageReturn = b == '\r';
        }
        switch (within) {
            case SKIPPED -> {
                if (lineEnd) {
                    skip--;
                    rowEnds(b, at);
                }
            }
            case COMMENT -> {
                if (lineEnd) {
                    rowEnds(b, at);
                }
            }
            case ROW -> {
                if (b == comment) {
                    within = Within.COMMENT;
                } else {
                    field(b, at);
                }
            }
            case FIELD -> field(b, at);
            case PLAIN -> plain(b, at);
            case ESCAPED -> within = Within.PLAIN;
            case QUOTED -> within = b == quote ? Within.QUOTE : b == escape ? Within.ESCAPED_QUOTED : Within.QUOTED;
            case ESCAPED_QUOTED -> within = Within.QUOTED;
            case QUOTE -> {
                if (b == quote) {
                    within = Within.QUOTED;
                } else {
                    plain(b, at);
                }
            }
            case MARK -> throw new IllegalStateException("a mark that is no part of a row");
        }
    }

    private void field(byte b, int at) {
        if (b == quote) {
            within = Within.QUOTED;
        } else {
            plain(b, at);
        }
    }

    private void plain(byte b, int at) {
        if (b == delimiter) {
            within = Within.FIELD;
        } else if (b == escape) {
            within = Within.ESCAPED;
        } else if (b == '\n' || b == '\r') {
            rowEnds(b, at);
        } else {
            within = Within.PLAIN;
        }
    }

    private void rowEnds(byte b, int at) {
        isRow = within != Within.SKIPPED && within != Within.COMMENT;
        isEmpty = within == Within.ROW;
        within = skip > 0 ? Within.SKIPPED : Within.ROW;
        if (b == '\n') {
            ends(at + 1);
        } else {
            rowEnded = true; // a line feed that follows belongs to it
        }
    }

    private void ends(int behind) {
        if (isRow && (emptyCount || !isEmpty) && lines >= head) {
            rows++;
        }
        last = behind;
        lines = lineEnds;
    }
}
