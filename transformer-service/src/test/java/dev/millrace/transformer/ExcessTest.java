package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.pipeline.Column;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values with more digits than their column keeps, each with what becomes of it: the cell as text, or the reason. */
class ExcessTest extends CellTests {
    @Test
    void aNumericIsTruncatedTowardsZero() throws Exception {
        check(
                read("type: NUMERIC, precision: 5, scale: 2, excess: truncate"),
                "1.239",
                "1.230000000",
                "-1.239",
                "-1.230000000",
                "\"0.009\"",
                "0.000000000",
                "999.999",
                "999.990000000",
                "1e-999999999999",
                "0.000000000",
                "1000.001",
                "!v has more than the 3 digits before the point that fit",
                "\"1.2.3\"",
                "!v is not a decimal number");
    }

    @Test
    void aNumericIsRoundedToTheNearestAndNeverBeforeThePoint() throws Exception {
        check(
                read("type: NUMERIC, precision: 5, scale: 2, excess: round"),
                "1.235",
                "1.240000000",
                "1.2349",
                "1.230000000",
                "-1.235",
                "-1.240000000",
                "0.005",
                "0.010000000",
                "0.0049999",
                "0.000000000",
                "1e-999999999999",
                "0.000000000",
                "999.994",
                "999.990000000",
                "999.995",
                "!v has more than the 3 digits before the point that fit",
                "1000",
                "!v has more than the 3 digits before the point that fit");
        check(
                read("type: NUMERIC, excess: round"),
                "0.1234567895",
                "0.123456790",
                "99999999999999999999999999999.9999999999",
                "!v has more than the 29 digits before the point that fit");
    }

    @Test
    void anIntegerIsMadeOfADecimalOnlyWhereThePipelineSaysSo() throws Exception {
        check(
                read("type: INTEGER, excess: round"),
                "2.5",
                "3",
                "-2.5",
                "-3",
                "0.4",
                "0",
                "9223372036854775806.6",
                "9223372036854775807",
                "9223372036854775807.5",
                "!v is outside of INTEGER's range, -9223372036854775808 to 9223372036854775807");
        check(read("type: INTEGER, excess: truncate"), "2.9", "2", "-2.9", "-2", "\"7\"", "7");
        check(read("type: INTEGER, excess: reject"), "2.5", "!v has a fraction, which INTEGER would lose");
    }

    @Test
    void aBignumericStaysInItsRangeWhenItIsRounded() throws Exception {
        BigDecimal largest = new BigDecimal(BigInteger.TWO.pow(255).subtract(BigInteger.ONE), 38);
        check(
                read("type: BIGNUMERIC, excess: round"),
                largest + "4",
                largest.toString(),
                largest + "5",
                "!v is outside of BIGNUMERIC's range, about -5.79e38 to 5.79e38",
                "1e-38",
                "0.00000000000000000000000000000000000001",
                "5e-39",
                "0.00000000000000000000000000000000000001",
                "4e-39",
                "0");
    }

