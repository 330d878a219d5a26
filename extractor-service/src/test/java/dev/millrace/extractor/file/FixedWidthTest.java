package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.format.Format.FixedWidth.Field;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Reject;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of fields with a fixed width, through the extractor. */
class FixedWidthTest {
    private static final List<Field> STATIONS =
            List.of(new Field("station", 5), new Field("", 1), new Field("height", 4), new Field("name", 6));

    private static ExtractorUnderTest extractor;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(@TempDir Path service) throws IOException {
        extractor = new ExtractorUnderTest(service, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private ExtractorUnderTest.Result extract(Format format, byte[] bytes, String... expected) throws Exception {
        Files.write(folder.resolve("a.txt"), bytes);
        return extractor.extract(new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("a.txt", format, Missing.FAIL), null),
                List.of(expected),
                Work.Parts.TO_TRANSFORM));
    }

    private ExtractorUnderTest.Result extract(List<Field> columns, int skip, String text) throws Exception {
        return extract(new Format.FixedWidth(columns, skip, "UTF-8"), text.getBytes(StandardCharsets.UTF_8));
    }

    private List<String> records(List<Field> columns, int skip, String text) throws Exception {
        ExtractorUnderTest.Result result = extract(columns, skip, text);
        assertThat(extractor.rejects(result)).isEmpty();
        return extractor.records(result);
    }

    private static String record(@Nullable String station, @Nullable String height, @Nullable String name) {
        List<String> members = new ArrayList<>();
        for (Map.Entry<String, String> field : List.of(
                Map.entry("station", String.valueOf(station)),
                Map.entry("height", String.valueOf(height)),
                Map.entry("name", String.valueOf(name)))) {
            String value = field.getValue();
            members.add("\"" + field.getKey() + "\":" + (value.equals("null") ? value : "\"" + value + "\""));
        }
        return "{" + String.join(",", members) + "}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void cutsALineByTheWidthsAndTheBlanksOff(String lineEnd) throws Exception {
        String text = "\uFEFFStation list\n----\n00001|  12Aachen\n00002x-0.5  Ulm \n\n    3|    \"a,b \"\n"
                .replace("\n", lineEnd);
        assertThat(records(STATIONS, 2, text))
                .containsExactly(
                        record("00001", "12", "Aachen"),
                        record("00002", "-0.5", "Ulm"),
                        record("3", null, "\\\"a,b \\\""));
    }

    @Test
    void aFieldThatLiesBeyondTheEndOfItsLineIsNullAndOneThatIsCutIsAReject() throws Exception {
        ExtractorUnderTest.Result result =
                extract(STATIONS, 0, "00001| 12Aachen\n00001| 120\n00001|\n00001\n0001\n00001| 12\n          \n");
        String lacks = " characters (expected: all of them, or none)";
        assertThat(extractor.rejects(result))
                .extracting(Reject::line, Reject::reason, Reject::record)
                .containsExactly(
                        tuple(1L, "the line ends within field 4, 'name', after 5 of its 6" + lacks, "00001| 12Aachen"),
                        tuple(5L, "the line ends within field 1, 'station', after 4 of its 5" + lacks, "0001"),
                        tuple(6L, "the line ends within field 3, 'height', after 3 of its 4" + lacks, "00001| 12"));
        assertThat(extractor.records(result))
                .containsExactly(
                        record("00001", "120", null),
                        record("00001", null, null),
                        record("00001", null, null),
                        record(null, null, null));
        assertThat(extractor.manifest(result).texts()).isTrue();
    }

    @Test
    void textAfterTheLastFieldIsARejectAndBlanksAreNot() throws Exception {
        ExtractorUnderTest.Result result = extract(
                STATIONS, 0, "00001| 120Aachen   \n00001| 120Aachen  x\n00001| 120😀achen\n00001| 120😀achenx\n");
        assertThat(extractor.rejects(result))
                .extracting(Reject::line, Reject::reason, Reject::record)
                .containsExactly(
                        tuple(
                                2L,
                                "there is text after the last field: the line has 19 characters where the columns have 16",
                                "00001| 120Aachen  x"),
                        tuple(
                                4L,
                                "there is text after the last field: the line has 17 characters where the columns have 16",
                                "00001| 120😀achenx"));
        assertThat(extractor.records(result))
                .containsExactly(record("00001", "120", "Aachen"), record("00001", "120", "😀achen"));
    }

    @Test
    void theLastColumnCanGoOnToTheEndOfTheLine() throws Exception {
        List<Field> open = List.of(new Field("station", 5), new Field("name", null));
        assertThat(records(open, 0, "00001 Garmisch-Partenkirchen \n00002Ulm\n00003\n00004   \n"))
                .containsExactly(
                        "{\"station\":\"00001\",\"name\":\"Garmisch-Partenkirchen\"}",
                        "{\"station\":\"00002\",\"name\":\"Ulm\"}",
                        "{\"station\":\"00003\",\"name\":null}",
                        "{\"station\":\"00004\",\"name\":null}");
        assertThat(records(List.of(new Field("a", 1), new Field("", null)), 0, "1 anything\n2\n"))
                .containsExactly("{\"a\":\"1\"}", "{\"a\":\"2\"}");
    }

    @Test
    void failsWhereAFileOrItsColumnsLackSomething() throws Exception {
        assertThat(extract(STATIONS, 3, "x\ny\n").failure(ErrorCode.SOURCE_MALFORMED))
                .isEqualTo("a.txt: the file has 2 lines (expected: at least the 3 that are to be skipped)");
        assertThat(extract(new Format.FixedWidth(STATIONS, 0, "UTF-8"), new byte[0], "station", "heigth")
                        .failure(ErrorCode.SOURCE_UNREADABLE))
                .isEqualTo("a.txt: columns has no 'heigth' (is it 'height'?); it has 'station', '', 'height', 'name'"
                        + " (expected: all columns of the schema that aren't optional: true)");
        byte[] latin = "00001| 120Z\u00fcrich\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(extract(new Format.FixedWidth(STATIONS, 0, "UTF-8"), latin).failure(ErrorCode.SOURCE_UNREADABLE))
                .isEqualTo("a.txt: line 1: a byte sequence that is not UTF-8");
    }

    @Test
    void readsOtherEncodings() throws Exception {
        byte[] bytes = "00001| 120Z\u00fcrich\n".getBytes(Charset.forName("windows-1252"));
        assertThat(extractor.records(extract(new Format.FixedWidth(STATIONS, 0, "windows-1252"), bytes)))
                .containsExactly(record("00001", "120", "Z\u00fcrich"));
    }

    /** The buffers of the reader and of gzip end anywhere in these lines, since each file begins a character later. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 8, 13})
    void readsTheSameWhereverABufferEnds(int shift) throws Exception {
        String text = ".".repeat(shift) + "\r\n" + "00001|   7\u00e9😀\"b  \r\n00002|\r\n".repeat(10_000);
        Path packed = folder.resolve("packed");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        for (byte[] bytes : List.of(Files.readAllBytes(packed), text.getBytes(StandardCharsets.UTF_8))) {
            List<String> records = extractor.records(extract(new Format.FixedWidth(STATIONS, 1, "UTF-8"), bytes));
            assertThat(records).hasSize(20_000);
            for (int i = 0; i < records.size(); i += 2) {
                assertThat(records.get(i)).isEqualTo(record("00001", "7", "\u00e9😀\\\"b"));
                assertThat(records.get(i + 1)).isEqualTo(record("00002", null, null));
            }
        }
    }
}
