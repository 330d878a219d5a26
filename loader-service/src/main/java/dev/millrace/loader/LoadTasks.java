package dev.millrace.loader;

import dev.millrace.loader.bucket.Publisher;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Manifests;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Publication;
import dev.millrace.task.Slice;
import dev.millrace.task.Step;
import dev.millrace.task.TableSchema;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import dev.millrace.worker.TaskHandler;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The loader's task handler: has what was staged, or what a model or an export selects, committed once, or only planned,
 * in the warehouse or in a bucket; and tables backed up and restored.
 */
@Singleton
class LoadTasks implements TaskHandler<Work.Loading> {
    private static final int WARNINGS_OF_SLICES = 20;

    private final Warehouse warehouse;
    private final Publisher publisher;
    private final Backups backups;
    private final Manifests manifests;

    LoadTasks(Warehouse warehouse, Publisher publisher, Backups backups, Manifests manifests) {
        this.warehouse = warehouse;
        this.publisher = publisher;
        this.backups = backups;
        this.manifests = manifests;
    }

    @Override
    public Class<Work.Loading> work() {
        return Work.Loading.class;
    }

    @Override
    public Outcome handle(Task task, Work.Loading work, TaskContext context) throws InterruptedException {
        try {
            return outcome(task, work, context);
        } catch (ChecksUnmet e) {
            return new Outcome.Failed(e.code(), e.detail(), e.results());
        }
    }

    private Outcome outcome(Task task, Work.Loading work, TaskContext context) throws InterruptedException {
        return switch (work) {
            case Work.Load load -> new Outcome.Committed(warehouse.load(tableLoad(task, load, null, context), context));
            case Work.LoadIncrement increment ->
                new Outcome.Committed(warehouse.load(tableLoad(task, increment.load(), increment, context), context));
            case Work.LoadSlices slices ->
                new Outcome.Committed(warehouse.load(tableLoad(task, slices, context), context));
            case Work.Model model -> new Outcome.Committed(warehouse.select(modelLoad(task, model), context));
            case Work.Publish publish ->
                new Outcome.Committed(publisher.publish(shipment(task, publish, context), context));
            case Work.Export export -> new Outcome.Committed(export(task, export, context));
            case Work.Backup backup -> new Outcome.Committed(backups.backUp(task, backup, context));
            case Work.Restore restore -> new Outcome.Committed(backups.restore(task, restore, context));
            case Work.DryRun(Work.Commit load, List<String> made) ->
                new Outcome.Checked(plan(task, load, made, context));
        };
    }

    private LoadResult export(Task task, Work.Export export, TaskContext context) throws InterruptedException {
        Publisher.LatestFile file = latestFile(task, export);
        return publisher.publish(
                file,
                (bucket, name) -> warehouse.export(
                        new QueryExport(
                                task.run(),
                                file.publication().name(),
                                export.sql(),
                                export.format(),
                                bucket,
                                name,
                                task.credentials()),
                        context),
                context);
    }

    private static Publisher.LatestFile latestFile(Task task, Work.Export export) {
        return new Publisher.LatestFile(
                export.load(),
                export.generation(),
                task.run(),
                task.attempt(),
                new Publication(export.destination(), null),
                task.credentials(),
                export.format().extension());
    }

    /** A query can't be checked as long as tables aren't there that runs before it would have made. */
    private LoadPlan plan(Task task, Work.Commit load, List<String> made, TaskContext context)
            throws InterruptedException {
        try {
            return plan(task, load, context);
        } catch (MillraceException e) {
            List<String> missing = e.code() == ErrorCode.QUERY_FAILED ? missing(task, named(load, made)) : List.of();
            if (missing.isEmpty()) {
                throw e;
            }
            return new LoadPlan(
                    0, List.of("can't say more: there is no " + String.join(", ", missing) + " yet to select from"));
        }
    }

    /** Those tables that a query may read, since it has their names. */
    private static List<String> named(Work.Commit load, List<String> tables) {
        String sql = switch (load) {
            case Work.Model model -> model.sql();
            case Work.Export export -> export.sql();
            case Work.Load _, Work.LoadIncrement _, Work.LoadSlices _, Work.Publish _, Work.Backup _, Work.Restore _ ->
                "";
        };
        String names = sql.replaceAll("[`\"]", "").toLowerCase(Locale.ROOT);
        return tables.stream()
                .filter(table -> names.contains(table.toLowerCase(Locale.ROOT)))
                .toList();
    }

    private List<String> missing(Task task, List<String> tables) throws InterruptedException {
        List<String> missing = new ArrayList<>();
        for (String table : tables) {
            if (warehouse
                    .schema(new TableSchema.Wanted(table, task.credentials()))
                    .columns()
                    .isEmpty()) {
                missing.add(table);
            }
        }
        return missing;
    }

