package dev.millrace.format;

import dev.millrace.pipeline.Shape;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.Encoder;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.Serializer;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Writes records that have flat components: a component's keys stand among those of the record, as in the pipeline file
 * and as version 0.1 writes them, which knew no such components. Safe for use by several threads.
 */
final class FlatSerializer<T> implements Serializer<T> {
    private final Class<T> type;
    private final ObjectMapper json;

    /**
     * @param type a record, or a sealed interface of records
     * @param json writes the components
     */
    FlatSerializer(Class<T> type, ObjectMapper json) {
        this.type = type;
        this.json = json;
    }

    @Override
    public void serialize(Encoder encoder, EncoderContext context, Argument<? extends T> argument, T value)
            throws IOException {
        Map<String, JsonNode> keys = new LinkedHashMap<>();
        if (Shape.hasVariants(type)) {
            Shape.variants(type).forEach((name, variant) -> {
                if (variant.isInstance(value)) {
                    keys.put(Shape.DISCRIMINATOR, JsonNode.createStringNode(name));
                }
            });
        }
        for (Shape.Property property :
                Shape.of(value.getClass().asSubclass(Record.class)).properties()) {
            JsonNode tree = tree(property, value);
            if (property.flat()) {
                nameOf(tree)
                        .ifPresent(variant -> keys.computeIfPresent(
                                Shape.DISCRIMINATOR,
                                (key, name) -> JsonNode.createStringNode(name.getStringValue() + "-" + variant)));
                tree.entries().forEach(entry -> {
                    if (!entry.getKey().equals(Shape.DISCRIMINATOR)) {
                        keys.putIfAbsent(entry.getKey(), entry.getValue());
                    }
                });
            } else {
                keys.put(property.component(), tree);
            }
        }
        Argument<JsonNode> node = Argument.of(JsonNode.class);
        context.findSerializer(node)
                .createSpecific(context, node)
                .serialize(encoder, context, node, JsonNode.createObjectNode(keys));
    }

    /** Of a component with variants: it follows the record's own, as in extract-rest. */
    private static Optional<String> nameOf(JsonNode component) {
        return Optional.ofNullable(component.get(Shape.DISCRIMINATOR)).map(JsonNode::getStringValue);
    }

    @SuppressWarnings("unchecked") // it is what the component holds
    private JsonNode tree(Shape.Property property, T value) throws IOException {
        try {
            Method accessor = value.getClass().getDeclaredMethod(property.component());
            accessor.setAccessible(true); // a record may be the business of its package alone
            Object content = accessor.invoke(value);
            return content == null
                    ? JsonNode.nullNode()
                    : json.writeValueToTree(
                            (Argument<Object>)
                                    Argument.of(property.annotatedType().getType()),
                            content);
        } catch (NoSuchMethodException | InvocationTargetException | IllegalAccessException e) {
            throw new IllegalStateException("can't read " + property.component() + " of a " + value.getClass(), e);
        }
    }
}
