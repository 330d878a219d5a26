package dev.millrace.extractor.format;

import dev.millrace.extractor.format.SheetHeader.Line;
import dev.millrace.extractor.workbook.SheetRow;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import dev.millrace.pipeline.format.Format;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Looks for the header in the rows of a sheet, one after the other. For one sheet and one thread. */
final class HeaderSearch {
    private final CellTexts texts;
    private final List<TextPattern> contains;
    private final int rows;
    private final @Nullable TextPattern start;
    private final Deque<Line> window = new ArrayDeque<>();
    private boolean begun;

    HeaderSearch(Format.Excel format, CellTexts texts) {
        this.texts = texts;
        this.contains = TextPattern.all(format.header().contains());
        this.rows = format.header().rows();
        this.start = format.start() == null ? null : new TextPattern(format.start());
    }

    /** Whether the row is there of which {@code start} has the text. */
    boolean hasStarted() {
        return start == null || begun;
    }

    /** @return the header, when the row is its last one; null: it isn't yet */
    @Nullable
    SheetHeader offer(SheetRow row) {
        Line line = Line.of(row, texts);
        if (start != null && !begun) {
            begun = line.texts().stream().anyMatch(text -> !text.isEmpty() && start.matches(text));
            return null;
        }
        if (line.isBlank()) {
            return null;
        }
        window.add(line);
        if (window.size() > rows) {
            window.remove();
        }
        return window.size() == rows && isHeader() ? new SheetHeader(List.copyOf(window)) : null;
    }

    private boolean isHeader() {
        if (contains.isEmpty()) {
            return true;
        }
        return has(window.getFirst(), contains.getFirst())
                && contains.stream().allMatch(text -> window.stream().anyMatch(line -> has(line, text)));
    }

    private static boolean has(Line line, TextPattern wanted) {
        return line.texts().stream().anyMatch(text -> !text.isEmpty() && wanted.matches(text));
    }

    /** Whether the row may be the first of a header, at little cost for rows that aren't. */
    boolean mayBegin(SheetRow row) {
        if (contains.isEmpty()) {
            return false;
        }
        TextPattern first = contains.getFirst();
        for (int column = 0; column < row.width(); column++) {
            if (row.kind(column) == Kind.TEXT
                    && first.mayBegin(firstCharacter(row, column))
                    && first.matches(texts.cleaned(row, column))) {
                return true;
            }
        }
        return false;
    }

    private static char firstCharacter(SheetRow row, int column) {
        int at = row.start(column);
        while (at < row.end(column) - 1 && (row.characters()[at] <= ' ' || row.characters()[at] == '\u00a0')) {
            at++;
        }
        return row.characters()[at];
    }

    /** The column in the first row of the header that has the first of the texts; 0 when none is wanted. */
    int label(SheetHeader header) {
        Line first = header.lines().getFirst();
        for (int column = 0; column < first.texts().size() && !contains.isEmpty(); column++) {
            String text = first.text(column);
            if (!text.isEmpty() && contains.getFirst().matches(text)) {
                return column;
            }
        }
        return 0;
    }
}
