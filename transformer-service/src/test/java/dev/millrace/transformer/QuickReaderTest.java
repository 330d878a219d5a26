package dev.millrace.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.transformer.value.ColumnBuffer;
import dev.millrace.transformer.value.QuickReader;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What {@link TemplateTest} compares for all types takes many more numbers where they are rounded. */
class QuickReaderTest {
    private static final int NUMBERS = System.getProperty("thorough") == null ? 300_000 : 30_000_000;

    /** In a long. */
    private static final int MOST_DIGITS = 18;

    @Test
    void decimalNumbersBecomeTheNearestDoubles() {
        ColumnBuffer.Longs buffer = new ColumnBuffer.Longs(ColumnBuffer.Longs.Form.FLOATING);
        QuickReader reader = new QuickReader.Floating(buffer);
        Random random = new Random(11);
        int usual = 0;
        for (int i = 0; i < NUMBERS; i++) {
            String text = switch (i % 3) {
                case 0 -> anyNumber(random);
                case 1 -> shortestOfDouble(random);
                default -> nearTheMiddleOfTwoDoubles(random);
            };
            byte[] bytes = (text + "}").getBytes(StandardCharsets.US_ASCII);
            if (reader.read(bytes, 0, bytes.length) >= 0) {
                usual++;
                assertThat(buffer.values()[0]).as(text).isEqualTo(Double.doubleToRawLongBits(Double.parseDouble(text)));
                buffer.truncate(0);
            }
        }
        assertThat(usual).isGreaterThan(NUMBERS * 9 / 10);
    }

    private static String anyNumber(Random random) {
        long digits = random.nextLong() % (long) Math.pow(10, 1 + random.nextInt(MOST_DIGITS));
        return BigDecimal.valueOf(digits, random.nextInt(MOST_DIGITS)).toPlainString();
    }

    private static String shortestOfDouble(Random random) {
        return new BigDecimal(Double.toString(random.nextGaussian() * Math.pow(10, random.nextInt(7)))).toPlainString();
    }

    /** As near as so many digits come to it, on both sides. */
    private static String nearTheMiddleOfTwoDoubles(Random random) {
        double below = (0.1 + random.nextDouble()) * Math.pow(10, random.nextInt(17));
        BigDecimal middle =
                new BigDecimal(below).add(new BigDecimal(Math.nextUp(below))).divide(BigDecimal.TWO);
        RoundingMode side = random.nextBoolean() ? RoundingMode.DOWN : RoundingMode.UP;
        BigDecimal near = middle.round(new MathContext(MOST_DIGITS, side));
        return near.setScale(Math.clamp(near.scale(), 0, MOST_DIGITS - 1), side).toPlainString();
    }
}
