package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileExtractionTest {
    private static final Format.Csv CSV = csv(List.of(), ",", "UTF-8");

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

    /** @param columns empty: there is a header */
    private static Format.Csv csv(List<String> columns, String delimiter, String encoding) {
        return new Format.Csv(columns.isEmpty(), columns, delimiter, encoding, 0, null, "\"", null, false);
    }

    private void file(String name, String text) throws IOException {
        file(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private void file(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    private void packed(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private Work work(String pattern, Format format, @Nullable String records) {
        return new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection(pattern, format, Missing.FAIL), records),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    /** As for a table that has these columns. */
    private Work ofTable(String pattern, String... columns) {
        return new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection(pattern, CSV, Missing.FAIL), null),
                List.of(columns),
                Work.Parts.TO_TRANSFORM);
    }

    private List<String> records(String pattern, Format format) throws Exception {
        return extractor.records(work(pattern, format, null));
    }

    private String malformed(String pattern, Format format) throws Exception {
        return extractor.extract(work(pattern, format, null)).failure(ErrorCode.SOURCE_MALFORMED);
    }

    private String unreadable(String pattern, Format format) throws Exception {
        return extractor.extract(work(pattern, format, null)).failure(ErrorCode.SOURCE_UNREADABLE);
    }

    @Test
    void readsCsvWithAHeader() throws Exception {
        file(
                "a.csv",
                "\uFEFFid,\"full \"\"name\"\"\",note\r\n1,Zoë 😀,\r\n\r\n2,\"a,\"\"b\"\"\nc\",\"\"\r\n3,, x \t\\");
        assertThat(records("a.csv", CSV))
                .containsExactly(
                        "{\"id\":\"1\",\"full \\\"name\\\"\":\"Zoë 😀\",\"note\":null}",
                        "{\"id\":\"2\",\"full \\\"name\\\"\":\"a,\\\"b\\\"\\nc\",\"note\":\"\"}",
                        "{\"id\":\"3\",\"full \\\"name\\\"\":null,\"note\":\" x \\t\\\\\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "504b030414000600, 'a zip archive, as a workbook of Excel is too', '; or the key inside for files in an archive'",
        "504b050600000000, 'a zip archive, as a workbook of Excel is too', '; or the key inside for files in an archive'",
        "377abcaf271c0004, a 7z archive, ''",
    })
    void saysWhatAFileIsThatIsNoText(String start, String what, String key) throws Exception {
        file("a.bin", HexFormat.of().parseHex(start));
        for (Format format : List.of(CSV, new Format.Ndjson(), new Format.Json(false))) {
            assertThat(unreadable("a.bin", format))
                    .isEqualTo("a.bin: the file is " + what
                            + ", which is not unpacked (expected: text, gzip, bzip2, zstd or xz" + key + ")");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "5041523115041510, a Parquet file, '; or format: {type: parquet}, which reads it'",
        "4f626a0104166176, an Avro file, '; or format: {type: avro}, which reads it'",
        "4f52430a060a0400, 'an ORC file, which is not read', ''",
        "4152524f57310000, 'an Arrow or Feather file', '; or format: {type: arrow}, which reads it'",
        "4645413100000000, 'an Arrow or Feather file', '; or format: {type: arrow}, which reads it'",
    })
    void saysWhatAFileIsThatIsOfAnotherFormat(String start, String what, String key) throws Exception {
        file("a.bin", HexFormat.of().parseHex(start));
        assertThat(unreadable("a.bin", CSV))
                .isEqualTo("a.bin: the file is " + what + " (expected: text, gzip, bzip2, zstd or xz" + key + ")");
    }

    @Test
    void readsTextThatBeginsLikeAnArchive() throws Exception {
        file("a.csv", "PK,BZh\n1,2\n");
        file("b.csv", "BZh91,PAR1\n3,4\n");
        assertThat(records("a.csv", CSV)).containsExactly("{\"PK\":\"1\",\"BZh\":\"2\"}");
        assertThat(records("b.csv", CSV)).containsExactly("{\"BZh91\":\"3\",\"PAR1\":\"4\"}");
    }

    /** Each part's origins as row of the part, file, row and line there. */
    private List<String> origins(Work work) throws Exception {
        return extractor.manifest(extractor.extract(work)).parts().stream()
                .flatMap(part -> part.origins().stream())
                .map(origin -> origin.firstRow() + " " + origin.place() + " " + origin.row() + " " + origin.firstLine())
                .toList();
    }

    @Test
    void tellsOfEachRecordOfWhichFileAndLineItIs() throws Exception {
        file("a.csv", "x,y\n1,2\n3,4\n");
        file("b.csv", "x,y\n5,6\n7\n\n8,\"9\n10\"\n11,12\n");
        assertThat(origins(work("*.csv", CSV, null))).containsExactly("1 a.csv 1 2", "3 b.csv 1 2", "4 b.csv 3 5");
        file("a.ndjson", "{}\n\n{}\n{}\n");
        assertThat(origins(work("a.ndjson", new Format.Ndjson(), null)))
                .containsExactly("1 a.ndjson 1 1", "3 a.ndjson 3 4");
        file("a.json", "[{},\n{},{\n}]");
        assertThat(origins(work("a.json", new Format.Json(false), null)))
                .containsExactly("1 a.json 1 1", "3 a.json 3 2");
    }

    @Test
    void tellsNoMoreLinesWhereEachRecordHasSomeOfItsOwn() throws Exception {
        file("a.csv", "x\n" + "\"1\n2\"\n\"1\n2\n3\"\n".repeat(3_000));
        List<String> origins = origins(work("a.csv", CSV, null));
        assertThat(origins)
                .hasSize(1_001)
                .startsWith("1 a.csv 1 2", "3 a.csv 3 7")
                .endsWith("2000 a.csv 2000 null");
    }

    @Test
    void aLargeFileIsReadBySeveralThreadsInItsOrder() throws Exception {
        StringBuilder text = new StringBuilder("id,note\n");
        int rows = 300_000;
        for (int i = 1; i <= rows; i++) {
            text.append(i).append(i % 100_000 == 0 ? ",\"so\" far\n" : ",\"the first line\nand the second\"\n");
        }
        file("a.csv", text.toString()); // 11 MB
        file("b.csv", "id,note\n0,small\n");
        ExtractorUnderTest.Result result = extractor.extract(work("*.csv", CSV, null));
        List<String> records = extractor.records(result);
        assertThat(records).hasSize(rows - 3 + 1);
        assertThat(records.subList(0, 99_999)).allMatch(record -> record.contains("line\\nand"));
        for (int i = 1; i < 100_000; i += 777) {
            assertThat(records.get(i - 1)).startsWith("{\"id\":\"" + i + "\"");
            assertThat(records.get(200_000 + i - 3)).startsWith("{\"id\":\"" + (200_000 + i) + "\"");
        }
        assertThat(records.getLast()).isEqualTo("{\"id\":\"0\",\"note\":\"small\"}");
        assertThat(extractor.rejects(result))
                .extracting(Reject::part, Reject::row, Reject::line)
                .containsExactly(
                        tuple("a.csv", 100_000L, 200_000L),
                        tuple("a.csv", 200_000L, 399_999L),
                        tuple("a.csv", 300_000L, 599_998L));
        List<Part> parts = extractor.manifest(result).parts();
        assertThat(parts).hasSize(2); // the small file's lines have a part of their own
        Origin last = parts.getFirst().origin(rows - 3);
        assertThat(last).isNotNull();
        assertThat(last.row()).isEqualTo(rows - 1);
        assertThat(last.firstLine()).isEqualTo(599_996L);
        assertThat(result.log()).anyMatch(line -> line.contains("a.csv: 300000 records"));
    }

    @Test
    void aQuoteThatIsNeverClosedInALargeFileIsSaidWithItsLine() throws Exception {
        file("a.csv", "id,note\n" + "1,x\n".repeat(2_000_000) + "2,\"" + "y\n".repeat(20_000_000));
        assertThat(malformed("a.csv", CSV))
                .startsWith("a.csv: line 2000002: the quote before field 2 isn't closed before the file ends in line"
                        + " 22000002; the record begins with '2,\"y\n");
    }

    @Test
    void tellsTheLinesOfRecordsThatAreEvenlyApart() throws Exception {
        file("a.csv", "x\n" + "\"1\n2\"\n".repeat(3_000));
        file("a.json", "[" + "{},".repeat(3_000) + "{}]");
        Part csv = extractor
                .manifest(extractor.extract(work("a.csv", CSV, null)))
                .parts()
                .getFirst();
        Part json = extractor
                .manifest(extractor.extract(work("a.json", new Format.Json(false), null)))
                .parts()
                .getFirst();
        assertThat(csv.origins()).hasSize(1);
        assertThat(csv.origin(3_000)).isEqualTo(new Origin(3_000, "a.csv", 3_000, 6_000L));
        assertThat(json.origins()).hasSize(1);
        assertThat(json.origin(3_001)).isEqualTo(new Origin(3_001, "a.json", 3_001, 1L));
    }

    @Test
    void readsCsvWithoutAHeaderInAnotherEncodingWithAnotherDelimiter() throws Exception {
        file("a.csv", "1;Zoë\n2;\n".getBytes(Charset.forName("windows-1252")));
        assertThat(records("a.csv", csv(List.of("id", "name"), ";", "windows-1252")))
                .containsExactly("{\"id\":\"1\",\"name\":\"Zoë\"}", "{\"id\":\"2\",\"name\":null}");
    }

    @Test
    void rejectsCsvRowsWithAnotherNumberOfFields() throws Exception {
        file("a.csv", "a,b,c,d\n1,2,3,4\n\n1,2,,\"4\",5\n1\n5,6,7,8\n");
        ExtractorUnderTest.Result result = extractor.extract(work("*.csv", CSV, null));

        assertThat(extractor.records(result)).hasSize(2);
        assertThat(extractor.rejects(result))
                .containsExactly(
                        new Reject("EXTRACT", "a.csv", 2, 4L, "5 fields where the header has 4", "1,2,,\"4\",5"),
                        new Reject("EXTRACT", "a.csv", 3, 5L, "1 field where the header has 4", "1"));
        assertThat(extractor.manifest(result).counts().records()).isEqualTo(4);
    }

    @Test
    void refusesCsvFilesThatAreNotWhatTheySeem() throws Exception {
        file("double.csv", "id,id\n1,2\n");
        file("empty-name.csv", "id,\n1,2\n");
        file("empty.csv", "");
        file("open.csv", "id,name\n1,a\n2,\"b\n3,c\n");
        file("latin.csv", "id,name\n1,a\n2,Zo\u00eb\n".getBytes(StandardCharsets.ISO_8859_1));
        file("headless.csv", "1,2\n");

        assertThat(unreadable("double.csv", CSV))
                .isEqualTo(
                        "double.csv: line 1: the header names column 'id' twice, in places 1 and 2 (expected: each name"
                                + " once; the key columns can name them instead)");
        assertThat(unreadable("empty-name.csv", CSV))
                .isEqualTo("empty-name.csv: line 1: column 2 of the header has no name");
        assertThat(malformed("empty.csv", CSV)).isEqualTo("empty.csv: the file is empty (expected: a header line)");
        assertThat(malformed("open.csv", CSV))
                .isEqualTo("open.csv: line 3: the quote before field 2 isn't closed before the file ends in line 5; the"
                        + " record begins with '2,\"b\n3,c\n'");
        assertThat(unreadable("latin.csv", CSV)).isEqualTo("latin.csv: line 3: a byte sequence that is not UTF-8");
        assertThat(unreadable(
                        "headless.csv", new Format.Csv(false, List.of(), ",", "UTF-8", 0, null, "\"", null, false)))
                .contains("there is no header, and no columns are named");
    }

    @Test
    void aHeaderThatLacksAColumnOfTheTableFailsTheFileAndNamesTheNearestName() throws Exception {
        file("semicolons.csv", "name;id\nAnna;3\n");
        file("no-header.csv", "Anna,3\nBert,4\n");
        file("renamed.csv", "id,fullname\n1,Anna\n");
        file("blanks.csv", "id, name\n1,Anna\n");
        file("case.csv", "id,Name\n1,Anna\n");
        file("no-rows.csv", "id\n");
        String expected = " (expected: all columns of the schema that aren't optional: true)";

        assertThat(header("semicolons.csv"))
                .isEqualTo(
                        "semicolons.csv: line 1: the header has no column 'id', 'name'; it has 'name;id'" + expected);
        assertThat(header("no-header.csv"))
                .isEqualTo(
                        "no-header.csv: line 1: the header has no column 'id', 'name'; it has 'Anna', '3'" + expected);
        assertThat(header("renamed.csv"))
                .isEqualTo("renamed.csv: line 1: the header has no column 'name'; it has 'id', 'fullname'" + expected);
        assertThat(header("blanks.csv")).contains("no column 'name' (is it ' name'?); it has 'id', ' name'");
        assertThat(header("case.csv")).contains("no column 'name' (is it 'Name'?)");
        assertThat(header("no-rows.csv")).contains("no column 'name'; it has 'id'");
    }

    private String header(String file) throws Exception {
        return extractor.extract(ofTable(file, "id", "name")).failure(ErrorCode.SOURCE_UNREADABLE);
    }

    @Test
    void everyFileHasToHaveTheColumnsInWhateverOrderAndBesideWhateverElse() throws Exception {
        file("a.csv", "id,name\n1,Anna\n");
        file("b.csv", "more,name,id\nx,Bert,2\n");
        assertThat(extractor.records(ofTable("*.csv", "id", "name"))).hasSize(2);

        file("c.csv", "id,nome\n3,Carla\n");
        assertThat(extractor.extract(ofTable("*.csv", "id", "name")).failure(ErrorCode.SOURCE_UNREADABLE))
                .startsWith("c.csv: line 1: the header has no column 'name' (is it 'nome'?)");
    }

    @Test
    void aColumnWithoutANameInTheHeaderIsReadByNobody() throws Exception {
        file("first.csv", ",id,name\n0,1,Anna\n");
        file("last.csv", "id,name,\n2,Bert,x\n");
        file("two.csv", ",id,,name\na,3,b,Carla\n");
        file("only-one.csv", "id,\"\"\n4,x\n");
        assertThat(extractor.records(ofTable("first.csv", "id", "name")))
                .containsExactly("{\"id\":\"1\",\"name\":\"Anna\"}");
        assertThat(extractor.records(ofTable("last.csv", "id", "name")))
                .containsExactly("{\"id\":\"2\",\"name\":\"Bert\"}");
        assertThat(extractor.records(ofTable("two.csv", "id", "name")))
                .containsExactly("{\"id\":\"3\",\"name\":\"Carla\"}");
        assertThat(extractor.records(ofTable("only-one.csv", "id"))).containsExactly("{\"id\":\"4\"}");

        assertThat(extractor
                        .manifest(extractor.extract(ofTable("first.csv", "id")))
                        .texts())
                .isTrue();
    }

    @Test
    void anEmptyLineOfAFileWithOneColumnIsARecord() throws Exception {
        file("one.csv", "v\n1\n\n3\n");
        assertThat(records("one.csv", CSV)).containsExactly("{\"v\":\"1\"}", "{\"v\":null}", "{\"v\":\"3\"}");
        file("crlf.csv", "v\r\n\r\n\r\n");
        assertThat(records("crlf.csv", CSV)).containsExactly("{\"v\":null}", "{\"v\":null}");
        file("named.csv", "\n1\n");
        assertThat(records("named.csv", csv(List.of("v"), ",", "UTF-8")))
                .containsExactly("{\"v\":null}", "{\"v\":\"1\"}");
        file("quoted.csv", "v\n\"\"\n");
        assertThat(records("quoted.csv", CSV)).containsExactly("{\"v\":\"\"}");
        file("before.csv", "\n\nv\n1\n");
        assertThat(records("before.csv", CSV)).containsExactly("{\"v\":\"1\"}");
        file("two.csv", "a,b\n\n1,2\n");
        assertThat(records("two.csv", CSV)).containsExactly("{\"a\":\"1\",\"b\":\"2\"}");
    }

    @Test
    void aQuoteInAFieldThatDoesNotBeginWithOneIsARejectThatSaysSo() throws Exception {
        file("a.csv", "a,b,c\n1, \"x,y\"\n1,2\" pipe,3\n\"1\",\"2\"\" pipe\",3\n1,C:\\dir\\\",x\"\n,\"\",\n");
        ExtractorUnderTest.Result result = extractor.extract(work("a.csv", CSV, null));

        assertThat(extractor.records(result))
                .containsExactly(
                        "{\"a\":\"1\",\"b\":\"2\\\" pipe\",\"c\":\"3\"}", "{\"a\":null,\"b\":\"\",\"c\":null}");
        assertThat(extractor.rejects(result))
                .allSatisfy(reject -> assertThat(reject.reason())
                        .isEqualTo("field 2 has a quote, but doesn't begin with one, so that its end is uncertain"
                                + " (expected: the field in quotes, and quotes within it doubled)"))
                .extracting(Reject::line)
                .containsExactly(2L, 3L, 5L);
    }

    @Test
    void passesNdjsonByteForByte() throws Exception {
        file("a.ndjson", "{\"a\": 1.0}\r\n\n  \n{\"a\" :\"\\u00e9é\"}\nnot json\n{\"last\":1}");
        assertThat(records("a.ndjson", new Format.Ndjson()))
                .containsExactly("{\"a\": 1.0}", "{\"a\" :\"\\u00e9é\"}", "not json", "{\"last\":1}");
    }

    @Test
    void rejectsWhatIsNoJsonObjectForWhoeverDoesNotLookAtItLater() throws Exception {
        byte[] lines =
                ("{\"a\":1}\n{\"a\":NaN}\n[1]\n{\"a\":\"\t\"}\n{\"a\":1,\"a\":2}\n{\"a\":{\"b\":1,\"b\":1}}\n{\"a\":1"
                                + "\n{\"a\":1} {}\n{\"a\":01}\n{\"a\":\"\\ud800\"}\nno\n{\"a\":\"?\"}\n{\"é\":[null,1.50,\"\\u00e9\"]}\n")
                        .getBytes(StandardCharsets.UTF_8);
        lines[new String(lines, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
        file("a.ndjson", lines);
        ExtractorUnderTest.Result result = extractor.extract(published(true));

        assertThat(extractor.records(result)).containsExactly("{\"a\":1}", "{\"é\":[null,1.50,\"\\u00e9\"]}");
        assertThat(extractor.rejects(result))
                .extracting(Reject::row)
                .containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);
        assertThat(extractor.rejects(result))
                .extracting(Reject::reason)
                .allMatch(reason -> reason.startsWith("the record "))
                .contains(
                        "the record is not a JSON object",
                        "the record has text after the end of the JSON object",
                        "the record has half of a character in a text",
                        "the record is not UTF-8");
        assertThat(extractor.records(extractor.extract(published(false)))).hasSize(13);
    }

    private Work published(boolean validated) {
        return new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("a.ndjson", new Format.Ndjson(), Missing.FAIL), null),
                List.of(),
                new Work.Parts(Manifest.Format.NDJSON_GZIP, null, validated));
    }

    @Test
    void rejectsAnNdjsonLineBeyondTheLimitAndReadsOn() throws Exception {
        file("a.ndjson", "{\"a\":1}\n{\"a\":\"" + "x".repeat(Reject.RECORD_LIMIT) + "\"}\n{\"a\":3}\n");
        ExtractorUnderTest.Result result = extractor.extract(work("a.ndjson", new Format.Ndjson(), null));

        assertThat(extractor.records(result)).containsExactly("{\"a\":1}", "{\"a\":3}");
        assertThat(extractor.rejects(result)).singleElement().satisfies(reject -> {
            assertThat(reject.part()).isEqualTo("a.ndjson");
            assertThat(reject.row()).isEqualTo(2);
            assertThat(reject.record()).startsWith("{\"a\":\"xxx").hasSize(Reject.MAX_RECORD);
        });
    }

    @Test
    void readsJsonArraysAtAPath() throws Exception {
        file("a.json", "{\"n\":1,\"rows\":[{\"a\":1},\n {\"a\":2}]}");
        assertThat(extractor.records(work("a.json", new Format.Json(false), "rows")))
                .containsExactly("{\"a\":1}", "{\"a\":2}");
        file("b.json", "[\n  {\"a\":1}\n  {\"a\":2}\n]");
        assertThat(malformed("b.json", new Format.Json(false)))
                .isEqualTo("b.json: '{' in line 3, column 3 (expected: a comma or the end of the array)");
        file("c.json", "[{\"a\":1},\n{\"a\"");
        assertThat(malformed("c.json", new Format.Json(false)))
                .isEqualTo("c.json: the JSON is cut off in line 2, column 5");
    }

    @Test
    void takesACommaAfterTheLastRecordWhereThatIsSaid() throws Exception {
        Format.Json trailing = handWritten(false, Format.InvalidBytes.REJECT);
        file("a.json", "\t[{\"a\":1},\n {\"a\":2},\n]");
        file("b.json", "[]");
        file("c.json", "[{\"a\":3}]");
        assertThat(records("*.json", trailing)).containsExactly("{\"a\":1}", "{\"a\":2}", "{\"a\":3}");
        assertThat(malformed("a.json", new Format.Json(false)))
                .isEqualTo("a.json: ']' in line 3, column 1 (expected: a record)");
        file("d.json", "[{\"a\":1},,]");
        assertThat(malformed("d.json", trailing)).isEqualTo("d.json: ',' in line 1, column 10 (expected: a record)");
        file("e.json", "[,]");
        assertThat(malformed("e.json", trailing)).isEqualTo("e.json: ',' in line 1, column 2 (expected: a record)");
        file("f.json", "[{\"a\":[1, 2 , ],\r\n}]");
        assertThat(records("f.json", trailing)).containsExactly("{\"a\":[1, 2   ]   }");
        file("g.json", "[{\"a\":1}," + " ".repeat(70_000) + "]");
        assertThat(malformed("g.json", trailing)).isEqualTo("g.json: ']' in line 1, column 70010 (expected: a record)");
    }

    private static Format.Json handWritten(boolean comments, Format.InvalidBytes invalid) {
        return new Format.Json(false, List.of(), null, true, comments, invalid);
    }

    @Test
    void takesCommentsWhereThatIsSaid() throws Exception {
        Format.Json tolerant = handWritten(true, Format.InvalidBytes.REJECT);
        String commented =
                "// the first\n[/* [ \" ** / */{\"a\": \"/*no*/ //\\\"\" // one, two\r\n},\n{\"a\":/**/2, /*\n*/} , //\n ]//";
        file("a.json", commented);
        assertThat(records("a.json", tolerant))
                .containsExactly("{\"a\": \"/*no*/ //\\\"\"              }", "{\"a\":    2       }");
        file("b.json", "[{\"a\":1}]\n\n /* so far");
        assertThat(unreadable("b.json", tolerant)).isEqualTo("b.json: line 3: a comment that is never closed");
        file("c.json", "[{\"a\":1} / {\"a\":2}]");
        assertThat(malformed("c.json", tolerant))
                .isEqualTo("c.json: '/' in line 1, column 10 (expected: a comma or the end of the array)");
        assertThat(malformed("a.json", new Format.Json(false)))
                .isEqualTo("a.json: '/' in line 1, column 1 (expected: a JSON array of records)");
    }

    @Test
    void findsCommentsAndCommasWhereverBlocksOfBytesEnd() throws Exception {
        String rows = "{\"a\":1 /*,*/ , // ]\n/***/},\n";
        for (int before = 0; before < rows.length(); before++) {
            file("a.json", "[" + " ".repeat(before) + rows.repeat(3_000) + "]");
            List<String> records = records("a.json", handWritten(true, Format.InvalidBytes.REJECT));
            assertThat(records).hasSize(3_000);
            assertThat(Set.copyOf(records)).hasSize(1);
        }
    }

    @Test
    void replacesBytesThatAreNotUtf8WhereThatIsSaidAndRejectsTheirRecordsElsewhere() throws Exception {
        byte[] wrong = "[{\"a\":\"Zoé\"},\n{\"a\":\"\u00ff\u00fe, é\"}]".getBytes(StandardCharsets.ISO_8859_1);
        file("a.json", wrong);
        Format.Json replacing = handWritten(false, Format.InvalidBytes.REPLACE);
        ExtractorUnderTest.Result replaced = extractor.extract(work("a.json", replacing, null));
        assertThat(extractor.records(replaced))
                .containsExactly("{\"a\":\"Zo\uFFFD\"}", "{\"a\":\"\uFFFD\uFFFD, \uFFFD\"}");
        assertThat(replaced.log())
                .contains(
                        "INFO a.json: 4 byte sequences that are not UTF-8 were replaced by U+FFFD, the first in line 1");
        file("a.ndjson", "{\"a\":\"é\"}\n{\"a\":\"é".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(records("a.ndjson", new Format.Ndjson(Format.InvalidBytes.REPLACE)))
                .containsExactly("{\"a\":\"\uFFFD\"}", "{\"a\":\"\uFFFD");
        assertThat(records("a.json", new Format.Json(false))).hasSize(2); // the transformer rejects both
    }

    @Test
    void takesADocumentForARecordWhereThatIsSaid() throws Exception {
        file("1.json", "{\n  \"a\": 1\n}\n");
        file("2.json", "{\"a\":[]}");
        assertThat(records("*.json", new Format.Json(true))).containsExactly("{   \"a\": 1 }", "{\"a\":[]}");
    }

    @Test
    void unpacksGzipByItsFirstBytesAndInTheOrderOfTheNames() throws Exception {
        file("2024/b.ndjson", "{\"n\":2}\n");
        packed("2024/a.ndjson", "{\"n\":1}\n");
        file("top.ndjson", "{\"n\":3}\n");
        file("2024/a.txt", "no\n");

        assertThat(records("2024/*.ndjson", new Format.Ndjson())).containsExactly("{\"n\":1}", "{\"n\":2}");
        assertThat(records("**/*.ndjson", new Format.Ndjson())).containsExactly("{\"n\":1}", "{\"n\":2}", "{\"n\":3}");
    }

    @Test
    void refusesGzipThatIsCutOffOrFollowedBySomethingElse() throws Exception {
        packed("a.gz", "{\"n\":1}\n");
        byte[] whole = Files.readAllBytes(folder.resolve("a.gz"));
        file("cut.gz", java.util.Arrays.copyOf(whole, whole.length - 9));
        byte[] longer = java.util.Arrays.copyOf(whole, whole.length + 40);
        java.util.Arrays.fill(longer, whole.length, longer.length, (byte) 'x');
        file("longer.gz", longer);

        assertThat(malformed("cut.gz", new Format.Ndjson())).isEqualTo("cut.gz: the gzip data is damaged or cut off");
        assertThat(malformed("longer.gz", new Format.Ndjson()))
                .isEqualTo("longer.gz: the gzip data is damaged or cut off");
    }

    @Test
    void failsWhenNoFileMatchesUnlessThatIsAllowed() throws Exception {
        assertThat(extractor.extract(work("*.csv", CSV, null)).failure(ErrorCode.SOURCE_EMPTY))
                .isEqualTo("no file in " + folder + " matches '*.csv'");
        ExtractorUnderTest.Result allowed = extractor.extract(new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("*.csv", CSV, Missing.ALLOW), null),
                List.of(),
                Work.Parts.TO_TRANSFORM));
        assertThat(extractor.manifest(allowed).counts().records()).isZero();
    }

    @Test
    void namesTheFolderThatIsNotThere() throws Exception {
        Work work = new Work.Extract(
                new FileSource(folder.resolve("gone").toString()),
                new FileRead(new FileSelection("*.csv", CSV, Missing.ALLOW), null),
                List.of(),
                Work.Parts.TO_TRANSFORM);
        assertThat(extractor.extract(work).failure(ErrorCode.SOURCE_UNAVAILABLE))
                .isEqualTo("there is no folder " + folder.resolve("gone"));
    }

    @Test
    void aLinkToAFolderThatItIsInAddsNoFile() throws Exception {
        file("a.ndjson", "{\"a\":1}\n");
        Files.createSymbolicLink(folder.resolve("loop"), folder);
        assertThat(records("**/*.ndjson", new Format.Ndjson())).containsExactly("{\"a\":1}");
    }

    @Test
    void onlyFilesOfTheFoldersThatAreConfiguredAreRead(@TempDir Path own) throws Exception {
        Path input = Files.createDirectories(folder.resolve("input"));
        file("input/a.ndjson", "{\"a\":1}\n");
        file("private.ndjson", "{\"a\":2}\n");
        try (ExtractorUnderTest limited =
                new ExtractorUnderTest(own, Map.of("millrace.extractor.folders", input + ",/nowhere"))) {
            assertThat(limited.extract(work("*.ndjson", new Format.Ndjson(), null))
                            .failure(ErrorCode.SOURCE_REFUSED))
                    .isEqualTo(folder + " is outside of the folders that may be read: " + input
                            + ", /nowhere (millrace.extractor.folders)");
            Work below = new Work.Extract(
                    new FileSource(input.toString()),
                    new FileRead(new FileSelection("*.ndjson", new Format.Ndjson(), Missing.FAIL), null),
                    List.of(),
                    Work.Parts.TO_TRANSFORM);
            assertThat(limited.records(below)).containsExactly("{\"a\":1}");
            Files.createSymbolicLink(input.resolve("b.ndjson"), folder.resolve("private.ndjson"));
            assertThat(limited.extract(below).failure(ErrorCode.SOURCE_REFUSED))
                    .startsWith(input.resolve("b.ndjson") + ", which is " + folder.resolve("private.ndjson")
                            + ", is outside of the folders that may be read: ");
        }
    }

    @Test
    void failsWhenAFileGrowsWhileItIsRead(@TempDir Path staging) throws Exception {
        file("a.txt", "1\n");
        Path file = folder.resolve("a.txt");
        LocalStagingStore store = new LocalStagingStore(staging);
        // the first part begins when the first record has been read
        StagingStore appending = (StagingStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {StagingStore.class}, (_, method, arguments) -> {
                    if (method.getName().equals("upload")) {
                        Files.writeString(file, "2\n", StandardOpenOption.APPEND);
                    }
                    return method.invoke(store, arguments);
                });
        Format lines = new Format.FixedWidth(List.of(new Format.FixedWidth.Field("a", null)), 0, "UTF-8");
        Work.Extract work = (Work.Extract) work("a.txt", lines, null);
        Task task = extractor.task(work, null);
        TaskContext context = new TaskContext(Clock.systemUTC());
        try (StagedRecords staged =
                new StagedRecords(appending, ObjectMapper.getDefault(), task, context, 1000, work.parts())) {
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> extractor
                            .service()
                            .context()
                            .getBean(FileReader.class)
                            .read(new Extraction<>(
                                    task,
                                    (FileSource) work.source(),
                                    (FileRead) work.read(),
                                    work.columns(),
                                    null,
                                    staged,
                                    context)))
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.SOURCE_INCONSISTENT))
                    .withMessage("a.txt was changed or removed while it was read");
        }
    }
}
