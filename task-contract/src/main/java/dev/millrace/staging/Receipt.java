package dev.millrace.staging;

import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The account of what a source sent and said, for whoever wants to know later whether everything came.
 *
 * @param pages answers that were read, empty ones included
 * @param records in them, rejected ones included
 * @param bytes of the answers' bodies, without their content encoding
 * @param total records that the source declared for the whole collection; null: it declared none
 * @param firstCursor the first that the source handed out: a cursor, or the URL of a next page; shortened and without
 *     secrets; null: it handed out none
 * @param lastCursor the last one, likewise
 * @param withoutCursor records of the source that lack the value by which the endpoint finds what is new; null: it finds
 *     everything
 */
@Serdeable
public record Receipt(
        long pages,
        long records,
        long bytes,
        @Nullable Long total,
        @Nullable String firstCursor,
        @Nullable String lastCursor,
        @Nullable Long withoutCursor) {
    @Creator // of two constructors, that which reads JSON
    public Receipt {
        if (pages < 0 || records < 0 || bytes < 0) {
            throw new IllegalArgumentException("receipt: " + pages + " pages, " + records + " records, " + bytes
                    + " bytes (expected: none below 0)");
        }
    }

    /** Of a source that is read as a whole. */
    public Receipt(
            long pages,
            long records,
            long bytes,
            @Nullable Long total,
            @Nullable String firstCursor,
            @Nullable String lastCursor) {
        this(pages, records, bytes, total, firstCursor, lastCursor, null);
    }

    /** One line for the run's log. */
    public String line() {
        return "receipt: " + pages + " pages, " + records + " records, " + bytes + " bytes, "
                + (total == null ? "no total declared" : total + " records declared")
                + (firstCursor == null ? "" : ", first cursor " + firstCursor + ", last cursor " + lastCursor)
                + (withoutCursor == null || withoutCursor == 0
                        ? ""
                        : ", " + withoutCursor + " without the cursor's value");
    }
}
