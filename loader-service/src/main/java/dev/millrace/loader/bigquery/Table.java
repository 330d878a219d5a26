package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.TableId;
import dev.millrace.pipeline.Destination;

/** A table's full name. */
record Table(String project, String dataset, String name) {
    /** @param project of destinations that name none */
    static Table of(Destination.Table destination, String project) {
        return of(destination.table(), project);
    }

    /** @param written as the pipeline file writes it */
    static Table of(String written, String project) {
        String[] names = written.split("\\.", -1);
        return names.length == 3 ? new Table(names[0], names[1], names[2]) : new Table(project, names[0], names[1]);
    }

    /** For SQL. */
    String sql() {
        return Sql.name(toString());
    }

    TableId id() {
        return TableId.of(project, dataset, name);
    }

    @Override
    public String toString() {
        return project + "." + dataset + "." + name;
    }
}
