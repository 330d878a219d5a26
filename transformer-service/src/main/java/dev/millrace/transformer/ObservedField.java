package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.pipeline.Column;
import dev.millrace.transformer.json.Field;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What the values of one field have been so far. For one thread. */
final class ObservedField {
    /** Of an object: with more, its names are data rather than columns. */
    private static final int MOST_FIELDS = 200;

    private static final int MOST_EXAMPLE = 40;
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final Pattern TIME = Pattern.compile("[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?");
    private static final Pattern LOCAL =
            Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?");
    private static final Pattern MOMENT = Pattern.compile(LOCAL + "(Z|[+-][0-9]{2}(:?[0-9]{2})?)");
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)([.][0-9]+)?");

    /** The kinds of values that came. */
    enum Kind {
        TEXT("texts"),
        NUMBER("numbers"),
        TRUTH("truth values"),
        OBJECT("objects"),
        ARRAY("arrays");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /** Digits that the shortest text of a double has in any case. */
    private static final int EXACT_DIGITS = 15;

    private final boolean texts;
    private final int mostFields;
    private final Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    /** Of scalars: those that have held all of them. */
    private final Set<Column.Type> fitting = EnumSet.of(
            Column.Type.INTEGER,
            Column.Type.NUMERIC,
            Column.Type.BIGNUMERIC,
            Column.Type.FLOAT,
            Column.Type.BOOLEAN,
            Column.Type.DATE,
            Column.Type.TIME,
            Column.Type.DATETIME,
            Column.Type.TIMESTAMP);

    private final Map<String, ObservedField> fields = new LinkedHashMap<>();
    private @Nullable ObservedField elements;
    private boolean nullElements;
    private long values;
    private long objects;
    private @Nullable String example;
    private final Map<Kind, String> examples = new EnumMap<>(Kind.class);
    private @Nullable String widest;
    private boolean exact = true;

    /** @param texts whether the source knows texts only, so that numbers come as such */
    ObservedField(boolean texts) {
        this(texts, MOST_FIELDS);
    }

    /** @param mostFields of an object that aren't too many */
    ObservedField(boolean texts, int mostFields) {
        this.texts = texts;
        this.mostFields = mostFields;
    }

    /** Sees the value at which the parser stands, and goes to its end. */
    void see(JsonParser json) throws IOException {
        switch (json.currentToken()) {
            case VALUE_NULL -> {}
            case START_OBJECT -> object(json);
            case START_ARRAY -> array(json);
            case VALUE_TRUE, VALUE_FALSE -> scalar(Kind.TRUTH, Field.Kind.BOOLEAN, json.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> scalar(Kind.NUMBER, Field.Kind.NUMBER, json.getText());
            default -> scalar(Kind.TEXT, Field.Kind.TEXT, json.getText());
        }
    }

    private void object(JsonParser json) throws IOException {
        values++;
        objects++;
        kinds.add(Kind.OBJECT);
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            JsonToken _ = json.nextToken();
            ObservedField field = fields.get(name);
            if (field == null && fields.size() <= mostFields) {
                field = new ObservedField(texts);
                fields.put(name, field);
            }
            if (field == null) {
                json.skipChildren();
            } else {
                field.see(json);
            }
        }
    }

    private void array(JsonParser json) throws IOException {
        values++;
        kinds.add(Kind.ARRAY);
        ObservedField all = elements;
        if (all == null) {
            all = new ObservedField(texts);
            elements = all;
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            nullElements |= json.currentToken() == JsonToken.VALUE_NULL;
            all.see(json);
        }
    }

    private void scalar(Kind kind, Field.Kind sent, String text) {
        values++;
        kinds.add(kind);
        if (!examples.containsKey(kind)) {
            examples.put(kind, shortened(text));
        }
        if (example == null) {
            example = shortened(text);
        }
        if (fitting.removeIf(type -> !fits(type, kind, sent, text))) {
            widest = shortened(text);
        }
        exact &= text.length() <= EXACT_DIGITS || !fitting.contains(Column.Type.FLOAT) || isExact(text);
    }

    private static String shortened(String text) {
        return text.length() > MOST_EXAMPLE ? text.substring(0, MOST_EXAMPLE) + "…" : text;
    }

    /** Whether a double that is written as short as can be says the same number. */
    private static boolean isExact(String text) {
        return new BigDecimal(Double.toString(Double.parseDouble(text))).compareTo(new BigDecimal(text)) == 0;
    }

    private boolean fits(Column.Type type, Kind kind, Field.Kind sent, String text) {
        boolean form = switch (type) {
            case INTEGER ->
                isNumber(kind, text) && text.indexOf('.') < 0 && text.indexOf('e') < 0 && text.indexOf('E') < 0;
            case NUMERIC, BIGNUMERIC, FLOAT -> isNumber(kind, text);
            case BOOLEAN -> kind == Kind.TRUTH || (texts && kind == Kind.TEXT);
            case DATE -> kind == Kind.TEXT && DATE.matcher(text).matches();
            case TIME -> kind == Kind.TEXT && TIME.matcher(text).matches();
            case DATETIME -> kind == Kind.TEXT && LOCAL.matcher(text).matches();
            case TIMESTAMP -> kind == Kind.TEXT && MOMENT.matcher(text).matches();
            case STRING, BYTES, INTERVAL, JSON, GEOGRAPHY, RECORD -> false;
        };
        return form && Proposals.reads(type, new Field(sent, text));
    }

    /** A text such as 007 isn't one: a number would lose its zeros. */
    private boolean isNumber(Kind kind, String text) {
        return kind == Kind.NUMBER
                || (texts && kind == Kind.TEXT && NUMBER.matcher(text).matches());
    }

    Set<Kind> kinds() {
        return kinds;
    }

    /** Whether a FLOAT would say each number again as it came. */
    boolean isExact() {
        return exact;
    }

    Set<Column.Type> fitting() {
        return fitting;
    }

    /** By name, in the order in which they came. */
    Map<String, ObservedField> fields() {
        return fields;
    }

    boolean hasTooManyFields() {
        return fields.size() > mostFields;
    }

    /** Of arrays; null: there were none. */
    @Nullable
    ObservedField elements() {
        return elements;
    }

    boolean hasNullElements() {
        return nullElements;
    }

    /** Of values that are not null. */
    long values() {
        return values;
    }

    long objects() {
        return objects;
    }

    @Nullable
    String example() {
        return example;
    }

    /** Of scalars of a kind that has come. */
    @Nullable
    String example(Kind kind) {
        return examples.get(kind);
    }

    /** The last value that a type didn't hold which held those before it; null: there was none. */
    @Nullable
    String widest() {
        return widest;
    }
}
