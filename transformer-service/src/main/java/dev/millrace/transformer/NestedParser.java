package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The parser of a record or an array, which is made of values of other parsers. */
sealed interface NestedParser extends ValueParser {
    /** A list of the fields' values, with null for NULL. */
    record StructParser(List<ColumnReader> fields) implements NestedParser {
        @Override
        public String sqlType() {
            return type(ValueParser::sqlType);
        }

        @Override
        public String jsonType() {
            return type(ValueParser::jsonType);
        }

        private String type(Function<ValueParser, String> ofField) {
            return fields.stream()
                    .map(field -> Engine.name(field.column()) + " " + ofField.apply(field.parser()))
                    .collect(Collectors.joining(", ", "STRUCT(", ")"));
        }

        @Override
        public void write(JsonGenerator json, Object value) throws IOException {
            List<?> values = (List<?>) value;
            json.writeStartObject();
            for (int i = 0; i < values.size(); i++) {
                ColumnReader field = fields.get(i);
                json.writeFieldName(field.column().name());
                Object part = values.get(i);
                if (part == null) {
                    json.writeNull();
                } else {
                    field.parser().write(json, part);
                }
            }
            json.writeEndObject();
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            if (field.kind() != Field.Kind.OBJECT) {
                throw new InvalidFieldValue("is " + field.kind().words() + ", and a RECORD wants an object");
            }
            Object[] values = new Object[fields.size()];
            for (int i = 0; i < values.length; i++) {
                Field part = field.parts().get(i);
                ColumnReader reader = fields.get(i);
                try {
                    values[i] = reader.value(part, changes);
                } catch (InvalidFieldValue e) {
                    throw e.at("." + reader.column().name(), part);
                }
            }
            return Arrays.asList(values);
        }
    }

    /**
     * A list of values, none of them null.
     *
     * @param written what texts among them mean; null: what they say
     */
    record ArrayParser(ValueParser element, @Nullable SourceTexts written) implements NestedParser {
        @Override
        public String sqlType() {
            return element.sqlType() + "[]";
        }

        @Override
        public String jsonType() {
            return element.jsonType() + "[]";
        }

        @Override
        public Object nothing() {
            return List.of();
        }

        @Override
        public void write(JsonGenerator json, Object value) throws IOException {
            json.writeStartArray();
            for (Object one : (List<?>) value) {
                element.write(json, one);
            }
            json.writeEndArray();
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            if (field.kind() != Field.Kind.ARRAY) {
                throw new InvalidFieldValue("is " + field.kind().words() + ", and a REPEATED column wants an array");
            }
            List<Field> parts = field.parts();
            List<Object> values = new ArrayList<>(parts.size());
            for (int i = 0; i < parts.size(); i++) {
                Field part = parts.get(i);
                try {
                    Field meant = written == null ? part : written.read(part);
                    if (meant.isNothing()) {
                        throw new InvalidFieldValue(
                                (part.isNothing() ? "is null" : "means NULL") + ", which an array can't hold");
                    }
                    values.add(element.read(meant, changes));
                } catch (InvalidFieldValue e) {
                    throw e.at("[" + i + "]", part);
                }
            }
            return values;
        }
    }

    /** A record or an array, which travels as JSON. */
    record DocumentParser(ValueParser content) implements NestedParser {
        @Override
        public String sqlType() {
            return content.sqlType();
        }

        @Override
        public String staged(String carried) {
            String typed = "CAST(CAST(" + carried + " AS JSON) AS " + content.jsonType() + ")";
            return content.jsonType().equals(sqlType()) ? typed : "CAST(" + typed + " AS " + sqlType() + ")";
        }

        @Override
        public @Nullable Object nothing() {
            Object none = content.nothing();
            return none == null ? null : text(none);
        }

        @Override
        public Object read(Field field, ConversionWarnings changes) throws InvalidFieldValue {
            return text(content.read(field, changes));
        }

        private String text(Object value) {
            StringWriter text = new StringWriter();
            try (JsonGenerator json = StrictJson.FACTORY.createGenerator(text)) {
                content.write(json, value);
            } catch (IOException e) {
                throw new UncheckedIOException(e); // of memory: can't be
            }
            return text.toString();
        }
    }
}
