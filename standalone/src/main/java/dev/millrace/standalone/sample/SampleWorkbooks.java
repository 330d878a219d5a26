package dev.millrace.standalone.sample;

import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.apache.poi.ss.usermodel.CellStyle;
import org.apache.poi.ss.usermodel.Row;
import org.apache.poi.ss.util.CellReference;

/** Workbooks with made numbers, of which the total of a week is the sum of its ages. */
final class SampleWorkbooks {
    private static final LocalDate FIRST_DAY = LocalDate.of(1899, 12, 30); // of Excel

    private static final List<String> AGES =
            List.of("Under 1 year", "01-14", "15-44", "45-64", "65-74", "75-84", "85+");
    private static final List<String> MORE_AGES = List.of(
            "<1", "1-4", "5-9", "10-14", "15-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54",
            "55-59", "60-64", "65-69", "70-74", "75-79", "80-84", "85-89", "90+");
    private static final List<String> AREAS = List.of(
            "North East",
            "North West",
            "Yorkshire and The Humber",
            "East Midlands",
            "West Midlands",
            "East",
            "London",
            "South East",
            "South West",
            "Wales");

    private SampleWorkbooks() {}

    /**
     * A sheet.
     *
     * @param rows of texts, of {@link Long}s, of {@link LocalDate}s, and of nulls where a cell is empty
     */
    record Sheet(String name, List<List<@Nullable Object>> rows) {}

    /** Names of rows in the first column, and values from the second one on. */
    static List<Sheet> ofNames(String name, LocalDate first, int weeks) {
        Figures figures = new Figures(first, weeks, AGES, false, 1);
        return List.of(notes("Information"), notes("Terms and conditions"), notes("Index"), figures.sheet(name, 3));
    }

    /** Codes of areas in the first column, names in the second one, and values from the third one on. */
    static List<Sheet> ofCodes(String name, LocalDate first, int weeks) {
        return List.of(notes("Information"), new Figures(first, weeks, AGES, true, 2).sheet(name, 3));
    }

    /** Likewise, with finer ages, and beside another sheet with the same header. */
    static List<Sheet> ofHalfAYear(String name, LocalDate first, int weeks) {
        Figures figures = new Figures(first, weeks, MORE_AGES, true, 3);
        return List.of(
                notes("Contents"),
                notes("Information"),
                notes("Terms and conditions"),
                new Figures(first, weeks, AGES, true, 4).sheet("Covid-19 - Weekly registrations", 4),
                figures.sheet(name, 4));
    }

    private static Sheet notes(String name) {
        return new Sheet(name, List.of(List.of(name), List.of("These numbers are made, for a demonstration.")));
    }

    /** The numbers of one sheet. */
    private record Figures(LocalDate first, int weeks, List<String> ages, boolean codes, int seed) {
        Sheet sheet(String name, int rowsAbove) {
            List<List<@Nullable Object>> rows = new ArrayList<>();
            rows.add(row(null, "Contents", week -> null));
            rows.add(row(null, "Weekly provisional figures on deaths registered (made numbers)", week -> null));
            while (rows.size() < rowsAbove) {
                rows.add(List.of());
            }
            rows.add(row("Week number", null, week -> (long) week));
            rows.add(row("Week ended", null, week -> first.plusWeeks(week - 1)));
            rows.add(List.of());
            rows.add(row("Total deaths, all ages", null, week -> total(week)));
            rows.add(row("Note: these numbers are made.", null, week -> null));
            rows.add(row(null, "Persons 4", week -> null));
            ages(rows, (week, age) -> deaths(week, age, 0) + deaths(week, age, 1));
            rows.add(row(null, "Males 4", week -> null));
            ages(rows, (week, age) -> deaths(week, age, 0));
            rows.add(row(null, "Females 4", week -> null));
            ages(rows, (week, age) -> deaths(week, age, 1));
            rows.add(row(null, "Deaths by region of usual residence 5", week -> null));
            for (int area = 0; area < AREAS.size(); area++) {
                int at = area;
                String code = area == AREAS.size() - 1 ? "W92000004" : "E%08d".formatted(12_000_001 + area);
                rows.add(row(code, AREAS.get(area), week -> total(week) * (at + 5) / 100));
            }
            rows.add(List.of());
            rows.add(List.of("Footnotes"));
            rows.add(List.of("1 A footnote, as such sheets have them below their tables."));
            return new Sheet(name, rows);
        }

        private interface OfWeek {
            @Nullable
            Object at(int week);
        }

        private interface OfAge {
            long at(int week, int age);
        }

        private void ages(List<List<@Nullable Object>> rows, OfAge deaths) {
            rows.add(row(null, "Deaths by age group", week -> null));
            for (int age = 0; age < ages.size(); age++) {
                int at = age;
                rows.add(row(null, ages.get(age), week -> deaths.at(week, at)));
            }
        }

        private List<@Nullable Object> row(@Nullable String code, @Nullable String name, OfWeek value) {
            List<@Nullable Object> row = new ArrayList<>();
            if (codes) {
                row.add(code);
                row.add(name);
            } else {
                row.add(name == null ? code : name);
            }
            for (int week = 1; week <= weeks; week++) {
                row.add(value.at(week));
            }
            return row;
        }

        private long total(int week) {
            long total = 0;
            for (int age = 0; age < ages.size(); age++) {
                total += deaths(week, age, 0) + deaths(week, age, 1);
            }
            return total;
        }

