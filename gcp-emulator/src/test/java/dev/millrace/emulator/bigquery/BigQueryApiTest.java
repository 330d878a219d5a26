package dev.millrace.emulator.bigquery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.DatasetInfo;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FormatOptions;
import com.google.cloud.bigquery.InsertAllRequest;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.JobStatus;
import com.google.cloud.bigquery.LoadJobConfiguration;
import com.google.cloud.bigquery.ParquetOptions;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.Table;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import com.google.cloud.bigquery.TimePartitioning;
import dev.millrace.emulator.http.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With Google's own client library. */
@Timeout(120)
class BigQueryApiTest {
    private static final Schema STUDENTS = Schema.of(
            Field.newBuilder("id", StandardSQLTypeName.INT64)
                    .setMode(Field.Mode.REQUIRED)
                    .setDescription("of the school")
                    .build(),
            Field.of("name", StandardSQLTypeName.STRING));

    @TempDir
    Path folder;

    @TempDir
    Path scratch;

    private BigQueryUnderTest bigQuery;

    @BeforeEach
    void start() throws IOException {
        bigQuery = new BigQueryUnderTest(folder).withDataset();
    }

    @AfterEach
    void stop() {
        bigQuery.close();
    }

    private LoadJobConfiguration load(String table, Schema schema, JobInfo.WriteDisposition write, String... uris) {
        return LoadJobConfiguration.newBuilder(
                        TableId.of("test", "school", table),
                        List.of(uris),
                        ParquetOptions.newBuilder().setEnableListInference(true).build())
                .setSchema(schema)
                .setWriteDisposition(write)
                .build();
    }

    @Test
    void keepsATablesMetadata() {
        Schema schema = Schema.of(
                Field.newBuilder("day", StandardSQLTypeName.DATE).build(),
                Field.newBuilder("lines", StandardSQLTypeName.STRUCT, Field.of("amount", StandardSQLTypeName.NUMERIC))
                        .setMode(Field.Mode.REPEATED)
                        .build());
        bigQuery.client.create(TableInfo.newBuilder(
                        TableId.of("school", "bills"),
                        StandardTableDefinition.newBuilder()
                                .setSchema(schema)
                                .setTimePartitioning(TimePartitioning.newBuilder(TimePartitioning.Type.DAY)
                                        .setField("day")
                                        .build())
                                .build())
                .setDescription("What was paid")
                .setLabels(Map.of("team", "office"))
                .build());

        Table table = bigQuery.client.getTable(TableId.of("school", "bills"));
        StandardTableDefinition definition = table.getDefinition();
        assertThat(table.getDescription()).isEqualTo("What was paid");
        assertThat(table.getLabels()).containsEntry("team", "office");
        assertThat(definition.getTimePartitioning().getField()).isEqualTo("day");
        assertThat(definition.getSchema().getFields().get("lines").getMode()).isEqualTo(Field.Mode.REPEATED);
    }

    @Test
    void listsDatasetsInTheOrderOfTheirNames() {
        bigQuery.client.create(DatasetInfo.newBuilder("a").setLocation("EU").build());
        bigQuery.client.create(DatasetInfo.newBuilder("z").setLocation("US").build());

        List<String> names = new ArrayList<>();
        bigQuery.client
                .listDatasets(BigQuery.DatasetListOption.pageSize(2))
                .iterateAll()
                .forEach(dataset -> names.add(dataset.getDatasetId().getDataset()));

        assertThat(names).containsExactly("a", "school", "z");
    }

    @Test
    void rowsThatWereStreamedCanBeReadAndNotChanged() throws Exception {
        bigQuery.create("students", STUDENTS);

        assertThat(bigQuery.client
                        .insertAll(InsertAllRequest.newBuilder("school", "students")
                                .addRow(Map.of("id", 1, "name", "O'Hara"))
                                .build())
                        .hasErrors())
                .isFalse();

        assertThat(bigQuery.texts("SELECT id, name FROM school.students")).containsExactly("1|O'Hara");
        for (String statement : List.of("TRUNCATE TABLE school.students", "DELETE FROM school.students WHERE id = 1")) {
            assertThat(bigQuery.script(statement).getError().getMessage()).contains("streaming buffer");
        }
        assertThat(bigQuery.script("INSERT INTO school.students (id) VALUES (2)")
                        .getError())
                .isNull();
    }

    @Test
    void refusesASecondDatasetOrTableOfAName() {
        bigQuery.create("students", STUDENTS);

        assertThatThrownBy(() -> bigQuery.create("students", STUDENTS))
                .isInstanceOfSatisfying(
                        BigQueryException.class, e -> assertThat(e.getCode()).isEqualTo(409));
        assertThatThrownBy(() -> bigQuery.withDataset())
                .isInstanceOfSatisfying(
                        BigQueryException.class, e -> assertThat(e.getReason()).isEqualTo("duplicate"));
    }

