package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.ScratchFile;
import dev.millrace.pipeline.format.Format;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/** What kind of workbook a file is, by its bytes. */
public final class Workbooks {
    private static final int START = 512;
    private static final String HTML = "HTML";

    private final Path scratch;
    private final int mostTimes;
    private final boolean displayed;

    /**
     * @param scratch folder for the file while it is read
     * @param mostTimes of its size that a part of an .xlsx may unpack to, once it is 64 MiB
     */
    public Workbooks(Path scratch, int mostTimes, Format.Excel.Numbers numbers) {
        this.scratch = scratch;
        this.mostTimes = mostTimes;
        this.displayed = numbers == Format.Excel.Numbers.DISPLAYED;
    }

    /**
     * Opens a workbook, whatever its name is.
     *
     * @param in is read to its end
     * @throws MalformedSource when it is none, or one that isn't read, as it says
     */
    public Workbook open(InputStream in) throws IOException, MalformedSource {
        FileChannel file = ScratchFile.of(in, scratch, "workbook");
        try {
            ByteBuffer start = ByteBuffer.allocate(START);
            while (start.hasRemaining() && file.read(start) >= 0) {
                // as far as there is any
            }
            file.position(0);
            byte[] bytes = Arrays.copyOf(start.array(), start.position());
            if (startsWith(bytes, 'P', 'K', 3, 4)) {
                return Xlsx.open(file, mostTimes, displayed);
            }
            if (startsWith(bytes, 0xd0, 0xcf, 0x11, 0xe0)) {
                return Xls.open(file, displayed);
            }
            String message = "the file is " + words(bytes)
                    + " (expected: a workbook, .xlsx, .xlsm or .xls; what is in a file counts, not its name)";
            throw mayBecomeOne(bytes) ? new MalformedSource(message) : MalformedSource.unreadable(message);
        } catch (IOException | MalformedSource | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** A file that isn't written yet, or a page in its place, as servers send for a while. */
    private static boolean mayBecomeOne(byte[] start) {
        return start.length == 0 || words(start).startsWith(HTML);
    }

    private static String words(byte[] start) {
        if (start.length == 0) {
            return "empty";
        }
        String text =
                new String(start, StandardCharsets.UTF_8).replace("\uFEFF", "").strip();
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.startsWith("<!doctype html") || lower.startsWith("<html") || lower.contains("<table")) {
            return HTML + ", beginning with '" + head(text) + "'";
        }
        if (lower.startsWith("<?xml") || lower.startsWith("<")) {
            return lower.contains("schemas-microsoft-com:office:spreadsheet") || lower.contains("excel.sheet")
                    ? "XML of Excel 2003, which is not read"
                    : "XML, beginning with '" + head(text) + "'";
        }
        if (startsWith(start, 9, 0) || startsWith(start, 9, 2, 6) || startsWith(start, 9, 4, 6)) {
            return "a workbook of Excel 4 or older, which is not read";
        }
        for (byte one : start) {
            if (one >= 0 && one < ' ' && "\t\r\n\f".indexOf(one) < 0) {
                return "none that is known, beginning with the bytes " + hex(start);
            }
        }
        return "text such as CSV, beginning with '" + head(text) + "'";
    }

    private static String head(String text) {
        String line = text.lines().findFirst().orElse("");
        return line.length() > 40 ? line.substring(0, line.offsetByCodePoints(0, 20)) + "…" : line;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Math.min(8, bytes.length));
    }

    private static boolean startsWith(byte[] start, int... bytes) {
        if (start.length < bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((start[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
