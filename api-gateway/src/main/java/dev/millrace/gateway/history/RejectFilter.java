package dev.millrace.gateway.history;

import dev.millrace.staging.Fault;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;

/**
 * Which rejects are wanted: those with one thing wrong that is as it says.
 *
 * @param column of the table, in any case; null: any or none
 * @param code of what is wrong; null: any
 */
public record RejectFilter(@Nullable String column, Fault.@Nullable Kind code) {
    /** All of them. */
    public static final RejectFilter ALL = new RejectFilter(null, null);

    boolean isAll() {
        return column == null && code == null;
    }

    boolean matches(Reject reject) {
        return isAll()
                || reject.faults().stream()
                        .anyMatch(fault -> (column == null || column.equalsIgnoreCase(fault.column()))
                                && (code == null || code == fault.code()));
    }
}
