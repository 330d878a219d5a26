package dev.millrace.gateway.backfill;

import io.micronaut.core.annotation.Nullable;
import java.util.List;

/** What becomes of a day of an endpoint. */
public enum WindowState {
    /** It had been loaded before. */
    SKIPPED,
    /** It is to be loaded. */
    WAITING,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    /**
     * @param loadedBy the run that had loaded it before; null: it is to be loaded
     * @param runs that load it; empty: not yet
     * @param backfill state of the whole
     */
    static WindowState of(@Nullable String loadedBy, List<WindowRun> runs, BackfillState backfill) {
        if (loadedBy != null) {
            return SKIPPED;
        } else if (runs.isEmpty()) {
            return backfill == BackfillState.RUNNING ? WAITING : CANCELLED;
        } else if (!runs.stream().allMatch(WindowRun::hasEnded)) {
            return RUNNING;
        } else if (runs.stream().allMatch(WindowRun::hasSucceeded)) {
            return SUCCEEDED;
        }
        return runs.stream().anyMatch(run -> run.state().equals("FAILED")) ? FAILED : CANCELLED;
    }
}
