package dev.millrace.loader.bigquery;

import static dev.millrace.loader.StagedRows.column;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.NoCredentials;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.Dataset;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.Table;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.loader.DryRunContract;
import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.Warehouse;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.service.Services;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Step;
import dev.millrace.testing.ServiceUnderTest;
import dev.millrace.worker.TaskContext;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract over HTTP, with Google's client library, on an emulator. Each test has a project and a bucket of its own. */
class BigQueryDryRunTest extends DryRunContract {
    private static final AtomicInteger TESTS = new AtomicInteger();

    @TempDir
    private static Path google;

    private static @Nullable GcpEmulator emulator;

    private final String project = "test-project-" + TESTS.incrementAndGet();
    private final String bucket = "staging-of-" + project;
    private @Nullable ApplicationContext context;

    @BeforeAll
    static void startGoogle() throws IOException {
        emulator = GcpEmulator.start(google);
    }

    @AfterAll
    static void stopGoogle() {
        requireNonNull(emulator).close();
    }

    @Override
    protected StagedRows staging() throws IOException {
        requireNonNull(emulator).buckets().create(bucket);
        context = service(Map.of());
        return new StagedRows(folder.resolve("parts"), context.getBean(StagingStore.class));
    }

    private ApplicationContext service(Map<String, Object> more) {
        String google = requireNonNull(emulator).http().toString();
        Map<String, Object> properties = new HashMap<>(more);
        properties.put("millrace.service.key", ServiceUnderTest.KEY);
        properties.put("millrace.staging.type", "gcs");
        properties.put("millrace.staging.bucket", bucket);
        properties.put("millrace.warehouse.type", "bigquery");
        properties.put("millrace.gcp.project", project);
        properties.put("millrace.gcp.storage-host", google);
        properties.put("millrace.gcp.bigquery-host", google);
        properties.put("millrace.gcp.authentication", "none");
        // without a server, which would be started with the service
        return Services.builder(Step.LOAD.service())
                .properties(properties)
                .build()
                .start();
    }

    @AfterEach
    void close() {
        requireNonNull(context).close();
    }

    @Override
    protected Warehouse warehouse() {
        return requireNonNull(context).getBean(BigQueryWarehouse.class);
    }

    private BigQuery client() {
        return BigQueryOptions.newBuilder()
                .setProjectId(project)
                .setHost(requireNonNull(emulator).http().toString())
                .setCredentials(NoCredentials.getInstance())
                .build()
                .getService();
    }

    /** Jobs that only count rows are none that change anything. */
    @Override
    protected String everything() {
        BigQuery bigquery = client();
        List<String> everything = new ArrayList<>();
        for (Dataset dataset : bigquery.listDatasets().iterateAll()) {
            for (Table listed : bigquery.listTables(dataset.getDatasetId()).iterateAll()) {
                Table table = requireNonNull(bigquery.getTable(listed.getTableId()));
                everything.add(table.getTableId() + " " + table.getDefinition() + " " + table.getNumRows());
            }
        }
        for (Job job : bigquery.listJobs().iterateAll()) {
            String id = requireNonNull(job.getJobId().getJob());
            if (!id.startsWith("millrace_query_")) {
                everything.add(id);
            }
        }
        return String.join("\n", everything.stream().sorted().toList());
    }

