package dev.millrace.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Kubernetes' own description of its objects, its OpenAPI document of version 2, as far as the chart needs it. */
final class KubernetesSchema {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode document;
    /** Names of definitions by apiVersion and kind. */
    private final Map<String, String> kinds = new HashMap<>();

    private final Map<String, JsonSchema> schemas = new HashMap<>();

    private KubernetesSchema(ObjectNode document) {
        this.document = document;
    }

    static KubernetesSchema read() throws IOException {
        ObjectNode document = JSON.createObjectNode();
        try (InputStream in =
                Objects.requireNonNull(KubernetesSchema.class.getResourceAsStream("/schemas/kubernetes.json"))) {
            document.set("definitions", JSON.readTree(in));
        }
        KubernetesSchema schema = new KubernetesSchema(document);
        document.path("definitions").properties().forEach(entry -> {
            ObjectNode definition = (ObjectNode) entry.getValue();
            for (JsonNode kind : definition.path("x-kubernetes-group-version-kind")) {
                String group = kind.path("group").asText();
                String version = kind.path("version").asText();
                schema.kinds.put(
                        (group.isEmpty() ? version : group + "/" + version) + " "
                                + kind.path("kind").asText(),
                        entry.getKey());
            }
            if (definition.has("properties")) {
                definition.put("additionalProperties", false); // a server that is strict refuses them too
            }
            if (definition.path("format").asText().equals("int-or-string")
                    || entry.getKey().endsWith(".Quantity")) {
                definition.putArray("type").add("number").add("string");
            }
        });
        withoutExtensions(document);
        return schema;
    }

    /** The validator knows JSON Schema only, and would complain of each of them. */
    private static void withoutExtensions(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().removeIf(field -> field.getKey().startsWith("x-kubernetes-"));
        }
        node.forEach(KubernetesSchema::withoutExtensions);
    }

    /** Whether the object is of a kind of Kubernetes' own. */
    boolean knows(JsonNode object) {
        return kinds.containsKey(kind(object));
    }

    /** What Kubernetes would not take of an object of a kind that it {@link #knows}, and where. */
    List<String> mistakes(JsonNode object) {
        return schemas.computeIfAbsent(kind(object), this::schema).validate(object).stream()
                .map(ValidationMessage::getMessage)
                .map(message -> kind(object) + " " + object.at("/metadata/name").asText() + ": " + message)
                .toList();
    }

    private JsonSchema schema(String kind) {
        ObjectNode root = document.deepCopy();
        root.put("$ref", "#/definitions/" + kinds.get(kind));
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(root);
    }

    private static String kind(JsonNode object) {
        return object.path("apiVersion").asText() + " " + object.path("kind").asText();
    }
}
