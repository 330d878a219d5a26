package dev.millrace.staging;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the records of a run have, compared with what the schema reads of them. A field that is null is there. Of a
 * record that is no JSON object nothing is counted.
 *
 * @param records that were looked at; of a record that is exploded each element is one
 * @param missing columns whose field no record had, though it could have: not those that are optional, and none whose
 *     way ended at a null or an empty array; in the order of the schema, those within a RECORD as {@code record.field}
 * @param partial columns whose field some of the records lacked, optional ones included; the first {@link #MOST}
 * @param unread fields that no column reads; those that came most often, at most {@link #MOST}
 * @param unnamed how many further fields no column reads
 */
@Serdeable
public record Drift(long records, List<String> missing, List<Seen> partial, List<Seen> unread, long unnamed) {
    /** Of a kind that is listed. */
    public static final int MOST = 100;

    /** What the line of a log begins with that says that columns are missing. */
    public static final String LINE = "drift: ";

    /** Named in a line of a log. */
    private static final int IN_LINE = 20;

    public Drift {
        missing = List.copyOf(missing);
        partial = List.copyOf(partial);
        unread = List.copyOf(unread);
        if (records < 0 || unnamed < 0 || partial.size() > MOST || unread.size() > MOST) {
            throw new IllegalArgumentException("drift: " + records + " records, " + partial.size() + " partial, "
                    + unread.size() + " unread, " + unnamed + " unnamed (expected: none below 0, at most " + MOST
                    + " partial or unread)");
        }
    }

    /**
     * A column or field that was there.
     *
     * @param name the column's, or the path of the field
     * @param records that had it
     * @param of how many could have had it: all records, or the objects around it
     */
    @Serdeable
    public record Seen(String name, long records, long of) {
        @Override
        public String toString() {
            return name + " in " + records + " of " + of;
        }
    }

    /** Of fields that no column reads. */
    public long unreadFields() {
        return unread.size() + unnamed;
    }

    /** That columns are missing, in a sentence. */
    public String missingLine() {
        return LINE + "no record of " + records + " has " + named(missing, missing.size())
                + ", which the schema reads (expected there, unless optional: true)";
    }

    /** Which columns some records lack, in a sentence. */
    public String partialLine() {
        return "in some records only: " + named(partial, partial.size());
    }

    /** Which fields nobody reads, in a sentence. */
    public String unreadLine() {
        return "fields that no column reads: " + named(unread, unreadFields());
    }

    private static String named(List<?> names, long all) {
        int shown = Math.min(IN_LINE, names.size());
        return names.stream().limit(IN_LINE).map(Object::toString).collect(Collectors.joining(", "))
                + (all > shown ? " and " + (all - shown) + " more" : "");
    }
}