    @Test
    void timesOfSevenToNineDigitsAreTruncatedOrRounded() throws Exception {
        check(
                read("type: TIMESTAMP, excess: truncate"),
                "\"2026-01-31T10:00:00.1234567Z\"",
                "2026-01-31 10:00:00.123456+00",
                "\"1969-12-31T23:59:59.999999999Z\"",
                "1969-12-31 23:59:59.999999+00",
                "\"2026-01-31T10:00:00.1234560Z\"",
                "2026-01-31 10:00:00.123456+00",
                "\"2026-01-31T10:00:00.1234567890Z\"",
                "!v is not a date with time such as 2026-01-31T08:30:00Z");
        check(
                read("type: TIMESTAMP, excess: round"),
                "\"2026-01-31T10:00:00.1234565Z\"",
                "2026-01-31 10:00:00.123457+00",
                "\"2026-01-31T10:00:00.12345649Z\"",
                "2026-01-31 10:00:00.123456+00",
                "\"2026-12-31T23:59:59.9999995Z\"",
                "2027-01-01 00:00:00+00",
                "\"9999-12-31T23:59:59.9999995Z\"",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999");
        check(
                read("type: TIMESTAMP"),
                "\"2026-01-31T10:00:00.1234567Z\"",
                "!v is finer than the microseconds that TIMESTAMP keeps");
    }

    @Test
    void otherTimesAreRoundedInTheirOwnRange() throws Exception {
        check(
                read("type: TIME, excess: round"),
                "\"08:00:00.0000005\"",
                "08:00:00.000001",
                "\"23:59:59.9999994\"",
                "23:59:59.999999",
                "\"23:59:59.9999995\"",
                "!v is 24:00:00 when it is rounded, which TIME can't hold");
        check(
                read("type: DATETIME, excess: round, format: ['%d.%m.%Y %H:%M:%E*S']"),
                "\"31.12.2026 23:59:59.9999999\"",
                "2027-01-01T00:00:00.000000",
                "\"31.12.9999 23:59:59.9999999\"",
                "!v is outside of DATETIME's range, years 0001 to 9999");
        check(
                read("type: DATE, timezone: Asia/Singapore, excess: truncate"),
                "\"2026-01-31T15:59:59.9999999Z\"",
                "2026-01-31",
                "\"2026-01-31T16:00:00.0000001Z\"",
                "2026-02-01");
    }

    @Test
    void theLogCountsWhatWasShortenedAndForgetsRejects() throws Exception {
        Column column = read("type: NUMERIC, precision: 5, scale: 2, excess: round");
        assertThat(transformer.logOf(
                        List.of(column), "{\"v\":1.5}", "{\"v\":1.555}", "{\"v\":999.999}", "{\"v\":\"2.001\"}"))
                .anyMatch(line -> line.matches("INFO column v: 2 values were rounded, the first in row 2 of .*"));
        assertThat(transformer.logOf(
                        List.of(read("type: RECORD, fields: [{name: at, type: TIME, excess: truncate}]")),
                        "{\"v\":{\"at\":\"08:00:00.0000001\"}}"))
                .anyMatch(line -> line.matches("INFO column v.at: 1 values were truncated, the first in row 1 of .*"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "type: FLOAT",
                "type: STRING",
                "type: BOOLEAN",
                "type: DATE",
                "type: INTERVAL",
                "type: JSON",
                "type: INTEGER, metadata: row"
            })
    void noOtherColumnKeepsFewerDigitsThanItIsSent(String keys) {
        assertThatThrownBy(() -> read(keys + ", excess: round"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("schema[0].excess, found=round, expected=reject: only INTEGER, NUMERIC");
    }

    @Test
    void tenThousandNumbersAreWhatBigDecimalMakesOfThem() throws Exception {
        Random random = new Random(20260131);
        List<String> sent = new ArrayList<>();
        List<Object> rounded = new ArrayList<>();
        List<Object> truncated = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            BigDecimal value = new BigDecimal(new BigInteger(random.nextInt(1, 60), random), random.nextInt(-3, 20));
            value = random.nextBoolean() ? value.negate() : value;
            sent.add(random.nextBoolean() ? value.toString() : "\"" + value.toPlainString() + "\"");
            rounded.add(value.setScale(3, RoundingMode.HALF_UP).setScale(9).toPlainString());
            truncated.add(value.setScale(3, RoundingMode.DOWN).setScale(9).toPlainString());
        }

        assertThat(transformer.cells(
                        read("type: NUMERIC, precision: 32, scale: 3, excess: round"), "CAST(v AS VARCHAR)", sent))
                .containsExactlyElementsOf(rounded);
        assertThat(transformer.cells(
                        read("type: NUMERIC, precision: 32, scale: 3, excess: truncate"), "CAST(v AS VARCHAR)", sent))
                .containsExactlyElementsOf(truncated);
    }
}
