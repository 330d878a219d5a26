package dev.millrace.transformer.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FieldTest {
    private static final int[] CHARACTERS = {
        'a', '"', '\\', '/', '\b', '\f', '\n', '\r', '\t', 0x1f, 0xe4, 0x20ac, 0x1f600
    };

    @Test
    void aTextIsTheSameHoweverItsCharactersAreEscaped() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder text = new StringBuilder();
            StringBuilder json = new StringBuilder("x");
            for (int n = random.nextInt(6); n >= 0; n--) {
                int character = CHARACTERS[random.nextInt(CHARACTERS.length)];
                text.appendCodePoint(character);
                json.append(written(character, random));
            }
            byte[] bytes = json.append('y').toString().getBytes(StandardCharsets.UTF_8);

            Field field = new Field(Field.Kind.TEXT, bytes, 1, bytes.length - 1, true);

            assertThat(new String(field.utf8(), StandardCharsets.UTF_8)).isEqualTo(text.toString());
            assertThat(field.text()).isEqualTo(text.toString());
            assertThat(new String(field.utf8(), StandardCharsets.UTF_8)).isEqualTo(text.toString());
        }
    }

    private static String written(int character, Random random) {
        String alone = Character.toString(character);
        int escape = "\"\\/\b\f\n\r\t".indexOf(character);
        if (escape >= 0 && random.nextBoolean()) {
            return "\\" + "\"\\/bfnrt".charAt(escape);
        }
        if (character < ' ' || character == '"' || character == '\\' || random.nextBoolean()) {
            StringBuilder units = new StringBuilder();
            alone.chars()
                    .forEach(unit -> units.append(String.format(random.nextBoolean() ? "\\u%04x" : "\\u%04X", unit)));
            return units.toString();
        }
        return alone;
    }
}
