package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    @ParameterizedTest
    @CsvSource({
        "0 6 * * *, UTC, 2026-01-31T05:59:59Z, 2026-01-31T06:00:00Z",
        "0 6 * * *, UTC, 2026-01-31T06:00:00Z, 2026-02-01T06:00:00Z",
        "0 6 * * *, Asia/Singapore, 2026-01-31T00:00:00Z, 2026-01-31T22:00:00Z",
        "*/15 * * * *, UTC, 2026-01-31T05:59:59Z, 2026-01-31T06:00:00Z",
        "0 0 29 2 *, UTC, 2026-01-31T00:00:00Z, 2028-02-29T00:00:00Z",
        "30 1 * * 1-5, UTC, 2026-01-30T01:30:00Z, 2026-02-02T01:30:00Z",
        // six in the morning stays six in the morning when the clocks change
        "0 6 * * *, Europe/Berlin, 2026-03-28T12:00:00Z, 2026-03-29T04:00:00Z",
        "0 6 * * *, Europe/Berlin, 2026-10-24T12:00:00Z, 2026-10-25T05:00:00Z",
    })
    void comesDue(String cron, ZoneId zone, Instant moment, Instant next) {
        assertThat(new Schedule(cron, zone).after(moment)).hasValue(next);
    }

    @Test
    void comesDueOnceInTheNightInWhichAnHourIsThereTwice() {
        Schedule schedule = new Schedule("30 2 * * *", ZoneId.of("Europe/Berlin"));
        Instant first = schedule.after(Instant.parse("2026-10-24T12:00:00Z")).orElseThrow();

        assertThat(first).isEqualTo("2026-10-25T00:30:00Z");
        assertThat(schedule.after(first)).hasValue(Instant.parse("2026-10-26T01:30:00Z"));
    }

    @Test
    void leavesOutTheDayOnWhichItsHourIsMissingAsKubernetesDoes() {
        Schedule schedule = new Schedule("30 2 * * *", ZoneId.of("Europe/Berlin"));

        assertThat(schedule.after(Instant.parse("2026-03-28T12:00:00Z")))
                .hasValue(Instant.parse("2026-03-30T00:30:00Z"));
    }

    @Test
    void neverComesDueOnADayThatDoesNotExist() {
        assertThat(new Schedule("0 0 31 2 *", ZoneId.of("UTC")).after(Instant.parse("2026-01-31T00:00:00Z")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "daily", "0 6 * *", "0 0 6 * * *", "60 6 * * *", "0 24 * * *", "0 6 * * 8", "0 6 0 * *"})
    void refusesWhatIsNotFiveCronFields(String cron) {
        assertThatThrownBy(() -> new Schedule(cron, ZoneId.of("UTC")))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        invalid -> assertThat(invalid.violations())
                                .extracting(InvalidValue.Violation::field, InvalidValue.Violation::found)
                                .containsExactly(tuple("schedule", cron)));
    }
}
