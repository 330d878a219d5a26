package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The day of the run, or what it loads in the place of one, in a text of the pipeline file: {@code ${day}} for its begin,
 * {@code ${day.end}} for the begin of the next, {@code ${day+1}} for the day after, {@code ${day:%d/%m/%Y}} in another
 * form, {@code ${day@Asia/Singapore:%s}} for the moment at which it begins in a time zone (UTC when none is named). The
 * elements of a format are those of BigQuery,
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements
 */
public final class DayReference {
    static final String START = "${day";
    /** Groups: the end, days to add, time zone, format. */
    static final String REGEX = "\\$\\{day(\\.end)?([+-][0-9]{1,4})?(?:@([A-Za-z0-9_+/-]+))?(?::([^{}]+))?\\}";

    private static final Pattern PATTERN = Pattern.compile(REGEX);
    /** The day after the begin, which most take for the end. */
    private static final String LATER = START + "+";

    private static final List<String> ELEMENTS = List.of(
            "%Y", "%y", "%m", "%d", "%e", "%j", "%b", "%B", "%F", "%T", "%H", "%M", "%S", "%s", "%z", "%Ez", "%%");
    private static final String EXPECTED =
            "${day}, ${day.end}, ${day+1}, ${day:%d/%m/%Y} or, with a time zone, ${day@Asia/Singapore:%s}";
    /** Numbers with a leading zero are no JSON, so a body that has one without quotes is found out by it. */
    private static final RunWindow SAMPLE = RunWindow.day(LocalDate.of(2001, 1, 1));

    private DayReference() {}

    public static boolean isIn(String text) {
        return text.contains(START);
    }

    /** Whether a text has the begin of a later day than that at which the run's window begins. */
    public static boolean isLaterIn(String text) {
        return text.contains(LATER);
    }

    /**
     * The text with each reference replaced.
     *
     * @param text whose references were checked with the pipeline file
     */
    public static String resolve(String text, RunWindow window) {
        return PATTERN.matcher(text).replaceAll(match -> {
            LocalDateTime bound = match.group(1) == null ? window.begin() : window.end();
            String days = match.group(2);
            LocalDateTime meant = days == null ? bound : bound.plusDays(Integer.parseInt(days));
            ZoneId zone = match.group(3) == null ? ZoneOffset.UTC : ZoneId.of(match.group(3));
            String format = match.group(4);
            return Matcher.quoteReplacement(
                    format == null
                            ? plain(meant, window.unit())
                            : formatted(RunWindow.moment(meant, zone).atZone(zone), format));
        });
    }

    private static String plain(LocalDateTime time, RunWindow.Unit unit) {
        return unit == RunWindow.Unit.HOUR
                ? time.toLocalDate() + "T" + formatted(time.atZone(ZoneOffset.UTC), "%T")
                : time.toLocalDate().toString();
    }

    /** The text as it is on some day. */
    public static String sample(String text) {
        return resolve(text, SAMPLE);
    }

    /** @throws InvalidValue with an empty field */
    static void check(String reference) {
        Matcher parts = PATTERN.matcher(reference);
        InvalidValue.check(parts.matches(), "", reference, EXPECTED);
        checkFormat(reference, parts.group(3), parts.group(4));
    }

    /** Checks a time zone and a format of a reference, where it has them. */
    static void checkFormat(String reference, @Nullable String zone, @Nullable String format) {
        if (zone != null) {
            InvalidValue.check(isZone(zone), "", reference, "a time zone such as Asia/Singapore behind the @");
            InvalidValue.check(format != null, "", reference, "a format behind the time zone, such as :%s");
        }
        if (format != null) {
            InvalidValue.check(format.contains("%"), "", reference, "a format with elements such as %d/%m/%Y");
            for (int at = format.indexOf('%');
                    at >= 0;
                    at = format.indexOf('%', at + element(format, at).length())) {
                InvalidValue.check(
                        ELEMENTS.contains(element(format, at)),
                        "",
                        element(format, at) + " in " + reference,
                        "one of " + String.join(" ", ELEMENTS));
            }
        }
    }

    private static boolean isZone(String zone) {
        try {
            ZoneId _ = ZoneId.of(zone);
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static String element(String format, int at) {
        return format.substring(at, Math.min(format.length(), format.startsWith("%E", at) ? at + 3 : at + 2));
    }

    static String formatted(ZonedDateTime start, String format) {
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < format.length()) {
            if (format.charAt(at) != '%') {
                text.append(format.charAt(at));
                at++;
                continue;
            }
            String element = element(format, at);
            at += element.length();
            text.append(
                    switch (element) {
                        case "%Y" -> Integer.toString(start.getYear());
                        case "%y" -> padded(Math.floorMod(start.getYear(), 100), "%02d");
                        case "%m" -> padded(start.getMonthValue(), "%02d");
                        case "%d" -> padded(start.getDayOfMonth(), "%02d");
                        case "%e" -> padded(start.getDayOfMonth(), "%2d");
                        case "%j" -> padded(start.getDayOfYear(), "%03d");
                        case "%b" -> name(start.getMonth()).substring(0, 3);
                        case "%B" -> name(start.getMonth());
                        case "%F" -> start.toLocalDate().toString();
                        case "%T" ->
                            padded(start.getHour(), "%02d") + ":" + padded(start.getMinute(), "%02d") + ":"
                                    + padded(start.getSecond(), "%02d");
                        case "%H" -> padded(start.getHour(), "%02d");
                        case "%M" -> padded(start.getMinute(), "%02d");
                        case "%S" -> padded(start.getSecond(), "%02d");
                        case "%s" -> Long.toString(start.toEpochSecond());
                        case "%z" -> offset(start, "");
                        case "%Ez" -> offset(start, ":");
                        case "%%" -> "%";
                        default -> throw new IllegalArgumentException(element + " (expected: one of " + ELEMENTS + ")");
                    });
        }
        return text.toString();
    }

    private static String padded(int number, String format) {
        return String.format(Locale.ROOT, format, number);
    }

    private static String name(Month month) {
        return month.name().charAt(0) + month.name().substring(1).toLowerCase(Locale.ROOT);
    }

    private static String offset(ZonedDateTime start, String separator) {
        int minutes = start.getOffset().getTotalSeconds() / 60;
        int size = Math.abs(minutes);
        return (minutes < 0 ? "-" : "+") + padded(size / 60, "%02d") + separator + padded(size % 60, "%02d");
    }
}
