package dev.millrace.extractor;

import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.record.EnoughRecords;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Manifests;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Checks;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.LogContext;
import dev.millrace.task.Sample;
import dev.millrace.task.SourceTables;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.StoppedException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the first records of a source by the {@link SourceReader} that a run has, into a folder of its own that is gone
 * when the answer is there: nothing is staged. Safe for use by several threads.
 */
@Singleton
final class Samples {
    private static final Logger LOG = LoggerFactory.getLogger(Samples.class);

    /** Somebody waits for each of them. */
    private static final int AT_ONCE = 8;

    /** Of the records in an answer: what goes on to the transformer fits into its largest request. */
    private static final int MOST_BYTES = 6 * 1024 * 1024;

    /** For a reading to notice that its time is over: a database's query is ended in the server. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final Extractions extractions;
    private final ObjectMapper json;
    private final ExtractorConfig config;
    private final Clock clock;
    private final Semaphore room = new Semaphore(AT_ONCE);

    Samples(Extractions extractions, ObjectMapper json, ExtractorConfig config, Clock clock) {
        this.extractions = extractions;
        this.json = json;
        this.config = config;
        this.clock = clock;
    }

    /**
     * @throws MillraceException with that of the reading; {@code BUSY}; {@code SOURCE_UNAVAILABLE} when no record came in
     *     time
     */
    Sample take(Sample.Wanted wanted) throws InterruptedException {
        Work.Extract work = work(wanted.task());
        return looked(() -> LogContext.of(wanted.task()), context -> read(wanted, work, context));
    }

    /** What is to be read, and by which format where it isn't the task's; empty: it is. */
    private record Way(Work.Extract work, List<String> format) {}

    private Way way(Sample.Wanted wanted, Work.Extract work, StagedRecords staged, TaskContext context) {
        if (!wanted.propose()) {
            return new Way(work, List.of());
        }
        try {
            SourceReader.Proposed<?> proposed = extractions.proposed(wanted.task(), work, staged, context);
            return proposed == null
                    ? new Way(work, List.of())
                    : new Way(
                            new Work.Extract(work.source(), proposed.read(), work.columns(), work.parts()),
                            proposed.format());
        } catch (StoppedException | InterruptedException e) {
            boolean _ = Thread.interrupted(); // the answer is still to be given
            throw overdue();
        }
    }

    /**
     * Tries a source step by step, up to the first step that fails; the last one reads a record.
     *
     * @throws MillraceException with {@code BUSY}; {@code SOURCE_UNAVAILABLE} when a step doesn't end in time
     */
    Checks check(Sample.Wanted wanted) throws InterruptedException {
        Work.Extract work = work(wanted.task());
        return looked(() -> LogContext.of(wanted.task()), context -> check(wanted, work, context));
    }

    /**
     * @throws MillraceException with {@code BUSY}; {@code SOURCE_UNAVAILABLE} when they aren't listed in time; or what the
     *     source said
     */
    SourceTables tables(SourceTables.Wanted wanted) throws InterruptedException {
        String look = UUID.randomUUID().toString();
        return looked(() -> LogContext.of(look, wanted.pipeline(), ""), context -> {
            try {
                return new SourceTables(extractions.tables(wanted, context));
            } catch (StoppedException | InterruptedException e) {
                boolean _ = Thread.interrupted(); // the answer is still to be given
                throw new MillraceException(
                        ErrorCode.SOURCE_UNAVAILABLE,
                        "the source hasn't listed its tables within "
                                + config.sampleTimeout().toMillis() + " ms",
                        e);
            }
        });
    }

