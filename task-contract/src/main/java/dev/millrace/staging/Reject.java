package dev.millrace.staging;

import dev.millrace.pipeline.Default;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.ArrayList;
import java.util.List;

/**
 * A record that was not loaded; one line of a reject part (NDJSON, gzip).
 *
 * @param step that rejected it: {@code EXTRACT}, {@code TRANSFORM} or {@code LOAD}
 * @param part where it stood: the source's file, or the URL of a page, or, where nobody knows it any more, a staged object
 * @param row of those in there, from 1
 * @param line of the file on which it begins, from 1; null where there are no lines, or nobody knows
 * @param column of the table; null when the record as a whole is unreadable
 * @param value as it was sent, its first 1,000 characters; null when there was none
 * @param reason one sentence
 * @param record the record as it was sent, its first 1,024 characters
 * @param code of what is wrong; {@code OTHER} of an earlier version
 * @param further things that are wrong with the same record
 */
@Serdeable
public record Reject(
        String step,
        String part,
        long row,
        @Nullable Long line,
        @Nullable String column,
        @Nullable String value,
        String reason,
        String record,
        @Default("other") Fault.Kind code,
        @Default("[]") List<Fault> further) {
    /** Longest record, in bytes of UTF-8, that is read at all. */
    public static final int RECORD_LIMIT = 16 * 1024 * 1024;

    public static final int MAX_VALUE = 1_000;
    public static final int MAX_RECORD = 1_024;

    @Creator // of two constructors, that which reads JSON
    public Reject {
        value = value == null ? null : head(value, MAX_VALUE);
        record = head(record, MAX_RECORD);
        further = List.copyOf(further);
    }

    /** Of a record that can't be read as one. */
    public Reject(String step, String part, long row, @Nullable Long line, String reason, String record) {
        this(step, part, row, line, null, null, reason, record, Fault.Kind.RECORD_MALFORMED, List.of());
    }

    /** All that is wrong, in the order of the columns. */
    public List<Fault> faults() {
        List<Fault> faults = new ArrayList<>();
        faults.add(new Fault(column, value, code, reason));
        faults.addAll(further);
        return faults;
    }

    static String head(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
        return text.substring(0, end);
    }
}