    @Test
    void allowsColumnsToBeAddedAndRelaxedAndNothingElse() throws Exception {
        bigQuery.create("students", STUDENTS);
        bigQuery.script("INSERT INTO school.students (id, name) VALUES (1, 'Ada')");

        JobStatus added = bigQuery.script("ALTER TABLE `test.school.students` ADD COLUMN IF NOT EXISTS `marks`"
                + " ARRAY<STRUCT<`subject` STRING, `mark` NUMERIC>> OPTIONS (description = 'of the year')");
        JobStatus relaxed = bigQuery.script("ALTER TABLE `test.school.students` ALTER COLUMN `id` DROP NOT NULL");

        assertThat(added.getError()).isNull();
        assertThat(relaxed.getError()).isNull();
        StandardTableDefinition definition =
                bigQuery.client.getTable(TableId.of("school", "students")).getDefinition();
        assertThat(definition.getSchema().getFields().get("id").getMode()).isEqualTo(Field.Mode.NULLABLE);
        assertThat(definition.getSchema().getFields().get("marks").getDescription())
                .isEqualTo("of the year");
        assertThat(bigQuery.texts("SELECT id, name FROM school.students")).containsExactly("1|Ada");

        Table changed = bigQuery.client.getTable(TableId.of("school", "students")).toBuilder()
                .setDefinition(StandardTableDefinition.of(Schema.of(Field.of("id", StandardSQLTypeName.STRING))))
                .build();
        assertThatThrownBy(changed::update).hasMessageContaining("has changed type from INTEGER to STRING");
    }

    @Test
    void loadsParquetOfManyObjectsAllOrNothing() throws Exception {
        String first = bigQuery.parquet(scratch, "run/a-0", "SELECT 1::BIGINT AS id, 'Ada' AS name");
        String second = bigQuery.parquet(scratch, "run/a-1", "SELECT 2::BIGINT AS id, NULL::VARCHAR AS name");

        JobStatus loaded =
                bigQuery.run("load-1", load("stage", STUDENTS, JobInfo.WriteDisposition.WRITE_EMPTY, first, second));

        assertThat(loaded.getError()).isNull();
        assertThat(bigQuery.texts("SELECT id, name FROM school.stage ORDER BY id"))
                .containsExactly("1|Ada", "2|NULL");
        JobStatistics.LoadStatistics statistics = bigQuery.client
                .getJob(JobId.newBuilder().setJob("load-1").setLocation("EU").build())
                .getStatistics();
        assertThat(statistics.getOutputRows()).isEqualTo(2);

        String wrong = bigQuery.parquet(scratch, "run/b-0", "SELECT 'x' AS id, 'Bob' AS name");
        JobStatus failed =
                bigQuery.run("load-2", load("stage", STUDENTS, JobInfo.WriteDisposition.WRITE_TRUNCATE, first, wrong));
        assertThat(failed.getError().getMessage()).contains("'id' has type STRING", "gs://parts/run/b-0");
        assertThat(bigQuery.texts("SELECT COUNT(*) FROM school.stage")).containsExactly("2");
    }

    @Test
    void loadsByAWildcardAndFailsWhereNothingFits() throws Exception {
        bigQuery.parquet(scratch, "run/a-0", "SELECT 1::BIGINT AS id, 'Ada' AS name");
        bigQuery.parquet(scratch, "run/a-1", "SELECT 2::BIGINT AS id, 'Bob' AS name");

        bigQuery.run("load-1", load("stage", STUDENTS, JobInfo.WriteDisposition.WRITE_EMPTY, "gs://parts/run/a-*"));
        JobStatus missing = bigQuery.run(
                "load-2", load("other", STUDENTS, JobInfo.WriteDisposition.WRITE_EMPTY, "gs://parts/no/*"));

        assertThat(bigQuery.texts("SELECT COUNT(*) FROM school.stage")).containsExactly("2");
        assertThat(missing.getError().getReason()).isEqualTo("notFound");
        assertThat(bigQuery.client.getTable(TableId.of("school", "other"))).isNull();
    }

