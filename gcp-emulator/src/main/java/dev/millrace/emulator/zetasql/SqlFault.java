package dev.millrace.emulator.zetasql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Google says of a statement that it can't read or evaluate. */
public final class SqlFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final Pattern PLACE = Pattern.compile("(.*?)\\s*\\[at (\\d+):(\\d+)]", Pattern.DOTALL);
    private static final Pattern STATUS = Pattern.compile("^[A-Z_]+: ");

    private final String sentence;
    private final int line;
    private final int column;

    /** @param text the status of gRPC, its name first */
    SqlFault(String text, Throwable cause) {
        this(text, PLACE.matcher(first(text)), cause);
    }

    private SqlFault(String text, Matcher place, Throwable cause) {
        super(first(text), cause);
        boolean placed = place.matches();
        this.sentence = placed ? place.group(1) : first(text);
        this.line = placed ? Integer.parseInt(place.group(2)) : 1;
        this.column = placed ? Integer.parseInt(place.group(3)) : 1;
    }

    private static String first(String text) {
        return STATUS.matcher(text.lines().findFirst().orElse(text)).replaceFirst("");
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
