package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Reject;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as other programs write them, through the extractor. */
class CsvDialectsTest {
    private static final Dialect CSV = new Dialect(true, List.of(), ",", 0, null, "\"", null, false);

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

    private record Dialect(
            boolean header,
            List<String> columns,
            String delimiter,
            int skip,
            @Nullable String comment,
            String quote,
            @Nullable String escape,
            boolean trailingDelimiter) {
        Dialect columns(String... names) {
            return new Dialect(header, List.of(names), delimiter, skip, comment, quote, escape, trailingDelimiter);
        }

        Dialect headless(String... names) {
            return new Dialect(false, List.of(names), delimiter, skip, comment, quote, escape, trailingDelimiter);
        }

        Dialect delimiter(String character) {
            return new Dialect(header, columns, character, skip, comment, quote, escape, trailingDelimiter);
        }

        Dialect skip(int lines) {
            return new Dialect(header, columns, delimiter, lines, comment, quote, escape, trailingDelimiter);
        }

        Dialect comment(String character) {
            return new Dialect(header, columns, delimiter, skip, character, quote, escape, trailingDelimiter);
        }

        Dialect quote(String character) {
            return new Dialect(header, columns, delimiter, skip, comment, character, escape, trailingDelimiter);
        }

        Dialect escape(String character) {
            return new Dialect(header, columns, delimiter, skip, comment, quote, character, trailingDelimiter);
        }

        Dialect withTrailingDelimiter() {
            return new Dialect(header, columns, delimiter, skip, comment, quote, escape, true);
        }

        Format format() {
            return new Format.Csv(header, columns, delimiter, "UTF-8", skip, comment, quote, escape, trailingDelimiter);
        }
    }

