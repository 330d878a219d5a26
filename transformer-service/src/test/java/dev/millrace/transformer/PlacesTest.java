package dev.millrace.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Columns with the place where a record was read. */
class PlacesTest {
    @TempDir
    private Path folder;

    private static Column column(String keys) {
        boolean ofApi = keys.contains("metadata: url");
        String file = """
                version: 1
                name: sample
                source: %s
                endpoints:
                  rows:
                    %s
                    destination: {table: sample.rows, write: replace}
                    schema: [{name: _, type: STRING}, %s]
                """.formatted(
                        ofApi ? "{type: rest, baseUrl: \"https://example.com\"}" : "{type: files, folder: data}",
                        ofApi ? "request: {path: /rows}" : "files: {pattern: a, format: {type: ndjson}}",
                        keys);
        return switch (PipelineReader.read("sample.yaml", file)) {
            case PipelineReader.Result.Valid valid ->
                valid.pipeline().endpoints().values().iterator().next().schema().get(1);
            case PipelineReader.Result.Invalid invalid -> throw new AssertionError(invalid);
        };
    }

    @Test
    void areThoseOfTheSourceAndNullWhereNobodyKnows() throws Exception {
        List<Column> schema = List.of(
                column("{name: id, type: INTEGER}"),
                column("{name: file, type: STRING, metadata: file}"),
                column("{name: url, type: STRING, metadata: url}"),
                column("{name: line, type: INTEGER, metadata: line}"));
        try (TransformerUnderTest transformer = TransformerUnderTest.start(folder)) {
            String run = transformer.nextRun();
            Part part = transformer.stagePart(
                    run,
                    0,
                    TransformerUnderTest.bytes(
                            "{\"id\":1}", "{\"id\":2}", "{\"id\":3}", "{\"id\":4}", "{\"id\":5}", "{\"id\":6}"),
                    6);
            Part unknown = transformer.stagePart(run, 1, TransformerUnderTest.bytes("{\"id\":7}"), 1);
            List<Part> parts = List.of(
                    part.from(List.of(
                            new Origin(1, "a.zip!d/a.csv", 1, 2L),
                            new Origin(3, "a.zip!d/b.csv", 1, 4L),
                            new Origin(4, "https://example.com/rows?page=2", 1, null),
                            new Origin(5, "page 3 of https://example.com/rows", 1, null),
                            new Origin(6, part.path(), 6, null))),
                    unknown);
            Task task = transformer.task(run, schema, parts);

            TransformerUnderTest.Result result =
                    transformer.result((Outcome.Staged) transformer.service.run(transformer.gateway, task));

            assertThat(result.rows())
                    .containsExactly(
                            Arrays.asList(1L, "a.zip!d/a.csv", "a.zip!d/a.csv", 2L),
                            Arrays.asList(2L, "a.zip!d/a.csv", "a.zip!d/a.csv", 3L),
                            Arrays.asList(3L, "a.zip!d/b.csv", "a.zip!d/b.csv", 4L),
                            Arrays.asList(
                                    4L, "https://example.com/rows?page=2", "https://example.com/rows?page=2", null),
                            Arrays.asList(5L, "page 3 of https://example.com/rows", "https://example.com/rows", null),
                            Arrays.asList(6L, null, null, null),
                            Arrays.asList(7L, null, null, null));
        }
    }

    @Test
    void aRequiredOneThatNobodyKnowsIsAReject() throws Exception {
        try (TransformerUnderTest transformer = TransformerUnderTest.start(folder)) {
            TransformerUnderTest.Result result = transformer.transform(
                    List.of(
                            column("{name: id, type: INTEGER}"),
                            column("{name: line, type: INTEGER, mode: REQUIRED, metadata: line}")),
                    "{\"id\":1}");
            assertThat(result.rejects())
                    .extracting(Reject::reason)
                    .containsExactly("line is REQUIRED, and the record has none");
        }
    }
}
