package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Shaping;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Resources;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Manifests;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.transformer.engine.Calculations;
import dev.millrace.transformer.engine.Engine;
import dev.millrace.transformer.engine.Engines;
import dev.millrace.transformer.engine.NativeMemory;
import dev.millrace.transformer.engine.RowBatch;
import dev.millrace.transformer.staged.Lines;
import dev.millrace.transformer.staged.PartWriter;
import dev.millrace.transformer.staged.RecordLines;
import dev.millrace.transformer.staged.RejectWriter;
import dev.millrace.transformer.value.ColumnReader;
import dev.millrace.transformer.value.ConversionWarnings;
import dev.millrace.transformer.value.WarehouseJson;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.WarehouseType;
import dev.millrace.worker.TaskContext;
import dev.millrace.worker.TaskHandler;
import dev.millrace.worker.WorkerConfig;
import io.micronaut.context.annotation.Context;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.annotation.PreDestroy;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transformer's task handler: shapes the records that the extractor staged, reads them line by line, makes a row
 * of each or rejects it, lets the engine write the rows as Parquet, and says in a manifest what became of every
 * record.
 */
@Context // with too little memory, or no engine, it isn't the first task that fails, or is late, but the start
final class Transformation implements TaskHandler<Work.Transforming> {
    private static final Logger LOG = LoggerFactory.getLogger(Transformation.class);

    /** Bytes of lines that wait to be shaped, or whose rows wait for their turn. */
    private static final long MAX_AHEAD = 12L * 1024 * 1024;

    /** Bytes of lines that are looked at at once, about. */
    private static final int CHUNK = 1024 * 1024;

    private final StagingStore staging;
    private final ObjectMapper json;
    private final Manifests manifests;
    private final int threads;
    private final Engines engines;
    private final long partSize;
    private final WarehouseType configured;

    Transformation(
            StagingStore staging,
            ObjectMapper json,
            Manifests manifests,
            Scratch scratch,
            TransformerConfig config,
            WorkerConfig worker,
            WarehouseType configured)
            throws SQLException {
        Engine.load();
        this.staging = staging;
        this.json = json;
        this.manifests = manifests;
        long memoryLimit =
                config.memoryLimit() == null ? Resources.ofProcess().share(worker.capacity()) : config.memoryLimit();
        this.threads = config.threads() == null ? Runtime.getRuntime().availableProcessors() : config.threads();
        this.engines = new Engines(memoryLimit, threads, scratch::beginEngine, Scratch::remove);
        this.partSize = config.partSize();
        LOG.info(
                "{} tasks at once, the engine of each with {} of memory and {} threads",
                worker.capacity(),
                Resources.mebibytes(memoryLimit),
                threads);
        this.configured = configured;
    }

    @Override
    public Class<Work.Transforming> work() {
        return Work.Transforming.class;
    }

    @Override
    public Outcome handle(Task task, Work.Transforming work, TaskContext context) throws Exception {
        return switch (work) {
            case Work.Transform transform -> {
                Manifest extracted = manifests.read(transform.manifest(), Manifest.Format.NDJSON_ZSTD);
                yield transform(task, transform, extracted, null, context);
            }
            case Work.TransformSlice slice -> {
                Manifest extracted = manifests.read(slice.transform().manifest(), Manifest.Format.NDJSON_ZSTD);
                yield transform(task, slice.transform(), extracted, null, context);
            }
            case Work.TransformInferred inferred -> {
                Manifest extracted = manifests.read(inferred.transform().manifest(), Manifest.Format.NDJSON_ZSTD);
                yield transform(task, inferred.transform(), extracted, infer(inferred, extracted, context), context);
            }
        };
    }

    /**
     * The columns of the table.
     *
     * @param changes what becomes of those that it has
     */
    private record Inferred(List<Column> schema, List<Drift.Change> changes) {}

    private Inferred infer(Work.TransformInferred work, Manifest extracted, TaskContext context) {
        InferredSchema schema = new InferredSchema(work, extracted.texts());
        try (RecordLines read = new RecordLines(staging, extracted.parts(), CHUNK)) {
            for (Lines lines = read.next(); lines != null; lines = read.next()) {
                context.checkStopped();
                schema.see(lines);
            }
        }
        return new Inferred(schema.columns(), schema.changes());
    }