    private ExtractorUnderTest.Result extract(Dialect dialect, String text, String... expected) throws Exception {
        Files.writeString(folder.resolve("a.csv"), text);
        return extractor.extract(new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("a.csv", dialect.format(), Missing.FAIL), null),
                List.of(expected),
                Work.Parts.TO_TRANSFORM));
    }

    private List<String> records(Dialect dialect, String text) throws Exception {
        ExtractorUnderTest.Result result = extract(dialect, text);
        assertThat(extractor.rejects(result)).isEmpty();
        return extractor.records(result);
    }

    private String malformed(Dialect dialect, String text, String... expected) throws Exception {
        return extract(dialect, text, expected).failure(ErrorCode.SOURCE_MALFORMED);
    }

    private String unreadable(Dialect dialect, String text, String... expected) throws Exception {
        return extract(dialect, text, expected).failure(ErrorCode.SOURCE_UNREADABLE);
    }

    private List<Reject> rejects(Dialect dialect, String text) throws Exception {
        return extractor.rejects(extract(dialect, text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void skipsLinesBeforeTheHeaderWhateverIsInThem(String lineEnd) throws Exception {
        String text = "Series: \"of means, made on 2026-08-02\n\na,b,c\nid,name\n1,Anna\n".replace("\n", lineEnd);
        assertThat(records(CSV.skip(3), text)).containsExactly("{\"id\":\"1\",\"name\":\"Anna\"}");
        assertThat(records(CSV.skip(3), "\uFEFF" + text)).hasSize(1);
    }

    @Test
    void skipsLinesBeforeTheFirstRecordWhereThereIsNoHeader() throws Exception {
        Dialect twoLines = CSV.headless("id", "name").skip(2);
        assertThat(records(twoLines, "x\ny\n1,Anna\n2,Bert")).hasSize(2);
        assertThat(records(twoLines, "x\ny")).isEmpty();
        assertThat(records(twoLines, "x\n\n")).isEmpty();
        assertThat(malformed(twoLines, "x\n"))
                .isEqualTo("a.csv: the file has 1 line (expected: at least the 2 that are to be skipped)");
        assertThat(malformed(twoLines, "")).startsWith("a.csv: the file has 0 lines (expected: ");
        assertThat(malformed(CSV.skip(2), "x\ny\n"))
                .isEqualTo("a.csv: nothing follows the lines that are left out (expected: a header line)");
    }

    @Test
    void countsSkippedLinesInTheLineOfAReject() throws Exception {
        assertThat(rejects(CSV.skip(2).comment("#"), "x\ny\nid,name\n1,Anna\n# no\n\n2\n"))
                .extracting(Reject::line, Reject::row, Reject::record)
                .containsExactly(tuple(7L, 2L, "2"));
    }

    @Test
    void leavesOutTheLineThatTellsExcelTheDelimiter() throws Exception {
        Dialect semicolon = CSV.delimiter(";");
        List<String> anna = List.of("{\"id\":\"1\",\"name\":\"Anna\"}");
        assertThat(records(semicolon, "\uFEFFsep=;\r\nid;name\r\n1;Anna\r\n")).isEqualTo(anna);
        assertThat(records(semicolon, "SEP=;\nid;name\n1;Anna\n")).isEqualTo(anna);
        assertThat(records(semicolon.headless("id", "name"), "sep=;\n1;Anna\n")).isEqualTo(anna);
        assertThat(records(CSV.delimiter("\t"), "sep=\t\nid\tname\n1\tAnna\n")).isEqualTo(anna);
        assertThat(records(CSV.headless("id"), "sep=,")).isEmpty();

        assertThat(unreadable(semicolon, "sep=,\nid,name\n1,Anna\n"))
                .isEqualTo("a.csv: line 1: the file begins with 'sep=,', and its delimiter is ';' (expected: delimiter:"
                        + " \",\", or another first line)");
    }

    @Test
    void countsTheLineOfExcelAmongThoseToSkip() throws Exception {
        String text = "sep=,\nid\n1\n";
        assertThat(records(CSV, text)).containsExactly("{\"id\":\"1\"}");
        assertThat(records(CSV.skip(1), text)).containsExactly("{\"id\":\"1\"}");
        assertThat(records(CSV.skip(2), text)).isEmpty();
    }

    @Test
    void takesOtherLinesThatBeginLikeThatOfExcelForWhatTheyAre() throws Exception {
        assertThat(records(CSV, "sep=,b,a\n1,2,3\n")).hasSize(1);
        assertThat(records(CSV, "sep=\n1\n")).containsExactly("{\"sep=\":\"1\"}");
        assertThat(records(CSV, "sep=")).isEmpty();
        assertThat(records(CSV.headless("a", "b"), "x,y\nsep=,\n"))
                .containsExactly("{\"a\":\"x\",\"b\":\"y\"}", "{\"a\":\"sep=\",\"b\":null}");
    }

    @Test
    void leavesOutCommentsAndTellsTheLogHowMany() throws Exception {
        ExtractorUnderTest.Result result = extract(
                CSV.comment("#"), "# by \"us\nid,text\n#\n1,#no\n \n2,\"a\n#b\"\n#2,c,d,e\n\"#3\",x\n# the end");
        assertThat(extractor.records(result))
                .containsExactly(
                        "{\"id\":\"1\",\"text\":\"#no\"}",
                        "{\"id\":\"2\",\"text\":\"a\\n#b\"}",
                        "{\"id\":\"#3\",\"text\":\"x\"}");
        assertThat(extractor.rejects(result))
                .extracting(Reject::line, Reject::reason)
                .containsExactly(tuple(5L, "1 field where the header has 2"));
        assertThat(result.log()).contains("INFO a.csv: 4 lines begin with '#' and were left out");
        assertThat(extract(CSV.comment("#"), "id\n1\n").log()).noneMatch(line -> line.contains("left out"));
        assertThat(records(CSV, "id\n#1\n")).containsExactly("{\"id\":\"#1\"}");
        assertThat(records(CSV.comment("#"), "id\n#1\n\n")).containsExactly("{\"id\":null}");
    }

    @Test
    void readsOtherQuotesAndNone() throws Exception {
        assertThat(records(CSV.quote("'"), "id,'na''me'\n1,'a,\n''b'''\n\"2,5\"\n3,''\n"))
                .containsExactly(
                        "{\"id\":\"1\",\"na'me\":\"a,\\n'b'\"}",
                        "{\"id\":\"\\\"2\",\"na'me\":\"5\\\"\"}",
                        "{\"id\":\"3\",\"na'me\":\"\"}");
        assertThat(records(CSV.quote(""), "id,text\n\"1,2\"\" pipe\n\"\",\n"))
                .containsExactly(
                        "{\"id\":\"\\\"1\",\"text\":\"2\\\"\\\" pipe\"}", "{\"id\":\"\\\"\\\"\",\"text\":null}");
        assertThat(rejects(CSV.quote("'"), "id,text\n1,it's\n"))
                .extracting(Reject::reason, Reject::record)
                .containsExactly(tuple(
                        "field 2 has a quote, but doesn't begin with one, so that its end is uncertain (expected: the"
                                + " field in quotes, and quotes within it doubled)",
                        "1,it's"));
    }

    @Test
    void takesWhatFollowsAnEscapeForText() throws Exception {
        assertThat(
                        records(
                                CSV.escape("\\").comment("#"),
                                "id,text\n1,a\\,b\\\\\n2,\"a\\\"b\"\"c\\\\\"\n3,a\\\r\nb\\\nc\\\n\n\\#4,\\\"\n5,C:\\dir\\N\n6,\\\\\\,\n"))
                .containsExactly(
                        "{\"id\":\"1\",\"text\":\"a,b\\\\\"}",
                        "{\"id\":\"2\",\"text\":\"a\\\"b\\\"c\\\\\"}",
                        "{\"id\":\"3\",\"text\":\"a\\r\\nb\\nc\\n\"}",
                        "{\"id\":\"#4\",\"text\":\"\\\"\"}",
                        "{\"id\":\"5\",\"text\":\"C:\\\\dir\\\\N\"}",
                        "{\"id\":\"6\",\"text\":\"\\\\,\"}");
        assertThat(records(CSV.escape("\\").quote("").delimiter("\t"), "a\tb\n\\\t\"\t\\\n\\"))
                .containsExactly("{\"a\":\"\\t\\\"\",\"b\":\"\\n\\\\\"}");
        assertThat(rejects(CSV.escape("\\"), "id,text\n1,a\\\nb\n2\\,3\n4,x\"\n"))
                .extracting(Reject::line, Reject::reason, Reject::record)
                .containsExactly(
                        tuple(4L, "1 field where the header has 2", "2\\,3"),
                        tuple(
                                5L,
                                "field 2 has a quote, but doesn't begin with one, so that its end is uncertain (expected:"
                                        + " the field in quotes, and quotes within it doubled or escaped)",
                                "4,x\""));
    }

    @Test
    void namesTheColumnsOfAHeaderByPosition() throws Exception {
        assertThat(records(CSV.columns("year", "", "a"), "Year,Year,Region A\n1951,x,1892.6\n"))
                .containsExactly("{\"year\":\"1951\",\"a\":\"1892.6\"}");
        assertThat(unreadable(CSV.columns("year", "a"), "Year,Year,Region A\n1951,x,1892.6\n"))
                .isEqualTo(
                        "a.csv: line 1: the header has 3 names, 'Year', 'Year', 'Region A', and columns has 2, 'year',"
                                + " 'a' (expected: one for each)");
        assertThat(unreadable(CSV.columns("year", "a"), "Year;A\n1951;1\n"))
                .startsWith("a.csv: line 1: the header has 1 name, 'Year;A', and columns has 2");
        assertThat(unreadable(CSV.columns("year", "a"), "Year,A\n1951,1\n", "year", "month"))
                .isEqualTo("a.csv: columns, by which the header's columns are named, has no 'month'; it has 'year', 'a'"
                        + " (expected: all columns of the schema that aren't optional: true)");
        assertThat(unreadable(CSV, "id,x,id\n"))
                .isEqualTo(
                        "a.csv: line 1: the header names column 'id' twice, in places 1 and 3 (expected: each name once;"
                                + " the key columns can name them instead)");
        assertThat(rejects(CSV.columns("a", "b"), "x,y\n1,2,3\n"))
                .extracting(Reject::reason)
                .containsExactly("3 fields where the header has 2");
    }

    @Test
    void readsADelimiterThatEndsEachRecord() throws Exception {
        Dialect ends = CSV.delimiter(";").withTrailingDelimiter();
        for (String header : List.of("a;b", "a;b;")) {
            assertThat(records(ends, header + "\n1;2;\n\n;;\n3;\"\";"))
                    .containsExactly(
                            "{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":null,\"b\":null}", "{\"a\":\"3\",\"b\":\"\"}");
            assertThat(rejects(ends, header + "\n1;2;3\n1;2\n1;\n1;2;\"\"\n1;2;;\n1\n"))
                    .extracting(Reject::line, Reject::reason, Reject::record)
                    .containsExactly(
                            tuple(
                                    2L,
                                    "there is text after the last delimiter (expected: none, with trailingDelimiter: true)",
                                    "1;2;3"),
                            tuple(
                                    3L,
                                    "the record has 2 fields and doesn't end with a delimiter (expected: one, with"
                                            + " trailingDelimiter: true)",
                                    "1;2"),
                            tuple(
                                    4L,
                                    "the record has 2 fields and doesn't end with a delimiter (expected: one, with"
                                            + " trailingDelimiter: true)",
                                    "1;"),
                            tuple(
                                    5L,
                                    "there is text after the last delimiter (expected: none, with trailingDelimiter: true)",
                                    "1;2;\"\""),
                            tuple(6L, "3 fields where the header has 2", "1;2;;"),
                            tuple(7L, "1 field where the header has 2", "1"));
        }
        assertThat(records(ends.headless("a"), "1;\n\n;\n")).containsExactly("{\"a\":\"1\"}", "{\"a\":null}");
        assertThat(rejects(CSV.delimiter(";"), "a;b\n1;2;\n"))
                .extracting(Reject::reason, Reject::record)
                .containsExactly(tuple("3 fields where the header has 2", "1;2;"));
    }

    @Test
    void readsATableOfAWeatherService() throws Exception {
        ExtractorUnderTest.Result result = extract(
                CSV.delimiter(";").skip(1).columns("year", "", "a", "b").withTrailingDelimiter(), """
                Series of regional means, made on: 20260802
                Year;Year;Region A;Region B;
                1951;year;  1892.6;  1893.9;
                1952;year;  1653.4;  1654.0;
                """, "year", "a");
        assertThat(extractor.records(result))
                .containsExactly(
                        "{\"year\":\"1951\",\"a\":\"  1892.6\",\"b\":\"  1893.9\"}",
                        "{\"year\":\"1952\",\"a\":\"  1653.4\",\"b\":\"  1654.0\"}");
    }

    @Test
    void aRecordWithABrokenQuoteIsARejectWithItsTextAndTheNextOneIsRead() throws Exception {
        ExtractorUnderTest.Result result =
                extract(CSV, "a,b\n1,\"x\"y\n2,\"x\" \n3,\"p\"q,r\n\"4\"\"\",ok\n5,\"x\"\"\n6\"y\",\"z\nz\"\n7,ok\n");
        String goesOn =
                "field 2 goes on after its closing quote (expected: the field in quotes, and quotes within it doubled)";
        assertThat(extractor.rejects(result))
                .extracting(Reject::line, Reject::reason, Reject::record)
                .containsExactly(
                        tuple(2L, goesOn, "1,\"x\"y"),
                        tuple(3L, goesOn, "2,\"x\" "),
                        tuple(4L, goesOn, "3,\"p\"q,r"),
                        tuple(6L, goesOn.replace("quote (", "quote in line 7 ("), "5,\"x\"\"\n6\"y\",\"z\nz\""));
        assertThat(extractor.records(result))
                .containsExactly("{\"a\":\"4\\\"\",\"b\":\"ok\"}", "{\"a\":\"7\",\"b\":\"ok\"}");
        assertThat(extractor.manifest(result).counts().records()).isEqualTo(6);
        assertThat(malformed(CSV, "a,\"b\"c\n1,2\n")).isEqualTo("a.csv: line 1: the header: " + goesOn);
    }

    @Test
    void takesAQuoteWithinANameOfTheHeaderForText() throws Exception {
        assertThat(records(CSV, "id,size (\")\n1,2\n")).containsExactly("{\"id\":\"1\",\"size (\\\")\":\"2\"}");
    }

    @Test
    void aQuoteThatIsNeverClosedFailsTheFileSinceItHidesAllThatFollows() throws Exception {
        assertThat(malformed(CSV, "a,b\n1,2\n\"3,4\n5,6\n"))
                .isEqualTo(
                        "a.csv: line 3: the quote before field 1 isn't closed before the file ends in line 5; the record"
                                + " begins with '\"3,4\n5,6\n'");
        assertThat(malformed(CSV, "a,b\n1,\"")).contains("line 2: the quote before field 2 isn't closed");
        assertThat(malformed(CSV.escape("\\"), "a,b\n1,\"x\\\"")).contains("line 2: the quote before field 2");
    }

    @Test
    void cutsTheTextOfAReject() throws Exception {
        assertThat(rejects(CSV, "a,b\n" + "x".repeat(70_000) + "\n1,2\n"))
                .singleElement()
                .satisfies(reject -> assertThat(reject.record()).isEqualTo("x".repeat(Reject.MAX_RECORD)));
    }

    @Test
    void rejectsARecordBeyondTheLimitAndReadsOn() throws Exception {
        ExtractorUnderTest.Result result =
                extract(CSV, "a,b\n1,2\n3,\"" + "x\n".repeat(Reject.RECORD_LIMIT / 2) + "\"\n5,6\n");
        assertThat(extractor.records(result)).containsExactly("{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":\"5\",\"b\":\"6\"}");
        assertThat(extractor.rejects(result)).singleElement().satisfies(reject -> {
            assertThat(reject.line()).isEqualTo(3);
            assertThat(reject.reason())
                    .isEqualTo("a record of 16777220 characters, which is more than the 16777216 that are read");
            assertThat(reject.record()).startsWith("3,\"x\nx").hasSize(Reject.MAX_RECORD);
        });
    }

    /** The buffers of the reader and of gzip end anywhere in these rows, since each file begins a character later. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 8, 13, 21})
    void readsTheSameWhereverABufferEnds(int shift) throws Exception {
        String row = "x\\,é😀,\"a\"\"\\\"\r\nb\",\"\"\r\n#no\r\n,,z\r\n";
        String text = "#" + ".".repeat(shift) + "\r\na,b,c\r\n" + row.repeat(9_000);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("packed")))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        Format format = CSV.escape("\\").comment("#").format();
        Files.writeString(folder.resolve("plain"), text);
        for (String file : List.of("packed", "plain")) {
            ExtractorUnderTest.Result result = extractor.extract(new Work.Extract(
                    new FileSource(folder.toString()),
                    new FileRead(new FileSelection(file, format, Missing.FAIL), null),
                    List.of(),
                    Work.Parts.TO_TRANSFORM));
            List<String> records = extractor.records(result);
            assertThat(records).hasSize(18_000);
            for (int i = 0; i < records.size(); i += 2) {
                assertThat(records.get(i)).isEqualTo("{\"a\":\"x,é😀\",\"b\":\"a\\\"\\\"\\r\\nb\",\"c\":\"\"}");
                assertThat(records.get(i + 1)).isEqualTo("{\"a\":null,\"b\":null,\"c\":\"z\"}");
            }
            assertThat(result.log()).contains("INFO " + file + ": 9001 lines begin with '#' and were left out");
        }
    }

    @Test
    void writesEveryCharacterAsJsonHasIt() throws Exception {
        assertThat(records(CSV, "a\n\"\u0000\u0001\b\t\f\u001f /\\\u007f\u0080\u07ff\u0800\uffff😀\"\n"))
                .containsExactly("{\"a\":\"\\u0000\\u0001\\b\\t\\f\\u001F /\\\\\u007f\u0080\u07ff\u0800\uffff😀\"}");
    }
}
