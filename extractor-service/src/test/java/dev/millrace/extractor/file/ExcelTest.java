package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.SampleUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.ExcelHeader;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.format.Format.Excel.Errors;
import dev.millrace.pipeline.format.Format.Excel.Numbers;
import dev.millrace.pipeline.format.Unpivot;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.task.Sample;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.poi.hssf.record.DateWindow1904Record;
import org.apache.poi.hssf.record.crypto.Biff8EncryptionKey;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.apache.poi.poifs.filesystem.POIFSFileSystem;
import org.apache.poi.ss.usermodel.Cell;
import org.apache.poi.ss.usermodel.CellStyle;
import org.apache.poi.ss.usermodel.FormulaError;
import org.apache.poi.ss.usermodel.Row;
import org.apache.poi.ss.usermodel.Sheet;
import org.apache.poi.ss.util.CellRangeAddress;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workbooks through the extractor: of libraries that write them, and of their parts, with what no library writes. */
class ExcelTest {
    private static final List<String> NONE = List.of();
    private static final Format.Excel PLAIN = excel(null, header(1), null);

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

    private static ExcelHeader header(int rows, String... contains) {
        return new ExcelHeader(List.of(contains), rows, null);
    }

    private static Format.Excel excel(@Nullable String sheet, ExcelHeader header, @Nullable Unpivot unpivot) {
        return new Format.Excel(
                sheet, false, header, null, null, NONE, NONE, Errors.REJECT, Numbers.DISPLAYED, unpivot);
    }

