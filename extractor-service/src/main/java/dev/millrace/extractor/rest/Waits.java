package dev.millrace.extractor.rest;

import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** How servers write when something is due: in so many seconds, or at a moment. */
final class Waits {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,15}(\\.[0-9]{0,9})?");

    /** No delay takes thirty years, and no epoch is before 2001: from here on a number is a moment in seconds. */
    private static final BigDecimal FIRST_EPOCH = new BigDecimal("1000000000");

    private static final BigDecimal FIRST_EPOCH_IN_MILLIS = new BigDecimal("1000000000000");

    private static final DateTimeFormatter ASCTIME =
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss uuuu", Locale.ENGLISH);

    private Waits() {}

    /**
     * How long it is until then, not less than nothing; null when the value has none of the known forms: seconds,
     * also with a fraction; an epoch in seconds or milliseconds; a date in one of the three forms of RFC 9110, 5.6.7, or
     * of RFC 3339.
     */
    static @Nullable Duration until(String value, Instant now) {
        String text = value.strip();
        if (NUMBER.matcher(text).matches()) {
            BigDecimal number = new BigDecimal(text.endsWith(".") ? text + "0" : text);
            if (number.compareTo(FIRST_EPOCH) < 0) {
                return seconds(number);
            }
            BigDecimal epoch = number.compareTo(FIRST_EPOCH_IN_MILLIS) < 0 ? number : number.movePointLeft(3);
            return between(now, Instant.EPOCH.plus(seconds(epoch)));
        }
        Instant moment = moment(text, now);
        return moment == null ? null : between(now, moment);
    }

    private static Duration seconds(BigDecimal seconds) {
        return Duration.ofNanos(seconds.movePointRight(9).longValue());
    }

    private static Duration between(Instant now, Instant moment) {
        Duration until = Duration.between(now, moment);
        return until.isNegative() ? Duration.ZERO : until;
    }

    private static @Nullable Instant moment(String text, Instant now) {
        int century = now.atOffset(ZoneOffset.UTC).getYear() - 49; // two digits are at most 50 years ahead
        DateTimeFormatter rfc850 = new DateTimeFormatterBuilder()
                .appendPattern("EEEE, dd-MMM-")
                .appendValueReduced(ChronoField.YEAR, 2, 2, century)
                .appendPattern(" HH:mm:ss 'GMT'")
                .toFormatter(Locale.ENGLISH);
        Form[] forms = {
            () -> ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant(),
            () -> LocalDateTime.parse(text, rfc850).toInstant(ZoneOffset.UTC),
            () -> LocalDateTime.parse(text, ASCTIME).toInstant(ZoneOffset.UTC),
            () -> OffsetDateTime.parse(text).toInstant()
        };
        return Arrays.stream(forms)
                .map(Waits::read)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(null);
    }

    private static Optional<Instant> read(Form form) {
        try {
            return Optional.of(form.read());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private interface Form {
        Instant read();
    }
}
