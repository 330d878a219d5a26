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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampNanoTZVector;
import org.apache.arrow.vector.TimeStampSecVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ViewVarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.complex.impl.UnionMapWriter;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.util.Text;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArrowTest {
    private static ExtractorUnderTest extractor;
    private static RootAllocator memory;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(@TempDir Path service) throws IOException {
        extractor = new ExtractorUnderTest(service, Map.of());
        memory = new RootAllocator();
    }

    @AfterAll
    static void stop() {
        memory.close();
        extractor.close();
    }

    private Work work(String... columns) {
        return new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("*", new Format.Arrow(), Missing.FAIL), null),
                List.of(columns),
                Work.Parts.TO_TRANSFORM);
    }

    private String malformed(byte[] file, String... columns) throws Exception {
        Files.write(folder.resolve("a.arrow"), file);
        return extractor.extract(work(columns)).failure(ErrorCode.SOURCE_MALFORMED);
    }

    private String unreadable(byte[] file, String... columns) throws Exception {
        Files.write(folder.resolve("a.arrow"), file);
        return extractor.extract(work(columns)).failure(ErrorCode.SOURCE_UNREADABLE);
    }

    /** The rows twice, as two batches. */
    private static byte[] bytes(
            boolean stream, CodecType codec, MapDictionaryProvider dictionaries, VectorSchemaRoot root)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CompressionCodec.Factory codecs = codec == CodecType.NO_COMPRESSION
                ? NoCompressionCodec.Factory.INSTANCE
                : CommonsCompressionFactory.INSTANCE;
        try (ArrowWriter writer = stream
                ? new ArrowStreamWriter(
                        root,
                        dictionaries,
                        Channels.newChannel(bytes),
                        IpcOption.DEFAULT,
                        codecs,
                        codec,
                        Optional.empty())
                : new ArrowFileWriter(
                        root,
                        dictionaries,
                        Channels.newChannel(bytes),
                        Map.of(),
                        IpcOption.DEFAULT,
                        codecs,
                        codec,
                        Optional.empty())) {
            writer.start();
            writer.writeBatch();
            writer.writeBatch();
            writer.end();
        }
        return bytes.toByteArray();
    }

    private static byte[] ids(boolean stream) throws IOException {
        try (BigIntVector id = new BigIntVector("id", memory);
                VectorSchemaRoot root = VectorSchemaRoot.of(id)) {
            set(id, 2, _ -> {
                id.set(0, 1);
                id.set(1, 2);
            });
            root.setRowCount(2);
            return bytes(stream, CodecType.NO_COMPRESSION, new MapDictionaryProvider(), root);
        }
    }

    private static void set(FieldVector vector, int count, Consumer<FieldVector> values) {
        vector.allocateNew();
        values.accept(vector);
        vector.setValueCount(count);
    }

    private static FieldType type(ArrowType type) {
        return FieldType.nullable(type);
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_COMPRESSION", "LZ4_FRAME", "ZSTD"})
    void readsEachValueWithoutLoss(CodecType codec) throws Exception {
        List<FieldVector> columns = List.of(
                new BitVector("truth", memory),
                new IntVector("i", memory),
                new UInt1Vector("u1", memory),
                new UInt8Vector("u8", memory),
                new Float2Vector("f2", memory),
                new Float8Vector("f8", memory),
                new DecimalVector("d", memory, 38, 9),
                new Decimal256Vector("d256", memory, 76, 2),
                new DateDayVector("day", memory),
                new TimeMicroVector("time", memory),
                new TimeStampSecVector("local", memory),
                new TimeStampNanoTZVector("utc", memory, "Europe/Berlin"),
                new DurationVector("took", type(new ArrowType.Duration(TimeUnit.MILLISECOND)), memory),
                new IntervalMonthDayNanoVector("interval", memory),
                new VarCharVector("text", memory),
                new LargeVarCharVector("large", memory),
                new ViewVarCharVector("view", memory),
                new VarBinaryVector("binary", memory),
                new FixedSizeBinaryVector("fixed", memory, 2),
                new NullVector("none", 2));
        for (FieldVector column : columns) {
            set(column, 2, of -> {
                switch (of) {
                    case BitVector v -> v.set(0, 1);
                    case IntVector v -> v.set(0, -7);
                    case UInt1Vector v -> v.set(0, 200);
                    case UInt8Vector v -> v.set(0, -1);
                    case Float2Vector v -> v.setWithPossibleTruncate(0, 0.5f);
                    case Float8Vector v -> v.set(0, Double.NaN);
                    case DecimalVector v -> v.set(0, new BigDecimal("-12345678901234567890123456789.000000001"));
                    case Decimal256Vector v -> v.set(0, new BigDecimal("1" + "0".repeat(70) + ".25"));
                    case DateDayVector v -> v.set(0, -1);
                    case TimeMicroVector v -> v.set(0, 86_399_999_999L);
                    case TimeStampSecVector v -> v.set(0, 60);
                    case TimeStampNanoTZVector v -> v.set(0, 1);
                    case DurationVector v -> v.set(0, 1_500);
                    case IntervalMonthDayNanoVector v -> v.set(0, 14, -3, 1_500_000_000L);
                    case VarCharVector v -> v.set(0, new Text("Zoë \"😀\"\n"));
                    case LargeVarCharVector v -> v.set(0, new Text(""));
                    case ViewVarCharVector v -> v.set(0, new Text("longer than what a view holds"));
                    case VarBinaryVector v -> v.set(0, new byte[] {1, 2, 3});
                    case FixedSizeBinaryVector v -> v.set(0, new byte[] {(byte) 255, 0});
                    default -> {
                        // nothing
                    }
                }
            });
        }
        String first = "{\"truth\":true,\"i\":-7,\"u1\":200,\"u8\":18446744073709551615,\"f2\":0.5,\"f8\":\"NaN\","
                + "\"d\":-12345678901234567890123456789.000000001,\"d256\":1" + "0".repeat(70) + ".25,"
                + "\"day\":\"1969-12-31\",\"time\":\"23:59:59.999999\",\"local\":\"1970-01-01T00:01:00\","
                + "\"utc\":\"1970-01-01T00:00:00.000000001Z\",\"took\":\"PT1.500S\","
                + "\"interval\":\"P14M-3DT1.500000000S\",\"text\":\"Zoë \\\"😀\\\"\\n\",\"large\":\"\","
                + "\"view\":\"longer than what a view holds\",\"binary\":\"AQID\",\"fixed\":\"/wA=\",\"none\":null}";
        String second = "{"
                + String.join(
                        ",",
                        columns.stream()
                                .map(column -> "\"" + column.getName() + "\":null")
                                .toList()) + "}";
        try (VectorSchemaRoot root = new VectorSchemaRoot(columns)) {
            root.setRowCount(2);
            for (boolean stream : new boolean[] {false, true}) {
                Files.write(folder.resolve("a.feather"), bytes(stream, codec, new MapDictionaryProvider(), root));
                assertThat(extractor.records(work())).containsExactly(first, second, first, second);
            }
        }
    }

    @Test
    void readsListsStructsMapsAndDictionaries() throws Exception {
        try (ListVector list = ListVector.empty("list", memory);
                MapVector map = MapVector.empty("map", memory, false);
                StructVector struct = StructVector.empty("struct", memory);
                VarCharVector colours = new VarCharVector("colours", memory);
                VarCharVector colour = new VarCharVector("colour", memory)) {
            UnionListWriter lists = list.getWriter();
            lists.startList();
            lists.bigInt().writeBigInt(1);
            lists.bigInt().writeBigInt(2);
            lists.endList();
            lists.setPosition(2);
            lists.startList();
            lists.endList();
            list.setValueCount(3);
            UnionMapWriter maps = map.getWriter();
            maps.startMap();
            maps.startEntry();
            maps.key().varChar().writeVarChar("a");
            maps.value().bigInt().writeBigInt(1);
            maps.endEntry();
            maps.endMap();
            map.setValueCount(3);
            IntVector member = struct.addOrGet("x", type(new ArrowType.Int(32, true)), IntVector.class);
            struct.allocateNew();
            member.set(0, 5);
            struct.setIndexDefined(0);
            struct.setIndexDefined(2);
            struct.setValueCount(3);
            set(colours, 2, _ -> {
                colours.set(0, new Text("red"));
                colours.set(1, new Text("green"));
            });
            set(colour, 3, _ -> {
                colour.set(0, new Text("green"));
                colour.set(2, new Text("red"));
            });
            Dictionary dictionary =
                    new Dictionary(colours, new DictionaryEncoding(7, false, new ArrowType.Int(8, false)));
            try (FieldVector encoded = (FieldVector) DictionaryEncoder.encode(colour, dictionary);
                    VectorSchemaRoot root = VectorSchemaRoot.of(list, map, struct, encoded)) {
                root.setRowCount(3);
                for (boolean stream : new boolean[] {false, true}) {
                    Files.write(
                            folder.resolve("a.arrow"),
                            bytes(stream, CodecType.LZ4_FRAME, new MapDictionaryProvider(dictionary), root));
                    assertThat(extractor.records(work()).subList(0, 3))
                            .containsExactly(
                                    "{\"list\":[1,2],\"map\":{\"a\":1},\"struct\":{\"x\":5},\"colour\":\"green\"}",
                                    "{\"list\":null,\"map\":null,\"struct\":null,\"colour\":null}",
                                    "{\"list\":[],\"map\":null,\"struct\":{\"x\":null},\"colour\":\"red\"}");
                }
            }
        }
    }

    @Test
    void aRowWithATextThatIsNotUtf8IsRejectedByItsNumber() throws Exception {
        try (VarCharVector text = new VarCharVector("text", memory);
                VectorSchemaRoot root = VectorSchemaRoot.of(text)) {
            set(text, 2, _ -> {
                text.set(0, "ok".getBytes(StandardCharsets.UTF_8));
                text.set(1, new byte[] {(byte) 0xff, 'x'});
            });
            root.setRowCount(2);
            Files.write(folder.resolve("a.arrow"), bytes(true, CodecType.ZSTD, new MapDictionaryProvider(), root));
            ExtractorUnderTest.Result result = extractor.extract(work());
            String reason = "column 'text' is a text that is not UTF-8";
            assertThat(extractor.records(result)).containsExactly("{\"text\":\"ok\"}", "{\"text\":\"ok\"}");
            assertThat(extractor.rejects(result))
                    .extracting(Reject::line, Reject::reason)
                    .containsExactly(tuple(2L, reason), tuple(4L, reason));
        }
    }

    @Test
    void aFileThatIsCutOffAnywhereFailsTheRun() throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            byte[] whole = ids(stream);
            for (int length = 4; length < whole.length; length += 41) {
                Files.write(folder.resolve("a.arrow"), Arrays.copyOf(whole, length));
                ExtractorUnderTest.Result result = extractor.extract(work("id"));
                if (result.outcome() instanceof Outcome.Staged) {
                    assertThat(stream)
                            .as("only a stream may end between batches")
                            .isTrue();
                } else {
                    assertThat(result.failure(ErrorCode.SOURCE_MALFORMED)).startsWith("a.arrow: the ");
                }
            }
        }
    }

    @Test
    void saysWhatIsWrongWithAFile() throws Exception {
        assertThat(malformed("id\n1\n".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(
                        "a.arrow: the file is something else, such as text (expected: a file or stream of Arrow; what"
                                + " is in a file counts, not its name)");
        assertThat(malformed(new byte[0])).startsWith("a.arrow: the file is empty (expected: a file or stream");
        assertThat(unreadable("FEA1\0\0\0\0".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(
                        "a.arrow: the file is Feather of version 1, which is not read (expected: version 2, which is a"
                                + " file of Arrow)");
        assertThat(malformed(Arrays.copyOf(ids(false), 300)))
                .isEqualTo("a.arrow: the Arrow file is cut off: its end is missing");
        assertThat(unreadable(ids(true), "name"))
                .isEqualTo("a.arrow: the schema has no column 'name'; it has 'id' (expected: all columns of the schema"
                        + " that aren't optional: true)");
    }

    @Test
    void damagedBytesNeverDoMoreThanFailTheRunOrChangeAValue() throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            byte[] whole = ids(stream);
            for (int at = 0; at < whole.length; at += 23) {
                byte[] damaged = whole.clone();
                damaged[at] = (byte) ~damaged[at];
                Files.write(folder.resolve("a.arrow"), damaged);
                ExtractorUnderTest.Result result = extractor.extract(work());
                if (!(result.outcome() instanceof Outcome.Staged)) {
                    Outcome.Failed failed = (Outcome.Failed) result.outcome();
                    assertThat(failed.code()).isIn(ErrorCode.SOURCE_MALFORMED, ErrorCode.SOURCE_UNREADABLE);
                    assertThat(failed.detail()).startsWith("a.arrow: ");
                }
            }
        }
    }
}
