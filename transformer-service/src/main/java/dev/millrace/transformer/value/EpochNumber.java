package dev.millrace.transformer.value;

import dev.millrace.pipeline.Epoch;
import dev.millrace.transformer.json.InvalidFieldValue;
import java.time.LocalDate;
import java.util.Locale;

/** The reader of numbers since 1970 that name a moment, exactly. */
record EpochNumber(Epoch unit) {
    /** More than any moment of the years 1 to 9999 has, and few enough for a long. */
    static final int MOST_DIGITS = 18;

    /** More than any moment of the years 1 to 9999 has, and few enough for their microseconds to be a long. */
    private static final long MOST_SECONDS = 1_000_000_000_000L;

    /** Microseconds since 1970 in UTC, in the years 1 to 9999. */
    public long micros(String text, TimeColumn.Type type, Shortening excess, ConversionWarnings changes)
            throws InvalidFieldValue {
        Decimal number = Decimal.of(text);
        if (number == null) {
            throw new InvalidFieldValue("is no number of " + word(unit) + " since 1970");
        }
        Decimal micros = micros(number, unit);
        if (micros.wholeDigits() > MOST_DIGITS) {
            throw outOfRange(number, type);
        }
        long moment = excess.whole(micros, type, changes).value().longValueExact();
        if (!TimeColumn.isInRange(moment)) {
            throw outOfRange(number, type);
        }
        return moment;
    }

    /**
     * The same of a whole number, where that is simple.
     *
     * @param digits the number; negative: it is something else
     * @return negative: it takes a closer look
     */
    public long micros(long digits) {
        long micros = switch (unit) {
            case SECONDS -> digits <= MOST_SECONDS ? digits * 1_000_000 : -1;
            case MILLIS -> digits <= MOST_SECONDS * 1_000 ? digits * 1_000 : -1;
            case MICROS -> digits;
            case NANOS -> digits % 1_000 == 0 ? digits / 1_000 : -1;
        };
        return micros >= 0 && TimeColumn.isInRange(micros) ? micros : -1;
    }

    private static Decimal micros(Decimal number, Epoch unit) {
        return number.shifted(Epoch.MICROS.digits() - unit.digits());
    }

    /** Names the unit in which the number would be a moment, if there is one. */
    private InvalidFieldValue outOfRange(Decimal number, TimeColumn.Type type) {
        String reason = "is outside of " + type + "'s range, years 0001 to 9999, as " + word(unit) + " since 1970";
        for (Epoch other : Epoch.values()) {
            Decimal micros = micros(number, other);
            if (other.digits() > unit.digits() && micros.wholeDigits() <= MOST_DIGITS) {
                long moment = micros.cut(0, false).value().longValueExact();
                if (TimeColumn.isInRange(moment)) {
                    LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(moment, TimeParts.MICROS_PER_DAY));
                    return new InvalidFieldValue(reason + "; as " + word(other) + " it is of " + day);
                }
            }
        }
        return new InvalidFieldValue(reason);
    }

    private static String word(Epoch unit) {
        return unit.name().toLowerCase(Locale.ROOT);
    }
}
