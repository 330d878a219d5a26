package dev.millrace.gateway.look;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.TablePattern;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.DeclaredColumn;
import dev.millrace.task.Proposal;
import dev.millrace.task.SourceTables;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Lists the tables of a pipeline's source, each with the columns that would take all of its values. */
@Singleton
public class TableDiscovery {
    private final LookCalls services;
    private final GatewayConfig config;

    TableDiscovery(LookCalls services, GatewayConfig config) {
        this.services = services;
        this.config = config;
    }

    /**
     * @param name as an endpoint names it
     * @param view whether it is one; a table otherwise
     * @param keys columns of its primary key; empty: it has none
     */
    public record Found(String name, boolean view, List<Proposal.ProposedColumn> schema, List<String> keys) {}

    /**
     * @param pipeline with an absolute folder, if it has one
     * @throws MillraceException with {@code REQUEST_INVALID} when the source has no tables, or what the source said
     */
    public List<Found> discover(Pipeline pipeline, TablePattern pattern) throws InterruptedException {
        SourceTables tables = SourceLook.answered(
                services.tables(
                        config.services().extractor(),
                        new SourceTables.Wanted(pipeline.name(), pipeline.credentials(), pipeline.source(), pattern)),
                "extractor");
        return tables.tables().stream().map(TableDiscovery::found).toList();
    }

    private static Found found(SourceTables.Table table) {
        Set<String> taken = new HashSet<>();
        List<Proposal.ProposedColumn> schema = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        for (DeclaredColumn column : table.columns()) {
            String name = Column.nameFor(column.name(), taken);
            Column.Mode mode = column.required() ? Column.Mode.REQUIRED : Column.Mode.NULLABLE;
            schema.add(new Proposal.ProposedColumn(
                    name,
                    name.equals(column.name()) ? null : column.name(),
                    column.type().name(),
                    mode.name(),
                    List.of(),
                    0,
                    0,
                    null,
                    column.declared() + (column.array() ? ", an array" : "")));
        }
        for (String key : table.keys()) {
            for (int i = 0; i < schema.size(); i++) {
                if (table.columns().get(i).name().equals(key)) {
                    keys.add(schema.get(i).name());
                }
            }
        }
        return new Found(table.name(), table.view(), schema, keys);
    }
}
