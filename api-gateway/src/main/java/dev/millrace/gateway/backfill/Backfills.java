package dev.millrace.gateway.backfill;

import dev.millrace.gateway.backfill.BackfillRepository.Window;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Backfills in the run database. Each method is one transaction, which locks the backfill before it changes it; so of
 * several replicas each window is started by one, and whatever is killed, another look goes on from what is stored.
 */
@Singleton
public class Backfills {
    /** Windows that are looked at for one that can be started. */
    private static final int LOOKED_AT = 100;

    private final BackfillRepository backfills;
    private final RunRepository runs;
    private final PipelineCatalog catalog;
    private final Acceptance acceptance;

    Backfills(BackfillRepository backfills, RunRepository runs, PipelineCatalog catalog, Acceptance acceptance) {
        this.backfills = backfills;
        this.runs = runs;
        this.catalog = catalog;
        this.acceptance = acceptance;
    }

    /** A backfill, its windows day by day, and the runs of the models after them. */
    public record Entry(BackfillRow backfill, List<WindowEntry> windows, List<WindowRun> models) {}

    /**
     * A day of an endpoint.
     *
     * @param loadedBy the run that had loaded it before; null: it is to be loaded
     * @param runs that load it, one for the endpoint and each of its further tables; empty while it waits
     */
    public record WindowEntry(
            RunWindow day,
            String endpoint,
            WindowState state,
            @Nullable String loadedBy,
            List<WindowRun> runs) {}

    /**
     * Stores a backfill.
     *
     * @param by who wants it
     * @return its id
     * @throws MillraceException with {@code BACKFILL_ACTIVE} when another one of an endpoint is under way
     */
    @Transactional
    String add(BackfillPlan.Wanted wanted, List<BackfillPlan.Window> windows, int parallelism, String by) {
        Instant now = runs.now();
        String id = UUID.randomUUID().toString();
        windows.stream().map(BackfillPlan.Window::endpoint).distinct().sorted().forEach(endpoint -> {
            String claim = "backfill:" + wanted.pipeline() + "/" + endpoint;
            if (runs.claim(claim, id) == 0) {
                throw new MillraceException(
                        ErrorCode.BACKFILL_ACTIVE,
                        "backfill " + runs.claimant(claim).orElse("which has just ended") + " of " + wanted.pipeline()
                                + "/" + endpoint + " is under way (expected: its end, or that it is cancelled)");
            }
        });
        backfills.add(
                id, wanted.pipeline(), wanted.first().toString(), wanted.last().toString(), parallelism, by, now);
        windows.forEach(
                window -> backfills.addWindow(id, window.day().toString(), window.endpoint(), window.loadedBy()));
        return id;
    }

    /** @throws MillraceException with {@code BACKFILL_UNKNOWN} */
    @Transactional(readOnly = true)
    public Entry entry(String id) {
        BackfillRow row = backfills.findById(id).orElseThrow(() -> unknown(id));
        Map<String, List<WindowRun>> runsOfBatches =
                backfills.runs(id).stream().collect(Collectors.groupingBy(WindowRun::batch));
        return new Entry(
                row,
                backfills.windows(id).stream()
                        .map(window -> {
                            List<WindowRun> own = window.batch() == null
                                    ? List.of()
                                    : runsOfBatches.getOrDefault(window.batch(), List.of());
                            WindowState state = WindowState.of(window.loadedBy(), own, row.state());
                            return new WindowEntry(
                                    RunWindow.parse(window.runDay()), window.endpoint(), state, window.loadedBy(), own);
                        })
                        .toList(),
                models(row));
    }

    /** Newest first. */
    @Transactional(readOnly = true)
    public List<BackfillRow> newest(@Nullable String pipeline, @Nullable BackfillState state, int most) {
        return backfills.newest(pipeline, state, most);
    }

    /** Those that are under way. */
    @Transactional(readOnly = true)
    List<String> running() {
        return backfills.running();
    }

    /** Windows that may be started, of which only so many are as there is room for; empty when there is no room. */
    @Transactional(readOnly = true)
    List<Window> startable(String id) {
        return backfills
                .findById(id)
                .filter(backfill -> backfills.underWay(id) < backfill.parallelism())
                .map(_ -> backfills.waiting(id, LOOKED_AT))
                .orElse(List.of());
    }

