package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Schedule;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CronJobKeyTest {
    private static final String UID = "8b0c3c0e-3a43-4c43-8a3c-1a43c6d5cf0e";
    private static final Duration AROUND = Duration.ofHours(26);

    private static String job(Instant time) {
        return "shop-orders-" + time.getEpochSecond() / 60;
    }

    @Test
    void bothJobsOfAnHourThatIsThereTwiceHaveOneKey() {
        String first = CronJobKey.of(job(Instant.parse("2026-10-25T00:30:00Z")), "Europe/Berlin", UID);

        assertThat(first).isEqualTo("shop-orders 2026-10-25T02:30 Europe/Berlin");
        assertThat(CronJobKey.of(job(Instant.parse("2026-10-25T01:30:00Z")), "Europe/Berlin", UID))
                .isEqualTo(first);
        assertThat(CronJobKey.of(job(Instant.parse("2026-10-26T01:30:00Z")), "Europe/Berlin", UID))
                .isNotEqualTo(first);
    }

    @Test
    void aJobThatSomebodyHasMadeByHandHasItsOwn() {
        assertThat(CronJobKey.of("shop-orders-again", "Europe/Berlin", UID)).isEqualTo(UID);
        assertThat(CronJobKey.of("shop-orders-2", "Europe/Berlin", UID)).isEqualTo(UID);
        assertThat(CronJobKey.of(null, null, null)).isNull();
    }

    /**
     * A CronJob starts a Job in each minute whose local time its fields match, however often the clocks show it, and the
     * gateway what they leave out.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 23})
    void cronJobsAndTheGatewayStartWhatTheScheduleSaysBetweenThemWheneverTheClocksOfAnyZoneChange(int hour) {
        Set<String> seen = new HashSet<>();
        for (String name : ZoneId.getAvailableZoneIds()) {
            ZoneId zone = ZoneId.of(name);
            ZoneRules rules = zone.getRules();
            ZoneOffsetTransition change = rules.nextTransition(Instant.parse("2024-01-01T00:00:00Z"));
            while (change != null && change.getInstant().isBefore(Instant.parse("2034-01-01T00:00:00Z"))) {
                if (seen.add(change.getDateTimeBefore() + " " + change.getDuration())) {
                    Schedule schedule = new Schedule("30 " + hour + " * * *", zone);
                    List<Instant> due = due(change, schedule);
                    List<Instant> ofGateway =
                            due.stream().filter(schedule::isLeftOut).toList();
                    assertThat(Stream.concat(newKeys(change, hour, zone).stream(), ofGateway.stream())
                                    .sorted())
                            .as("%s at %s", zone, change)
                            .isEqualTo(due);
                }
                change = rules.nextTransition(change.getInstant());
            }
        }
        assertThat(seen).hasSizeGreaterThan(100);
    }

    private static List<Instant> newKeys(ZoneOffsetTransition change, int hour, ZoneId zone) {
        List<Instant> times = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        Instant end = change.getInstant().plus(AROUND);
        for (Instant now = change.getInstant().minus(AROUND); !now.isAfter(end); now = now.plusSeconds(60)) {
            if (matches(now, hour, zone) && keys.add(String.valueOf(CronJobKey.of(job(now), zone.getId(), UID)))) {
                times.add(now);
            }
        }
        return times;
    }

    private static boolean matches(Instant now, int hour, ZoneId zone) {
        LocalDateTime time = now.atZone(zone).toLocalDateTime();
        return time.getHour() == hour && time.getMinute() == 30;
    }

    /** The times of our own schedule. */
    private static List<Instant> due(ZoneOffsetTransition change, Schedule schedule) {
        List<Instant> due = new ArrayList<>();
        Instant end = change.getInstant().plus(AROUND);
        Optional<Instant> next =
                schedule.after(change.getInstant().minus(AROUND).minusSeconds(1));
        while (next.isPresent() && !next.get().isAfter(end)) {
            due.add(next.get());
            next = schedule.after(next.get());
        }
        return due;
    }
}