    @Test
    void whatCertainlyCostsMoreThanItMayFailsTheDryRun() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(500)));
        Destination.Table totals =
                new Destination.Table("school.totals", Write.REPLACE, List.of(), Destination.Empty.FAIL);
        try (ApplicationContext frugal = service(Map.of("millrace.warehouse.bigquery.maximum-bytes-billed", "5000"))) {
            Warehouse warehouse = frugal.getBean(Warehouse.class);
            TaskContext task = new TaskContext(Clock.systemUTC());
            assertThat(failure(
                                    ErrorCode.BYTES_BILLED_EXCEEDED,
                                    () -> warehouse.plan(
                                            tableLoad(destination(Write.MERGE, "id"), ROWS, part(1)), task))
                            .detail())
                    .contains(TABLE, "allowed: 5,000");
            failure(
                    ErrorCode.BYTES_BILLED_EXCEEDED,
                    () -> warehouse.plan(modelLoad(totals, "SELECT * FROM school.students"), task));
        }
        assertThat(plan(tableLoad(destination(Write.MERGE, "id"), ROWS, part(1)))
                        .steps())
                .anyMatch(step -> step.startsWith("the commit would process ") && step.contains("bytes of the table"));
        assertThat(plan(modelLoad(totals, "SELECT * FROM school.students")).steps())
                .contains("the model's query would process 8,000 bytes");
    }

    @Test
    void aDatasetThatIsMissingWouldBeMadeOrFailsTheDryRun() throws Exception {
        assertThat(plan(tableLoad(destination(Write.APPEND), ROWS, part(1))).steps())
                .startsWith("would create the dataset " + project + ".school in US");
        try (ApplicationContext strict = service(Map.of("millrace.warehouse.bigquery.create-datasets", "false"))) {
            Warehouse warehouse = strict.getBean(Warehouse.class);
            TaskContext task = new TaskContext(Clock.systemUTC());
            assertThat(failure(
                                    ErrorCode.WAREHOUSE_NOT_FOUND,
                                    () -> warehouse.plan(tableLoad(destination(Write.APPEND), ROWS, part(1)), task))
                            .detail())
                    .contains(project + ".school");
            failure(
                    ErrorCode.WAREHOUSE_NOT_FOUND,
                    () -> warehouse.load(tableLoad(destination(Write.APPEND), ROWS, part(1)), task));
        }
    }

    @Test
    void theDatasetOfTheLedgerIsNoDestinationWhateverItIsCalled() throws Exception {
        try (ApplicationContext own = service(Map.of("millrace.warehouse.bigquery.dataset", "school"))) {
            Warehouse warehouse = own.getBean(Warehouse.class);
            failure(
                    ErrorCode.WAREHOUSE_FAILED,
                    () -> warehouse.load(
                            tableLoad(destination(Write.APPEND), ROWS, part(1)), new TaskContext(Clock.systemUTC())));
        }
    }

    @Test
    void nothingIsAskedThatCosts() throws Exception {
        load(tableLoad(destination(Write.APPEND), ROWS, part(5)));
        Destination.Table copies =
                new Destination.Table("school.copies", Write.APPEND, List.of(), Destination.Empty.FAIL);
        load(tableLoad(copies, List.of(column("id", Column.Type.INTEGER)), staged.part("SELECT 1::BIGINT AS id")));
        List<String> jobs = jobs();

        assertThat(inserted(tableLoad(destination(Write.MERGE, "id"), ROWS, part(5))))
                .isEqualTo(2);
        assertThat(inserted(tableLoad(destination(Write.APPEND), ROWS, part(5))))
                .isEqualTo(2);
        assertThat(inserted(tableLoad(destination(Write.REPLACE), ROWS, part(5))))
                .isEqualTo(3);
        requireNonNull(emulator).calls().clear();
        warehouse().plan(modelLoad(copies, "SELECT id FROM school.students"), new TaskContext(Clock.systemUTC()));
        assertThat(requireNonNull(emulator).calls().count("POST", "/jobs")).isEqualTo(3);
        assertThat(requireNonNull(emulator).calls().count("GET", "/tables/")).isEqualTo(1);
        assertThat(jobs()).as("each was a dry run").isEqualTo(jobs);
    }

    /** How many jobs are asked for, and nothing else but looking at the table. */
    private long inserted(TableLoad tableLoad) throws InterruptedException {
        requireNonNull(emulator).calls().clear();
        warehouse().plan(tableLoad, new TaskContext(Clock.systemUTC()));
        long jobs = requireNonNull(emulator).calls().count("POST", "/jobs");
        assertThat(requireNonNull(emulator).calls().count("GET", "/tables/")).isEqualTo(1);
        assertThat(requireNonNull(emulator).calls().all()).hasSize((int) jobs + 1);
        return jobs;
    }

    private List<String> jobs() {
        List<String> ids = new ArrayList<>();
        client().listJobs().iterateAll().forEach(job -> ids.add(String.valueOf(job.getJobId())));
        return ids;
    }
}
