package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.read;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers that name moments, each with what becomes of it: the cell as text, or the reason. */
class EpochTest extends CellTests {
    @ParameterizedTest
    @CsvSource({
        "seconds,1769839200.123456",
        "millis,1769839200123.456",
        "micros,1769839200123456",
        "nanos,1769839200123456000"
    })
    void aNumberOfAnyUnitIsTheSameMomentExactly(String unit, String number) throws Exception {
        check(
                read("type: TIMESTAMP, epoch: " + unit),
                number,
                "2026-01-31 06:00:00.123456+00",
                "\"" + number + "\"",
                "2026-01-31 06:00:00.123456+00",
                "0",
                "1970-01-01 00:00:00+00",
                "\"-0\"",
                "1970-01-01 00:00:00+00",
                "null",
                null,
                "\"\"",
                "!v is no number of " + unit + " since 1970",
                "true",
                "!v is a boolean, which no TIMESTAMP equals",
                "\"2026-01-31\"",
                "!v is no number of " + unit + " since 1970");
    }

    @Test
    void secondsMayHaveFractionsExponentsAndSigns() throws Exception {
        check(
                read("type: TIMESTAMP, epoch: seconds"),
                "1.7698392e9",
                "2026-01-31 06:00:00+00",
                "-1.5",
                "1969-12-31 23:59:58.5+00",
                "-62135596800",
                "0001-01-01 00:00:00+00",
                "253402300799.999999",
                "9999-12-31 23:59:59.999999+00",
                "253402300800",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999, as seconds since 1970; as millis it is of 1978-01-11",
                "-62135596801",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999, as seconds since 1970; as millis it is of 1968-01-12",
                "0.0000001",
                "!v is finer than the microseconds that TIMESTAMP keeps");
    }

    @Test
    void aNumberThatOnlyAnotherUnitExplainsSaysWhichOne() throws Exception {
        check(
                read("type: TIMESTAMP, epoch: seconds"),
                "1700000000000",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999, as seconds since 1970; as millis it is of 2023-11-14",
                "1700000000000000",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999, as seconds since 1970; as micros it is of 2023-11-14",
                "1700000000000000000",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999, as seconds since 1970; as nanos it is of 2023-11-14",
                "1e30",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999, as seconds since 1970",
                "1e999999999999999999",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999, as seconds since 1970");
        check(
                read("type: TIMESTAMP, epoch: micros"),
                "1700000000000000000",
                "!v is outside of TIMESTAMP's range, years 0001 to 9999, as micros since 1970; as nanos it is of 2023-11-14",
                "1700000000",
                "1970-01-01 00:28:20+00");
    }

    @Test
    void aDateOrDatetimeIsWhatTheClockShowsInItsZone() throws Exception {
        check(
                read("type: DATE, epoch: millis, timezone: Asia/Singapore"),
                "1769875200000",
                "2026-02-01",
                "-1",
                "1970-01-01");
        check(read("type: DATE, epoch: millis, timezone: UTC"), "1769875200000", "2026-01-31", "-1", "1969-12-31");
        check(
                read("type: DATETIME, epoch: seconds, timezone: Europe/Berlin"),
                "1769839200.5",
                "2026-01-31T07:00:00.500000",
                "1782864000",
                "2026-07-01T02:00:00.000000",
                "253402300799",
                "!v is outside of DATETIME's range, years 0001 to 9999");
    }

    @Test
    void excessTakesWhatIsFinerThanMicroseconds() throws Exception {
        check(
                read("type: TIMESTAMP, epoch: nanos, excess: truncate"),
                "1769839200123456789",
                "2026-01-31 06:00:00.123456+00",
                "-1",
                "1969-12-31 23:59:59.999999+00");
        check(
                read("type: TIMESTAMP, epoch: nanos, excess: round"),
                "1769839200123456789",
                "2026-01-31 06:00:00.123457+00",
                "-499",
                "1970-01-01 00:00:00+00",
                "-500",
                "1970-01-01 00:00:00+00",
                "-501",
                "1969-12-31 23:59:59.999999+00",
                "499",
                "1970-01-01 00:00:00+00",
                "500",
                "1970-01-01 00:00:00.000001+00");
        check(
                read("type: TIMESTAMP, epoch: nanos"),
                "1769839200123456789",
                "!v is finer than the microseconds that TIMESTAMP keeps",
                "\"1,5\"",
                "!v is no number of nanos since 1970");
    }

    @Test
    void textsSayHowTheNumberIsWritten() throws Exception {
        check(
                read("type: TIMESTAMP, epoch: seconds, texts: {decimal: ',', nullMarkers: ['-1', '0']}"),
                "\"1769839200,5\"",
                "2026-01-31 06:00:00.5+00",
                "\"-1\"",
                null,
                "-1",
                "1969-12-31 23:59:59+00",
                "\"1769839200.5\"",
                "!v has a point, and the decimal separator is ','",
                "1769839200.5",
                "2026-01-31 06:00:00.5+00");
    }

    @Test
    void aDefaultIsANumberOfTheUnit() throws Exception {
        check(
                read("type: TIMESTAMP, mode: REQUIRED, epoch: seconds, default: 0"),
                "null",
                "1970-01-01 00:00:00+00",
                "1",
                "1970-01-01 00:00:01+00");
    }

    @ParameterizedTest
    @CsvSource({
        "type: TIME",
        "type: STRING",
        "type: INTEGER",
        "type: DATE",
        "type: DATETIME",
        "'type: TIMESTAMP, format: [\"%F\"]'",
        "'type: TIMESTAMP, metadata: extracted'"
    })
    void noOtherColumnHasAUnit(String keys) {
        assertThatThrownBy(() -> read(keys + ", epoch: seconds"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        ".*(epoch, found=seconds, expected=nothing|timezone, found=nothing, expected=a time zone"
                                + " beside epoch|format, found=\\[%F], expected=nothing beside epoch).*");
    }
}
