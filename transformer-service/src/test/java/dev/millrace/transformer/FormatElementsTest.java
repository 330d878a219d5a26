package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.formatted;
import static dev.millrace.transformer.Columns.time;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Outcome;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dates and times as formats have them, each with what becomes of it: the cell as text, or the reason. */
class FormatElementsTest extends CellTests {
    @Test
    void datesOfHttpAndMailAreRead() throws Exception {
        check(
                formatted("v", Column.Type.TIMESTAMP, "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %T %Z", "%c"),
                "\"Sat, 31 Jan 2026 10:00:00 GMT\"",
                "2026-01-31 10:00:00+00",
                "\"saturday, 31-JAN-26 10:00:00 GMT\"",
                "2026-01-31 10:00:00+00",
                "\"Sat Jan 31 10:00:00 2026\"",
                "2026-01-31 10:00:00+00",
                "\"Sun Feb  1 10:00:00 2026\"",
                "2026-02-01 10:00:00+00",
                "\"Fri, 31 Jan 2026 10:00:00 GMT\"",
                "!v says that 2026-01-31 is a Friday, and it is a Saturday",
                "\"Sat, 31 Jan 2026 10:00:00 CET\"",
                "!v is no TIMESTAMP written as %a, %d %b %Y %H:%M:%S GMT or %A, %d-%b-%y %T %Z or %c",
                "\"Sa, 31 Jan 2026 10:00:00 GMT\"",
                "!v is no TIMESTAMP written as %a, %d %b %Y %H:%M:%S GMT or %A, %d-%b-%y %T %Z or %c",
                "\"Sat, 30 Feb 2026 10:00:00 GMT\"",
                "!v is no TIMESTAMP written as %a, %d %b %Y %H:%M:%S GMT or %A, %d-%b-%y %T %Z or %c");
        check(
                formatted("v", Column.Type.TIMESTAMP, "%a %b %d %T %z %Y"),
                "\"Sat Jan 31 10:00:00 +0000 2026\"",
                "2026-01-31 10:00:00+00",
                "\"Sun Feb 01 01:00:00 +0900 2026\"",
                "2026-01-31 16:00:00+00",
                "\"Sat Feb 01 01:00:00 +0900 2026\"",
                "!v says that 2026-02-01 is a Saturday, and it is a Sunday");
    }

    @Test
    void aDayOfTheWeekChoosesAmongFormats() throws Exception {
        check(
                formatted("v", Column.Type.DATE, "%a %d/%m/%Y", "%a %m/%d/%Y"),
                "\"Sun 01/02/2026\"",
                "2026-02-01",
                "\"Fri 01/02/2026\"",
                "2026-01-02",
                "\"Mon 01/02/2026\"",
                "!v says that 2026-02-01 is a Monday, and it is a Sunday");
        check(
                formatted("v", Column.Type.DATE, "%u %F", "%w. %F"),
                "\"7 2026-02-01\"",
                "2026-02-01",
                "\"0. 2026-02-01\"",
                "2026-02-01",
                "\"6. 2026-02-01\"",
                "!v says that 2026-02-01 is a Saturday, and it is a Sunday",
                "\"0 2026-02-01\"",
                "!v is no DATE written as %u %F or %w. %F",
                "\"8 2026-02-01\"",
                "!v is no DATE written as %u %F or %w. %F");
    }

    @Test
    void aDayOfTheYearIsADate() throws Exception {
        check(
                formatted("v", Column.Type.DATE, "%Y%j"),
                "\"2026031\"",
                "2026-01-31",
                "\"2024366\"",
                "2024-12-31",
                "\"2026366\"",
                "!v is no DATE written as %Y%j",
                "\"1900366\"",
                "!v is no DATE written as %Y%j",
                "\"2000366\"",
                "2000-12-31",
                "\"2026000\"",
                "!v is no DATE written as %Y%j",
                "\"2026367\"",
                "!v is no DATE written as %Y%j",
                "2026001",
                "2026-01-01");
        check(formatted("v", Column.Type.DATETIME, "%j/%y %R"), "\"60/24 08:30\"", "2024-02-29T08:30:00.000000");
    }

    @Test
    void aWeekOfIso8601IsADate() throws Exception {
        check(
                formatted("v", Column.Type.DATE, "%G-W%V-%u"),
                "\"2026-W05-6\"",
                "2026-01-31",
                "\"2026-W01-1\"",
                "2025-12-29",
                "\"2026-W53-7\"",
                "2027-01-03",
                "\"2025-W53-1\"",
                "!v is no DATE written as %G-W%V-%u",
                "\"2026-W00-1\"",
                "!v is no DATE written as %G-W%V-%u",
                "\"9999-W52-7\"",
                "!v is no DATE written as %G-W%V-%u",
                "\"0001-W01-1\"",
                "0001-01-01");
    }