    @Test
    void readsListsOfParquetOnlyWithListInference() throws Exception {
        BigQueryUnderTest.assumeGoogle();
        Schema schema = Schema.of(Field.newBuilder("marks", StandardSQLTypeName.INT64)
                .setMode(Field.Mode.REPEATED)
                .build());
        String uri = bigQuery.parquet(scratch, "run/l", "SELECT [1, 2]::BIGINT[] AS marks UNION ALL SELECT NULL");

        JobStatus without = bigQuery.run(
                "load-1",
                LoadJobConfiguration.newBuilder(TableId.of("school", "stage"), List.of(uri), FormatOptions.parquet())
                        .setSchema(schema)
                        .build());
        JobStatus with = bigQuery.run("load-2", load("stage", schema, JobInfo.WriteDisposition.WRITE_EMPTY, uri));

        assertThat(without.getError().getMessage()).contains("'marks'");
        assertThat(with.getError()).isNull();
        // a NULL array is kept as an empty one
        assertThat(bigQuery.texts("SELECT ARRAY_LENGTH(marks) FROM school.stage ORDER BY 1"))
                .containsExactly("0", "2");

        String holes = bigQuery.parquet(scratch, "run/n", "SELECT [1, NULL]::BIGINT[] AS marks");
        JobStatus nulls = bigQuery.run("load-3", load("holes", schema, JobInfo.WriteDisposition.WRITE_EMPTY, holes));
        assertThat(nulls.getError().getMessage()).contains("null element");
    }

    @Test
    void refusesMoreUrisThanAJobMayHave() {
        List<String> uris = new ArrayList<>();
        for (int i = 0; i <= LoadJob.MOST_URIS; i++) {
            uris.add("gs://parts/run/" + i);
        }

        assertThatThrownBy(() -> bigQuery.run(
                        "load-1",
                        load("stage", STUDENTS, JobInfo.WriteDisposition.WRITE_EMPTY, uris.toArray(String[]::new))))
                .hasMessageContaining("10000");
    }

    @Test
    void takesPollsToFinishAndKeepsAJobsIdForEver() throws Exception {
        JobId id = JobId.newBuilder().setJob("once").setLocation("EU").build();
        Job job = bigQuery.client.create(JobInfo.of(id, QueryJobConfiguration.of("SELECT 1 AS one")));

        assertThat(job.getStatus().getState()).isEqualTo(JobStatus.State.PENDING);
        assertThat(bigQuery.client.getJob(id).getStatus().getState()).isEqualTo(JobStatus.State.RUNNING);
        while (!job.isDone()) {
            Thread.onSpinWait();
        }
        // the library asks for the first job when it is told of a duplicate
        Job second = bigQuery.client.create(JobInfo.of(id, QueryJobConfiguration.of("SELECT 2 AS two")));
        QueryJobConfiguration kept = second.getConfiguration();
        assertThat(kept.getQuery()).isEqualTo("SELECT 1 AS one");
    }

    @Test
    void findsJobsAndTablesAgainAfterARestart() throws Exception {
        bigQuery.create("students", STUDENTS);
        bigQuery.script("INSERT INTO school.students VALUES (1, 'Ada')");
        bigQuery.run("kept", QueryJobConfiguration.of("SELECT name FROM school.students"));

        bigQuery.close();
        bigQuery = new BigQueryUnderTest(folder);

        Job job = bigQuery.client.getJob(
                JobId.newBuilder().setJob("kept").setLocation("EU").build());
        assertThat(job.isDone()).isTrue();
        assertThat(job.getQueryResults().iterateAll().iterator().next().get(0).getStringValue())
                .isEqualTo("Ada");
        assertThat(bigQuery.texts("SELECT id FROM school.students")).containsExactly("1");
    }

    @Test
    void cancelsAJobBeforeItsCommit() throws Exception {
        bigQuery.create("students", STUDENTS);
        JobFaults.Held held = bigQuery.emulator.jobFaults().hold("slow");
        JobId id = JobId.newBuilder().setJob("slow").setLocation("EU").build();
        bigQuery.client.create(JobInfo.of(
                id,
                QueryJobConfiguration.of(
                        "BEGIN TRANSACTION; INSERT INTO school.students VALUES (1, 'Ada'); COMMIT TRANSACTION;")));

        bigQuery.client.cancel(id);
        held.release();
        while (!bigQuery.client.getJob(id).isDone()) {
            Thread.onSpinWait();
        }

        assertThat(bigQuery.client.getJob(id).getStatus().getError().getReason())
                .isEqualTo("stopped");
        assertThat(bigQuery.texts("SELECT COUNT(*) FROM school.students")).containsExactly("0");
    }

    @Test
    void failsAJobAsOrderedAndKeepsNothingOfIt() throws Exception {
        bigQuery.create("students", STUDENTS);
        bigQuery.emulator.jobFaults().fail("quota", "quotaExceeded", "Quota exceeded");

        JobStatus failed = bigQuery.run(
                "quota",
                QueryJobConfiguration.of(
                        "BEGIN TRANSACTION; INSERT INTO school.students VALUES (1, 'Ada'); COMMIT TRANSACTION;"));

        assertThat(failed.getError().getReason()).isEqualTo("quotaExceeded");
        assertThat(bigQuery.texts("SELECT COUNT(*) FROM school.students")).containsExactly("0");
    }

