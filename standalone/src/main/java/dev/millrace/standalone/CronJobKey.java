package dev.millrace.standalone;

import io.micronaut.core.annotation.Nullable;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The idempotency key of what a CronJob of Kubernetes starts: its name, and the local time for which it does. In the night
 * in which an hour is there twice a CronJob starts a Job at both passings
 * (<a href="https://github.com/kubernetes/kubernetes/issues/121594">121594</a>); with the same key the second finds what the
 * first has started, and ends as that did.
 */
final class CronJobKey {
    /**
     * As Kubernetes names the Jobs of a CronJob: with the minutes since 1970 of the time for which it is ({@code getJobName} in
     * {@code cronjob_controllerv2.go}). They have eight digits until 2160.
     */
    private static final Pattern JOB = Pattern.compile("(?<cronJob>.+)-(?<minutes>[1-9][0-9]{7})");

    private CronJobKey() {}

    /**
     * @param job name of the Job; null: the call comes from none
     * @param zone of its schedule; null likewise
     * @param key of a Job that somebody has made by hand, or of no Job
     */
    static @Nullable String of(@Nullable String job, @Nullable String zone, @Nullable String key) {
        if (job == null || zone == null) {
            return key;
        }
        Matcher name = JOB.matcher(job);
        if (!name.matches()) {
            return key;
        }
        LocalDateTime time = Instant.ofEpochSecond(60 * Long.parseLong(name.group("minutes")))
                .atZone(ZoneId.of(zone))
                .toLocalDateTime();
        return name.group("cronJob") + " " + time + " " + zone;
    }

    /** Of this process, as the chart sets its variables. */
    static @Nullable String ofProcess(@Nullable String key) {
        return of(System.getenv("MILLRACE_CRON_JOB"), System.getenv("MILLRACE_CRON_TIMEZONE"), key);
    }
}
