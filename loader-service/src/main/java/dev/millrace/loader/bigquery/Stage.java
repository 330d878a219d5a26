package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.ExtractJobConfiguration;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FormatOptions;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobConfiguration;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.LoadJobConfiguration;
import com.google.cloud.bigquery.ParquetOptions;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.QueryParameterValue;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableInfo;
import dev.millrace.loader.ModelLoad;
import dev.millrace.loader.Orphans;
import dev.millrace.loader.QueryExport;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.TableRestore;
import dev.millrace.loader.backup.BackupManifest;
import dev.millrace.loader.backup.TableBackup;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.worker.StoppedException;
import dev.millrace.worker.TaskContext;
import java.net.URI;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table of one attempt's staged rows, filled by one job. BigQuery deletes it when it has expired; usually it is
 * dropped before.
 */
final class Stage {
    /** Of rows that an extract job writes into one file, https://cloud.google.com/bigquery/quotas#export_jobs */
    private static final long MOST_BYTES_OF_A_FILE = 1_000_000_000;

    /** https://cloud.google.com/bigquery/quotas#load_jobs */
    private static final int MOST_URIS = 10_000;

    /** What the names of parts begin with. */
    private static final String PART = "part-";

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
        this(bigquery, jobs, config, location, target, "millrace_stage_" + load + "_" + generation + "_" + attempt);
    }

    /** @param name of the job, and of the table but for its first character */
    Stage(BigQuery bigquery, Jobs jobs, BigQueryConfig config, JobLocation location, Table target, String name) {
        this.bigquery = bigquery;
        this.jobs = jobs;
        this.config = config;
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
        load(load, tableLoad.destination().table(), tableLoad.rows(), context);
        context.progress(
                tableLoad.rows(),
                tableLoad.parts().stream()
                        .filter(part -> part.rows() > 0)
                        .mapToLong(Part::bytes)
                        .sum());
    }

    private void load(LoadJobConfiguration load, String target, long rows, TaskContext context)
            throws InterruptedException {
        Job ended = run(job, load, context);
        BigQueryError error = ended.getStatus().getError();
        if (error != null) {
            throw Failures.ofLoad(
                    "the rows staged for " + target + " can't be loaded",
                    error,
                    ended.getStatus().getExecutionErrors());
        }
        JobStatistics.LoadStatistics statistics = ended.getStatistics();
        Long loaded = statistics.getOutputRows();
        // of a job that doesn't say so the commit counts the rows, as it does anyway
        if (loaded != null && loaded != rows) {
            throw corrupt(
                    loaded + " rows were staged for " + target + " (expected: " + rows + ", as the manifest says)");
        }
    }

    /**
     * Fills the table with the files of a backup.
     *
     * @throws MillraceException with {@code STAGING_CORRUPT} when they aren't exactly those of its manifest
     */
    void fill(TableRestore restore, TaskContext context) throws InterruptedException {
        BackupManifest backup = restore.backup();
        Schema schema = Fields.restored(backup.columns());
        create(schema);
        if (backup.rows() == 0) {
            return;
        }
        for (Part part : backup.parts()) {
            context.checkStopped();
            Part found = restore.store().describe(part.path());
            if (found.bytes() != part.bytes() || !found.crc32c().equals(part.crc32c())) {
                throw corrupt(part.path() + " has " + found.bytes() + " bytes, crc32c " + found.crc32c()
                        + " (expected: " + part.bytes() + ", " + part.crc32c() + ")");
            }
        }
        String first = backup.parts().getFirst().path();
        String prefix = first.substring(0, first.lastIndexOf('/') + 1);
        Set<String> listed = backup.parts().stream().map(Part::path).collect(Collectors.toCollection(TreeSet::new));
        Set<String> present = new TreeSet<>(restore.store().list(prefix));
        if (!present.equals(listed)) {
            throw corrupt(present.size() + " objects start with " + prefix + " (expected: " + listed.size()
                    + ", those that the manifest names)");
        }
        LoadJobConfiguration.Builder load = LoadJobConfiguration.newBuilder(
                        table.id(), List.of(uri(restore.store(), prefix + "part-") + "*"))
                .setFormatOptions(
                        switch (backup.format()) {
                            case AVRO -> FormatOptions.avro();
                            case PARQUET ->
                                ParquetOptions.newBuilder()
                                        .setEnableListInference(true)
                                        .build();
                        })
                .setSchema(schema)
                .setCreateDisposition(JobInfo.CreateDisposition.CREATE_NEVER)
                .setWriteDisposition(JobInfo.WriteDisposition.WRITE_EMPTY)
                .setLabels(Labels.of(
                        "restore", restore.run(), restore.destination().table()))
                .setJobTimeoutMs(config.jobTimeout().toMillis());
        if (backup.format() == BackupFormat.AVRO) {
            load.setUseAvroLogicalTypes(true);
        }
        load(load.build(), restore.destination().table(), backup.rows(), context);
        context.progress(backup.rows(), backup.bytes());
    }

    /** Rows that were copied into the table, and since when BigQuery has read them. */
    record Copied(JobId job, long rows, Instant at) {}

    /**
     * Makes the table, and fills it with a backup's rows.
     *
     * @param sql of {@link Statements#copy}
     */
    Copied copy(String sql, List<Column> columns, TableBackup backup, TaskContext context) throws InterruptedException {
        create(Fields.restored(columns));
        QueryJobConfiguration query = QueryJobConfiguration.newBuilder(sql)
                .setUseLegacySql(false)
                .setMaximumBytesBilled(config.maximumBytesBilled())
                .setLabels(Labels.of("backup", backup.run(), backup.table()))
                .setJobTimeoutMs(config.jobTimeout().toMillis())
                .build();
        Job ended = run(job, query, context);
        BigQueryError error = ended.getStatus().getError();
        if (error != null) {
            throw Failures.of("reading " + backup.table(), error, null);
        }
        Long started = ended.getStatistics().getStartTime();
        return new Copied(
                job,
                rows(),
                Instant.ofEpochMilli(started == null ? ended.getStatistics().getCreationTime() : started));
    }

    private long rows() {
        com.google.cloud.bigquery.Table filled = filled();
        if (filled.getNumRows() == null) {
            throw gone();
        }
        return filled.getNumRows().longValueExact();
    }

    private com.google.cloud.bigquery.Table filled() {
        com.google.cloud.bigquery.Table filled = bigquery.getTable(table.id());
        if (filled == null) {
            throw gone();
        }
        return filled;
    }

    private MillraceException gone() {
        return new MillraceException(ErrorCode.WAREHOUSE_NOT_FOUND, "the stage table " + table + " is gone");
    }

    /**
     * Writes the table into files; more than one where it is larger than a gigabyte, so that their names have a place for a
     * number (https://cloud.google.com/bigquery/docs/exporting-data#exporting_data_into_one_or_more_files).
     */
    void extract(TableBackup backup, TaskContext context) throws InterruptedException {
        extract(
                uri(backup.store(), backup.prefix() + "part-") + "*."
                        + backup.format().extension(),
                backup.format(),
                Labels.of("backup", backup.run(), backup.table()),
                "the files of " + backup.table(),
                context);
    }

    /**
     * Writes the table into the one file of an export.
     *
     * @throws MillraceException with {@code QUERY_FAILED} when it is larger than one file may be
     */
    void extract(QueryExport export, BackupFormat format, TaskContext context) throws InterruptedException {
        Long bytes = filled().getNumBytes();
        checkOneFile(bytes == null ? 0 : bytes, export, format);
        extract(
                uri(export.store(), export.file()),
                format,
                Labels.of("export", export.run(), export.target()),
                "the file of " + export.target(),
                context);
    }

    static void checkOneFile(long bytes, QueryExport export, BackupFormat format) {
        if (bytes > MOST_BYTES_OF_A_FILE) {
            throw new MillraceException(
                    ErrorCode.QUERY_FAILED,
                    String.format(
                            Locale.ROOT,
                            "the rows of %s have %,d bytes, and BigQuery writes %,d into one file of %s at most (expected:"
                                    + " fewer rows or columns, or the format ndjson, json or csv, which have no such limit)",
                            export.target(),
                            bytes,
                            MOST_BYTES_OF_A_FILE,
                            format));
        }
    }

    /** @param uri of one file, or with an asterisk where the number of each belongs */
    private void extract(String uri, BackupFormat format, Map<String, String> labels, String what, TaskContext context)
            throws InterruptedException {
        ExtractJobConfiguration.Builder extract = ExtractJobConfiguration.newBuilder(table.id(), uri)
                .setFormat(format.name())
                .setLabels(labels)
                .setJobTimeoutMs(config.jobTimeout().toMillis());
        switch (format) {
            case AVRO -> extract.setUseAvroLogicalTypes(true).setCompression("DEFLATE");
            case PARQUET -> extract.setCompression("SNAPPY");
        }
        JobId id = job.toBuilder().setJob(job.getJob() + "_extract").build();
        BigQueryError error = run(id, extract.build(), context).getStatus().getError();
        if (error != null) {
            throw Failures.of("writing " + what, error, null);
        }
    }

    /**
     * Fills the table with what the query of users selects, which has been found to be a SELECT.
     *
     * @param schema of its rows
     * @return the number of rows
     */
    long fill(ModelLoad modelLoad, Schema schema, TaskContext context) throws InterruptedException {
        long rows = fill(
                modelLoad.sql(),
                Map.of(),
                Labels.of("stage", modelLoad.run(), modelLoad.destination().table()),
                schema,
                context);
        context.progress(rows, 0);
        return rows;
    }

    /**
     * Fills the table with rows of an export.
     *
     * @param parameters by their names, which the SELECT has
     * @param schema of what the SELECT selects
     * @return the number of rows
     */
    long fill(
            QueryExport export,
            String sql,
            Map<String, QueryParameterValue> parameters,
            Schema schema,
            TaskContext context)
            throws InterruptedException {
        return fill(sql, parameters, Labels.of("export", export.run(), export.target()), schema, context);
    }

    /**
     * Fills the table with rows of a load that are to be rejected.
     *
     * @param sql of {@link Orphans}
     */
    void fill(TableLoad tableLoad, String sql, TaskContext context) throws InterruptedException {
        long _ = fill(
                sql,
                Map.of(),
                Labels.of("reject", tableLoad.run(), tableLoad.destination().table()),
                Schema.of(
                        Field.of(Orphans.POSITION, StandardSQLTypeName.INT64),
                        Field.of(Orphans.CHECK, StandardSQLTypeName.INT64),
                        Field.of(Orphans.FOUND, StandardSQLTypeName.STRING)),
                context);
    }

    private long fill(
            String sql,
            Map<String, QueryParameterValue> parameters,
            Map<String, String> labels,
            Schema schema,
            TaskContext context)
            throws InterruptedException {
        create(schema);
        QueryJobConfiguration query = QueryJobConfiguration.newBuilder(sql)
                .setUseLegacySql(false)
                .setNamedParameters(parameters)
                .setDestinationTable(table.id())
                .setCreateDisposition(JobInfo.CreateDisposition.CREATE_NEVER)
                .setWriteDisposition(JobInfo.WriteDisposition.WRITE_EMPTY)
                .setMaximumBytesBilled(config.maximumBytesBilled())
                .setLabels(labels)
                .setJobTimeoutMs(config.jobTimeout().toMillis())
                .build();
        BigQueryError error = run(job, query, context).getStatus().getError();
        if (error != null) {
            throw QueryJobs.failed(error);
        }
        return rows();
    }

    private Job run(JobId id, JobConfiguration configuration, TaskContext context) throws InterruptedException {
        Job started = jobs.ensure(id, configuration);
        try {
            return jobs.await(started, config.jobTimeout(), context::checkStopped)
                    .orElseThrow(() -> new MillraceException(
                            ErrorCode.WAREHOUSE_FAILED,
                            "the job " + id.getJob() + " runs for longer than "
                                    + config.jobTimeout().toMinutes() + " minutes"));
        } catch (StoppedException | InterruptedException e) {
            jobs.cancel(id);
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

    /**
     * One URI for each part with rows; when they are too many, one pattern for all of a folder, those of most parts first, if nothing else
     * matches it.
     */
    static List<String> sources(TableLoad tableLoad, StagingStore staging) {
        Map<String, List<Part>> folders = tableLoad.parts().stream()
                .collect(Collectors.groupingBy(Stage::folder, LinkedHashMap::new, Collectors.toList()));
        long left = tableLoad.parts().stream().filter(part -> part.rows() > 0).count();
        Set<String> patterns = new HashSet<>();
        List<Map.Entry<String, List<Part>>> largest = folders.entrySet().stream()
                .sorted(Comparator.comparingInt(folder -> -folder.getValue().size()))
                .toList();
        for (Map.Entry<String, List<Part>> folder : largest) {
            if (left <= MOST_URIS) {
                break;
            }
            checkAlone(folder.getKey() + PART, folder.getValue(), staging);
            patterns.add(folder.getKey());
            left -= folder.getValue().stream().filter(part -> part.rows() > 0).count() - 1;
        }
        return folders.entrySet().stream()
                .flatMap(folder -> patterns.contains(folder.getKey())
                        ? Stream.of(uri(staging, folder.getKey() + PART) + "*")
                        : folder.getValue().stream()
                                .filter(part -> part.rows() > 0)
                                .map(part -> uri(staging, part.path())))
                .toList();
    }

    private static String folder(Part part) {
        return part.path().substring(0, part.path().lastIndexOf('/') + 1);
    }

    private static void checkAlone(String prefix, List<Part> parts, StagingStore staging) {
        Set<String> paths = parts.stream().map(Part::path).collect(Collectors.toCollection(TreeSet::new));
        Set<String> present = new TreeSet<>(staging.list(prefix));
        if (!present.equals(paths)) {
            throw corrupt(present.size() + " objects start with " + prefix + " (expected: " + paths.size()
                    + ", those that the manifest lists)");
        }
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
