package dev.millrace.worker;

import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * An attempt's line to the gateway: progress and log go with the next heartbeat, a stop comes back with its answer.
 * Safe for use by several threads.
 */
public final class TaskContext {
    /** More lines than a heartbeat can carry would only hide the others. */
    private static final int MAX_LINES = 10_000;

    private final Clock clock;
    private final AtomicLong records = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private volatile @Nullable Long total;
    private volatile boolean stopped;
    private volatile UnaryOperator<String> mask = UnaryOperator.identity();
    private List<Heartbeat.LogLine> lines = new ArrayList<>();

    public TaskContext(Clock clock) {
        this.clock = clock;
    }

    /**
     * From now on, what this attempt says (its log lines, the reason of its failure) goes through {@code mask} first.
     *
     * @param mask takes secrets out of a text
     */
    public void maskWith(UnaryOperator<String> mask) {
        this.mask = mask;
    }

    /** The text as it may be told. */
    public String masked(String text) {
        return mask.apply(text);
    }

    /** Sets what is done so far in this attempt. */
    public void progress(long recordsSoFar, long bytesSoFar) {
        records.set(recordsSoFar);
        bytes.set(bytesSoFar);
    }

    /** Says how many records are to be expected. */
    public void total(long expectedRecords) {
        total = expectedRecords;
    }

    public void debug(String message) {
        log(Heartbeat.Level.DEBUG, message);
    }

    public void info(String message) {
        log(Heartbeat.Level.INFO, message);
    }

    public void warn(String message) {
        log(Heartbeat.Level.WARN, message);
    }

    /** A line as the log would have it, for a log of one's own. */
    public Heartbeat.LogLine line(Heartbeat.Level level, String message) {
        return new Heartbeat.LogLine(clock.instant(), level, masked(message));
    }

    /** @throws StoppedException when the run no longer wants this attempt; to be called once per page, chunk or statement */
    public void checkStopped() {
        if (stopped) {
            throw new StoppedException();
        }
    }

    private synchronized void log(Heartbeat.Level level, String message) {
        if (lines.size() < MAX_LINES) {
            lines.add(line(level, message));
        }
    }

    /** From now on {@link #checkStopped} throws. */
    public void stop() {
        stopped = true;
    }

    boolean stopped() {
        return stopped;
    }

    /** What is new; a heartbeat that didn't arrive is handed back with {@link #restore}. */
    public synchronized Heartbeat heartbeat() {
        List<Heartbeat.LogLine> sent = lines;
        lines = new ArrayList<>();
        return new Heartbeat(records.get(), bytes.get(), total, sent);
    }

    synchronized void restore(Heartbeat lost) {
        lines.addAll(0, lost.log());
    }
}
