package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import javax.xml.stream.XMLStreamConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * A workbook of Office Open XML.
 *
 * @see <a href="https://ecma-international.org/publications-and-standards/standards/ecma-376/">ECMA-376</a>
 */
final class Xlsx implements Workbook {
    private static final String SHEET_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private final ZipFile zip;
    private final int mostTimes;
    private final boolean displayed;
    private final Map<String, ZipArchiveEntry> parts = new HashMap<>();
    private final List<Sheet> sheets = new ArrayList<>();
    private final SharedStrings strings = new SharedStrings();
    private List<CellStyle> styles = List.of();
    private boolean from1904;

    private Xlsx(ZipFile zip, int mostTimes, boolean displayed) {
        this.zip = zip;
        this.mostTimes = mostTimes;
        this.displayed = displayed;
        for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
            parts.put(entry.getName().replace('\\', '/').toLowerCase(Locale.ROOT), entry);
        }
    }

    /** @param file is closed with the workbook, and not when it can't be opened */
    static Xlsx open(FileChannel file, int mostTimes, boolean displayed) throws IOException, MalformedSource {
        ZipFile zip;
        try {
            zip = ZipFile.builder().setSeekableByteChannel(file).get();
        } catch (IOException | IllegalArgumentException e) {
            throw new MalformedSource(
                    "the file is damaged or cut off: it begins as an .xlsx does, and its directory can't be" + " read ("
                            + e.getMessage() + ")");
        }
        Xlsx workbook = new Xlsx(zip, mostTimes, displayed);
        workbook.readDirectory();
        return workbook;
    }

    private void readDirectory() throws IOException, MalformedSource {
        String main = target("_rels/.rels", "", "/officeDocument");
        if (main.isEmpty()) {
            throw MalformedSource.unreadable(
                    parts.containsKey("mimetype")
                            ? "the file is a spreadsheet of OpenDocument, which is not read (expected: .xlsx, .xlsm or"
                                    + " .xls)"
                            : "the file is a zip archive without a workbook in it (expected: .xlsx, .xlsm or .xls; or"
                                    + " the key inside for files in an archive)");
        }
        if (main.toLowerCase(Locale.ROOT).endsWith(".bin")) {
            throw MalformedSource.unreadable(
                    "the file is a binary workbook, .xlsb, which is not read (expected: .xlsx, .xlsm or"
                            + " .xls; Excel saves it as one)");
        }
        String folder = main.substring(0, main.lastIndexOf('/') + 1);
        String relations = folder + "_rels/" + main.substring(folder.length()) + ".rels";
        Map<String, String> byId = new HashMap<>();
        String texts = target(relations, folder, "/sharedStrings");
        String formats = target(relations, folder, "/styles");
        try (XlsxPart part = part(relations)) {
            while (part.nextElement("Relationship")) {
                if (part.attribute("Type").endsWith("/worksheet")) {
                    byId.put(part.attribute("Id"), resolved(folder, part.attribute("Target")));
                }
            }
        }
        readWorkbook(main, byId);
        if (!formats.isEmpty() && parts.containsKey(formats.toLowerCase(Locale.ROOT))) {
            readStyles(formats);
        }
        if (!texts.isEmpty() && parts.containsKey(texts.toLowerCase(Locale.ROOT))) {
            readStrings(texts);
        }
    }

    /** The part that a relation of a type leads to; empty: none. */
    private String target(String relations, String folder, String type) throws IOException, MalformedSource {
        if (!parts.containsKey(relations.toLowerCase(Locale.ROOT))) {
            return "";
        }
        try (XlsxPart part = part(relations)) {
            while (part.nextElement("Relationship")) {
                if (part.attribute("Type").endsWith(type)) {
                    return resolved(folder, part.attribute("Target"));
                }
            }
        }
        return "";
    }

    private static String resolved(String folder, String target) {
        if (target.startsWith("/")) {
            return target.substring(1);
        }
        String path = folder + target;
        while (path.contains("/../")) {
            path = path.replaceFirst("[^/]*/\\.\\./", "");
        }
        return path.replace("/./", "/");
    }

    private XlsxPart part(String name) throws IOException, MalformedSource {
        ZipArchiveEntry entry = parts.get(name.toLowerCase(Locale.ROOT));
        if (entry == null) {
            throw new MalformedSource("the workbook lacks its part '" + name + "'");
        }
        return new XlsxPart(zip, entry, mostTimes);
    }

    private void readWorkbook(String main, Map<String, String> byId) throws IOException, MalformedSource {
        try (XlsxPart part = part(main)) {
            while (part.nextElement("workbookPr", "sheet")) {
                if (part.xml().getLocalName().equals("workbookPr")) {
                    from1904 = isTrue(part.attribute("date1904"));
                } else {
                    String id = "";
                    for (int i = 0; i < part.xml().getAttributeCount(); i++) {
                        if (part.xml().getAttributeLocalName(i).equals("id")) {
                            id = part.xml().getAttributeValue(i);
                        }
                    }
                    String place = byId.get(id);
                    if (place != null) { // one of charts or dialogs is elsewhere
                        String state = part.attribute("state");
                        sheets.add(new Sheet(
                                part.attribute("name"), state.equals("hidden") || state.equals("veryHidden"), place));
                    }
                }
            }
        }
    }

    static boolean isTrue(String attribute) {
        return attribute.equals("1") || attribute.equals("true") || attribute.equals("on");
    }

    /** A format that a cell's style doesn't name is that of the style it is made of. */
    private void readStyles(String name) throws IOException, MalformedSource {
        Map<Integer, String> codes = new HashMap<>();
        List<Integer> named = new ArrayList<>();
        List<CellStyle> cells = new ArrayList<>();
        boolean ofCells = false;
        try (XlsxPart part = part(name)) {
            while (part.nextElement("numFmt", "cellStyleXfs", "cellXfs", "xf", "dxfs", "cellStyles")) {
                switch (part.xml().getLocalName()) {
                    case "numFmt" -> codes.putIfAbsent(part.number("numFmtId", -1), part.attribute("formatCode"));
                    case "cellStyleXfs" -> ofCells = false;
                    case "cellXfs" -> ofCells = true;
                    case "xf" -> {
                        int format = part.number("numFmtId", -1);
                        int base = part.number("xfId", -1);
                        if (!ofCells) {
                            named.add(Math.max(format, 0));
                        } else {
                            int inherited = base >= 0 && base < named.size() ? named.get(base) : 0;
                            int counts = format < 0 ? inherited : format;
                            cells.add(CellStyle.of(counts, codes.getOrDefault(counts, "")));
                        }
                    }
                    default -> ofCells = false;
                }
            }
        }
        styles = List.copyOf(cells);
    }

    /** Texts without the runs that say how they are pronounced. */
    private void readStrings(String name) throws IOException, MalformedSource {
        SheetRow text = new SheetRow();
        try (XlsxPart part = part(name)) {
            SharedStrings.checkPart(part.size());
            while (part.nextElement("si")) {
                text.begin(0);
                text.open();
                inline(part, "si", text);
                String escaped = text.openText();
                if (escaped.contains("_x")) {
                    text.clear();
                    text.append(unescaped(escaped));
                }
                strings.add(text.characters(), text.openStart(), text.openStart() + text.openLength());
            }
        }
    }

    /** Appends the texts of an element that has been entered, to its end. */
    static void inline(XlsxPart part, String element, SheetRow row) throws IOException, MalformedSource {
        int phonetic = 0;
        boolean text = false;
        while (true) {
            switch (part.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    String name = part.xml().getLocalName();
                    phonetic += name.equals("rPh") ? 1 : 0;
                    text = name.equals("t");
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
                    if (text && phonetic == 0) {
                        append(part, row);
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    String name = part.xml().getLocalName();
                    text = false;
                    phonetic -= name.equals("rPh") ? 1 : 0;
                    if (name.equals(element)) {
                        return;
                    }
                }
                case XMLStreamConstants.END_DOCUMENT ->
                    throw new MalformedSource("a part of the workbook ends within <" + element + ">");
                default -> {
                    // comments say nothing
                }
            }
        }
    }

    static void append(XlsxPart part, SheetRow row) throws IOException, MalformedSource {
        part.text(row::append);
    }

    /** A character that XML can't have is written as {@code _x000D_}, and an underscore before such a thing as {@code _x005F_}. */
    static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            if (text.startsWith("_x", at)
                    && at + 6 < text.length()
                    && text.charAt(at + 6) == '_'
                    && text.substring(at + 2, at + 6).chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
                plain.append((char) Integer.parseInt(text.substring(at + 2, at + 6), 16));
                at += 7;
            } else {
                plain.append(text.charAt(at++));
            }
        }
        for (int i = 0; i < plain.length(); i++) {
            boolean high = Character.isHighSurrogate(plain.charAt(i));
            if (high && i + 1 < plain.length() && Character.isLowSurrogate(plain.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(plain.charAt(i))) {
                plain.setCharAt(i, '\uFFFD');
            }
        }
        return plain.toString();
    }

    CellStyle style(int number) {
        return number >= 0 && number < styles.size() ? styles.get(number) : CellStyle.NUMBER;
    }

    SharedStrings strings() {
        return strings;
    }

    boolean from1904() {
        return from1904;
    }

    boolean displayed() {
        return displayed;
    }

    @Override
    public List<Sheet> sheets() {
        return List.copyOf(sheets);
    }

    @Override
    public Rows rows(Sheet sheet) throws IOException, MalformedSource {
        return new XlsxRows(this, part(sheet.place()));
    }

    @Override
    public List<Merge> merges(Sheet sheet) throws IOException, MalformedSource {
        List<Merge> merges = new ArrayList<>();
        try (XlsxPart part = part(sheet.place())) {
            while (part.nextElement("mergeCell")) {
                String[] ends = part.attribute("ref").split(":", -1);
                if (ends.length == 2) {
                    merges.add(new Merge(row(ends[0]), row(ends[1]), column(ends[0]), column(ends[1])));
                }
            }
        }
        return merges;
    }

    /** Of a reference such as C7, from 0; -1: it has none. */
    static int column(String reference) {
        int column = 0;
        for (int i = 0; i < reference.length(); i++) {
            int letter = SHEET_LETTERS.indexOf(Character.toUpperCase(reference.charAt(i)));
            if (letter < 0) {
                break;
            }
            column = Math.min(column * 26 + letter + 1, Integer.MAX_VALUE / 64);
        }
        return column - 1;
    }

    private static int row(String reference) throws MalformedSource {
        try {
            return Integer.parseInt(reference.replaceFirst("^\\$?[A-Za-z]+\\$?", ""));
        } catch (NumberFormatException e) {
            throw new MalformedSource("the workbook has a reference '" + reference + "' (expected: one such as C7)");
        }
    }

    @Override
    public void close() throws IOException {
        Objects.requireNonNull(zip).close();
    }
}
