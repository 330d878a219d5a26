package dev.millrace.transformer;

import dev.millrace.staging.Reject;
import java.util.List;
import java.util.Map;

/**
 * What became of some lines, in their order.
 *
 * @param rows a value for each column, null for NULL
 * @param nulled by position of the column: values that became NULL because they didn't fit
 * @param bytes of the lines
 */
record Shaped(List<Object[]> rows, List<Reject> rejects, Map<Integer, Nulled> nulled, int bytes) {

    /** @param first where the first one was and why, for the log */
    record Nulled(long count, String first) {
        Nulled and(Nulled later) {
            return new Nulled(count + later.count, first);
        }
    }
}
