package dev.millrace.extractor.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class JsonSlicerTest {
    private static final String[] TEXTS = {
        "",
        "a",
        "]}",
        "\\\"",
        "\\\\",
        "é😀",
        "{[",
        "\\u005d",
        ",:",
        "y_Y",
        "a text of more bytes than a long has bits, with {brackets} in it"
    };
    private static final String[] NUMBERS = {"0", "-1.50", "1e400", "12345678901234567890.5", "true", "null"};

    /** Delivers a few bytes at a time, so that tokens are cut at every place. */
    private static InputStream inPieces(byte[] bytes, Random random, int most) {
        return new FilterInputStream(new ByteArrayInputStream(bytes)) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return in.read(buffer, offset, Math.min(length, 1 + random.nextInt(most)));
            }
        };
    }

    private static String value(Random random, int depth) {
        return switch (random.nextInt(depth > 3 ? 2 : 4)) {
            case 0 -> "\"" + TEXTS[random.nextInt(TEXTS.length)] + "\"";
            case 1 -> NUMBERS[random.nextInt(NUMBERS.length)];
            case 2 -> {
                List<String> elements = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    elements.add(value(random, depth + 1));
                }
                yield "[" + String.join(random.nextBoolean() ? "," : " , ", elements) + "]";
            }
            default -> {
                List<String> members = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    members.add("\"" + TEXTS[random.nextInt(TEXTS.length)] + "\": " + value(random, depth + 1));
                }
                yield "{" + String.join(",\t", members) + "}";
            }
        };
    }

    @Test
    void cutsGeneratedDocumentsIntoExactlyTheirRecordsWhereverTheirBytesAreSplit() throws Exception {
        Random random = new Random(20260131);
        for (int i = 0; i < 2_000; i++) {
            List<String> records = new ArrayList<>();
            for (int n = random.nextInt(6); n > 0; n--) {
                records.add(value(random, 0));
            }
            String document = "{\"x\":" + value(random, 0) + ",\"a\":{\"y\":" + value(random, 0) + ",\"rows\":["
                    + String.join(",\r\n ", records) + "]\n,\"next\":\"x]\\\"y\"},\"total\":" + records.size()
                    + ",\"b\":null}";
            List<String> found = new ArrayList<>();
            RecordSink sink = new RecordSink() {
                @Override
                public void record(byte[] bytes, int offset, int length) {
                    found.add(new String(bytes, offset, length, StandardCharsets.UTF_8));
                }

                @Override
                public void reject(String reason, String start) {
                    throw new AssertionError(reason + ": " + start);
                }
            };
            byte[] bytes = document.getBytes(StandardCharsets.UTF_8);

            JsonSlicer slicer = new JsonSlicer(
                    inPieces(bytes, random, random.nextBoolean() ? 7 : 700),
                    JsonPath.of("a.rows"),
                    false,
                    Missing.FAIL,
                    JsonSlicer.Wanted.values(
                            Stream.of("total", "a.next", "b").map(JsonPath::of).toList()),
                    sink);
            slicer.slice();
            Map<JsonPath, String> values = slicer.values();

            assertThat(found).as(document).isEqualTo(records);
            assertThat(values)
                    .isEqualTo(Map.of(
                            JsonPath.of("total"), Integer.toString(records.size()), JsonPath.of("a.next"), "x]\"y"));
        }
    }

    /** Byte by byte, as pieces are too small for more, and by many at once. */
    @Test
    void saysTheSameOfABrokenDocumentHoweverItsBytesCome() {
        Random random = new Random(20261201);
        byte[] wrong = "{}[]\",:\\\n\r\t y".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 5_000; i++) {
            List<String> records = new ArrayList<>();
            for (int n = random.nextInt(8); n > 0; n--) {
                records.add(value(random, 0));
            }
            byte[] document = ("[" + String.join(",", records) + "]").getBytes(StandardCharsets.UTF_8);
            for (int n = random.nextInt(3); n > 0; n--) {
                document[random.nextInt(document.length)] = wrong[random.nextInt(wrong.length)];
            }

            assertThat(told(new ByteArrayInputStream(document)))
                    .as(new String(document, StandardCharsets.UTF_8))
                    .isEqualTo(told(inPieces(document, random, 7)));
        }
    }

    /** Everything that comes of a document, in its order. */
    private static List<String> told(InputStream document) {
        List<String> told = new ArrayList<>();
        RecordSink sink = new RecordSink() {
            @Override
            public void beginsAt(long line) {
                told.add("line " + line);
            }

            @Override
            public void record(byte[] bytes, int offset, int length) {
                told.add(new String(bytes, offset, length, StandardCharsets.UTF_8));
            }

            @Override
            public void reject(String reason, String start) {
                told.add(reason + ": " + start);
            }
        };
        try {
            new JsonSlicer(document, null, false, Missing.FAIL, JsonSlicer.Wanted.values(List.of()), sink).slice();
        } catch (IOException | MalformedSource e) {
            told.add(e.getMessage());
        }
        return told;
    }
}