    private static Work.Extract work(Task task) {
        if (!(task.work() instanceof Work.Extracting extracting)) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "only a source that is extracted can be looked at");
        }
        return extracting.extract();
    }

    private interface Look<T> {
        T at(TaskContext context) throws IOException;
    }

    /** Looks at a source on a thread of its own, until it is done or the time is over. */
    private <T> T looked(Supplier<LogContext> logged, Look<T> look) throws InterruptedException {
        if (!room.tryAcquire()) {
            throw new MillraceException(ErrorCode.BUSY, "already at " + AT_ONCE + " samples");
        }
        TaskContext context = new TaskContext(clock);
        FutureTask<T> looking = new FutureTask<>(() -> look.at(context));
        Thread thread = Thread.ofPlatform().daemon().name("sample").start(() -> {
            try (LogContext _ = logged.get()) {
                looking.run();
            } finally {
                room.release();
            }
        });
        try {
            return result(looking, config.sampleTimeout(), context);
        } catch (TimeoutException | InterruptedException e) {
            // in this order: who sees the stop has been interrupted, and isn't while it writes what has come
            thread.interrupt();
            context.stop();
            if (e instanceof InterruptedException interruption) {
                throw interruption; // the service ends
            }
        }
        try {
            return result(looking, GRACE, context);
        } catch (TimeoutException e) {
            throw overdue();
        }
    }

    private static <T> T result(FutureTask<T> looking, Duration patience, TaskContext context)
            throws InterruptedException, TimeoutException {
        try {
            return looking.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case MillraceException known ->
                    throw new MillraceException(known.code(), context.masked(known.detail()), known);
                case RuntimeException defect -> throw defect;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    private Checks check(Sample.Wanted wanted, Work.Extract work, TaskContext context) throws IOException {
        Steps steps = new Steps(context);
        Path folder = folder();
        try (StagedRecords staged = new StagedRecords(
                new LocalStagingStore(folder), json, wanted.task(), context, Long.MAX_VALUE, work.parts(), 1)) {
            extractions.check(wanted.task(), work, staged, context, steps);
            if (work.read().warehouseQuery() == null) {
                Sample _ = steps.ofEndpoint("reads", () -> read(wanted, work, context), Samples::seen);
            } else {
                boolean _ = steps.ofEndpoint(
                        "reads",
                        () -> true,
                        _ -> "not checked: what it reads depends on rows of the warehouse, which only a run asks for");
            }
        } catch (Steps.Failed e) {
            LOG.debug("a step has failed", e);
        } catch (InterruptedException e) {
            LOG.debug("the check was ended in the middle of a step; what was found is told", e);
        } finally {
            remove(folder);
        }
        return steps.checks();
    }

    /** What the reading of a record has said. */
    private static String seen(Sample sample) {
        String said = sample.log().stream()
                .filter(line -> line.level() != Heartbeat.Level.DEBUG)
                .limit(3)
                .map(Heartbeat.LogLine::message)
                .collect(Collectors.joining("; "));
        return (sample.records() > 0 ? "a record is there" : "there are no records")
                + (said.isEmpty() ? "" : " (" + said + ")");
    }

    private Path folder() throws IOException {
        Files.createDirectories(config.scratchFolder());
        return Files.createTempDirectory(config.scratchFolder(), "sample-");
    }

    private MillraceException overdue() {
        return new MillraceException(
                ErrorCode.SOURCE_UNAVAILABLE,
                "the source has sent no record within " + config.sampleTimeout().toMillis() + " ms");
    }

    private Sample read(Sample.Wanted wanted, Work.Extract work, TaskContext context) throws IOException {
        Path folder = folder();
        try {
            StagingStore store = new LocalStagingStore(folder);
            Task task = wanted.task();
            Work.Parts parts = new Work.Parts(
                    Manifest.Format.NDJSON_ZSTD, null, work.parts().validated());
            try (StagedRecords staged =
                    new StagedRecords(store, json, task, context, Long.MAX_VALUE, parts, wanted.records())) {
                Way way = way(wanted, work, staged, context);
                read(task, way.work(), staged, context);
                Manifest manifest =
                        new Manifests(store, json).read(staged.finish().manifest(), parts.format());
                return answer(store, manifest, wanted.records(), staged, context, way.format());
            }
        } finally {
            remove(folder);
        }
    }

    private void read(Task task, Work.Extract work, StagedRecords staged, TaskContext context) {
        try {
            extractions.read(task, work, null, staged, context);
        } catch (EnoughRecords e) {
            LOG.debug("there are more records than are wanted");
        } catch (StoppedException | InterruptedException e) {
            boolean _ = Thread.interrupted(); // what has come is kept
            if (staged.count() == 0) {
                throw overdue();
            }
            staged.leftMore();
            context.warn("no more records came within " + config.sampleTimeout().toMillis() + " ms");
        }
    }

    private Sample answer(
            StagingStore store,
            Manifest manifest,
            int wanted,
            StagedRecords staged,
            TaskContext context,
            List<String> format)
            throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        Copied copied = new Copied(wanted);
        List<Origin> origins = new ArrayList<>();
        try (OutputStream packed = Ndjson.compress(Manifest.Format.NDJSON_ZSTD, lines)) {
            for (Part part : manifest.parts()) {
                int before = copied.records;
                copied.part(store, part, packed);
                part.origins().stream()
                        .filter(origin -> before + origin.firstRow() <= copied.records)
                        .map(origin -> new Origin(
                                before + origin.firstRow(),
                                origin.place(),
                                origin.row(),
                                origin.line(),
                                origin.lines(),
                                origin.cells()))
                        .forEach(origins::add);
            }
        }
        int records = copied.records;
        long all = manifest.counts().rows();
        if (records < Math.min(wanted, all)) {
            context.warn(
                    "only the first " + records + " records are shown: with the next one they would have more than "
                            + MOST_BYTES / 1024 / 1024 + " MiB");
        }
        return new Sample(
                records,
                Base64.getEncoder().encodeToString(lines.toByteArray()),
                origins,
                manifest.texts(),
                manifest.counts().rejected(),
                rejects(store, manifest),
                !staged.hasMore() && records == all,
                context.heartbeat().log(),
                staged.declared(),
                staged.keys(),
                format);
    }

    /** Lines on their way into the answer, as far as they fit. */
    private static final class Copied {
        private final int wanted;
        private final byte[] buffer = new byte[64 * 1024];
        private int records;
        private int bytes;
        private boolean full;

        Copied(int wanted) {
            this.wanted = wanted;
        }

        void part(StagingStore store, Part part, OutputStream out) throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            try (InputStream in = Ndjson.decompress(Manifest.Format.NDJSON_ZSTD, store.open(part.path()))) {
                for (int read = in.read(buffer); read >= 0 && !full; read = in.read(buffer)) {
                    lines(read, line, out);
                }
            }
        }

        private void lines(int read, ByteArrayOutputStream line, OutputStream out) throws IOException {
            int from = 0;
            for (int i = 0; i < read && !full; i++) {
                if (buffer[i] == '\n') {
                    line.write(buffer, from, i + 1 - from);
                    from = i + 1;
                    bytes += line.size();
                    full = bytes > MOST_BYTES || records == wanted;
                    if (!full) {
                        line.writeTo(out);
                        records++;
                    }
                    line.reset();
                }
            }
            line.write(buffer, from, read - from);
        }
    }

    private List<Reject> rejects(StagingStore store, Manifest manifest) throws IOException {
        List<Reject> rejects = new ArrayList<>();
        for (Part part : manifest.rejects()) {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                    Ndjson.decompress(Manifest.Format.NDJSON_GZIP, store.open(part)), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine();
                        line != null && rejects.size() < Sample.MOST_REJECTS;
                        line = lines.readLine()) {
                    rejects.add(Objects.requireNonNull(json.readValue(line, Argument.of(Reject.class))));
                }
            }
        }
        return rejects;
    }

    private static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("can't remove the folder of a sample, {}", folder, e);
        }
    }
}
