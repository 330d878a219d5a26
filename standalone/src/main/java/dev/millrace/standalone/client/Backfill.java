package dev.millrace.standalone.client;

import dev.millrace.pipeline.RunWindow;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * A backfill, as the public API answers.
 *
 * @param id null for a plan that was not carried out
 * @param state null likewise
 * @param windows empty in a list of backfills
 * @param models runs of the models that come after
 */
@Serdeable
public record Backfill(
        @Nullable String id,
        String pipeline,
        @Nullable State state,
        @Nullable Failure error,
        @Nullable List<Window> windows,
        @Nullable List<WindowRun> models) {
    @Override
    public List<Window> windows() {
        return windows == null ? List.of() : windows;
    }

    @Override
    public List<WindowRun> models() {
        return models == null ? List.of() : models;
    }

    /**
     * What is to be loaded.
     *
     * @param endpoints empty: all that load days
     * @param parallelism days under way at once; null: as the gateway has it
     * @param force whether to load days, too, that are loaded
     * @param dryRun whether nothing is to be done but to make a plan
     */
    @Serdeable
    public record Start(
            List<String> endpoints,
            RunWindow from,
            RunWindow to,
            @Nullable Integer parallelism,
            boolean force,
            boolean dryRun) {}

    @Serdeable
    public record Page(List<Backfill> backfills) {
        public Page {
            backfills = List.copyOf(backfills);
        }
    }

    public enum State {
        RUNNING,
        SUCCEEDED,
        FAILED,
        CANCELLED
    }

    /** Of a day. */
    public enum WindowState {
        SKIPPED,
        WAITING,
        RUNNING,
        SUCCEEDED,
        FAILED,
        CANCELLED;

        public boolean ended() {
            return this != WAITING && this != RUNNING;
        }
    }

    @Serdeable
    public record Failure(String code, String detail) {}

    /** @param loadedBy the run that had loaded it before; null: it is to be loaded */
    @Serdeable
    public record Window(
            RunWindow day,
            String endpoint,
            WindowState state,
            @Nullable String loadedBy,
            List<WindowRun> runs) {
        public Window {
            runs = List.copyOf(runs);
        }
    }

    @Serdeable
    public record WindowRun(
            String id,
            String endpoint,
            String state,
            @Nullable Long rowsLoaded,
            @Nullable Long rowsRejected,
            @Nullable String error) {
        public boolean hasSucceeded() {
            return state.equals("SUCCEEDED");
        }
    }
}
