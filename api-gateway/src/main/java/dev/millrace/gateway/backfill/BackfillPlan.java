package dev.millrace.gateway.backfill;

import dev.millrace.gateway.backfill.BackfillRepository.LoadedDay;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.gateway.warehouse.LedgerLoads;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
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
 * Finds out which days a backfill has to load. A day is loaded when a run of it has succeeded that began after the day
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
    public record Wanted(String pipeline, List<String> endpoints, LocalDate first, LocalDate last, boolean force) {}

    /** @param loadedBy the run that has loaded it; null: it is to be loaded */
    public record Window(
            LocalDate day, String endpoint, @Nullable String loadedBy) {}

    /**
     * @return day by day
     * @throws MillraceException with {@code PIPELINE_UNKNOWN}, {@code ENDPOINT_UNKNOWN}, {@code REQUEST_INVALID}, or that
     *     of the loader, which is asked
     */
    public List<Window> of(Wanted wanted) throws InterruptedException {
        Pipeline pipeline = catalog.pipeline(wanted.pipeline()).pipeline();
        Set<String> endpoints = endpoints(pipeline, wanted.endpoints());
        check(pipeline, endpoints, wanted);
        Map<String, String> loaded = wanted.force() ? Map.of() : loaded(pipeline, endpoints, wanted);
        List<Window> windows = new ArrayList<>();
        for (LocalDate day = wanted.first(); !day.isAfter(wanted.last()); day = day.plusDays(1)) {
            for (String endpoint : endpoints) {
                windows.add(new Window(day, endpoint, loaded.get(key(endpoint, day))));
            }
        }
        return windows;
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

    private void check(Pipeline pipeline, Set<String> endpoints, Wanted wanted) {
        if (wanted.last().isBefore(wanted.first())) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "to: " + wanted.last() + " (expected: " + wanted.first() + ", which is from, or later)");
        }
        Instant now = runs.now();
        for (String name : endpoints) {
            LocalDate today = day(pipeline, name).of(now);
            if (wanted.last().isAfter(today)) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "to: " + wanted.last() + " (expected: " + today + " at the latest, which is today)");
            }
        }
        long windows = (wanted.last().toEpochDay() - wanted.first().toEpochDay() + 1) * endpoints.size();
        if (windows > MOST_WINDOWS) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "from, to: " + windows + " days of endpoints (expected: at most " + MOST_WINDOWS + " at once)");
        }
    }

    private static Endpoint.Day day(Pipeline pipeline, String endpoint) {
        return Objects.requireNonNull(
                Objects.requireNonNull(pipeline.endpoints().get(endpoint)).day());
    }

    /** The newest run of each day that has loaded it wholly, of the endpoint itself. */
    private Map<String, String> loaded(Pipeline pipeline, Set<String> endpoints, Wanted wanted)
            throws InterruptedException {
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
        List<LoadedDay> complete = backfills.loaded(pipeline.name(), names, wanted.first(), wanted.last()).stream()
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
                .forEach(run -> runsOfDays.put(key(run.endpoint(), run.runDay()), run.id()));
        Map<String, String> loaded = new HashMap<>();
        tables.forEach((endpoint, own) -> {
            for (LocalDate day = wanted.first(); !day.isAfter(wanted.last()); day = day.plusDays(1)) {
                LocalDate each = day;
                if (own.stream().allMatch(name -> runsOfDays.containsKey(key(name, each)))) {
                    loaded.put(key(endpoint, day), Objects.requireNonNull(runsOfDays.get(key(endpoint, day))));
                }
            }
        });
        return loaded;
    }

    private static boolean isComplete(Pipeline pipeline, Map<String, Endpoint> all, LoadedDay run) {
        Endpoint endpoint = Objects.requireNonNull(all.get(run.endpoint()));
        String target =
                new RunSpec.OfEndpoint(pipeline.source(), endpoint, null, false, null, List.of()).target(run.runDay());
        return Optional.ofNullable(endpoint.day())
                .filter(day -> !run.createdAt().isBefore(day.complete(run.runDay())))
                .filter(_ -> run.targetTable().equals(target))
                .isPresent();
    }

    private static String key(String endpoint, LocalDate day) {
        return endpoint + " " + day;
    }
}
