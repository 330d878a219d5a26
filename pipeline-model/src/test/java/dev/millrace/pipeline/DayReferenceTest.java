package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DayReferenceTest {
    private static final RunWindow DAY = RunWindow.parse("2026-01-31");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "${day} | 2026-01-31",
                "${day+1} | 2026-02-01",
                "${day-31} | 2025-12-31",
                "${day:%d/%m/%Y} | 31/01/2026",
                "${day+1:%Y%m%d} | 20260201",
                "${day:%e %b %y, %B, %j, 100%%} | 31 Jan 26, January, 031, 100%",
                "${day+1:%e.} | ' 1.'",
                "${day:%s} | 1769817600",
                "${day:%s}000 | 1769817600000",
                "${day@Asia/Singapore:%s} | 1769788800",
                "${day@Asia/Singapore:%FT%T%Ez} | 2026-01-31T00:00:00+08:00",
                "${day@America/St_Johns:%F %H:%M:%S%z} | 2026-01-31 00:00:00-0330",
                "from ${day} until ${day.end} | from 2026-01-31 until 2026-02-01",
                "from ${day} until ${day+1} | from 2026-01-31 until 2026-02-01",
                "nothing | nothing"
            })
    void writesTheDayAsAsked(String text, String expected) {
        DayReference.check(text.startsWith("${day") && text.indexOf('}') == text.length() - 1 ? text : "${day}");

        assertThat(DayReference.resolve(text, DAY)).isEqualTo(expected);
    }

    @Test
    void beginsADayWhoseMidnightIsLeftOutWhenItsClocksDo() {
        // Beirut's clocks went from 00:00 to 01:00 on this day
        assertThat(DayReference.resolve("${day@Asia/Beirut:%T%Ez}", RunWindow.parse("2025-03-30")))
                .isEqualTo("01:00:00+03:00");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01, ${day} to ${day.end-1}, 2026-01-01 to 2026-01-31",
        "2026-W05, ${day} to ${day.end:%d.%m.%Y}, 2026-01-26 to 02.02.2026",
        "2026-01-31T23, ${day} to ${day.end}, 2026-01-31T23:00:00 to 2026-02-01T00:00:00",
        "2026-01-31T23, ${day-1:%H} to ${day.end@Asia/Singapore:%s}, 23 to 1769875200",
        // Berlin's clocks show 2 o'clock twice on this day, and on the other go from 2 to 3 o'clock
        "2026-10-25T02, ${day@Europe/Berlin:%T%Ez} to ${day.end@Europe/Berlin:%T%Ez}, 02:00:00+02:00 to 03:00:00+01:00",
        "2026-03-29T01, ${day@Europe/Berlin:%T%Ez} to ${day.end@Europe/Berlin:%T%Ez}, 01:00:00+01:00 to 03:00:00+02:00",
    })
    void writesTheBeginAndTheEndOfWhatElseARunLoads(String window, String text, String expected) {
        assertThat(DayReference.resolve(text, RunWindow.parse(window))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${day+}",
                "${day+12345}",
                "${day1}",
                "${day.}",
                "${day.begin}",
                "${days}",
                "${day:}",
                "${day:Y}",
                "${day:%Q}",
                "${day:%}",
                "${day:%E}",
                "${day@Mars/Base:%s}",
                "${day@Asia/Singapore}",
                "${day@:%s}",
                "${day:%F",
                "${day:%F{}"
            })
    void refusesWhatIsNoReference(String reference) {
        assertThatThrownBy(() -> DayReference.check(reference)).isInstanceOf(InvalidValue.class);
    }
}
