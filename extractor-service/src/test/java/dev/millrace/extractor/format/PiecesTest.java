package dev.millrace.extractor.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.PieceSink;
import dev.millrace.extractor.record.RecordPiece;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that several threads read in pieces, or several tasks in ranges, each compared with the same file as it is read by one. */
class PiecesTest {
    private static final Format.Csv PLAIN = csv(true, 0, null, "\"", null);

    private static Format.Csv csv(
            boolean header, int skip, @Nullable String comment, String quote, @Nullable String escape) {
        return new Format.Csv(
                header, header ? List.of() : List.of("a", "b"), ",", "UTF-8", skip, comment, quote, escape, false);
    }

    /** Takes records one by one, and in pieces where that is said. */
    private static final class Taken implements RecordSink {
        private final List<String> lines = new ArrayList<>();
        private final boolean inPieces;
        private int pieces;
        private long line;

        Taken(boolean inPieces) {
            this.inPieces = inPieces;
        }

        @Override
        public void beginsAt(long beginning) {
            line = beginning;
        }

        @Override
        public @Nullable PieceSink pieces() {
            return inPieces ? this::take : null;
        }

        private void take(RecordPiece piece) {
            pieces++;
            List<String> records = lines(piece);
            piece.forEach(
                    beginning -> lines.add(beginning + ": " + records.removeFirst()),
                    (beginning, reason, start) -> lines.add(beginning + ": " + reason + ": " + start));
            assertThat(records).isEmpty();
        }