        private long deaths(int week, int age, int sex) {
            return 3
                    + (long) age * age * 2_000 / ((long) ages.size() * ages.size())
                    + (week * 31L + age * 17L + sex * 7L + seed * 13L) % 23;
        }
    }

    /** As Excel 97 and later write it. */
    static byte[] xls(List<Sheet> sheets) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (HSSFWorkbook workbook = new HSSFWorkbook()) {
            workbook.createInformationProperties(); // or it is missed in the log
            CellStyle date = workbook.createCellStyle();
            date.setDataFormat(workbook.createDataFormat().getFormat("dd-mmm-yy"));
            for (Sheet sheet : sheets) {
                org.apache.poi.ss.usermodel.Sheet made = workbook.createSheet(sheet.name());
                for (int number = 0; number < sheet.rows().size(); number++) {
                    Row row = made.createRow(number);
                    List<@Nullable Object> cells = sheet.rows().get(number);
                    for (int column = 0; column < cells.size(); column++) {
                        switch (cells.get(column)) {
                            case Long value -> row.createCell(column).setCellValue(value);
                            case LocalDate day -> {
                                row.createCell(column).setCellValue(day);
                                row.getCell(column).setCellStyle(date);
                            }
                            case null -> {
                                // an empty cell is none
                            }
                            case Object text -> row.createCell(column).setCellValue(text.toString());
                        }
                    }
                }
            }
            workbook.write(bytes);
        }
        return bytes.toByteArray();
    }

    /** As Excel 2007 and later write it, by its parts: <a href="https://ecma-international.org/publications-and-standards/standards/ecma-376/">ECMA-376</a>. */
    static byte[] xlsx(List<Sheet> sheets) throws IOException {
        String main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
        String office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        String relations = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";
        String spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
        StringBuilder names = new StringBuilder();
        StringBuilder targets = new StringBuilder();
        StringBuilder types = new StringBuilder();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (int i = 1; i <= sheets.size(); i++) {
                Sheet sheet = sheets.get(i - 1);
                names.append("<sheet name=\"%s\" sheetId=\"%d\" r:id=\"r%d\"/>".formatted(sheet.name(), i, i));
                targets.append("<Relationship Id=\"r%d\" Type=\"%s/worksheet\" Target=\"worksheets/sheet%d.xml\"/>"
                        .formatted(i, office, i));
                types.append("<Override PartName=\"/xl/worksheets/sheet%d.xml\" ContentType=\"%sworksheet+xml\"/>"
                        .formatted(i, spreadsheet));
                part(
                        zip,
                        "xl/worksheets/sheet" + i + ".xml",
                        "<worksheet " + main + ">" + rows(sheet) + "</worksheet>");
            }
            part(
                    zip,
                    "[Content_Types].xml",
                    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\""
                            + " ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override"
                            + " PartName=\"/xl/workbook.xml\" ContentType=\"" + spreadsheet
                            + "sheet.main+xml\"/><Override"
                            + " PartName=\"/xl/styles.xml\" ContentType=\"" + spreadsheet + "styles+xml\"/>" + types
                            + "</Types>");
            part(
                    zip,
                    "_rels/.rels",
                    relations + "<Relationship Id=\"a\" Type=\"" + office
                            + "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
            part(
                    zip,
                    "xl/workbook.xml",
                    "<workbook " + main + " xmlns:r=\"" + office + "\"><sheets>" + names + "</sheets></workbook>");
            part(
                    zip,
                    "xl/_rels/workbook.xml.rels",
                    relations + targets + "<Relationship Id=\"s\" Type=\"" + office
                            + "/styles\" Target=\"styles.xml\"/></Relationships>");
            // the second style is a date
            part(
                    zip,
                    "xl/styles.xml",
                    "<styleSheet " + main
                            + "><fonts count=\"1\"><font/></fonts><fills count=\"1\"><fill/></fills><borders"
                            + " count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs"
                            + " count=\"2\"><xf/><xf numFmtId=\"15\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>");
        }
        return bytes.toByteArray();
    }

    private static void part(ZipOutputStream zip, String name, String xml) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + xml).getBytes(StandardCharsets.UTF_8));
    }

    private static String rows(Sheet sheet) {
        StringBuilder xml = new StringBuilder("<sheetData>");
        for (int number = 1; number <= sheet.rows().size(); number++) {
            xml.append("<row r=\"").append(number).append("\">");
            List<@Nullable Object> cells = sheet.rows().get(number - 1);
            for (int column = 0; column < cells.size(); column++) {
                String reference = CellReference.convertNumToColString(column) + number;
                switch (cells.get(column)) {
                    case Long value -> xml.append("<c r=\"%s\"><v>%d</v></c>".formatted(reference, value));
                    case LocalDate day ->
                        xml.append("<c r=\"%s\" s=\"1\"><v>%d</v></c>"
                                .formatted(reference, day.toEpochDay() - FIRST_DAY.toEpochDay()));
                    case null -> xml.append("<c r=\"%s\"/>".formatted(reference));
                    case Object text ->
                        xml.append("<c r=\"%s\" t=\"inlineStr\"><is><t>%s</t></is></c>"
                                .formatted(
                                        reference,
                                        text.toString().replace("&", "&amp;").replace("<", "&lt;")));
                }
            }
            xml.append("</row>");
        }
        return xml.append("</sheetData>").toString();
    }
}
