package dev.millrace.gateway.console;

import dev.millrace.gateway.store.RunState;
import io.micronaut.core.annotation.Nullable;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Values as people read them. */
final class Shown {
    /** For what isn't there. */
    static final String NONE = "–";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final List<String> UNITS = List.of("B", "KB", "MB", "GB", "TB", "PB");
    private static final int THOUSAND = 1_000;

    private Shown() {}

    static String number(@Nullable Number number) {
        return number == null
                ? NONE
                : new DecimalFormat("#,##0", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(number);
    }

    /** In decimal units, as warehouses and disks have them. */
    static String bytes(@Nullable Long bytes) {
        if (bytes == null) {
            return NONE;
        }
        double size = bytes;
        int unit = 0;
        while (size >= THOUSAND && unit < UNITS.size() - 1) {
            size /= THOUSAND;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", size, UNITS.get(unit));
    }

    /** With the zone, which is the same everywhere. */
    static String time(@Nullable Instant time) {
        return time == null ? NONE : TIME.format(time) + " UTC";
    }

    /** The two largest units. */
    static String duration(@Nullable Duration duration) {
        if (duration == null) {
            return NONE;
        }
        Duration some = duration.isNegative() ? Duration.ZERO : duration;
        if (some.toDays() > 0) {
            return some.toDays() + " d " + some.toHoursPart() + " h";
        }
        if (some.toHours() > 0) {
            return some.toHours() + " h " + some.toMinutesPart() + " min";
        }
        if (some.toMinutes() > 0) {
            return some.toMinutes() + " min " + some.toSecondsPart() + " s";
        }
        return some.toSeconds() >= 10
                ? some.toSeconds() + " s"
                : String.format(Locale.ROOT, "%.1f s", some.toMillis() / (double) THOUSAND);
    }

    static String between(@Nullable Instant start, @Nullable Instant end) {
        return start == null ? NONE : duration(Duration.between(start, end == null ? Instant.now() : end));
    }

    static String ago(@Nullable Instant time) {
        return time == null ? "never" : duration(Duration.between(time, Instant.now())) + " ago";
    }

    static String in(@Nullable Instant time) {
        return time == null ? NONE : "in " + duration(Duration.between(Instant.now(), time));
    }

    static String plural(long number, String one, String many) {
        return number(number) + " " + (number == 1 ? one : many);
    }

    /** The class of a state in the style sheet. */
    static String style(RunState state) {
        return switch (state) {
            case SUCCEEDED -> "good";
            case FAILED -> "bad";
            case CANCELLED, CANCELLING -> "off";
            case QUEUED, UNKNOWN -> "waiting";
            case EXTRACTING, TRANSFORMING, LOADING -> "busy";
        };
    }

    /** As in a sentence. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
