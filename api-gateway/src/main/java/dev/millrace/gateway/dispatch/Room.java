package dev.millrace.gateway.dispatch;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.task.Step;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * How many tasks of each step are offered to its service at once. A service that has said that it is full is offered one
 * for each of its tasks that ends, and a moment later a few more, in case it has got room otherwise: what waits for it need
 * not be looked at, posted and taken back over and over again. Knows of this process only. Safe for use by several threads.
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
            states.put(step, new State(0, MOST, nanos.getAsLong()));
        }
    }

    /**
     * @param freed tasks that may be offered for those that have ended
     * @param more that may be offered besides; {@link #MOST}: nothing is known of a limit
     * @param from when these, as the clock says
     */
    private record State(int freed, int more, long from) {}

    /** So many tasks may be offered now. */
    synchronized int of(Step step) {
        State state = state(step);
        return state.more() == MOST
                ? MOST
                : state.freed() > 0 ? state.freed() : nanos.getAsLong() - state.from() >= 0 ? state.more() : 0;
    }

    /**
     * A task is on its way to the service.
     *
     * @return whether it is one besides those for which others have ended
     */
    synchronized boolean offered(Step step) {
        State state = state(step);
        if (state.freed() > 0) {
            states.put(step, new State(state.freed() - 1, state.more(), state.from()));
            return false;
        }
        states.put(step, new State(0, state.more(), nanos.getAsLong() + REST.toNanos()));
        return true;
    }

    /** The service has taken a task besides, so that it may have room for more. */
    synchronized void tookMore(Step step) {
        State state = state(step);
        states.put(step, new State(state.freed(), Math.min(MOST, state.more() * 2), state.from()));
    }

    /** The service has taken none, because it was full; what has ended meanwhile has made room since. */
    synchronized void full(Step step) {
        states.put(step, new State(state(step).freed(), 1, nanos.getAsLong() + REST.toNanos()));
    }

    /** A task has ended, which makes room for another one: see {@link RunEvent.StepEnded}. */
    synchronized void freed(Step step) {
        State state = state(step);
        states.put(step, new State(Math.min(MOST, state.freed() + 1), state.more(), state.from()));
    }

    private State state(Step step) {
        return Objects.requireNonNull(states.get(step));
    }
}
