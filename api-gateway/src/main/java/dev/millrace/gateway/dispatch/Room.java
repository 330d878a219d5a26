package dev.millrace.gateway.dispatch;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.task.Step;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * How many tasks of each step are offered to its service at once. A service that is full is left alone for a moment, or
 * until a task of its kind has ended, and is then offered few at first: what waits for it need not be looked at, posted and
 * taken back over and over again. Knows of this process only. Safe for use by several threads.
 */
final class Room {
    static final int MOST = 32;
    private static final Duration REST = Duration.ofMillis(200);

    private final LongSupplier nanos;
    private final Map<Step, State> states = new EnumMap<>(Step.class);

    /** @param nanos a clock as {@link System#nanoTime} is */
    Room(LongSupplier nanos) {
        this.nanos = nanos;
        for (Step step : Step.values()) {
            states.put(step, new State(MOST, nanos.getAsLong()));
        }
    }

    /**
     * @param tasks to be offered at once
     * @param from when, as the clock says
     */
    private record State(int tasks, long from) {}

    /** So many tasks may be offered now. */
    synchronized int of(Step step) {
        State state = state(step);
        return nanos.getAsLong() - state.from() < 0 ? 0 : state.tasks();
    }

    /** The service has taken a task. */
    synchronized void taken(Step step) {
        State state = state(step);
        if (nanos.getAsLong() - state.from() >= 0) {
            states.put(step, new State(Math.min(MOST, state.tasks() * 2), state.from()));
        }
    }

    /** The service has taken none, because it is full. */
    synchronized void full(Step step) {
        states.put(step, new State(1, nanos.getAsLong() + REST.toNanos()));
    }

    /** A task has ended, which makes room for another one: see {@link RunEvent.StepEnded}. */
    synchronized void freed(Step step) {
        State state = state(step);
        long now = nanos.getAsLong();
        states.put(step, new State(state.tasks(), Math.min(state.from(), now)));
    }

    private State state(Step step) {
        return Objects.requireNonNull(states.get(step));
    }
}
