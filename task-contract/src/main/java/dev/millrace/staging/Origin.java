package dev.millrace.staging;

import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.Map;

/**
 * Where the records of a part stood in the source: from one row of the part on, until the next origin.
 *
 * @param firstRow in the part, from 1
 * @param place in the source, such as the name of a file or the URL of a page
 * @param row there, from 1; each further row of the part is the next one
 * @param line on which it begins, from 1, and each further row on the next one; null: unknown, or {@code lines} knows
 * @param lines on which the rows begin, where that isn't each on the next one; null: as {@code line} says
 * @param cells of a sheet, where the place is one, whose rows the lines are; null: it is none
 */
@Serdeable
public record Origin(
        long firstRow,
        String place,
        long row,
        @Nullable Long line,
        @Nullable Lines lines,
        @Nullable Cells cells) {
    @Creator // of several constructors, that which reads JSON
    public Origin {}

    /** Of no sheet. */
    public Origin(long firstRow, String place, long row, @Nullable Long line, @Nullable Lines lines) {
        this(firstRow, place, row, line, lines, null);
    }

    /** Of rows that each begin on the next line. */
    public Origin(long firstRow, String place, long row, @Nullable Long line) {
        this(firstRow, place, row, line, null, null);
    }

    /**
     * Lines at a distance.
     *
     * @param first of the first row, from 1
     * @param step from each row to the next one, 0 or more
     */
    @Serdeable
    public record Lines(long first, long step) {}

    /**
     * Cells of a sheet.
     *
     * @param column of the first row, which is the record of one cell, from 1, and each further row of the next one; null:
     *     a row is a record
     * @param columns in which the fields of a record are, by their names; empty: a cell is a record
     */
    @Serdeable
    public record Cells(@Nullable Integer column, Map<String, Integer> columns) {
        public Cells {
            columns = Map.copyOf(columns);
        }

        private Cells further(long rows) {
            return column == null ? this : new Cells(Math.toIntExact(column + rows), columns);
        }

        /** The letters of a column, from 1. */
        public static String letters(int column) {
            StringBuilder letters = new StringBuilder();
            for (int rest = column; rest > 0; rest = (rest - 1) / 26) {
                letters.insert(0, (char) ('A' + (rest - 1) % 26));
            }
            return letters.toString();
        }
    }

    /**
     * The place, and the cell in which a field of the first row is, if that is known.
     *
     * @param field null: the record as a whole
     */
    public String place(@Nullable String field) {
        Long at = firstLine();
        Integer column = cells == null || at == null
                ? null
                : cells.column() != null || field == null
                        ? cells.column()
                        : cells.columns().get(field);
        return column == null ? place : place + "!" + Cells.letters(column) + at;
    }

    /** The line on which the first row begins; null: unknown. */
    public @Nullable Long firstLine() {
        return lines == null ? line : Long.valueOf(lines.first());
    }

    /** Of a row of the part after the first one, where that stood. */
    Origin at(long rowOfPart) {
        long further = rowOfPart - firstRow;
        Long first = firstLine();
        long step = lines == null ? 1 : lines.step();
        return new Origin(
                rowOfPart,
                place,
                row + further,
                first == null ? null : first + step * further,
                null,
                cells == null ? null : cells.further(further));
    }
}
