package dev.millrace.transformer.value;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.TextRules;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What texts of a source mean in one column, as its {@link TextRules} say: NULL, a number, true or false, or what they
 * say. Looks at a value before the column's type does. Immutable, for use by several threads.
 */
final class SourceTexts {
    private final Set<String> nullMarkers;
    /** The same in UTF-8. */
    private final byte[][] markers;

    private final int longestMarker;
    private final boolean trim;
    private final @Nullable GroupedNumber numbers;
    private final @Nullable Truths truths;
    private final boolean quoted;

    private SourceTexts(TextRules rules, boolean number, boolean truth, boolean quoted) {
        this.nullMarkers = Set.copyOf(rules.nullMarkers());
        this.markers = nullMarkers.stream()
                .map(marker -> marker.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        this.longestMarker =
                Stream.of(markers).mapToInt(marker -> marker.length).max().orElse(-1);
        this.trim = rules.trim() && !quoted;
        this.quoted = quoted;
        this.numbers = number ? GroupedNumber.of(rules) : null;
        this.truths = truth && !rules.trueValues().isEmpty() ? Truths.of(rules) : null;
    }

    /**
     * Of the values that a column has one of, or its array holds.
     *
     * @param texts whether all values are texts, so that JSON has no quotes of its own
     * @return null when values mean what they say
     */
    static @Nullable SourceTexts ofValues(Column column, boolean texts) {
        TextRules rules = column.texts();
        return rules == null
                ? null
                : switch (column.type()) {
                    case INTEGER, NUMERIC, BIGNUMERIC, FLOAT -> new SourceTexts(rules, true, false, false);
                    case BOOLEAN -> new SourceTexts(rules, false, true, false);
                    case JSON -> new SourceTexts(rules, false, false, !texts);
                    case DATE, DATETIME, TIMESTAMP -> new SourceTexts(rules, column.epoch() != null, false, false);
                    case STRING, BYTES, TIME, INTERVAL, GEOGRAPHY, RECORD ->
                        new SourceTexts(rules, false, false, false);
                };
    }

    /** Of what stands in the place of a whole array; null when it means what it says. */
    public static @Nullable SourceTexts ofArray(Column column) {
        TextRules rules = column.texts();
        return rules == null ? null : new SourceTexts(rules, false, false, false);
    }

    /** The value as the column's type reads it: another field than the one that was sent if it means something else. */
    public Field read(Field sent) throws InvalidFieldValue {
        if (sent.kind() == Field.Kind.NUMBER && truths != null) {
            return truths.read(sent.text());
        }
        if (sent.kind() != Field.Kind.TEXT) {
            return sent;
        }
        Field asBytes = quoted || truths != null || !sent.isPlainText() ? null : ofBytes(sent);
        if (asBytes != null) {
            return asBytes;
        }
        String text = quoted ? sent.unquoted() : sent.text();
        String meant = trim ? TextRules.trimmed(text) : text;
        if (nullMarkers.contains(meant)) {
            return Field.NULL;
        }
        if (truths != null) {
            return truths.read(meant);
        }
        if (numbers != null) {
            return new Field(Field.Kind.TEXT, numbers.plain(meant));
        }
        return meant.length() == text.length() ? sent : new Field(Field.Kind.TEXT, meant);
    }

    /** What most texts mean, without a String of them; null: it takes a closer look. */
    private @Nullable Field ofBytes(Field sent) {
        int length = sent.length();
        if (trim && length > 0 && !(isNoSpace(sent.byteAt(0)) && isNoSpace(sent.byteAt(length - 1)))) {
            return null;
        }
        if (length <= longestMarker && isMarker(sent)) {
            return Field.NULL;
        }
        return numbers == null ? sent : numbers.plain(sent);
    }

    private boolean isMarker(Field sent) {
        for (byte[] marker : markers) {
            if (sent.hasBytes(marker)) {
                return true;
            }
        }
        return false;
    }

    /** Of other characters than those of ASCII, some are white space. */
    private static boolean isNoSpace(byte b) {
        return b > ' ';
    }

    /**
     * The texts that are true and false.
     *
     * @param all as the pipeline file has them
     */
    private record Truths(Set<String> trueOnes, Set<String> falseOnes, List<String> all) {
        static Truths of(TextRules rules) {
            List<String> all = new ArrayList<>(rules.trueValues());
            all.addAll(rules.falseValues());
            return new Truths(folded(rules.trueValues()), folded(rules.falseValues()), List.copyOf(all));
        }

        private static Set<String> folded(List<String> texts) {
            Set<String> folded = new HashSet<>();
            texts.forEach(text -> folded.add(TextRules.folded(text)));
            return Set.copyOf(folded);
        }

        Field read(String text) throws InvalidFieldValue {
            String folded = TextRules.folded(text);
            if (trueOnes.contains(folded)) {
                return Field.TRUE;
            }
            if (falseOnes.contains(folded)) {
                return Field.FALSE;
            }
            throw new InvalidFieldValue("is none of the texts for true and false: '" + String.join("', '", all) + "'");
        }
    }
}
