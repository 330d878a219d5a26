package dev.millrace.transformer;

import static dev.millrace.transformer.TransformerUnderTest.bytes;
import static dev.millrace.transformer.TransformerUnderTest.plain;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Shaping;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.service.Permission;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Reject;
import dev.millrace.task.Preview;
import dev.millrace.task.Sample;
import dev.millrace.task.Step;
import dev.millrace.testing.ServiceUnderTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreviewTest {
    private static TransformerUnderTest transformer;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        transformer = TransformerUnderTest.start(folder);
    }

    @AfterAll
    static void stop() {
        transformer.close();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(transformer.service.staging().list("")).isEmpty();
        try (Stream<Path> files = Files.walk(transformer.scratch)) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("task-")))
                    .isEmpty();
        }
    }

    private static Sample sample(String... records) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        try (OutputStream packed = Ndjson.compress(Manifest.Format.NDJSON_ZSTD, lines)) {
            packed.write(bytes(records));
        }
        return new Sample(
                records.length,
                Base64.getEncoder().encodeToString(lines.toByteArray()),
                List.of(new Origin(1, "orders.json", 7, 9L)),
                false,
                0,
                List.of(),
                true,
                List.of(),
                List.of(),
                List.of());
    }

    private static ServiceUnderTest.Answer ask(Shaping shaping, Sample sample, String subject)
            throws InterruptedException {
        return transformer.service.post(
                "/previews",
                new Permission(Step.TRANSFORM.service(), subject),
                new Preview.Wanted(sample, RunWindow.parse("2026-01-31"), shaping, TransformerUnderTest.BIG_QUERY));
    }

    private static Preview preview(Shaping shaping, String... records) throws Exception {
        ServiceUnderTest.Answer answer = ask(shaping, sample(records), Preview.SUBJECT);
        assertThat(answer.status()).isEqualTo(200);
        return answer.as(Preview.class);
    }

    /** What an endpoint of a file does with records, in the file's own words. */
    private static Shaping shaping(String keys) {
        String file = """
                version: 1
                name: shop
                source: {type: files, folder: data}
                endpoints:
                  orders:
                    files: {pattern: "*.json", format: {type: ndjson}}
                    destination: {table: shop.orders, write: append}
                """ + keys.indent(4);
        PipelineReader.Result result = PipelineReader.read("shop.yaml", file);
        assertThat(result).isInstanceOf(PipelineReader.Result.Valid.class);
        return requireNonNull(((PipelineReader.Result.Valid) result)
                        .pipeline()
                        .endpoints()
                        .get("orders"))
                .shaping();
    }

    @Test
    void writesEachTypeAsAQueryDoes() throws Exception {
        Preview preview = preview(shaping("""
                        schema:
                          - {name: i, type: INTEGER}
                          - {name: n, type: NUMERIC}
                          - {name: b, type: BIGNUMERIC}
                          - {name: f, type: FLOAT}
                          - {name: t, type: BOOLEAN}
                          - {name: s, type: STRING}
                          - {name: y, type: BYTES}
                          - {name: d, type: DATE}
                          - {name: ti, type: TIME}
                          - {name: dt, type: DATETIME}
                          - {name: ts, type: TIMESTAMP}
                          - {name: iv, type: INTERVAL}
                          - {name: j, type: JSON}
                          - name: r
                            type: RECORD
                            fields:
                              - {name: a, type: INTEGER}
                              - {name: y, type: BYTES}
                              - {name: ts, type: TIMESTAMP}
                              - {name: j, type: JSON}
                              - {name: none, type: STRING}
                          - {name: l, type: NUMERIC, mode: REPEATED}
                        """), """
                {"i":-5,"n":1.50,"b":"12345678901234567890123456789012345.5","f":0.1,"t":true,"s":"é","y":"bWlsbA==",\
                "d":"2026-01-31","ti":"06:00:00.5","dt":"2026-01-31 06:00:00","ts":"2026-01-31T06:00:00+02:00",\
                "iv":"1-2 3 4:5:6","j":{"a": 1.0},"r":{"a":7,"y":"bWlsbA==","ts":"2026-01-31T06:00:00Z","j":[1]},"l":[1,2.5]}""", "{}");

        assertThat(preview.rows().getFirst())
                .containsExactly(
                        "-5",
                        "1.5",
                        "12345678901234567890123456789012345.5",
                        "0.1",
                        "true",
                        "é",
                        "bWlsbA==",
                        "2026-01-31",
                        "06:00:00.500000",
                        "2026-01-31T06:00:00",
                        "2026-01-31T04:00:00Z",
                        "1-2 3 4:5:6",
                        "{\"a\": 1.0}",
                        "{\"a\":7,\"y\":\"bWlsbA==\",\"ts\":\"2026-01-31T06:00:00Z\",\"j\":[1],\"none\":null}",
                        "[1,2.5]");
        assertThat(preview.rows().getLast())
                .isEqualTo(Arrays.asList(
                        null, null, null, null, null, null, null, null, null, null, null, null, null, null, "[]"));
    }

    @Test
    void tellsWhichRecordsAreRejectedWhereTheyStood() throws Exception {
        Preview preview = preview(
                plain(List.of(Columns.required("id", Column.Type.INTEGER), Columns.column("name", Column.Type.STRING))),
                "{\"id\":1,\"name\":\"a\"}",
                "{\"id\":\"x\"}",
                "[");

        assertThat(preview.rows()).containsExactly(List.of("1", "a"));
        assertThat(preview.rejected()).isEqualTo(2);
        assertThat(preview.rejects())
                .extracting(Reject::part, Reject::row, Reject::line, Reject::column, Reject::value)
                .containsExactly(tuple("orders.json", 8L, 10L, "id", "x"), tuple("orders.json", 9L, 11L, null, null));
        assertThat(preview.drift()).isNotNull();
    }

    @Test
    void filtersDerivesAndExplodes() throws Exception {
        Preview preview = preview(
                shaping("""
                        explode: lines
                        filter: price > 1
                        schema:
                          - {name: price, type: INTEGER, from: lines.price}
                          - {name: twice, type: INTEGER, expression: price * 2}
                          - {name: run, type: STRING, metadata: run}
                          - {name: unread, type: STRING}
                        """),
                "{\"lines\":[{\"price\":1},{\"price\":2},{\"price\":3}],\"other\":1}",
                "{\"lines\":[{\"price\":1}]}");

        assertThat(preview.rows())
                .containsExactly(Arrays.asList("2", "4", "preview", null), Arrays.asList("3", "6", "preview", null));
        assertThat(preview.filtered()).isEqualTo(1);
        assertThat(requireNonNull(preview.drift()).missing()).containsExactly("unread");
    }

    @Test
    void showsTheFirstOfVeryManyRows() throws Exception {
        Preview preview = preview(shaping("""
                        explode: lines
                        schema: [{name: price, type: INTEGER, from: lines.price}]
                        """), "{\"lines\":[" + "{\"price\":1},".repeat(50_000) + "{\"price\":1}]}");

        assertThat(preview.rows()).hasSize(Preview.MOST);
        assertThat(preview.made()).isEqualTo(50_001);
    }

    @Test
    void refusesWhatIsNoSample() throws Exception {
        Shaping shaping = plain(List.of(Columns.column("id", Column.Type.INTEGER)));
        Sample broken = new Sample(1, "*", List.of(), false, 0, List.of(), true, List.of(), List.of(), List.of());

        assertThat(ask(shaping, broken, Preview.SUBJECT).as(Problem.class).code())
                .isEqualTo(ErrorCode.REQUEST_INVALID.name());
        assertThat(ask(shaping, sample("{}"), "somebody").status()).isEqualTo(403);
    }
}
