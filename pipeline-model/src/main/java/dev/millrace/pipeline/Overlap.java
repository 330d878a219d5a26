package dev.millrace.pipeline;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** How far behind its cursor a run begins to read: a duration where the cursor is a time, a number where it is one. */
public final class Overlap {
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");
    private static final Pattern DURATION = Pattern.compile(Scalars.DURATION);

    private Overlap() {}

    /** Notes what is neither, or nothing. */
    public static void check(Checks checks, String field, String overlap) {
        checks.that(
                NUMBER.matcher(overlap).matches()
                        || duration(overlap).filter(Duration::isPositive).isPresent(),
                field,
                overlap,
                "a duration such as 10m, or a whole number such as 1000 where the cursor is a number");
    }

    /** Empty when it is a number. */
    public static Optional<Duration> duration(String overlap) {
        return DURATION.matcher(overlap).matches() ? Optional.of(Scalars.duration(overlap)) : Optional.empty();
    }
}
