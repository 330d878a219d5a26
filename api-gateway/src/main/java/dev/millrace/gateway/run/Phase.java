package dev.millrace.gateway.run;

import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;

/** Where a run stands in the state machine: its {@link RunState}, and of one whose load is being closed, what it is to be. */
enum Phase {
    QUEUED(RunState.QUEUED, null),
    EXTRACTING(RunState.EXTRACTING, null),
    TRANSFORMING(RunState.TRANSFORMING, null),
    LOADING(RunState.LOADING, null),
    /** Its load has failed, and becomes FAILED when the loader has made sure that nothing commits any more. */
    FAILING(RunState.LOADING, RunState.FAILED),
    /** Likewise, and becomes CANCELLED. */
    CANCELLING(RunState.CANCELLING, RunState.CANCELLED),
    SUCCEEDED(RunState.SUCCEEDED, null),
    FAILED(RunState.FAILED, null),
    CANCELLED(RunState.CANCELLED, null);

    private final RunState state;

    @Nullable
    private final RunState closing;

    Phase(RunState state, @Nullable RunState closing) {
        this.state = state;
        this.closing = closing;
    }

    /** @throws MillraceException with {@code SPEC_UNREADABLE} when only a newer version knows it */
    static Phase of(RunRow run) {
        if (run.state() == RunState.UNKNOWN || run.closing() == RunState.UNKNOWN) {
            throw new MillraceException(
                    ErrorCode.SPEC_UNREADABLE,
                    "run " + run.id() + ": it is in a state that this version doesn't know (expected: the newer version"
                            + " that has stored it)");
        }
        for (Phase phase : values()) {
            if (phase.state == run.state() && phase.closing == run.closing()) {
                return phase;
            }
        }
        throw new IllegalStateException("run " + run.id() + " is " + run.state() + ", to be " + run.closing());
    }

    RunState state() {
        return state;
    }

    /** The state that it is to have when its load is closed; null when nothing is being closed. */
    @Nullable
    RunState closing() {
        return closing;
    }
}
