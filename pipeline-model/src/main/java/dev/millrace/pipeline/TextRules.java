package dev.millrace.pipeline;

import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How a source writes values in texts. Numbers and booleans that are none in the record's JSON are texts; all fields of
 * a CSV file are.
 *
 * @param nullMarkers texts that mean NULL, compared character by character, once they are trimmed if they are
 * @param trim whether what is white space in Unicode is left out at both ends of a text
 * @param decimal what stands before the fraction of a number
 * @param thousands what stands between groups of three digits of a number, where there are groups; null: there are none
 * @param trueValues texts that are true, compared without regard to case; empty: {@code true} is
 * @param falseValues texts that are false; empty exactly when {@code trueValues} are, and then {@code false} is
 * @param surrogates of an endpoint only
 */
@Serdeable
@Doc("How the source writes values in texts.")
public record TextRules(
        @Default("[]") @Doc("Texts that mean NULL, for example NULL, N/A or the empty text.")
        List<String> nullMarkers,

        @Default("false") @Doc("Whether white space at both ends of texts is left out.")
        boolean trim,

        @Default("'.'") @Doc("Decimal separator of numbers in texts, a point or a comma.")
        String decimal,

        @Doc("Thousands separator of numbers in texts, for example a point or a blank.") @Nullable
        String thousands,

        @Default("[]") @Doc("Texts that are true, for example ja.")
        List<String> trueValues,

        @Default("[]") @Doc("Texts that are false, for example nein.")
        List<String> falseValues,

        @Default("reject") @Doc("What becomes of half a character in JSON, such as \\ud83d alone.")
        Surrogates surrogates)
        implements FileRules {
    /** Points, commas, blanks (of any width, those that break no line too), apostrophes and the line of programmers. */
    private static final String THOUSANDS = ".,'\u2019_ \u00a0\u2009\u202f";

    private static final Set<Column.Type> NUMBERS =
            EnumSet.of(Column.Type.INTEGER, Column.Type.NUMERIC, Column.Type.BIGNUMERIC, Column.Type.FLOAT);

    /** What becomes of an escape in JSON that is half of a character (a surrogate by itself), which no text can hold. */
    public enum Surrogates {
        /** The whole record goes to the rejects. */
        REJECT,
        /** It is U+FFFD, the replacement character, and is counted. */
        REPLACE
    }

    @Creator // of two constructors, that which reads JSON
    public TextRules {
        nullMarkers = List.copyOf(nullMarkers);
        trueValues = List.copyOf(trueValues);
        falseValues = List.copyOf(falseValues);
    }

    /** What rejects halves of characters. */
    public TextRules(
            List<String> nullMarkers,
            boolean trim,
            String decimal,
            @Nullable String thousands,
            List<String> trueValues,
            List<String> falseValues) {
        this(nullMarkers, trim, decimal, thousands, trueValues, falseValues, Surrogates.REJECT);
    }

    @Override
    public void check(Checks checks) {
        checks.that(decimal.equals(".") || decimal.equals(","), "decimal", decimal, "a point or a comma");
        if (thousands != null) {
            checks.that(
                    thousands.length() == 1 && THOUSANDS.contains(thousands),
                    "thousands",
                    thousands,
                    "one point, comma, blank (U+0020, U+00A0, U+2009 or U+202F), apostrophe (' or U+2019) or _");
            checks.that(
                    !thousands.equals(decimal), "thousands", thousands, "another character than the decimal separator");
        }
        checks.that(
                trueValues.isEmpty() == falseValues.isEmpty(),
                trueValues.isEmpty() ? "trueValues" : "falseValues",
                "none",
                "at least one text: the other list has some");
        checkTrimmed(checks, "nullMarkers", nullMarkers);
        checkTrimmed(checks, "trueValues", trueValues);
        checkTrimmed(checks, "falseValues", falseValues);
        Set<String> truths = folded(trueValues);
        for (int i = 0; i < falseValues.size(); i++) {
            checks.that(
                    !truths.contains(folded(falseValues.get(i))),
                    "falseValues[" + i + "]",
                    falseValues.get(i),
                    "a text that isn't in trueValues, whatever the case of its letters");
        }
        truths.addAll(folded(falseValues));
        for (int i = 0; i < nullMarkers.size(); i++) {
            checks.that(
                    !truths.contains(folded(nullMarkers.get(i))),
                    "nullMarkers[" + i + "]",
                    nullMarkers.get(i),
                    "a text that is in neither trueValues nor falseValues");
        }
    }

    private void checkTrimmed(Checks checks, String field, List<String> texts) {
        for (int i = 0; trim && i < texts.size(); i++) {
            checks.that(
                    trimmed(texts.get(i)).equals(texts.get(i)),
                    field + "[" + i + "]",
                    texts.get(i),
                    "a text without white space at its ends: trim leaves none");
        }
    }

    /** What is said of a column must matter for its type; an endpoint speaks of all its columns. */
    void checkFor(Checks checks, Column column) {
        Column.Type type = column.type();
        checks.that(
                surrogates == Surrogates.REJECT,
                "texts.surrogates",
                "replace",
                "nothing: a record is read as a whole, so it belongs into the texts of the endpoint");
        boolean within = type == Column.Type.RECORD;
        checks.that(
                !trim || type != Column.Type.JSON,
                "texts.trim",
                "true",
                "nothing: JSON is taken as it was sent, character by character");
        boolean number = within || NUMBERS.contains(type) || column.epoch() != null;
        String onlyNumbers = "nothing: only the types of numbers have it, and " + type + " is none";
        checks.that(number || decimal.equals("."), "texts.decimal", decimal, onlyNumbers);
        checks.that(number || thousands == null, "texts.thousands", String.valueOf(thousands), onlyNumbers);
        boolean truth = within || type == Column.Type.BOOLEAN;
        String onlyBoolean = "nothing: only BOOLEAN has such texts";
        checks.that(truth || trueValues.isEmpty(), "texts.trueValues", trueValues, onlyBoolean);
        checks.that(truth || falseValues.isEmpty(), "texts.falseValues", falseValues, onlyBoolean);
    }

    private static Set<String> folded(List<String> texts) {
        Set<String> folded = new HashSet<>();
        texts.forEach(text -> folded.add(folded(text)));
        return folded;
    }

    /** What texts have in common that differ in case only. */
    public static String folded(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** Without what Unicode calls White_Space at either end; the same object when there is none. */
    public static String trimmed(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isWhiteSpace(text.charAt(start))) {
            start++;
        }
        while (end > start && isWhiteSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /** https://www.unicode.org/Public/UCD/latest/ucd/PropList.txt; Java's own notions lack blanks that break no line. */
    private static boolean isWhiteSpace(char c) {
        return c == ' '
                || (c >= '\t' && c <= '\r')
                || c == '\u0085'
                || c == '\u00a0'
                || c == '\u1680'
                || (c >= '\u2000' && c <= '\u200a')
                || c == '\u2028'
                || c == '\u2029'
                || c == '\u202f'
                || c == '\u205f'
                || c == '\u3000';
    }
}
