package dev.millrace.task;

import dev.millrace.pipeline.Source;
import dev.millrace.pipeline.TablePattern;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/** The tables of a source: what the extractor answers to a {@link Wanted} at {@code POST /tables}, by name. */
@Serdeable
public record SourceTables(List<Table> tables) {
    /** What the token of a request is for. */
    public static final String SUBJECT = "tables";

    public SourceTables {
        tables = List.copyOf(tables);
    }

    /**
     * @param pipeline its name, for the extractor's log
     * @param credentials with which its secrets are read; null: the extractor's own
     */
    @Serdeable
    public record Wanted(String pipeline, @Nullable String credentials, Source source, TablePattern pattern) {}

    /**
     * @param name as an endpoint names it
     * @param view whether it is one; a table otherwise
     * @param keys columns of its primary key; empty: it has none
     */
    @Serdeable
    public record Table(String name, boolean view, List<DeclaredColumn> columns, List<String> keys) {
        public Table {
            columns = List.copyOf(columns);
            keys = List.copyOf(keys);
        }
    }
}
