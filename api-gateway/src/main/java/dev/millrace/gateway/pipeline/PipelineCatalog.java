package dev.millrace.gateway.pipeline;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.Source;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The pipeline files in the configured folders. They are read at each call, so a changed file counts from the next
 * run on; a broken file takes nothing but its own pipeline down.
 */
@Singleton
public class PipelineCatalog {
    private final List<Path> folders;

    PipelineCatalog(GatewayConfig config) {
        this.folders = config.pipelines();
    }

    /**
     * What the folders hold.
     *
     * @param valid by the pipeline's name; a source's folder is absolute
     * @param invalid errors by file
     */
    public record Content(Map<String, Pipeline> valid, Map<Path, List<Problem.FieldError>> invalid) {}

    public Content content() {
        Map<String, Pipeline> valid = new LinkedHashMap<>();
        Map<String, Path> files = new LinkedHashMap<>();
        Map<Path, List<Problem.FieldError>> invalid = new LinkedHashMap<>();
        for (Path file : files()) {
            switch (PipelineReader.read(file)) {
                case PipelineReader.Result.Invalid(List<Problem.FieldError> errors) -> invalid.put(file, errors);
                case PipelineReader.Result.Valid(Pipeline pipeline) -> {
                    Path other = files.putIfAbsent(pipeline.name(), file);
                    if (other == null) {
                        valid.put(pipeline.name(), located(pipeline, file));
                    } else {
                        invalid.put(
                                file,
                                List.of(new Problem.FieldError(
                                        file.toString(),
                                        1,
                                        1,
                                        "name",
                                        pipeline.name(),
                                        "a name of its own: " + other + " has it")));
                    }
                }
            }
        }
        return new Content(valid, invalid);
    }

    /**
     * @throws MillraceException with {@code PIPELINE_UNKNOWN}
     * @throws PipelineInvalid when the file of that name is broken
     */
    public Pipeline pipeline(String name) {
        Content content = content();
        Pipeline pipeline = content.valid().get(name);
        if (pipeline != null) {
            return pipeline;
        }
        content.invalid().forEach((file, errors) -> {
            if (nameOf(file).equals(name)) {
                throw new PipelineInvalid(file.toString(), errors);
            }
        });
        throw new MillraceException(
                ErrorCode.PIPELINE_UNKNOWN,
                "no pipeline '" + name + "' (there are: "
                        + String.join(", ", content.valid().keySet()) + ")");
    }

    private static String nameOf(Path file) {
        String name = String.valueOf(file.getFileName());
        Path folder = file.getParent();
        return name.startsWith("pipeline.") && folder != null
                ? String.valueOf(folder.getFileName())
                : name.substring(0, name.lastIndexOf('.'));
    }

    private static Pipeline located(Pipeline pipeline, Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (pipeline.source() instanceof Source.Files files && folder != null) {
            Source.Files absolute =
                    new Source.Files(folder.resolve(files.folder()).normalize().toString());
            return new Pipeline(
                    pipeline.version(),
                    pipeline.name(),
                    pipeline.description(),
                    pipeline.credentials(),
                    absolute,
                    pipeline.endpoints(),
                    pipeline.models());
        }
        return pipeline;
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>();
        for (Path folder : folders) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> entries = Files.list(folder)) {
                    entries.sorted()
                            .map(entry -> Files.isDirectory(entry) ? entry.resolve("pipeline.yaml") : entry)
                            .filter(file -> file.toString().endsWith(".yaml") && Files.isRegularFile(file))
                            .forEach(files::add);
                } catch (IOException e) {
                    throw new MillraceException(ErrorCode.INTERNAL, "can't read the pipelines in " + folder, e);
                }
            }
        }
        return files;
    }
}
