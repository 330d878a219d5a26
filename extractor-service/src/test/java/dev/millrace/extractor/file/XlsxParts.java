package dev.millrace.extractor.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** An .xlsx by its parts, so that it can have what no library writes. */
final class XlsxParts {
    private static final String MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private static final String OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    private final Map<String, String> parts = new LinkedHashMap<>();
    private final StringBuilder sheets = new StringBuilder();
    private final StringBuilder relations = new StringBuilder();
    private String properties = "";
    private int count;

    XlsxParts() {
        parts.put(
                "_rels/.rels",
                "<Relationships><Relationship Id=\"a\" Type=\"" + OFFICE
                        + "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
        relation("s", "sharedStrings", "sharedStrings.xml");
        relation("f", "styles", "styles.xml");
    }

    private void relation(String id, String type, String target) {
        relations.append("<Relationship Id=\"%s\" Type=\"%s/%s\" Target=\"%s\"/>".formatted(id, OFFICE, type, target));
    }

    /** @param rows what is in {@code sheetData} */
    XlsxParts sheet(String name, String rows) {
        return sheet(name, "", rows, "");
    }

    /**
     * @param state attribute of the sheet
     * @param after what follows {@code sheetData}
     */
    XlsxParts sheet(String name, String state, String rows, String after) {
        count++;
        relation("r" + count, "worksheet", "worksheets/sheet" + count + ".xml");
        sheets.append("<sheet name=\"%s\" sheetId=\"%d\" %s r:id=\"r%d\"/>".formatted(name, count, state, count));
        return part(
                "xl/worksheets/sheet" + count + ".xml",
                "<worksheet xmlns=\"" + MAIN + "\"><sheetData>" + rows + "</sheetData>" + after + "</worksheet>");
    }

    XlsxParts strings(String items) {
        return part("xl/sharedStrings.xml", "<sst xmlns=\"" + MAIN + "\">" + items + "</sst>");
    }

    XlsxParts styles(String styles) {
        return part("xl/styles.xml", "<styleSheet xmlns=\"" + MAIN + "\">" + styles + "</styleSheet>");
    }

    /** @param attributes of {@code workbookPr} */
    XlsxParts properties(String attributes) {
        properties = attributes;
        return this;
    }

    XlsxParts part(String name, String text) {
        parts.put(name, text);
        return this;
    }

    byte[] bytes() throws IOException {
        part("xl/_rels/workbook.xml.rels", "<Relationships>" + relations + "</Relationships>");
        part(
                "xl/workbook.xml",
                "<workbook xmlns=\"" + MAIN + "\" xmlns:r=\"" + OFFICE + "\"><workbookPr " + properties + "/><sheets>"
                        + sheets + "</sheets></workbook>");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setLevel(Deflater.BEST_SPEED);
            for (Map.Entry<String, String> part : parts.entrySet()) {
                zip.putNextEntry(new ZipEntry(part.getKey()));
                zip.write(part.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }
}
