package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import io.micronaut.core.annotation.Nullable;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** The report, for people, of when endpoints are started by themselves. */
final class ScheduleReport {
    private ScheduleReport() {}

    /** @param width characters of a line of a table */
    static void print(List<Answers.Schedule> schedules, int width, PrintWriter out, PrintWriter err) {
        TextTable table = new TextTable(
                TextTable.text("ENDPOINT OR TABLE"),
                TextTable.text("SCHEDULE"),
                TextTable.text("TIME ZONE"),
                TextTable.text("NEXT"),
                TextTable.text("LAST RUN"));
        for (Answers.Schedule schedule : schedules) {
            Answers.LastRun last = schedule.lastRun();
            table.row(
                    schedule.name(),
                    schedule.schedule(),
                    schedule.timezone(),
                    schedule.suspended() ? "suspended" : minute(schedule.next()),
                    last == null ? "" : last.state().name().toLowerCase(Locale.ROOT) + " " + minute(last.createdAt()));
        }
        table.lines(width).forEach(out::println);
        out.flush();
        for (Answers.Schedule schedule : schedules) {
            if (schedule.note() != null) {
                err.println(schedule.name() + ": " + TextTable.printable(schedule.note()));
            }
        }
    }

    /** In UTC; empty when there is none. */
    private static String minute(@Nullable Instant time) {
        return time == null
                ? ""
                : time.truncatedTo(ChronoUnit.MINUTES).toString().replace(":00Z", "Z");
    }
}
