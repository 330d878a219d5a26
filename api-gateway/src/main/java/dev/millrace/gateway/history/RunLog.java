package dev.millrace.gateway.history;

import dev.millrace.task.Heartbeat;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The writer of the logs of runs; part of the caller's transaction. */
@Singleton
public class RunLog {
    private final LogRepository lines;

    RunLog(LogRepository lines) {
        this.lines = lines;
    }

    public void info(String run, Instant now, String message) {
        add(run, now, Heartbeat.Level.INFO, message);
    }

    public void warn(String run, Instant now, String message) {
        add(run, now, Heartbeat.Level.WARN, message);
    }

    public void error(String run, Instant now, String message) {
        add(run, now, Heartbeat.Level.ERROR, message);
    }

    /** What a service had to say, with the service's own times. */
    public void addAll(String run, List<Heartbeat.LogLine> said) {
        if (!said.isEmpty()) {
            lines.saveAll(said.stream()
                    .map(line -> new LogLineRow(null, run, line.time(), line.level(), line.message()))
                    .toList());
        }
    }

    public Optional<LogLineRow> last(String run) {
        return lines.last(run);
    }

    List<LogLineRow> after(String run, long after, int most) {
        return lines.after(run, after, most);
    }

    public void add(String run, Instant now, Heartbeat.Level level, String message) {
        lines.saveAll(List.of(new LogLineRow(null, run, now, level, message)));
    }
}
