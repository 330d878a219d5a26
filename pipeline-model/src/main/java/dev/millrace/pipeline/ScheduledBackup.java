package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.ZoneId;

/**
 * A table that is backed up on a schedule, and for how long its backups stay, those that somebody asks for among them.
 *
 * @param table with its dataset; one that the pipeline loads
 * @param schedule five cron fields, read in {@code timezone}
 * @param keep how many backups of the table stay, the newest; null: as many as the loader's configuration says
 * @param keepDays for how many days one stays, unless it is the newest; null: as the loader's configuration says
 */
@Serdeable
@Doc("A table that is backed up on a schedule.")
public record ScheduledBackup(
        @Doc("The table, as dataset.table; one that this pipeline loads.")
        String table,

        @Doc("When to back it up: five cron fields, for example 30 3 * * *.")
        String schedule,

        @Default("UTC") @Doc("Time zone of the schedule.") ZoneId timezone,

        @Default("avro") @Doc("Format of the files: avro or parquet.")
        BackupFormat format,

        @Doc("How many backups of the table are kept, the newest; by default as the loader's configuration says.")
        @Nullable
        Integer keep,

        @Doc(
                "For how many days a backup of the table is kept, unless it is the newest; by default as the loader's configuration says.")
        @Nullable
        Integer keepDays)
        implements FileRules {
    public ScheduledBackup {
        Checks checks = new Checks();
        checks.that(keep == null || keep >= 1, "keep", keep, "at least 1");
        checks.that(keepDays == null || keepDays >= 1, "keepDays", keepDays, "at least 1");
        checks.done();
    }

    @Override
    public void check(Checks checks) {
        Schedule.check(checks, schedule);
    }

    public Schedule parsedSchedule() {
        return new Schedule(schedule, timezone);
    }
}