    private LoadPlan plan(Task task, Work.Commit load, TaskContext context) throws InterruptedException {
        return switch (load) {
            case Work.Load rows -> warehouse.plan(tableLoad(task, rows, null, context), context);
            case Work.LoadIncrement increment ->
                warehouse.plan(tableLoad(task, increment.load(), increment, context), context);
            case Work.LoadSlices slices -> warehouse.plan(tableLoad(task, slices, context), context);
            case Work.Model model -> warehouse.plan(modelLoad(task, model), context);
            case Work.Publish publish -> publisher.plan(shipment(task, publish, context));
            case Work.Export export -> {
                warehouse.checkExport(export.sql(), export.format(), task.credentials());
                yield publisher.plan(latestFile(task, export));
            }
            case Work.Backup _, Work.Restore _ ->
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID, "nobody can say what a backup or a restore would do");
        };
    }

    /** @param increment null: the endpoint has no cursor */
    private TableLoad tableLoad(
            Task task, Work.Load load, Work.@Nullable LoadIncrement increment, TaskContext context) {
        return tableLoad(task, load, increment, manifests.read(load.manifest(), Manifest.Format.PARQUET), context);
    }

    /** Of all slices as one, when each of them is there and they have what was counted. */
    private TableLoad tableLoad(Task task, Work.LoadSlices work, TaskContext context) {
        List<Integer> attempts = work.attempts();
        List<Manifest> slices = new ArrayList<>();
        for (int i = 0; i < attempts.size(); i++) {
            context.checkStopped();
            Slice slice = new Slice(work.planned(), i + 1, attempts.size());
            String folder = Task.folder(task.run(), task.endpoint(), Step.TRANSFORM, slice, attempts.get(i));
            slices.add(manifests.read(folder + "/" + Manifest.NAME, Manifest.Format.PARQUET));
        }
        Manifest all = Manifest.joined(slices);
        if (!all.counts().equals(work.counts())) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    "the " + attempts.size() + " slices have " + all.counts() + " (expected: " + work.counts() + ")");
        }
        Drift drift = all.drift();
        if (drift != null && !drift.missing().isEmpty()) {
            context.warn(drift.missingLine());
        }
        warn(slices, context);
        return tableLoad(task, work.load(), null, all, context);
    }

    /** Of what the transformer has warned of in each slice, the first. */
    private static void warn(List<Manifest> slices, TaskContext context) {
        int warnings = 0;
        for (int i = 0; i < slices.size(); i++) {
            for (String warning : slices.get(i).warnings()) {
                if (warnings++ < WARNINGS_OF_SLICES) {
                    context.warn("slice " + (i + 1) + ": " + warning);
                }
            }
        }
        if (warnings > WARNINGS_OF_SLICES) {
            context.warn((warnings - WARNINGS_OF_SLICES) + " more warnings of slices are in the log's lines of DEBUG");
        }
    }

    private static TableLoad tableLoad(
            Task task, Work.Load load, Work.@Nullable LoadIncrement increment, Manifest manifest, TaskContext context) {
        TableLoad.Window window = load.dayColumn() == null || task.day() == null
                ? null
                : new TableLoad.Window(load.dayColumn(), task.day());
        TableLoad tableLoad = new TableLoad(
                load.load(),
                load.generation(),
                task.attempt(),
                task.run(),
                load.destination(),
                schema(load, manifest),
                manifest.parts(),
                window,
                increment == null
                        ? null
                        : new TableLoad.CursorMove(
                                task.pipeline(),
                                task.endpoint(),
                                increment.by(),
                                increment.full(),
                                increment.committed() == null
                                        ? manifest.startCursor()
                                        : increment.committed().value(),
                                manifest.nextCursor()),
                task.credentials(),
                missing(load, manifest),
                load.earlier(),
                load.destination().rejecting().isEmpty()
                        ? null
                        : new TableLoad.Rejecting(manifest.origins(), load.mostRejects(), task.folder()));
        context.total(tableLoad.rows());
        return tableLoad;
    }

    /** Of the table; helper columns aren't in the parts. */
    private static List<Column> schema(Work.Load load, Manifest manifest) {
        List<Column> found = manifest.schema();
        return found == null
                ? load.schema()
                : found.stream().filter(column -> !column.helper()).toList();
    }

    /**
     * Columns in which the table must have no values. Of one with a default nobody knows whether its field has ever been
     * there, and the table has no helper columns.
     *
     * @throws MillraceException with {@code SCHEMA_DRIFT} when the endpoint insists on all columns
     */
    private static List<String> missing(Work.Load load, Manifest manifest) {
        Drift drift = manifest.drift();
        if (drift == null || drift.missing().isEmpty() || load.drift() == Endpoint.Drift.WARN) {
            return List.of();
        }
        if (load.drift() == Endpoint.Drift.FAIL) {
            throw new MillraceException(
                    ErrorCode.SCHEMA_DRIFT,
                    "no record of " + drift.records() + " has "
                            + String.join(", ", drift.missing()) + "; "
                            + load.destination().table()
                            + " stays as it is (drift: fail; expected: the fields, or optional: true)");
        }
        List<Column> schema = schema(load, manifest);
        Set<String> defaults = schema.stream()
                .filter(column -> column.defaultValue() != null)
                .map(Column::name)
                .collect(Collectors.toSet());
        Set<String> inTable = schema.stream().map(Column::name).collect(Collectors.toSet());
        return drift.missing().stream()
                .filter(column -> inTable.contains(column.split("[.]", 2)[0]))
                .filter(column -> !defaults.contains(column))
                .toList();
    }

    private static ModelLoad modelLoad(Task task, Work.Model model) {
        return new ModelLoad(
                model.load(),
                model.generation(),
                task.attempt(),
                task.run(),
                model.destination(),
                model.sql(),
                model.earlier(),
                task.credentials());
    }

    private Publisher.Shipment shipment(Task task, Work.Publish publish, TaskContext context) {
        Manifest manifest = manifests.read(publish.manifest(), Manifest.Format.NDJSON_GZIP);
        context.total(manifest.counts().rows());
        return new Publisher.Shipment(
                publish.load(),
                publish.generation(),
                task.run(),
                task.attempt(),
                new Publication(publish.destination(), task.day()),
                task.credentials(),
                manifest.parts());
    }
}
