package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * A sign of life from an attempt, with what is new since the last one.
 *
 * @param records done so far in this attempt
 * @param bytes done so far in this attempt
 * @param total records to be expected; null when nobody knows
 */
@Serdeable
public record Heartbeat(long records, long bytes, @Nullable Long total, List<LogLine> log) {
    public Heartbeat {
        log = List.copyOf(log);
    }

    /**
     * One line of the run's log.
     *
     * @param message without secrets
     */
    @Serdeable
    public record LogLine(Instant time, Level level, String message) {
        public LogLine {
            message = Texts.storable(message);
        }
    }

    public enum Level {
        DEBUG,
        INFO,
        WARN,
        ERROR
    }

    /**
     * The gateway's answer.
     *
     * @param stop the run no longer wants this attempt
     */
    @Serdeable
    public record Answer(boolean stop) {}
}
