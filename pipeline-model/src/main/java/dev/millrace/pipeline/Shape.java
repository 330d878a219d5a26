package dev.millrace.pipeline;

import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import io.micronaut.core.annotation.Nullable;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What YAML or JSON may say where it describes a record. Read from the record itself, so that whoever reads the pipeline
 * file, a message or a stored document, the JSON Schema and the records can't disagree.
 *
 * @param properties in the order of the record's components
 */
public record Shape(Class<? extends Record> type, List<Property> properties) {
    /** The key that tells variants apart. */
    public static final String DISCRIMINATOR = "type";

    public static Shape of(Class<? extends Record> type) {
        return new Shape(
                type,
                Arrays.stream(type.getRecordComponents()).map(Property::of).toList());
    }

    /** All keys, those of flat components instead of themselves. */
    List<Property> keys() {
        return properties.stream()
                .flatMap(property -> property.flat() ? property.parts().stream() : Stream.of(property))
                .toList();
    }

    public static boolean hasVariants(Class<?> type) {
        return type.isAnnotationPresent(JsonSubTypes.class);
    }

    /** The variants of a sealed interface by what files and messages call them, in their order. */
    public static Map<String, Class<? extends Record>> variants(Class<?> sealed) {
        return Arrays.stream(sealed.getAnnotation(JsonSubTypes.class).value())
                .collect(toMap(
                        JsonSubTypes.Type::name,
                        variant -> variant.value().asSubclass(Record.class),
                        (one, other) -> one,
                        LinkedHashMap::new));
    }

    /** The name of the variant that is meant when none is said; null: it has to be said. */
    public static @Nullable String defaultVariant(Class<?> sealed) {
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
     * @param key in the pipeline file
     * @param component the record component's name, which is the key in messages and stored documents
     * @param formerComponents what it was called there by earlier versions, the latest first
     * @param annotatedType the type, with what may be null within it
     * @param nullable whether it may be left out without a default
     * @param defaultText the default as YAML; null: none
     * @param flat whether the keys of its type stand in its place
     */
    public record Property(
            String key,
            String component,
            List<String> formerComponents,
            AnnotatedType annotatedType,
            boolean nullable,
            @Nullable String defaultText,
            References.Allowed references,
            String doc,
            boolean flat) {
        private static Property of(RecordComponent component) {
            Key key = component.getAnnotation(Key.class);
            Default defaultText = component.getAnnotation(Default.class);
            References references = component.getAnnotation(References.class);
            JsonAlias former = component.getAccessor().getAnnotation(JsonAlias.class);
            return new Property(
                    key == null ? component.getName() : key.value(),
                    component.getName(),
                    former == null ? List.of() : List.of(former.value()),
                    component.getAnnotatedType(),
                    component.getAnnotatedType().isAnnotationPresent(Nullable.class),
                    defaultText == null ? null : defaultText.value(),
                    references == null ? References.Allowed.NONE : references.value(),
                    Shape.doc(component),
                    component.isAnnotationPresent(Flat.class));
        }

        Type type() {
            return annotatedType.getType();
        }

        /** Whether the key must be there. */
        public boolean required() {
            return !nullable && defaultText == null;
        }

        /** Of a flat one, the keys that stand for it. */
        List<Property> parts() {
            return Shape.of(((Class<?>) type()).asSubclass(Record.class)).properties();
        }

        /** What a key means that isn't there; null: nothing, or that it must be there. */
        public @Nullable Object defaultValue() {
            return defaultText == null ? null : Binder.defaultValue(this, defaultText);
        }
    }
}