    @Test
    void doesAJobWhoseAnswerIsLost() throws Exception {
        bigQuery.create("students", STUDENTS);
        bigQuery.emulator.faults().inject("POST", "/jobs", new Fault.LostAnswer());

        // the library sends it again with the id of its own, and takes what is there
        JobStatus status =
                bigQuery.run("lost", QueryJobConfiguration.of("INSERT INTO school.students VALUES (1, 'Ada')"));

        assertThat(status.getError()).isNull();
        assertThat(bigQuery.texts("SELECT COUNT(*) FROM school.students")).containsExactly("1");
    }

    @Test
    void refusesAJobInAnotherLocationThanItsData() throws Exception {
        bigQuery.create("students", STUDENTS);
        JobId id = JobId.newBuilder().setJob("elsewhere").setLocation("US").build();

        bigQuery.client.create(JobInfo.of(id, QueryJobConfiguration.of("SELECT * FROM school.students")));
        while (!bigQuery.client.getJob(id).isDone()) {
            Thread.onSpinWait();
        }

        assertThat(bigQuery.client.getJob(id).getStatus().getError().getMessage())
                .contains("was not found in location US");
    }

    @Test
    void checksAQueryWithoutRunningIt() {
        bigQuery.create("students", STUDENTS);

        Job job = bigQuery.client.create(JobInfo.of(
                QueryJobConfiguration.newBuilder("SELECT name, COUNT(*) AS n FROM school.students GROUP BY name")
                        .setDryRun(true)
                        .build()));

        JobStatistics.QueryStatistics statistics = job.getStatistics();
        assertThat(statistics.getStatementType()).isEqualTo(JobStatistics.QueryStatistics.StatementType.SELECT);
        assertThat(statistics.getSchema().getFields())
                .extracting(Field::getName)
                .containsExactly("name", "n");
    }

    @Test
    void saysWhatAStatementWouldProcessAndDoesNothing() throws Exception {
        BigQueryUnderTest.assumeGoogle();
        bigQuery.create("students", STUDENTS);
        bigQuery.script("INSERT INTO school.students SELECT x, 'n' FROM UNNEST(GENERATE_ARRAY(1, 10)) AS x");

        assertThat(processed("INSERT INTO school.students (id, name) SELECT CAST(NULL AS INT64), 'n'"))
                .isZero();
        assertThat(processed("TRUNCATE TABLE school.students")).isZero();
        assertThat(processed("DELETE FROM school.students WHERE id = 1")).isEqualTo(160);
        assertThat(processed("MERGE INTO school.students AS s USING (SELECT 1 AS id) AS n ON s.id = n.id"
                        + " WHEN MATCHED THEN UPDATE SET name = 'm'"))
                .isEqualTo(160);
        assertThat(bigQuery.client.getTable(TableId.of("school", "students")).getNumRows())
                .isEqualTo(10);
        assertThatThrownBy(() -> processed("DELETE FROM school.nobody WHERE TRUE"))
                .isInstanceOf(BigQueryException.class)
                .hasMessageContaining("nobody");
    }

    private long processed(String statement) {
        JobStatistics.QueryStatistics statistics = bigQuery.client
                .create(JobInfo.of(QueryJobConfiguration.newBuilder(statement)
                        .setDryRun(true)
                        .build()))
                .getStatistics();
        return statistics.getTotalBytesProcessed();
    }

    @Test
    void refusesAQueryThatWouldCostMoreThanItMay() throws Exception {
        bigQuery.create("students", STUDENTS);

        JobStatus status = bigQuery.run(
                "costly",
                QueryJobConfiguration.newBuilder("SELECT * FROM school.students")
                        .setMaximumBytesBilled(1000L)
                        .build());

        assertThat(status.getError().getReason()).isEqualTo("bytesBilledLimitExceeded");
    }

    @Test
    void pagesThroughRows() throws Exception {
        BigQueryUnderTest.assumeGoogle();
        bigQuery.create("students", STUDENTS);
        bigQuery.script(
                "INSERT INTO school.students SELECT x, CAST(x AS STRING) FROM UNNEST(GENERATE_ARRAY(1, 25)) AS x");

        List<String> ids = new ArrayList<>();
        bigQuery.client
                .listTableData(TableId.of("school", "students"), STUDENTS, BigQuery.TableDataListOption.pageSize(10))
                .iterateAll()
                .forEach(row -> ids.add(row.get("id").getStringValue()));

        assertThat(ids).hasSize(25).doesNotHaveDuplicates();
    }
}
