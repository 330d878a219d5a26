package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.poi.hssf.record.FormatRecord;
import org.apache.poi.hssf.record.RecordInputStream;
import org.apache.poi.hssf.record.SSTRecord;
import org.apache.poi.poifs.filesystem.DirectoryNode;
import org.apache.poi.poifs.filesystem.DocumentInputStream;
import org.apache.poi.poifs.filesystem.POIFSFileSystem;

/**
 * A workbook of Excel 97 to 2003, by its records.
 *
 * @see <a href="https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/">MS-XLS</a>
 */
final class Xls implements Workbook {
    static final int BOF = 0x0809;
    static final int EOF = 0x000a;

    private static final int FILE_PASS = 0x002f;
    private static final int DATE_1904 = 0x0022;
    private static final int FORMAT = 0x041e;
    private static final int STYLE = 0x00e0;
    private static final int SHEET = 0x0085;
    private static final int STRINGS = 0x00fc;
    private static final int MERGES = 0x00e5;
    private static final int BIFF8 = 0x0600;
    private static final int MIB = 1024 * 1024;

    /** Its texts are held in memory, and are not compressed in the file. */
    private static final int LARGEST = 256 * MIB;

    private final POIFSFileSystem file;
    private final boolean displayed;
    private final List<Sheet> sheets = new ArrayList<>();
    private final List<CellStyle> styles = new ArrayList<>();
    private SSTRecord strings = new SSTRecord();
    private boolean from1904;

    private Xls(POIFSFileSystem file, boolean displayed) {
        this.file = file;
        this.displayed = displayed;
    }

    /** @param channel is closed with the workbook */
    static Xls open(FileChannel channel, boolean displayed) throws IOException, MalformedSource {
        if (channel.size() > LARGEST) {
            throw MalformedSource.unreadable("the file is an .xls of more than " + LARGEST / MIB
                    + " MiB (expected: less, as a sheet of one has 65,536 rows at most)");
        }
        POIFSFileSystem file;
        try {
            file = new POIFSFileSystem(channel, true);
        } catch (IOException | RuntimeException e) {
            throw damaged(e);
        }
        Xls workbook = new Xls(file, displayed);
        try {
            workbook.readGlobals();
        } catch (RuntimeException e) {
            throw damaged(e);
        }
        return workbook;
    }

    /** POI says with whatever exception there is that bytes aren't what they should be. */
    static MalformedSource damaged(Exception cause) {
        String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        MalformedSource damaged = new MalformedSource(
                "the file is damaged or cut off: it begins as an .xls does, and can't be read on (" + why + ")");
        damaged.initCause(cause);
        return damaged;
    }

    private void readGlobals() throws IOException, MalformedSource {
        Map<Integer, String> codes = new HashMap<>();
        List<Integer> formats = new ArrayList<>();
        try (DocumentInputStream in = opened()) {
            RecordInputStream records = new RecordInputStream(in);
            boolean ended = false;
            while (!ended && records.hasNextRecord()) {
                records.nextRecord();
                switch (records.getSid()) {
                    case BOF -> checkVersion(records.readUShort());
                    case FILE_PASS ->
                        throw MalformedSource.unreadable(
                                "the workbook is protected by a password (expected: one that opens without)");
                    case DATE_1904 -> from1904 = records.readUShort() == 1;
                    case FORMAT -> {
                        FormatRecord format = new FormatRecord(records);
                        codes.put(format.getIndexCode(), format.getFormatString());
                    }
                    case STYLE -> {
                        int _ = records.readUShort();
                        formats.add(records.readUShort());
                    }
                    case SHEET -> readSheet(records);
                    case STRINGS -> strings = new SSTRecord(records);
                    case EOF -> ended = true;
                    default -> {
                        // fonts, names and windows
                    }
                }
                records.readRemainder();
            }
            if (!ended) {
                throw new MalformedSource("the file is damaged or cut off: its list of sheets has no end");
            }
        }
        formats.forEach(format -> styles.add(CellStyle.of(format, codes.getOrDefault(format, ""))));
    }

    private static void checkVersion(int version) throws MalformedSource {
        if (version != BIFF8) {
            throw MalformedSource.unreadable(
                    "the file is a workbook of Excel 95 or older, which is not read (expected: Excel 97 or newer)");
        }
    }

    private void readSheet(RecordInputStream record) {
        int position = record.readInt();
        int state = record.readUByte();
        int type = record.readUByte();
        int length = record.readUByte();
        boolean wide = (record.readUByte() & 1) == 1;
        String name = wide ? record.readUnicodeLEString(length) : record.readCompressedUnicode(length);
        if (type == 0) { // others are charts and macros
            sheets.add(new Sheet(name, (state & 3) != 0, Integer.toString(position)));
        }
    }

    private DocumentInputStream opened() throws IOException, MalformedSource {
        DirectoryNode root = file.getRoot();
        if (root.hasEntryCaseInsensitive("EncryptedPackage")) {
            throw MalformedSource.unreadable(
                    "the workbook is protected by a password (expected: one that opens without)");
        }
        try {
            return root.createDocumentInputStream(root.getEntryCaseInsensitive("Workbook"));
        } catch (FileNotFoundException e) {
            throw MalformedSource.unreadable(
                    root.hasEntryCaseInsensitive("Book")
                            ? "the file is a workbook of Excel 95 or older, which is not read (expected: Excel 97 or"
                                    + " newer)"
                            : "the file is of Microsoft Office, and no workbook: it has "
                                    + String.join(", ", root.getEntryNames()));
        }
    }

    /** The records of a sheet, after its BOF. */
    RecordInputStream records(Sheet sheet, DocumentInputStream in) throws IOException {
        in.skipNBytes(Integer.parseInt(sheet.place()));
        RecordInputStream records = new RecordInputStream(in);
        if (records.hasNextRecord()) {
            records.nextRecord();
            records.readRemainder();
        }
        return records;
    }

    CellStyle style(int number) {
        return number < styles.size() ? styles.get(number) : CellStyle.NUMBER;
    }

    SSTRecord strings() {
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
        DocumentInputStream in = opened();
        try {
            return new XlsRows(this, in, records(sheet, in));
        } catch (IOException | RuntimeException e) {
            in.close();
            throw damaged(e);
        }
    }

    @Override
    public List<Merge> merges(Sheet sheet) throws IOException, MalformedSource {
        List<Merge> merges = new ArrayList<>();
        try (DocumentInputStream in = opened()) {
            RecordInputStream records = records(sheet, in);
            int depth = 1;
            while (depth > 0 && records.hasNextRecord()) {
                records.nextRecord();
                switch (records.getSid()) {
                    case BOF -> depth++;
                    case EOF -> depth--;
                    case MERGES -> {
                        for (int rest = records.readUShort(); rest > 0; rest--) {
                            int first = records.readUShort() + 1;
                            int last = records.readUShort() + 1;
                            merges.add(new Merge(first, last, records.readUShort(), records.readUShort()));
                        }
                    }
                    default -> {
                        // cells, and how they look
                    }
                }
                records.readRemainder();
            }
        } catch (RuntimeException e) {
            throw damaged(e);
        }
        return merges;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
