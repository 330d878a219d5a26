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
import dev.millrace.task.Outcome;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.Utf8;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R3.2: Avro files, as Avro's own library writes them. */
class AvroTest {
    private static final String ID =
            "{\"type\": \"record\", \"name\": \"R\", \"fields\": [{\"name\": \"id\", \"type\": \"long\"}]}";

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

    private static byte[] bytes(Schema schema, String codec, List<? extends Object> values) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
            writer.setCodec(CodecFactory.fromString(codec)).create(schema, bytes);
            for (Object value : values) {
                writer.append(value);
                writer.sync();
            }
        }
        return bytes.toByteArray();
    }

    private static GenericRecord id(long id) {
        GenericRecord record = new GenericData.Record(new Schema.Parser().parse(ID));
        record.put("id", id);
        return record;
    }

    private Work work(String... columns) {
        return new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("*.avro", new Format.Avro(), Missing.FAIL), null),
                List.of(columns),
                Work.Parts.TO_TRANSFORM);
    }

    private String malformed(byte[] file, String... columns) throws Exception {
        Files.write(folder.resolve("a.avro"), file);
        return extractor.extract(work(columns)).failure(ErrorCode.SOURCE_MALFORMED);
    }

    private String unreadable(byte[] file, String... columns) throws Exception {
        Files.write(folder.resolve("a.avro"), file);
        return extractor.extract(work(columns)).failure(ErrorCode.SOURCE_UNREADABLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "deflate", "snappy", "zstandard", "bzip2", "xz"})
    void readsEachValueWithoutLoss(String codec) throws Exception {
        List<String> fields = new ArrayList<>();
        Map<String, Object> values = new HashMap<>();
        add(fields, values, "id", "\"long\"", Long.MIN_VALUE);
        add(fields, values, "f", "\"float\"", 0.1f);
        add(fields, values, "d", "\"double\"", Double.NaN);
        add(fields, values, "b", "\"boolean\"", true);
        add(fields, values, "s", "[\"null\", \"string\"]", new Utf8("Zoë \"😀\"\n"));
        add(fields, values, "n", "[\"null\", \"int\"]", null);
        add(fields, values, "raw", "\"bytes\"", ByteBuffer.wrap(new byte[] {0, (byte) 0xff}));
        add(
                fields,
                values,
                "dec",
                "{\"type\": \"bytes\", \"logicalType\": \"decimal\", \"precision\": 45, \"scale\": 3}",
                ByteBuffer.wrap(new BigInteger("-123456789012345678901234567890123456789012345").toByteArray()));
        add(fields, values, "day", "{\"type\": \"int\", \"logicalType\": \"date\"}", -719_162);
        add(fields, values, "t", "{\"type\": \"long\", \"logicalType\": \"time-micros\"}", 86_399_999_999L);
        add(fields, values, "at", "{\"type\": \"long\", \"logicalType\": \"timestamp-micros\"}", -1L);
        add(
                fields,
                values,
                "ns",
                "{\"type\": \"long\", \"logicalType\": \"timestamp-nanos\"}",
                1_577_836_800_123_456_789L);
        add(
                fields,
                values,
                "local",
                "{\"type\": \"long\", \"logicalType\": \"local-timestamp-millis\"}",
                1_577_836_800_000L);
        add(fields, values, "list", "{\"type\": \"array\", \"items\": [\"null\", \"int\"]}", Arrays.asList(1, null));
        add(fields, values, "map", "{\"type\": \"map\", \"values\": \"double\"}", Map.of("k", 1e300));
        String word = "{\"type\": \"enum\", \"name\": \"E\", \"symbols\": [\"A\", \"B\"]}";
        add(fields, values, "word", word, new GenericData.EnumSymbol(new Schema.Parser().parse(word), "B"));
        String fixed = "{\"type\": \"fixed\", \"name\": \"F\", \"size\": 2}";
        add(fields, values, "fix", fixed, new GenericData.Fixed(new Schema.Parser().parse(fixed), new byte[] {1, 2}));
        Schema schema = new Schema.Parser()
                .parse("{\"type\": \"record\", \"name\": \"R\", \"fields\": [" + String.join(",", fields) + "]}");
        GenericRecord record = new GenericData.Record(schema);
        values.forEach(record::put);
        Files.write(folder.resolve("a.avro"), bytes(schema, codec, List.of(record)));

        assertThat(extractor.records(work("id", "map.k")))
                .containsExactly(
                        "{\"id\":-9223372036854775808,\"f\":0.1,\"d\":\"NaN\",\"b\":true,\"s\":\"Zoë \\\"😀\\\"\\n\","
                                + "\"n\":null,\"raw\":\"AP8=\",\"dec\":-123456789012345678901234567890123456789012.345,"
                                + "\"day\":\"0001-01-01\",\"t\":\"23:59:59.999999\",\"at\":\"1969-12-31T23:59:59.999999Z\","
                                + "\"ns\":\"2020-01-01T00:00:00.123456789Z\",\"local\":\"2020-01-01T00:00:00\",\"list\":[1,null],"
                                + "\"map\":{\"k\":1.0E300},\"word\":\"B\",\"fix\":\"AQI=\"}");
    }

    private static void add(
            List<String> fields, Map<String, Object> values, String name, String type, @Nullable Object value) {
        fields.add("{\"name\": \"" + name + "\", \"type\": " + type + "}");
        values.put(name, value);
    }

    @Test
    void filesOfOtherSchemasAreReadByTheNamesOfTheirFields() throws Exception {
        Schema other = new Schema.Parser()
                .parse(
                        "{\"type\": \"record\", \"name\": \"Q\", \"fields\": [{\"name\": \"more\", \"type\": \"string\"},"
                                + " {\"name\": \"id\", \"type\": \"int\"}]}");
        GenericRecord record = new GenericData.Record(other);
        record.put("more", "text");
        record.put("id", 3);
        Files.write(folder.resolve("a.avro"), bytes(id(0).getSchema(), "null", List.of(id(1), id(2))));
        Files.write(folder.resolve("b.avro"), bytes(other, "null", List.of(record)));
        assertThat(extractor.records(work("id")))
                .containsExactly("{\"id\":1}", "{\"id\":2}", "{\"more\":\"text\",\"id\":3}");
        assertThat(extractor.extract(work("id", "more")).failure(ErrorCode.SOURCE_UNREADABLE))
                .isEqualTo(
                        "a.avro: the schema has no field 'more'; it has 'id' (expected: all columns of the schema that aren't"
                                + " optional: true)");
    }

    @Test
    void aRecordWithAValueThatIsNoneOfItsTypeIsRejected() throws Exception {
        Schema schema = new Schema.Parser()
                .parse(
                        "{\"type\": \"record\", \"name\": \"R\", \"fields\": [{\"name\": \"a\", \"type\": {\"type\": \"record\","
                                + " \"name\": \"A\", \"fields\": [{\"name\": \"s\", \"type\": \"string\"}]}}]}");
        List<GenericRecord> records = new ArrayList<>();
        for (byte[] text : List.of(new byte[] {'x'}, new byte[] {(byte) 0xe9, 'x'})) {
            GenericRecord inner = new GenericData.Record(schema.getField("a").schema());
            inner.put("s", new Utf8(text));
            GenericRecord record = new GenericData.Record(schema);
            record.put("a", inner);
            records.add(record);
        }
        Files.write(folder.resolve("a.avro"), bytes(schema, "null", records));
        ExtractorUnderTest.Result result = extractor.extract(work("a.s"));
        assertThat(extractor.records(result)).containsExactly("{\"a\":{\"s\":\"x\"}}");
        assertThat(extractor.rejects(result))
                .extracting(Reject::part, Reject::line, Reject::reason)
                .containsExactly(tuple("a.avro", 2L, "field 'a.s' is a text that is not UTF-8"));
    }

    @Test
    void aFileThatIsCutOffAnywhereFailsTheRun() throws Exception {
        byte[] whole = bytes(id(0).getSchema(), "null", List.of(id(1), id(2)));
        int block = 2 + 1 + 16; // counts, a record and the marker
        for (int missing = 1; missing < 2 * block; missing++) {
            if (missing != block) { // there is nothing to see where a whole block is missing
                Files.write(folder.resolve("a.avro"), Arrays.copyOf(whole, whole.length - missing));
                ExtractorUnderTest.Result result = extractor.extract(work());
                assertThat(result.outcome()).as("without " + missing + " bytes").isInstanceOf(Outcome.Failed.class);
                assertThat(result.failure(ErrorCode.SOURCE_MALFORMED))
                        .startsWith("a.avro: the Avro file ")
                        .contains("cut off");
            }
        }
        assertThat(malformed(Arrays.copyOf(whole, 40))).startsWith("a.avro: the Avro file can't be opened");
    }

    @Test
    void aBlockThatUnpacksToMoreThanMemoryShouldHoldIsRefused() throws Exception {
        byte[] head = bytes(id(0).getSchema(), "deflate", List.of());
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
        try (DeflaterOutputStream out = new DeflaterOutputStream(bomb, deflater)) {
            byte[] zeros = new byte[1024 * 1024];
            for (int i = 0; i < 300; i++) {
                out.write(zeros);
            }
        } finally {
            deflater.end();
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(head);
        BinaryEncoder numbers = EncoderFactory.get().directBinaryEncoder(file, null);
        numbers.writeLong(1); // record
        numbers.writeLong(bomb.size());
        file.writeBytes(bomb.toByteArray());
        file.write(head, head.length - 16, 16); // the marker
        assertThat(unreadable(file.toByteArray()))
                .startsWith(
                        "a.avro: the Avro file can't be read at record 1, since a block or value takes more memory than is"
                                + " given to one, as that of a file does that is meant to fill it: Buffer size ")
                .endsWith(" (expected: blocks of up to 64 MiB; 64 KB are usual)");
    }

    @Test
    void saysWhatIsWrongWithAFile() throws Exception {
        assertThat(malformed("id\n1\n".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(
                        "a.avro: the file is something else, such as text (expected: an Avro file, that is an object container"
                                + " file; what is in a file counts, not its name)");
        assertThat(malformed(new byte[0])).startsWith("a.avro: the file is empty (expected: an Avro file");
        assertThat(unreadable(bytes(Schema.create(Schema.Type.INT), "null", List.of(1))))
                .isEqualTo("a.avro: the schema is of the type int (expected: a record)");
        byte[] huge = bytes(id(0).getSchema(), "null", List.of(id(1)));
        byte[] lies = Arrays.copyOf(huge, huge.length + 4);
        System.arraycopy(
                new byte[] {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f}, 0, lies, huge.length - 18, 5);
        assertThat(malformed(lies))
                .isEqualTo(
                        "a.avro: the Avro file can't be opened, since it is cut off or damaged: a length of 2147483647 bytes"
                                + " (expected: 64 MiB at most)");
        byte[] damaged = bytes(id(0).getSchema(), "null", List.of(id(1)));
        damaged[damaged.length - 1] ^= 1;
        assertThat(malformed(damaged)).startsWith("a.avro: the Avro file can't be read at record ");
    }
}
