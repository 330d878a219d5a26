package dev.millrace.extractor.workbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.extractor.record.MalformedSource;
import org.junit.jupiter.api.Test;

class SharedStringsTest {
    private static String text(SharedStrings strings, int number) throws MalformedSource {
        SheetRow row = new SheetRow();
        row.begin(1);
        row.open();
        assertThat(strings.write(number, row)).isTrue();
        return row.openText();
    }

    @Test
    void textsComeBackAsTheyWere() throws Exception {
        SharedStrings strings = new SharedStrings();
        String[] texts = {"", "plain", "Zürich", "\u20ac 😀", "x".repeat(500_000), "\uffff"};
        for (String text : texts) {
            strings.add(text.toCharArray(), 0, text.length());
        }
        for (int i = 0; i < texts.length; i++) {
            assertThat(text(strings, i)).isEqualTo(texts[i]);
        }
        assertThat(strings.write(-1, new SheetRow())).isFalse();
        assertThat(strings.write(texts.length, new SheetRow())).isFalse();
    }

    @Test
    void moreThanMemoryIsToHoldAreRefused() {
        SharedStrings strings = new SharedStrings();
        char[] large = new char[900_000];
        assertThatExceptionOfType(MalformedSource.class)
                .isThrownBy(() -> {
                    for (int i = 0; i < 200; i++) {
                        strings.add(large, 0, large.length);
                    }
                })
                .withMessage(
                        "its shared strings take more than 128 MiB, which is the most that is held in memory (expected:"
                                + " a smaller workbook, or several)");
    }

    @Test
    void aPartThatUnpacksToFarMoreThanThatIsRefusedBeforeItIsRead() throws Exception {
        SharedStrings.checkPart(512L * 1024 * 1024);
        assertThatExceptionOfType(MalformedSource.class)
                .isThrownBy(() -> SharedStrings.checkPart(512L * 1024 * 1024 + 1))
                .withMessageStartingWith("its shared strings take more than 128 MiB");
    }
}
