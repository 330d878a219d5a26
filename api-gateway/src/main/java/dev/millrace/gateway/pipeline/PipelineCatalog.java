package dev.millrace.gateway.pipeline;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.warehouse.LoaderWarehouse;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.Targets;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pipeline files in the configured folders, as this process has last seen them. Each call looks whether a file has
 * another content than before, and parses that one again: so a changed file counts from the next run on, wherever it
 * comes from. A file with errors takes nothing down: the version of it that was read before stays in force, for as long
 * as this process lives. Safe for use by several threads.
 *
 * <p>Content is compared rather than times, since a ConfigMap's files are replaced as a whole, by another target of a
 * symbolic link (https://kubernetes.io/docs/concepts/storage/volumes/#configmap).
 */
@Singleton
public final class PipelineCatalog {
    /** The key of the pipeline itself, which is not indented. */
    private static final Pattern NAME = Pattern.compile("(?m)^name:[ \\t]*[\"']?([A-Za-z0-9_-]+)");

    private static final Logger LOG = LoggerFactory.getLogger(PipelineCatalog.class);

    private final List<Path> folders;
    private final LoaderWarehouse warehouse;
    /** By file, what was made of it at the last look. Guarded by this. */
    private Map<Path, Read> last = new HashMap<>();

    PipelineCatalog(GatewayConfig config, LoaderWarehouse warehouse) {
        this.folders = config.pipelines();
        this.warehouse = warehouse;
    }

    /**
     * What the folders hold.
     *
     * @param inForce by the pipeline's name; a source's folder is absolute
     * @param invalid by file
     */
    public record Content(Map<String, InForce> inForce, Map<Path, Invalid> invalid) {
        /** What a pipeline comes after that isn't there: it waits for these without end. */
        public List<String> unknownBefore(Pipeline pipeline) {
            return pipeline.after().stream()
                    .filter(name -> !inForce.containsKey(name))
                    .toList();
        }
    }

    /**
     * A file that has errors.
     *
     * @param inForce name of the pipeline of which the version before these errors is in force; null: there is none
     */
    public record Invalid(
            List<Problem.FieldError> errors, @Nullable String inForce) {}

    /**
     * A file as it was looked at.
     *
     * @param text null: it can't be read
     * @param remarks its errors, or where there are none its warnings
     * @param inForce name of the pipeline that it holds, or held before it had these errors; null: it holds none
     */
    public record PipelineFile(
            Path path,
            @Nullable String text,
            List<Problem.FieldError> errors,
            List<Problem.FieldError> remarks,
            @Nullable String inForce) {}

    /**
     * A pipeline to be run.
     *
     * @param warning that its file has errors, and an earlier version of it is in force; null: it is as in the file
     */
    public record InForce(Pipeline pipeline, @Nullable String warning) {
        /** What the log of a run is to say of it. */
        public List<Acceptance.Remark> remarks() {
            return warning == null ? List.of() : List.of(new Acceptance.Remark(Heartbeat.Level.WARN, warning));
        }
    }

    /**
     * A file as it was looked at.
     *
     * @param content its bytes, a character for each, to be compared; null when it couldn't be read
     * @param result of exactly this content
     * @param inForce the last of its versions that could be used; null when there was none
     */
    private record Read(
            @Nullable String content,
            PipelineReader.Result result,
            @Nullable Pipeline inForce) {}

    public synchronized Content content() {
        List<Path> files = files();
        Map<Path, InForce> inForce = new HashMap<>();
        Map<Path, Invalid> invalid = new HashMap<>();
        Map<String, Path> owners = new HashMap<>();
        Targets targets = warehouse.targets();
        Map<Path, Read> seen = new HashMap<>();
        for (Map.Entry<Path, @Nullable String> entry : contents(files).entrySet()) {
            Path file = entry.getKey();
            String content = entry.getValue();
            Read before = last.get(file);
            PipelineReader.Result result = result(file, before, content);
            Pipeline pipeline = before == null ? null : before.inForce();
            List<Problem.FieldError> errors = switch (result) {
                case PipelineReader.Result.Invalid(List<Problem.FieldError> found) -> found;
                case PipelineReader.Result.Valid(Pipeline read, List<Problem.FieldError> _) -> {
                    List<Problem.FieldError> taken = taken(file, String.valueOf(content), read, owners, targets);
                    if (taken.isEmpty()) {
                        pipeline = located(read, file);
                    }
                    yield taken;
                }
            };
            if (!errors.isEmpty()
                    && pipeline != null
                    && (owners.containsKey(pipeline.name())
                            || !targets.add(file.toString(), pipeline).isEmpty())) {
                pipeline = null; // another file has by now what the former version had
            }
            if (pipeline != null) {
                owners.put(pipeline.name(), file);
                inForce.put(file, new InForce(pipeline, errors.isEmpty() ? null : warning(file, errors)));
            }
            if (!errors.isEmpty()) {
                invalid.put(file, new Invalid(errors, pipeline == null ? null : pipeline.name()));
            }
            Read now = new Read(content, result, pipeline);
            tell(file, before, now, errors);
            seen.put(file, now);
        }
        last = seen;
        Map<String, InForce> all = new LinkedHashMap<>();
        Map<Path, Invalid> broken = new LinkedHashMap<>();
        for (Path file : files) {
            InForce ofFile = inForce.get(file);
            if (ofFile != null) {
                all.put(ofFile.pipeline().name(), ofFile);
            }
            Invalid errors = invalid.get(file);
            if (errors != null) {
                broken.put(file, errors);
            }
        }
        return new Content(all, broken);
    }

    /**
     * The files with their contents, those first that are in force as they are: so nobody takes what they have. A content
     * is null when it can't be read.
     */
    private Map<Path, @Nullable String> contents(List<Path> files) {
        Map<Path, @Nullable String> kept = new LinkedHashMap<>();
        Map<Path, @Nullable String> others = new LinkedHashMap<>();
        for (Path file : files) {
            String content = content(file);
            Read before = last.get(file);
            boolean same = before != null && before.inForce() != null && Objects.equals(content, before.content());
            (same ? kept : others).put(file, content);
        }
        kept.putAll(others);
        return kept;
    }

    /** What of a pipeline another one has; empty: nothing, and it has it now. */
    private static List<Problem.FieldError> taken(
            Path file, String content, Pipeline pipeline, Map<String, Path> owners, Targets targets) {
        Path owner = owners.get(pipeline.name());
        if (owner != null) {
            return List.of(nameTaken(file, pipeline, owner));
        }
        return PipelineReader.located(
                file.toString(), content.getBytes(StandardCharsets.ISO_8859_1), targets.add(file.toString(), pipeline));
    }

    /**
     * What of a pipeline is taken by those in force that have another name.
     *
     * @param file its name, for the errors
     * @param text of the file, which is valid
     */
    public List<Problem.FieldError> taken(String file, String text, Pipeline pipeline) {
        Targets targets = warehouse.targets();
        content().inForce().forEach((name, inForce) -> {
            if (!name.equals(pipeline.name())) {
                List<InvalidValue.Violation> _ = targets.add("in force", inForce.pipeline());
            }
        });
        return PipelineReader.located(file, text.getBytes(StandardCharsets.UTF_8), targets.add(file, pipeline));
    }

    /**
     * @throws MillraceException with {@code PIPELINE_UNKNOWN}
     * @throws PipelineInvalid when the file of that name, or one with a pipeline of that name, is broken, and has been since this process started
     */
    public InForce pipeline(String name) {
        Content content = content();
        InForce pipeline = content.inForce().get(name);
        if (pipeline != null) {
            return pipeline;
        }
        content.invalid().forEach((file, invalid) -> {
            if (nameOf(file).equals(name) || name.equals(declaredName(file))) {
                throw new PipelineInvalid(file.toString(), invalid.errors());
            }
        });
        String others = content.inForce().isEmpty()
                ? "there are none in " + folders.stream().map(Path::toString).collect(Collectors.joining(" and "))
                : "there are: " + String.join(", ", content.inForce().keySet());
        throw new MillraceException(ErrorCode.PIPELINE_UNKNOWN, "no pipeline '" + name + "' (" + others + ")");
    }

    /**
     * The file of a pipeline, valid or not.
     *
     * @param name of the pipeline, or of its file where that holds none
     * @throws MillraceException with {@code PIPELINE_UNKNOWN}
     */
    public synchronized PipelineFile file(String name) {
        Content content = content();
        for (Map.Entry<Path, Read> entry : last.entrySet()) {
            Path path = entry.getKey();
            Read read = entry.getValue();
            String held = read.inForce() == null ? null : read.inForce().name();
            if (held == null ? nameOf(path).equals(name) || name.equals(declaredName(path)) : held.equals(name)) {
                Invalid invalid = content.invalid().get(path);
                List<Problem.FieldError> errors = invalid == null ? List.of() : invalid.errors();
                return new PipelineFile(
                        path,
                        read.content() == null
                                ? null
                                : new String(
                                        read.content().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8),
                        errors,
                        errors.isEmpty()
                                        && read.result()
                                                instanceof
                                                PipelineReader.Result.Valid(
                                                        Pipeline _,
                                                        List<Problem.FieldError> warnings)
                                ? warnings
                                : errors,
                        held);
            }
        }
        throw new MillraceException(ErrorCode.PIPELINE_UNKNOWN, "no pipeline '" + name + "', nor a file of that name");
    }

    /**
     * A pipeline as its file stands now, which may lack schemas and so need not be one that can be run.
     *
     * @throws MillraceException with {@code PIPELINE_UNKNOWN}
     * @throws PipelineInvalid when something else than a schema is wrong with it
     */
    public Pipeline draft(String name) {
        for (Path file : files()) {
            String content = content(file);
            if (content != null && (nameOf(file).equals(name) || name.equals(declaredName(file)))) {
                String text = new String(content.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
                switch (PipelineReader.readDraft(file.toString(), text)) {
                    case PipelineReader.Result.Valid(Pipeline draft, List<Problem.FieldError> _) -> {
                        if (draft.name().equals(name)) {
                            return located(draft, file);
                        }
                    }
                    case PipelineReader.Result.Invalid(List<Problem.FieldError> errors) ->
                        throw new PipelineInvalid(file.toString(), errors);
                }
            }
        }
        return pipeline(name).pipeline();
    }

    /** What was made of the same content before, or else what is to be made of it now. */
    private static PipelineReader.Result result(Path file, @Nullable Read before, @Nullable String content) {
        if (content == null) {
            return PipelineReader.read(file);
        }
        return before != null && content.equals(before.content())
                ? before.result()
                : PipelineReader.read(file.toString(), content.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String warning(Path file, List<Problem.FieldError> errors) {
        return PipelineInvalid.summary(file.toString(), errors)
                + ", so the version before them is run; GET /api/v1/pipelines lists them";
    }

    /** Of each change a line, of a file as it was found at the start none unless it has errors. */
    private static void tell(Path file, @Nullable Read before, Read now, List<Problem.FieldError> errors) {
        boolean changed = before == null || !Objects.equals(before.content(), now.content());
        if (changed && !errors.isEmpty()) {
            Problem.FieldError first = errors.getFirst();
            LOG.warn(
                    "{}; {}. The first is in line {}: {} (expected: {})",
                    PipelineInvalid.summary(file.toString(), errors),
                    now.inForce() == null ? "it is left out" : "the version before them stays in force",
                    first.line(),
                    first.field(),
                    first.expected());
        } else if (changed && before != null) {
            LOG.info("{} has changed; its new version is in force", file);
        }
    }

    private static Problem.FieldError nameTaken(Path file, Pipeline pipeline, Path owner) {
        return new Problem.FieldError(
                file.toString(), 1, 1, "name", pipeline.name(), "a name of its own: " + owner + " has it");
    }

    /** Null when it can't be read; the reader then says why. */
    private static @Nullable String content(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return null;
        }
    }

    /** What a file that can't be read as a pipeline calls it all the same; null when it doesn't. */
    private static @Nullable String declaredName(Path file) {
        Matcher name = NAME.matcher(Objects.requireNonNullElse(content(file), ""));
        return name.find() ? name.group(1) : null;
    }

    /** What a file is called that holds no pipeline: as itself, or as its folder. */
    public static String nameOf(Path file) {
        String name = String.valueOf(file.getFileName());
        Path folder = file.getParent();
        return name.startsWith("pipeline.") && folder != null
                ? String.valueOf(folder.getFileName())
                : name.substring(0, name.lastIndexOf('.'));
    }

    private static Pipeline located(Pipeline pipeline, Path file) {
        return pipeline.in(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>();
        for (Path folder : folders) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> entries = Files.list(folder)) {
                    entries.filter(entry -> !isHidden(entry))
                            .sorted()
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

    /** Such as {@code ..data}, behind which Kubernetes keeps the files of a ConfigMap, and what editors leave. */
    private static boolean isHidden(Path entry) {
        return String.valueOf(entry.getFileName()).startsWith(".");
    }
}
