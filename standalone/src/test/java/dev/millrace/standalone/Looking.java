package dev.millrace.standalone;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.problem.Problem;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/** What an installation says of its endpoints before they are run, compared with what it loads then. */
final class Looking {
    private Looking() {}

    /** Of all endpoints of a pipeline, as many records as there can be. */
    static Map<String, Answers.Preview> previews(MillraceUnderTest millrace, String pipeline)
            throws InterruptedException {
        Map<String, Answers.Preview> previews = new LinkedHashMap<>();
        for (String endpoint : endpoints(millrace, pipeline)) {
            String answer = millrace.heard(millrace.gateway().preview(pipeline, endpoint, null, 1000));
            previews.put(endpoint, millrace.gateway().read(answer, Answers.Preview.class));
        }
        return previews;
    }

    private static Path file(MillraceUnderTest millrace, String pipeline) {
        Path folder = millrace.folder().resolve("pipelines");
        Path alone = folder.resolve(pipeline + ".yaml");
        return Files.exists(alone) ? alone : folder.resolve(pipeline).resolve("pipeline.yaml");
    }

    /** Names of all that a pipeline loads from its source. */
    private static Set<String> endpoints(MillraceUnderTest millrace, String pipeline) {
        return switch (PipelineReader.read(file(millrace, pipeline))) {
            case PipelineReader.Result.Valid(Pipeline valid, List<Problem.FieldError> _) ->
                valid.allEndpoints().keySet();
            case PipelineReader.Result.Invalid(List<Problem.FieldError> errors) ->
                throw new AssertionError(errors.toString());
        };
    }

    /**
     * That the run has loaded the rows that the preview showed, if it was of all records.
     *
     * @param preview null: of a model there is none
     */
    static void checkLoaded(MillraceUnderTest millrace, Run run, Answers.@Nullable Preview preview)
            throws InterruptedException {
        if (preview == null || !preview.complete()) {
            return;
        }
        assertThat(preview.rowsMade()).isEqualTo(run.rowsLoaded());
        assertThat(preview.rowsRejected()).isEqualTo(run.rowsRejected());
        String columns = preview.columns().stream()
                .map(column -> '"' + column.name() + '"')
                .collect(joining(", "));
        if (millrace.count(run.table()) == preview.rowsMade() && preview.rows().size() == preview.rowsMade()) {
            assertThat(preview.rows())
                    .containsExactlyInAnyOrderElementsOf(millrace.query("SELECT " + columns + " FROM " + run.table()));
        }
    }

    /** That each endpoint loads all of its records by the schema that is proposed for it, in a pipeline of its own. */
    static void checkProposals(MillraceUnderTest millrace, String pipeline) throws Exception {
        Map<String, Object> file = new Yaml().load(Files.readString(file(millrace, pipeline)));
        Map<String, Map<String, Object>> declared = map(file.get("endpoints"));
        for (String name : declared.keySet()) {
            Map<String, Object> endpoint = new LinkedHashMap<>(declared.get(name));
            Map<String, Object> destination = map(endpoint.get("destination"));
            if (endpoint.containsKey("day")
                    || "bucket".equals(destination.get("type"))
                    || String.valueOf(endpoint.get("forEach")).contains("cursor")) {
                continue; // what can't be read as a whole into a table
            }
            MillraceUnderTest.Called proposed = millrace.call("discover", pipeline, name);
            assertThat(proposed.exitCode()).as(proposed.err()).isZero();
            Map<String, Object> schema = new Yaml().load(proposed.out());
            if (schema == null) {
                continue; // there are no records
            }
            endpoint.keySet().retainAll(READ);
            Map<String, Object> files = endpoint.containsKey("files") ? map(endpoint.get("files")) : Map.of();
            if (!files.isEmpty()) {
                Map<String, Object> all = new LinkedHashMap<>(files);
                all.remove("read");
                if (schema.containsKey("format")) {
                    all.put("format", schema.get("format"));
                }
                endpoint.put("files", all);
            }
            endpoint.put("destination", Map.of("table", "found." + pipeline + "_" + name, "write", "replace"));
            endpoint.put("schema", schema.get("schema"));
            String found = "found_" + pipeline + "_" + name;
            Map<String, Object> alone = new LinkedHashMap<>(file);
            alone.remove("models");
            alone.put("name", found);
            Map<String, Object> endpoints = new LinkedHashMap<>(Map.of(name, endpoint));
            if (endpoint.get("forEach") instanceof Map<?, ?> each && each.get("endpoint") instanceof String of) {
                Map<String, Object> other = new LinkedHashMap<>(Objects.requireNonNull(declared.get(of)));
                other.put("destination", Map.of("table", "unused." + pipeline + "_" + name, "write", "replace"));
                endpoints.put(of, other);
            }
            alone.put("endpoints", endpoints);
            Path folder = Objects.requireNonNull(file(millrace, pipeline).getParent());
            Path target = folder.getFileName().toString().equals("pipelines")
                    ? folder.resolve(found + ".yaml")
                    : copied(folder, folder.resolveSibling(found)).resolve("pipeline.yaml");
            Files.writeString(target, new Yaml().dump(alone));

            Run run = millrace.runs(found, name).getFirst();
            assertThat(run.state())
                    .as(() -> found + ": " + run.error() + "\n" + proposed.out())
                    .isEqualTo(Run.State.SUCCEEDED);
            assertThat(run.rowsRejected()).isZero();
            assertThat(run.rowsLoaded()).isEqualTo(run.rowsExtracted());
        }
    }

    /** What of an endpoint says what is read. */
    private static final Set<String> READ = Set.of(
            "request",
            "records",
            "pagination",
            "forEach",
            "report",
            "properties",
            "format",
            "files",
            "table",
            "query",
            "columns");

    @SuppressWarnings("unchecked") // as the file has it
    private static <T> Map<String, T> map(@Nullable Object node) {
        return (Map<String, T>) Objects.requireNonNull(node);
    }

    private static Path copied(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
        return to;
    }
}
