package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is cut into slices, and what isn't. */
class ScaleRulesTest {
    private static final String TABLE = "{table: shop.orders, write: append}";
    private static final String FILES = "files: {pattern: \"*.csv\", format: {type: csv}}";

    private static PipelineReader.Result read(
            Object slices, String source, String read, String destination, String more) {
        return PipelineReader.read("shop.yaml", """
                version: 1
                name: shop
                source: %s
                endpoints:
                  orders:
                    %s
                    scale: {slices: %s}
                    destination: %s
                    %s
                """.formatted(source, read, slices, destination, more));
    }

    private static PipelineReader.Result read(String source, String read, String destination, String more) {
        return read(8, source, read, destination, more);
    }

    /** Field, what was found and what is expected of the only error. */
    private static String error(PipelineReader.Result result) {
        assertThat(result).isInstanceOf(PipelineReader.Result.Invalid.class);
        List<Problem.FieldError> errors = ((PipelineReader.Result.Invalid) result).errors();
        assertThat(errors).as(errors.toString()).hasSize(1);
        Problem.FieldError error = errors.getFirst();
        return error.field() + ": " + error.found() + " (expected: " + error.expected() + ")";
    }

    private static String error(String source, String read, String destination, String more) {
        return error(read(source, read, destination, more));
    }

    private static final String SCHEMA = "schema: [{name: id, type: INTEGER}]";

    @Test
    void filesOfAFolderOrBucketAre() {
        assertThat(read("{type: files, folder: data}", FILES, TABLE, SCHEMA))
                .isInstanceOf(PipelineReader.Result.Valid.class);
        assertThat(read("{type: files, folder: \"gs://lake/in\"}", FILES, TABLE, SCHEMA))
                .isInstanceOf(PipelineReader.Result.Valid.class);
    }

    @Test
    void whatElseThereIsIsRefusedWithTheReason() {
        assertThat(error("{type: rest, baseUrl: \"https://shop.example\"}", "request: {path: /orders}", TABLE, SCHEMA))
                .contains("endpoints.orders.scale", "only files are cut into slices");
        assertThat(error("{type: files, web: {urls: [\"https://shop.example/a.csv\"]}}", FILES, TABLE, SCHEMA))
                .contains("endpoints.orders.scale", "not on the web or on SFTP");
        assertThat(error(
                        "{type: files, folder: data}",
                        "files: {pattern: \"*.csv\", format: {type: csv}, read: new}",
                        TABLE,
                        SCHEMA))
                .contains("endpoints.orders.scale", "files.read");
        assertThat(error(
                        "{type: files, folder: data}",
                        "files: {pattern: \"*.csv\", format: {type: csv}}",
                        "{table: shop.orders, write: append, contract: infer}",
                        ""))
                .contains("endpoints.orders.scale", "strict or evolve");
        assertThat(error("{type: files, folder: data}", FILES, "{type: bucket, bucket: lake, key: orders}", ""))
                .contains("endpoints.orders.scale", "only what a table gets");
        assertThat(
                        error(
                                "{type: files, folder: data}",
                                FILES,
                                TABLE,
                                SCHEMA
                                        + "\n    furtherTables: {lines: {destination: {table: shop.lines, write: append}, schema: [{name: id, type: INTEGER}]}}"))
                .contains("endpoints.orders.scale", "furtherTables");
    }

    @Test
    void asManySlicesAreMadeAsAnybodyCouldWantAndNotOne() {
        for (int slices : new int[] {1, 10_001}) {
            assertThat(error(read(slices, "{type: files, folder: data}", FILES, TABLE, SCHEMA)))
                    .isEqualTo("endpoints.orders.scale.slices: " + slices + " (expected: 2 to 10000)");
        }
    }

    @Test
    void podsAreOneAtLeastAndNoMoreThanANamespaceBears() {
        for (int pods : new int[] {1, 20, 1_000}) {
            assertThat(read("8, pods: " + pods, "{type: files, folder: data}", FILES, TABLE, SCHEMA))
                    .isInstanceOf(PipelineReader.Result.Valid.class);
        }
        for (int pods : new int[] {0, 1_001}) {
            assertThat(error(read("8, pods: " + pods, "{type: files, folder: data}", FILES, TABLE, SCHEMA)))
                    .isEqualTo("endpoints.orders.scale.pods: " + pods + " (expected: 1 to 1000)");
        }
    }
}