    /** @param inferred null: the columns are those of the file */
    private Outcome transform(
            Task task, Work.Transform work, Manifest extracted, @Nullable Inferred inferred, TaskContext context)
            throws Exception {
        Shaping shaping = inferred == null ? work.shaping() : work.shaping().with(inferred.schema());
        Capabilities warehouse =
                work.capabilities() == null ? configured.ofVersionWithoutCapabilities() : work.capabilities();
        Shaper shaper = new Shaper(
                shaping,
                new MetadataValues.Known(task.run(), task.day(), work.extracted()),
                new WarehouseJson(warehouse),
                extracted.texts());
        context.total(extracted.counts().rows());
        List<ColumnReader> columns =
                shaper.staged().stream().map(shaper.columns()::get).toList();
        try (Engine engine = engines.take(
                        columns.stream().map(column -> column.column().name()).toList(),
                        columns.stream().map(column -> column.parser().buffer()).toList());
                PartWriter parts = new PartWriter(
                        engine,
                        staging,
                        context,
                        task.folder(),
                        partSize,
                        task.work().slice());
                RejectWriter rejects = new RejectWriter(staging, json, task.folder(), "rejects");
                RejectWriter origins = new RejectWriter(staging, json, task.folder(), "origins")) {
            Calculations calculations = Calculations.of(engine, shaper.columns(), shaping);
            ConversionWarnings changes = new ConversionWarnings();
            Presence presence = shaper.presence();
            Misfits misfits = new Misfits(shaping.schema());
            Left left = shape(
                    extracted,
                    shaper,
                    engine.memory(),
                    calculations,
                    context,
                    parts,
                    rejects,
                    origins,
                    changes,
                    presence,
                    misfits);
            List<String> warnings = new ArrayList<>();
            boolean whole = task.work().slice() == null; // of slices the load says what it means for all of them
            Consumer<String> info = whole ? context::info : context::debug;
            changes.forEach((column, kind, change) -> {
                String line = "column " + shaper.path(column) + ": " + change;
                if (kind.isMeant()) {
                    info.accept(line);
                } else {
                    warnings.add(line);
                }
            });
            warnings.forEach(whole ? context::warn : context::debug);
            if (left.rows() > 0) {
                info.accept("the filter left out " + left.rows() + " rows of records of which others stay");
            }
            if (presence.replaced() > 0) {
                info.accept(presence.replaced() + (presence.replaced() == 1 ? " half" : " halves")
                        + " of a character (surrogates) replaced by U+FFFD, as texts says");
            }
            Drift drift = (whole ? shaper.drift(presence) : shaper.driftOfSlice(presence))
                    .with(inferred == null ? List.of() : inferred.changes())
                    .with(misfits.changes());
            if (whole) {
                tell(drift, context);
            }
            Outcome staged = stage(
                    task,
                    extracted,
                    parts.finish(),
                    rejects.finish(),
                    origins.finish(),
                    left.records(),
                    warnings,
                    drift,
                    inferred == null ? null : inferred.schema());
            engine.done();
            return staged;
        } catch (SQLException e) {
            throw Engine.explain(e);
        } catch (OutOfMemoryError e) {
            throw new MillraceException(
                    ErrorCode.INTERNAL,
                    "the records need more memory than the transformer's heap has, "
                            + Resources.mebibytes(Runtime.getRuntime().maxMemory())
                            + "; give it more by -Xmx, or let it take fewer tasks at once by millrace.worker.capacity",
                    e);
        }
    }

    @PreDestroy
    void close() throws SQLException {
        engines.close();
    }

    /** What is missing is a warning; the loader, who knows the table, says whether it is more. */
    private static void tell(Drift drift, TaskContext context) {
        if (!drift.missing().isEmpty()) {
            context.warn(drift.missingLine());
        }
        if (!drift.changes().isEmpty()) {
            context.warn(drift.changesLine());
        }
        if (!drift.partial().isEmpty()) {
            context.info(drift.partialLine());
        }
        if (!drift.unread().isEmpty()) {
            context.info(drift.unreadLine());
        }
    }

