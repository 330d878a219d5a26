package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * R5.10: requests that are made of the API's own description, with values as they should be, as they shouldn't and as
 * nobody expects them, seeded. Each is answered in time, with no 500, and what is refused says why, without a word of
 * Java.
 */
class OddRequestsTest {
    private static final long SEED = 20_261_130;
    private static final int REQUESTS_PER_ROUTE = System.getProperty("thorough") == null ? 8 : 100;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int READ = 100_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of any type, as texts in paths, queries and headers. */
    private static final List<String> ODD_TEXTS = List.of(
            "",
            " ",
            "0",
            "-1",
            "9223372036854775808",
            "1e400",
            "NaN",
            "true",
            "null",
            "\u0000",
            "\r\nX-Odd: 1",
            "../../etc/passwd",
            "%2e%2e%2f",
            "a/b",
            "'; DROP TABLE run; --",
            "\"",
            "${jndi}",
            "{{7*7}}",
            "*",
            "a,b,,c",
            "=",
            "\ud83d\ude00\u202e\u0301",
            "x".repeat(3_000),
            "2026-02-30",
            "+999999999-12-31",
            "-292277022657-01-27T08:29:52Z",
            "P-1D",
            "PT9223372036854775807S");

    /** In the place of a value in a body, as JSON. */
    private static final List<String> ODD_JSON = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1.5",
            "1e400",
            "123456789012345678901234567890",
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"../x\"",
            "\"2026-02-30\"",
            "\"PT0S\"",
            "[]",
            "[null]",
            "[[[]]]",
            "{}",
            "{\"\": {}}",
            "[".repeat(2_000) + "]".repeat(2_000));

    private static final List<String> ODD_BODIES = List.of(
            "",
            "{",
            "null",
            "[]",
            "\"text\"",
            "{} {}",
            "{\"a\": 1, \"a\": 2}",
            "\ufeff{}",
            "<xml/>",
            "a=b&c=d",
            "{\"" + "k".repeat(20_000) + "\": 1}");

    private final Random random = new Random(SEED);
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<Integer, Integer> statuses = new TreeMap<>();
    private Map<?, ?> description = Map.of();

    @Test
    void areAnsweredInTimeAndRefusedWithTheReason(@TempDir Path folder) throws Exception {
        List<String> faults = new ArrayList<>();
        try (ScriptedApi api = new ScriptedApi();
                MillraceUnderTest millrace = new MillraceUnderTest(folder)) {
            api.on("/pupils", ScriptedApi.json("[{\"id\": 1, \"name\": \"a\"}, {\"id\": 2, \"name\": null}]"));
            millrace.pipeline("school", """
                    version: 1
                    name: school
                    source: {type: rest, baseUrl: "%s"}
                    endpoints:
                      pupils:
                        request: {path: /pupils}
                        destination: {table: school.pupils, write: replace}
                        schema: [{name: id, type: INTEGER}, {name: name, type: STRING}]
                    """.formatted(api.url()));
            Run run = millrace.run("school");
            String token = millrace.home().token();
            description = described(get(millrace.url(), token, "/openapi.yml"));
            Map<String, String> known = Map.of(
                    "pipeline", "school",
                    "endpoint", "pupils",
                    "table", "school.pupils",
                    "id", run.id(),
                    "limit", "10",
                    "sort", "id",
                    "filter", "id>=1");
            for (Map.Entry<?, ?> path : map(description.get("paths")).entrySet()) {
                for (Map.Entry<?, ?> operation : map(path.getValue()).entrySet()) {
                    for (int i = 0; i < REQUESTS_PER_ROUTE; i++) {
                        Request request = request(
                                String.valueOf(operation.getKey()).toUpperCase(java.util.Locale.ROOT),
                                String.valueOf(path.getKey()),
                                map(operation.getValue()),
                                known);
                        faults.addAll(faults(request, millrace.url(), token));
                    }
                }
            }
            assertThat(get(millrace.url(), token, "/api/v1/runs/" + run.id())).contains("SUCCEEDED");
        }
        assertThat(faults).as("%s", statuses).isEmpty();
        assertThat(statuses.values().stream().mapToInt(Integer::intValue).sum()).isGreaterThan(400);
        assertThat(statuses.get(200)).as("%s", statuses).isGreaterThan(50);
        assertThat(statuses.get(400)).as("%s", statuses).isGreaterThan(100);
        assertThat(statuses).doesNotContainKey(403);
    }

    /** @param headers names and values in turn */
    private record Request(String method, String path, List<String> headers, String body) {
        @Override
        public String toString() {
            return method + " " + path + " " + headers + " " + body.substring(0, Math.min(200, body.length()));
        }
    }

    private Request request(String method, String path, Map<?, ?> operation, Map<String, String> known) {
        String filled = path;
        StringJoiner query = new StringJoiner("&");
        List<String> headers =
                new ArrayList<>(List.of("Accept", one(List.of("*/*", "application/json", "text/odd;q=x"))));
        for (Object each : list(operation.get("parameters"))) {
            Map<?, ?> parameter = resolved(map(each));
            String name = String.valueOf(parameter.get("name"));
            String value = random.nextInt(3) > 0
                    ? known.getOrDefault(name, usual(resolved(map(parameter.get("schema")))))
                    : one(ODD_TEXTS);
            switch (String.valueOf(parameter.get("in"))) {
                case "path" -> filled = filled.replace("{" + name + "}", encoded(value.isEmpty() ? "%" : value));
                case "query" -> {
                    for (int times = random.nextInt(8) == 0 ? 2 : random.nextInt(4) > 0 ? 1 : 0; times > 0; times--) {
                        query.add(encoded(name) + "=" + encoded(value));
                    }
                }
                default -> {
                    if (value.chars().allMatch(c -> c > 31 && c < 127)) {
                        headers.addAll(List.of(name, value));
                    }
                }
            }
        }
        if (random.nextInt(10) == 0) {
            query.add(encoded(one(ODD_TEXTS)) + "=" + encoded(one(ODD_TEXTS)));
        }
        String body = "";
        Map<?, ?> contents = map(map(operation.get("requestBody")).get("content"));
        if (!contents.isEmpty() || random.nextInt(20) == 0) {
            String type = contents.isEmpty()
                    ? "application/json"
                    : String.valueOf(contents.keySet().iterator().next());
            Map<?, ?> schema = map(map(contents.get(type)).get("schema"));
            if (map(schema.get("properties")).containsKey("file")) {
                type = "multipart/form-data; boundary=odd";
                body = multipart();
            } else {
                body = random.nextInt(4) == 0 ? one(ODD_BODIES) : json(schema, 0);
            }
            headers.addAll(List.of("Content-Type", random.nextInt(20) == 0 ? "text/odd" : type));
        }
        return new Request(method, filled + (query.length() == 0 ? "" : "?" + query), headers, body);
    }

    private String multipart() {
        String name = one(List.of("school.csv", "pupils.csv", "pupils_20260101.csv", "", "../pupils.csv", "x"));
        String content = one(List.of("", "id,name\n1,a\n", "id\n", "id,name\n\"1,a\n", "\u0000", "id,name\nx,y,z\n"));
        return "--odd\r\nContent-Disposition: form-data; name=\"" + one(List.of("file", "odd", "")) + "\"; filename=\""
                + name + "\"\r\nContent-Type: text/csv\r\n\r\n" + content
                + one(List.of("\r\n--odd--\r\n", "\r\n--odd", ""));
    }

    /** A value of a schema, in which here and there something is odd. */
    private String json(Map<?, ?> unresolved, int depth) {
        Map<?, ?> schema = resolved(unresolved);
        if (random.nextInt(6) == 0 || depth > 6) {
            return one(ODD_JSON);
        }
        Map<?, ?> properties = map(schema.get("properties"));
        if (!properties.isEmpty()) {
            StringJoiner object = new StringJoiner(", ", "{", "}");
            properties.forEach((name, property) -> {
                if (random.nextInt(3) > 0) {
                    object.add("\"" + name + "\": " + json(map(property), depth + 1));
                }
            });
            if (random.nextInt(8) == 0) {
                object.add("\"odd\": " + one(ODD_JSON));
            }
            return object.toString();
        }
        if ("array".equals(schema.get("type"))) {
            StringJoiner array = new StringJoiner(", ", "[", "]");
            IntStream.range(0, random.nextInt(3)).forEach(i -> array.add(json(map(schema.get("items")), depth + 1)));
            return array.toString();
        }
        String usual = usual(schema);
        return List.of("integer", "number", "boolean").contains(String.valueOf(schema.get("type")))
                ? usual
                : "\"" + usual + "\"";
    }

    private static String usual(Map<?, ?> schema) {
        List<?> values = list(schema.get("enum"));
        if (!values.isEmpty()) {
            return String.valueOf(values.getFirst());
        }
        return switch (String.valueOf(schema.get("type")) + "/" + schema.get("format")) {
            case "integer/null", "integer/int32", "integer/int64", "number/null", "number/double" -> "3";
            case "boolean/null" -> "true";
            case "string/date" -> "2026-01-31";
            case "string/date-time" -> "2026-01-31T08:00:00Z";
            default -> "school";
        };
    }

    private List<String> faults(Request request, URI gateway, String token) throws InterruptedException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(gateway + request.path()))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .method(request.method(), HttpRequest.BodyPublishers.ofString(request.body()));
        for (int i = 0; i < request.headers().size(); i += 2) {
            builder.header(request.headers().get(i), request.headers().get(i + 1));
        }
        try {
            HttpResponse<InputStream> response = http.send(builder.build(), HttpResponse.BodyHandlers.ofInputStream());
            statuses.merge(response.statusCode(), 1, Integer::sum);
            String type = response.headers().firstValue("Content-Type").orElse("");
            try (InputStream body = response.body()) {
                if (response.statusCode() < 400) {
                    return List.of(); // a stream of events may have no end
                }
                return faults(request, response.statusCode(), type, body.readNBytes(READ));
            }
        } catch (IOException e) {
            return List.of(request + ": " + e);
        }
    }

    private static List<String> faults(Request request, int status, String type, byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8);
        List<String> faults = new ArrayList<>();
        if (status >= 500) {
            faults.add(request + ": " + status + " " + text);
        }
        if (text.contains("Exception") || text.contains("\tat ") || text.contains("java.")) {
            faults.add(request + ": speaks of Java: " + text);
        }
        if (body.length > 0) {
            try {
                JsonNode problem = JSON.readTree(body);
                if (!type.startsWith("application/problem+json")
                        || problem.path("code").asText().isEmpty()
                        || problem.path("detail").asText().isEmpty()
                        || problem.path("status").asInt() != status) {
                    faults.add(request + ": " + status + " " + type + " " + text);
                }
            } catch (IOException e) {
                faults.add(request + ": " + status + " " + type + " " + text);
            }
        }
        return faults;
    }

    private String get(URI gateway, String token, String path) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(gateway.resolve(path))
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static Map<?, ?> described(String yaml) {
        return map(new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml));
    }

    private Map<?, ?> resolved(Map<?, ?> schema) {
        Map<?, ?> last = schema;
        while (true) {
            if (last.get("allOf") != null) {
                last = map(list(last.get("allOf")).getFirst());
            } else if (last.get("$ref") != null) {
                Map<?, ?> found = description;
                for (String part : String.valueOf(last.get("$ref")).substring(2).split("/", -1)) {
                    found = map(found.get(part));
                }
                last = found;
            } else {
                return last;
            }
        }
    }

    private <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> list ? list : List.of();
    }
}