    /**
     * Starts a window, if that still is to be done and there is room for it.
     *
     * @return whether it was
     * @throws RunActive when another run of the endpoint and day is under way
     * @throws MillraceException when it can't be started, as {@link Acceptance#accept} says
     */
    @Transactional
    boolean start(String id, Window window) {
        BackfillRow backfill = backfills.lock(id).orElseThrow();
        if (backfill.state() != BackfillState.RUNNING || backfills.underWay(id) >= backfill.parallelism()) {
            return false;
        }
        Acceptance.Accepted accepted = accept(backfill, List.of(window.endpoint()), RunWindow.parse(window.runDay()));
        if (backfills.started(id, window.runDay(), window.endpoint(), accepted.batch()) == 0) {
            throw new IllegalStateException("window " + window + " of backfill " + id + " was started twice");
        }
        return true;
    }

    private Acceptance.Accepted accept(BackfillRow backfill, List<String> names, @Nullable RunWindow day) {
        PipelineCatalog.InForce inForce = catalog.pipeline(backfill.pipeline());
        return acceptance.accept(new Acceptance.Request(
                inForce.pipeline(),
                names,
                day,
                false,
                false,
                day == null,
                "backfill",
                null,
                inForce.remarks(),
                backfill.startedBy()));
    }

    /**
     * Ends a backfill whose windows are all done, once the models after them are; these are started here when all
     * windows are loaded.
     */
    @Transactional
    void finish(String id) {
        BackfillRow backfill = backfills.lock(id).orElseThrow();
        if (backfill.state() != BackfillState.RUNNING
                || backfills.underWay(id) > 0
                || !backfills.waiting(id, 1).isEmpty()) {
            return;
        }
        List<WindowRun> ofWindows = backfills.runs(id);
        boolean loaded = ofWindows.stream().allMatch(WindowRun::hasSucceeded);
        if (backfill.modelsBatch() == null && loaded && !ofWindows.isEmpty() && startModels(backfill)) {
            return;
        }
        List<WindowRun> models = models(backfill);
        if (models.stream().allMatch(WindowRun::hasEnded)) {
            boolean succeeded = loaded && models.stream().allMatch(WindowRun::hasSucceeded);
            end(id, succeeded ? BackfillState.SUCCEEDED : BackfillState.FAILED, null, null);
        }
    }

    private List<WindowRun> models(BackfillRow backfill) {
        return backfill.modelsBatch() == null ? List.of() : backfills.runsOf(backfill.modelsBatch());
    }

    /** @return whether there are any */
    private boolean startModels(BackfillRow backfill) {
        Pipeline pipeline = catalog.pipeline(backfill.pipeline()).pipeline();
        Set<String> loaded =
                backfills.runs(backfill.id()).stream().map(WindowRun::endpoint).collect(Collectors.toSet());
        Set<String> models = pipeline.derivedAfter(loaded);
        if (models.isEmpty()) {
            return false;
        }
        backfills.modelsStarted(
                backfill.id(), accept(backfill, List.copyOf(models), null).batch());
        return true;
    }

    /** No further window can be started, whatever is tried; those under way go on. */
    @Transactional
    void fail(String id, MillraceException why) {
        if (backfills.lock(id).orElseThrow().state() == BackfillState.RUNNING) {
            end(id, BackfillState.FAILED, why.code(), why.detail());
        }
    }

    /**
     * Starts no further windows; those under way go on. A backfill that has ended stays as it is.
     *
     * @throws MillraceException with {@code BACKFILL_UNKNOWN}
     */
    @Transactional
    void cancel(String id) {
        BackfillRow backfill = backfills.lock(id).orElseThrow(() -> unknown(id));
        if (backfill.state() != BackfillState.RUNNING) {
            return;
        }
        end(id, BackfillState.CANCELLED, null, null);
    }

    /** Ids of runs of a backfill that have not ended. */
    @Transactional(readOnly = true)
    List<String> unfinished(String id) {
        return Stream.concat(
                        backfills.runs(id).stream(),
                        models(backfills.findById(id).orElseThrow()).stream())
                .filter(run -> !run.hasEnded())
                .map(WindowRun::id)
                .toList();
    }

    private void end(String id, BackfillState state, @Nullable ErrorCode code, @Nullable String detail) {
        backfills.ended(id, state, code == null ? null : code.name(), detail, runs.now());
        runs.releaseClaims(id);
    }

    private static MillraceException unknown(String id) {
        return new MillraceException(ErrorCode.BACKFILL_UNKNOWN, "no backfill " + id);
    }
}