    private record Ahead(Lines lines, Future<Shaped<RowBatch>> shaped) {}

    /**
     * What the filter left out.
     *
     * @param rows of records of which other rows stay
     */
    private record Left(long records, long rows) {}

    /** Shapes some lines on each thread, and takes what was made of them in the order of the records. */
    private Left shape(
            Manifest extracted,
            Shaper shaper,
            NativeMemory memory,
            @Nullable Calculations calculations,
            TaskContext context,
            PartWriter parts,
            RejectWriter rejects,
            RejectWriter origins,
            ConversionWarnings changes,
            Presence presence,
            Misfits misfits)
            throws Exception {
        long filtered = 0;
        long filteredRows = 0;
        List<Integer> staged = shaper.staged();
        Deque<Ahead> ahead = new ArrayDeque<>();
        long bytesAhead = 0;
        long records = 0;
        long bytes = 0;
        ExecutorService shapers = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("shaper-", 0).factory());
        try (RecordLines read = new RecordLines(staging, extracted.parts(), shaper.chunk())) {
            Lines next = read.next();
            while (next != null || !ahead.isEmpty()) {
                context.checkStopped();
                if (next != null
                        && (ahead.isEmpty()
                                || (ahead.size() <= threads && bytesAhead < MAX_AHEAD && !memory.isFull()))) {
                    Lines lines = next;
                    int part = read.part();
                    ahead.add(new Ahead(
                            lines,
                            shapers.submit(() ->
                                    shaper.shape(lines, part, calculations, rows -> rows.batch(staged, memory)))));
                    bytesAhead += lines.size();
                    next = read.next();
                } else {
                    Ahead first = ahead.remove();
                    Shaped<RowBatch> shaped = result(first.shaped());
                    parts.add(shaped.rows(), shaped.rowBytes());
                    rejects.append(shaped.rejects());
                    origins.append(shaped.origins());
                    misfits.add(shaped.rejects());
                    changes.add(shaped.changes());
                    presence.add(shaped.presence());
                    filtered += shaped.filtered();
                    filteredRows += shaped.filteredRows();
                    bytesAhead -= first.lines().size();
                    records += first.lines().count();
                    bytes += first.lines().size();
                    context.progress(records, bytes);
                }
            }
            return new Left(filtered, filteredRows);
        } finally {
            shapers.shutdownNow();
            shapers.close(); // none may use the engine when it is closed
            ahead.forEach(left -> giveBack(left.shaped()));
        }
    }

    /** What was made of lines, and nobody wants any more. */
    private static void giveBack(Future<Shaped<RowBatch>> shaped) {
        if (shaped.state() == Future.State.SUCCESS) {
            RowBatch rows = shaped.resultNow().rows();
            if (rows != null) {
                rows.close();
            }
        }
    }

    private static <T> T result(Future<T> future) throws Exception {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception cause -> throw cause;
                case Error error -> throw error;
                case null, default -> throw e;
            }
        }
    }

    private Outcome stage(
            Task task,
            Manifest extracted,
            List<Part> parts,
            List<Part> rejects,
            List<Part> origins,
            long filtered,
            List<String> warnings,
            Drift drift,
            @Nullable List<Column> schema) {
        long rows = parts.stream().mapToLong(Part::rows).sum();
        long rejected = rejects.stream().mapToLong(Part::rows).sum();
        long records = extracted.counts().rows();
        Counts counts = new Counts(records, rows, rejected, filtered, rows - (records - rejected - filtered));
        Manifest manifest = new Manifest(
                task.id(),
                task.attempt(),
                Manifest.Format.PARQUET,
                parts,
                rejects,
                counts,
                extracted.nextCursor(),
                warnings,
                null,
                drift,
                extracted.startCursor(),
                schema,
                false,
                origins);
        return new Outcome.Staged(manifests.write(task.folder(), manifest), counts, drift);
    }
}
