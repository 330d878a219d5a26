package dev.millrace.pipeline;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.Optional;

/**
 * The schedule of an endpoint: five cron fields read in a time zone. Each local time comes due once: one that is there
 * twice at its first passing, one that a change of the clocks leaves out as soon as the clocks have passed it.
 * Immutable.
 */
public final class Schedule {
    private static final CronParser PARSER = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

    private final ExecutionTime times;
    private final ZoneId zone;

    /** @throws InvalidValue when {@code cron} isn't five cron fields */
    public Schedule(String cron, ZoneId zone) {
        this.times = ExecutionTime.forCron(parse(cron));
        this.zone = zone;
    }

    static void check(Checks checks, String cron) {
        try {
            parse(cron);
        } catch (InvalidValue e) {
            e.violations().forEach(wrong -> checks.that(false, wrong.field(), wrong.found(), wrong.expected()));
        }
    }

    private static Cron parse(String cron) {
        try {
            return PARSER.parse(cron).validate();
        } catch (IllegalArgumentException e) {
            throw new InvalidValue("schedule", cron, "five cron fields such as 0 6 * * *; " + e.getMessage());
        }
    }

    /** The first time after {@code moment}; empty when the schedule never comes due again. */
    public Optional<Instant> after(Instant moment) {
        // the fields are read by a clock that nobody changes; what it shows comes to pass in the same order as its
        // times
        Optional<ZonedDateTime> local =
                times.nextExecution(moment.atZone(zone).toLocalDateTime().atZone(ZoneOffset.UTC));
        while (local.isPresent()) {
            Instant due = passed(local.get().toLocalDateTime());
            if (due.isAfter(moment)) {
                return Optional.of(due);
            }
            local = times.nextExecution(local.get()); // shown for the second time, or left out with another one
        }
        return Optional.empty();
    }

    /**
     * Whether no clock shows a local time for which the schedule comes due then, since a change of the clocks leaves it out.
     *
     * @param due one of {@link #after}
     */
    public boolean isLeftOut(Instant due) {
        ZonedDateTime shown = due.atZone(zone).toLocalDateTime().atZone(ZoneOffset.UTC);
        return times.nextExecution(shown.minusSeconds(1)).filter(shown::equals).isEmpty();
    }

    /** When the clocks of the zone first show a time, or a later one. */
    private Instant passed(LocalDateTime time) {
        ZoneOffsetTransition change = zone.getRules().getTransition(time);
        return change != null && change.isGap()
                ? change.getInstant()
                : time.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
    }
}
