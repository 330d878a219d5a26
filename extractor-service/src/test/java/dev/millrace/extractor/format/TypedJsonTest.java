package dev.millrace.extractor.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.format.TypedJson.Unit;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Values as Java's own classes write them, which take longer. */
class TypedJsonTest {
    private static final int TIMES = 20_000;

    private final TypedJson json = new TypedJson();
    private final Random random = new Random(14);

    private interface Writing {
        void write(TypedJson json) throws TypedJson.Unfit;
    }

    private String written(Writing writing) throws TypedJson.Unfit {
        json.bytes().clear();
        writing.write(json);
        return new String(json.bytes().copy(), StandardCharsets.UTF_8);
    }

    /** Of all lengths. */
    private long number() {
        return random.nextLong() >> random.nextInt(64);
    }

    @Test
    void numbersHaveAllOfTheirDigits() throws Exception {
        for (long edge : new long[] {0, 9, 10, -1, -9, -10, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(written(json -> json.number(edge))).isEqualTo(Long.toString(edge));
            assertThat(written(json -> json.unsigned(edge))).isEqualTo(Long.toUnsignedString(edge));
        }
        for (int i = 0; i < TIMES; i++) {
            long number = number();
            assertThat(written(json -> json.number(number))).isEqualTo(Long.toString(number));
        }
    }

    @Test
    void decimalsHaveAsManyDigitsAsTheirScaleSays() throws Exception {
        for (int scale = 0; scale <= 22; scale++) {
            int digits = scale;
            for (long edge : new long[] {0, 5, -5, 100, -100, Long.MAX_VALUE, Long.MIN_VALUE}) {
                assertThat(written(json -> json.decimal(edge, digits)))
                        .isEqualTo(BigDecimal.valueOf(edge, digits).toPlainString());
            }
            for (int i = 0; i < TIMES / 20; i++) {
                BigInteger number = BigInteger.valueOf(number()).multiply(BigInteger.valueOf(number()));
                assertThat(written(json -> json.decimal(number, digits)))
                        .isEqualTo(new BigDecimal(number, digits).toPlainString());
            }
        }
    }

    @Test
    void datesOfAllYearsAreThoseOfTheCalendar() throws Exception {
        for (String edge : new String[] {
            "-0001-12-31", "0000-01-01", "0000-02-29", "1969-12-31", "1970-01-01", "9999-12-31", "+10000-01-01"
        }) {
            assertThat(written(json -> json.date(LocalDate.parse(edge).toEpochDay())))
                    .isEqualTo('"' + edge + '"');
        }
        for (int i = 0; i < TIMES; i++) {
            int day = (int) number();
            assertThat(written(json -> json.date(day)))
                    .isEqualTo('"' + LocalDate.ofEpochDay(day).toString() + '"');
        }
    }

    @Test
    void timesHaveTheFractionThatTheyNeed() throws Exception {
        for (Unit unit : Unit.values()) {
            long perSecond = unit == Unit.SECONDS
                    ? 1
                    : unit == Unit.MILLIS ? 1_000 : unit == Unit.MICROS ? 1_000_000 : 1_000_000_000;
            for (int i = 0; i < TIMES; i++) {
                // often with zeros at the end
                long fraction = random.nextLong(perSecond)
                        / (long) Math.pow(10, random.nextInt(9))
                        * (long) Math.pow(10, random.nextInt(9))
                        % perSecond;
                long ofDay = random.nextLong(86_400) * perSecond + fraction;
                assertThat(written(json -> json.time(ofDay, unit)))
                        .isEqualTo('"'
                                + LocalTime.ofNanoOfDay(ofDay * (1_000_000_000 / perSecond))
                                        .format(DateTimeFormatter.ISO_LOCAL_TIME)
                                + '"');
                long count = (random.nextBoolean() ? number() / perSecond : random.nextInt())
                                / 86_400
                                * 86_400
                                / 1_000
                                * perSecond
                        + ofDay;
                Instant at = Instant.ofEpochSecond(
                        Math.floorDiv(count, perSecond), Math.floorMod(count, perSecond) * (1_000_000_000 / perSecond));
                assertThat(written(json -> json.timestamp(count, unit, true)))
                        .isEqualTo('"' + DateTimeFormatter.ISO_INSTANT.format(at) + '"');
                assertThat(written(json -> json.timestamp(count, unit, false)))
                        .isEqualTo(
                                '"' + DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(at.atOffset(ZoneOffset.UTC)) + '"');
            }
        }
    }

    @Test
    void textsAreThemselvesWhateverIsInThem() throws Exception {
        for (String text :
                new String[] {"", "plain", "a\"b", "a\\b", "a\nb", "é", "a\u0001", "\u007f", "😀 and more"}) {
            byte[] padded = ("<" + text + ">").getBytes(StandardCharsets.UTF_8);
            ByteBuffer within = ByteBuffer.wrap(padded, 1, padded.length - 2);
            String slow = written(json -> json.text(text));
            assertThat(written(json -> json.text(within.duplicate()))).isEqualTo(slow);
            assertThat(written(json -> json.text(within.slice()))).isEqualTo(slow);
        }
    }
}
