package dev.millrace.pipeline;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The schedule of an endpoint: five cron fields read in a time zone. Each local time comes due once: one that is there
 * twice at its first passing, one that a change of the clocks leaves out as soon as the clocks have passed it.
 * Immutable.
 */
public final class Schedule {
    private static final CronParser PARSER = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

    /** After which the days of the week come again. */
    private static final int YEARS = 28;

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

    /**
     * The next day on which all times of the schedule are such that a change of the clocks leaves out, which Kubernetes's
     * CronJobs do too; empty when there is none as far as the rules of the time zone reach.
     */
    Optional<LocalDate> nextDayLeftOut() {
        int year = LocalDate.now(zone).getYear();
        return IntStream.range(year, year + YEARS)
                .boxed()
                .flatMap(one -> zone.getRules().getTransitionRules().stream().map(rule -> rule.createTransition(one)))
                .filter(ZoneOffsetTransition::isGap)
                .filter(this::leavesOutAll)
                .map(gap -> gap.getDateTimeBefore().toLocalDate())
                .min(Comparator.naturalOrder());
    }

    /** Whether all times of the day are in the gap, and there is one. */
    private boolean leavesOutAll(ZoneOffsetTransition gap) {
        LocalDate day = gap.getDateTimeBefore().toLocalDate();
        List<LocalDateTime> due = new ArrayList<>();
        Optional<ZonedDateTime> next = times.nextExecution(
                day.atStartOfDay(ZoneOffset.UTC).minusSeconds(1)); // as a clock that nobody changes shows it
        while (next.isPresent() && next.get().toLocalDate().equals(day)) {
            due.add(next.get().toLocalDateTime());
            next = times.nextExecution(next.get());
        }
        return !due.isEmpty()
                && due.stream()
                        .allMatch(time ->
                                !time.isBefore(gap.getDateTimeBefore()) && time.isBefore(gap.getDateTimeAfter()));
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

    /** When the clocks of the zone first show a time, or a later one. */
    private Instant passed(LocalDateTime time) {
        ZoneOffsetTransition change = zone.getRules().getTransition(time);
        return change != null && change.isGap()
                ? change.getInstant()
                : time.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
    }
}
