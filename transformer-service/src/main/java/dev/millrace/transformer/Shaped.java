package dev.millrace.transformer;

import dev.millrace.staging.Reject;
import java.util.List;

/**
 * What became of some lines, in their order.
 *
 * @param rows a value for each column, null for NULL
 * @param bytes of the lines
 */
record Shaped(List<Object[]> rows, List<Reject> rejects, Changes changes, int bytes) {}
