package dev.millrace.pipeline;

import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import io.micronaut.core.annotation.Nullable;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the file may say where it describes a record. Read from the record itself, so that the reader, the JSON Schema
 * and the records can't disagree.
 *
 * @param properties in the order of the record's components
 */
record Shape(Class<? extends Record> type, List<Property> properties) {
    /** The key that tells variants apart. */
    static final String DISCRIMINATOR = "type";

    static Shape of(Class<? extends Record> type) {
        return new Shape(
                type,
                Arrays.stream(type.getRecordComponents()).map(Property::of).toList());
    }

    static boolean hasVariants(Class<?> type) {
        return type.isAnnotationPresent(JsonSubTypes.class);
    }

    /** The variants of a sealed interface by what the file calls them, in their order. */
    static Map<String, Class<? extends Record>> variants(Class<?> sealed) {
        return Arrays.stream(sealed.getAnnotation(JsonSubTypes.class).value())
                .collect(toMap(
                        JsonSubTypes.Type::name,
                        variant -> variant.value().asSubclass(Record.class),
                        (one, other) -> one,
                        LinkedHashMap::new));
    }

    /** What the file calls the variant that is meant when it doesn't say; null: it has to say. */
    static @Nullable String defaultVariant(Class<?> sealed) {
        Default variant = sealed.getAnnotation(Default.class);
        return variant == null ? null : variant.value();
    }

    /** The constants of an enum by what the file calls them, in their order. */
    static Map<String, Enum<?>> spellings(Class<?> type) {
        Map<String, Enum<?>> spellings = new LinkedHashMap<>();
        for (Object constant : type.getEnumConstants()) {
            Enum<?> value = (Enum<?>) constant;
            spellings.put(
                    type.isAnnotationPresent(UpperCase.class)
                            ? value.name()
                            : value.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                    value);
        }
        return spellings;
    }

    /** The one sentence about a record, variant or component. */
    static String doc(AnnotatedElement element) {
        Doc doc = element.getAnnotation(Doc.class);
        return doc == null ? "" : doc.value();
    }

    /**
     * One key.
     *
     * @param nullable whether it may be left out without a default
     * @param defaultText the default as YAML; null: none
     */
    record Property(
            String key,
            Type type,
            boolean nullable,
            @Nullable String defaultText,
            References.Allowed references,
            String doc) {
        private static Property of(RecordComponent component) {
            Key key = component.getAnnotation(Key.class);
            Default defaultText = component.getAnnotation(Default.class);
            References references = component.getAnnotation(References.class);
            return new Property(
                    key == null ? component.getName() : key.value(),
                    component.getGenericType(),
                    component.getAnnotatedType().isAnnotationPresent(Nullable.class),
                    defaultText == null ? null : defaultText.value(),
                    references == null ? References.Allowed.NONE : references.value(),
                    Shape.doc(component));
        }

        boolean required() {
            return !nullable && defaultText == null;
        }
    }
}
