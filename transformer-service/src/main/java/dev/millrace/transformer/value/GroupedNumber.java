package dev.millrace.transformer.value;

import dev.millrace.pipeline.TextRules;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import io.micronaut.core.annotation.Nullable;

/**
 * The reader of numbers that are written for people, such as {@code 1.234,56}.
 *
 * @param decimal what stands before the fraction
 * @param thousands what stands between groups of exactly three digits before it; null: nothing does
 */
record GroupedNumber(char decimal, @Nullable Character thousands) {
    /** Null when numbers are written as everywhere else. */
    public static @Nullable GroupedNumber of(TextRules rules) {
        String thousands = rules.thousands();
        return thousands == null && rules.decimal().equals(".")
                ? null
                : new GroupedNumber(rules.decimal().charAt(0), thousands == null ? null : thousands.charAt(0));
    }

    /** The number with a point and without groups. What is no number at all stays so, for its column to say. */
    public String plain(String text) throws InvalidFieldValue {
        StringBuilder plain = new StringBuilder(text.length());
        int start = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        boolean grouped = false;
        int group = start;
        boolean fraction = false;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : 0;
            boolean separates = thousands != null && c == thousands;
            boolean ends = i == text.length() || c == decimal || c == 'e' || c == 'E';
            if (separates && fraction) {
                throw new InvalidFieldValue("has the thousands separator '" + c + "' behind its whole part");
            }
            if (!fraction && (separates || (ends && grouped))) {
                checkGroup(text, group, i, !grouped);
                grouped = true;
                group = i + 1;
            }
            fraction |= ends;
            if (c == decimal) {
                plain.append('.');
            } else if (c == '.' && !separates) {
                throw new InvalidFieldValue("has a point, and the decimal separator is '" + decimal + "'");
            } else if (!separates && i < text.length()) {
                plain.append(c);
            }
        }
        return plain.toString();
    }

    /** The same of digits without groups, with or without a sign and a fraction; null: it is something else. */
    @Nullable
    public Field plain(Field plainText) {
        int length = plainText.length();
        int point = -1;
        for (int i = 0; i < length; i++) {
            byte b = plainText.byteAt(i);
            if (b == decimal && point < 0) {
                point = i;
            } else if ((b < '0' || b > '9') && !(i == 0 && (b == '-' || b == '+'))) {
                return null;
            }
        }
        if (point < 0 || decimal == '.') {
            return plainText;
        }
        byte[] written = plainText.utf8();
        written[point] = '.';
        return new Field(Field.Kind.TEXT, written, 0, length, false);
    }

    /** Of digits between two separators, or at an end. */
    private void checkGroup(String text, int from, int to, boolean first) throws InvalidFieldValue {
        int length = to - from;
        if (first ? length < 1 || length > 3 : length != 3) {
            throw new InvalidFieldValue(
                    "has groups that aren't of 3 digits, with the thousands separator '" + thousands + "'");
        }
        if (first && text.charAt(from) == '0') {
            throw new InvalidFieldValue(
                    "has a thousands separator '" + thousands + "' behind a group that begins with 0");
        }
    }
}
