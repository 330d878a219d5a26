package dev.millrace.gateway.intake;

import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.run.Claims;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.run.Runs;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.NewRun;
import dev.millrace.gateway.store.NewRunRepository;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.gateway.store.RunState;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Export;
import dev.millrace.pipeline.Model;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/** Turns a request into stored runs, all or none, before anything starts. */
@Singleton
public class Acceptance {
    private final RunRepository runs;
    private final NewRunRepository newRuns;
    private final Runs machine;
    private final Claims claims;
    private final RunLog log;
    private final Json json;

    Acceptance(RunRepository runs, NewRunRepository newRuns, Runs machine, Claims claims, RunLog log, Json json) {
        this.runs = runs;
        this.newRuns = newRuns;
        this.machine = machine;
        this.claims = claims;
        this.log = log;
        this.json = json;
    }

    /**
     * What is asked for.
     *
     * @param pipeline with an absolute folder, if it has one
     * @param endpoints, models and exports, by name; empty: all of the pipeline
     * @param day for endpoints that load days; null: today
     * @param dryRun whether nothing is to be loaded
     * @param full whether endpoints with a cursor are to read everything
     * @param trigger {@code api}, {@code schedule}, {@code event}, {@code after} or {@code backfill}
     * @param withModels whether the models and exports follow that come after what is asked for
     * @param idempotencyKey null: every request is a new one
     * @param remarks for the log of each run
     * @param startedBy whoever has asked for them; null: nobody, but a schedule or an event
     */
    public record Request(
            Pipeline pipeline,
            List<String> endpoints,
            @Nullable RunWindow day,
            boolean dryRun,
            boolean full,
            boolean withModels,
            String trigger,
            @Nullable String idempotencyKey,
            List<Remark> remarks,
            @Nullable String startedBy) {}

    /** A line of a run's log. */
    public record Remark(Heartbeat.Level level, String text) {}

    /** @param repeated whether the request had been accepted before */
    public record Accepted(String batch, List<RunRow> runs, boolean repeated) {}

