package dev.millrace.transformer;

import dev.millrace.staging.Reject;
import dev.millrace.transformer.value.ConversionWarnings;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/**
 * The result of shaping some lines, in their order.
 *
 * @param rows what was made of the rows; null: there are none
 * @param count of the rows
 * @param usual lines that were read by a {@link Template}
 * @param rowBytes of the rows as if each had a line of its own
 * @param filtered lines that were left out as the pipeline asked
 * @param filteredRows rows that were left out of lines of which others stay
 * @param origins of the rows, as rejects without a reason; empty when nobody asks
 * @param presence of the columns in all lines that are records, whatever became of them
 */
record Shaped<R>(
        @Nullable R rows,
        int count,
        int usual,
        long rowBytes,
        List<Reject> rejects,
        int filtered,
        long filteredRows,
        ConversionWarnings changes,
        List<Reject> origins,
        Presence presence) {}
