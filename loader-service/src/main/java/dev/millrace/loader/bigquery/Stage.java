package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.LoadJobConfiguration;
import com.google.cloud.bigquery.ParquetOptions;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableInfo;
import dev.millrace.loader.Batch;
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
 * The table of one attempt's staged rows, filled by one load job over all parts. BigQuery deletes it when it has
 * expired; usually it is dropped before.
 */
final class Stage {
    /** https://cloud.google.com/bigquery/quotas#load_jobs */
    private static final int MOST_URIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Stage.class);

    private final BigQuery bigquery;
    private final Jobs jobs;
    private final StagingStore staging;
    private final BigQueryConfig config;
    private final Batch batch;
    private final Place place;
    private final Table table;

    Stage(
            BigQuery bigquery,
            Jobs jobs,
            StagingStore staging,
            BigQueryConfig config,
            Batch batch,
            Place place,
            Table target) {
        this.bigquery = bigquery;
        this.jobs = jobs;
        this.staging = staging;
        this.config = config;
        this.batch = batch;
        this.place = place;
        this.table = new Table(
                target.project(),
                config.stageDataset() == null ? target.dataset() : config.stageDataset(),
                "_" + name().replace('-', '_'));
    }

    /** The same at every call of one attempt. */
    private String name() {
        return "millrace_stage_" + batch.load() + "_" + batch.generation() + "_" + batch.attempt();
    }

    Table table() {
        return table;
    }

    /**
     * Fills the table; parts without rows are left out.
     *
     * @throws MillraceException with {@code STAGING_CORRUPT} when it has other rows than the manifest says
     */
    void fill(TaskContext context) throws InterruptedException {
        create();
        List<Part> parts =
                batch.parts().stream().filter(part -> part.rows() > 0).toList();
        if (parts.isEmpty()) {
            return;
        }
        JobId id = JobId.newBuilder()
                .setProject(place.project())
                .setLocation(place.location())
                .setJob(name())
                .build();
        LoadJobConfiguration load = LoadJobConfiguration.newBuilder(
                        table.id(),
                        sources(parts),
                        ParquetOptions.newBuilder().setEnableListInference(true).build())
                .setSchema(schema())
                .setCreateDisposition(JobInfo.CreateDisposition.CREATE_NEVER)
                .setWriteDisposition(JobInfo.WriteDisposition.WRITE_EMPTY)
                .setLabels(Labels.of("stage", batch.run(), batch.destination().table()))
                .setJobTimeoutMs(config.jobTimeout().toMillis())
                .build();
        Job job = ended(jobs.ensure(id, load), context);
        BigQueryError error = job.getStatus().getError();
        if (error != null) {
            throw Failures.ofLoad(
                    "the rows staged for " + batch.destination().table() + " can't be loaded",
                    error,
                    job.getStatus().getExecutionErrors());
        }
        Long loaded = ((JobStatistics.LoadStatistics) job.getStatistics()).getOutputRows();
        if (loaded == null || loaded != batch.rows()) {
            throw corrupt(loaded + " rows were staged for "
                    + batch.destination().table() + " (expected: " + batch.rows() + ", as the manifest says)");
        }
        context.progress(loaded, parts.stream().mapToLong(Part::bytes).sum());
    }

    private Job ended(Job started, TaskContext context) throws InterruptedException {
        try {
            return jobs.await(started, config.jobTimeout(), context::checkStopped)
                    .orElseThrow(() -> new MillraceException(
                            ErrorCode.WAREHOUSE_FAILED,
                            "the load job " + started.getJobId().getJob() + " runs for longer than "
                                    + config.jobTimeout().toMinutes() + " minutes"));
        } catch (StoppedException | InterruptedException e) {
            jobs.cancel(started.getJobId());
            throw e;
        }
    }

    private void create() {
        TableInfo info = TableInfo.newBuilder(table.id(), StandardTableDefinition.of(schema()))
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

    private Schema schema() {
        return Fields.staged(batch.schema());
    }

    /** One URI for each part; when they are too many, one pattern, if nothing else matches it. */
    private List<String> sources(List<Part> parts) {
        if (parts.size() <= MOST_URIS) {
            return parts.stream().map(part -> uri(part.path())).toList();
        }
        Set<String> paths = parts.stream().map(Part::path).collect(Collectors.toCollection(TreeSet::new));
        String first = parts.getFirst().path();
        String prefix = first.substring(0, first.lastIndexOf('/') + 1) + "part-";
        Set<String> present = new TreeSet<>(staging.list(prefix));
        present.removeAll(batch.parts().stream()
                .filter(part -> part.rows() == 0)
                .map(Part::path)
                .collect(Collectors.toSet()));
        if (!present.equals(paths)) {
            throw corrupt(present.size() + " objects start with " + prefix + " (expected: " + paths.size()
                    + ", those that the manifest lists)");
        }
        return List.of(uri(prefix) + "*");
    }

    private String uri(String path) {
        URI uri = staging.uri(path);
        if (!"gs".equals(uri.getScheme())) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED,
                    "BigQuery can't read staging at " + uri.getScheme()
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
