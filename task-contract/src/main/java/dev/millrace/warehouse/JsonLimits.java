package dev.millrace.warehouse;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * What of JSON a warehouse can give back as it was.
 *
 * @param depth levels of objects and arrays, at most; null: any
 * @param anyNumber whether numbers keep all their digits; otherwise they are kept as integers of 64 bits, with a sign or
 *     without, or else as FLOAT64, and those that would come back with another value can't be held
 */
@Serdeable
public record JsonLimits(@Nullable Integer depth, boolean anyNumber) {
    /** JSON stays the text that it was. */
    public static final JsonLimits NONE = new JsonLimits(null, true);

    public JsonLimits {
        if (depth != null && depth < 1) {
            throw new IllegalArgumentException("depth: " + depth + " (expected: 1 or more)");
        }
    }
}
