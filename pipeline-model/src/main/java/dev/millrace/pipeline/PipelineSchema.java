package dev.millrace.pipeline;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The JSON Schema (draft 2020-12) of pipeline files, for editors. It knows keys, kinds, variants and references; rules
 * across several keys are checked by {@link PipelineReader} only.
 */
public final class PipelineSchema {
    private static final String SECRET = SecretReference.EXPRESSION;
    private static final String DAY = DayReference.REGEX.replace("(?:", "(");
    private static final String CURSOR = CursorReference.REGEX.replace("(?:", "(");
    private static final String EACH = EachReference.REGEX.replace("(?:", "(");
    private static final String NO_REFERENCE = "[^$]|\\$(?!\\{)";

    private final Map<String, Object> definitions = new TreeMap<>();

    private PipelineSchema() {}

    /** The schema as it is published. */
    public static String json() {
        PipelineSchema schema = new PipelineSchema();
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "Millrace pipeline");
        root.putAll(schema.record(Shape.of(Pipeline.class)));
        root.put(
                "allOf",
                Shape.variantsInFiles(Source.class).keySet().stream()
                        .map(schema::endpointsOf)
                        .toList());
        root.put("$defs", schema.definitions);
        return printed(root);
    }

    /** What endpoints may say depends on the source. */
    private Map<String, Object> endpointsOf(String source) {
        String name = "Endpoint." + source;
        Shape endpoint = Shape.of(Endpoint.class);
        definitions.put(name, record(new Shape(endpoint.type(), endpoint.keys(source))));
        return Map.of(
                "if",
                Map.of(
                        "properties",
                        Map.of(
                                "source",
                                Map.of(
                                        "properties",
                                        Map.of(Shape.DISCRIMINATOR, Map.of("const", source)),
                                        "required",
                                        List.of(Shape.DISCRIMINATOR))),
                        "required",
                        List.of("source")),
                "then",
                Map.of(
                        "properties",
                        Map.of("endpoints", Map.of("additionalProperties", Map.of("$ref", "#/$defs/" + name)))));
    }

    private Map<String, Object> record(Shape shape) {
        return record(shape, Map.of(), false);
    }

    /** @param first properties before those of the shape */
    private Map<String, Object> record(Shape shape, Map<String, Object> first, boolean firstRequired) {
        Map<String, Object> properties = new LinkedHashMap<>(first);
        List<String> required = new ArrayList<>(firstRequired ? first.keySet() : List.of());
        for (Shape.Property property : shape.keys()) {
            properties.put(property.key(), property(property));
            if (property.required()) {
                required.add(property.key());
            }
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", Shape.doc(shape.type()));
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("required", required);
        schema.put("additionalProperties", false);
        return schema;
    }

    private Map<String, Object> property(Shape.Property property) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", property.doc());
        schema.putAll(new TreeMap<>(value(property.type(), property.references())));
        if (property.defaultText() != null) {
            schema.put("default", new Yaml(new SafeConstructor(new LoaderOptions())).load(property.defaultText()));
        }
        return schema;
    }

    private Map<String, Object> value(Type type, References.Allowed references) {
        if (type instanceof ParameterizedType collection) {
            Type[] arguments = collection.getActualTypeArguments();
            return collection.getRawType() == List.class
                    ? Map.of("type", "array", "items", value(arguments[0], references))
                    : Map.of("type", "object", "additionalProperties", value(arguments[1], references));
        }
        Class<?> plain = (Class<?>) type;
        if (plain == Endpoint.class) {
            return Map.of("type", "object");
        } else if (plain.isRecord()) {
            return reference(plain, () -> record(Shape.of(plain.asSubclass(Record.class))));
        } else if (Shape.hasVariants(plain)) {
            return reference(plain, () -> variants(plain));
        }
        return scalar(plain, references);
    }

    private Map<String, Object> reference(Class<?> type, java.util.function.Supplier<Map<String, Object>> definition) {
        String name = type.getName()
                .substring(PipelineSchema.class.getPackageName().length() + 1)
                .replace('$', '.');
        if (definitions.putIfAbsent(name, Map.of()) == null) { // a record may have itself within
            definitions.put(name, definition.get());
        }
        return Map.of("$ref", "#/$defs/" + name);
    }

    /**
     * One object for each variant, told apart by its constant type. The types are listed beside them as well: while one
     * is being chosen, editors leave out the variants that lack a required key.
     */
    private Map<String, Object> variants(Class<?> type) {
        List<Object> choices = new ArrayList<>();
        String meant = Shape.defaultVariant(type);
        Shape.variantsInFiles(type)
                .forEach((name, variant) -> choices.add(variant(name, Shape.of(variant), !name.equals(meant))));
        return Map.of(
                "type",
                "object",
                "properties",
                Map.of(
                        Shape.DISCRIMINATOR,
                        Map.of("enum", List.copyOf(Shape.variantsInFiles(type).keySet()))),
                "required",
                meant == null ? List.of(Shape.DISCRIMINATOR) : List.of(),
                "oneOf",
                choices);
    }

    private Map<String, Object> variant(String name, Shape shape, boolean typeRequired) {
        Map<String, Object> type = Map.of("const", name, "description", Shape.doc(shape.type()));
        Map<String, Object> schema = record(shape, Map.of(Shape.DISCRIMINATOR, type), typeRequired);
        schema.put("title", name);
        return schema;
    }

    private static Map<String, Object> scalar(Class<?> type, References.Allowed references) {
        if (type.isEnum()) {
            List<Object> spellings = new ArrayList<>(Shape.spellings(type).keySet());
            if (spellings.contains("null")) {
                spellings.add(null); // without quotes YAML takes it for nothing, the reader doesn't
            }
            return Map.of("enum", spellings);
        } else if (type == boolean.class) {
            return Map.of("type", "boolean");
        } else if (type == int.class || type == Integer.class) {
            return Map.of("type", "integer");
        } else if (type == double.class || type == Double.class) {
            return Map.of("type", "number");
        } else if (type == Duration.class) {
            return Map.of("type", "string", "pattern", "^" + Scalars.DURATION + "$");
        } else if (type == ZoneId.class) {
            return Map.of("type", "string");
        }
        // a text may look like a number or a boolean: the reader takes it as it is written
        Object types =
                references == References.Allowed.SECRET_REQUIRED ? "string" : List.of("string", "number", "boolean");
        return Map.of(
                "type", types, "pattern", pattern(references), "patternErrorMessage", patternErrorMessage(references));
    }

    /** What editors show instead of the pattern, https://code.visualstudio.com/docs/languages/json#_json-schemas-and-settings */
    private static String patternErrorMessage(References.Allowed references) {
        return switch (references) {
            case NONE -> "Text without ${...}: this key takes no references.";
            case SECRETS -> "References are ${secret:NAME} and ${secret:NAME#FIELD}.";
            case DAY -> "The only reference is ${day}.";
            case SECRETS_AND_RUN ->
                "References are ${secret:NAME}, ${secret:NAME#FIELD}, ${day}, ${cursor} and what forEach names.";
            case SECRET_REQUIRED -> "A secret reference such as ${secret:NAME}, so that the file holds no secret.";
        };
    }

    private static String pattern(References.Allowed references) {
        return switch (references) {
            case NONE -> "^(" + NO_REFERENCE + ")*$";
            case SECRETS -> "^(" + NO_REFERENCE + "|" + SECRET + ")*$";
            case DAY -> "^(" + NO_REFERENCE + "|" + DAY + ")*$";
            case SECRETS_AND_RUN -> "^(" + NO_REFERENCE + "|" + SECRET + "|" + DAY + "|" + CURSOR + "|" + EACH + ")*$";
            case SECRET_REQUIRED -> "^(" + NO_REFERENCE + ")*" + SECRET + "(" + NO_REFERENCE + "|" + SECRET + ")*$";
        };
    }

    private static String printed(Map<String, Object> schema) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
            write(json, schema);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString().replace("\r\n", "\n") + "\n";
    }

    private static void write(JsonGenerator json, Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case Map<?, ?> map -> {
                json.writeStartObject();
                for (Map.Entry<?, ?> entry : inOrder(map).entrySet()) {
                    json.writeFieldName(entry.getKey().toString());
                    write(json, entry.getValue());
                }
                json.writeEndObject();
            }
            case List<?> list -> {
                json.writeStartArray();
                for (Object item : list) {
                    write(json, item);
                }
                json.writeEndArray();
            }
            case Boolean truth -> json.writeBoolean(truth);
            case Integer number -> json.writeNumber(number);
            default -> json.writeString(value.toString());
        }
    }

    /** Small maps made by {@link Map#of} have no order of their own. */
    private static Map<?, ?> inOrder(Map<?, ?> map) {
        return map instanceof LinkedHashMap ? map : new TreeMap<>(map);
    }
}
