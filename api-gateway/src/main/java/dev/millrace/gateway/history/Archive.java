package dev.millrace.gateway.history;

import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.gateway.store.StoredSpecs;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.gateway.store.Unreadable;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Fault;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Manifests;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.CheckResult;
import dev.millrace.task.CheckResults;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Publication;
import dev.millrace.task.RunLogCopy;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * Keeps the log and the rejects of finished runs in staging, under {@code archive/{run}/{time of the end}}, when the
 * staged data itself is gone; the log of a run that publishes is then to be copied beside what it published. What a succeeded run has staged is deleted; that of others is kept for a retry.
 */
@Singleton
public class Archive {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int LINES = 1_000;
    private static final int SLICES = 500;
    private static final String LOG = "log.ndjson";

    private final RunRepository runs;
    private final TaskRepository tasks;
    private final RunLog log;
    private final StagingStore staging;
    private final Manifests manifests;
    private final Json json;
    private final StoredSpecs specs;

    Archive(
            RunRepository runs,
            TaskRepository tasks,
            RunLog log,
            StagingStore staging,
            Manifests manifests,
            Json json,
            StoredSpecs specs) {
        this.runs = runs;
        this.tasks = tasks;
        this.log = log;
        this.staging = staging;
        this.manifests = manifests;
        this.json = json;
        this.specs = specs;
    }

    /** Runs that have finished and are not archived yet. */
    @Transactional(readOnly = true)
    public List<String> due(int most) {
        return runs.unarchived(most);
    }

    /** May be repeated: of a replica that died before its commit, what was complete stays as it is. */
    @Transactional
    public void archive(String id) {
        RunRow run = runs.lock(id).orElseThrow();
        if (run.archived() || !run.state().finished()) {
            return;
        }
        List<TaskRow> steps = tasks.of(id);
        String folder = folder(run);
        if (!staging.exists(folder + LOG)) { // written last; with it there, the staged rejects may be gone
            staging.deleteAll(folder);
            copyRejects(run, steps, folder);
            writeLog(run, steps, folder + LOG);
        }
        if (run.state() == RunState.SUCCEEDED) {
            Optional<TaskRow> extract =
                    steps.stream().filter(step -> step.step() == Step.EXTRACT).findFirst();
            deleteOldState(run, extract);
            deleteStaged(run);
            if (extract.isPresent()) {
                runs.upstream(id).stream().filter(this::isDone).forEach(this::deleteStaged);
            }
        }
        runs.archived(id, publishes(run) ? runs.now() : null);
    }

    /**
     * Deletes what a succeeded run has staged, unless further tables still need its records: of several runs that do, the
     * last one to be archived finds the logs of all others.
     */
    private void deleteStaged(RunRow run) {
        if (runs.downstream(run.id()).stream()
                .map(id -> runs.findById(id).orElseThrow())
                .filter(this::hasExtracted)
                .allMatch(this::isDone)) {
            staging.deleteAll("runs/" + run.id() + "/");
        }
    }

    /**
     * Of an endpoint whose cursor is an object in staging, with a number in its name: deletes those from which no run that
     * can still commit starts.
     */
    private void deleteOldState(RunRow run, Optional<TaskRow> extract) {
        String start = run.dryRun() ? null : startCursor(extract);
        String folder = "state/" + run.pipeline() + "/" + run.endpoint() + "/";
        if (start != null && start.startsWith(folder)) {
            staging.list(folder).stream()
                    .filter(object -> object.compareTo(start) < 0)
                    .forEach(staging::deleteAll);
        }
    }

    /** The cursor from which the run has read; null when it has none, or what is stored of it can't be read. */
    private @Nullable String startCursor(Optional<TaskRow> extract) {
        try {
            return extract.map(specs::work)
                    .filter(Work.Extracting.class::isInstance)
                    .map(Work.Extracting.class::cast)
                    .map(Work.Extracting::increment)
                    .map(Work.ExtractIncrement::committed)
                    .map(CommittedCursor::value)
                    .orElse(null);
        } catch (MillraceException e) { // the lists stay, which harms nobody
            return null;
        }
    }

