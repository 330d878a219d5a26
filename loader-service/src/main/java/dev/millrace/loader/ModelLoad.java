package dev.millrace.loader;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.task.CheckHistory;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/**
 * A load of what a model selects from the warehouse into a table.
 *
 * @param load id of the load
 * @param generation from 1
 * @param attempt of the task, from 1: what it stages has a name of its own
 * @param run for the ledger's reader
 * @param destination written by {@link Write#REPLACE} or {@link Write#APPEND}
 * @param sql of users, unchecked
 * @param earlier what runs before have measured for the checks of the table
 * @param credentials name of the Google credentials to read and write with; null: those of the service
 */
public record ModelLoad(
        String load,
        int generation,
        int attempt,
        String run,
        Destination.Table destination,
        String sql,
        List<CheckHistory> earlier,
        @Nullable String credentials) {
    public ModelLoad {
        earlier = List.copyOf(earlier);
        if (destination.write() == Write.MERGE) {
            throw new IllegalArgumentException("write: MERGE (expected: REPLACE or APPEND)");
        }
    }

    /** What is loaded, once it is known which columns the query selects. It comes from no parts. */
    public TableLoad tableLoad(List<Column> schema) {
        return new TableLoad(
                load,
                generation,
                attempt,
                run,
                destination,
                schema,
                List.of(),
                null,
                null,
                credentials,
                List.of(),
                earlier,
                null);
    }
}