    @Test
    void everyDayOfThirtyYearsIsWhatJavaTimeMakesOfIt() throws Exception {
        List<String> weeks = new ArrayList<>();
        List<String> ordinals = new ArrayList<>();
        List<Object> expected = new ArrayList<>();
        for (LocalDate day = LocalDate.of(1998, 1, 1); day.getYear() < 2028; day = day.plusDays(1)) {
            weeks.add('"' + DateTimeFormatter.ISO_WEEK_DATE.format(day) + '"');
            ordinals.add('"' + DateTimeFormatter.ISO_ORDINAL_DATE.format(day) + '"');
            expected.add(day.toString());
        }

        assertThat(transformer.cells(formatted("v", Column.Type.DATE, "%G-W%V-%u"), "CAST(v AS VARCHAR)", weeks))
                .containsExactlyElementsOf(expected);
        assertThat(transformer.cells(formatted("v", Column.Type.DATE, "%Y-%j"), "CAST(v AS VARCHAR)", ordinals))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void shorthandsAreWhatTheyStandFor() throws Exception {
        check(
                formatted("v", Column.Type.DATETIME, "%D %R", "%x%n%X", "%E4Y.%m.%e%t%k:%M", "%h %d, %Y %l:%M %P"),
                "\"01/31/26 08:30\"",
                "2026-01-31T08:30:00.000000",
                "\"01/31/26\\n08:30:15\"",
                "2026-01-31T08:30:15.000000",
                "\"2026.01. 1\\t 8:30\"",
                "2026-01-01T08:30:00.000000",
                "\"2026.01.31\\t23:30\"",
                "2026-01-31T23:30:00.000000",
                "\"Jan 31, 2026  8:30 pm\"",
                "2026-01-31T20:30:00.000000",
                "\"Jan 31, 2026 12:30 AM\"",
                "2026-01-31T00:30:00.000000",
                "\"Jan 31, 2026 0:30 AM\"",
                "!v is no DATETIME written as %D %R or %x%n%X or %E4Y.%m.%e%t%k:%M or %h %d, %Y %l:%M %P",
                "\"1/31/26 08:30\"",
                "!v is no DATETIME written as %D %R or %x%n%X or %E4Y.%m.%e%t%k:%M or %h %d, %Y %l:%M %P",
                "\"2026.01.31 23:30\"",
                "!v is no DATETIME written as %D %R or %x%n%X or %E4Y.%m.%e%t%k:%M or %h %d, %Y %l:%M %P");
        check(
                formatted("v", Column.Type.TIMESTAMP, "%F %H:%M:%E3S%Ez"),
                "\"2026-01-31 08:30:00.125+01:00\"",
                "2026-01-31 07:30:00.125+00",
                "\"2026-01-31 08:30:00Z\"",
                "2026-01-31 08:30:00+00");
        check(
                time("v", Column.Type.DATE, "Asia/Singapore", "UTC", "%a, %d %b %Y %T GMT"),
                "\"Sat, 31 Jan 2026 16:00:00 GMT\"",
                "2026-02-01",
                "\"Sun, 31 Jan 2026 16:00:00 GMT\"",
                "!v says that 2026-01-31 is a Sunday, and it is a Saturday");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DATE | %a %d.%m. | a date needs year, month and day",
                "DATE | %a | a date needs year, month and day",
                "DATE | %j | a date needs year, month and day",
                "DATE | %G-W%V | a date needs year, month and day",
                "DATE | %Y-W%V-%u | a date needs year, month and day",
                "DATE | %F %j | a date is given in two ways",
                "DATE | %Y-%j-%d | a date is given in two ways",
                "DATE | %G-W%V-%u %Y | a date is given in two ways",
                "DATE | %F %a %A | %A gives a part that is given already",
                "DATE | %F %x | %x gives a part that is given already",
                "TIME | %a %R | a date needs year, month and day",
                "TIME | %c | TIME would lose the date",
                "TIME | %l:%M | %I and %p go together, without %H"
            })
    void refusesAFormatThatSaysTooLittleOrTheSameTwice(Column.Type type, String format, String expected)
            throws Exception {
        Outcome.Failed failed =
                transformer.failure(List.of(formatted("v", type, format)), List.of(TransformerUnderTest.bytes("{}")));

        assertThat(failed.code()).isEqualTo(ErrorCode.PIPELINE_INVALID);
        assertThat(failed.detail()).startsWith("column v: format '" + format + "': " + expected);
    }
}
