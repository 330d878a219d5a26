package dev.millrace.format;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import dev.millrace.pipeline.Shape;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Makes records of a JSON tree, as their {@link Shape} says: a key that isn't there means its default, as in a pipeline
 * file; a key that nobody knows comes from a newer version and is ignored; a key that an earlier version called something
 * else is found by that name; and nothing, where there must be something, is an error. Single values are read as the
 * framework reads them, but a text, a number or a truth value has to be one. For one document and one thread.
 */
final class DocumentReader {
    /** Whose type names the variant of flat components. */
    private static final String SOURCE = "source";

    private static final ClassValue<Blueprint> BLUEPRINTS = new ClassValue<>() {
        @Override
        protected Blueprint computeValue(Class<?> type) {
            return Blueprint.of(type.asSubclass(Record.class));
        }
    };

    private final String document;
    private final ObjectMapper json;

    /** Name of the kind of source that the record being read is about; null: none has been seen. */
    private @Nullable String kind;

    /**
     * @param document what errors call it
     * @param json reads single values
     */
    DocumentReader(String document, ObjectMapper json) {
        this.document = document;
        this.json = json;
    }

    <T> T read(Class<T> type, JsonNode root) throws IOException {
        return type.cast(plain(type, root, ""));
    }

    private @Nullable Object value(AnnotatedType type, JsonNode node, String path) throws IOException {
        if (node.isNull()) {
            if (type.isAnnotationPresent(Nullable.class)) {
                return null;
            }
            throw unreadable(path, found(node, expected(type.getType())), null);
        }
        if (type instanceof AnnotatedParameterizedType collection) {
            AnnotatedType[] arguments = collection.getAnnotatedActualTypeArguments();
            Type raw = ((ParameterizedType) collection.getType()).getRawType();
            if (raw == List.class) {
                return list(arguments[0], node, path);
            } else if (raw == Map.class) {
                return map(arguments[1], node, path);
            }
        }
        return type.getType() instanceof Class<?> plain ? plain(plain, node, path) : single(type.getType(), node, path);
    }

    private Object plain(Class<?> type, JsonNode node, String path) throws IOException {
        if (type.isRecord()) {
            return record(type, object(node, path), path);
        } else if (Shape.hasVariants(type)) {
            return variant(type, object(node, path), path);
        } else if (type.isEnum()) {
            return constant(type, node, path);
        }
        return single(type, node, path);
    }

    private List<@Nullable Object> list(AnnotatedType itemType, JsonNode node, String path) throws IOException {
        if (!node.isArray()) {
            throw unreadable(path, found(node, "a list"), null);
        }
        List<@Nullable Object> items = new ArrayList<>();
        for (JsonNode item : node.values()) {
            items.add(value(itemType, item, path + "[" + items.size() + "]"));
        }
        return items;
    }

