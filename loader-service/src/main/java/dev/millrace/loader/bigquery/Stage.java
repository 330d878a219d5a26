package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobConfiguration;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.LoadJobConfiguration;
import com.google.cloud.bigquery.ParquetOptions;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableInfo;
import dev.millrace.loader.ModelLoad;
import dev.millrace.loader.TableLoad;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.worker.StoppedException;
import dev.millrace.worker.TaskContext;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table of one attempt's staged rows, filled by one job. BigQuery deletes it when it has expired; usually it is
 * dropped before.
 */
final class Stage {
    /** https://cloud.google.com/bigquery/quotas#load_jobs */
    private static final int MOST_URIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Stage.class);

    private final BigQuery bigquery;
    private final Jobs jobs;
    private final BigQueryConfig config;
    private final JobId job;
    private final Table table;

    /** @param attempt the same name for the same attempt, however often it is repeated */
    Stage(
            BigQuery bigquery,
            Jobs jobs,
            BigQueryConfig config,
            JobLocation location,
            Table target,
            String load,
            int generation,
            int attempt) {
        this.bigquery = bigquery;
        this.jobs = jobs;
        this.config = config;
        String name = "millrace_stage_" + load + "_" + generation + "_" + attempt;
        this.job = location.job(name);
        this.table = new Table(
                target.project(),
                config.stageDataset() == null ? target.dataset() : config.stageDataset(),
                "_" + name.replace('-', '_'));
    }

    Table table() {
        return table;
    }

    /**
     * Fills the table with the parts of the load; those without rows are left out.
     *
     * @throws MillraceException with {@code STAGING_CORRUPT} when it has other rows than the manifest says
     */
    void fill(TableLoad tableLoad, StagingStore staging, TaskContext context) throws InterruptedException {
        Schema schema = Fields.staged(tableLoad.schema());
        create(schema);
        List<String> sources = sources(tableLoad, staging);
        if (sources.isEmpty()) {
            return;
        }
        LoadJobConfiguration load = LoadJobConfiguration.newBuilder(
                        table.id(),
                        sources,
                        ParquetOptions.newBuilder().setEnableListInference(true).build())
                .setSchema(schema)
                .setCreateDisposition(JobInfo.CreateDisposition.CREATE_NEVER)
                .setWriteDisposition(JobInfo.WriteDisposition.WRITE_EMPTY)
                .setLabels(Labels.of(
                        "stage", tableLoad.run(), tableLoad.destination().table()))
                .setJobTimeoutMs(config.jobTimeout().toMillis())
                .build();
        Job ended = run(load, context);
        BigQueryError error = ended.getStatus().getError();
        if (error != null) {
            throw Failures.ofLoad(
                    "the rows staged for " + tableLoad.destination().table() + " can't be loaded",
                    error,
                    ended.getStatus().getExecutionErrors());
        }
        JobStatistics.LoadStatistics statistics = ended.getStatistics();
        Long loaded = statistics.getOutputRows();
        // of a job that doesn't say so the commit counts the rows, as it does anyway
        if (loaded != null && loaded != tableLoad.rows()) {
            throw corrupt(loaded + " rows were staged for "
                    + tableLoad.destination().table() + " (expected: " + tableLoad.rows() + ", as the manifest says)");
        }
        context.progress(
                tableLoad.rows(),
                tableLoad.parts().stream()
                        .filter(part -> part.rows() > 0)
                        .mapToLong(Part::bytes)
                        .sum());
    }

    /**
     * Fills the table with what the query of users selects, which has been found to be a SELECT.
     *
     * @param schema of its rows
     * @return the number of rows
     */
    long fill(ModelLoad modelLoad, Schema schema, TaskContext context) throws InterruptedException {
        create(schema);
        QueryJobConfiguration query = QueryJobConfiguration.newBuilder(modelLoad.sql())
                .setUseLegacySql(false)
                .setDestinationTable(table.id())
                .setCreateDisposition(JobInfo.CreateDisposition.CREATE_NEVER)
                .setWriteDisposition(JobInfo.WriteDisposition.WRITE_EMPTY)
                .setMaximumBytesBilled(config.maximumBytesBilled())
                .setLabels(Labels.of(
                        "stage", modelLoad.run(), modelLoad.destination().table()))
                .setJobTimeoutMs(config.jobTimeout().toMillis())
                .build();
        BigQueryError error = run(query, context).getStatus().getError();
        if (error != null) {
            throw QueryJobs.failed(error);
        }
        com.google.cloud.bigquery.Table filled = bigquery.getTable(table.id());
        if (filled == null || filled.getNumRows() == null) {
            throw new MillraceException(ErrorCode.WAREHOUSE_NOT_FOUND, "the stage table " + table + " is gone");
        }
        long rows = filled.getNumRows().longValueExact();
        context.progress(rows, 0);
        return rows;
    }

    private Job run(JobConfiguration configuration, TaskContext context) throws InterruptedException {
        Job started = jobs.ensure(job, configuration);
        try {
            return jobs.await(started, config.jobTimeout(), context::checkStopped)
                    .orElseThrow(() -> new MillraceException(
                            ErrorCode.WAREHOUSE_FAILED,
                            "the job " + job.getJob() + " runs for longer than "
                                    + config.jobTimeout().toMinutes() + " minutes"));
        } catch (StoppedException | InterruptedException e) {
            jobs.cancel(job);
            throw e;
        }
    }

    private void create(Schema schema) {
        TableInfo info = TableInfo.newBuilder(table.id(), StandardTableDefinition.of(schema))
                .setExpirationTime(Instant.now().plus(config.stageExpiration()).toEpochMilli())
                .setLabels(Map.of(Labels.PURPOSE, "stage"))
                .build();
        try {
            bigquery.create(info);
        } catch (BigQueryException e) {
            if (e.getCode() != 409) { // another call of the same attempt, or ours, whose answer was lost
                throw e;
            }
        }
    }

    /** One URI for each part with rows; when they are too many, one pattern, if nothing else matches it. */
    static List<String> sources(TableLoad tableLoad, StagingStore staging) {
        List<Part> parts =
                tableLoad.parts().stream().filter(part -> part.rows() > 0).toList();
        if (parts.size() <= MOST_URIS) {
            return parts.stream().map(part -> uri(staging, part.path())).toList();
        }
        Set<String> paths = tableLoad.parts().stream().map(Part::path).collect(Collectors.toCollection(TreeSet::new));
        String first = parts.getFirst().path();
        String prefix = first.substring(0, first.lastIndexOf('/') + 1) + "part-";
        Set<String> present = new TreeSet<>(staging.list(prefix));
        if (!present.equals(paths)) {
            throw corrupt(present.size() + " objects start with " + prefix + " (expected: " + paths.size()
                    + ", those that the manifest lists)");
        }
        return List.of(uri(staging, prefix) + "*");
    }

    private static String uri(StagingStore staging, String path) {
        URI uri = staging.uri(path);
        if (!"gs".equals(uri.getScheme())) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED,
                    "BigQuery can't read staging in a " + uri.getScheme()
                            + " (expected: Cloud Storage, millrace.staging.type: gcs)");
        }
        return uri.toString();
    }

    private static MillraceException corrupt(String detail) {
        return new MillraceException(ErrorCode.STAGING_CORRUPT, detail);
    }

    /** Tries to; the table expires anyway. */
    void drop() {
        try {
            bigquery.delete(table.id());
        } catch (BigQueryException e) {
            LOG.warn("the stage table {} can't be dropped; it expires by itself", table, e);
        }
    }
}
