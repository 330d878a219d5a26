package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/**
 * The check for what BigQuery's PARSE_JSON refuses although it is JSON: more than 500 levels
 * (https://cloud.google.com/bigquery/docs/json-data#limitations), and numbers that can't be stored without loss
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#parse_json, wide_number_mode exact).
 *
 * <p>A number is stored as INT64, UINT64 or FLOAT64, and the last is without loss if the number that BigQuery would
 * write for it has the same value; that number is nearly, but not always, the shortest one ({@link Grisu2}). The rule
 * is that of the published implementation of GoogleSQL, {@code CheckNumberRoundtrip} in
 * https://github.com/google/zetasql/blob/master/zetasql/public/json_value.cc.
 */
final class BigQueryJson {
    private static final int MAX_DEPTH = 500;
    private static final int MAX_NUMBER = 1_500;
    private static final int MAX_FRACTION = 1_074;

    private BigQueryJson() {}

    /** @param text one JSON value */
    static void check(String text) throws InvalidFieldValue {
        try (JsonParser parser = StrictJson.FACTORY.createParser(text)) {
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT, START_ARRAY -> {
                        depth++;
                        if (depth > MAX_DEPTH) {
                            throw new InvalidFieldValue(
                                    "is nested in more than " + MAX_DEPTH + " levels, BigQuery's limit of JSON");
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

    private static void checkNumber(String text) throws InvalidFieldValue {
        if (!isKept(text)) {
            String shown = text.length() > 50 ? text.substring(0, 50) + "…" : text;
            throw new InvalidFieldValue("has the number " + shown + ", which BigQuery's JSON can't store without loss");
        }
    }

    /** Whether the number comes back with the same value. */
    static boolean isKept(String text) {
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
