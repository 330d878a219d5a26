package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The hour, day, week or month that a run loads, as clocks show it: {@code 2026-01-31T13}, {@code 2026-01-31},
 * {@code 2026-W05} (of ISO 8601, from Monday on) or {@code 2026-01}; so no two of different units have one text. Whose
 * clocks, the endpoint says. An hour that they show twice, since they are put back, is one window; one that they leave
 * out has no moment.
 */
@Serdeable
public final class RunWindow {
    /** How long a window is. */
    public enum Unit {
        HOUR("an hour such as 2026-01-31T13", ChronoUnit.HOURS, "\\d{4}-\\d\\d-\\d\\dT\\d\\d"),
        DAY("a date such as 2026-01-31", ChronoUnit.DAYS, "\\d{4}-\\d\\d-\\d\\d"),
        WEEK("a week such as 2026-W05", ChronoUnit.WEEKS, "\\d{4}-W\\d\\d"),
        MONTH("a month such as 2026-01", ChronoUnit.MONTHS, "\\d{4}-\\d\\d");

        private final String expected;
        private final ChronoUnit length;
        private final Pattern form;

        Unit(String expected, ChronoUnit length, String form) {
            this.expected = expected;
            this.length = length;
            this.form = Pattern.compile(form);
        }

        /** As the pipeline file has it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** How many windows one is later than another. */
        long between(RunWindow one, RunWindow other) {
            return length.between(one.begin, other.begin);
        }

        /** What a window looks like, for an error. */
        public String expected() {
            return expected;
        }
    }

    private static final String EXPECTED =
            "a date such as 2026-01-31; or 2026-01-31T13, 2026-W05 or 2026-01 for an hour, week or month";

    private final Unit unit;
    private final LocalDateTime begin;

    private RunWindow(Unit unit, LocalDateTime begin) {
        this.unit = unit;
        this.begin = begin;
    }

    /** The one in which clocks show a time. */
    public static RunWindow of(Unit unit, LocalDateTime time) {
        LocalDate date = time.toLocalDate();
        return new RunWindow(
                unit,
                switch (unit) {
                    case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
                    case DAY -> date.atStartOfDay();
                    case WEEK ->
                        date.minusDays(date.getDayOfWeek().getValue() - 1L).atStartOfDay();
                    case MONTH -> date.withDayOfMonth(1).atStartOfDay();
                });
    }

    public static RunWindow day(LocalDate day) {
        return of(Unit.DAY, day.atStartOfDay());
    }

    /**
     * Of its text.
     *
     * @throws IllegalArgumentException when it is none
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static RunWindow parse(String text) {
        for (Unit unit : Unit.values()) {
            if (unit.form.matcher(text).matches()) {
                try {
                    return of(
                            unit,
                            switch (unit) {
                                case HOUR -> LocalDateTime.parse(text + ":00");
                                case DAY -> LocalDate.parse(text).atStartOfDay();
                                case WEEK ->
                                    LocalDate.parse(text + "-1", DateTimeFormatter.ISO_WEEK_DATE)
                                            .atStartOfDay();
                                case MONTH -> YearMonth.parse(text).atDay(1).atStartOfDay();
                            });
                } catch (DateTimeException e) {
                    throw new IllegalArgumentException("'" + text + "' (expected: " + unit.expected + ")", e);
                }
            }
        }
        throw new IllegalArgumentException("'" + text + "' (expected: " + EXPECTED + ")");
    }

    public Unit unit() {
        return unit;
    }

    /** The first time of it that clocks show. */
    public LocalDateTime begin() {
        return begin;
    }

    /** The first time after it. */
    public LocalDateTime end() {
        return begin.plus(1, unit.length);
    }

    /** The last time of it that a warehouse tells from its end. */
    public LocalDateTime last() {
        return end().minus(1, ChronoUnit.MICROS);
    }

    public RunWindow next() {
        return new RunWindow(unit, end());
    }

    public RunWindow previous() {
        return new RunWindow(unit, begin.minus(1, unit.length));
    }

    /** Whether it has a date such as {@code 2026-01-31}, or a time such as {@code 2026-01-31T13:00:00Z}, of which its clocks tell. */
    public boolean holds(String time) {
        try {
            LocalDate date = LocalDate.parse(time.substring(0, Math.min(time.length(), 10)));
            LocalDateTime hour =
                    time.length() < 13 ? date.atStartOfDay() : date.atTime(Integer.parseInt(time.substring(11, 13)), 0);
            return of(unit, hour).equals(this);
        } catch (DateTimeException | NumberFormatException e) {
            return false;
        }
    }

    /** The moment at which it begins; no earlier than its end. */
    public Instant begin(ZoneId zone) {
        return moment(begin, zone);
    }

    public Instant end(ZoneId zone) {
        return moment(end(), zone);
    }

    /** Whether it has a moment: whether the clocks don't leave it out. */
    public boolean isIn(ZoneId zone) {
        return begin(zone).isBefore(end(zone));
    }

    /** The first moment at which clocks show a time, or a later one. */
    static Instant moment(LocalDateTime time, ZoneId zone) {
        ZoneOffsetTransition transition = zone.getRules().getTransition(time);
        return transition != null && transition.isGap()
                ? transition.getInstant()
                : time.atZone(zone).toInstant();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RunWindow window && unit == window.unit && begin.equals(window.begin);
    }

    @Override
    public int hashCode() {
        return Objects.hash(unit, begin);
    }

    @Override
    @JsonValue
    public String toString() {
        LocalDate date = begin.toLocalDate();
        return switch (unit) {
            case HOUR -> String.format(Locale.ROOT, "%sT%02d", date, begin.getHour());
            case DAY -> date.toString();
            case WEEK -> DateTimeFormatter.ISO_WEEK_DATE.format(date).replaceFirst("-1$", "");
            case MONTH -> YearMonth.from(date).toString();
        };
    }
}
