package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
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
        TEXT,
        NUMBER,
        TRUTH,
        OBJECT,
        ARRAY
    }

    private final boolean texts;
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

    /** @param texts whether the source knows texts only, so that numbers come as such */
    ObservedField(boolean texts) {
        this.texts = texts;
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
            if (field == null && fields.size() <= MOST_FIELDS) {
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
        if (example == null) {
            example = text.length() > MOST_EXAMPLE ? text.substring(0, MOST_EXAMPLE) + "…" : text;
        }
        fitting.removeIf(type -> !fits(type, kind, sent, text));
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

    Set<Column.Type> fitting() {
        return fitting;
    }

    /** By name, in the order in which they came. */
    Map<String, ObservedField> fields() {
        return fields;
    }

    boolean hasTooManyFields() {
        return fields.size() > MOST_FIELDS;
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
}
