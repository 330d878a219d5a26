package dev.millrace.gateway.dispatch;

import dev.millrace.gateway.warehouse.LedgerCursors;
import dev.millrace.gateway.warehouse.LoaderWarehouse;
import dev.millrace.gateway.warehouse.WarehouseSchemas;
import dev.millrace.task.Cursors;
import dev.millrace.task.TableSchema;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import jakarta.inject.Singleton;

/** Adds to tasks, just before a service gets them, what only the loader knows. */
@Singleton
class CompleteTasks {
    private final Outbox outbox;
    private final LoaderWarehouse warehouse;
    private final LedgerCursors cursors;
    private final WarehouseSchemas schemas;

    CompleteTasks(Outbox outbox, LoaderWarehouse warehouse, LedgerCursors cursors, WarehouseSchemas schemas) {
        this.outbox = outbox;
        this.warehouse = warehouse;
        this.cursors = cursors;
        this.schemas = schemas;
    }

    /**
     * The task as it is handed out: a transformation is told what the warehouse can hold, and the table's columns where it finds
     * more; an extraction of what is new where the ledger's cursor is. Later attempts at it begin there too.
     *
     * @throws dev.millrace.problem.MillraceException with {@code SERVICE_UNAVAILABLE} when the loader hasn't told, and doesn't now
     */
    Task of(Task task) throws InterruptedException {
        return switch (task.work()) {
            case Work.TransformInferred inferred
            when inferred.known() == null -> {
                Work.TransformInferred knowing = inferred.knowing(
                        schemas.of(new TableSchema.Wanted(inferred.destination().table(), task.credentials())));
                outbox.knowing(task.with(knowing));
                yield task.with(knowing.into(warehouse.capabilities()));
            }
            case Work.Transforming transform -> task.with(transform.into(warehouse.capabilities()));
            case Work.Extracting extracting
            when extracting.increment() != null && extracting.increment().committed() == null -> {
                Cursors known = cursors.of(new Cursors.Wanted(task.pipeline(), task.credentials()));
                Task complete = task.with(extracting.from(known.of(task.endpoint())));
                outbox.complete(complete, known);
                yield complete;
            }
            case Work.Extracting _, Work.Loading _ -> task;
        };
    }
}
