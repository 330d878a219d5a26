package dev.millrace.gateway.event;

import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Drift;
import dev.millrace.task.CheckResult;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What has become of a run, told within the transaction that makes it so: who acts on it after the commit hears of
 * nothing that was rolled back, and of nothing when the process dies in between.
 */
public sealed interface RunEvent {
    /** As it was before. */
    RunRow run();

    /** A service has taken an attempt at a step. */
    record Taken(RunRow run, Step step) implements RunEvent {}

    /** A step goes on with another attempt. */
    record Repeated(RunRow run, Step step, Reason reason) implements RunEvent {}

    enum Reason {
        /** The service stopped answering, or what it staged or was to read was damaged. */
        LOST,
        /** The service shut down and handed its task back. */
        RELEASED,
        /** A user asked for it, or for that of a run which this one comes after. */
        REQUESTED
    }

    /**
     * A step has ended, as a service or its silence said.
     *
     * @param duration since a service was first offered the step, of this generation of the run
     * @param counts of an extraction or transformation that succeeded; null for others
     * @param drift of a transformation that succeeded; null for others
     */
    record StepEnded(
            RunRow run,
            Step step,
            boolean succeeded,
            Duration duration,
            @Nullable Counts counts,
            @Nullable Drift drift) implements RunEvent {}

    /** A load has looked at its table's checks; what has become of it comes later. */
    record TableChecked(RunRow run, List<CheckResult> results) implements RunEvent {
        public TableChecked {
            results = List.copyOf(results);
        }
    }

    /** A run has ended. */
    record Ended(RunRow run, End end, Instant at) implements RunEvent {}

    /** How a run ended. */
    sealed interface End {
        RunState state();

        record Succeeded(LoadResult result) implements End {
            @Override
            public RunState state() {
                return RunState.SUCCEEDED;
            }
        }

        /** A dry run's load would succeed. */
        record Checked(LoadPlan plan) implements End {
            @Override
            public RunState state() {
                return RunState.SUCCEEDED;
            }
        }

        record Failed(ErrorCode code, String detail) implements End {
            @Override
            public RunState state() {
                return RunState.FAILED;
            }
        }

        record Cancelled() implements End {
            @Override
            public RunState state() {
                return RunState.CANCELLED;
            }
        }
    }
}
