package dev.millrace.transformer.value;

import static dev.millrace.transformer.value.TimeParts.MICROS_PER_DAY;
import static dev.millrace.transformer.value.TimeParts.MICROS_PER_SECOND;

import dev.millrace.pipeline.Column;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.value.TimePattern.Iso;
import dev.millrace.transformer.value.TimePattern.Part;
import io.micronaut.core.annotation.Nullable;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The reader of a DATE, TIME, DATETIME or TIMESTAMP column's values. Zones are java.time's. Immutable, for use by
 * several threads.
 *
 * @param patterns tried in order
 * @param epoch of numbers that values are instead; null: they are texts that match a pattern
 * @param wallClock zone whose wall clock is stored of a value that is a moment; null: the value is stored as written
 * @param source zone of moments that come without an offset
 * @param excess of what is finer than microseconds
 */
public record TimeColumn(
        Type type,
        List<TimePattern> patterns,
        @Nullable EpochNumber epoch,
        @Nullable ZoneId wallClock,
        ZoneId source,
        Shortening excess) {
    private static final long FIRST_MICRO = LocalDate.of(1, 1, 1).toEpochDay() * MICROS_PER_DAY;
    private static final long LAST_MICRO = LocalDate.of(10_000, 1, 1).toEpochDay() * MICROS_PER_DAY - 1;

    /** The ways to write a date; one that has more than these says something twice. */
    private static final List<Set<Part>> DATES = List.of(
            EnumSet.of(Part.YEAR, Part.MONTH, Part.DAY),
            EnumSet.of(Part.YEAR, Part.DAY_OF_YEAR),
            EnumSet.of(Part.WEEK_YEAR, Part.WEEK, Part.DAY_OF_WEEK));

    private static final Set<Part> DATE_PARTS =
            EnumSet.of(Part.YEAR, Part.MONTH, Part.DAY, Part.DAY_OF_YEAR, Part.DAY_OF_WEEK, Part.WEEK_YEAR, Part.WEEK);
    private static final Set<Part> MOMENT_PARTS = EnumSet.of(Part.ZONE, Part.EPOCH);

    public enum Type {
        /** Counted in days since 1970. */
        DATE,
        /** Counted in microseconds since midnight. */
        TIME,
        /** Counted in microseconds since 1970, on its own wall clock. */
        DATETIME,
        /** Counted in microseconds since 1970 in UTC. */
        TIMESTAMP
    }

    /** @throws IllegalArgumentException when a format can't give what the type needs, or gives what it would lose */
    public static TimeColumn of(Column column, Shortening excess) {
        Type type = Type.valueOf(column.type().name());
        List<TimePattern> patterns = new ArrayList<>();
        for (String format : column.format()) {
            try {
                patterns.add(checked(type, column.timezone() != null, TimePattern.Format.of(format)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("format '" + format + "': " + e.getMessage(), e);
            }
        }
        if (patterns.isEmpty()) {
            patterns = iso(type, column.timezone() != null);
        }
        demand(
                column.epoch() == null || type == Type.TIMESTAMP || column.timezone() != null,
                "a " + type + " of a moment needs the column's timezone");
        EpochNumber epoch = column.epoch() == null ? null : new EpochNumber(column.epoch());
        return new TimeColumn(type, List.copyOf(patterns), epoch, column.timezone(), column.sourceTimezone(), excess);
    }

    private static List<TimePattern> iso(Type type, boolean converted) {
        return type == Type.TIMESTAMP || converted
                ? List.of(Iso.MOMENT, Iso.DATE_TIME)
                : switch (type) {
                    case DATE -> List.of(Iso.DATE);
                    case TIME -> List.of(Iso.TIME);
                    case DATETIME, TIMESTAMP -> List.of(Iso.DATE_TIME);
                };
    }

    private static TimePattern.Format checked(Type type, boolean converted, TimePattern.Format format) {
        Set<Part> parts = format.parts();
        boolean epoch = parts.contains(Part.EPOCH);
        boolean date = DATES.stream().anyMatch(parts::containsAll);
        boolean halfDay = parts.contains(Part.HALF_DAY_HOUR) && parts.contains(Part.HALF_DAY);
        boolean hour = parts.contains(Part.HOUR) || halfDay;
        demand(!epoch || parts.size() == 1, "%s stands alone");
        demand(
                epoch || date || parts.stream().noneMatch(DATE_PARTS::contains),
                "a date needs year, month and day, or year and day of the year (%j), or year, week and day of the week"
                        + " of ISO 8601 (%G, %V, %u)");
        demand(!date || isOneDate(parts), "a date is given in two ways");
        demand(
                !(parts.contains(Part.HALF_DAY_HOUR) || parts.contains(Part.HALF_DAY))
                        || (halfDay && !parts.contains(Part.HOUR)),
                "%I and %p go together, without %H");
        demand(!parts.contains(Part.MINUTE) || hour, "a minute needs an hour");
        demand(!parts.contains(Part.SECOND) || parts.contains(Part.MINUTE), "a second needs a minute");
        if (type == Type.TIMESTAMP || converted) {
            demand(epoch || date, "a moment needs a date");
            demand(type != Type.TIME || epoch || hour, "a TIME needs an hour");
        } else {
            demand(
                    parts.stream().noneMatch(MOMENT_PARTS::contains),
                    "it names a moment; a " + type + " of a moment needs the column's timezone");
            demand(type == Type.TIME || date, "a " + type + " needs a date");
            demand(type != Type.TIME || hour, "a TIME needs an hour");
            demand(type != Type.TIME || !date, "TIME would lose the date");
        }
        return format;
    }

    /** A day of the week may stand beside every other way to write a date, which it has to agree with. */
    private static boolean isOneDate(Set<Part> parts) {
        return DATES.stream()
                .anyMatch(way -> parts.containsAll(way)
                        && parts.stream()
                                .allMatch(part ->
                                        !DATE_PARTS.contains(part) || part == Part.DAY_OF_WEEK || way.contains(part)));
    }

    private static void demand(boolean met, String rule) {
        if (!met) {
            throw new IllegalArgumentException(rule);
        }
    }

    /** The value, counted as {@link Type} says. */
    public long read(String text, ConversionWarnings changes) throws InvalidFieldValue {
        if (epoch != null) {
            return ofMoment(epoch.micros(text, type, excess, changes));
        }
        TimeParts parts = match(text);
        if (parts.tooFine) {
            excess.time(parts, type, changes);
        }
        if (type == Type.TIMESTAMP || wallClock != null) {
            return ofMoment(moment(parts));
        }
        long ofDay = parts.microsOfDay();
        if (type == Type.TIME) {
            if (ofDay == MICROS_PER_DAY) {
                throw new InvalidFieldValue("is 24:00:00 when it is rounded, which TIME can't hold");
            }
            return ofDay;
        }
        if (type == Type.DATE && ofDay != 0) {
            throw new InvalidFieldValue("has a time of day, which DATE would lose");
        }
        return stored(inRange(local(parts)));
    }

    /**
     * The value of a moment, counted likewise.
     *
     * @param moment in microseconds since 1970 in UTC
     */
    long ofMoment(long moment) throws InvalidFieldValue {
        if (wallClock == null) {
            return inRange(moment);
        }
        Instant instant = Instant.ofEpochSecond(Math.floorDiv(moment, MICROS_PER_SECOND));
        return stored(inRange(moment + wallClock.getRules().getOffset(instant).getTotalSeconds() * MICROS_PER_SECOND));
    }

    private TimeParts match(String text) throws InvalidFieldValue {
        TimeParts contradiction = null;
        for (TimePattern pattern : patterns) {
            TimeParts parts = pattern.match(text);
            if (parts != null
                    && (parts.dayOfWeek == 0
                            || parts.dayOfWeek == date(parts).getDayOfWeek().getValue())) {
                return parts;
            }
            contradiction = contradiction == null ? parts : contradiction;
        }
        throw new InvalidFieldValue(
                contradiction == null
                        ? expectation(text)
                        : "says that " + date(contradiction) + " is a " + dayName(contradiction.dayOfWeek)
                                + ", and it is a "
                                + dayName(date(contradiction).getDayOfWeek().getValue()));
    }

    private static String dayName(int day) {
        return DayOfWeek.of(day).getDisplayName(TextStyle.FULL, Locale.ENGLISH);
    }

    /** Says what is wrong with a text that matches no pattern. */
    private String expectation(String text) {
        if (patterns.getFirst() instanceof TimePattern.Format) {
            List<String> formats = patterns.stream()
                    .map(pattern -> pattern instanceof TimePattern.Format format ? format.source() : pattern.toString())
                    .toList();
            return "is no " + type + " written as " + String.join(" or ", formats);
        }
        boolean converted = wallClock != null || type == Type.TIMESTAMP;
        if (!converted && type != Type.TIME && Iso.MOMENT.match(text) != null) {
            return "has an offset, which " + type + " would lose; the column's timezone says which date or time it is";
        }
        if (type == Type.DATE && !converted && Iso.DATE_TIME.match(text) != null) {
            return "has a time of day, which DATE would lose";
        }
        return converted
                ? "is not a date with time such as 2026-01-31T08:30:00Z"
                : switch (type) {
                    case DATE -> "is not a date such as 2026-01-31";
                    case TIME -> "is not a time such as 08:30:00";
                    case DATETIME, TIMESTAMP -> "is not a date with time such as 2026-01-31T08:30:00";
                };
    }

    private static LocalDate date(TimeParts parts) {
        return LocalDate.of(parts.year, parts.month, parts.day);
    }

    private static long local(TimeParts parts) {
        return date(parts).toEpochDay() * MICROS_PER_DAY + parts.microsOfDay();
    }

    private long moment(TimeParts parts) throws InvalidFieldValue {
        if (parts.epoch != null) {
            if (Math.abs(parts.epoch) > LAST_MICRO / MICROS_PER_SECOND) {
                throw outOfRange();
            }
            return parts.epoch * MICROS_PER_SECOND;
        }
        long local = local(parts);
        return local - offset(parts.zone == null ? source : parts.zone, local).getTotalSeconds() * MICROS_PER_SECOND;
    }

    private static ZoneOffset offset(ZoneId zone, long local) throws InvalidFieldValue {
        if (zone.getRules().isFixedOffset()) {
            return zone.getRules().getOffset(Instant.EPOCH);
        }
        LocalDateTime clock = LocalDateTime.ofEpochSecond(Math.floorDiv(local, MICROS_PER_SECOND), 0, ZoneOffset.UTC);
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(clock);
        return switch (offsets.size()) {
            case 1 -> offsets.getFirst();
            case 0 -> throw new InvalidFieldValue("is a time that the clocks of " + zone + " skipped");
            default ->
                throw new InvalidFieldValue(
                        "is a time that the clocks of " + zone + " showed twice, so an offset is needed");
        };
    }

    private long stored(long micros) {
        return switch (type) {
            case DATE -> Math.floorDiv(micros, MICROS_PER_DAY);
            case TIME -> Math.floorMod(micros, MICROS_PER_DAY);
            case DATETIME, TIMESTAMP -> micros;
        };
    }

    private long inRange(long micros) throws InvalidFieldValue {
        if (!isInRange(micros)) {
            throw outOfRange();
        }
        return micros;
    }

    static boolean isInRange(long micros) {
        return micros >= FIRST_MICRO && micros <= LAST_MICRO;
    }

    private InvalidFieldValue outOfRange() {
        return new InvalidFieldValue("is outside of " + type + "'s range, years 0001 to 9999");
    }
}
