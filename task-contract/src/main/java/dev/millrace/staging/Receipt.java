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
 * @param each of requests that were sent for each of something; null: there was one list
 */
@Serdeable
public record Receipt(
        long pages,
        long records,
        long bytes,
        @Nullable Long total,
        @Nullable String firstCursor,
        @Nullable String lastCursor,
        @Nullable Long withoutCursor,
        @Nullable Each each) {
    @Creator // of two constructors, that which reads JSON
    public Receipt {
        if (pages < 0 || records < 0 || bytes < 0) {
            throw new IllegalArgumentException("receipt: " + pages + " pages, " + records + " records, " + bytes
                    + " bytes (expected: none below 0)");
        }
    }

    /**
     * What requests were sent for: records of a list, or values.
     *
     * @param pages answers of that list; none where there is no list
     * @param asked of how many of them the requests were sent for
     * @param repeated that were there before, and for which nothing was sent again
     * @param rejected that lack what the request needs
     * @param skipped for which the answer was left out, as the file says
     */
    @Serdeable
    public record Each(long pages, long asked, long repeated, long rejected, long skipped) {
        private String line() {
            return ", sent for " + asked + (pages == 0 ? "" : " of a list of " + pages + " pages")
                    + (repeated == 0 ? "" : ", " + repeated + " more that were there before")
                    + (rejected == 0 ? "" : ", " + rejected + " rejected")
                    + (skipped == 0 ? "" : ", " + skipped + " left out");
        }
    }

    /** Of one list. */
    public Receipt(
            long pages,
            long records,
            long bytes,
            @Nullable Long total,
            @Nullable String firstCursor,
            @Nullable String lastCursor,
            @Nullable Long withoutCursor) {
        this(pages, records, bytes, total, firstCursor, lastCursor, withoutCursor, null);
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
                        : ", " + withoutCursor + " without the cursor's value")
                + (each == null ? "" : each.line());
    }
}