    private Map<String, @Nullable Object> map(AnnotatedType valueType, JsonNode node, String path) throws IOException {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : object(node, path).entries()) {
            values.put(entry.getKey(), value(valueType, entry.getValue(), within(path, entry.getKey())));
        }
        return values;
    }

    private Object variant(Class<?> sealed, JsonNode object, String path) throws IOException {
        Map<String, Class<? extends Record>> variants = Shape.variants(sealed);
        String expected = "one of " + String.join(", ", variants.keySet());
        JsonNode name = object.get(Shape.DISCRIMINATOR);
        if (name == null || name.isNull()) {
            String meant = Shape.defaultVariant(sealed);
            if (meant == null) {
                throw unreadable(within(path, Shape.DISCRIMINATOR), found(null, expected), null);
            }
            return record(Objects.requireNonNull(variants.get(meant)), object, path);
        }
        Class<? extends Record> variant = name.isString() ? named(variants, name.getStringValue()) : null;
        if (variant == null) {
            throw unreadable(within(path, Shape.DISCRIMINATOR), found(name, expected), null);
        }
        return record(variant, object, path);
    }

    /** One with a flat component is called by its own name and that of the component's variant: extract-rest. */
    private static @Nullable Class<? extends Record> named(Map<String, Class<? extends Record>> variants, String name) {
        Class<? extends Record> variant = variants.get(name);
        if (variant == null && name.contains("-")) {
            variant = variants.get(name.substring(0, name.indexOf('-')));
            return variant != null && BLUEPRINTS.get(variant).flattens() ? variant : null;
        }
        return variant;
    }

    private Object record(Class<?> type, JsonNode object, String path) throws IOException {
        String outer = kind;
        JsonNode source = object.get(SOURCE);
        if (source != null && source.isObject()) {
            JsonNode name = source.get(Shape.DISCRIMINATOR);
            kind = name != null && name.isString() ? name.getStringValue() : null;
        }
        try {
            return made(BLUEPRINTS.get(type), type, object, path);
        } finally {
            kind = outer;
        }
    }

    private Object made(Blueprint blueprint, Class<?> type, JsonNode object, String path) throws IOException {
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < blueprint.properties().size(); i++) {
            Shape.Property property = blueprint.properties().get(i);
            JsonNode node = node(property, object);
            String at = within(path, property.component());
            if (node == null && property.flat()) {
                values.add(flat((Class<?>) property.annotatedType().getType(), object, path));
            } else if (node != null) {
                values.add(value(property.annotatedType(), node, at));
            } else if (property.required()) {
                throw unreadable(
                        at, found(null, expected(property.annotatedType().getType())), null);
            } else {
                values.add(blueprint.defaults().get(i));
            }
        }
        try {
            return blueprint.constructor().newInstance(values.toArray());
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IllegalArgumentException refused) {
                throw unreadable(path, String.valueOf(refused.getMessage()), refused);
            } else if (cause instanceof RuntimeException failed) {
                throw unreadable(path, "can't be made into a " + type.getSimpleName() + ": " + failed, failed);
            }
            throw new IllegalStateException("can't make a " + type, e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("can't make a " + type, e);
        }
    }

    private Object flat(Class<?> type, JsonNode object, String path) throws IOException {
        if (type.isRecord()) {
            return record(type, object, path);
        }
        Map<String, Class<? extends Record>> variants = Shape.variants(type);
        Class<? extends Record> variant = kind == null ? null : variants.get(kind);
        if (variant == null) {
            String found = kind == null ? "no source with a type" : "another type";
            throw unreadable(
                    within(SOURCE, Shape.DISCRIMINATOR),
                    found + " (expected: one of " + String.join(", ", variants.keySet()) + ")",
                    null);
        }
        return record(variant, object, path);
    }

    private static @Nullable JsonNode node(Shape.Property property, JsonNode object) {
        JsonNode node = object.get(property.component());
        for (String former : property.formerComponents()) {
            node = node == null ? object.get(former) : node;
        }
        return node;
    }

    /** A constant that only a newer version knows is the one that its enum has for this case, if it has one. */
    private Object constant(Class<?> type, JsonNode node, String path) throws IOException {
        Object unknown = null;
        for (Object constant : type.getEnumConstants()) {
            String name = ((Enum<?>) constant).name();
            if (node.isString() && name.equals(node.getStringValue())) {
                return constant;
            }
            if (isForUnknown(type, name)) {
                unknown = constant;
            }
        }
        if (unknown == null || !node.isString()) {
            throw unreadable(path, found(node, expected(type)), null);
        }
        return unknown;
    }

    private static boolean isForUnknown(Class<?> type, String constant) {
        try {
            return type.getField(constant).isAnnotationPresent(JsonEnumDefaultValue.class);
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException("an enum has a field for each constant", e);
        }
    }

    private Object single(Type type, JsonNode node, String path) throws IOException {
        if (type == String.class && node.isNumber()) {
            return node.coerceStringValue(); // a key that held numbers may hold texts now, such as 5xx beside 429
        }
        if (!fits(type, node)) { // the framework would make a text of [7]
            throw unreadable(path, found(node, expected(type)), null);
        }
        Object value;
        try {
            value = json.readValueFromTree(node, Argument.of(type));
        } catch (IOException | RuntimeException e) {
            throw unreadable(path, found(node, expected(type)), e);
        }
        if (value == null) {
            throw unreadable(path, found(node, expected(type)), null);
        }
        return value;
    }

    private static boolean fits(Type type, JsonNode node) {
        if (type == String.class) {
            return node.isString();
        } else if (type == boolean.class || type == Boolean.class) {
            return node.isBoolean();
        } else if (type instanceof Class<?> plain && (plain.isPrimitive() || Number.class.isAssignableFrom(plain))) {
            return node.isNumber();
        }
        return node.isValueNode();
    }

    private JsonNode object(JsonNode node, String path) throws UnreadableException {
        if (!node.isObject()) {
            throw unreadable(path, found(node, "an object"), null);
        }
        return node;
    }

    private UnreadableException unreadable(String path, String reason, @Nullable Throwable cause) {
        return new UnreadableException(document, path, reason, cause);
    }

    private static String within(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String found(@Nullable JsonNode node, String expected) {
        return kind(node) + " (expected: " + expected + ")";
    }

    private static String kind(@Nullable JsonNode node) {
        if (node == null) {
            return "nothing";
        } else if (node.isNull()) {
            return "null";
        } else if (node.isObject()) {
            return "an object";
        } else if (node.isArray()) {
            return "a list";
        } else if (node.isString()) {
            return "a text";
        }
        return node.isNumber() ? "a number" : "true or false";
    }

    private static String expected(Type type) {
        if (type instanceof ParameterizedType collection) {
            return collection.getRawType() == List.class ? "a list" : "an object";
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord() || Shape.hasVariants(plain)) {
            return "an object";
        } else if (plain.isEnum()) {
            return "one of "
                    + String.join(
                            ", ",
                            Arrays.stream(plain.getEnumConstants())
                                    .map(constant -> ((Enum<?>) constant).name())
                                    .toList());
        } else if (plain == boolean.class || plain == Boolean.class) {
            return "true or false";
        } else if (plain == String.class) {
            return "a text";
        }
        return plain.isPrimitive() || Number.class.isAssignableFrom(plain) ? "a number" : "a " + plain.getSimpleName();
    }

    /**
     * All that is known about a type of record before one is read.
     *
     * @param defaults of the properties, in their order; they can't be changed, or the record copies them
     */
    private record Blueprint(
            Constructor<?> constructor, List<Shape.Property> properties, List<@Nullable Object> defaults) {
        boolean flattens() {
            return properties.stream().anyMatch(Shape.Property::flat);
        }

        static Blueprint of(Class<? extends Record> type) {
            List<Shape.Property> properties = Shape.of(type).properties();
            List<@Nullable Object> defaults = new ArrayList<>();
            properties.forEach(property -> defaults.add(property.defaultValue()));
            try {
                Constructor<?> constructor = type.getDeclaredConstructor(Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getType)
                        .toArray(Class<?>[]::new));
                constructor.setAccessible(true); // a record may be the business of its package alone
                return new Blueprint(constructor, properties, defaults);
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException("every record has such a constructor", e);
            }
        }
    }
}
