package dev.millrace.gateway.backfill;

import dev.millrace.gateway.backfill.BackfillRepository.LoadedDay;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.gateway.warehouse.LedgerLoads;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds out which days, or other windows, a backfill has to load. A day is loaded when a run of it has succeeded that began after the day
 * was complete, into the place that the pipeline file names now, and the warehouse's ledger has its load; and when that
 * holds for the further tables, too.
 */
@Singleton
public class BackfillPlan {
    /** More are a mistake, or several backfills. */
    private static final int MOST_WINDOWS = 10_000;

    private final PipelineCatalog catalog;
    private final BackfillRepository backfills;
    private final RunRepository runs;
    private final LedgerLoads ledger;

    BackfillPlan(PipelineCatalog catalog, BackfillRepository backfills, RunRepository runs, LedgerLoads ledger) {
        this.catalog = catalog;
        this.backfills = backfills;
        this.runs = runs;
        this.ledger = ledger;
    }

    /**
     * @param endpoints by name; empty: all that load days
     * @param force whether to load days, too, that are loaded
     */
    public record Wanted(String pipeline, List<String> endpoints, RunWindow first, RunWindow last, boolean force) {}

    /** @param loadedBy the run that has loaded it; null: it is to be loaded */
    public record Window(
            RunWindow day, String endpoint, @Nullable String loadedBy) {}

    /**
     * @return day by day
     * @throws MillraceException with {@code PIPELINE_UNKNOWN}, {@code ENDPOINT_UNKNOWN}, {@code REQUEST_INVALID}, or that
     *     of the loader, which is asked
     */
    public List<Window> of(Wanted wanted) throws InterruptedException {
        Pipeline pipeline = catalog.pipeline(wanted.pipeline()).pipeline();
        Set<String> endpoints = endpoints(pipeline, wanted.endpoints());
        Instant now = runs.now();
        check(pipeline, endpoints, wanted, now);
        List<Window> windows = new ArrayList<>();
        for (String endpoint : endpoints) {
            day(pipeline, endpoint)
                    .between(wanted.first(), wanted.last(), now)
                    .forEach(day -> windows.add(new Window(day, endpoint, null)));
        }
        windows.sort(Comparator.comparing(window -> window.day().begin())); // those of one begin stay by their names
        return wanted.force() ? windows : withLoaded(pipeline, endpoints, windows);
    }

    private static Set<String> endpoints(Pipeline pipeline, List<String> names) {
        Set<String> byDay = new TreeSet<>();
        pipeline.endpoints().forEach((name, endpoint) -> {
            if (endpoint.day() != null) {
                byDay.add(name);
            }
        });
        if (names.isEmpty() && byDay.isEmpty()) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "pipeline " + pipeline.name() + " has no endpoint that loads single days (no key 'day' in the"
                            + " pipeline file)");
        }
        for (String name : names) {
            if (!pipeline.endpoints().containsKey(name)) {
                throw new MillraceException(
                        ErrorCode.ENDPOINT_UNKNOWN,
                        "pipeline " + pipeline.name() + " has no endpoint '" + name
                                + "' that could be backfilled (it has: " + String.join(", ", byDay) + ")");
            }
            if (!byDay.contains(name)) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "endpoints: " + name + " doesn't load single days (no key 'day' in the pipeline file)");
            }
        }
        return names.isEmpty() ? byDay : new TreeSet<>(names);
    }

    private static void check(Pipeline pipeline, Set<String> endpoints, Wanted wanted, Instant now) {
        if (!wanted.last().end().isAfter(wanted.first().begin())) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "to: " + wanted.last() + " (expected: " + wanted.first() + ", which is from, or later)");
        }
        long windows = 0;
        for (String name : endpoints) {
            Endpoint.Day days = day(pipeline, name);
            RunWindow today = RunWindow.of(wanted.last().unit(), LocalDateTime.ofInstant(now, days.timezone()));
            if (wanted.last().begin().isAfter(today.begin())) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "to: " + wanted.last() + " (expected: " + today + " at the latest, which is now)");
            }
            windows += days.count(wanted.first(), wanted.last());
        }
        if (windows > MOST_WINDOWS) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "from, to: " + windows + " windows (expected: at most " + MOST_WINDOWS + " at once)");
        }
    }

    private static Endpoint.Day day(Pipeline pipeline, String endpoint) {
        return Objects.requireNonNull(
                Objects.requireNonNull(pipeline.endpoints().get(endpoint)).day());
    }

    /** With the newest run of each that has loaded it wholly, of the endpoint itself. */
    private List<Window> withLoaded(Pipeline pipeline, Set<String> endpoints, List<Window> windows)
            throws InterruptedException {
        if (windows.isEmpty()) {
            return windows;
        }
        Map<String, Endpoint> all = pipeline.allEndpoints();
        Map<String, Set<String>> tables = new TreeMap<>();
        for (String endpoint : endpoints) {
            Set<String> own = new LinkedHashSet<>(Set.of(endpoint));
            own.addAll(Objects.requireNonNull(pipeline.endpoints().get(endpoint))
                    .furtherTables()
                    .keySet());
            tables.put(endpoint, own);
        }
        Set<String> names = new LinkedHashSet<>();
        tables.values().forEach(names::addAll);
        LocalDate first = windows.getFirst().day().begin().toLocalDate();
        LocalDate last = windows.getLast().day().begin().toLocalDate();
        List<LoadedDay> complete = backfills.loaded(pipeline.name(), names, first, last).stream()
                .filter(run -> isComplete(pipeline, all, run))
                .toList();
        List<String> inTables = complete.stream()
                .filter(run ->
                        Objects.requireNonNull(all.get(run.endpoint())).destination() instanceof Destination.Table)
                .map(LoadedDay::id)
                .toList();
        Set<String> committed = ledger.committed(inTables, pipeline.credentials());
        Set<String> lost = new HashSet<>(inTables);
        lost.removeAll(committed);
        Map<String, String> runsOfDays = new HashMap<>();
        complete.stream()
                .filter(run -> !lost.contains(run.id()))
                .forEach(run -> runsOfDays.put(key(run.endpoint(), run.day()), run.id()));
        return windows.stream()
                .map(window -> {
                    boolean wholly = Objects.requireNonNull(tables.get(window.endpoint())).stream()
                            .allMatch(name -> runsOfDays.containsKey(key(name, window.day())));
                    return wholly
                            ? new Window(
                                    window.day(),
                                    window.endpoint(),
                                    runsOfDays.get(key(window.endpoint(), window.day())))
                            : window;
                })
                .toList();
    }

    private static boolean isComplete(Pipeline pipeline, Map<String, Endpoint> all, LoadedDay run) {
        Endpoint endpoint = Objects.requireNonNull(all.get(run.endpoint()));
        String target =
                new RunSpec.OfEndpoint(pipeline.source(), endpoint, null, false, null, List.of()).target(run.day());
        return Optional.ofNullable(endpoint.day())
                .filter(day -> !run.createdAt().isBefore(day.complete(run.day())))
                .filter(_ -> run.targetTable().equals(target))
                .isPresent();
    }

    private static String key(String endpoint, RunWindow day) {
        return endpoint + " " + day;
    }
}