    /**
     * @throws RunActive when one of the endpoints has an unfinished run for the window
     * @throws MillraceException with {@code ENDPOINT_UNKNOWN}, {@code REQUEST_INVALID} or {@code IDEMPOTENCY_KEY_REUSED}
     */
    @Transactional
    public Accepted accept(Request request) {
        Pipeline pipeline = request.pipeline();
        Set<String> wanted = wanted(request);
        Map<String, Endpoint> endpoints = pipeline.allEndpoints();
        if (request.day() != null
                && wanted.stream()
                        .map(endpoints::get)
                        .noneMatch(endpoint -> endpoint != null && endpoint.day() != null)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "day: none of the endpoints loads single days (no key 'day' in the pipeline file)");
        }
        if (request.full()) {
            checkFull(pipeline, wanted);
        }
        Instant now = runs.now();
        String batch = UUID.randomUUID().toString();
        String key = request.idempotencyKey();
        if (key != null) {
            String content = pipeline.name() + " " + wanted + " " + request.day() + (request.dryRun() ? " dry" : "")
                    + (request.full() ? " full" : "");
            String digest = UUID.nameUUIDFromBytes(content.getBytes(StandardCharsets.UTF_8))
                    .toString();
            String name = request.trigger() + ":" + key; // a caller is not to meet the scheduler's keys
            if (runs.remember(name, digest, batch, now) == 0) {
                return repeated(key, name, digest);
            }
        }
        Map<String, RunRow> accepted = new HashMap<>();
        for (String name : readersFirst(wanted, pipeline)) {
            Endpoint endpoint = Objects.requireNonNull(endpoints.get(name));
            String reader = pipeline.readerFor(name).orElse(null);
            RunSpec spec = new RunSpec.OfEndpoint(
                    pipeline.source(),
                    endpoint,
                    pipeline.credentials(),
                    request.full() && endpoint.isIncremental(),
                    reader,
                    pipeline.readElsewhere(name));
            List<String> after = reader == null ? List.of() : List.of(reader);
            Endpoint.Day days = endpoint.day();
            RunWindow day = days == null ? null : RunSpec.OfEndpoint.day(days, request.day(), now);
            accept(request, name, day, spec, batch, accepted, after, now);
        }
        derived(request, wanted, batch, accepted, now);
        return new Accepted(batch, byName(accepted), false);
    }

    /**
     * Models and exports.
     *
     * @param wanted names, of endpoints, too
     */
    private void derived(Request request, Set<String> wanted, String batch, Map<String, RunRow> accepted, Instant now) {
        Pipeline pipeline = request.pipeline();
        Map<String, List<String>> after = pipeline.derived();
        for (String name : pipeline.derivedInOrder()) {
            if (wanted.contains(name)) {
                Model model = pipeline.models().get(name);
                RunSpec spec = model == null
                        ? export(Objects.requireNonNull(pipeline.exports().get(name)), pipeline)
                        : new RunSpec.OfModel(model, pipeline.credentials());
                accept(request, name, null, spec, batch, accepted, Objects.requireNonNull(after.get(name)), now);
            }
        }
    }

    private static RunSpec export(Export export, Pipeline pipeline) {
        Export.Place place = export.destination();
        return new RunSpec.OfExport(place.published(), place.format(), export.sql(), pipeline.credentials());
    }

    /**
     * Records that somebody has sent in the place of those that a run has rejected.
     *
     * @param pipeline as its file is now
     * @param id of the run that loads them; where it has staged what was sent is known by it
     * @param rejecting the run that had rejected them
     * @param uploaded what reads them
     * @param digest of what was sent: the same is loaded once
     * @param startedBy whoever has sent it
     */
    public record Replay(
            Pipeline pipeline,
            String id,
            RunRow rejecting,
            Read.Uploaded uploaded,
            String digest,
            List<Remark> remarks,
            String startedBy) {}

    /**
     * Stores the run of a replay, and those of the models and exports after it.
     *
     * @throws RunActive when the endpoint has an unfinished run for the window
     */
    @Transactional
    public Accepted accept(Replay replay) {
        Pipeline pipeline = replay.pipeline();
        RunRow rejecting = replay.rejecting();
        Instant now = runs.now();
        String batch = UUID.randomUUID().toString();
        String key = "replay:" + rejecting.id() + ":" + replay.digest();
        if (runs.remember(key, replay.digest(), batch, now) == 0) {
            Accepted before = repeated(key, key, replay.digest());
            boolean nothingLoaded = before.runs().stream()
                    .filter(run -> rejecting.id().equals(run.replayOf()))
                    .allMatch(Acceptance::hasLoadedNothing);
            if (!nothingLoaded) {
                return before;
            }
            runs.rememberAnew(key, batch);
        }
        Request request = new Request(
                pipeline,
                List.of(rejecting.endpoint()),
                rejecting.day(),
                false,
                false,
                true,
                "replay",
                null,
                replay.remarks(),
                replay.startedBy());
        Endpoint endpoint = Objects.requireNonNull(pipeline.allEndpoints().get(rejecting.endpoint()));
        RunSpec spec = new RunSpec.OfEndpoint(
                replay.uploaded().source(),
                endpoint.replaying(replay.uploaded().read()),
                pipeline.credentials(),
                false,
                null,
                pipeline.readElsewhere(rejecting.endpoint()));
        Map<String, RunRow> accepted = new HashMap<>();
        NewRun run = newRun(request, replay.id(), rejecting.endpoint(), rejecting.day(), spec, batch, now)
                .replayOf(rejecting.id())
                .build();
        store(request, run, spec, accepted, List.of(), now);
        derived(request, pipeline.derivedAfter(Set.of(rejecting.endpoint())), batch, accepted, now);
        return new Accepted(batch, byName(accepted), false);
    }

    /**
     * A file that somebody has sent for an endpoint's table.
     *
     * @param id of the run that loads it; where it has staged the file is known by it
     * @param uploaded what reads it
     * @param digest of the file
     * @param dryRun whether its rows are only looked at
     * @param idempotencyKey null: every request is a new one
     * @param startedBy whoever has sent it
     */
    public record Upload(
            Pipeline pipeline,
            String endpoint,
            String id,
            Read.Uploaded uploaded,
            String digest,
            boolean dryRun,
            @Nullable String idempotencyKey,
            List<Remark> remarks,
            String startedBy) {}

    /**
     * Stores the run that loads a file, and, unless it is dry, those of the models and exports after the endpoint.
     *
     * @throws MillraceException with {@code IDEMPOTENCY_KEY_REUSED}
     */
    @Transactional
    public Accepted accept(Upload upload) {
        Pipeline pipeline = upload.pipeline();
        String name = upload.endpoint();
        Instant now = runs.now();
        String batch = UUID.randomUUID().toString();
        String key = upload.idempotencyKey();
        if (key != null) {
            String remembered = RunRow.UPLOAD + ":" + key;
            String content = pipeline.name() + " " + name + " " + upload.digest() + (upload.dryRun() ? " dry" : "");
            String digest = UUID.nameUUIDFromBytes(content.getBytes(StandardCharsets.UTF_8))
                    .toString();
            if (runs.remember(remembered, digest, batch, now) == 0) {
                Accepted before = repeated(key, remembered, digest);
                if (before.runs().stream().filter(RunRow::isUpload).noneMatch(Acceptance::hasLoadedNothing)) {
                    return before;
                }
                runs.rememberAnew(remembered, batch);
            }
        }
        Request request = new Request(
                pipeline,
                List.of(name),
                null,
                upload.dryRun(),
                false,
                true,
                RunRow.UPLOAD,
                null,
                upload.remarks(),
                upload.startedBy());
        Endpoint endpoint = Objects.requireNonNull(pipeline.endpoints().get(name));
        RunSpec spec = new RunSpec.OfEndpoint(
                upload.uploaded().source(),
                endpoint.uploading(upload.uploaded().read()),
                pipeline.credentials(),
                false,
                null,
                List.of());
        Map<String, RunRow> accepted = new HashMap<>();
        store(
                request,
                newRun(request, upload.id(), name, null, spec, batch, now).build(),
                spec,
                accepted,
                List.of(),
                now);
        if (!upload.dryRun()) {
            Request following = new Request(
                    pipeline,
                    List.of(name),
                    null,
                    false,
                    false,
                    true,
                    "api",
                    null,
                    upload.remarks(),
                    upload.startedBy());
            derived(following, pipeline.derivedAfter(Set.of(name)), batch, accepted, now);
        }
        return new Accepted(batch, byName(accepted), false);
    }

    /**
     * A backup or a restore.
     *
     * @param endpoint or model that loads the table
     * @param trigger {@link RunRow#BACKUP} or {@link RunRow#RESTORE}
     * @param idempotencyKey null: every request is a new one
     * @param remarks for the log of the run
     * @param startedBy null: a schedule
     */
    public record OfTable(
            Pipeline pipeline,
            String endpoint,
            RunSpec.OfLoader spec,
            String trigger,
            @Nullable String idempotencyKey,
            List<Remark> remarks,
            @Nullable String startedBy) {
        /** A caller is not to meet the scheduler's keys. */
        String remembered(String key) {
            return (startedBy == null ? "schedule" : trigger) + ":" + key;
        }
    }

    /**
     * Stores the run of a backup or a restore.
     *
     * @throws RunActive when it is one of a schedule, and an earlier one of the same table isn't over
     * @throws MillraceException with {@code IDEMPOTENCY_KEY_REUSED}
     */
    @Transactional
    public Accepted accept(OfTable wanted) {
        Instant now = runs.now();
        String batch = UUID.randomUUID().toString();
        String key = wanted.idempotencyKey();
        if (key != null) {
            String remembered = wanted.remembered(key);
            String content = wanted.startedBy() == null ? key : json.write(wanted.spec());
            String digest = UUID.nameUUIDFromBytes(content.getBytes(StandardCharsets.UTF_8))
                    .toString();
            if (runs.remember(remembered, digest, batch, now) == 0) {
                return repeated(key, remembered, digest);
            }
        }
        Request request = new Request(
                wanted.pipeline(),
                List.of(wanted.endpoint()),
                null,
                false,
                false,
                false,
                wanted.trigger(),
                null,
                wanted.remarks(),
                wanted.startedBy());
        Map<String, RunRow> accepted = new HashMap<>();
        accept(request, wanted.endpoint(), null, wanted.spec(), batch, accepted, List.of(), now);
        if (wanted.startedBy() == null) {
            claims.scheduledBackup(Objects.requireNonNull(accepted.get(wanted.endpoint())));
        }
        return new Accepted(batch, byName(accepted), false);
    }

    private static boolean hasLoadedNothing(RunRow run) {
        return run.state() == RunState.FAILED || run.state() == RunState.CANCELLED;
    }

    /** What is asked for, the further tables of endpoints among it, and the models and exports that follow. By name. */
    private static Set<String> wanted(Request request) {
        Pipeline pipeline = request.pipeline();
        SortedSet<String> all = new TreeSet<>(pipeline.allEndpoints().keySet());
        all.addAll(pipeline.derived().keySet());
        if (request.endpoints().isEmpty()) {
            return all;
        }
        SortedSet<String> wanted = new TreeSet<>();
        for (String name : request.endpoints()) {
            if (!all.contains(name)) {
                throw new MillraceException(
                        ErrorCode.ENDPOINT_UNKNOWN,
                        "pipeline " + pipeline.name() + " has no endpoint, model or export '" + name + "' (it has: "
                                + String.join(", ", all) + ")");
            }
            if (!wanted.add(name)) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID, "endpoints: " + request.endpoints() + " (expected: each name once)");
            }
        }
        for (String name : List.copyOf(wanted)) {
            pipeline.readerFor(name).filter(reader -> !wanted.contains(reader)).ifPresent(reader -> {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "endpoints: " + name + " is a further table of " + reader + ", whose run reads its records"
                                + " (expected: " + reader + ", which brings it)");
            });
            Endpoint endpoint = pipeline.endpoints().get(name);
            if (endpoint != null) {
                wanted.addAll(endpoint.furtherTables().keySet());
            }
        }
        if (request.withModels()) {
            wanted.addAll(pipeline.derivedAfter(Set.copyOf(wanted)));
        }
        return wanted;
    }

    /**
     * Endpoints by name, each before its further tables: every request claims in the same order, so that no two wait for
     * each other.
     */
    private static List<String> readersFirst(Set<String> wanted, Pipeline pipeline) {
        return wanted.stream()
                .filter(pipeline.endpoints()::containsKey)
                .flatMap(name -> Stream.concat(
                        Stream.of(name),
                        Objects.requireNonNull(pipeline.endpoints().get(name)).furtherTables().keySet().stream()
                                .sorted()))
                .toList();
    }

    private static void checkFull(Pipeline pipeline, Set<String> wanted) {
        List<Map.Entry<String, Endpoint>> incremental = pipeline.allEndpoints().entrySet().stream()
                .filter(endpoint -> wanted.contains(endpoint.getKey())
                        && endpoint.getValue().isIncremental())
                .toList();
        if (incremental.isEmpty()) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "full: none of the endpoints has a cursor, so each run of them reads everything");
        }
        for (Map.Entry<String, Endpoint> endpoint : incremental) {
            if (endpoint.getValue().destination() instanceof Destination.Table table && table.write() == Write.APPEND) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "full: endpoint " + endpoint.getKey() + " appends, so all rows that are in "
                                + table.table()
                                + " already would be there twice (expected: an endpoint that merges; or,"
                                + " when the table has been emptied, a cursor that is set to none)");
            }
        }
    }

    /**
     * @param accepted the runs of the batch so far, by the names of their endpoints, models and exports
     * @param after names that the run comes after; those without a run in the batch are as they last were loaded
     */
    private void accept(
            Request request,
            String name,
            @Nullable RunWindow day,
            RunSpec spec,
            String batch,
            Map<String, RunRow> accepted,
            List<String> after,
            Instant now) {
        NewRun run = newRun(request, UUID.randomUUID().toString(), name, day, spec, batch, now)
                .build();
        store(request, run, spec, accepted, after, now);
    }

    private NewRun.Builder newRun(
            Request request, String id, String name, @Nullable RunWindow day, RunSpec spec, String batch, Instant now) {
        return NewRun.builder()
                .id(id)
                .batch(batch)
                .pipeline(request.pipeline().name())
                .endpoint(name)
                .day(day)
                .targetTable(spec.target(day))
                .runTrigger(request.trigger())
                .startedBy(request.startedBy())
                .dryRun(request.dryRun())
                .spec(json.write(spec))
                .createdAt(now);
    }

    private void store(
            Request request,
            NewRun stored,
            RunSpec spec,
            Map<String, RunRow> accepted,
            List<String> after,
            Instant now) {
        newRuns.save(stored);
        RunRow run = runs.findById(stored.id()).orElseThrow();
        List<RunRow> upstream =
                after.stream().map(accepted::get).filter(Objects::nonNull).toList();
        machine.accept(run, spec, upstream, now);
        request.remarks().forEach(remark -> log.add(run.id(), now, remark.level(), remark.text()));
        accepted.put(run.endpoint(), run);
    }

    /** As {@link RunRepository#batch} has them. */
    private static List<RunRow> byName(Map<String, RunRow> accepted) {
        return List.copyOf(new TreeMap<>(accepted).values());
    }

    private Accepted repeated(String key, String name, String digest) {
        if (!runs.rememberedRequest(name).orElse("").equals(digest)) {
            throw new MillraceException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED, "Idempotency-Key '" + key + "' came with another request before");
        }
        String batch = runs.rememberedBatch(name).orElseThrow();
        return new Accepted(batch, runs.batch(batch), true);
    }
}