    private boolean isDone(RunRow run) {
        return run.state() == RunState.SUCCEEDED && staging.exists(folder(run) + LOG);
    }

    /** Whether the run has records, be they read by itself or, for a further table, by the run that it comes after. */
    private boolean hasExtracted(RunRow run) {
        return tasks.of(run.id(), Step.EXTRACT).isPresent();
    }

    private boolean publishes(RunRow run) {
        if (run.dryRun()) {
            return false;
        }
        try {
            return specs.access(run).logged();
        } catch (MillraceException e) { // no later try would do better
            log.warn(
                    run.id(),
                    runs.now(),
                    "whether the run publishes isn't known, so its log stays here: " + e.detail());
            return false;
        }
    }

    /** What the loader is asked to do with the archived log of a run that has ended. */
    public static RunLogCopy copy(RunRow run, @Nullable String credentials, Publication publication) {
        String end = STAMP.format(Objects.requireNonNull(run.finishedAt()));
        return new RunLogCopy(run.id(), folder(run) + LOG, run.id() + "-" + end + ".ndjson", credentials, publication);
    }

    /** A page of the run's rejects, wherever they are now. */
    List<Reject> rejects(RunRow run, RejectFilter filter, long skip, int most) {
        if (!isArchived(run)) {
            try {
                List<Reject> page = page(run, stagedParts(run), filter, skip, most);
                if (!isArchived(current(run))) { // else some of it may have been deleted before it was read
                    return page;
                }
            } catch (MillraceException e) {
                if (e.code() != ErrorCode.STAGING_CORRUPT || !isArchived(current(run))) {
                    throw e;
                }
            }
        }
        RunRow archived = current(run);
        return page(archived, archivedParts(archived), filter, skip, most);
    }

    private RunRow current(RunRow run) {
        return runs.findById(run.id()).orElse(run);
    }

