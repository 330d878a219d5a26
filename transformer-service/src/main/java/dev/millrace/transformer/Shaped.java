package dev.millrace.transformer;

import dev.millrace.staging.Reject;
import java.util.List;

/**
 * The result of shaping some lines, in their order.
 *
 * @param rows a value for each column, null for NULL
 * @param rowBytes of the rows as if each had a line of its own
 * @param filtered lines that were left out as the pipeline asked
 * @param filteredRows rows that were left out of lines of which others stay
 * @param origins of the rows, as rejects without a reason; empty when nobody asks
 * @param presence of the columns in all lines that are records, whatever became of them
 */
record Shaped(
        List<Object[]> rows,
        long rowBytes,
        List<Reject> rejects,
        int filtered,
        long filteredRows,
        ConversionWarnings changes,
        List<Reject> origins,
        Presence presence) {}
