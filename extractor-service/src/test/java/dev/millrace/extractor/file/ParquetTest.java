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
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R3.5: Parquet files of DuckDB, and of Parquet's own writer what older ones have written. */
class ParquetTest {
    private static ExtractorUnderTest extractor;
    private static Connection duckdb;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(@TempDir Path service) throws Exception {
        extractor = new ExtractorUnderTest(service, Map.of());
        duckdb = DriverManager.getConnection("jdbc:duckdb:");
    }

    @AfterAll
    static void stop() throws SQLException {
        duckdb.close();
        extractor.close();
    }

    private void write(String name, String select, String options) throws SQLException {
        try (Statement statement = duckdb.createStatement()) {
            statement.execute(
                    "COPY (" + select + ") TO '" + folder.resolve(name) + "' (FORMAT parquet" + options + ")");
        }
    }

    private void write(String name, String schema, List<Consumer<Group>> rows) throws IOException {
        MessageType type = MessageTypeParser.parseMessageType("message rows {" + schema + "}");
        boolean _ = Files.deleteIfExists(folder.resolve(name));
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(folder.resolve(name)))
                .withConf(new PlainParquetConfiguration())
                .withType(type)
                .build()) {
            for (Consumer<Group> row : rows) {
                Group group = new SimpleGroup(type);
                row.accept(group);
                writer.write(group);
            }
        }
    }

    private Work work(String... columns) {
        return new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("*.parquet*", new Format.Parquet(), Missing.FAIL), null),
                List.of(columns),
                Work.Parts.TO_TRANSFORM);
    }

    private String malformed(String... columns) throws Exception {
        return extractor.extract(work(columns)).failure(ErrorCode.SOURCE_MALFORMED);
    }

    private String unreadable(String... columns) throws Exception {
        return extractor.extract(work(columns)).failure(ErrorCode.SOURCE_UNREADABLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"uncompressed", "snappy", "gzip", "zstd", "lz4_raw"})
    void readsEachValueWithoutLoss(String compression) throws Exception {
        write("a.parquet", """
                SELECT (-9223372036854775808)::BIGINT AS small, 18446744073709551615::UBIGINT AS u64,
                  4294967295::UINTEGER AS u32, 200::UTINYINT AS u8, 0.1::FLOAT AS f, 1e-320::DOUBLE AS d, 'NaN'::DOUBLE AS nan,
                  '-Infinity'::FLOAT AS inf, 12345678901234567890123456789.123456789::DECIMAL(38, 9) AS dec,
                  (-0.05)::DECIMAL(4, 2) AS d4, 'Zoë "😀"' || chr(10) AS s, '\\x00\\xFF'::BLOB AS b, DATE '0001-12-31' AS dt,
                  TIME '23:59:59.999999' AS t, TIMESTAMP '1969-12-31 23:59:59.999999' AS ts,
                  TIMESTAMPTZ '2020-01-01 00:00:00+00' AS tz, '2020-01-01 00:00:00.123456789'::TIMESTAMP_NS AS ns,
                  'ffffffff-ffff-4fff-8fff-ffffffffffff'::UUID AS u, INTERVAL '14 months 3 days 1.5 seconds' AS iv,
                  [1, NULL] AS l, [[1], []] AS ll, {'a': 1, 'b': [{'c': NULL}]} AS st, MAP {'k': 1, 'l': NULL} AS m,
                  MAP {1: 'x'} AS mi, NULL::INTEGER AS n, '{"a": [1.50, null]}'::JSON AS j, true AS bo
                """, ", COMPRESSION " + compression);
        assertThat(extractor.records(work("small", "st.b", "bo")))
                .containsExactly(
                        "{\"small\":-9223372036854775808,\"u64\":18446744073709551615,\"u32\":4294967295,\"u8\":200,"
                                + "\"f\":0.1,\"d\":1.0E-320,\"nan\":\"NaN\",\"inf\":\"-Infinity\","
                                + "\"dec\":12345678901234567890123456789.123456789,\"d4\":-0.05,\"s\":\"Zoë \\\"😀\\\"\\n\","
                                + "\"b\":\"AP8=\",\"dt\":\"0001-12-31\",\"t\":\"23:59:59.999999\",\"ts\":\"1969-12-31T23:59:59.999999\","
                                + "\"tz\":\"2020-01-01T00:00:00Z\",\"ns\":\"2020-01-01T00:00:00.123456789\","
                                + "\"u\":\"ffffffff-ffff-4fff-8fff-ffffffffffff\",\"iv\":\"P14M3DT1.500S\",\"l\":[1,null],"
                                + "\"ll\":[[1],[]],\"st\":{\"a\":1,\"b\":[{\"c\":null}]},\"m\":{\"k\":1,\"l\":null},"
                                + "\"mi\":[{\"key\":1,\"value\":\"x\"}],\"n\":null,\"j\":{\"a\": [1.50, null]},\"bo\":true}");
    }

    @Test
    void readsWhatOlderWritersHaveWritten() throws Exception {
        write(
                "a.parquet",
                """
                required int64 id; optional int96 at; optional fixed_len_byte_array(17) big (DECIMAL(40, 2));
                optional group tags (LIST) { repeated binary array (UTF8); }
                optional group pairs (LIST) { repeated group pairs_tuple { required int32 a; } }
                repeated int32 bare; optional int32 t (TIME_MILLIS); optional binary raw; optional binary word (ENUM);
                optional group m (MAP_KEY_VALUE) { repeated group map { required binary key (UTF8); optional int32 value; } }
                """,
                List.of(
                        row -> {
                            row.append("id", 1L);
                            ByteBuffer at = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
                            at.putLong(45_296_123_456_789L).putInt(2_440_588 + 18_262);
                            row.append("at", Binary.fromConstantByteArray(at.array()));
                            byte[] big = new byte[17];
                            Arrays.fill(big, (byte) 0xff);
                            big[15] = (byte) 0xfe;
                            row.append("big", Binary.fromConstantByteArray(big));
                            row.addGroup("tags").append("array", "one").append("array", "two");
                            row.addGroup("pairs").addGroup(0).append("a", 7);
                            row.append("bare", 1).append("bare", 2);
                            row.append("t", 45_296_789);
                            row.append("raw", Binary.fromString("abc"));
                            row.append("word", Binary.fromString("LAST"));
                            row.addGroup("m").addGroup(0).append("key", "k").append("value", 3);
                        },
                        row -> row.append("id", 2L)));
        assertThat(extractor.records(work("id")))
                .containsExactly(
                        "{\"id\":1,\"at\":\"2020-01-01T12:34:56.123456789Z\",\"big\":-2.57,\"tags\":[\"one\",\"two\"],"
                                + "\"pairs\":[{\"a\":7}],\"bare\":[1,2],\"t\":\"12:34:56.789\",\"raw\":\"YWJj\","
                                + "\"word\":\"LAST\",\"m\":{\"k\":3}}",
                        "{\"id\":2,\"at\":null,\"big\":null,\"tags\":null,\"pairs\":null,\"bare\":[],\"t\":null,\"raw\":null,"
                                + "\"word\":null,\"m\":null}");
    }

    @Test
    void filesOfOtherSchemasAreReadByTheNamesOfTheirColumns() throws Exception {
        write("a.parquet", "SELECT 1::INTEGER AS id, 'Ada' AS first, 'Byron' AS last", "");
        write("b.parquet", "SELECT 'Turing' AS last, 2.50::DECIMAL(9, 2) AS id, 'Alan' AS first, true AS more", "");
        ExtractorUnderTest.Result result = extractor.extract(work("id", "first", "last"));
        assertThat(extractor.records(result))
                .containsExactly(
                        "{\"id\":1,\"first\":\"Ada\",\"last\":\"Byron\"}",
                        "{\"last\":\"Turing\",\"id\":2.50,\"first\":\"Alan\",\"more\":true}");
        assertThat(extractor.manifest(result).parts().getFirst().origins())
                .extracting(origin -> origin.place() + ":" + origin.line())
                .containsExactly("a.parquet:1", "b.parquet:1");
        assertThat(unreadable("id", "first", "more.flags"))
                .isEqualTo(
                        "a.parquet: the schema has no column 'more'; it has 'id', 'first', 'last' (expected: all columns of"
                                + " the schema that aren't optional: true)");
        assertThat(unreadable("id", "Last"))
                .startsWith("a.parquet: the schema has no column 'Last' (is it 'last'?); it has ");
    }

    @Test
    void aRowWithAValueThatIsNoneOfItsTypeIsRejected() throws Exception {
        write(
                "a.parquet",
                "required int64 id; optional binary name (UTF8); optional int32 t (TIME_MILLIS); optional binary doc (JSON);",
                List.of(
                        row -> row.append("id", 1L).append("name", "right"),
                        row -> row.append("id", 2L)
                                .append("name", Binary.fromConstantByteArray(new byte[] {'a', (byte) 0xe9})),
                        row -> row.append("id", 3L).append("t", 86_400_000),
                        row -> row.append("id", 4L).append("doc", "{\"a\": 1"),
                        row -> row.append("id", 5L).append("doc", "1,\"id\":6")));
        ExtractorUnderTest.Result result = extractor.extract(work("id"));
        assertThat(extractor.records(result)).containsExactly("{\"id\":1,\"name\":\"right\",\"t\":null,\"doc\":null}");
        assertThat(extractor.rejects(result))
                .extracting(Reject::part, Reject::line, Reject::reason)
                .containsExactly(
                        tuple("a.parquet", 2L, "column 'name' is a text that is not UTF-8"),
                        tuple(
                                "a.parquet",
                                3L,
                                "column 't' is the time 86400000 milliseconds after midnight, which no day has"),
                        tuple("a.parquet", 4L, "column 'doc' is not JSON"),
                        tuple("a.parquet", 5L, "column 'doc' is not JSON"));
    }

    @Test
    void manyRowGroupsAreReadInTheirOrder() throws Exception {
        write(
                "a.parquet",
                "SELECT i AS id, 'text ' || i AS t, [i, i + 1] AS l FROM range(100_000) AS r(i)",
                ", ROW_GROUP_SIZE 10_000");
        List<String> records = extractor.records(work("id"));
        assertThat(records).hasSize(100_000).doesNotHaveDuplicates();
        assertThat(records.get(54_321)).isEqualTo("{\"id\":54321,\"t\":\"text 54321\",\"l\":[54321,54322]}");
        write("a.parquet", "SELECT 1 AS id WHERE false", "");
        assertThat(extractor.records(work("id"))).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithAFile() throws Exception {
        Path file = folder.resolve("a.parquet");
        write("a.parquet", "SELECT i AS id, 'text ' || i AS t FROM range(10_000) AS r(i)", "");
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 10));
        assertThat(malformed("id"))
                .startsWith("a.parquet: the Parquet file can't be opened, since it is cut off, damaged or encrypted: ");
        byte[] damaged = whole.clone();
        Arrays.fill(damaged, 100, 2_000, (byte) 0x55);
        Files.write(file, damaged);
        assertThat(malformed("id")).startsWith("a.parquet: the Parquet file can't be read at row ");
        Files.writeString(file, "id,t\n1,a\n");
        assertThat(malformed("id"))
                .isEqualTo(
                        "a.parquet: the file is something else, such as text (expected: a Parquet file; what is in a file"
                                + " counts, not its name)");
        Files.write(file, new byte[0]);
        assertThat(malformed("id")).startsWith("a.parquet: the file is empty (expected: a Parquet file");
        Files.write(file, new byte[] {'P', 'K', 3, 4, 20, 0, 6, 0});
        assertThat(unreadable("id"))
                .startsWith("a.parquet: the file is a zip archive, as a workbook of Excel is too (expected");
        Files.writeString(file, "PARE and then nothing that anybody can read");
        assertThat(unreadable("id")).startsWith("a.parquet: the file is an encrypted Parquet file (expected");
        write("a.parquet", "SELECT 'text' AS id", ", COMPRESSION brotli");
        assertThat(unreadable("id"))
                .isEqualTo(
                        "a.parquet: column 'id' is packed with BROTLI, which is not unpacked (expected: none, SNAPPY, GZIP,"
                                + " ZSTD, LZ4 or LZ4_RAW)");
        write(
                "a.parquet",
                "required int64 id; optional group doc (VARIANT(1)) { required binary metadata; required binary value; }",
                List.of());
        assertThat(unreadable("id"))
                .isEqualTo(
                        "a.parquet: column 'doc' is of the type VARIANT, which is not read (expected: a file without it, or in"
                                + " which it is a text)");
    }

    @Test
    void refusesAFileThatIsMeantToFillTheMemory() throws Exception {
        write("a.parquet", "SELECT repeat('a', 1_000_000) || i AS id FROM range(100) AS r(i)", ", COMPRESSION zstd");
        assertThat(unreadable("id"))
                .isEqualTo(
                        "a.parquet: column 'id' unpacks to more than 200 times its size, as one does that is meant to fill the"
                                + " memory; millrace.extractor.unpack-ratio lets it be more");
    }

    @Test
    void refusesAFileWhosePagesDontFitIntoMemory() throws Exception {
        Path file = folder.resolve("a.parquet");
        Random random = new Random(14);
        byte[] whole = pages(file, 100_000, 100_000, random::nextLong);
        int size = 140 * 1024 * 1024;
        Files.write(file, withPage(whole, 0, (page, column) -> {
            page.setUncompressed_page_size(size);
            column.setTotal_uncompressed_size(size);
        }));
        assertThat(unreadable("id"))
                .startsWith(
                        "a.parquet: row group 1: one page of each column takes 140 MiB unpacked, and they are held in"
                                + " memory, up to ")
                .endsWith(" MiB (expected: smaller row groups or pages, or a larger heap for the extractor)");
    }

    /** A file of one column, of whose pages one says something else of itself. */
    private static byte[] withPage(byte[] whole, int number, Consumer<PageHeader> change) throws IOException {
        return withPage(whole, number, (page, _) -> change.accept(page));
    }

    private static byte[] withPage(byte[] whole, int number, BiConsumer<PageHeader, ColumnMetaData> change)
            throws IOException {
        FileMetaData footer = footer(whole);
        ColumnMetaData column =
                footer.getRow_groups().getFirst().getColumns().getFirst().getMeta_data();
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        changed.write(whole, 0, 4);
        ByteArrayInputStream pages =
                new ByteArrayInputStream(whole, 4, Math.toIntExact(column.getTotal_compressed_size()));
        for (int page = 0; pages.available() > 0; page++) {
            PageHeader header = Util.readPageHeader(pages);
            byte[] data = pages.readNBytes(header.getCompressed_page_size());
            if (page == number) {
                change.accept(header, column);
            }
            Util.writePageHeader(header, changed);
            changed.writeBytes(data);
        }
        column.setTotal_compressed_size(changed.size() - 4L);
        footer.getRow_groups().getFirst().getColumns().getFirst().unsetOffset_index_offset();
        footer.getRow_groups().getFirst().getColumns().getFirst().unsetOffset_index_length();
        footer.getRow_groups().getFirst().getColumns().getFirst().unsetColumn_index_offset();
        footer.getRow_groups().getFirst().getColumns().getFirst().unsetColumn_index_length();
        int before = changed.size();
        Util.writeFileMetaData(footer, changed);
        changed.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(changed.size() - before)
                .array());
        changed.write(whole, whole.length - 4, 4);
        return changed.toByteArray();
    }

    /** Of one column of numbers, packed with gzip. */
    private static byte[] pages(Path file, int rows, int ofPage, LongSupplier ids) throws IOException {
        boolean _ = Files.deleteIfExists(file);
        MessageType type = MessageTypeParser.parseMessageType("message rows {required int64 id;}");
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withConf(new PlainParquetConfiguration())
                .withType(type)
                .withDictionaryEncoding(false)
                .withPageRowCountLimit(ofPage)
                .withCompressionCodec(CompressionCodecName.GZIP)
                .build()) {
            for (int i = 0; i < rows; i++) {
                writer.write(new SimpleGroup(type).append("id", ids.getAsLong()));
            }
        }
        return Files.readAllBytes(file);
    }

    @Test
    void aLaterPageThatLiesAboutItsSizeFailsTheRunBeforeAnythingIsStaged() throws Exception {
        Path file = folder.resolve("a.parquet");
        AtomicLong id = new AtomicLong();
        byte[] whole = pages(file, 1_000, 100, id::incrementAndGet);
        Files.write(file, withPage(whole, 5, (_, _) -> {}));
        assertThat(extractor.records(work("id"))).hasSize(1_000).contains("{\"id\":1000}");
        int most = unpackedSize(whole) + 100;
        for (int lie : new int[] {most + 1, -1}) {
            Files.write(file, withPage(whole, 5, page -> page.setUncompressed_page_size(lie)));
            assertThat(malformed("id"))
                    .isEqualTo("a.parquet: row group 1, column 'id', page 6 says that it unpacks to " + lie
                            + " bytes (expected: " + most + " at most, as all of the column)");
        }
        Files.write(file, withPage(whole, 5, page -> page.setUncompressed_page_size(0)));
        assertThat(malformed("id"))
                .isEqualTo(
                        "a.parquet: row group 1, column 'id', page 6 says that it unpacks to 0 bytes (expected: more,"
                                + " since it has 100 values)");
        for (int lie : new int[] {799, 801}) {
            Files.write(file, withPage(whole, 5, page -> page.setUncompressed_page_size(lie)));
            assertThat(malformed("id")).startsWith("a.parquet: the Parquet file can't be read at row ");
        }
        for (int lie : new int[] {1, 0}) {
            Files.write(file, withPage(whole, 5, page -> page.setCompressed_page_size(lie)));
            assertThat(malformed("id")).startsWith("a.parquet: row group 1, column 'id', page 7 ");
        }
        Files.write(file, withPage(whole, 5, page -> page.getData_page_header().setNum_values(101)));
        assertThat(malformed("id"))
                .isEqualTo("a.parquet: row group 1, column 'id', page 10 says that it has 100 values (expected: 99, the"
                        + " last ones of the column)");
    }

    private static int unpackedSize(byte[] whole) throws IOException {
        return Math.toIntExact(footer(whole)
                .getRow_groups()
                .getFirst()
                .getColumns()
                .getFirst()
                .getMeta_data()
                .getTotal_uncompressed_size());
    }

    private static FileMetaData footer(byte[] whole) throws IOException {
        int length = ByteBuffer.wrap(whole, whole.length - 8, 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
        return Util.readFileMetaData(new ByteArrayInputStream(whole, whole.length - 8 - length, length));
    }

    @Test
    void readsOneThatIsPackedOnceMore() throws Exception {
        write("a.parquet", "SELECT 1 AS id", "");
        Path file = folder.resolve("a.parquet");
        try (var out = new java.util.zip.GZIPOutputStream(Files.newOutputStream(folder.resolve("b.parquet.gz")))) {
            out.write(Files.readAllBytes(file));
        }
        assertThat(extractor.records(work("id"))).containsExactly("{\"id\":1}", "{\"id\":1}");
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                .startsWith("PAR1");
    }
}
