package dev.millrace.emulator.zetasql;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What Google says of a statement that it can't read or evaluate. */
public final class SqlFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final Pattern PLACE = Pattern.compile("\\s*\\[at (\\d+):(\\d+)]");
    private static final Pattern STATUS = Pattern.compile("^[A-Z_]+: ");

    private final String sentence;
    private final int line;
    private final int column;

    /** @param text the status of gRPC, its name first; the place is at the end of its last line */
    SqlFault(String text, Throwable cause) {
        this(sentence(text), PLACE.matcher(text).results().toList(), cause);
    }

    /** A fault of the statement as a whole. */
    SqlFault(String sentence) {
        super(sentence);
        this.sentence = sentence;
        this.line = 1;
        this.column = 1;
    }

    private SqlFault(String sentence, List<MatchResult> places, Throwable cause) {
        super(places.isEmpty() ? sentence : sentence + places.getLast().group().replaceFirst("^\\s*", " "), cause);
        this.sentence = sentence;
        this.line = places.isEmpty() ? 1 : Integer.parseInt(places.getLast().group(1));
        this.column = places.isEmpty() ? 1 : Integer.parseInt(places.getLast().group(2));
    }

    private static String sentence(String text) {
        String first = text.lines().findFirst().orElse(text);
        return PLACE.matcher(STATUS.matcher(first).replaceFirst("")).replaceFirst("");
    }

    /** The message without the place. */
    public String sentence() {
        return sentence;
    }

    /** From 1. */
    public int line() {
        return line;
    }

    /** In characters, from 1. */
    public int column() {
        return column;
    }
}
