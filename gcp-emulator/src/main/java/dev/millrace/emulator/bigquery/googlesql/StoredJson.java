package dev.millrace.emulator.bigquery.googlesql;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * PARSE_JSON: without white space, members in the order of their names' bytes, of members with one name the first,
 * numbers in the form in which they are kept.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#parse_json">PARSE_JSON</a>
 */
final class StoredJson {
    /** See https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#json_type. */
    private static final int DEPTH = 500;

    /** Digits before the point of numbers that are written without an exponent, and zeros behind it. */
    private static final int MOST_DIGITS = 15;

    private static final int MOST_ZEROS = 4;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(10_000)
                    .maxNumberLength(100_000)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final Comparator<String> BY_CODE_POINTS = (one, other) ->
            Arrays.compare(one.codePoints().toArray(), other.codePoints().toArray());

    private final JsonParser parser;
    private final boolean exact;

    private StoredJson(JsonParser parser, boolean exact) {
        this.parser = parser;
        this.exact = exact;
    }

    /** @param mode of wide numbers: {@code exact} or {@code round} */
    static String of(String text, String mode) {
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() == null) {
                throw invalid("no value");
            }
            String value = new StoredJson(parser, mode.equals("exact")).value(0);
            if (parser.nextToken() != null) {
                throw invalid("more than one value");
            }
            return value;
        } catch (IOException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
    }

    private static IllegalArgumentException invalid(String why) {
        return new IllegalArgumentException("Invalid input to PARSE_JSON: " + why);
    }

    private String value(int depth) throws IOException {
        if (depth == DEPTH && parser.currentToken().isStructStart()) {
            throw invalid("Max nesting of " + DEPTH + " has been exceeded");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(depth);
            case START_ARRAY -> array(depth);
            case VALUE_STRING -> string(parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
            default -> parser.getText();
        };
    }

    private String object(int depth) throws IOException {
        Map<String, String> members = new TreeMap<>(BY_CODE_POINTS);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            members.putIfAbsent(name, value(depth + 1));
        }
        StringJoiner text = new StringJoiner(",", "{", "}");
        members.forEach((name, value) -> text.add(string(name) + ":" + value));
        return text.toString();
    }

    private String array(int depth) throws IOException {
        StringJoiner text = new StringJoiner(",", "[", "]");
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            text.add(value(depth + 1));
        }
        return text.toString();
    }

    private static String string(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }

    private String number(String text) {
        if (!text.contains(".") && !text.contains("e") && !text.contains("E")) {
            BigInteger value = new BigInteger(text);
            if (value.bitLength() <= 63 || (value.signum() > 0 && value.bitLength() <= 64)) {
                return value.toString();
            }
        }
        double value = Double.parseDouble(text);
        if (Double.isInfinite(value)
                || (exact && new BigDecimal(text).compareTo(new BigDecimal(shortest(value))) != 0)) {
            throw invalid("Input number: " + text + " cannot round-trip through string representation");
        }
        return written(value);
    }

    private static String written(double value) {
        String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
        if (value == 0) {
            return sign + "0.0";
        }
        BigDecimal shortest = new BigDecimal(shortest(Math.abs(value))).stripTrailingZeros();
        int point = shortest.precision() - shortest.scale();
        if (point > -MOST_ZEROS && point <= MOST_DIGITS) {
            String plain = shortest.toPlainString();
            return sign + plain + (plain.contains(".") ? "" : ".0");
        }
        String digits = shortest.unscaledValue().toString();
        int exponent = Math.abs(point - 1);
        return sign + digits.charAt(0) + (digits.length() > 1 ? "." + digits.substring(1) : "") + "e"
                + (point - 1 < 0 ? "-" : "+") + (exponent < 10 ? "0" : "") + exponent;
    }

    /** Java writes two digits at least, such as 4.9E-324, also where one tells the number from all others. */
    private static String shortest(double value) {
        if (value != 0 && Math.abs(value) < Double.MIN_NORMAL) {
            BigDecimal digit = new BigDecimal(value).round(new MathContext(1));
            if (digit.doubleValue() == value) {
                return digit.toString();
            }
        }
        return Double.toString(value);
    }
}
