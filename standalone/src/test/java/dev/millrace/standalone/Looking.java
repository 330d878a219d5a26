package dev.millrace.standalone;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.problem.Problem;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

    /** Names of all that a pipeline loads from its source. */
    private static Set<String> endpoints(MillraceUnderTest millrace, String pipeline) {
        Path folder = millrace.folder().resolve("pipelines");
        Path alone = folder.resolve(pipeline + ".yaml");
        Path file = Files.exists(alone) ? alone : folder.resolve(pipeline).resolve("pipeline.yaml");
        return switch (PipelineReader.read(file)) {
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
}
