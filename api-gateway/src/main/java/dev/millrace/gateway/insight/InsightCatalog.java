package dev.millrace.gateway.insight;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.pipeline.PipelineInvalid;
import dev.millrace.pipeline.Insight;
import dev.millrace.pipeline.InsightReader;
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
import java.util.TreeMap;

/**
 * The insights in the folders of pipelines, {@code insights/NAME.sql} in each, as they are there now: a file that is changed
 * counts from the next call on. Of two with one name that in the first folder counts. Safe for use by several threads.
 */
@Singleton
public final class InsightCatalog {
    private final List<Path> folders;

    InsightCatalog(GatewayConfig config) {
        this.folders = config.pipelines().stream()
                .map(folder -> folder.resolve("insights"))
                .toList();
    }

    /**
     * What the folders hold.
     *
     * @param insights by name
     * @param invalid errors of those that have some, by the first of their files
     */
    public record Content(List<Insight> insights, Map<Path, List<Problem.FieldError>> invalid) {}

    public Content content() {
        List<Insight> insights = new ArrayList<>();
        Map<Path, List<Problem.FieldError>> invalid = new LinkedHashMap<>();
        owners().forEach((name, folder) -> {
            switch (InsightReader.read(folder, name)) {
                case InsightReader.Result.Valid(Insight insight) -> insights.add(insight);
                case InsightReader.Result.Invalid(List<Problem.FieldError> errors) ->
                    invalid.put(InsightReader.file(folder, name), errors);
            }
        });
        return new Content(insights, invalid);
    }

    /**
     * An insight as its files are now.
     *
     * @throws MillraceException with {@code INSIGHT_UNKNOWN}
     * @throws PipelineInvalid when its files have errors
     */
    public Insight insight(String name) {
        if (Insight.isName(name)) {
            for (Path folder : folders) {
                Path file = InsightReader.file(folder, name);
                if (Files.isRegularFile(file)) {
                    return switch (InsightReader.read(folder, name)) {
                        case InsightReader.Result.Valid(Insight insight) -> insight;
                        case InsightReader.Result.Invalid(List<Problem.FieldError> errors) ->
                            throw new PipelineInvalid(file.toString(), errors);
                    };
                }
            }
        }
        Map<String, Path> all = owners();
        throw new MillraceException(
                ErrorCode.INSIGHT_UNKNOWN,
                "no insight '" + name + "' ("
                        + (all.isEmpty()
                                ? "there are none in "
                                        + String.join(
                                                " and ",
                                                folders.stream()
                                                        .map(Path::toString)
                                                        .toList())
                                : "there are: " + String.join(", ", all.keySet()))
                        + ")");
    }

    /** The folder of each insight, by their names. */
    private Map<String, Path> owners() {
        Map<String, Path> owners = new TreeMap<>();
        for (Path folder : folders) {
            try {
                InsightReader.names(folder).forEach(name -> owners.putIfAbsent(name, folder));
            } catch (IOException e) {
                throw new MillraceException(ErrorCode.INTERNAL, "can't read the insights in " + folder, e);
            }
        }
        return owners;
    }
}