        private static List<String> lines(RecordPiece piece) {
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try {
                piece.writeTo(packed);
                try (var in = new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(packed.toByteArray()))) {
                    String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                    return new ArrayList<>(text.lines().toList());
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void record(byte[] bytes, int offset, int length) {
            lines.add(line + ": " + new String(bytes, offset, length, StandardCharsets.UTF_8));
        }

        @Override
        public void reject(String reason, String start) {
            lines.add(line + ": " + reason + ": " + start);
        }
    }

    /** What is read of a file, or why it can't be; with the number of comments at the end. */
    private static List<String> read(Format.Csv format, String text, Taken taken, int size) throws IOException {
        try {
            long comments = new CsvFile(format, List.of(), taken, size)
                    .read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
            taken.lines.add(comments + " comments");
            return taken.lines;
        } catch (MalformedSource e) {
            return List.of(e.detail());
        }
    }

    private static void compare(Format.Csv format, String text) throws IOException {
        List<String> whole = read(format, text, new Taken(false), Pieces.SIZE);
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        for (int size = 1; size <= length + 1; size++) {
            assertThat(read(format, text, new Taken(true), size))
                    .as("'" + text + "' by " + size)
                    .isEqualTo(whole);
        }
    }

    /** Bytes in memory. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    private record Bytes(byte[] bytes) implements RangedFile {
        static Bytes of(String text) {
            return new Bytes(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String name() {
            return "the file";
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public InputStream open(long from, long to) {
            return new ByteArrayInputStream(bytes, (int) from, (int) (to - from));
        }
    }

    /** Reads a range, and says how many comments are in it. */
    private interface Reader {
        long read(FileRange range) throws IOException, MalformedSource;
    }

    /** What is read of all ranges, one after the other, or why they can't be. */
    private static List<String> readRanges(List<FileRange> ranges, Bytes file, Taken taken, Reader reader)
            throws IOException {
        long comments = 0;
        long end = 0;
        for (FileRange range : ranges) {
            assertThat(range.from()).isEqualTo(end);
            assertThat(range.rows()).as("rows before " + range).isEqualTo(taken.lines.size());
            end = range.to();
            try {
                comments += reader.read(range);
            } catch (MalformedSource e) {
                return List.of(e.detail());
            }
        }
        assertThat(end).isEqualTo(file.size());
        taken.lines.add(comments + " comments");
        return taken.lines;
    }

    /** @return how many ranges there were at most */
    private static int compareRanges(Format.Csv format, String text) throws IOException {
        List<String> whole = read(format, text, new Taken(false), Pieces.SIZE);
        Bytes file = Bytes.of(text);
        int most = 0;
        for (int least = 1; least <= file.size(); least++) {
            List<FileRange> ranges =
                    new CsvFile(format, List.of(), new Taken(false), 1).ranges(file.open(0, file.size()), least);
            most = Math.max(most, ranges.size());
            for (boolean inPieces : ranges.isEmpty() ? new boolean[] {} : new boolean[] {false, least == 1}) {
                Taken taken = new Taken(inPieces);
                CsvFile csv = new CsvFile(format, List.of(), taken, 3);
                assertThat(readRanges(ranges, file, taken, range -> {
                            try (InputStream in = new RangeStream(file, range)) {
                                return range.from() == 0 ? csv.read(in) : csv.read(in, range);
                            }
                        }))
                        .as("'" + text + "' by " + ranges)
                        .isEqualTo(whole);
            }
        }
        return most;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a,b\n1,\"x\ny\"\n2,\"\"\"\n,\"\"\"\n3,\"\n\n\"\n",
                "a,b\r\n1,\"x\r\ny\"\r\n\r\n2,\"\"\r\n3,\"\"\"\"",
                "a,b\r1,\"x\ry\"\r\r2,\"\"\r3,z\r",
                "\uFEFF\"a\n\",b\n1,é\n\uFEFF2,😀\n\"3\n\",\"é\n😀\"\n",
                "a,b\n1,x\"y\n2,\"x\"y\"\n\"3\n\"z\n,4\"\n5,\"6\n",
                "a,b\n1,2,3\n4\n,\n\"\"\n5,\"never\nclosed\n6,7\n",
                "sep=,\na,b\n1,\"\n\"\n",
                "a\n\n\"\n\"\n\n1\n",
                "a,b\n1,\u0000\n2,\t\n",
                "",
                "\n",
                "\"",
            })
    void aFileThatIsCutAnywhereHasTheSameRows(String text) throws Exception {
        compare(PLAIN, text);
        compare(csv(true, 2, null, "\"", null), text);
        compare(csv(false, 1, "a", "", null), text);
        compare(csv(false, 0, "#", "\"", "\\"), text);
        for (Format.Csv format : List.of(PLAIN, csv(true, 2, null, "\"", null), csv(false, 1, "a", "", null))) {
            int _ = compareRanges(format, text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1,\\\n2,\\\\\n#\",\n3,\"\\\"\n\",\n\\\"4,5\n",
                "#\"\r\n1,\"#\r\n\"\r\n#\\\r\n2,\\\r\n3\\#,\\#\r\n",
                "\\#1,\"\\\\\"\n#,\n\"\\x\n\"\\,2,3\n4,5\\",
            })
    void escapesAndCommentsAreWhatTheyAreWhereverAPieceEnds(String text) throws Exception {
        compare(csv(false, 0, "#", "\"", "\\"), text);
        compare(csv(false, 0, null, "", "\\"), text);
        compare(csv(true, 1, "#", "'", "\\"), text.replace('"', '\''));
        int _ = compareRanges(csv(false, 0, "#", "\"", "\\"), text);
    }

    @Test
    void whateverIsWrittenIsReadAlike() throws Exception {
        Random random = new Random(14);
        String[] pieces = {"\"", "\"\"", ",", "\n", "\r\n", "\r", "\\", "#", "x", "é", "1,2\n", "\",\""};
        for (int i = 0; i < 150; i++) {
            StringBuilder text = new StringBuilder("1,2\n");
            for (int j = random.nextInt(25); j >= 0; j--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            Format.Csv format = csv(false, random.nextInt(2), "#", "\"", random.nextBoolean() ? "\\" : null);
            compare(format, text.toString());
            if (i % 10 == 0) {
                int _ = compareRanges(format, text.toString());
            }
        }
    }

    @Test
    void largeFilesAreReadInPieces() throws Exception {
        String rows = "1,\"é\n\"\n".repeat(10_000);
        Taken taken = new Taken(true);
        assertThat(read(PLAIN, "a,b\n" + rows, taken, 10_000))
                .isEqualTo(read(PLAIN, "a,b\n" + rows, new Taken(false), 10_000));
        assertThat(taken.pieces).isBetween(8, 10);
        Format.Csv utf16 = new Format.Csv(true, List.of(), ",", "UTF-16LE", 0, null, "\"", null, false);
        Taken whole = new Taken(true);
        new CsvFile(utf16, List.of(), whole, 100)
                .read(new ByteArrayInputStream(("a,b\n" + rows).getBytes(StandardCharsets.UTF_16LE)));
        assertThat(whole.lines).hasSize(10_000);
        assertThat(whole.pieces).isZero();
    }

    @Test
    void aByteThatIsNoCharacterIsFoundInItsLineOfTheFile() {
        byte[] bytes = "a,b\n1,2\n3,4\n5,?\n".getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length - 2] = (byte) 0xFF;
        assertThatThrownBy(
                        () -> new CsvFile(PLAIN, List.of(), new Taken(true), 6).read(new ByteArrayInputStream(bytes)))
                .hasMessage("line 4: a byte sequence that is not UTF-8");
    }

    @Test
    void aFileIsCutIntoRangesAtEachRowEnd() throws Exception {
        assertThat(compareRanges(PLAIN, "a,b\n\"1\n\",\n\n2,\"\"\"\n\"\r\n3,\"\n"))
                .isEqualTo(5);
        assertThat(compareRanges(csv(false, 1, "#", "\"", null), "sep=,\r#\r1,\"\r\"\r2,x\r\r3,y"))
                .isEqualTo(6);
        Format.Csv utf16 = new Format.Csv(true, List.of(), ",", "UTF-16LE", 0, null, "\"", null, false);
        Bytes file = new Bytes("a,b\n1,2\n3,4\n".getBytes(StandardCharsets.UTF_16LE));
        assertThat(new CsvFile(utf16, List.of(), new Taken(false), 1).ranges(file.open(0, file.size()), 1))
                .isEmpty();
    }

    @Test
    void aRangeWhoseBytesAreOthersThanThoseByWhichItWasCutIsRefused() throws Exception {
        Bytes file = Bytes.of("a,b\n1,2\n3,4\n");
        CsvFile csv = new CsvFile(PLAIN, List.of(), new Taken(false), 1);
        FileRange last = csv.ranges(file.open(0, file.size()), 1).getLast();
        file.bytes()[9] = 'x';
        assertThatThrownBy(() -> csv.read(new RangeStream(file, last), last))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("the file: bytes 8 to 12 have crc32c ")
                .hasMessageEndingWith(", as when the run was cut into slices)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\uFEFF{\"a\":1}\n\n{\"a\":\"é\\n\"}\r\n \n{\"a\":3}\n{}",
                "\uFEFF\n\t \r\n1\n \n\r\n2\n\n",
                "1",
                "\n\n",
            })
    void linesAreTheSameHoweverTheyAreCutIntoRanges(String text) throws Exception {
        Bytes file = Bytes.of(text);
        Taken whole = new Taken(false);
        new NdjsonFile(whole, Pieces.SIZE).read(file.open(0, file.size()), 0);
        whole.lines.add("0 comments");
        for (int least = 1; least <= file.size(); least++) {
            List<FileRange> ranges = new NdjsonFile(whole, 1).ranges(file.open(0, file.size()), least);
            for (boolean inPieces : ranges.isEmpty() ? new boolean[] {} : new boolean[] {false, true}) {
                Taken taken = new Taken(inPieces);
                NdjsonFile lines = new NdjsonFile(taken, 2);
                assertThat(readRanges(ranges, file, taken, range -> {
                            try (InputStream in = new RangeStream(file, range)) {
                                lines.read(in, range.lines());
                                return 0;
                            }
                        }))
                        .as("by " + ranges)
                        .isEqualTo(whole.lines);
            }
        }
    }

    @Test
    void linesAreTheSameWhereverTheyAreCut() throws Exception {
        String text = "\uFEFF{\"a\":1}\n\n{\"a\":\"é\\n\"}\r\n \n{\"a\":3}\n{}";
        Taken whole = new Taken(false);
        new NdjsonFile(whole, Pieces.SIZE).read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), 0);
        for (int size = 1; size < 60; size++) {
            Taken taken = new Taken(true);
            new NdjsonFile(taken, size).read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), 0);
            assertThat(taken.lines).as("by " + size).isEqualTo(whole.lines);
        }
    }

    @Test
    void rowGroupsAreTheSameHoweverManyAThreadReads(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("a.parquet");
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement()) {
            // the texts of a row group don't pack, and are more than a piece may hold in memory
            statement.execute(
                    "COPY (SELECT i AS id, CASE WHEN i % 7000 = 0 THEN 'null' ELSE '{\"h\": \"' || repeat(md5(i::TEXT), 30)"
                            + " || md5((i + 1)::TEXT) || sha256(i::TEXT) || '\"}' END AS doc FROM range(30_000) AS r(i)) TO '"
                            + file
                            + "' (FORMAT parquet, ROW_GROUP_SIZE 4_096)");
        }
        List<String> whole = parquet(file, folder, new Taken(false), ParquetFile.STRETCH);
        assertThat(whole).hasSize(30_000);
        assertThat(whole.get(29_999)).startsWith("30000: {\"id\":29999,\"doc\":");
        Taken one = new Taken(true);
        assertThat(parquet(file, folder, one, 1)).isEqualTo(whole);
        assertThat(one.pieces).isEqualTo(8);
        Taken some = new Taken(true);
        assertThat(parquet(file, folder, some, 10_000_000)).isEqualTo(whole);
        assertThat(some.pieces).isBetween(2, 7);
        Taken all = new Taken(true);
        assertThat(parquet(file, folder, all, Long.MAX_VALUE)).isEqualTo(whole);
        assertThat(all.pieces).isZero();
        for (long least : new long[] {1, 1_500_000, 3_000_000}) {
            Taken taken = new Taken(least > 1);
            assertThat(ranges(file, folder, taken, least)).as("by " + least).isEqualTo(whole);
        }
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    /** What is read of its ranges, one after the other, of each by the bytes of that range and of the file's end alone. */
    private static List<String> ranges(Path file, Path scratch, Taken taken, long least) throws Exception {
        Bytes bytes = new Bytes(Files.readAllBytes(file));
        ParquetFile parquet = new ParquetFile(
                List.of("id"), taken, new FormattedRecords.Room(scratch, 200), ParquetFile.STRETCH, said -> {});
        List<FileRange> ranges = parquet.ranges(bytes, least);
        assertThat(ranges).hasSize(least == 1 ? 8 : least < 3_000_000 ? 3 : 2);
        for (FileRange range : ranges) {
            assertThat(range.rows()).isEqualTo(taken.lines.size());
            parquet.read(bytes, range);
        }
        assertThat(parquet.ranges(bytes, Long.MAX_VALUE)).isEmpty();
        return taken.lines;
    }

    private static List<String> parquet(Path file, Path scratch, Taken taken, long stretch) throws Exception {
        try (var in = Files.newInputStream(file)) {
            new ParquetFile(List.of("id"), taken, new FormattedRecords.Room(scratch, 200), stretch, said -> {})
                    .read(in);
        }
        return taken.lines;
    }
}
