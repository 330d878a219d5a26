package dev.millrace.mask;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MasksTest {
    private static final String SECRET = "sesame/öpen+\"now\"";

    private static Masks masks(String... secrets) {
        Masks masks = new Masks();
        for (String secret : secrets) {
            masks.remember(secret);
        }
        return masks;
    }

    @Test
    void masksASecretAsItIsAndEscaped() {
        Masks masks = masks(SECRET);

        assertThat(masks.mask("a " + SECRET + " b " + SECRET)).isEqualTo("a *** b ***");
        assertThat(masks.mask("?key=" + URLEncoder.encode(SECRET, StandardCharsets.UTF_8)))
                .isEqualTo("?key=***");
        assertThat(masks.mask("?key="
                        + URLEncoder.encode(SECRET, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT)))
                .isEqualTo("?key=***");
        assertThat(masks.mask("{\"key\":\"sesame\\/\\u00f6pen+\\\"now\\\"\"}")).isEqualTo("{\"key\":\"***\"}");
        assertThat(masks.mask("<p>sesame/&#246;pen+&quot;now&quot;</p>")).isEqualTo("<p>***</p>");
    }

    @Test
    void masksASecretThatIsEscapedTwice() {
        Masks masks = masks(SECRET);
        String once =
                URLEncoder.encode("?key=" + URLEncoder.encode(SECRET, StandardCharsets.UTF_8), StandardCharsets.UTF_8);

        assertThat(masks.mask("/login?next=" + once)).isEqualTo("/login?next=%3Fkey%3D***");
        assertThat(masks.mask("{\"error\":\"{\\\"key\\\":\\\"sesame/öpen+\\\\\\\"now\\\\\\\"\\\"}\"}"))
                .isEqualTo("{\"error\":\"{\\\"key\\\":\\\"***\\\"}\"}");
        assertThat(masks.mask("<p>sesame/&#246;pen+&amp;quot;now&amp;quot;</p>"))
                .isEqualTo("<p>***</p>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ab", "abc", "user:", "{\"key\":\"", "{\"user\":\"reader\",\"password\":\""})
    void masksASecretInsideOfBase64(String before) {
        Masks masks = masks(SECRET);
        byte[] text = (before + SECRET + " and more").getBytes(StandardCharsets.UTF_8);

        for (String encoded : new String[] {
            Base64.getEncoder().encodeToString(text),
            Base64.getUrlEncoder().withoutPadding().encodeToString(text)
        }) {
            String masked = masks.mask("Basic " + encoded);
            assertThat(masked).contains("***");
            // at its edges a character stands for a neighbour too, and stays
            assertThat(masked).hasSizeLessThan("Basic ***".length() + encoded.length() - SECRET.length());
        }
    }

    @Test
    void masksTheBeginningOfASecretWhereATextWasCut() {
        Masks masks = masks(SECRET, "another secret");

        assertThat(masks.mask("names: a, sesame/ö…, sesame…; another s…")).isEqualTo("names: a, ***…, ***…; ***…");
        assertThat(masks.mask("sesam…, and anot…")).isEqualTo("sesam…, and anot…");
    }

    @Test
    void masksTheLongerOfTwoSecretsThatContainEachOther() {
        assertThat(masks("open", "open sesame").mask("open sesame, open")).isEqualTo("***, ***");
    }

    @Test
    void leavesOtherTextsAsTheyAre() {
        assertThat(masks("", " ", "key-1").mask("page 1: 10 records, key-2")).isEqualTo("page 1: 10 records, key-2");
    }

    @Test
    void forgetsTheOldestSecretOfAThousand() {
        Masks masks = new Masks();
        for (int i = 0; i <= 1_000; i++) {
            masks.remember("secret-" + i + "-");
        }
        assertThat(masks.mask("secret-0- secret-1- secret-1000-")).isEqualTo("secret-0- *** ***");
    }
}