    private List<Reject> page(RunRow run, List<InputStreamSupplier> parts, RejectFilter filter, long skip, int most) {
        List<Reject> page = new ArrayList<>();
        long skipped = 0;
        for (InputStreamSupplier part : parts) {
            try (InputStream in = part.open();
                    BufferedReader lines = new BufferedReader(
                            new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null && page.size() < most; line = lines.readLine()) {
                    if (filter.isAll() && skipped < skip) {
                        skipped++; // without looking into it
                        continue;
                    }
                    Reject reject = reject(run, line);
                    if (filter.matches(reject) && skipped++ >= skip) {
                        page.add(reject);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        for (Reject unmet : unmet(run)) {
            if (page.size() < most && filter.matches(unmet) && skipped++ >= skip) {
                page.add(unmet);
            }
        }
        return page;
    }

    /** Some of the rows of the table for which a load was taken back, check by check. */
    List<Reject> unmet(RunRow run) {
        CheckResults checks = json.readIfReadable(run.checks(), CheckResults.class);
        List<Reject> rejects = new ArrayList<>();
        if (checks != null) {
            checks.results().stream()
                    .filter(CheckResult::fails)
                    .forEach(result -> result.sample()
                            .forEach(row -> rejects.add(new Reject(
                                    Step.LOAD.name(),
                                    run.targetTable(),
                                    rejects.size() + 1L,
                                    null,
                                    null,
                                    null,
                                    result.line(),
                                    row,
                                    Fault.Kind.CHECK_UNMET,
                                    List.of()))));
        }
        return rejects;
    }

    private Reject reject(RunRow run, String line) {
        try {
            return json.read(line, Reject.class);
        } catch (Unreadable e) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT, "rejects of run " + run.id() + ": " + e.getMessage(), e);
        }
    }

    /** From the archive's log on, what is staged may go at any moment, before the run's row says so. */
    private boolean isArchived(RunRow run) {
        return run.archived() || (run.state().finished() && staging.exists(folder(run) + LOG));
    }

    private List<InputStreamSupplier> stagedParts(RunRow run) {
        return staged(tasks.of(run.id())).stream()
                .<InputStreamSupplier>map(part -> () -> staging.open(part))
                .toList();
    }

    private List<InputStreamSupplier> archivedParts(RunRow run) {
        return staging.list(folder(run) + "rejects-").stream()
                .<InputStreamSupplier>map(name -> () -> staging.open(name))
                .toList();
    }

    private interface InputStreamSupplier {
        InputStream open();
    }

    private List<Part> staged(List<TaskRow> steps) {
        List<Part> parts = new ArrayList<>();
        for (TaskRow task : steps) {
            if (task.isCut()) {
                addOfSlices(task, parts);
            } else if (task.state() == TaskState.DONE
                    && task.manifest() != null) { // of a load, when it has rejected rows
                manifests.find(task.manifest()).map(Manifest::rejects).ifPresent(parts::addAll);
            }
        }
        return parts;
    }

    private void addOfSlices(TaskRow step, List<Part> parts) {
        List<TaskRow> some;
        int after = 0;
        do {
            some = tasks.slicesWithRejects(step.run(), step.step(), after, SLICES);
            for (TaskRow slice : some) {
                manifests
                        .find(Objects.requireNonNull(slice.manifest()))
                        .map(Manifest::rejects)
                        .ifPresent(parts::addAll);
                after = slice.slice();
            }
        } while (some.size() == SLICES);
    }

    private void copyRejects(RunRow run, List<TaskRow> steps, String folder) {
        try {
            int number = 0;
            for (Part part : staged(steps)) {
                copy(part, folder + "rejects-%05d.ndjson.gz".formatted(number++));
            }
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.STAGING_CORRUPT) {
                throw e;
            }
            // no later try would find them
            log.warn(run.id(), runs.now(), "not all rejects could be archived: " + e.detail());
        }
    }

    private void copy(Part part, String target) {
        try (InputStream in = staging.open(part);
                Upload upload = staging.upload(target)) {
            in.transferTo(upload.stream());
            upload.commit(part.rows());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The run's log with the lines of its batches between. */
    private void writeLog(RunRow run, List<TaskRow> steps, String target) {
        try (Upload upload = staging.upload(target);
                BatchLog batches = new BatchLog(staging, json, batches(run, steps))) {
            long count = 0;
            long after = 0;
            List<LogLineRow> lines;
            do {
                lines = log.after(run.id(), after, LINES);
                for (LogLineRow line : lines) {
                    count += write(upload, batches, line.logTime());
                    write(upload, json.write(new Heartbeat.LogLine(line.logTime(), line.level(), line.message())));
                    after = Objects.requireNonNull(line.id());
                    count++;
                }
            } while (lines.size() == LINES);
            count += write(upload, batches, Instant.MAX);
            upload.commit(count);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long write(Upload upload, BatchLog batches, Instant upTo) throws IOException {
        long count = 0;
        for (String line = batches.upTo(upTo); line != null; line = batches.upTo(upTo)) {
            write(upload, line);
            count++;
        }
        return count;
    }

    private static void write(Upload upload, String line) throws IOException {
        upload.stream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** What the attempts of the extraction have left; of one that was killed, nothing. */
    private List<String> batches(RunRow run, List<TaskRow> steps) {
        List<String> parts = new ArrayList<>();
        for (TaskRow step : steps) {
            for (int attempt = 1;
                    step.step() == Step.EXTRACT && !step.isCut() && attempt <= step.attempt();
                    attempt++) {
                parts.addAll(staging.list(Task.batches(run.id(), run.endpoint(), attempt)));
            }
        }
        return parts;
    }

    private static String folder(RunRow run) {
        Instant end = Objects.requireNonNull(run.finishedAt());
        return "archive/" + run.id() + "/" + STAMP.format(end) + "/";
    }
}
