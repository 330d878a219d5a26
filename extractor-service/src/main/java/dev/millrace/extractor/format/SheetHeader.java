package dev.millrace.extractor.format;

import dev.millrace.extractor.workbook.SheetRow;
import dev.millrace.extractor.workbook.Workbook;
import dev.millrace.staging.Origin;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The header of a table on a sheet: the texts of its cells, cleaned, and where it is. */
final class SheetHeader {
    private final List<Line> lines;
    private final int width;

    /**
     * A row that may be of a header.
     *
     * @param number on the sheet, from 1
     * @param texts by column; empty where there is none
     * @param flaw of its first cell that has an error of Excel or can't be read; null: there is none
     */
    record Line(int number, List<String> texts, @Nullable String flaw) {
        static Line of(SheetRow row, CellTexts texts) {
            List<String> cleaned = new ArrayList<>();
            String flaw = null;
            for (int column = 0; column < row.width(); column++) {
                cleaned.add(texts.cleaned(row, column));
                flaw = flaw == null ? SheetRecords.flaw(row, column) : flaw;
            }
            return new Line(row.number(), cleaned, flaw);
        }

        boolean isBlank() {
            return texts.stream().allMatch(String::isEmpty);
        }

        String text(int column) {
            return column < texts.size() ? texts.get(column) : "";
        }

        boolean hasSameTexts(Line other) {
            for (int column = 0; column < Math.max(texts.size(), other.texts.size()); column++) {
                if (!text(column).equals(other.text(column))) {
                    return false;
                }
            }
            return true;
        }
    }

    SheetHeader(List<Line> lines) {
        this.lines = List.copyOf(lines);
        this.width = lines.stream().mapToInt(line -> line.texts().size()).max().orElse(0);
    }

    List<Line> lines() {
        return lines;
    }

    /** Beyond its last cell. */
    int width() {
        return width;
    }

    /** With the text of merged cells in each of their columns. */
    SheetHeader with(List<Workbook.Merge> merges) {
        List<Line> filled = new ArrayList<>();
        for (Line line : lines) {
            String[] texts = line.texts().toArray(new String[0]);
            for (Workbook.Merge merge : merges) {
                if (merge.firstRow() == line.number()
                        && !line.text(merge.firstColumn()).isEmpty()) {
                    int end = Math.min(merge.lastColumn(), Workbook.MOST_COLUMNS - 1) + 1;
                    if (end > texts.length) {
                        int before = texts.length;
                        texts = Arrays.copyOf(texts, end);
                        Arrays.fill(texts, before, end, "");
                    }
                    Arrays.fill(texts, merge.firstColumn(), end, line.text(merge.firstColumn()));
                }
            }
            filled.add(new Line(line.number(), List.of(texts), line.flaw()));
        }
        return new SheetHeader(filled);
    }

    /** The texts of a column, from the top, of which one that repeats that above it says nothing. */
    String name(int column) {
        StringBuilder name = new StringBuilder();
        String above = "";
        for (Line line : lines) {
            String text = line.text(column);
            if (!text.isEmpty() && !text.equals(above)) {
                name.append(name.isEmpty() ? "" : " ").append(text);
                above = text;
            }
        }
        return name.toString();
    }

    boolean isEmpty(int column) {
        return lines.stream().allMatch(line -> line.text(column).isEmpty());
    }

    /** Its cells, as Excel writes them. */
    String place() {
        int first = 0;
        while (first < width && isEmpty(first)) {
            first++;
        }
        return cell(first, lines.getFirst().number()) + ":"
                + cell(width - 1, lines.getLast().number());
    }

    /** @param column from 0 */
    static String cell(int column, int row) {
        return Origin.Cells.letters(column + 1) + row;
    }
}
