package dev.millrace.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.bertramlabs.plugins.hcl4j.HCLParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The modules' blocks against the schema of Google's provider, which Terraform itself would have to download. */
class TerraformTest {
    private static final Path FOLDER = Rendered.ROOT.resolve("terraform");
    /** Arguments and blocks of the provider, as far as the modules use it. */
    private static final String SCHEMA = "/schemas/terraform.json";

    /** What Terraform itself understands in every block. */
    private static final Set<String> META =
            Set.of("count", "for_each", "provider", "depends_on", "lifecycle", "dynamic", "timeouts");

    @Test
    void everyArgumentAndBlockIsOneOfTheProviders() throws IOException {
        JsonNode schema = schema();
        List<String> mistakes = new ArrayList<>();
        int checked = 0;
        for (Path file : files()) {
            Map<String, Object> content = parse(file);
            for (String kind : List.of("resource", "data")) {
                for (Map.Entry<String, Object> type :
                        map(content.getOrDefault(kind, Map.of())).entrySet()) {
                    JsonNode block = schema.path(kind).path(type.getKey());
                    for (Map.Entry<String, Object> one : map(type.getValue()).entrySet()) {
                        String place = file.getFileName() + " " + type.getKey() + "." + one.getKey();
                        check(place, map(one.getValue()), block, mistakes);
                        checked++;
                    }
                }
            }
        }
        assertThat(mistakes).isEmpty();
        assertThat(checked).isGreaterThan(30);
    }

    @Test
    void whatTheProviderDoesNotTakeIsFound() throws IOException {
        List<String> mistakes = new ArrayList<>();
        check(
                "storage.tf bucket",
                Map.of("name", "lake", "colour", "red", "url", "gs://lake", "versioning", Map.of("on", true)),
                schema().at("/resource/google_storage_bucket"),
                mistakes);

        assertThat(mistakes)
                .containsExactlyInAnyOrder(
                        "storage.tf bucket.colour: the provider doesn't know it",
                        "storage.tf bucket.url: the provider decides it",
                        "storage.tf bucket.location: is required",
                        "storage.tf bucket.versioning.on: the provider doesn't know it",
                        "storage.tf bucket.versioning.enabled: is required");
    }

    @Test
    void everyVariableIsDescribedAndTypedAndEachRuleOfOneIsTested() throws IOException {
        Map<String, Object> variables =
                map(parse(FOLDER.resolve("variables.tf")).getOrDefault("variable", Map.of()));
        String tests = Rendered.read(FOLDER.resolve("tests/validations.tftest.hcl"));
        String source = Rendered.read(FOLDER.resolve("variables.tf"));

        variables.forEach((name, variable) -> {
            assertThat(map(variable)).as(name).containsKeys("description", "type");
            assertThat(occurrences(tests, "expect_failures = [var." + name + "]"))
                    .as("tests that %s is refused", name)
                    .isEqualTo(occurrences(block(source, name), "validation {"));
        });
    }

    @Test
    void noFileHoldsAKeyOfAServiceAccount() throws IOException {
        for (Path file : files()) {
            assertThat(Rendered.read(file)).doesNotContain("google_service_account_key");
        }
    }

    private static JsonNode schema() throws IOException {
        try (InputStream in = Objects.requireNonNull(TerraformTest.class.getResourceAsStream(SCHEMA))) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static void check(String place, Map<String, Object> given, JsonNode block, List<String> mistakes) {
        if (block.isMissingNode()) {
            mistakes.add(place + ": the provider doesn't know it");
            return;
        }
        Map<String, Object> dynamic = map(given.getOrDefault("dynamic", Map.of()));
        Set<String> present = new TreeSet<>(given.keySet());
        present.addAll(dynamic.keySet());
        for (String name : present) {
            JsonNode nested = block.path("blocks").path(name);
            if (META.contains(name)) {
                continue;
            }
            if (!nested.isMissingNode()) {
                Object value =
                        dynamic.containsKey(name) ? map(dynamic.get(name)).get("content") : given.get(name);
                for (Object one : value instanceof List<?> several ? several : List.of(value)) {
                    check(place + "." + name, map(one), nested.get("block"), mistakes);
                }
            } else if (!block.path("attributes").has(name)) {
                mistakes.add(place + "." + name + ": the provider doesn't know it");
            } else if (isComputed(block.get("attributes").get(name))) {
                mistakes.add(place + "." + name + ": the provider decides it");
            }
        }
        block.path("attributes").properties().forEach(attribute -> {
            if (attribute.getValue().path("required").asBoolean() && !present.contains(attribute.getKey())) {
                mistakes.add(place + "." + attribute.getKey() + ": is required");
            }
        });
        block.path("blocks").properties().forEach(nested -> {
            if (nested.getValue().path("min").asInt() > 0 && !present.contains(nested.getKey())) {
                mistakes.add(place + "." + nested.getKey() + ": is required");
            }
        });
    }

    private static boolean isComputed(JsonNode attribute) {
        return attribute.path("computed").asBoolean()
                && !attribute.path("optional").asBoolean()
                && !attribute.path("required").asBoolean();
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".tf"))
                    .sorted()
                    .toList();
        }
    }

    private static Map<String, Object> parse(Path file) {
        try {
            return new HCLParser().parse(file.toFile(), StandardCharsets.UTF_8);
        } catch (Exception e) {
            throw new AssertionError(file + " can't be read", e);
        }
    }

    @SuppressWarnings("unchecked") // the parser's own form
    private static Map<String, Object> map(Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    private static String block(String source, String variable) {
        int start = source.indexOf("variable \"" + variable + "\"");
        int next = source.indexOf("\nvariable \"", start);
        return source.substring(start, next < 0 ? source.length() : next);
    }

    private static int occurrences(String text, String part) {
        return (text.length() - text.replace(part, "").length()) / part.length();
    }
}
