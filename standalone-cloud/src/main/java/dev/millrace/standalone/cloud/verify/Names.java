package dev.millrace.standalone.cloud.verify;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of what one call makes. They say when it was, so that a later call knows what is left of one that was killed.
 *
 * @param dataset what names of datasets begin with
 * @param id of the call
 */
record Names(String dataset, String id) {
    /** In a bucket, everything is below it but backups, whose names begin with those of their datasets. */
    static final String FOLDER = "millrace-verify/";

    /** What a call can't take as long as; older ones have ended. */
    private static final Duration OLD = Duration.ofDays(1);

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss", Locale.ROOT);
    private static final Pattern ID = Pattern.compile("([0-9]{8}T[0-9]{6})_[0-9a-f]{8}");

    static Names of(String dataset, Instant now) {
        return new Names(
                dataset,
                TIME.format(now.atOffset(ZoneOffset.UTC)) + "_"
                        + UUID.randomUUID().toString().substring(0, 8));
    }

    /** What all datasets begin with that any call makes. */
    String datasets() {
        return dataset + "_verify_";
    }

    String tables() {
        return datasets() + id;
    }

    String ledger() {
        return tables() + "_ledger";
    }

    /** One that the loader has to make. */
    String made(String what) {
        return tables() + "_" + what;
    }

    /** In the bucket, without a slash at its end. */
    String folder() {
        return FOLDER + id;
    }

    /** The id of the call that made a dataset or object of this name, if it is old enough to have ended. */
    static Optional<String> left(String name, Instant now) {
        Matcher matcher = ID.matcher(name);
        if (!matcher.find()) {
            return Optional.empty();
        }
        try {
            Instant then = LocalDateTime.parse(matcher.group(1), TIME).toInstant(ZoneOffset.UTC);
            return then.plus(OLD).isBefore(now) ? Optional.of(matcher.group()) : Optional.empty();
        } catch (DateTimeParseException e) {
            return Optional.empty(); // not one of ours
        }
    }
}
