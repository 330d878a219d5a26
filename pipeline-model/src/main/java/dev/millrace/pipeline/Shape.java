package dev.millrace.pipeline;

import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.beans.BeanIntrospection;
import io.micronaut.core.beans.BeanIntrospector;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the file may say where it describes a record. Read from the record itself, so that the reader, the JSON Schema
 * and the records can't disagree.
 *
 * @param properties in the order of the record's components
 */
record Shape(Class<? extends Record> type, List<Property> properties) {
    /** The key that tells variants apart. */
    static final String DISCRIMINATOR = "type";

    /** The class path is searched once. */
    private static final ClassValue<Map<String, Class<? extends Record>>> FOUND = new ClassValue<>() {
        @Override
        protected Map<String, Class<? extends Record>> computeValue(Class<?> type) {
            return found(type);
        }
    };

    static Shape of(Class<? extends Record> type) {
        return new Shape(
                type,
                Arrays.stream(type.getRecordComponents()).map(Property::of).toList());
    }

    /** The shape with the keys of that variant in the place of each inline property. */
    Shape inlined(String variant) {
        return new Shape(
                type,
                properties.stream()
                        .flatMap(property -> property.inline()
                                ? of(Objects.requireNonNull(variants((Class<?>) property.type()).get(variant)))
                                        .properties()
                                        .stream()
                                : Stream.of(property))
                        .toList());
    }

    static boolean hasVariants(Class<?> type) {
        return type.isAnnotationPresent(JsonTypeInfo.class);
    }

    /**
     * The variants of an interface by what the file calls them: those that it lists, in their order, or else all that
     * are on the class path, in the order of their names.
     */
    static Map<String, Class<? extends Record>> variants(Class<?> type) {
        JsonSubTypes listed = type.getAnnotation(JsonSubTypes.class);
        return listed == null
                ? FOUND.get(type)
                : Arrays.stream(listed.value())
                        .collect(toMap(
                                JsonSubTypes.Type::name,
                                variant -> variant.value().asSubclass(Record.class),
                                (one, other) -> one,
                                LinkedHashMap::new));
    }

    private static Map<String, Class<? extends Record>> found(Class<?> type) {
        Map<String, Class<? extends Record>> variants = new TreeMap<>();
        for (BeanIntrospection<Object> introspection : BeanIntrospector.SHARED.findIntrospections(
                reference -> reference.isPresent() && type.isAssignableFrom(reference.getBeanType()))) {
            Class<?> variant = introspection.getBeanType();
            JsonTypeName name = variant.getAnnotation(JsonTypeName.class);
            if (name != null) {
                variants.put(name.value(), variant.asSubclass(Record.class));
            }
        }
        return Collections.unmodifiableMap(variants);
    }

    /** What the file calls the variant that is meant when it doesn't say; null: it has to say. */
    static @Nullable String defaultVariant(Class<?> type) {
        Default variant = type.getAnnotation(Default.class);
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
                            : value.name().toLowerCase(Locale.ROOT),
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
     * @param inline whether the keys of one of the type's variants stand in the place of the key
     * @param nullable whether it may be left out without a default
     * @param defaultText the default as YAML; null: none
     */
    record Property(
            String key,
            Type type,
            boolean inline,
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
                    component.isAnnotationPresent(Inline.class),
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
