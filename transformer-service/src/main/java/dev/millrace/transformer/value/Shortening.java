package dev.millrace.transformer.value;

import dev.millrace.pipeline.Excess;
import dev.millrace.transformer.json.InvalidFieldValue;

/**
 * What becomes of digits that a column has no place for. What was left out is noted.
 *
 * @param column its number in {@link ConversionWarnings}
 */
record Shortening(Excess rule, int column) {
    public boolean rejects() {
        return rule == Excess.REJECT;
    }

    /**
     * A number that fits.
     *
     * @param whole digits before the point that the column keeps
     * @param scale digits after it
     * @throws InvalidFieldValue when it has more digits before the point, or more after it and the column rejects them
     */
    public Decimal decimal(Decimal value, int whole, int scale, ConversionWarnings changes) throws InvalidFieldValue {
        if (value.fractionDigits() > scale && rejects()) {
            throw new InvalidFieldValue("has more than the " + scale + " digits after the point that the column keeps");
        }
        if (value.wholeDigits() <= whole) {
            Decimal shortened = number(value, scale, changes);
            if (shortened.wholeDigits() <= whole) {
                return shortened;
            }
        }
        throw new InvalidFieldValue("has more than the " + whole + " digits before the point that fit");
    }

    /** @param scale digits after the point that are kept; of a column that rejects more the value has no more */
    public Decimal number(Decimal value, int scale, ConversionWarnings changes) {
        if (value.fractionDigits() <= scale) {
            return value;
        }
        note(changes);
        return value.cut(scale, rule == Excess.ROUND && value.restToHalf(scale) >= 0);
    }

    /**
     * A number that counts time, of which there is an earlier and a later one, and none that is nearer to zero.
     *
     * @throws InvalidFieldValue when it is no whole number and the column rejects it
     */
    public Decimal whole(Decimal value, TimeColumn.Type type, ConversionWarnings changes) throws InvalidFieldValue {
        if (value.fractionDigits() == 0) {
            return value;
        }
        checkTaken(type);
        note(changes);
        int restToHalf = value.restToHalf(0);
        return value.cut(
                0,
                rule == Excess.TRUNCATE ? value.negative() : restToHalf > 0 || (restToHalf == 0 && !value.negative()));
    }

    /** Takes a time that has been read to the microsecond, and was written finer than that, to one that is kept. */
    public void time(TimeParts parts, TimeColumn.Type type, ConversionWarnings changes) throws InvalidFieldValue {
        checkTaken(type);
        note(changes);
        if (rule == Excess.ROUND && parts.nearerToNext) {
            parts.micros++;
        }
    }

    private void checkTaken(TimeColumn.Type type) throws InvalidFieldValue {
        if (rejects()) {
            throw new InvalidFieldValue("is finer than the microseconds that " + type + " keeps");
        }
    }

    private void note(ConversionWarnings changes) {
        changes.note(
                column, rule == Excess.ROUND ? ConversionWarnings.Kind.ROUNDED : ConversionWarnings.Kind.TRUNCATED, "");
    }
}
