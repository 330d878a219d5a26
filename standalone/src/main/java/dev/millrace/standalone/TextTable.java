package dev.millrace.standalone;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Rows under headings, aligned. */
public final class TextTable {
    private static final int NARROWEST = 8;
    private static final String GAP = "  ";
    private static final String CUT = "…";

    private final List<Heading> headings;
    private final List<List<String>> rows = new ArrayList<>();

    TextTable(Heading... headings) {
        this(List.of(headings));
    }

    TextTable(List<Heading> headings) {
        this.headings = List.copyOf(headings);
    }

    /** @param cells null: shown as NULL */
    TextTable row(@Nullable Object... cells) {
        return row(Arrays.asList(cells));
    }

    TextTable row(List<? extends @Nullable Object> cells) {
        if (cells.size() != headings.size()) {
            throw new IllegalArgumentException(
                    "cells: " + cells.size() + " (expected: " + headings.size() + ", as there are headings)");
        }
        rows.add(cells.stream()
                .map(cell -> cell == null ? "NULL" : printable(cell.toString()))
                .toList());
        return this;
    }

    /** Control characters would break the lines, or do worse to a terminal. */
    public static String printable(String text) {
        return text.codePoints()
                .map(c -> Character.isISOControl(c) ? '\ufffd' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /**
     * @param width characters that a line may have, as long as there is something to shorten; what isn't read by a person
     *     is never to be shortened, and gets the largest number
     */
    List<String> lines(int width) {
        int[] widths = widths(width);
        List<String> lines = new ArrayList<>();
        lines.add(line(headings.stream().map(Heading::text).toList(), widths));
        for (List<String> row : rows) {
            lines.add(line(row, widths));
        }
        return lines;
    }

    private int[] widths(int width) {
        int[] widths = IntStream.range(0, headings.size())
                .map(i -> Math.max(
                        length(headings.get(i).text()),
                        rows.stream().mapToInt(row -> length(row.get(i))).max().orElse(0)))
                .toArray();
        int gaps = GAP.length() * (headings.size() - 1);
        while (Arrays.stream(widths).sum() + gaps > width) {
            int widest = -1;
            for (int i = 0; i < widths.length; i++) {
                boolean shrinks = headings.get(i).kind() == Kind.TEXT && widths[i] > NARROWEST;
                if (shrinks && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                break;
            }
            widths[widest]--;
        }
        return widths;
    }

    private String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i);
            line.append(i == 0 ? "" : GAP)
                    .append(
                            headings.get(i).kind() == Kind.NUMBER
                                    ? " ".repeat(widths[i] - length(cell)) + cell
                                    : fitted(cell, widths[i]));
        }
        return line.toString().stripTrailing();
    }

    /** The text in as many characters, shortened or with blanks after it. */
    static String fitted(String text, int width) {
        String fitting = cut(text, width);
        return fitting + " ".repeat(width - length(fitting));
    }

    private static String cut(String text, int width) {
        return length(text) <= width ? text : text.substring(0, text.offsetByCodePoints(0, width - CUT.length())) + CUT;
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** How a column is set. */
    enum Kind {
        /** To the left, shortened where the line gets too long. */
        TEXT,
        /** To the left, always whole: it is meant to be copied. */
        ID,
        /** To the right, always whole. */
        NUMBER
    }

    record Heading(String text, Kind kind) {}

    static Heading text(String heading) {
        return new Heading(heading, Kind.TEXT);
    }

    static Heading id(String heading) {
        return new Heading(heading, Kind.ID);
    }

    static Heading number(String heading) {
        return new Heading(heading, Kind.NUMBER);
    }
}
