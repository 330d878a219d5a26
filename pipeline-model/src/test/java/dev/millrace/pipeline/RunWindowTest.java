package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunWindowTest {
    @ParameterizedTest
    @CsvSource({
        "2026-01-31T13, 2026-01-31T13:00, 2026-01-31T13:59:59.999999, 2026-01-31T14",
        "2026-12-31T23, 2026-12-31T23:00, 2026-12-31T23:59:59.999999, 2027-01-01T00",
        "2024-02-29, 2024-02-29T00:00, 2024-02-29T23:59:59.999999, 2024-03-01",
        "2026-W53, 2026-12-28T00:00, 2027-01-03T23:59:59.999999, 2027-W01",
        "2025-W01, 2024-12-30T00:00, 2025-01-05T23:59:59.999999, 2025-W02",
        "2024-02, 2024-02-01T00:00, 2024-02-29T23:59:59.999999, 2024-03",
    })
    void isFromItsFirstTimeToItsLast(String text, String begin, String last, String next) {
        RunWindow window = RunWindow.parse(text);
        assertThat(window).hasToString(text).isEqualTo(RunWindow.of(window.unit(), window.last()));
        assertThat(window.begin()).hasToString(begin);
        assertThat(window.last()).hasToString(last);
        assertThat(window.next()).hasToString(next).isNotEqualTo(window);
    }

    @Test
    void windowsOfOneBeginAreNotTheSame() {
        assertThat(RunWindow.parse("2024-01"))
                .isNotEqualTo(RunWindow.parse("2024-W01"))
                .isNotEqualTo(RunWindow.parse("2024-01-01"))
                .hasSameHashCodeAs(RunWindow.parse("2024-01"));
    }

    @Test
    void knowsDatesAndTimesThatItHolds() {
        assertThat(RunWindow.parse("2026-01-31T13").holds("2026-01-31T13:59:59.999Z"))
                .isTrue();
        assertThat(RunWindow.parse("2026-01-31T13").holds("2026-01-31T14:00:00Z"))
                .isFalse();
        assertThat(RunWindow.parse("2026-W05").holds("2026-02-01")).isTrue();
        assertThat(RunWindow.parse("2026-01").holds("2026-02-01")).isFalse();
        assertThat(RunWindow.parse("2026-01").holds("NULL")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "2026", "2026-13", "2025-W53", "2026-W5", "2026-02-30", "2026-01-31T24", "2026-01-31T13:00"})
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> RunWindow.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("'" + text + "' (expected: ");
    }
}
