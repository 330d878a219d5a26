package dev.millrace.pipeline;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * The schedule of an endpoint: five cron fields read in a time zone. An hour that a change of the clocks leaves out
 * doesn't come due that day, one that is there twice comes due once. Immutable.
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
        return times.nextExecution(moment.atZone(zone)).map(ZonedDateTime::toInstant);
    }
}
