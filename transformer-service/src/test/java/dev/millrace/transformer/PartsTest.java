package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.column;
import static dev.millrace.transformer.Columns.required;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.staging.Part;
import dev.millrace.task.Outcome;
import dev.millrace.task.Report;
import dev.millrace.task.Task;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartsTest {
    private static final int PARTS = 5;
    private static final int RECORDS = 100_000;

    @TempDir
    Path folder;

    /** The heap of the tests' process is one gigabyte; what is shaped here would not fit into the engine's memory. */
    @Test
    void manyRecordsBecomePartsInTheirOrderWithoutFittingIntoMemory() throws Exception {
        Map<String, Object> small = Map.of(
                "millrace.transformer.memory-limit", "80MB",
                "millrace.transformer.threads", "2",
                "millrace.transformer.part-size", "8MB");
        try (TransformerUnderTest transformer = TransformerUnderTest.start(folder, small)) {
            String run = transformer.nextRun();
            List<Part> staged = new java.util.ArrayList<>();
            for (int part = 0; part < PARTS; part++) {
                staged.add(transformer.stagePart(run, part, records(part), RECORDS));
            }
            List<Column> schema = List.of(required("id", Column.Type.INTEGER), column("text", Column.Type.STRING));
            Task task = transformer.task(run, schema, staged);

            assertThat(transformer.service.post(task)).isEqualTo(202);
            Report report = transformer.gateway.report(task);

            assertThat(report.outcome()).isInstanceOf(Outcome.Staged.class);
            var counts = ((Outcome.Staged) report.outcome()).counts();
            assertThat(counts.records()).isEqualTo(PARTS * RECORDS);
            assertThat(counts.rejected()).isEqualTo(PARTS);
            assertThat(report.last().records()).isEqualTo(PARTS * RECORDS);
            assertThat(report.last().total()).isEqualTo(PARTS * RECORDS);
            String files = task.folder() + "/part-%.parquet";
            List<String> names = transformer.service.staging().list(task.folder() + "/part-");
            assertThat(names).hasSizeGreaterThan(2).first().isEqualTo(files.replace("%", "00000"));
            String list = String.join(
                    ", ",
                    names.stream()
                            .map(name -> "'" + folder.resolve("staging").resolve(name) + "'")
                            .toList());
            // a row that is out of place is greater than the one after it
            assertThat(
                            TransformerUnderTest.query(
                                    "SELECT count(*), count(*) FILTER (WHERE id <= before OR _millrace_position <= place), sum(id)"
                                            + " FROM (SELECT id, _millrace_position, lag(id) OVER rows AS before,"
                                            + " lag(_millrace_position) OVER rows AS place FROM read_parquet([" + list
                                            + "], file_row_number = true) WINDOW rows AS (ORDER BY file_index, file_row_number))"))
                    .hasSize(1)
                    .first()
                    .satisfies(row -> {
                        assertThat(row.get(0)).isEqualTo((long) PARTS * (RECORDS - 1));
                        assertThat(row.get(1)).isEqualTo(0L);
                    });
        }
    }

    /** Texts that hardly compress; the record in the middle of each part is bad. */
    private static byte[] records(int part) {
        java.util.Random random = new java.util.Random(part);
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (int i = 0; i < RECORDS; i++) {
            String id = i == RECORDS / 2 ? "\"bad\"" : String.valueOf((long) part * RECORDS + i);
            String text = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
            lines.writeBytes(
                    ("{\"id\":" + id + ",\"text\":\"" + text.repeat(6) + "\"}\n").getBytes(StandardCharsets.US_ASCII));
        }
        return lines.toByteArray();
    }
}
