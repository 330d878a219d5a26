package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.QueryParameterValue;
import dev.millrace.loader.QueryExport;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.worker.TaskContext;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * The file of what a query of users selects, in a format that BigQuery writes itself: the rows are selected into a table that
 * expires, and an extract job writes this one into one file.
 */
final class ExtractedFile {
    private final BigQuery bigquery;
    private final Jobs jobs;
    private final BigQueryConfig config;
    private final JobLocation location;
    private final QueryExport export;
    private final String name = "millrace_export_" + UUID.randomUUID();

    /** @param location whose dataset is there, and has the tables for the rows unless the configuration names another one */
    ExtractedFile(BigQuery bigquery, Jobs jobs, BigQueryConfig config, JobLocation location, QueryExport export) {
        this.bigquery = bigquery;
        this.jobs = jobs;
        this.config = config;
        this.location = location;
        this.export = export;
    }

    /**
     * Runs the query, which has been found to be a SELECT, and has the file written. Its tables are dropped, whatever happens.
     *
     * @param parameters of the query, by their names
     * @param selected by the query
     * @throws MillraceException {@code BUCKET_REFUSED} where the file would be in a folder; {@code QUERY_FAILED}, for more rows
     *     than one file takes, too
     */
    Part write(
            Map<String, QueryParameterValue> parameters, FieldList selected, BackupFormat format, TaskContext context)
            throws InterruptedException {
        String scheme = export.store().uri(export.file()).getScheme();
        if (!"gs".equals(scheme)) {
            throw new MillraceException(
                    ErrorCode.BUCKET_REFUSED,
                    "BigQuery writes " + format + " to Cloud Storage, and " + export.target()
                            + " is in a folder (expected: the loader's property millrace.publish.buckets, or the"
                            + " format ndjson, json or csv)");
        }
        List<Column> columns = Fields.selected(selected);
        Stage stage = stage(name);
        try {
            long rows = stage.fill(export, export.sql(), parameters, Fields.of(columns), context);
            context.info(String.format(Locale.ROOT, "selected %,d rows", rows));
            context.total(rows);
            if (columns.stream().anyMatch(Types::travelsAsText)) {
                asText(stage, columns, format, context);
            } else {
                stage.extract(export, format, context);
            }
            Part written = export.store().describe(export.file());
            context.progress(rows, written.bytes());
            return new Part(written.path(), rows, written.bytes(), written.crc32c());
        } finally {
            stage.drop();
        }
    }

    /** With text for what files can't carry. */
    private void asText(Stage selected, List<Column> columns, BackupFormat format, TaskContext context)
            throws InterruptedException {
        Stage stage = stage(name + "_text");
        try {
            long _ = stage.fill(
                    export,
                    Statements.exported(columns, selected.table()),
                    Map.of(),
                    Fields.restored(columns),
                    context);
            stage.extract(export, format, context);
        } finally {
            stage.drop();
        }
    }

    private Stage stage(String named) {
        return new Stage(bigquery, jobs, config, location, location.ledger(), named);
    }
}
