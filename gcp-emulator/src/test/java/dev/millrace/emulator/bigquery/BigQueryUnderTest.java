package dev.millrace.emulator.bigquery;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.cloud.NoCredentials;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.DatasetInfo;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobConfiguration;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatus;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.emulator.zetasql.ZetaSql;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** The emulator and Google's own client library. */
final class BigQueryUnderTest implements AutoCloseable {
    static final String BUCKET = "parts";
    static final String DATASET = "school";

    final GcpEmulator emulator;
    final BigQuery client;

    BigQueryUnderTest(Path folder) throws IOException {
        this.emulator = GcpEmulator.start(folder);
        this.client = BigQueryOptions.newBuilder()
                .setHost(emulator.http().toString())
                .setProjectId("test")
                .setCredentials(NoCredentials.getInstance())
                .build()
                .getService();
    }

    /** Skips what needs Google's library where there is none, and says why there is none. */
    static void assumeGoogle() {
        assumeTrue(ZetaSql.missing().isEmpty(), ZetaSql.missing());
    }

    BigQueryUnderTest withDataset() {
        emulator.buckets().create(BUCKET);
        createDataset();
        return this;
    }

    /** The dataset without any tables, whatever was in it. */
    void emptyDataset() {
        client.delete(DATASET, BigQuery.DatasetDeleteOption.deleteContents());
        createDataset();
    }

    private void createDataset() {
        client.create(DatasetInfo.newBuilder(DATASET).setLocation("EU").build());
    }

    void create(String table, Schema schema) {
        client.create(TableInfo.of(TableId.of(DATASET, table), StandardTableDefinition.of(schema)));
    }

    /** Puts an object whose rows a query of the engine makes; returns its URI. */
    String parquet(Path scratch, String name, String query) throws SQLException, IOException {
        Path file = scratch.resolve(UUID.randomUUID() + ".parquet");
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
        }
        emulator.buckets().overwrite(BUCKET, name, Files.readAllBytes(file));
        return "gs://" + BUCKET + "/" + name;
    }

    /** Runs a job to its end. */
    JobStatus run(String id, JobConfiguration configuration) throws InterruptedException {
        Job job = client.create(
                JobInfo.of(JobId.newBuilder().setJob(id).setLocation("EU").build(), configuration));
        while (!job.isDone()) {
            Thread.onSpinWait();
        }
        return client.getJob(job.getJobId()).getStatus();
    }

    JobStatus script(String sql) throws InterruptedException {
        return run(UUID.randomUUID().toString(), QueryJobConfiguration.of(sql));
    }

    List<FieldValueList> rows(String sql) throws InterruptedException {
        return StreamSupport.stream(
                        client.query(
                                        QueryJobConfiguration.of(sql),
                                        JobId.newBuilder()
                                                .setRandomJob()
                                                .setLocation("EU")
                                                .build())
                                .iterateAll()
                                .spliterator(),
                        false)
                .toList();
    }

    /** Each row's values as one text. */
    List<String> texts(String sql) throws InterruptedException {
        return rows(sql).stream()
                .map(row -> row.stream()
                        .map(value -> value.isNull() ? "NULL" : value.getValue().toString())
                        .reduce((a, b) -> a + "|" + b)
                        .orElse(""))
                .toList();
    }

    @Override
    public void close() {
        emulator.close();
    }
}
