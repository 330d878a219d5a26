package dev.millrace.pipeline;

import static java.util.stream.Collectors.toCollection;

import dev.millrace.problem.Problem;
import io.micronaut.core.annotation.Nullable;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * The binder of YAML nodes to records, as their {@link Shape} says; it collects what is wrong. A record is made only
 * of parts that are all right; so rules across parts are checked once the parts are: by its constructor, and by its
 * {@link FileRules}.
 *
 * <p>Its methods return null after they have noted an error. For one file and one thread.
 */
final class Binder {
    private static final String PLAIN_TAGS = "tag:yaml.org,2002:";

    private final String file;
    /** What the file calls the kind of its source; null: it isn't known, or not yet. */
    private @Nullable String source;

    private final List<Problem.FieldError> errors = new ArrayList<>();

    /** Whether what is between endpoint and schema is left unchecked, since the schema is yet to be found. */
    private final boolean draft;

    Binder(String file, boolean draft) {
        this.file = file;
        this.draft = draft;
    }

    List<Problem.FieldError> errors() {
        return errors;
    }

    <T extends Record> @Nullable T bind(Class<T> type, Node root) {
        return record(type, Set.of(), YamlPosition.root(root));
    }

    private @Nullable Object value(Type type, References.Allowed references, YamlPosition place) {
        String tag = place.node().getTag().getValue();
        if (!tag.startsWith(PLAIN_TAGS)) {
            return error(place, "the tag " + tag, "no tag");
        }
        if (type instanceof ParameterizedType collection) {
            Type[] arguments = collection.getActualTypeArguments();
            return collection.getRawType() == List.class
                    ? list(arguments[0], references, place)
                    : map(arguments[1], references, place);
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord()) {
            return record(plain.asSubclass(Record.class), Set.of(), place);
        } else if (Shape.hasVariants(plain)) {
            return variant(plain, place);
        }
        return scalar(plain, references, place);
    }

    private @Nullable Object scalar(Class<?> type, References.Allowed references, YamlPosition place) {
        if (!(place.node() instanceof ScalarNode scalar)) {
            return error(place, kind(place.node()), Scalars.expected(type));
        }
        try {
            Object value = Scalars.read(type, scalar);
            if (value instanceof String text) {
                SecretReference.check(text, references);
            }
            return value;
        } catch (InvalidValue e) {
            return errors(place, e);
        }
    }

    private @Nullable Object list(Type itemType, References.Allowed references, YamlPosition place) {
        if (!(place.node() instanceof SequenceNode sequence)) {
            return error(place, kind(place.node()), "a list");
        }
        List<Object> items = new ArrayList<>();
        for (Node node : sequence.getValue()) {
            Object item = value(itemType, references, place.item(items.size(), node));
            items.add(item == null ? this : item); // keeps the count; the list is thrown away
        }
        return items.contains(this) ? null : items;
    }

