package dev.millrace.pipeline;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the last run ended, in a text of the pipeline file: {@code ${cursor}} as the source wrote it, {@code ${cursor:%s}}
 * in another form, {@code ${cursor@Asia/Singapore:%F}} in a time zone (UTC when none is named). Formats are those of a
 * {@link DayReference}.
 */
public final class CursorReference {
    static final String START = "${cursor";
    /** Groups: time zone, format. */
    static final String REGEX = "\\$\\{cursor(?:@([A-Za-z0-9_+/-]+))?(?::([^{}]+))?\\}";

    private static final Pattern PATTERN = Pattern.compile(REGEX);
    private static final String EXPECTED = "${cursor}, ${cursor:%s} or, with a time zone, ${cursor@Asia/Singapore:%F}";
    private static final int MOST_CHARACTERS = 1000;

    private CursorReference() {}

    public static boolean isIn(String text) {
        return text.contains(START);
    }

    /**
     * Whether a text can be a cursor: short, without control characters, and without anything that would be a reference
     * itself where it stands for one.
     */
    public static boolean isUsable(String cursor) {
        return !cursor.isEmpty()
                && cursor.length() <= MOST_CHARACTERS
                && !cursor.contains("${")
                && cursor.chars().noneMatch(Character::isISOControl);
    }

    /**
     * The text with each reference replaced.
     *
     * @param text whose references were checked with the pipeline file
     * @param written how a replacement is written where it stands
     * @throws IllegalArgumentException when one has a format and the cursor is no time
     */
    public static String resolve(String text, String cursor, UnaryOperator<String> written) {
        return PATTERN.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(
                        written.apply(match.group(2) == null ? cursor : formatted(cursor, match))));
    }

    private static String formatted(String cursor, MatchResult match) {
        ZoneId zone = match.group(1) == null ? ZoneOffset.UTC : ZoneId.of(match.group(1));
        return DayReference.formatted(
                time(cursor, zone)
                        .orElseThrow(() -> new IllegalArgumentException("'" + cursor + "' is no time, which "
                                + match.group() + " needs (expected: one such as 2026-01-31T08:30:00Z)")),
                match.group(2));
    }

    /** The moment that a cursor is, in a zone; empty when it is no time. */
    private static Optional<ZonedDateTime> time(String cursor, ZoneId zone) {
        return switch (CursorTime.parse(cursor)) {
            case LocalDate date -> Optional.of(date.atStartOfDay(zone));
            case LocalDateTime time -> Optional.of(time.atZone(zone));
            case OffsetDateTime time -> Optional.of(time.atZoneSameInstant(zone));
            case null, default -> Optional.empty();
        };
    }

    /** The text with some cursor that is a number and a text as well. */
    public static String sample(String text) {
        return PATTERN.matcher(text).replaceAll("1");
    }

    /** @throws InvalidValue with an empty field */
    static void check(String reference) {
        Matcher parts = PATTERN.matcher(reference);
        InvalidValue.check(parts.matches(), "", reference, EXPECTED);
        DayReference.checkFormat(reference, parts.group(1), parts.group(2));
    }
}
