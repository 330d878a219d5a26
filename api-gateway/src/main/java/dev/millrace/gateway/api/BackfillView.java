package dev.millrace.gateway.api;

import dev.millrace.gateway.backfill.BackfillPlan;
import dev.millrace.gateway.backfill.BackfillRow;
import dev.millrace.gateway.backfill.BackfillState;
import dev.millrace.gateway.backfill.Backfills;
import dev.millrace.gateway.backfill.WindowRun;
import dev.millrace.gateway.backfill.WindowState;
import dev.millrace.pipeline.RunWindow;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * A backfill.
 *
 * @param id null for a plan that was not carried out
 * @param state null likewise
 * @param parallelism windows that are under way at once
 * @param startedBy who has asked for it; null for a plan that was not carried out, or when a version didn't know
 * @param error why no further window could be started; null: nothing keeps them from it
 * @param counts of its windows
 * @param windows by day and endpoint; null in a list of backfills
 * @param models runs of the models after its endpoints, which begin when all windows are loaded; null likewise
 */
@Serdeable
public record BackfillView(
        @Nullable String id,
        String pipeline,
        RunWindow from,
        RunWindow to,
        int parallelism,
        @Nullable String startedBy,
        @Nullable BackfillState state,
        @Nullable Failure error,
        @Nullable Counts counts,
        @Nullable List<Window> windows,
        @Nullable List<Run> models,
        @Nullable Instant createdAt,
        @Nullable Instant finishedAt) {
    @Serdeable
    public record Failure(String code, String detail) {}

    /**
     * How many windows are in which state.
     *
     * @param total all
     */
    @Serdeable
    public record Counts(
            long total, long skipped, long waiting, long running, long succeeded, long failed, long cancelled) {
        static Counts of(List<Window> windows) {
            return new Counts(
                    windows.size(),
                    count(windows, WindowState.SKIPPED),
                    count(windows, WindowState.WAITING),
                    count(windows, WindowState.RUNNING),
                    count(windows, WindowState.SUCCEEDED),
                    count(windows, WindowState.FAILED),
                    count(windows, WindowState.CANCELLED));
        }

        private static long count(List<Window> windows, WindowState state) {
            return windows.stream().filter(window -> window.state() == state).count();
        }
    }

    /**
     * A day of an endpoint.
     *
     * @param loadedBy the run that had loaded it before; null: it is to be loaded
     * @param runs that load it, one for the endpoint and each of its further tables; empty while it waits
     */
    @Serdeable
    public record Window(
            RunWindow day,
            String endpoint,
            WindowState state,
            @Nullable String loadedBy,
            List<Run> runs) {}

    /**
     * @param rowsLoaded null while nobody knows
     * @param error code of what failed it; null: nothing has
     */
    @Serdeable
    public record Run(
            String id,
            String endpoint,
            String state,
            @Nullable Long rowsLoaded,
            @Nullable Long rowsRejected,
            @Nullable String error) {}

    static BackfillView of(BackfillPlan.Wanted wanted, int parallelism, List<BackfillPlan.Window> planned) {
        List<Window> windows = planned.stream()
                .map(window -> new Window(
                        window.day(),
                        window.endpoint(),
                        window.loadedBy() == null ? WindowState.WAITING : WindowState.SKIPPED,
                        window.loadedBy(),
                        List.of()))
                .toList();
        return new BackfillView(
                null,
                wanted.pipeline(),
                wanted.first(),
                wanted.last(),
                parallelism,
                null,
                null,
                null,
                Counts.of(windows),
                windows,
                List.of(),
                null,
                null);
    }

    static BackfillView of(Backfills.Entry entry) {
        BackfillRow row = entry.backfill();
        List<Window> windows = entry.windows().stream()
                .map(window -> new Window(
                        window.day(), window.endpoint(), window.state(), window.loadedBy(), runs(window.runs())))
                .toList();
        return of(row, Counts.of(windows), windows, runs(entry.models()));
    }

    /** Without its windows. */
    static BackfillView of(BackfillRow row) {
        return of(row, null, null, null);
    }

    private static BackfillView of(
            BackfillRow row, @Nullable Counts counts, @Nullable List<Window> windows, @Nullable List<Run> models) {
        return new BackfillView(
                row.id(),
                row.pipeline(),
                RunWindow.parse(row.firstDay()),
                RunWindow.parse(row.lastDay()),
                row.parallelism(),
                row.startedBy(),
                row.state(),
                row.errorCode() == null ? null : new Failure(row.errorCode(), String.valueOf(row.errorDetail())),
                counts,
                windows,
                models,
                row.createdAt(),
                row.finishedAt());
    }

    private static List<Run> runs(List<WindowRun> runs) {
        return runs.stream()
                .map(run -> new Run(
                        run.id(), run.endpoint(), run.state(), run.rowsLoaded(), run.rowsRejected(), run.errorCode()))
                .toList();
    }
}
