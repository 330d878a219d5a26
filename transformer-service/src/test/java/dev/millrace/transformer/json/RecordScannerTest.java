package dev.millrace.transformer.json;

import static dev.millrace.transformer.Columns.at;
import static dev.millrace.transformer.Columns.column;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.pipeline.Column;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordScannerTest {
    private final RecordScanner scanner = new RecordScanner(FieldTree.of(List.of(
            column("id", Column.Type.STRING),
            column("a", Column.Type.STRING),
            at("deep", Column.Type.STRING, "o.p"),
            column("raw", Column.Type.JSON))));

    @Test
    void acceptsExactlyWhatAStrictParserAcceptsAndFindsTheSameTexts() {
        String[] seeds = {
            "{\"id\":\"1\",\"a\":\"\\u00e4\\\"\\n\",\"o\":{\"p\":-0.5e+10,\"q\":[1,{}, [] ]},\"raw\":{\"x\":[null,true]}}",
            "{\"a\" : 12 , \"id\":false,\"o\":null,\"raw\":\"t\\u0041\\ud83d\\ude00\"}",
            " {\"raw\":[{\"b\":1,\"c\":2},{\"c\":3,\"b\":4}],\"x\":{},\"y\":\"ä€😀\",\"a\":0}\t",
        };
        Random random = new Random(7);
        String bits = "{}[]:,\"\\u0dD8abfnrtE+-.019 \n\t\u0001\u007f";
        int accepted = 0;
        for (int round = 0; round < 60_000; round++) {
            byte[] record = seeds[random.nextInt(seeds.length)].getBytes(StandardCharsets.UTF_8);
            int changes = random.nextInt(3);
            for (int i = 0; i < changes; i++) {
                int at = random.nextInt(record.length);
                switch (random.nextInt(4)) {
                    case 0 -> record[at] = (byte) random.nextInt(256);
                    case 1 -> record[at] = (byte) bits.charAt(random.nextInt(bits.length()));
                    case 2 -> record = without(record, at);
                    default -> record = with(record, at, (byte) bits.charAt(random.nextInt(bits.length())));
                }
            }
            String expected = expected(record);
            assertThat(found(record))
                    .as(new String(record, StandardCharsets.ISO_8859_1))
                    .isEqualTo(expected);
            accepted += expected.equals("refused") ? 0 : 1;
        }
        assertThat(accepted).isBetween(20_000, 59_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"id\":} | is not JSON at character 6: '}' (expected: a value)",
                "{\"id\":NaN} | is not JSON at character 6: 'NaN' (expected: a value)",
                "{\"id\":01} | is not JSON at character 7: '1' (expected: ',' or '}')",
                "{\"id\":1.} | is not JSON at character 8: '}' (expected: a digit)",
                "{\"ä\":[1 2]} | is not JSON at character 8: '2' (expected: ',' or ']')",
                "{\"id\":\"1 | is not JSON at character 8: its end (expected: '\"')",
                "{\"id\":\"\\x\"} | is not JSON at character 7: '\\x' (expected: an escape such as \\n or \\u00e4)",
                "{id:1} | is not JSON at character 1: 'id' (expected: a name in quotes)",
                "{\"id\":1,} | is not JSON at character 8: '}' (expected: a name in quotes)",
                "{\"id\" 1} | is not JSON at character 6: '1' (expected: ':')",
                "{\"id\":1 | is not JSON at character 7: its end (expected: ',' or '}')",
                "{\"id\":\"a\u0001\"} | is not JSON at character 8: \\u0001 (expected: an escape)",
                "{\"id\":1}} | has text after the end of the JSON object",
                "[1] | is not a JSON object",
                "{\"id\":\"\\udc00\"} | has \\udc00, which is half of a character",
            })
    void saysWhatIsWrongAndWhere(String record, String reason) {
        assertThat(refusal(record.getBytes(StandardCharsets.UTF_8))).isEqualTo(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"id\":1,\"x\":2}", "{\"id\":1,\"x\":2,\"a\":3}", "{\"x\":{\"b\":1,\"c\":2}}"})
    void aNameThatOccursTwiceIsFoundAfterAnyOtherRecord(String before) {
        assertThat(found(before.getBytes(StandardCharsets.UTF_8))).isNotEqualTo("refused");

        assertThat(refusal("{\"id\":1,\"x\":2,\"\\u0069d\":3}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("has the field 'id' twice in one object");
        assertThat(refusal("{\"x\":{\"b\":1,\"c\":2,\"b\":3}}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("has the field 'b' twice in one object");
    }

    @Test
    void aNameWithAnEscapeIsTheSameNameInEachRecord() {
        for (int i = 0; i < 3; i++) {
            assertThat(found("{\"\\u0069d\":\"x\",\"a\\\"\":1}".getBytes(StandardCharsets.UTF_8)))
                    .isEqualTo("x|-|-|-");
            assertThat(found("{\"id\":\"y\",\"a\":2}".getBytes(StandardCharsets.UTF_8)))
                    .isEqualTo("y|2|-|-");
        }
        assertThat(refusal("{\"\\u0069d\":\"x\",\"a\"\":1}".getBytes(StandardCharsets.UTF_8)))
                .startsWith("is not JSON at character 18");
    }

    private static byte[] without(byte[] record, int at) {
        byte[] shorter = Arrays.copyOf(record, record.length - 1);
        System.arraycopy(record, at + 1, shorter, at, record.length - at - 1);
        return shorter;
    }

    private static byte[] with(byte[] record, int at, byte more) {
        byte[] longer = Arrays.copyOf(record, record.length + 1);
        System.arraycopy(record, at, longer, at + 1, record.length - at);
        longer[at] = more;
        return longer;
    }

    private String found(byte[] record) {
        try {
            return String.join(
                    "|",
                    Stream.of(scanner.scan(record, 0, record.length))
                            .map(RecordScannerTest::shown)
                            .toList());
        } catch (InvalidFieldValue e) {
            return "refused";
        }
    }

    private String refusal(byte[] record) {
        try {
            scanner.scan(record, 0, record.length);
            return "accepted";
        } catch (InvalidFieldValue e) {
            return e.reason();
        }
    }

    private static String shown(Field field) {
        return field.kind() == Field.Kind.MISSING || field.kind() == Field.Kind.BLOCKED ? "-" : field.text();
    }

    /** By decoding first, and with another parser. */
    private static String expected(byte[] record) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(record))
                    .toString();
            List<String> found = new ArrayList<>(List.of("-", "-", "-", "-"));
            try (JsonParser parser = StrictJson.FACTORY.createParser(text)) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    return "refused";
                }
                read(parser, "", text, found);
                if (parser.nextToken() != null) {
                    return "refused";
                }
            }
            return halfCharacter(text) ? "refused" : String.join("|", found);
        } catch (CharacterCodingException e) {
            return "refused";
        } catch (IOException e) {
            return "refused";
        }
    }

    private static void read(JsonParser parser, String path, String text, List<String> found) throws IOException {
        JsonToken end = parser.currentToken() == JsonToken.START_OBJECT ? JsonToken.END_OBJECT : JsonToken.END_ARRAY;
        while (parser.nextToken() != end) {
            String at = path + "/" + (end == JsonToken.END_OBJECT ? parser.currentName() : "");
            if (end == JsonToken.END_OBJECT) {
                parser.nextToken();
            }
            int column = List.of("/id", "/a", "/o/p", "/raw").indexOf(at);
            int start = (int) parser.currentTokenLocation().getCharOffset();
            String value = parser.getText();
            boolean structure = parser.currentToken().isStructStart();
            if (structure) {
                read(parser, at, text, found);
            }
            parser.finishToken();
            if (column >= 0) {
                boolean raw = structure || column == 3;
                found.set(
                        column,
                        parser.currentToken() == JsonToken.VALUE_NULL
                                ? ""
                                : raw
                                        ? text.substring(start, (int)
                                                parser.currentLocation().getCharOffset())
                                        : value);
            }
        }
    }

    /** Of a text that is JSON: whether an escape in it stands for half of a character alone. */
    private static boolean halfCharacter(String text) {
        StringBuilder units = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) != '\\') {
                units.append('.');
            } else if (text.charAt(++at) == 'u') {
                units.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                at += 4;
            } else {
                units.append('.');
            }
        }
        return !StandardCharsets.UTF_8.newEncoder().canEncode(units);
    }
}