    private ExtractorUnderTest.Result extract(Format format, byte[] bytes, String... expected) throws Exception {
        Files.write(folder.resolve("a.xlsx"), bytes);
        return extractor.extract(new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("a.xlsx", format, Missing.FAIL), null),
                List.of(expected),
                Work.Parts.TO_TRANSFORM));
    }

    private List<String> records(Format format, byte[] bytes) throws Exception {
        ExtractorUnderTest.Result result = extract(format, bytes);
        assertThat(extractor.rejects(result)).isEmpty();
        return extractor.records(result);
    }

    private String malformed(Format format, byte[] bytes, String... expected) throws Exception {
        String detail = extract(format, bytes, expected).failure(ErrorCode.SOURCE_MALFORMED);
        assertThat(detail).startsWith("a.xlsx: ");
        return detail.substring("a.xlsx: ".length());
    }

    private String unreadable(Format format, byte[] bytes, String... expected) throws Exception {
        String detail = extract(format, bytes, expected).failure(ErrorCode.SOURCE_UNREADABLE);
        assertThat(detail).startsWith("a.xlsx: ");
        return detail.substring("a.xlsx: ".length());
    }

    /** The same content as .xls and as .xlsx, each by a library of its own. */
    private interface Maker {
        void put(int row, int column, Object value);

        void merge(int top, int left, int bottom, int right);
    }

    private interface Content {
        void into(Maker maker);
    }

    private static byte[] workbook(String kind, String sheet, Content content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (kind.equals("xls")) {
            try (HSSFWorkbook workbook = new HSSFWorkbook()) {
                content.into(new Xls(workbook, workbook.createSheet(sheet)));
                workbook.write(bytes);
            }
        } else {
            try (Workbook workbook = new Workbook(bytes, "test", "1.0")) {
                content.into(new Xlsx(workbook.newWorksheet(sheet)));
            }
        }
        return bytes.toByteArray();
    }

    private record Xls(HSSFWorkbook workbook, Sheet sheet) implements Maker {
        @Override
        public void put(int row, int column, Object value) {
            Row of = sheet.getRow(row) == null ? sheet.createRow(row) : sheet.getRow(row);
            Cell cell = of.createCell(column);
            switch (value) {
                case LocalDate date -> {
                    CellStyle style = workbook.createCellStyle();
                    style.setDataFormat(workbook.createDataFormat().getFormat("d-mmm-yy"));
                    cell.setCellStyle(style);
                    cell.setCellValue(date);
                }
                case Number number -> cell.setCellValue(number.doubleValue());
                case Boolean truth -> cell.setCellValue(truth);
                default -> cell.setCellValue(value.toString());
            }
        }

        @Override
        public void merge(int top, int left, int bottom, int right) {
            sheet.addMergedRegion(new CellRangeAddress(top, bottom, left, right));
        }
    }

    private record Xlsx(Worksheet sheet) implements Maker {
        @Override
        public void put(int row, int column, Object value) {
            switch (value) {
                case LocalDate date -> {
                    sheet.value(row, column, date);
                    sheet.style(row, column).format("d-mmm-yy").set();
                }
                case Number number -> sheet.value(row, column, number);
                case Boolean truth -> sheet.value(row, column, truth);
                default -> sheet.value(row, column, value.toString());
            }
        }

        @Override
        public void merge(int top, int left, int bottom, int right) {
            sheet.range(top, left, bottom, right).merge();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xls", "xlsx"})
    void aTableIsFoundBelowNotesAndReadWithoutThoseBelowIt(String kind) throws Exception {
        byte[] bytes = workbook(kind, "Data", maker -> {
            maker.put(0, 0, "Statistics of areas");
            maker.put(1, 0, "Released:");
            maker.put(1, 1, LocalDate.of(2024, 2, 29));
            maker.put(3, 0, "Area\ncode ¹");
            maker.put(3, 1, " Name [note 2]");
            maker.put(3, 2, "Since");
            maker.put(3, 3, "Rate");
            maker.put(3, 4, "Open");
            maker.put(4, 0, "E1");
            maker.put(4, 1, "North \"East\"");
            maker.put(4, 2, LocalDate.of(1900, 1, 31));
            maker.put(4, 3, 0.1 + 0.2);
            maker.put(4, 4, true);
            maker.put(5, 0, "E2");
            maker.put(5, 1, "Zürich 😀");
            maker.put(5, 3, 4.35e-7);
            maker.put(6, 0, "All areas");
            maker.put(6, 3, 12);
            maker.put(8, 0, "1. See the notes");
            maker.put(9, 0, "2. And these");
        });
        Format.Excel format = new Format.Excel(
                null,
                false,
                header(1, "area code", "rate"),
                null,
                null,
                List.of("All *"),
                NONE,
                Errors.REJECT,
                Numbers.DISPLAYED,
                null);
        ExtractorUnderTest.Result result = extract(format, bytes, "Area code", "Rate");
        assertThat(extractor.rejects(result)).isEmpty();
        assertThat(extractor.records(result))
                .containsExactly(
                        "{\"Area code\":\"E1\",\"Name\":\"North"
                                + " \\\"East\\\"\",\"Since\":\"1900-01-31\",\"Rate\":\"0.3\",\"Open\":\"true\"}",
                        "{\"Area code\":\"E2\",\"Name\":\"Zürich 😀\",\"Since\":null,\"Rate\":\"0.000000435\","
                                + "\"Open\":null}");
        assertThat(result.log())
                .contains(
                        "INFO a.xlsx: sheet 'Data': the header is A4:E4",
                        "INFO a.xlsx: sheet 'Data': 1 row left out by leaveOut; 2 rows of notes");
        Part part = extractor.manifest(result).parts().getFirst();
        assertThat(part.origin(2))
                .isNotNull()
                .extracting(origin -> origin.place("Rate"), origin -> origin.place(null))
                .containsExactly("a.xlsx!Data!D6", "a.xlsx!Data");
        assertThat(unreadable(format, bytes, "Area code", "Ratio"))
                .isEqualTo("sheet 'Data': the header in A4:E4 has no column 'Ratio'; it has 'Area code', 'Name',"
                        + " 'Since', 'Rate', 'Open' (expected: all columns of the schema that aren't optional:"
                        + " true)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"xls", "xlsx"})
    void mergedAndTwoLineHeadersAreJoinedAndMayBeRepeated(String kind) throws Exception {
        byte[] bytes = workbook(kind, "Data", maker -> {
            maker.merge(0, 1, 0, 2);
            maker.merge(0, 0, 1, 0);
            for (int top : List.of(0, 3)) {
                maker.put(top, 0, "Area");
                maker.put(top, 1, "Male");
                maker.put(top, 3, "All");
                maker.put(top + 1, 1, "2023");
                maker.put(top + 1, 2, "2024");
                maker.put(top + 1, 3, 2024);
                maker.put(top + 2, 0, "x" + top);
                maker.put(top + 2, 1, top);
                maker.put(top + 2, 6, "stray");
            }
        });
        ExtractorUnderTest.Result result = extract(excel("d*a", header(2, "Area"), null), bytes);
        assertThat(extractor.records(result))
                .containsExactly(
                        "{\"Area\":\"x0\",\"Male 2023\":\"0\",\"Male 2024\":null,\"All 2024\":null}",
                        "{\"Area\":\"x3\",\"Male 2023\":\"3\",\"Male 2024\":null,\"All 2024\":null}");
        assertThat(result.log())
                .contains(
                        "INFO a.xlsx: sheet 'Data': the header is A1:D2",
                        "INFO a.xlsx: sheet 'Data': the header is repeated once; 2 cells in columns without a header"
                                + " left out, the first is G3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"xls", "xlsx"})
    void aWideTableIsUnpivotedWithItsHeadingsAndTypedNames(String kind) throws Exception {
        byte[] bytes = workbook(kind, "Weekly Figures 2012", maker -> {
            maker.put(0, 0, "Weekly figures");
            maker.put(2, 0, "Week number");
            maker.put(3, 0, "Week ended");
            for (int week = 1; week <= 2; week++) {
                maker.put(2, week + 1, week);
                maker.put(3, week + 1, LocalDate.of(2012, 1, 6).plusWeeks(week - 1));
                maker.put(5, week + 1, 10_000 + week);
                maker.put(10, week + 1, 40 + week);
                maker.put(14, week + 1, 5);
            }
            maker.put(5, 0, "Total, all ages");
            maker.put(6, 0, "a continued text");
            maker.put(8, 1, "Persons 4");
            maker.put(9, 1, "By age");
            maker.put(10, 1, "Under 1");
            maker.put(11, 1, "1+");
            maker.put(11, 2, ":");
            maker.put(12, 0, "Note: something");
            maker.put(13, 1, "By region");
            maker.put(14, 0, "E12000001");
            maker.put(14, 1, "North East");
            maker.put(16, 0, "Footnotes");
            maker.put(17, 2, "Released:");
        });
        Unpivot unpivot = new Unpivot(
                List.of(new Unpivot.Id("code", null, "[EW]\\d{8}"), new Unpivot.Id("label", null, null)),
                List.of("week", "ended"),
                "deaths",
                "section");
        Format.Excel format = new Format.Excel(
                "weekly figures *",
                false,
                new ExcelHeader(List.of("Week number", "Week end*"), 2, " 4$"),
                null,
                "Footnotes",
                List.of("Note:*"),
                List.of(":"),
                Errors.REJECT,
                Numbers.DISPLAYED,
                unpivot);
        ExtractorUnderTest.Result result = extract(format, bytes, "label", "deaths");
        assertThat(extractor.rejects(result)).isEmpty();
        String total = "{\"section\":null,\"code\":null,\"label\":\"Total, all ages\",";
        String age = "{\"section\":\"Persons / By age\",\"code\":null,\"label\":\"";
        String region = "{\"section\":\"By region\",\"code\":\"E12000001\",\"label\":\"North East\",";
        String first = "\"week\":\"1\",\"ended\":\"2012-01-06\",\"deaths\":";
        String second = "\"week\":\"2\",\"ended\":\"2012-01-13\",\"deaths\":";
        assertThat(extractor.records(result))
                .containsExactly(
                        total + first + "\"10001\"}",
                        total + second + "\"10002\"}",
                        age + "Under 1\"," + first + "\"41\"}",
                        age + "Under 1\"," + second + "\"42\"}",
                        age + "1+\"," + first + "null}",
                        region + first + "\"5\"}",
                        region + second + "\"5\"}");
        assertThat(result.log())
                .contains(
                        "INFO a.xlsx: sheet 'Weekly Figures 2012': the header is A3:D4; rows are named in A:B; values"
                                + " are in C:D",
                        "INFO a.xlsx: sheet 'Weekly Figures 2012': 1 row left out by leaveOut; 1 cell is NULL by"
                                + " nulls");
        Part part = extractor.manifest(result).parts().getFirst();
        assertThat(Stream.of(1, 2, 5, 7).map(part::origin).map(Objects::requireNonNull))
                .extracting(origin -> origin.place("deaths"), Origin::firstLine)
                .containsExactly(
                        tuple("a.xlsx!Weekly Figures 2012!C6", 6L),
                        tuple("a.xlsx!Weekly Figures 2012!D6", 6L),
                        tuple("a.xlsx!Weekly Figures 2012!C12", 12L),
                        tuple("a.xlsx!Weekly Figures 2012!D15", 15L));
    }

    @Test
    void idsCanBeTheColumnsOfAHeaderAndOneOfSeveralTablesIsKeptTo() throws Exception {
        byte[] bytes = workbook("xlsx", "Data", maker -> {
            maker.put(0, 0, "Table 1");
            maker.put(1, 0, "Area");
            maker.put(2, 0, "wrong");
            maker.put(3, 0, "Table 2: by year");
            maker.put(4, 0, "Area");
            maker.put(4, 1, 2023);
            maker.put(4, 2, "Kind");
            maker.put(4, 3, 2024);
            maker.put(5, 0, "North");
            maker.put(5, 1, 1.5);
            maker.put(5, 2, "a");
            maker.put(5, 3, 2);
            maker.put(6, 0, "Table 3");
        });
        Unpivot unpivot = new Unpivot(
                List.of(new Unpivot.Id("kind", "kind", null), new Unpivot.Id("area", "Area", null)),
                List.of("year"),
                "value",
                null);
        Format.Excel format = new Format.Excel(
                null,
                false,
                header(1, "Area"),
                "Table 2*",
                "Table 3*",
                NONE,
                NONE,
                Errors.REJECT,
                Numbers.DISPLAYED,
                unpivot);
        assertThat(records(format, bytes))
                .containsExactly(
                        "{\"kind\":\"a\",\"area\":\"North\",\"year\":\"2023\",\"value\":\"1.5\"}",
                        "{\"kind\":\"a\",\"area\":\"North\",\"year\":\"2024\",\"value\":\"2\"}");
        assertThat(unreadable(excel(null, header(1, "Area"), null), bytes))
                .isEqualTo(
                        "sheet 'Data' has two headers with 'Area', and nobody knows which one counts: A2:A2 and A5:D5"
                                + " (expected: one, or the same again; start and end keep to one of several tables)");
    }

    @Test
    void whatNamesTheValuesOfAWideTableIsNeverAnError() throws Exception {
        Unpivot unpivot = new Unpivot(List.of(new Unpivot.Id("area", null, null)), List.of("year"), "value", "heading");
        String header = "<row r='1'>" + text("A1", "Area") + "<c r='B1'><v>2023</v></c><c r='C1'>%s</c></row>";
        String rows = header.formatted("<v>2024</v>")
                + "<row r='2'>" + text("A2", "North") + "<c r='B2'><v>1</v></c></row>"
                + "<row r='3'><c r='A3' t='e'><v>#REF!</v></c><c r='B3'><v>2</v></c><c r='C3'><v>3</v></c></row>"
                + "<row r='4'><c r='A4'><f>B1</f></c><c r='B4'><v>4</v></c></row>"
                + "<row r='5'><c r='A5' t='e'><v>#N/A</v></c></row>"
                + "<row r='6'>" + text("A6", "South") + "<c r='B6'><v>5</v></c></row>"
                + "<row r='7'>" + text("A7", "Sea") + "</row>"
                + "<row r='8'>" + text("A8", "West") + "<c r='B8'><v>6</v></c></row>";
        String north = "{\"heading\":null,\"area\":\"North\",\"year\":\"2023\",\"value\":\"1\"}";
        String west = "{\"heading\":\"Sea\",\"area\":\"West\",\"year\":\"2023\",\"value\":\"6\"}";
        String nobody = " (expected: a value; with errors: \"null\" it is NULL)";
        String never = "cell A4 is a formula without a value (expected: the one that Excel stores when it saves)";
        ExtractorUnderTest.Result strict = extract(
                excel(null, header(1, "Area"), unpivot),
                new XlsxParts().sheet("S", rows).bytes());
        assertThat(extractor.records(strict)).containsExactly(north, west);
        assertThat(extractor.rejects(strict))
                .extracting(Reject::part, Reject::reason)
                .containsExactly(
                        tuple("a.xlsx!S!B3", "cell A3 is #REF!" + nobody),
                        tuple("a.xlsx!S!C3", "cell A3 is #REF!" + nobody),
                        tuple("a.xlsx!S!B4", never),
                        tuple("a.xlsx!S!B6", "cell A5 is #N/A" + nobody));
        ExtractorUnderTest.Result lax = extract(
                new Format.Excel(
                        null,
                        false,
                        header(1, "Area"),
                        null,
                        null,
                        NONE,
                        NONE,
                        Errors.NULL,
                        Numbers.DISPLAYED,
                        unpivot),
                new XlsxParts().sheet("S", rows).bytes());
        assertThat(extractor.records(lax))
                .containsExactly(
                        north,
                        "{\"heading\":null,\"area\":null,\"year\":\"2023\",\"value\":\"2\"}",
                        "{\"heading\":null,\"area\":null,\"year\":\"2024\",\"value\":\"3\"}",
                        "{\"heading\":null,\"area\":\"South\",\"year\":\"2023\",\"value\":\"5\"}",
                        west);
        assertThat(extractor.rejects(lax)).extracting(Reject::reason).containsExactly(never);
        assertThat(unreadable(
                        excel(null, header(1, "Area"), unpivot),
                        new XlsxParts()
                                .sheet("S", header.replace("'C1'", "'C1' t='e'").formatted("<v>#REF!</v>"))
                                .bytes()))
                .isEqualTo("sheet 'S': the header in A1:C1 doesn't name its columns: cell C1 is #REF!");
    }

    private static String text(String cell, String text) {
        return "<c r='%s' t='inlineStr'><is><t>%s</t></is></c>".formatted(cell, text);
    }

    @Test
    void cellsThatNoLibraryWritesAreReadByTheStandardAndRejectedByTheirNames() throws Exception {
        byte[] bytes = new XlsxParts()
                .styles("<numFmts><numFmt numFmtId=\"170\" formatCode=\"[h]:mm\"/></numFmts>"
                        + "<cellStyleXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellStyleXfs>"
                        + "<cellXfs><xf numFmtId=\"0\"/><xf xfId=\"1\"/><xf numFmtId=\"170\"/>"
                        + "<xf numFmtId=\"22\"/><xf numFmtId=\"21\"/></cellXfs><dxfs><xf numFmtId=\"14\"/></dxfs>")
                .strings("<si><t>v</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>PHONETIC</t></rPh></si>"
                        + "<si><t>a_x000D_b_x005F_x000D_</t></si>")
                .sheet(
                        "S",
                        "<row><c t=\"s\"><v>0</v></c></row>" // no references
                                + "<row r=\"2\"><c t=\"s\"><v>1</v></c></row>"
                                + "<row><c t=\"s\"><v>2</v></c></row>"
                                + "<row><c t=\"inlineStr\"><is><t>in</t><t>line</t></is></c></row>"
                                + "<row><c t=\"str\"><f>A1</f><v>computed</v></c></row>"
                                + "<row><c s=\"1\"><v>43831</v></c></row>" // inherited style
                                + "<row><c s=\"1\" t=\"d\"><v>2024-02-29T00:00:00</v></c></row>" // strict
                                + "<row><c s=\"2\"><v>1.5</v></c></row>"
                                + "<row><c s=\"3\"><v>43831.999999999</v></c></row>"
                                + "<row><c s=\"4\"><v>0.5</v></c></row>"
                                + "<row><c><v>4.3499999999999996</v></c></row>"
                                + "<row><c><f>1+1</f><v>2E+3</v></c></row>"
                                + "<row><c t=\"b\"><v>0</v></c></row>"
                                + "<row><c/><c t=\"s\"><v/></c></row>"
                                + "<row r=\"20\"><c r=\"A20\"><f>NOW()</f></c></row>"
                                + "<row><c t=\"e\"><f>1/0</f><v>#DIV/0!</v></c></row>"
                                + "<row><c t=\"s\"><v>7</v></c></row>"
                                + "<row><c s=\"1\"><v>60</v></c></row>"
                                + "<row><c><v>1E999999999</v></c></row>"
                                + "<row><c t=\"z\"><v>1</v></c></row>"
                                + "<row><c t=\"e\"><v>#SPILL!</v></c></row>")
                .bytes();
        ExtractorUnderTest.Result result = extract(PLAIN, bytes);
        assertThat(extractor.records(result))
                .extracting(record -> record.substring("{\"v\":".length(), record.length() - 1))
                .containsExactly(
                        "\"rich\"",
                        "\"a\\rb_x000D_\"",
                        "\"inline\"",
                        "\"computed\"",
                        "\"2020-01-01\"",
                        "\"2024-02-29\"",
                        "\"36:00:00\"",
                        "\"2020-01-02T00:00:00\"",
                        "\"12:00:00\"",
                        "\"4.35\"",
                        "\"2000\"",
                        "\"false\"");
        assertThat(extractor.rejects(result))
                .extracting(Reject::part, Reject::line, Reject::reason, Reject::record)
                .containsExactly(
                        tuple(
                                "a.xlsx!S!A20",
                                20L,
                                "cell A20 is a formula without a value (expected: the one that Excel stores when it"
                                        + " saves)",
                                ""),
                        tuple(
                                "a.xlsx!S!A21",
                                21L,
                                "cell A21 is #DIV/0! (expected: a value; with errors: \"null\" it is NULL)",
                                "#DIV/0!"),
                        tuple("a.xlsx!S!A22", 22L, "cell A22 is a shared string that the workbook doesn't have", ""),
                        tuple(
                                "a.xlsx!S!A23",
                                23L,
                                "cell A23 is a date by its style and has 60, which no day is (expected: a day from"
                                        + " 1900 to 9999)",
                                "60"),
                        tuple("a.xlsx!S!A24", 24L, "cell A24 has '1E999999999' (expected: a number)", "1E999999999"),
                        tuple("a.xlsx!S!A25", 25L, "cell A25 is of the type 'z', which no workbook has", "1"),
                        tuple(
                                "a.xlsx!S!A26",
                                26L,
                                "cell A26 is #SPILL! (expected: a value; with errors: \"null\" it is NULL)",
                                "#SPILL!"));
        Format.Excel stored =
                new Format.Excel(null, false, header(1), null, null, NONE, NONE, Errors.NULL, Numbers.STORED, null);
        ExtractorUnderTest.Result other = extract(stored, bytes);
        assertThat(extractor.records(other)).contains("{\"v\":\"4.3499999999999996\"}", "{\"v\":null}");
        assertThat(other.log()).contains("INFO a.xlsx: sheet 'S': 2 errors are NULL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"xls", "xlsx"})
    void datesAreCountedFrom1904WhereTheWorkbookSaysSo(String kind) throws Exception {
        byte[] bytes;
        if (kind.equals("xls")) {
            bytes = xls(workbook -> {
                workbook.getInternalWorkbook().getRecords().forEach(of -> {
                    if (of instanceof DateWindow1904Record window) {
                        window.setWindowing((short) 1);
                    }
                });
                Sheet sheet = workbook.createSheet("S");
                sheet.createRow(0).createCell(0).setCellValue("d");
                Cell cell = sheet.createRow(1).createCell(0);
                cell.setCellValue(1.0);
                CellStyle style = workbook.createCellStyle();
                style.setDataFormat((short) 14);
                cell.setCellStyle(style);
                sheet.createRow(2).createCell(0).setCellErrorValue(FormulaError.NA.getCode());
                Cell formula = sheet.createRow(3).createCell(0);
                formula.setCellFormula("\"te\"&\"xt\"");
                workbook.getCreationHelper().createFormulaEvaluator().evaluateFormulaCell(formula);
            });
        } else {
            bytes = new XlsxParts()
                    .properties("date1904=\"true\"")
                    .styles("<cellXfs><xf numFmtId=\"14\"/></cellXfs>")
                    .sheet(
                            "S",
                            "<row><c t=\"str\"><v>d</v></c></row><row><c s=\"0\"><v>1</v></c></row>"
                                    + "<row><c t=\"e\"><v>#N/A</v></c></row>"
                                    + "<row><c t=\"str\"><f>f</f><v>text</v></c></row>")
                    .bytes();
        }
        ExtractorUnderTest.Result result = extract(PLAIN, bytes);
        assertThat(extractor.records(result)).containsExactly("{\"d\":\"1904-01-02\"}", "{\"d\":\"text\"}");
        assertThat(extractor.rejects(result))
                .extracting(Reject::part, Reject::reason)
                .containsExactly(
                        tuple("a.xlsx!S!A3", "cell A3 is #N/A (expected: a value; with errors: \"null\" it is NULL)"));
    }

    private interface Filled {
        void with(HSSFWorkbook workbook);
    }

    private static byte[] xls(Filled filled) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (HSSFWorkbook workbook = new HSSFWorkbook()) {
            filled.with(workbook);
            workbook.write(bytes);
        }
        return bytes.toByteArray();
    }

    @Test
    void whichSheetCountsIsSaidByItsNameOrItsHeaderOrItIsAnError() throws Exception {
        String table = "<row><c t=\"str\"><v>id</v></c></row><row><c><v>%d</v></c></row>";
        byte[] bytes = new XlsxParts()
                .sheet("Contents", "<row><c t=\"str\"><v>What is here</v></c></row>")
                .sheet("First", table.formatted(1))
                .sheet("Second", table.formatted(2))
                .sheet("Old", "state=\"veryHidden\"", table.formatted(3), "")
                .bytes();
        assertThat(records(excel("second", header(1), null), bytes)).containsExactly("{\"id\":\"2\"}");
        assertThat(unreadable(excel(null, header(1, "ID"), null), bytes))
                .isEqualTo("2 sheets have a header with 'ID', and nobody knows which one counts: 'First' in A1:A1,"
                        + " 'Second' in A1:A1 (expected: the key sheet, or texts in header.contains that only one"
                        + " has)");
        assertThat(unreadable(excel("Old", header(1), null), bytes))
                .isEqualTo(
                        "no sheet is called 'Old'; the workbook has 'Contents', 'First', 'Second', 'Old' (hidden; with"
                                + " hidden: true it is looked at)");
        assertThat(unreadable(excel(null, header(1, "no", "id"), null), bytes))
                .isEqualTo(
                        "no sheet has a header with 'no', 'id'; the workbook has 'Contents', 'First', 'Second', 'Old'"
                                + " (hidden; with hidden: true it is looked at)");
        assertThat(unreadable(excel("first", header(2, "no"), null), bytes))
                .isEqualTo("sheet 'First' has no header with 'no' in 2 rows");
        byte[] one = new XlsxParts()
                .sheet("Cover", "<row><c t=\"str\"><v>What is here</v></c></row>")
                .sheet("Data", "state=\"hidden\"", table.formatted(4), "")
                .bytes();
        assertThat(unreadable(excel(null, header(1, "id"), null), one))
                .isEqualTo(
                        "sheet 'Cover' has no header with 'id'; the workbook has 'Cover', 'Data' (hidden; with hidden:"
                                + " true it is looked at)");
        Format.Excel hidden = new Format.Excel(
                "old", true, header(1), null, null, NONE, NONE, Errors.REJECT, Numbers.DISPLAYED, null);
        assertThat(records(hidden, bytes)).containsExactly("{\"id\":\"3\"}");
    }

    @Test
    void eachBrokenFileSaysWhatItIs() throws Exception {
        byte[] whole = workbook("xlsx", "S", maker -> maker.put(0, 0, "id"));
        String isNone = " (expected: a workbook, .xlsx, .xlsm or .xls; what is in a file counts, not its name)";
        assertThat(malformed(PLAIN, new byte[0])).isEqualTo("the file is empty" + isNone);
        assertThat(malformed(PLAIN, text("\n<!DOCTYPE html><html><title>404</title>")))
                .isEqualTo("the file is HTML, beginning with '<!DOCTYPE html><html><title>404</title>'" + isNone);
        assertThat(unreadable(PLAIN, text("id,name\n1,x\n")))
                .isEqualTo("the file is text such as CSV, beginning with 'id,name'" + isNone);
        assertThat(unreadable(PLAIN, text("<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>")))
                .isEqualTo("the file is XML of Excel 2003, which is not read" + isNone);
        assertThat(unreadable(PLAIN, new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}))
                .isEqualTo("the file is none that is known, beginning with the bytes 89 50 4e 47 0d 0a 1a 0a" + isNone);
        assertThat(malformed(PLAIN, Arrays.copyOf(whole, whole.length / 2)))
                .startsWith(
                        "the file is damaged or cut off: it begins as an .xlsx does, and its directory can't be read"
                                + " (");
        assertThat(unreadable(PLAIN, zip("readme.txt", "hello")))
                .isEqualTo(
                        "the file is a zip archive without a workbook in it (expected: .xlsx, .xlsm or .xls; or the key"
                                + " inside for files in an archive)");
        assertThat(unreadable(PLAIN, zip("mimetype", "application/vnd.oasis.opendocument.spreadsheet")))
                .isEqualTo("the file is a spreadsheet of OpenDocument, which is not read (expected: .xlsx, .xlsm or"
                        + " .xls)");
        assertThat(unreadable(
                        PLAIN,
                        zip(
                                "_rels/.rels",
                                "<R><Relationship Type=\"x/officeDocument\" Target=\"xl/workbook.bin\"/></R>")))
                .isEqualTo(
                        "the file is a binary workbook, .xlsb, which is not read (expected: .xlsx, .xlsm or .xls; Excel"
                                + " saves it as one)");
        byte[] old = xls(
                workbook -> workbook.createSheet("S").createRow(0).createCell(0).setCellValue("id"));
        assertThat(malformed(PLAIN, Arrays.copyOf(old, 1024)))
                .startsWith("the file is damaged or cut off: it begins as an .xls does, and can't be read on (");
        Biff8EncryptionKey.setCurrentUserPassword("secret");
        try {
            assertThat(unreadable(
                            PLAIN,
                            xls(workbook -> workbook.createSheet("S")
                                    .createRow(0)
                                    .createCell(0)
                                    .setCellValue("id"))))
                    .isEqualTo("the workbook is protected by a password (expected: one that opens without)");
        } finally {
            Biff8EncryptionKey.setCurrentUserPassword(null);
        }
        assertThat(unreadable(PLAIN, ole("EncryptedPackage")))
                .isEqualTo("the workbook is protected by a password (expected: one that opens without)");
        assertThat(unreadable(PLAIN, ole("WordDocument")))
                .isEqualTo("the file is of Microsoft Office, and no workbook: it has WordDocument");
        assertThat(malformed(PLAIN, new XlsxParts().sheet("S", "<row><c t=").bytes()))
                .startsWith("its part 'xl/worksheets/sheet1.xml' is no XML that can be read: ");
        assertThat(malformed(
                        PLAIN,
                        new XlsxParts()
                                .sheet("S", "<row r=\"2\"/><row r=\"1\"/>")
                                .bytes()))
                .isEqualTo("row 1 comes after row 2 (expected: rows in their order, up to 1048576)");
        assertThat(unreadable(PLAIN, new XlsxParts().sheet("S", "").bytes()))
                .isEqualTo("sheet 'S' is empty (expected: a header)");
        assertThat(unreadable(
                        PLAIN,
                        new XlsxParts()
                                .sheet(
                                        "S",
                                        "<row><c t=\"str\"><v>a</v></c><c t=\"str\"><v>A*</v></c>"
                                                + "<c t=\"str\"><v>a ²</v></c></row>")
                                .bytes()))
                .isEqualTo("sheet 'S': the header names column 'a' twice, in A1 and C1 (expected: each name once;"
                        + " header.rows takes more rows into the names)");
    }

    @Test
    void whatUnpacksToTooMuchIsRefusedAtOnce() throws Exception {
        String cell = "<row><c t=\"str\"><v>" + "x".repeat(1_100_000) + "</v></c></row>";
        assertThat(unreadable(PLAIN, new XlsxParts().sheet("S", cell).bytes()))
                .isEqualTo(
                        "row 1 has a cell of more than 1000000 characters (expected: 32,767 at most, as Excel writes)");
        assertThat(unreadable(
                        PLAIN,
                        new XlsxParts()
                                .sheet("S", cell.replace("xx", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"))
                                .bytes()))
                .isEqualTo(
                        "its part 'xl/worksheets/sheet1.xml' has a text or tag of more than 10 MiB (expected: cells of"
                                + " 32,767 characters at most, as Excel writes)");
        assertThat(unreadable(
                        PLAIN,
                        new XlsxParts().sheet("S", " ".repeat(70 * 1024 * 1024)).bytes()))
                .isEqualTo(
                        "its part 'xl/worksheets/sheet1.xml' unpacks to more than 200 times its size, as one does that"
                                + " is meant to fill a disk; millrace.extractor.unpack-ratio lets it be more");
        String none = "<si/>".repeat(10_400_000);
        assertThat(unreadable(
                        PLAIN, new XlsxParts().sheet("S", "").strings(none).bytes()))
                .isEqualTo("its shared strings take more than 128 MiB, which is the most that is held in memory"
                        + " (expected: a smaller workbook, or several)");
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] zip(String name, String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(text(text));
        }
        return bytes.toByteArray();
    }

    private static byte[] ole(String entry) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (POIFSFileSystem file = new POIFSFileSystem()) {
            file.createDocument(new ByteArrayInputStream(new byte[100]), entry);
            file.writeFilesystem(bytes);
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"xls", "xlsx"})
    void mergedCellsHaveWhatIsShownInEachOfThemWhereThatIsWanted(String kind) throws Exception {
        byte[] bytes = workbook(kind, "Data", maker -> {
            maker.put(0, 0, "region");
            maker.put(0, 1, "area");
            maker.put(0, 2, "people");
            maker.put(1, 0, "North");
            maker.put(1, 1, "a");
            maker.put(1, 2, 1);
            maker.put(2, 1, "b");
            maker.put(2, 2, 2);
            maker.put(3, 0, "all of it");
            maker.put(3, 2, 3);
            maker.merge(1, 0, 2, 0);
            maker.merge(3, 0, 3, 1);
        });
        assertThat(records(PLAIN, bytes).get(1)).isEqualTo("{\"region\":null,\"area\":\"b\",\"people\":\"2\"}");
        Format.Excel each = new Format.Excel(
                null,
                false,
                header(1),
                null,
                null,
                NONE,
                NONE,
                Errors.REJECT,
                Numbers.DISPLAYED,
                null,
                Format.Excel.Merged.EACH);
        assertThat(records(each, bytes))
                .containsExactly(
                        "{\"region\":\"North\",\"area\":\"a\",\"people\":\"1\"}",
                        "{\"region\":\"North\",\"area\":\"b\",\"people\":\"2\"}",
                        "{\"region\":\"all of it\",\"area\":\"all of it\",\"people\":\"3\"}");
    }

    private Sample proposed(byte[] bytes) throws Exception {
        Files.write(folder.resolve("a.xlsx"), bytes);
        return new SampleUnderTest(extractor)
                .propose(
                        new Work.Extract(
                                new FileSource(folder.toString()),
                                new FileRead(new FileSelection("a.xlsx", PLAIN, Missing.FAIL), null),
                                List.of(),
                                Work.Parts.TO_TRANSFORM),
                        3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xls", "xlsx"})
    void proposesHowAWideTableIsRead(String kind) throws Exception {
        Sample sample = proposed(workbook(kind, "Figures 2020", maker -> {
            maker.put(0, 0, "Deaths by week");
            for (int week = 1; week <= 5; week++) {
                maker.put(2, 1 + week, week);
                maker.put(3, 1 + week, LocalDate.of(2020, 1, 3).plusWeeks(week - 1));
            }
            maker.put(2, 0, "Week number");
            maker.put(3, 0, "Week ended");
            maker.put(4, 0, "Note: of registrations");
            maker.put(5, 1, "Males");
            for (int area = 0; area < 4; area++) {
                maker.put(6 + area, 0, "E1200000" + area);
                maker.put(6 + area, 1, "Area " + area);
                for (int week = 1; week <= 5; week++) {
                    maker.put(6 + area, 1 + week, area == 3 && week == 2 ? ":" : (Object) ((area * 7 + week * 3) % 11));
                }
            }
            maker.put(11, 0, "Footnotes");
            maker.put(12, 0, "1 of something");
        }));
        assertThat(sample.format())
                .containsExactly(
                        "type: excel",
                        "header: {contains: ['Week number', 'Week ended'], rows: 2}",
                        "end: Footnotes",
                        "leaveOut: ['Note:*']",
                        "nulls: [':']",
                        "unpivot:",
                        "  ids: [{name: code, matches: '[A-Z][0-9]{8}'}, {name: label}]",
                        "  names: [week_number, week_ended]",
                        "  value: value",
                        "  heading: heading");
        assertThat(SampleUnderTest.lines(sample))
                .startsWith("{\"heading\":\"Males\",\"code\":\"E12000000\",\"label\":\"Area 0\",\"week_number\":\"1\","
                        + "\"week_ended\":\"2020-01-03\",\"value\":\"3\"}");
        assertThat(sample.log())
                .extracting(line -> line.message())
                .contains(
                        "a.xlsx: sheet 'Figures 2020': the header is A3:G4; rows are named in A:B; values are in C:G");
    }

    @Test
    void proposesTheColumnsThatNameRowsWhereTheHeaderNamesThem() throws Exception {
        Sample sample = proposed(workbook("xlsx", "Data", maker -> {
            maker.put(0, 0, "Area code");
            maker.put(0, 1, "Area");
            for (int year = 0; year < 4; year++) {
                maker.put(0, 2 + year, 2020 + year);
                for (int row = 1; row < 5; row++) {
                    maker.put(row, 0, "A" + row);
                    maker.put(row, 1, "Area " + row);
                    maker.put(row, 2 + year, (row * 13 + year * 7) % 5);
                }
            }
        }));
        assertThat(sample.format())
                .containsExactly(
                        "type: excel",
                        "header: {contains: ['Area code']}",
                        "unpivot:",
                        "  ids: [{name: area_code, header: 'Area code'}, {name: area, header: Area}]",
                        "  names: [year]",
                        "  value: value");
    }

    @Test
    void proposesTheHeaderOfATableFurtherDownOnTheSheetThatHasTheMost() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Workbook workbook = new Workbook(bytes, "test", "1.0")) {
            Worksheet notes = workbook.newWorksheet("Notes");
            notes.value(0, 0, "Read this");
            Worksheet sheet = workbook.newWorksheet("Prices 2026");
            sheet.value(0, 0, "Price list");
            sheet.value(2, 0, "Article");
            sheet.value(2, 1, "Price");
            sheet.value(2, 2, "Unit");
            for (int row = 3; row < 10; row++) {
                sheet.value(row, 0, "article " + row);
                sheet.value(row, 1, row * 1.5);
                sheet.value(row, 2, "piece");
            }
        }
        Sample sample = proposed(bytes.toByteArray());
        assertThat(sample.format())
                .containsExactly("type: excel", "sheet: 'Prices *'", "header: {contains: [Article, Price, Unit]}");
        assertThat(SampleUnderTest.lines(sample))
                .startsWith("{\"Article\":\"article 3\",\"Price\":\"4.5\",\"Unit\":\"piece\"}");
        assertThat(proposed(workbook("xlsx", "Data", maker -> maker.put(0, 0, "nothing")))
                        .format())
                .isEmpty();
    }
}
