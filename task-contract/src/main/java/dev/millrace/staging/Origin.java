package dev.millrace.staging;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * Where the records of a part stood in the source: from one row of the part on, until the next origin.
 *
 * @param firstRow in the part, from 1
 * @param place in the source, such as the name of a file or the URL of a page
 * @param row there, from 1; each further row of the part is the next one
 * @param line on which it begins, from 1, and each further row on the next one; null: unknown
 */
@Serdeable
public record Origin(
        long firstRow, String place, long row, @Nullable Long line) {
    /** Of a row of the part after the first one, where that stood. */
    Origin at(long rowOfPart) {
        long further = rowOfPart - firstRow;
        return new Origin(rowOfPart, place, row + further, line == null ? null : line + further);
    }
}
