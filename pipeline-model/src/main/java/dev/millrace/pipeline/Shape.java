package dev.millrace.pipeline;

import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.beans.BeanIntrospection;
import io.micronaut.core.beans.BeanIntrospector;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
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

    /** The class path is searched once. */
    private static final ClassValue<Map<String, Class<? extends Record>>> FOUND = new ClassValue<>() {
        @Override
        protected Map<String, Class<? extends Record>> computeValue(Class<?> type) {
            return found(type);
        }
    };

    public static Shape of(Class<? extends Record> type) {
        return new Shape(
                type,
                Arrays.stream(type.getRecordComponents()).map(Property::of).toList());
    }

    /** All keys of a pipeline file, those of flat components instead of themselves. */
    List<Property> keys() {
        return keys(null);
    }

    /** @param variant which of a flat component's variants is meant, if it has some; null: any of them */
    List<Property> keys(@Nullable String variant) {
        return properties.stream()
                .flatMap(property -> property.flat() ? property.parts(variant).stream() : Stream.of(property))
                .toList();
    }

    public static boolean hasVariants(Class<?> type) {
        return type.isAnnotationPresent(JsonTypeInfo.class);
    }

    /**
     * The variants of an interface by what files and messages call them: those that it lists, in their order, or else
     * all that are on the class path, in the order of their names.
     */
    public static Map<String, Class<? extends Record>> variants(Class<?> type) {
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

    /** Those that a pipeline file can have. */
    static Map<String, Class<? extends Record>> variantsInFiles(Class<?> type) {
        Map<String, Class<? extends Record>> variants = new LinkedHashMap<>(variants(type));
        variants.values().removeIf(variant -> variant.isAnnotationPresent(NotInFiles.class));
        return variants;
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

        /**
         * Of a flat one, the keys that stand for it.
         *
         * @param variant as for {@link Shape#keys(String)}
         */
        List<Property> parts(@Nullable String variant) {
            Class<?> plain = (Class<?>) type();
            if (plain.isRecord()) {
                return Shape.of(plain.asSubclass(Record.class)).keys(variant);
            }
            return variantsInFiles(plain).entrySet().stream()
                    .filter(entry -> variant == null || entry.getKey().equals(variant))
                    .flatMap(entry -> Shape.of(entry.getValue()).keys(variant).stream())
                    .toList();
        }

        /** What a key means that isn't there; null: nothing, or that it must be there. */
        public @Nullable Object defaultValue() {
            return defaultText == null ? null : Binder.defaultValue(this, defaultText);
        }
    }
}
