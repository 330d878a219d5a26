package dev.millrace.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.TableNames;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.Permission;
import dev.millrace.service.ServiceTokens;
import dev.millrace.service.Services;
import dev.millrace.service.StreamedCalls;
import dev.millrace.service.WorkerCalls;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Part;
import dev.millrace.task.Abort;
import dev.millrace.task.BackupList;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Query;
import dev.millrace.task.Report;
import dev.millrace.task.Step;
import dev.millrace.task.TableRows;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.testing.RecordedGateway;
import dev.millrace.testing.ServiceUnderTest;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoaderServiceTest {
    private static final List<Column> SCHEMA =
            List.of(StagedRows.required("id", Column.Type.INTEGER), StagedRows.column("day", Column.Type.DATE));

    private static final AtomicInteger TESTS = new AtomicInteger();

    @TempDir
    private static Path folder;

    private static StagedRows staged;
    private static ServiceUnderTest loader;

    private final String table = "school.students_" + TESTS.incrementAndGet();
    private RecordedGateway gateway;

    @BeforeAll
    static void start() {
        staged = new StagedRows(folder.resolve("staging"));
        loader = service();
    }

    @BeforeEach
    void open() throws IOException {
        gateway = new RecordedGateway();
    }

    private static ServiceUnderTest service() {
        return ServiceUnderTest.start(
                Step.LOAD,
                folder.resolve("staging"),
                Map.of(
                        "millrace.warehouse.file",
                                folder.resolve("school.duckdb").toString(),
                        "millrace.backup.folder", folder.resolve("backups").toString(),
                        "millrace.backup.keep", "2",
                        "millrace.warehouse.memory-limit", "400MB",
                        "millrace.warehouse.streams.at-once", "2",
                        "millrace.warehouse.streams.stalled-after", "300ms",
                        "millrace.warehouse.open-for", "200ms"));
    }

    /** As when it dies and another process takes its place. */
    private static void restart() {
        loader.close();
        loader = service();
    }

    @AfterEach
    void close() {
        gateway.close();
    }

    @AfterAll
    static void stop() {
        loader.close();
    }

    /** The name of a run or load that no other test has. */
    private String own(String name) {
        return table + "-" + name;
    }

    private Work.Load work(String load, Write write, @Nullable String dayColumn, Part... parts) throws IOException {
        List<Part> list = List.of(parts);
        long rows = list.stream().mapToLong(Part::rows).sum();
        Manifest manifest = new Manifest(
                "task",
                1,
                Manifest.Format.PARQUET,
                list,
                List.of(),
                new Counts(rows, rows, 0, 0),
                "cursor-7",
                List.of());
        String name = "runs/" + UUID.randomUUID() + "/" + Manifest.NAME;
        staged.store()
                .createIfAbsent(
                        name, loader.context().getBean(ObjectMapper.class).writeValueAsBytes(manifest));
        Destination.Table destination = new Destination.Table(table, write, List.of(), Destination.Empty.FAIL);
        return new Work.Load(own(load), 1, name, destination, SCHEMA, dayColumn, null);
    }

    private Part rows(int count, String day) {
        return staged.part("SELECT i AS id, DATE '" + day + "' AS day FROM range(" + count + ") AS t(i)");
    }

    private ServiceUnderTest.Answer post(String path, String subject, Object body) throws InterruptedException {
        return loader.post(path, new Permission("loader", subject), body);
    }

    private String answer(String sql) throws InterruptedException {
        ServiceUnderTest.Answer answer = post("/queries", Query.SUBJECT, new Query(sql, 100));
        assertThat(answer.status()).isEqualTo(200);
        return answer.as(Query.Result.class).rows().toString();
    }

    /** Of the loads of this test. */
    private String ledger(String columns) throws InterruptedException {
        return answer("SELECT " + columns + " FROM millrace.ledger WHERE starts_with(load, '" + table + "-')");
    }

    @Test
    void whatTheWarehouseCanHoldIsToldToWhoeverAsksForThatAlone() throws Exception {
        io.micronaut.http.HttpResponse<Capabilities> answer =
                loader.context().getBean(WorkerCalls.class).capabilities(loader.url());
        assertThat(answer.code()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo(new Capabilities("DuckDB", new TableNames(false, false, null), JsonLimits.NONE));

        assertThat(answerTo(HttpRequest.newBuilder(loader.url().resolve("/capabilities"))))
                .isEqualTo(401);
        assertThat(answerTo(HttpRequest.newBuilder(loader.url().resolve("/capabilities"))
                        .header(
                                "Authorization",
                                "Bearer "
                                        + loader.context()
                                                .getBean(ServiceTokens.class)
                                                .issue("loader", Query.SUBJECT))))
                .isEqualTo(403);
    }

    private static int answerTo(HttpRequest.Builder request) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request.build(), BodyHandlers.discarding()).statusCode();
        }
    }

    @Test
    void aWarehouseOfNoKnownKindEndsTheStartWithTheKindsThatThereAre() {
        ApplicationContext context = Services.builder(LoaderApplication.NAME)
                .properties(Map.of(
                        "millrace.warehouse.type",
                        "shoebox",
                        "millrace.service.key",
                        ServiceUnderTest.KEY,
                        "millrace.staging.folder",
                        folder.resolve("staging").toString()))
                .build();
        try (context) {
            assertThatThrownBy(context::start)
                    .hasRootCauseMessage("millrace.warehouse.type: 'shoebox' (expected: bigquery or duckdb)");
        }
    }

    @Test
    void allRowsGoToSoManyReadersAtOnceAndThoseWhoTakeNothingAreBrokenOff() throws Exception {
        Work.Load work = work("load-1", Write.REPLACE, null, rows(2_000_000, "2026-01-31"));
        assertThat(loader.run(gateway, gateway.task(own("run-1"), work))).isInstanceOf(Outcome.Committed.class);
        TableRows.Wanted all = new TableRows.Wanted(table, List.of(), List.of(), List.of(), TableRows.MOST, null);
        StreamedCalls calls = loader.context().getBean(StreamedCalls.class);
        Permission permission = new Permission("loader", TableRows.SUBJECT);
        URI url = loader.url().resolve("/tables/rows/ndjson");

        try (InputStream first =
                        calls.post(url, permission, all, Duration.ofMinutes(1)).body();
                InputStream _ =
                        calls.post(url, permission, all, Duration.ofMinutes(1)).body()) {
            assertThatThrownBy(() -> calls.post(url, permission, all, Duration.ofMinutes(1)))
                    .isInstanceOfSatisfying(
                            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUSY))
                    .hasMessageContaining("to 2 readers, which is the most at once");

            await().until(
                            () -> { // when nothing was taken of the two
                                try (InputStream third = calls.post(url, permission, all, Duration.ofMinutes(1))
                                        .body()) {
                                    return new String(third.readAllBytes(), StandardCharsets.UTF_8)
                                                    .lines()
                                                    .count()
                                            == 2_000_000;
                                } catch (MillraceException e) {
                                    return false;
                                }
                            });
            assertThatThrownBy(first::readAllBytes).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aLoadIsCommittedReportedAndQueried() throws Exception {
        Work.Load work = work("load-1", Write.REPLACE, null, rows(5_000, "2026-01-31"));
        Task task = gateway.task(own("run-1"), new Work.LoadIncrement(work, "id", false, null));
        assertThat(loader.post(task)).isEqualTo(202);
        Report report = gateway.report(task);
        assertThat(report.outcome()).isEqualTo(new Outcome.Committed(new LoadResult(5_000, 0, 5_000)));
        assertThat(report.last().records()).isEqualTo(5_000);
        assertThat(report.last().total()).isEqualTo(5_000);
        assertThat(Stream.concat(gateway.heartbeats().stream(), Stream.of(report.last()))
                        .flatMap(heartbeat -> heartbeat.log().stream())
                        .map(Heartbeat.LogLine::message))
                .contains("staged 5,000 rows")
                .anyMatch(line -> line.contains(table + " has 5,000 rows"));
        assertThat(answer("SELECT count(*), sum(id), min(day) FROM " + table))
                .isEqualTo("[[5000, 12497500, 2026-01-31]]");
        assertThat(ledger("run, state, cursor")).isEqualTo("[[" + own("run-1") + ", COMMITTED, cursor-7]]");
    }

    @Test
    void theNextAttemptFindsTheCommitOfTheOneBefore() throws Exception {
        Work.Load work = work("load-1", Write.APPEND, null, rows(3, "2026-01-31"));
        Outcome first = loader.run(gateway, gateway.task(own("run-1"), work));
        assertThat(loader.run(gateway, gateway.task(own("run-1"), 2, null, work)))
                .isEqualTo(first);
        assertThat(answer("SELECT count(*) FROM " + table)).isEqualTo("[[3]]");
    }

    @Test
    void aDryRunIsReportedWithItsPlanAndLeavesNothingHoweverOftenItIsTried() throws Exception {
        Work.DryRun dry = new Work.DryRun(work("load-1", Write.APPEND, null, rows(3, "2026-01-31")));
        Outcome checked = new Outcome.Checked(new LoadPlan(
                3, List.of("would create the table " + table, "would append 3 rows to " + table + ", which has 0")));
        assertThat(loader.run(gateway, gateway.task(own("run-1"), dry))).isEqualTo(checked);
        restart(); // the next attempt comes to another process
        assertThat(loader.run(gateway, gateway.task(own("run-1"), 2, null, dry)))
                .isEqualTo(checked);
        assertThat(ledger("count(*)")).isEqualTo("[[0]]");
        assertThat(answer("SELECT count(*) FROM information_schema.tables WHERE 'school.' || table_name = '" + table
                        + "'"))
                .isEqualTo("[[0]]");

        Outcome.Committed committed = new Outcome.Committed(new LoadResult(3, 0, 3));
        assertThat(loader.run(gateway, gateway.task(own("run-2"), dry.load()))).isEqualTo(committed);
    }

    @Test
    void theTasksDayIsTheOnlyOneReplaced() throws Exception {
        loader.run(
                gateway,
                gateway.task(
                        own("run-1"),
                        work("load-1", Write.APPEND, null, rows(2, "2026-01-30"), rows(2, "2026-01-31"))));
        Task day = gateway.task(
                own("run-2"),
                1,
                RunWindow.parse("2026-01-31"),
                work("load-2", Write.REPLACE, "day", rows(5, "2026-01-31")));
        assertThat(loader.run(gateway, day)).isEqualTo(new Outcome.Committed(new LoadResult(5, 0, 7)));
    }

    @Test
    void aFailureIsReportedWithItsCode() throws Exception {
        loader.run(gateway, gateway.task(own("run-1"), work("load-1", Write.REPLACE, null, rows(2, "2026-01-30"))));
        assertThat(loader.run(gateway, gateway.task(own("run-2"), work("load-2", Write.REPLACE, null))))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.EMPTY_REPLACE));
        Work.Load gone = new Work.Load(
                own("load-3"),
                1,
                "runs/none/manifest.json",
                work("x", Write.APPEND, null).destination(),
                SCHEMA,
                null,
                null);
        assertThat(loader.run(gateway, gateway.task(own("run-3"), gone)))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.STAGING_CORRUPT));
        assertThat(answer("SELECT count(*) FROM " + table)).isEqualTo("[[2]]");
    }

    @Test
    void anAbortIsAnsweredWithWhatIsCertain() throws Exception {
        Work.Load work = work("load-1", Write.REPLACE, null, rows(2, "2026-01-30"));
        Abort first = new Abort(own("load-0"), 1);
        assertThat(post("/aborts", first.subject(), first).as(Abort.Answer.class))
                .isEqualTo(new Abort.Closed());
        loader.run(gateway, gateway.task(own("run-1"), work));
        Abort late = new Abort(own("load-1"), 1);
        assertThat(post("/aborts", late.subject(), late).as(Abort.Answer.class))
                .isEqualTo(new Abort.AlreadyCommitted(new LoadResult(2, 0, 2)));
        Work.Load aborted = work("load-0", Write.REPLACE, null, rows(3, "2026-01-30"));
        assertThat(loader.run(gateway, gateway.task(own("run-0"), aborted)))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.LOAD_ABORTED));
    }

    @Test
    void aStopInTheMiddleOfStagingLeavesTheWarehouseUsable() throws Exception {
        gateway.stopEverything();
        // more than any machine stages before the first heartbeat is answered
        Part large = staged.part("SELECT i AS id, DATE '2026-01-31' AS day FROM range(3000000) AS t(i)");
        Part[] parts = new Part[40];
        Arrays.fill(parts, large);
        Task task = gateway.task(own("run-1"), work("load-1", Write.APPEND, null, parts));
        assertThat(loader.post(task)).isEqualTo(202);
        await().until(() -> !gateway.heartbeats().isEmpty());
        assertThat(ledger("count(*)")).isEqualTo("[[0]]");
        Abort abort = new Abort(own("load-1"), 1);
        assertThat(post("/aborts", abort.subject(), abort).as(Abort.Answer.class))
                .isEqualTo(new Abort.Closed());
        assertThat(ledger("state")).isEqualTo("[[ABORTED]]");
        Path scratch = folder.resolve("school.duckdb.scratch");
        await().until(() -> {
            try (Stream<Path> attempts = Files.list(scratch)) {
                return attempts.allMatch(attempt -> attempt.endsWith("spill"));
            }
        });
        assertThat(gateway.heartbeats().getLast().records()).isLessThan(40L * 3_000_000);
    }

    private List<String> backups() throws InterruptedException {
        return post("/backups", BackupList.SUBJECT, new BackupList.Wanted(List.of(table)))
                .as(BackupList.class)
                .backups()
                .stream()
                .map(BackupList.Backup::id)
                .toList();
    }

    /** By a task of its own for each generation, as of a run that is retried. */
    private Outcome backUp(String run, int generation) throws Exception {
        return backUp(run, generation, null);
    }

    private Outcome backUp(String run, int generation, @Nullable Integer keep) throws Exception {
        return loader.run(
                gateway,
                gateway.task(
                        own(run + "-" + generation),
                        new Work.Backup(own(run), generation, table, BackupFormat.AVRO, keep, null)));
    }

    @Test
    void backupsAreWholeOrNotThereAndTheOldestGo() throws Exception {
        loader.run(gateway, gateway.task(own("run-1"), work("load-1", Write.REPLACE, null, rows(2, "2026-01-30"))));
        Outcome made = new Outcome.Committed(new LoadResult(2, 0, 2));
        assertThat(backUp("b1", 1)).isEqualTo(made);
        assertThat(backUp("b1", 2)).as("once").isEqualTo(made);
        assertThat(backups()).containsExactly(own("b1"));
        Abort late = new Abort(own("b1"), 2, null, null, table);
        assertThat(post("/aborts", late.subject(), late).as(Abort.Answer.class))
                .isEqualTo(new Abort.AlreadyCommitted(new LoadResult(2, 0, 2)));

        // a process that was killed has left this
        Path left =
                folder.resolve("backups").resolve(table).resolve(own("b2")).resolve("data-1-1/part-000000000000.avro");
        Files.createDirectories(left.getParent());
        Files.writeString(left, "half");
        Abort first = new Abort(own("b2"), 1, null, null, table);
        assertThat(post("/aborts", first.subject(), first).as(Abort.Answer.class))
                .isEqualTo(new Abort.Closed());
        assertThat(left).doesNotExist();
        assertThat(backUp("b2", 1))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.LOAD_ABORTED));
        assertThat(backups()).containsExactly(own("b1"));
        assertThat(backUp("b2", 2)).as("a retry").isEqualTo(made);

        assertThat(backUp("b3", 1)).isEqualTo(made);
        assertThat(backups()).containsExactly(own("b3"), own("b2"));
        assertThat(folder.resolve("backups").resolve(table).resolve(own("b1"))).doesNotExist();
        assertThat(loader.run(
                        gateway,
                        gateway.task(
                                own("r1"),
                                new Work.Restore(
                                        own("r1"),
                                        1,
                                        table,
                                        own("b1"),
                                        new Destination.Table(table, Write.REPLACE, List.of(), Destination.Empty.ALLOW),
                                        false))))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.BACKUP_UNKNOWN));

        assertThat(backUp("b4", 1, 3)).isEqualTo(made);
        assertThat(backups()).as("the table's own number").containsExactly(own("b4"), own("b3"), own("b2"));
        assertThat(backUp("b5", 1, 1)).isEqualTo(made);
        assertThat(backups()).containsExactly(own("b5"));
    }

    @Test
    void whatATokenIsNotForIsRefused() throws Exception {
        Abort abort = new Abort(own("load-1"), 1);
        for (ServiceUnderTest.Answer answer : List.of(
                post("/aborts", "abort:another", abort),
                post("/aborts", Query.SUBJECT, abort),
                post("/queries", abort.subject(), new Query("SELECT 1", 1)))) {
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.as(Problem.class).code()).isEqualTo("FORBIDDEN");
        }
        assertThat(ledger("count(*)")).isEqualTo("[[0]]");
    }

    @Test
    void aCallWithoutATokenIsRefused() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (String path : List.of("/aborts", "/queries", "/tasks")) {
                URI url = loader.url().resolve(path);
                HttpResponse<String> response = http.send(
                        HttpRequest.newBuilder(url)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString("{\"sql\":\"SELECT 1\",\"limit\":1}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(response.statusCode()).as(path).isEqualTo(401);
                assertThat(response.headers().firstValue("content-type")).hasValue(Problem.MEDIA_TYPE);
            }
        }
    }

    @Test
    void aQueryThatIsRefusedOrWrongIsAProblem() throws Exception {
        ServiceUnderTest.Answer refused = post("/queries", Query.SUBJECT, new Query("DROP TABLE " + table, 1));
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.as(Problem.class).code()).isEqualTo("QUERY_REFUSED");
        ServiceUnderTest.Answer wrong = post("/queries", Query.SUBJECT, new Query("SELECT nope", 1));
        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.as(Problem.class).code()).isEqualTo("QUERY_FAILED");
        assertThat(wrong.as(Problem.class).detail()).contains("nope");
    }

    @Test
    void whatIsLoadedIsThereAfterARestart() throws Exception {
        loader.run(gateway, gateway.task(own("run-1"), work("load-1", Write.APPEND, null, rows(3, "2026-01-31"))));
        restart();
        assertThat(answer("SELECT count(*) FROM " + table)).isEqualTo("[[3]]");
    }

    @Test
    void aSecondLoaderOnTheSameFileDoesNotStart() throws Exception {
        ProcessBuilder second = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoaderApplication.class.getName())
                .redirectErrorStream(true);
        second.environment()
                .putAll(Map.of(
                        "MILLRACE_SERVICE_KEY",
                        ServiceUnderTest.KEY,
                        "MILLRACE_STAGING_FOLDER",
                        folder.resolve("staging").toString(),
                        "MILLRACE_WAREHOUSE_FILE",
                        folder.resolve("school.duckdb").toString(),
                        "MILLRACE_WAREHOUSE_OPEN_FOR",
                        "200ms"));
        Process process = second.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(1);
        assertThat(said).contains("can't open the warehouse", "school.duckdb", "another process has it open");
    }
}
