package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
    void comesDueAsSoonAsItsHourHasPassedOnTheDayOnWhichItIsMissing() {
        Schedule schedule = new Schedule("30 2 * * *", ZoneId.of("Europe/Berlin"));

        Instant first = schedule.after(Instant.parse("2026-03-28T12:00:00Z")).orElseThrow();

        assertThat(first).isEqualTo("2026-03-29T01:00:00Z");
        assertThat(schedule.isLeftOut(first)).isTrue();
        Instant second = schedule.after(first).orElseThrow();
        assertThat(second).isEqualTo("2026-03-30T00:30:00Z");
        assertThat(schedule.isLeftOut(second)).isFalse();
    }

    @Test
    void aTimeThatIsLeftOutAndOneThatTheClocksShowThenAreOne() {
        Schedule schedule = new Schedule("0 2,3 * * *", ZoneId.of("Europe/Berlin"));

        Instant first = schedule.after(Instant.parse("2026-03-28T12:00:00Z")).orElseThrow();

        assertThat(first).isEqualTo("2026-03-29T01:00:00Z");
        assertThat(schedule.isLeftOut(first)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "30 2 * * *",
                "30 2,3 * * *",
                "30 2 * * 0",
                "0 0 * * *",
                "*/20 * * * *",
                "59 23 * * 1-5",
                "15 1 1-7 * *"
            })
    void eachLocalTimeComesDueOnceWheneverTheClocksOfAnyZoneChange(String cron) {
        Set<String> seen = new HashSet<>();
        for (String name : ZoneId.getAvailableZoneIds()) {
            ZoneId zone = ZoneId.of(name);
            ZoneRules rules = zone.getRules();
            Instant until = Instant.parse("2034-01-01T00:00:00Z");
            ZoneOffsetTransition change = rules.nextTransition(Instant.parse("2024-01-01T00:00:00Z"));
            while (change != null && change.getInstant().isBefore(until)) {
                if (seen.add(change.getDateTimeBefore() + " " + change.getDuration())) {
                    List<Instant> due = dueAround(change, cron, zone);
                    assertThat(due)
                            .as("%s in %s at %s", cron, zone, change)
                            .isEqualTo(walked(change, cron, zone))
                            .allSatisfy(time -> assertThat(new Schedule(cron, zone).isLeftOut(time))
                                    .isNotEqualTo(
                                            matches(cron, time.atZone(zone).toLocalDateTime())));
                }
                change = rules.nextTransition(change.getInstant());
            }
        }
        assertThat(seen).hasSizeGreaterThan(100);
    }

    private static final Duration AROUND = Duration.ofHours(26);

    private static List<Instant> dueAround(ZoneOffsetTransition change, String cron, ZoneId zone) {
        Schedule schedule = new Schedule(cron, zone);
        Instant end = change.getInstant().plus(AROUND);
        List<Instant> due = new ArrayList<>();
        Optional<Instant> next = schedule.after(change.getInstant().minus(AROUND));
        while (next.isPresent() && !next.get().isAfter(end)) {
            due.add(next.get());
            next = schedule.after(next.get());
        }
        return due;
    }

    /** Somebody who looks at the clock every minute, and strikes out what it shows and what it has skipped. */
    private static List<Instant> walked(ZoneOffsetTransition change, String cron, ZoneId zone) {
        List<Instant> due = new ArrayList<>();
        Instant now = change.getInstant().minus(AROUND);
        Instant end = change.getInstant().plus(AROUND);
        LocalDateTime struck = now.atZone(zone).toLocalDateTime();
        while (now.isBefore(end)) {
            now = now.plusSeconds(60);
            LocalDateTime shown = now.atZone(zone).toLocalDateTime();
            boolean comesDue = false;
            while (struck.isBefore(shown)) {
                struck = struck.plusMinutes(1);
                comesDue |= matches(cron, struck);
            }
            if (comesDue) {
                due.add(now);
            }
        }
        return due;
    }

    private static boolean matches(String cron, LocalDateTime time) {
        String[] fields = cron.split(" ", -1);
        return in(fields[0], time.getMinute())
                && in(fields[1], time.getHour())
                && in(fields[2], time.getDayOfMonth())
                && in(fields[4], time.getDayOfWeek().getValue() % 7);
    }

    private static boolean in(String field, int value) {
        if (field.equals("*")) {
            return true;
        }
        if (field.startsWith("*/")) {
            return value % Integer.parseInt(field.substring(2)) == 0;
        }
        for (String part : field.split(",", -1)) {
            String[] ends = part.split("-", -1);
            if (Integer.parseInt(ends[0]) <= value && value <= Integer.parseInt(ends[ends.length - 1])) {
                return true;
            }
        }
        return false;
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
