package dev.millrace.gateway.api;

import dev.millrace.gateway.history.History;
import dev.millrace.gateway.history.LogLineRow;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.sse.Event;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;

/** The events of one run, told until it has ended. Blocks; for one thread. */
final class RunEvents implements Iterator<Event<Object>> {
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
    private static final int LINES = 500;

    private final History history;
    private final String run;
    private final Queue<Event<Object>> pending = new ArrayDeque<>();
    private long lastLine;
    private @Nullable RunView last;

    RunEvents(History history, String run, long lastLine) {
        this.history = history;
        this.run = run;
        this.lastLine = lastLine;
    }

    @Override
    public boolean hasNext() {
        return !pending.isEmpty() || last == null || !last.state().finished();
    }

    @Override
    public Event<Object> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        long silentSince = System.nanoTime();
        while (pending.isEmpty()) {
            look();
            if (pending.isEmpty() && System.nanoTime() - silentSince > KEEP_ALIVE.toNanos()) {
                return Event.of((Object) "").name("ping"); // so that a client that has gone is noticed
            }
            if (pending.isEmpty()) {
                pause();
            }
        }
        return pending.remove();
    }

    private void look() {
        RunView now = RunView.of(history.run(run)); // before the log: the line that ends it must not be missed
        for (LogLineRow line : history.log(run, lastLine, Heartbeat.Level.DEBUG, LINES)) {
            lastLine = Objects.requireNonNull(line.id());
            pending.add(Event.of((Object) new RunController.Line(line.logTime(), line.level(), line.message()))
                    .name("log")
                    .id(String.valueOf(lastLine)));
        }
        if (!now.equals(last) && (!now.state().finished() || pending.size() < LINES)) {
            last = now;
            pending.add(Event.of((Object) now).name("run"));
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the gateway shuts down", e);
        }
    }
}
