package dev.millrace.loader;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import dev.millrace.worker.TaskHandler;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;

/** Loads what the transformer has staged: reads its manifest and has the warehouse commit the rows, once. */
@Singleton
class LoadTasks implements TaskHandler {
    private final Warehouse warehouse;
    private final StagingStore staging;
    private final ObjectMapper json;

    LoadTasks(Warehouse warehouse, StagingStore staging, ObjectMapper json) {
        this.warehouse = warehouse;
        this.staging = staging;
        this.json = json;
    }

    @Override
    public Outcome handle(Task task, TaskContext context) throws InterruptedException {
        return switch (task.work()) {
            case Work.Load load -> load(task, load, context);
            case Work.ExtractRest _, Work.ExtractFiles _, Work.Transform _ ->
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "the loader was given a task of the "
                                + task.work().step().service());
        };
    }

    private Outcome load(Task task, Work.Load load, TaskContext context) throws InterruptedException {
        Manifest manifest = manifest(load.manifest());
        Batch.Window window =
                load.dayColumn() == null || task.day() == null ? null : new Batch.Window(load.dayColumn(), task.day());
        Batch batch = new Batch(
                load.load(),
                load.generation(),
                task.attempt(),
                task.run(),
                load.destination(),
                load.schema(),
                manifest.parts(),
                window,
                manifest.nextCursor());
        context.total(batch.rows());
        LoadResult result = warehouse.load(batch, context);
        return new Outcome.Committed(result);
    }

    private Manifest manifest(String name) {
        try (InputStream in = staging.open(name)) {
            Manifest manifest = json.readValue(in, Argument.of(Manifest.class));
            if (manifest == null || manifest.format() != Manifest.Format.PARQUET) {
                throw new MillraceException(ErrorCode.STAGING_CORRUPT, name + " is not a manifest of Parquet parts");
            }
            return manifest;
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, name + " can't be read as a manifest", e);
        }
    }
}
