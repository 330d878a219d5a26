package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.millrace.pipeline.rest.RestSource;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds {@code docs/pipelines.md} to the records. */
class PipelinesPageTest {
    private static final JsonSchema SCHEMA =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(PipelineSchema.json());

    private final String page = read();

    @Test
    void explainsEveryKeyVariantAndWord() {
        Set<String> words = new LinkedHashSet<>();
        collect(Pipeline.class, words, new HashSet<>());

        assertThat(words).contains("version", "maxDelay", "default", "oauth2-client-credentials", "REQUIRED");
        assertThat(words).allSatisfy(word -> assertThat(page).containsPattern("`[^`\n]*\\b" + word + "\\b[^`\n]*`"));
    }

    @Test
    void showsEveryKeyInAnExample() {
        Set<String> keys = new LinkedHashSet<>();
        collectKeys(Pipeline.class, keys, new HashSet<>());
        String examples = examples().collect(Collectors.joining());

        assertThat(keys).contains("version", "maxDelay", "default");
        assertThat(keys)
                .allSatisfy(key -> assertThat(examples).containsPattern("(?m)(^|[ {-])" + Pattern.quote(key) + ":"));
    }

    static Stream<String> examples() {
        return Pattern.compile("(?m)^```yaml\n((?s:.*?))^```$")
                .matcher(read())
                .results()
                .map(found -> found.group(1))
                .filter(example -> !example.startsWith("# yaml-language-server"));
    }

    /** An example is a pipeline, or what stands at one place of it. */
    @ParameterizedTest
    @MethodSource("examples")
    void showsExamplesThatReaderAndSchemaTake(String example) {
        String file = whole(example);
        PipelineReader.Result result = PipelineReader.read("docs/pipelines.md", file);

        assertThat(result).as(file).isInstanceOf(PipelineReader.Result.Valid.class);
        assertThat(SCHEMA.validate(file, InputFormat.YAML)).as(file).isEmpty();
    }

    private static String whole(String example) {
        Set<String> keys = Pattern.compile("(?m)^([A-Za-z]+):")
                .matcher(example)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toSet());
        if (keys.contains("version")) {
            return example;
        }
        if (keys.contains("models") || keys.contains("exports") || keys.contains("backups")) {
            return "version: 1\nname: example\nsource: {type: files, folder: data}\nendpoints:\n"
                    + Stream.of("students", "year_groups")
                            .map(PipelinesPageTest::endpoint)
                            .collect(Collectors.joining())
                    + example;
        }
        String source = "  type: rest\n  baseUrl: https://school.example.com\n";
        String endpoint = "";
        if (keys.contains("source")) {
            source = example.replaceFirst("(?m)^source:", "").stripTrailing() + "\n";
        } else if (keys(RestSource.class).containsAll(keys)) {
            source += example.indent(2);
        } else {
            assertThat(keys(Endpoint.class)).containsAll(keys);
            endpoint = example.indent(4);
            source = keys.contains("files") ? " {type: files, folder: data}\n" : source;
            source = keys.contains("table") || keys.contains("query")
                    ? " {type: database, product: postgresql, host: db.example.com, database: shop, user: reader}\n"
                    : source;
        }
        StringBuilder whole = new StringBuilder("version: 1\nname: example\nsource:");
        whole.append(source.startsWith(" {") ? "" : "\n")
                .append(source)
                .append("endpoints:\n  example:\n")
                .append(endpoint);
        Map<String, String> missing = new LinkedHashMap<>();
        missing.put("destination", "{table: school.students, write: replace}");
        if (!example.contains("type: bucket")) {
            missing.put(
                    "schema",
                    "[{name: id, type: INTEGER, mode: REQUIRED}, {name: createdAt, type: TIMESTAMP},"
                            + " {name: day, type: DATE}, {name: kind, type: STRING}, {name: status, type: STRING},"
                            + " {name: amount, type: NUMERIC}, {name: started, type: DATE}, {name: ended, type: DATE}]");
        }
        if (source.contains("type: files")) {
            missing.put("files", "{pattern: \"*.csv\", format: {type: csv}}");
        } else if (source.contains("type: database")) {
            missing.put(keys.contains("query") ? "query" : "table", "sales.orders");
        } else {
            missing.put("request", "{path: /api/students}");
        }
        if (example.contains("${day")) {
            missing.put("day", "{column: createdAt}");
        }
        missing.keySet().removeAll(keys);
        missing.forEach((key, value) ->
                whole.append("    ").append(key).append(": ").append(value).append('\n'));
        return whole.toString();
    }

    private static String endpoint(String name) {
        return """
                  %1$s:
                    files: {pattern: "%1$s*.csv", format: {type: csv}}
                    destination: {table: school.%1$s, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(name).indent(2);
    }

    private static Set<String> keys(Class<? extends Record> type) {
        return Shape.of(type).keys().stream().map(Shape.Property::key).collect(Collectors.toSet());
    }

    private static void collect(Type type, Set<String> words, Set<Class<?>> seen) {
        if (type instanceof ParameterizedType collection) {
            List.of(collection.getActualTypeArguments()).forEach(argument -> collect(argument, words, seen));
            return;
        }
        Class<?> plain = (Class<?>) type;
        if (!seen.add(plain)) {
            return; // a record may have itself within
        }
        if (plain.isRecord()) {
            for (Shape.Property property :
                    Shape.of(plain.asSubclass(Record.class)).keys()) {
                words.add(property.key());
                collect(property.type(), words, seen);
            }
        } else if (Shape.hasVariants(plain)) {
            Shape.variantsInFiles(plain).forEach((name, variant) -> {
                words.add(name);
                collect(variant, words, seen);
            });
        } else if (plain.isEnum()) {
            words.addAll(Shape.spellings(plain).keySet());
        }
    }

    private static void collectKeys(Type type, Set<String> keys, Set<Class<?>> seen) {
        if (type instanceof ParameterizedType collection) {
            List.of(collection.getActualTypeArguments()).forEach(argument -> collectKeys(argument, keys, seen));
            return;
        }
        Class<?> plain = (Class<?>) type;
        if (seen.add(plain) && plain.isRecord()) {
            for (Shape.Property property :
                    Shape.of(plain.asSubclass(Record.class)).keys()) {
                keys.add(property.key());
                collectKeys(property.type(), keys, seen);
            }
        } else if (Shape.hasVariants(plain)) {
            Shape.variantsInFiles(plain).values().forEach(variant -> collectKeys(variant, keys, seen));
        }
    }

    private static String read() {
        try {
            return java.nio.file.Files.readString(Path.of("../docs/pipelines.md"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
