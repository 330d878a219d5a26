package dev.millrace.benchmarks;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

/**
 * Small files that are meant to fill memory or disk, how soon they are refused, and the peak of the extractor's memory. That of zeros
 * is refused for its ratio; the others unpack to about 130 times their size, which may be.
 */
final class Bombs implements Benchmark {
    private static final int TIMES = 3;
    private static final long ZIP = 10_000_000_000L;
    private static final long PART = 2_000_000_000L;
    private static final int MIB = 1024 * 1024;
    private static final String MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private static final String OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    /** A file, by the name of its pipeline, and what the error has to say. */
    private record Bomb(String what, String pipeline, String refusal) {}

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        Path folder = Files.createDirectories(environment.folder().resolve("bombs"));
        writeZip(folder.resolve("zeros.zip"));
        writeStrings(folder.resolve("strings.xlsx"));
        writeCell(folder.resolve("cell.xlsx"));
        List<Bomb> bombs = List.of(
                new Bomb("A zip archive that unpacks to 10 GB of zeros", "zeros", "unpacks to more than 200 times"),
                new Bomb("An .xlsx with 2 GB of shared strings", "strings", "shared strings take more than"),
                new Bomb("An .xlsx with a cell of 2 GB", "cell", "a text or tag of more than"));
        Map<String, String> pipelines = Map.of(
                "zeros", pipeline("zeros", folder, "zeros.zip, inside: \"*.csv\", format: {type: csv}"),
                "strings", pipeline("strings", folder, "strings.xlsx, format: {type: excel}"),
                "cell", pipeline("cell", folder, "cell.xlsx, format: {type: excel}"));
        Map<String, List<Duration>> refused = new TreeMap<>();
        long before;
        long peak;
        try (Installation millrace = Installation.start(environment.root(), environment.folder(), pipelines)) {
            before = millrace.peakMemory().getOrDefault("extractor", 0L);
            for (int i = 0; i <= TIMES; i++) {
                for (Bomb bomb : bombs) {
                    refused.computeIfAbsent(bomb.pipeline(), _ -> new ArrayList<>())
                            .add(millrace.refuse(bomb.pipeline(), "rows", bomb.refusal()));
                }
            }
            peak = millrace.peakMemory().getOrDefault("extractor", 0L);
        }
        List<Measurement> measurements = new ArrayList<>();
        for (Bomb bomb : bombs) {
            List<Duration> times = refused.getOrDefault(bomb.pipeline(), List.of());
            measurements.add(new Measurement(
                    bomb.what() + " is refused within",
                    Measurement.seconds(Measurement.median(times.subList(1, times.size()))),
                    "the first time: " + Measurement.seconds(times.getFirst()),
                    "",
                    "1 s"));
        }
        measurements.add(new Measurement(
                "Peak memory of the extractor for all of them",
                peak / 1_000_000 + " MB",
                "before the first: " + before / 1_000_000 + " MB",
                "",
                "400 MB"));
        return measurements;
    }

    private static String pipeline(String name, Path folder, String files) {
        return """
                version: 1
                name: %s
                source: {type: files, folder: "%s"}
                endpoints:
                  rows:
                    files: {pattern: %s}
                    destination: {table: %s.rows, write: replace}
                    schema:
                      - {name: id, type: STRING}
                """.formatted(name, folder, files, name);
    }

    private static void writeZip(Path file) throws IOException {
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(file)) {
            Repeated zeros = new Repeated("id\n", new byte[MIB], ZIP, "\n");
            zeros.addTo(zip, "zeros.csv");
        }
    }

    private static void writeStrings(Path file) throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        StringBuilder items = new StringBuilder();
        while (items.length() < MIB) {
            items.append("<si><t>").append(filler(random)).append("</t></si>");
        }
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(file)) {
            addWorkbook(zip);
            add(zip, "xl/worksheets/sheet1.xml", sheet("<row><c><v>1</v></c></row>"));
            new Repeated("<sst xmlns=\"" + MAIN + "\">", bytes(items.toString()), PART, "</sst>")
                    .addTo(zip, "xl/sharedStrings.xml");
        }
    }

    private static void writeCell(Path file) throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        StringBuilder text = new StringBuilder();
        while (text.length() < MIB) {
            text.append(filler(random));
        }
        String[] around =
                sheet("<row><c t=\"inlineStr\"><is><t>|</t></is></c></row>").split("\\|", 2);
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(file)) {
            addWorkbook(zip);
            new Repeated(around[0], bytes(text.toString()), PART, around[1]).addTo(zip, "xl/worksheets/sheet1.xml");
        }
    }

    /** Of the length that Excel lets a text have, which packs to about a hundredth and thirtieth of it. */
    private static String filler(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            text.append(Character.forDigit(random.nextInt(16), 16));
        }
        return text.append("x".repeat(32_000)).toString();
    }

    private static String sheet(String rows) {
        return "<worksheet xmlns=\"" + MAIN + "\"><sheetData>" + rows + "</sheetData></worksheet>";
    }

    private static void addWorkbook(ZipArchiveOutputStream zip) throws IOException {
        String relation = "<Relationship Id=\"%s\" Type=\"" + OFFICE + "/%s\" Target=\"%s\"/>";
        add(
                zip,
                "_rels/.rels",
                "<Relationships>" + relation.formatted("a", "officeDocument", "xl/workbook.xml") + "</Relationships>");
        add(
                zip,
                "xl/workbook.xml",
                "<workbook xmlns=\"" + MAIN + "\" xmlns:r=\"" + OFFICE
                        + "\"><sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"r\"/></sheets></workbook>");
        add(
                zip,
                "xl/_rels/workbook.xml.rels",
                "<Relationships>" + relation.formatted("r", "worksheet", "worksheets/sheet1.xml")
                        + relation.formatted("s", "sharedStrings", "sharedStrings.xml") + "</Relationships>");
    }

    private static void add(ZipArchiveOutputStream zip, String name, String text) throws IOException {
        zip.putArchiveEntry(new ZipArchiveEntry(name));
        zip.write(bytes(text));
        zip.closeArchiveEntry();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The same bytes over and over, packed once. */
    private static final class Repeated {
        private final ByteArrayOutputStream packed = new ByteArrayOutputStream();
        private final CRC32 checksum = new CRC32();
        private long size;

        Repeated(String head, byte[] chunk, long most, String tail) {
            Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
            add(deflater, bytes(head), false);
            int before = packed.size();
            add(deflater, chunk, false); // flushed, so that nothing refers to what is before it
            byte[] ofChunk = Arrays.copyOfRange(packed.toByteArray(), before, packed.size());
            while (size + chunk.length <= most) {
                packed.writeBytes(ofChunk);
                checksum.update(chunk);
                size += chunk.length;
            }
            add(deflater, bytes(tail), true);
            deflater.end();
        }

        private void add(Deflater deflater, byte[] bytes, boolean last) {
            deflater.setInput(bytes);
            if (last) {
                deflater.finish();
            }
            byte[] room = new byte[64 * 1024];
            int count;
            do {
                count = deflater.deflate(room, 0, room.length, last ? Deflater.NO_FLUSH : Deflater.FULL_FLUSH);
                packed.write(room, 0, count);
            } while (last ? !deflater.finished() : count == room.length);
            checksum.update(bytes);
            size += bytes.length;
        }

        void addTo(ZipArchiveOutputStream zip, String name) throws IOException {
            ZipArchiveEntry entry = new ZipArchiveEntry(name);
            entry.setMethod(ZipArchiveEntry.DEFLATED);
            entry.setSize(size);
            entry.setCompressedSize(packed.size());
            entry.setCrc(checksum.getValue());
            zip.addRawArchiveEntry(entry, new ByteArrayInputStream(packed.toByteArray()));
        }
    }
}
