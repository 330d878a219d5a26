package dev.millrace.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

/**
 * As much of the API of Kubernetes as Helm needs to install, upgrade and uninstall: it keeps what it is given, in one
 * namespace or none, and runs nothing. Lists in a patch replace what was there, which the real one often merges.
 */
final class FakeCluster implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    /** Kinds by their API's path, each as resource, kind. */
    private static final Map<String, Map<String, String>> KINDS = new TreeMap<>(Map.of(
            "api/v1",
            Map.of(
                    "configmaps", "ConfigMap",
                    "namespaces", "Namespace",
                    "persistentvolumeclaims", "PersistentVolumeClaim",
                    "pods", "Pod",
                    "secrets", "Secret",
                    "serviceaccounts", "ServiceAccount",
                    "services", "Service"),
            "apis/apps/v1",
            Map.of("deployments", "Deployment"),
            "apis/batch/v1",
            Map.of("cronjobs", "CronJob", "jobs", "Job"),
            "apis/networking.k8s.io/v1",
            Map.of("networkpolicies", "NetworkPolicy", "ingresses", "Ingress"),
            "apis/policy/v1",
            Map.of("poddisruptionbudgets", "PodDisruptionBudget"),
            "apis/rbac.authorization.k8s.io/v1",
            Map.of("roles", "Role", "rolebindings", "RoleBinding")));

    /** That fields are checked here, so that Helm needn't do it; it asks for hooks alone, and the chart's is a Secret. */
    private static final String CHECKS_BY_ITSELF = """
            {"openapi": "3.0.0", "info": {"title": "fake", "version": "v1"},
              "paths": {"/api/v1/namespaces/{namespace}/secrets/{name}": {"patch": {
                "x-kubernetes-group-version-kind": {"group": "", "version": "v1", "kind": "Secret"},
                "parameters": [{"name": "fieldValidation", "in": "query"}], "responses": {}}}}}
            """;

    private final HttpServer server;
    /** By {@code resource/name}. */
    private final Map<String, ObjectNode> objects = new TreeMap<>();

    private long version;

    FakeCluster() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    String kubeConfig() {
        return """
                apiVersion: v1
                kind: Config
                current-context: fake
                clusters: [{name: fake, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: nobody, user: {}}]
                contexts: [{name: fake, context: {cluster: fake, user: nobody, namespace: data}}]
                """.formatted(server.getAddress().getPort());
    }

    /** @return null: there is none */
    synchronized @Nullable ObjectNode object(String resource, String name) {
        ObjectNode object = objects.get(resource + "/" + name);
        return object == null ? null : object.deepCopy();
    }

    synchronized List<String> names(String resource) {
        return objects.keySet().stream()
                .filter(key -> key.startsWith(resource + "/"))
                .map(key -> key.substring(resource.length() + 1))
                .toList();
    }

    /** As somebody else than Helm does it, by {@code kubectl} for example. */
    synchronized void change(String resource, String name, String mergePatch) {
        try {
            store(resource, name, (ObjectNode) merged(objects.get(resource + "/" + name), JSON.readTree(mergePatch)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized void delete(String resource, String name) {
        objects.remove(resource + "/" + name);
    }

    /** What stands behind a rendered object. */
    static String resource(JsonNode document) {
        for (Map<String, String> kinds : KINDS.values()) {
            for (Map.Entry<String, String> kind : kinds.entrySet()) {
                if (kind.getValue().equals(document.path("kind").asText())) {
                    return kind.getKey();
                }
            }
        }
        throw new AssertionError(document.path("kind").asText());
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer = answer(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath().substring(1),
                    query(exchange),
                    exchange.getRequestBody().readAllBytes());
            byte[] bytes = JSON.writeValueAsBytes(answer.body());
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private record Answer(int status, JsonNode body) {}

    private synchronized Answer answer(String method, String path, Map<String, String> query, byte[] body)
            throws IOException {
        return switch (path) {
            case "version" ->
                new Answer(
                        200,
                        JSON.createObjectNode()
                                .put("major", "1")
                                .put("minor", "36")
                                .put("gitVersion", "v1.36.0"));
            case "api" -> {
                ObjectNode versions = JSON.createObjectNode().put("kind", "APIVersions");
                versions.putArray("versions").add("v1");
                yield new Answer(200, versions);
            }
            case "apis" -> new Answer(200, groups());
            case "openapi/v3" -> new Answer(200, JSON.readTree("""
                        {"paths": {"api/v1": {"serverRelativeURL": "/openapi/v3/api/v1"}}}
                        """));
            case "openapi/v3/api/v1" -> new Answer(200, JSON.readTree(CHECKS_BY_ITSELF));
            default -> ofKind(method, path, query, body);
        };
    }

    private Answer ofKind(String method, String path, Map<String, String> query, byte[] body) throws IOException {
        for (Map.Entry<String, Map<String, String>> api : KINDS.entrySet()) {
            if (path.equals(api.getKey())) {
                return new Answer(200, resources(api.getKey(), api.getValue()));
            }
            if (path.startsWith(api.getKey() + "/")) {
                return object(method, api, path.substring(api.getKey().length() + 1), query, body);
            }
        }
        return missing(path);
    }

    private Answer object(
            String method,
            Map.Entry<String, Map<String, String>> api,
            String path,
            Map<String, String> query,
            byte[] body)
            throws IOException {
        List<String> parts = new ArrayList<>(List.of(path.split("/", -1)));
        if (parts.getFirst().equals("namespaces") && parts.size() > 2) {
            parts = parts.subList(2, parts.size());
        }
        String resource = parts.getFirst();
        if (parts.size() == 1) {
            return method.equals("POST")
                    ? created(resource, object(body))
                    : new Answer(200, list(api, resource, query.getOrDefault("labelSelector", "")));
        }
        String name = parts.get(1);
        ObjectNode found = objects.get(resource + "/" + name);
        if (resource.equals("namespaces")) {
            found = named(JSON.createObjectNode().put("apiVersion", "v1").put("kind", "Namespace"), name);
        }
        if (found == null) {
            return missing(path);
        }
        return switch (method) {
            case "GET" -> new Answer(200, found);
            case "PUT" -> new Answer(200, store(resource, name, object(body)));
            case "PATCH" -> new Answer(200, store(resource, name, (ObjectNode) merged(found, object(body))));
            case "DELETE" -> {
                objects.remove(resource + "/" + name);
                yield new Answer(200, found);
            }
            default -> throw new AssertionError(method + " " + path);
        };
    }

    /** Helm writes its releases, which are Secrets, as Protocol Buffers; of these no more is read than it reads again. */
    private static ObjectNode object(byte[] body) throws IOException {
        if (body.length == 0 || body[0] != 'k') {
            return (ObjectNode) JSON.readTree(body);
        }
        ByteBuffer envelope = ByteBuffer.wrap(body).position("k8s\0".length()).slice();
        ObjectNode secret = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "Secret");
        fields(bytes(envelope, 2), (field, value) -> {
            switch (field) {
                case 1 ->
                    fields(value, (part, text) -> {
                        switch (part) {
                            case 1 -> secret.withObject("/metadata").put("name", text(text));
                            case 11 ->
                                secret.withObject("/metadata/labels").put(text(bytes(text, 1)), text(bytes(text, 2)));
                            default -> {} // nothing else is asked for
                        }
                    });
                case 2 -> {
                    byte[] content = new byte[bytes(value, 2).remaining()];
                    bytes(value, 2).get(content);
                    secret.withObject("/data")
                            .put(text(bytes(value, 1)), Base64.getEncoder().encodeToString(content));
                }
                case 3 -> secret.put("type", text(value));
                default -> throw new AssertionError("a Secret has no field " + field);
            }
        });
        return secret;
    }

    private static ByteBuffer bytes(ByteBuffer message, int wanted) {
        AtomicReference<ByteBuffer> found = new AtomicReference<>(ByteBuffer.allocate(0));
        fields(message, (field, value) -> {
            if (field == wanted) {
                found.set(value);
            }
        });
        return Objects.requireNonNull(found.get());
    }

    private static String text(ByteBuffer value) {
        return StandardCharsets.UTF_8.decode(value.duplicate()).toString();
    }

    /** Of a message in the form of Protocol Buffers: each field that has a length, with its number. */
    private static void fields(ByteBuffer message, BiConsumer<Integer, ByteBuffer> field) {
        ByteBuffer rest = message.duplicate();
        while (rest.hasRemaining()) {
            long key = number(rest);
            long value = number(rest);
            if ((key & 7) == 2) {
                field.accept((int) (key >> 3), rest.slice(rest.position(), (int) value));
                rest.position(rest.position() + (int) value);
            }
        }
    }

    private static long number(ByteBuffer from) {
        long number = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = from.get();
            number |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return number;
            }
        }
    }

    private Answer created(String resource, ObjectNode object) {
        String name = object.at("/metadata/name").asText();
        return objects.containsKey(resource + "/" + name)
                ? status(409, "AlreadyExists", name)
                : new Answer(201, store(resource, name, object));
    }

    private ObjectNode store(String resource, String name, ObjectNode object) {
        ObjectNode stored = named(object, name);
        ((ObjectNode) stored.get("metadata"))
                .put("namespace", "data")
                .put("uid", resource + "-" + name)
                .put("resourceVersion", String.valueOf(++version));
        if (stored.remove("stringData") instanceof ObjectNode texts) {
            texts.properties()
                    .forEach(text -> stored.withObject("/data")
                            .put(
                                    text.getKey(),
                                    Base64.getEncoder()
                                            .encodeToString(
                                                    text.getValue().asText().getBytes(StandardCharsets.UTF_8))));
        }
        objects.put(resource + "/" + name, stored);
        return stored;
    }

    private static ObjectNode named(ObjectNode object, String name) {
        object.withObject("/metadata").put("name", name);
        return object;
    }

    private ObjectNode list(Map.Entry<String, Map<String, String>> api, String resource, String selector) {
        ObjectNode list = JSON.createObjectNode()
                .put("apiVersion", api.getKey().replaceFirst("^apis?/", ""))
                .put("kind", api.getValue().get(resource) + "List");
        list.putObject("metadata").put("resourceVersion", String.valueOf(version));
        ArrayNode items = list.putArray("items");
        objects.forEach((key, object) -> {
            if (key.startsWith(resource + "/") && selects(selector, object)) {
                items.add(object);
            }
        });
        return list;
    }

    private static boolean selects(String selector, JsonNode object) {
        for (String one : selector.split(",", -1)) {
            String[] label = one.split("=", 2);
            if (label.length == 2
                    && !object.at("/metadata/labels").path(label[0]).asText().equals(label[1])) {
                return false;
            }
        }
        return true;
    }

    private static ObjectNode groups() {
        ObjectNode groups = JSON.createObjectNode().put("kind", "APIGroupList").put("apiVersion", "v1");
        ArrayNode list = groups.putArray("groups");
        for (String api : KINDS.keySet()) {
            if (api.startsWith("apis/")) {
                String[] name = api.substring("apis/".length()).split("/", 2);
                ObjectNode version = JSON.createObjectNode()
                        .put("groupVersion", name[0] + "/" + name[1])
                        .put("version", name[1]);
                ObjectNode group = list.addObject().put("name", name[0]);
                group.putArray("versions").add(version);
                group.set("preferredVersion", version);
            }
        }
        return groups;
    }

    private static ObjectNode resources(String api, Map<String, String> kinds) {
        ObjectNode resources = JSON.createObjectNode()
                .put("kind", "APIResourceList")
                .put("apiVersion", "v1")
                .put("groupVersion", api.replaceFirst("^apis?/", ""));
        ArrayNode list = resources.putArray("resources");
        kinds.forEach((resource, kind) -> {
            ObjectNode one = list.addObject()
                    .put("name", resource)
                    .put("singularName", "")
                    .put("namespaced", !kind.equals("Namespace"))
                    .put("kind", kind);
            ArrayNode verbs = one.putArray("verbs");
            List.of("create", "delete", "get", "list", "patch", "update").forEach(verbs::add);
        });
        return resources;
    }

    /** A merge patch (RFC 7386); what a strategic one says about lists is left out. */
    private static JsonNode merged(@Nullable JsonNode target, JsonNode patch) {
        if (!(patch instanceof ObjectNode changes)) {
            return patch;
        }
        ObjectNode result = target instanceof ObjectNode object ? object.deepCopy() : JSON.createObjectNode();
        for (Map.Entry<String, JsonNode> field : changes.properties()) {
            if (field.getValue().isNull()) {
                result.remove(field.getKey());
            } else if (!field.getKey().startsWith("$")) {
                result.set(field.getKey(), merged(result.get(field.getKey()), field.getValue()));
            }
        }
        return result;
    }

    private static Answer missing(String path) {
        return status(404, "NotFound", path);
    }

    private static Answer status(int code, String reason, String what) {
        ObjectNode status = JSON.createObjectNode()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("status", "Failure")
                .put("reason", reason)
                .put("code", code);
        status.set("message", new TextNode(what + ": " + reason));
        return new Answer(code, status);
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String parameter : raw == null ? new String[0] : raw.split("&", -1)) {
            String[] pair = parameter.split("=", 2);
            query.put(pair[0], pair.length < 2 ? "" : URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
