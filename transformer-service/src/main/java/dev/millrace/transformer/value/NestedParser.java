package dev.millrace.transformer.value;

import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The parser of a record or an array, which is made of values of other parsers. */
public sealed interface NestedParser extends ValueParser {
    /** A list of the fields' values, with null for NULL. */
    record StructParser(List<ColumnReader> fields) implements NestedParser {
        @Override
        public ColumnBuffer buffer() {
            return new ColumnBuffer.Structs(
                    fields.stream().map(field -> field.parser().buffer()).toList(),
                    fields.stream().map(field -> field.column().name()).toList());
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
        public ColumnBuffer buffer() {
            return new ColumnBuffer.Lists(element.buffer());
        }

        @Override
        public Object nothing() {
            return List.of();
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
}
