package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Reject;
import dev.millrace.task.Outcome;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.Zip64Mode;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipMethod;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Files in archives, through the extractor. */
class ArchiveTest {
    private static final Format.Csv CSV = new Format.Csv(true, List.of(), ",", "UTF-8", 0, null, "\"", null, false);

    private static ExtractorUnderTest extractor;
    private static Path scratch;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(@TempDir Path service) throws IOException {
        scratch = service.resolve("scratch");
        extractor = new ExtractorUnderTest(service, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private static final class File {
        private final String name;
        private final byte[] bytes;

        File(String name, byte[] bytes) {
            this.name = name;
            this.bytes = bytes;
        }

        static File of(String name, String text) {
            return new File(name, text.getBytes(StandardCharsets.UTF_8));
        }

        String name() {
            return name;
        }

        byte[] bytes() {
            return bytes;
        }
    }

    private static byte[] zip(ZipMethod method, File... files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(bytes)) {
            zip.setMethod(method.getCode());
            for (File file : files) {
                ZipArchiveEntry entry = new ZipArchiveEntry(file.name());
                if (method == ZipMethod.STORED) {
                    java.util.zip.CRC32 checksum = new java.util.zip.CRC32();
                    checksum.update(file.bytes());
                    entry.setCrc(checksum.getValue());
                    entry.setSize(file.bytes().length);
                }
                zip.putArchiveEntry(entry);
                zip.write(file.bytes());
                zip.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] zip(File... files) throws IOException {
        return zip(ZipMethod.DEFLATED, files);
    }

    private static byte[] tar(File... files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (File file : files) {
                TarArchiveEntry entry = new TarArchiveEntry(file.name(), true);
                entry.setSize(file.name().endsWith("/") ? 0 : file.bytes().length);
                tar.putArchiveEntry(entry);
                if (!file.name().endsWith("/")) {
                    tar.write(file.bytes());
                }
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private static byte[] bzip2(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new BZip2CompressorOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private ExtractorUnderTest.Result extract(@Nullable String inside, Missing missing, byte[] archive)
            throws Exception {
        Files.write(folder.resolve("a.bin"), archive);
        return extractor.extract(new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("a.bin", CSV, missing, inside, FileSelection.Reading.ALL), null),
                List.of(),
                Work.Parts.TO_TRANSFORM));
    }

    private List<String> records(String inside, byte[] archive) throws Exception {
        return extractor.records(extract(inside, Missing.FAIL, archive));
    }

    private String malformed(byte[] archive) throws Exception {
        String message = extract("**/*.csv", Missing.FAIL, archive).failure(ErrorCode.SOURCE_MALFORMED);
        assertThat(scratch).isEmptyDirectory();
        return message;
    }

    private String unreadable(byte[] archive) throws Exception {
        String message = extract("**/*.csv", Missing.FAIL, archive).failure(ErrorCode.SOURCE_UNREADABLE);
        assertThat(scratch).isEmptyDirectory();
        return message;
    }

    private static String record(int id) {
        return "{\"id\":\"" + id + "\"}";
    }

    private static File csv(String name, int id) {
        return File.of(name, "id\n" + id + "\n");
    }

    private static File[] files() throws IOException {
        return new File[] {
            csv("z.csv", 9),
            File.of("data/", ""),
            csv("data/b.csv", 2),
            File.of("data/notes.txt", "not read"),
            new File("data/a.csv", gzip("id\n1\n".getBytes(StandardCharsets.UTF_8))),
            File.of("__MACOSX/data/._a.csv", "\0\1"),
            File.of("data/._b.csv", "\0\1")
        };
    }

    @Test
    void readsTheFilesOfAZipInTheOrderOfTheirNames() throws Exception {
        for (ZipMethod method : List.of(ZipMethod.DEFLATED, ZipMethod.STORED)) {
            byte[] zip = zip(method, files());
            assertThat(records("**/*.csv", zip)).containsExactly(record(1), record(2), record(9));
            assertThat(records("*.csv", zip)).containsExactly(record(9));
            assertThat(records("data/{a,b}.csv", zip)).containsExactly(record(1), record(2));
        }
        assertThat(scratch).isEmptyDirectory();
    }

    @Test
    void readsTheFilesOfATarAsTheyCome() throws Exception {
        byte[] tar = tar(files());
        for (byte[] archive : List.of(tar, gzip(tar), bzip2(tar), zstd(tar), xz(tar))) {
            assertThat(records("**/*.csv", archive)).containsExactly(record(9), record(2), record(1));
        }
        assertThat(records("a.csv", tar(csv("./a.csv", 1)))).containsExactly(record(1));
        String longName = "long/".repeat(60) + "a.csv";
        assertThat(records("**/*.csv", tar(csv(longName, 1)))).containsExactly(record(1));
    }

    @Test
    void rejectsAndTheLogNameTheFileInTheArchive() throws Exception {
        ExtractorUnderTest.Result result =
                extract("**/*.csv", Missing.FAIL, zip(csv("a.csv", 1), File.of("d/b.csv", "id\n\n1\n2,3\n")));
        assertThat(extractor.rejects(result))
                .extracting(Reject::part, Reject::line, Reject::reason)
                .containsExactly(tuple("a.bin!d/b.csv", 4L, "2 fields where the header has 1"));
        assertThat(extractor.manifest(result).parts().getFirst().origins())
                .extracting(origin -> origin.place() + " " + origin.line())
                .containsExactly("a.bin!a.csv 2", "a.bin!d/b.csv 2");
        assertThat(result.log()).anyMatch(line -> line.startsWith("INFO a.bin!d/b.csv: 3 records, "));
    }

    @Test
    void readsZip64AndNamesOfAnyScript() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(bytes)) {
            zip.setUseZip64(Zip64Mode.Always);
            zip.putArchiveEntry(new ZipArchiveEntry("Größe 😀.csv"));
            zip.write("id\n1\n".getBytes(StandardCharsets.UTF_8));
            zip.closeArchiveEntry();
        }
        assertThat(records("Größe*.csv", bytes.toByteArray())).containsExactly(record(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a.csv", "x/../../a.csv", "/etc/a.csv", "C:/a.csv", "..\\a.txt", "x/.."})
    void refusesAnArchiveWithANameThatLeadsOutOfIt(String name) throws Exception {
        String message = "a.bin: the archive has an entry '" + name
                + "', which leads out of it (expected: names below the archive, without ..)";
        assertThat(unreadable(tar(csv("a.csv", 1), csv(name, 2)))).isEqualTo(message);
        assertThat(unreadable(zip(csv("a.csv", 1), csv(name, 2)))).isIn(message, message.replace('\\', '/'));
    }

    @Test
    void refusesWhatItCannotRead() throws Exception {
        byte[] encrypted = zip(csv("a.csv", 1));
        patch(encrypted, 6, (byte) 1);
        assertThat(unreadable(encrypted))
                .isEqualTo("a.bin: 'a.csv' in the archive is encrypted (expected: files without a password)");
        byte[] lzma = zip(csv("a.csv", 1));
        patch(lzma, 8, (byte) 14);
        assertThat(unreadable(lzma))
                .isEqualTo("a.bin: 'a.csv' in the archive is packed by the method 14 of zip, which is not unpacked"
                        + " (expected: deflated or stored)");
        assertThat(unreadable(zip(new File("in.csv", zip(csv("a.csv", 1))))))
                .isEqualTo(
                        "a.bin!in.csv: the file is a zip archive, as a workbook of Excel is too, which is not unpacked"
                                + " (expected: text, gzip, bzip2, zstd or xz)");
        assertThat(unreadable(zip(csv("a.csv", 1), csv("a.csv", 2))))
                .isEqualTo(
                        "a.bin: the archive has 'a.csv' twice, and nobody knows which one counts (expected: each name"
                                + " once)");
        assertThat(unreadable(tar(csv("a.csv", 1), csv("a.csv", 2)))).contains("'a.csv' twice");
        ByteArrayOutputStream linked = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(linked)) {
            TarArchiveEntry link = new TarArchiveEntry("a.csv", TarConstants.LF_SYMLINK);
            link.setLinkName("/etc/passwd");
            tar.putArchiveEntry(link);
            tar.closeArchiveEntry();
        }
        assertThat(unreadable(linked.toByteArray()))
                .isEqualTo("a.bin: 'a.csv' in the archive is a link (expected: a file)");
    }

    /** In the header before the file, and in that of the directory. */
    private static void patch(byte[] zip, int offset, byte value) {
        zip[offset] = value;
        for (int i = 0; i < zip.length - 4; i++) {
            if (zip[i] == 'P' && zip[i + 1] == 'K' && zip[i + 2] == 1 && zip[i + 3] == 2) {
                zip[i + offset + 2] = value;
            }
        }
    }

    @Test
    void refusesAnArchiveThatIsDamagedOrCutOff() throws Exception {
        byte[] stored = zip(ZipMethod.STORED, csv("a.csv", 1), csv("b.csv", 2));
        byte[] changed = stored.clone();
        changed[new String(stored, StandardCharsets.ISO_8859_1).indexOf("id\n2") + 3] = '7';
        assertThat(malformed(changed))
                .isEqualTo(
                        "a.bin!b.csv: the archive is damaged: 5 bytes came of it, where its directory says 5, or their"
                                + " checksum is another");
        byte[] deflated = zip(File.of("a.csv", "id\n" + "1234567890\n".repeat(1000)));
        for (int length : List.of(deflated.length - 1, deflated.length - 30, 100, 30)) {
            assertThat(malformed(Arrays.copyOf(deflated, length)))
                    .isEqualTo("a.bin: the zip archive is damaged or cut off");
        }
        byte[] tar = tar(csv("a.csv", 1), csv("b.csv", 2));
        assertThat(malformed(Arrays.copyOf(tar, 512 + 512 + 300)))
                .isEqualTo("a.bin: the tar archive is cut off, or something follows its end");
        assertThat(malformed(Arrays.copyOf(tar, 512 + 2)))
                .isEqualTo("a.bin!a.csv: the tar archive is cut off, or something follows its end");
        assertThat(malformed(Arrays.copyOf(tar, 1024)))
                .isEqualTo("a.bin: the tar archive is cut off, or something follows its end");
        byte[] packed = gzip(tar);
        assertThat(malformed(Arrays.copyOf(packed, packed.length - 4)))
                .isEqualTo("a.bin: the gzip data is damaged or cut off");
        byte[] squeezed = bzip2(tar);
        assertThat(malformed(Arrays.copyOf(squeezed, squeezed.length - 4))).contains("damaged or cut off");
    }

    @Test
    void refusesWhatIsNoArchive() throws Exception {
        String expected =
                " (expected: a zip archive, or a tar archive, which may be packed with gzip, bzip2, zstd or xz)";
        assertThat(malformed("id\n1\n".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("a.bin: the file is something else, such as text" + expected);
        assertThat(unreadable(gzip("id\n1\n".getBytes(StandardCharsets.UTF_8))))
                .isEqualTo("a.bin: the file is packed with gzip, and something else, such as text inside" + expected);
        assertThat(malformed(new byte[0])).isEqualTo("a.bin: the file is empty" + expected);
        assertThat(unreadable(gzip(new byte[0])))
                .isEqualTo("a.bin: the file is packed with gzip, and empty inside" + expected);
        assertThat(extract(null, Missing.FAIL, tar(csv("a.csv", 1))).failure(ErrorCode.SOURCE_UNREADABLE))
                .isEqualTo(
                        "a.bin: the file is a tar archive, which is not unpacked (expected: text, gzip, bzip2, zstd or xz; or the"
                                + " key inside for files in an archive)");
    }

    @Test
    void anArchiveInWhichNothingMatchesIsAsMissingSays() throws Exception {
        String nothing = "no file in a.bin matches '*.csv'; it has 'a.txt', 'd/b.csv'";
        byte[] zip = zip(File.of("a.txt", ""), csv("d/b.csv", 1));
        assertThat(extract("*.csv", Missing.FAIL, zip).failure(ErrorCode.SOURCE_EMPTY))
                .isEqualTo(nothing);
        ExtractorUnderTest.Result allowed = extract("*.csv", Missing.ALLOW, zip);
        assertThat(extractor.records(allowed)).isEmpty();
        assertThat(allowed.log()).contains("WARN " + nothing + ", which is allowed");
        assertThat(extract("*.csv", Missing.FAIL, zip()).failure(ErrorCode.SOURCE_EMPTY))
                .endsWith("; it has none");
        assertThat(extract("*.csv", Missing.FAIL, tar()).failure(ErrorCode.SOURCE_EMPTY))
                .endsWith("; it has none");
    }

    @Test
    void refusesAnArchiveThatUnpacksToVeryMuchMore() throws Exception {
        byte[] much = new byte[66 * 1024 * 1024];
        Arrays.fill(much, (byte) 'i');
        for (int end = 1_000; end < much.length; end += 1_000) {
            much[end - 2] = ',';
            much[end] = '\n';
        }
        String refused =
                "a.bin!a.csv: the archive unpacks to more than 200 times its size, as one does that is meant to fill a"
                        + " disk; millrace.extractor.unpack-ratio lets it be more";
        assertThat(unreadable(zip(new File("a.csv", much)))).isEqualTo(refused);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(packed))) {
            TarArchiveEntry entry = new TarArchiveEntry("a.csv");
            entry.setSize(much.length);
            tar.putArchiveEntry(entry);
            tar.write(much);
            tar.closeArchiveEntry();
        }
        assertThat(unreadable(packed.toByteArray())).isEqualTo(refused);
    }

    private interface Packer {
        byte[] pack(byte[] bytes) throws IOException;
    }

    private static byte[] zstd(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (ZstdOutputStreamNoFinalizer out = new ZstdOutputStreamNoFinalizer(packed)) {
            out.setChecksum(true);
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private static byte[] xz(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new XZOutputStream(packed, new LZMA2Options(1))) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    @Test
    void readsFilesThatArePackedOneByOne() throws Exception {
        Map<String, Packer> packers = Map.of(
                "gzip",
                ArchiveTest::gzip,
                "bzip2",
                ArchiveTest::bzip2,
                "zstd",
                ArchiveTest::zstd,
                "xz",
                ArchiveTest::xz);
        for (Map.Entry<String, Packer> one : packers.entrySet()) {
            String name = one.getKey();
            byte[] packed = one.getValue().pack("id\n1\n".getBytes(StandardCharsets.UTF_8));
            byte[] more = one.getValue().pack("2\n".getBytes(StandardCharsets.UTF_8));
            byte[] twice = Arrays.copyOf(packed, packed.length + more.length);
            System.arraycopy(more, 0, twice, packed.length, more.length);
            assertThat(extractor.records(extract(null, Missing.FAIL, packed)))
                    .as(name)
                    .containsExactly(record(1));
            assertThat(extractor.records(extract(null, Missing.FAIL, twice)))
                    .as(name)
                    .containsExactly(record(1), record(2));
            byte[] much = one.getValue().pack(("id\n" + "1\n".repeat(300_000)).getBytes(StandardCharsets.UTF_8));
            assertThat(extractor
                            .manifest(extract(null, Missing.FAIL, much))
                            .counts()
                            .rows())
                    .as(name)
                    .isEqualTo(300_000);
            byte[] changed = packed.clone();
            changed[packed.length / 2] ^= 1;
            List<byte[]> broken = List.of(
                    changed,
                    Arrays.copyOf(packed, packed.length - 3),
                    Arrays.copyOf(twice, twice.length - 3),
                    Arrays.copyOf(twice, packed.length + 12));
            for (int i = 0; i < broken.size(); i++) {
                ExtractorUnderTest.Result result = extract(null, Missing.FAIL, broken.get(i));
                assertThat(result.outcome()).as(name + ", " + i).isInstanceOf(Outcome.Failed.class);
                assertThat(result.failure(ErrorCode.SOURCE_MALFORMED))
                        .isEqualTo("a.bin: the " + name + " data is damaged or cut off");
            }
        }
    }

    @Test
    void refusesXzThatWantsMuchMemory() throws Exception {
        byte[] packed = xz("id\n1\n".getBytes(StandardCharsets.UTF_8));
        packed[16] = 37; // the size of the dictionary, 1.5 GiB, and the checksum of the block's header with it
        CRC32 checksum = new CRC32();
        checksum.update(packed, 12, 8);
        for (int i = 0; i < 4; i++) {
            packed[20 + i] = (byte) (checksum.getValue() >>> (8 * i));
        }
        assertThat(extract(null, Missing.FAIL, packed).failure(ErrorCode.SOURCE_UNREADABLE))
                .isEqualTo("a.bin: the xz data needs more than 128 MiB of memory to be unpacked");
    }
}
