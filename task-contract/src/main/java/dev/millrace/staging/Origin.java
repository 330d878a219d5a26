package dev.millrace.staging;

import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * Where the records of a part stood in the source: from one row of the part on, until the next origin.
 *
 * @param firstRow in the part, from 1
 * @param place in the source, such as the name of a file or the URL of a page
 * @param row there, from 1; each further row of the part is the next one
 * @param line on which it begins, from 1, and each further row on the next one; null: unknown, or {@code lines} knows
 * @param lines on which the rows begin, where that isn't each on the next one; null: as {@code line} says
 */
@Serdeable
public record Origin(
        long firstRow,
        String place,
        long row,
        @Nullable Long line,
        @Nullable Lines lines) {
    @Creator // of two constructors, that which reads JSON
    public Origin {}

    /** Of rows that each begin on the next line. */
    public Origin(long firstRow, String place, long row, @Nullable Long line) {
        this(firstRow, place, row, line, null);
    }

    /**
     * Lines at a distance.
     *
     * @param first of the first row, from 1
     * @param step from each row to the next one, 0 or more
     */
    @Serdeable
    public record Lines(long first, long step) {}

    /** The line on which the first row begins; null: unknown. */
    public @Nullable Long firstLine() {
        return lines == null ? line : Long.valueOf(lines.first());
    }

    /** Of a row of the part after the first one, where that stood. */
    Origin at(long rowOfPart) {
        long further = rowOfPart - firstRow;
        Long first = firstLine();
        long step = lines == null ? 1 : lines.step();
        return new Origin(rowOfPart, place, row + further, first == null ? null : first + step * further);
    }
}