    private @Nullable Object map(Type valueType, References.Allowed references, YamlPosition place) {
        Map<String, NodeTuple> entries = entries(place);
        if (entries == null) {
            return null;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        entries.forEach((key, tuple) -> {
            Object value = value(valueType, references, place.entry(tuple, key));
            if (value != null) {
                values.put(key, value);
            }
        });
        return values.size() == entries.size() ? values : null;
    }

    private @Nullable Object variant(Class<?> sealed, YamlPosition place) {
        if (!(place.node() instanceof MappingNode mapping)) {
            return error(place, kind(place.node()), "a mapping with a type");
        }
        Map<String, Class<? extends Record>> variants = Shape.variantsInFiles(sealed);
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(Shape.DISCRIMINATOR)) {
                YamlPosition type = place.entry(tuple, Shape.DISCRIMINATOR);
                if (!(type.node() instanceof ScalarNode name)) {
                    return error(type, kind(type.node()), "one of " + String.join(", ", variants.keySet()));
                }
                Class<? extends Record> variant = variants.get(name.getValue());
                if (variant != null && sealed == Source.class) {
                    source = name.getValue(); // whatever else is wrong with it
                }
                return variant == null
                        ? error(type, Scalars.shown(name), Names.expected(name.getValue(), variants.keySet()))
                        : record(variant, Set.of(Shape.DISCRIMINATOR), place);
            }
        }
        String name = Shape.defaultVariant(sealed);
        Class<? extends Record> meant = name == null ? null : variants.get(name);
        return meant == null
                ? error(place.find(Shape.DISCRIMINATOR), "nothing", "one of " + String.join(", ", variants.keySet()))
                : record(meant, Set.of(Shape.DISCRIMINATOR), place);
    }

    /** @param others keys beside those of the record */
    private <T extends Record> @Nullable T record(Class<T> type, Set<String> others, YamlPosition place) {
        int before = errors.size();
        Map<String, NodeTuple> entries = entries(place);
        if (entries == null) {
            return null;
        }
        Shape shape = Shape.of(type);
        refuseUnknown(entries, shape, others, place);
        T made = made(type, shape, entries, place);
        return errors.size() == before ? made : null;
    }

    private <T extends Record> @Nullable T made(
            Class<T> type, Shape shape, Map<String, NodeTuple> entries, YamlPosition place) {
        int before = errors.size();
        List<@Nullable Object> values = new ArrayList<>();
        for (Shape.Property property : shape.properties()) {
            if (property.flat()) {
                Class<? extends Record> part = part((Class<?>) property.type());
                if (part == null) {
                    return null; // it is the source that has an error
                }
                values.add(made(part, Shape.of(part), entries, place));
            } else {
                String reason = Read.class.isAssignableFrom(type) ? ": a source of type " + source + " needs it" : "";
                values.add(property(property, reason, entries.get(property.key()), place));
            }
        }
        return errors.size() == before ? make(type, values, place) : null;
    }

    /** The record whose keys are flat; null when it depends on a source that isn't known. */
    private @Nullable Class<? extends Record> part(Class<?> type) {
        if (type.isRecord()) {
            return type.asSubclass(Record.class);
        }
        return source == null ? null : Shape.variantsInFiles(type).get(source);
    }

    private void refuseUnknown(Map<String, NodeTuple> entries, Shape shape, Set<String> others, YamlPosition place) {
        Set<String> known = new LinkedHashSet<>(others);
        shape.keys(source).forEach(property -> known.add(property.key()));
        entries.forEach((key, tuple) -> {
            if (!known.contains(key)) {
                String owner = owner(shape, key);
                errors.add(
                        owner == null
                                ? place.errorInKey(
                                        file, tuple, key, "the unknown key " + key, Names.expected(key, known))
                                : place.errorInKey(
                                        file,
                                        tuple,
                                        key,
                                        key,
                                        "nothing of that name: it belongs to a source of type " + owner
                                                + ", and that of this pipeline is of type " + source));
            }
        });
    }

    /** The kind of source that would have the key; null: none. */
    private static @Nullable String owner(Shape shape, String key) {
        return Shape.variantsInFiles(Source.class).keySet().stream()
                .filter(kind -> shape.keys(kind).stream()
                        .anyMatch(property -> property.key().equals(key)))
                .findFirst()
                .orElse(null);
    }

    /** @param reason why it has to be there, if that isn't plain */
    private @Nullable Object property(
            Shape.Property property, String reason, @Nullable NodeTuple tuple, YamlPosition place) {
        if (tuple == null) {
            if (property.defaultText() != null) {
                return defaultValue(property, property.defaultText());
            }
            return property.nullable()
                    ? null
                    : error(place.find(property.key()), "nothing", expected(property.type()) + reason);
        }
        return value(property.type(), property.references(), place.entry(tuple, property.key()));
    }

    /** What a key of a record means when it is left out. */
    static Object defaultValue(Shape.Property property, String yaml) {
        Binder binder = new Binder("the default of " + property.key(), false);
        Object value = binder.value(
                property.type(),
                References.Allowed.NONE,
                YamlPosition.root(PipelineReader.compose(yaml).orElseThrow()));
        if (value == null) {
            throw new IllegalStateException(binder.errors.toString());
        }
        return value;
    }

    private <T extends Record> @Nullable T make(Class<T> type, List<@Nullable Object> values, YamlPosition place) {
        Class<?>[] components = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<T> constructor = type.getDeclaredConstructor(components);
            T made = constructor.newInstance(values.toArray());
            boolean unfinished = draft && (made instanceof Endpoint || made instanceof FurtherTable);
            if (made instanceof FileRules ruled && !unfinished) {
                FileRules _ = FileRules.checked(ruled);
            }
            return made;
        } catch (InvalidValue invalid) {
            errors(place, invalid);
            return null;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof InvalidValue invalid) {
                errors(place, invalid);
                return null;
            }
            throw new IllegalStateException("can't make a " + type, e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("can't make a " + type, e);
        }
    }

    /** The entries of a mapping by their keys, each key once; null when it isn't a mapping. */
    private @Nullable Map<String, NodeTuple> entries(YamlPosition place) {
        if (!(place.node() instanceof MappingNode mapping)) {
            error(place, kind(place.node()), "a mapping");
            return null;
        }
        Map<String, NodeTuple> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                errors.add(place.errorInKey(file, tuple, "?", kind(tuple.getKeyNode()) + " as a key", "a text"));
            } else if (entries.putIfAbsent(key.getValue(), tuple) != null) {
                errors.add(place.errorInKey(
                        file, tuple, key.getValue(), "the key " + key.getValue() + " again", "each key once"));
            }
        }
        return entries;
    }

    private @Nullable Object error(YamlPosition place, String found, String expected) {
        errors.add(place.error(file, found, expected));
        return null;
    }

    private @Nullable Object errors(YamlPosition place, InvalidValue invalid) {
        for (InvalidValue.Violation wrong : invalid.violations()) {
            errors.add(place.find(wrong.field()).error(file, wrong.found(), wrong.expected()));
        }
        return null;
    }

    private static String expected(Type type) {
        if (type instanceof ParameterizedType collection) {
            return collection.getRawType() == List.class ? "a list" : "a mapping";
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord()) {
            Set<String> keys = Shape.of(plain.asSubclass(Record.class)).keys().stream()
                    .filter(Shape.Property::required)
                    .map(Shape.Property::key)
                    .collect(toCollection(LinkedHashSet::new));
            return "a mapping with " + String.join(", ", keys);
        }
        return Shape.hasVariants(plain)
                ? Shape.defaultVariant(plain) == null ? "a mapping with a type" : "a mapping"
                : Scalars.expected(plain);
    }

    private static String kind(Node node) {
        return switch (node) {
            case MappingNode _ -> "a mapping";
            case SequenceNode _ -> "a list";
            case ScalarNode scalar -> Scalars.isNull(scalar) ? "nothing" : "a single value";
            default -> node.getNodeId().toString();
        };
    }
}
