package dev.millrace.transformer.value;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.json.StrictJson;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import java.io.IOException;

/**
 * The check for what a warehouse can't give back as it was although it is JSON: too many levels, and numbers that it
 * would change, as its {@link JsonLimits} say. Immutable, for use by several threads.
 *
 * <p>Where not any number is kept, one is stored as INT64, UINT64 or FLOAT64, and the last is without loss if the number
 * that would be written for it has the same value; that number is nearly, but not always, the shortest one ({@link
 * Grisu2}). The rule is that of the published implementation of GoogleSQL, {@code CheckNumberRoundtrip} in
 * https://github.com/google/zetasql/blob/master/zetasql/public/json_value.cc.
 */
public final class WarehouseJson {
    private static final int MAX_NUMBER = 1_500;
    private static final int MAX_FRACTION = 1_074;

    private final String warehouse;
    private final JsonLimits limits;
    private final boolean limited;

    public WarehouseJson(Capabilities capabilities) {
        this.warehouse = capabilities.warehouse();
        this.limits = capabilities.json();
        this.limited = !limits.equals(JsonLimits.NONE);
    }

    /** Whether there is JSON that the warehouse can't hold. */
    public boolean isLimited() {
        return limited;
    }

    /** @param field one JSON value */
    public void check(Field field) throws InvalidFieldValue {
        if (limited) {
            check(field.text());
        }
    }

    /** @param text one JSON value */
    public void check(String text) throws InvalidFieldValue {
        try (JsonParser parser = StrictJson.FACTORY.createParser(text)) {
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT, START_ARRAY -> {
                        depth++;
                        if (limits.depth() != null && depth > limits.depth()) {
                            throw new InvalidFieldValue("is nested in more than " + limits.depth() + " levels, "
                                    + warehouse + "'s limit of JSON");
                        }
                    }
                    case END_OBJECT, END_ARRAY -> depth--;
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> checkNumber(parser.getText());
                    case FIELD_NAME,
                            VALUE_STRING,
                            VALUE_TRUE,
                            VALUE_FALSE,
                            VALUE_NULL,
                            VALUE_EMBEDDED_OBJECT,
                            NOT_AVAILABLE -> {}
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("the record has been found to be JSON", e);
        }
    }

    private void checkNumber(String text) throws InvalidFieldValue {
        if (!limits.anyNumber() && !isKept(text)) {
            String shown = text.length() > 50 ? text.substring(0, 50) + "…" : text;
            throw new InvalidFieldValue(
                    "has the number " + shown + ", which " + warehouse + "'s JSON can't store without loss");
        }
    }

    /** Whether the number comes back with the same value from 64 bits. */
    public static boolean isKept(String text) {
        if (isInteger(text)) {
            return true;
        }
        double value = Double.parseDouble(text);
        Decimal sent = Decimal.of(text);
        if (text.length() > MAX_NUMBER || Double.isInfinite(value) || sent == null) {
            return false;
        }
        if (value == 0) {
            return sent.isZero();
        }
        Grisu2.Digits digits = Grisu2.shortest(Math.abs(value));
        Decimal stored = Decimal.of(digits.number() + "e" + digits.exponent());
        return stored != null
                && stored.digits().equals(sent.digits())
                && stored.exponent() == sent.exponent()
                && sent.fractionDigits() <= MAX_FRACTION;
    }

    /** Of INT64 or UINT64. */
    private static boolean isInteger(String text) {
        boolean negative = text.startsWith("-");
        int digits = text.length() - (negative ? 1 : 0);
        for (int i = negative ? 1 : 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        String limit = negative ? "9223372036854775808" : "18446744073709551615";
        return digits < limit.length()
                || (digits == limit.length() && text.substring(negative ? 1 : 0).compareTo(limit) <= 0);
    }
}
