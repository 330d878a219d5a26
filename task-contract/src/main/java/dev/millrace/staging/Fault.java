package dev.millrace.staging;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * One thing that is wrong with a record.
 *
 * @param column of the table, or the way to a value in it; null when it is the record as a whole
 * @param value as it was sent, its first 1,000 characters; null when there was none
 * @param code of its kind
 * @param reason one sentence
 */
@Serdeable
public record Fault(@Nullable String column, @Nullable String value, Kind code, String reason) {
    public Fault {
        value = value == null ? null : Reject.head(value, Reject.MAX_VALUE);
    }

    /** The names are stable: people script against them. */
    public enum Kind {
        /** The record can't be read as one. */
        RECORD_MALFORMED,
        /** A column that is REQUIRED has no value. */
        VALUE_MISSING,
        /** A value is none of its column's type, or can't be held unchanged. */
        VALUE_INVALID,
        /** A check of the endpoint isn't met. */
        CHECK_UNMET,
        /** A kind that only a newer version knows, or none: an earlier version has written the reject. */
        @JsonEnumDefaultValue
        OTHER
    }
}
