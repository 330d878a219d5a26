package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run database that fails in the ways in which PostgreSQL does, in the middle of runs. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class PostgresFailureTest {
    private static final String PIPELINE = """
            version: 1
            name: school
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              daily:
                request: {path: "/daily", query: {day: "${day}"}}
                destination: {table: school.daily, write: replace}
                day: {column: day}
                schema: [{name: day, type: DATE}]
            """;
    private static final String RUNS = "/api/v1/pipelines/school/endpoints/daily/runs";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int KILLS = System.getProperty("thorough") == null ? 12 : 40;

    @TempDir
    Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private ScriptedServices services;
    private EmbeddedPostgres postgres;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(folder.resolve("pipelines/school.yaml"), PIPELINE);
        services = new ScriptedServices(folder.resolve("staging"));
        opened.add(services);
        postgres = startPostgres(0);
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closeable : opened.reversed()) {
            closeable.close();
        }
        postgres.close();
    }

    private EmbeddedPostgres startPostgres(int port) throws IOException {
        return PostgresRunDatabase.startIn(folder.resolve("postgres"), port);
    }

    private GatewayUnderTest gateway(Map<String, Object> more) {
        Map<String, Object> properties = new HashMap<>(more);
        properties.putIfAbsent("millrace.gateway.lease", "3s");
        GatewayUnderTest gateway = GatewayUnderTest.start(
                folder,
                services,
                Map.of(
                        "url",
                        postgres.getJdbcUrl("postgres", "postgres"),
                        "username",
                        "postgres",
                        "maximum-pool-size",
                        4,
                        "connection-timeout",
                        1_000),
                Clock.systemUTC(),
                properties);
        opened.add(gateway);
        return gateway;
    }

    @Test
    void connectionsThatAreKilledAllTheTimeLoseNoTaskAndGiveNoneOutTwice() throws Exception {
        GatewayUnderTest gateway = gateway(Map.of());
        AtomicInteger kills = new AtomicInteger();
        Thread killer = Thread.ofVirtual()
                .start(() -> await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(150))
                        .until(() -> {
                            execute(
                                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'millrace'");
                            return kills.incrementAndGet() == KILLS;
                        }));
        List<String> attempts = new ArrayList<>();
        List<String> runs = new ArrayList<>();
        for (int day = 10; day < 20; day++) {
            runs.add(untilAccepted(gateway, "2026-01-" + day));
        }
        AtomicInteger committed = new AtomicInteger();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            for (Step step : Step.values()) {
                while (services.hasTask(step)) {
                    Task task = services.next(step);
                    attempts.add(task.subject());
                    if (untilAnswered(task) == 200 && step == Step.LOAD) {
                        committed.incrementAndGet();
                    }
                }
            }
            return committed.get() == runs.size();
        });
        assertThat(killer.join(PATIENCE)).isTrue();

        assertThat(kills).hasValue(KILLS);
        assertThat(attempts).doesNotHaveDuplicates();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(runs)
                        .allSatisfy(run -> assertThat(stateOf(gateway, run)).isEqualTo("SUCCEEDED")));
        assertThat(committed).hasValue(runs.size());
    }

    @Test
    void aServerThatIsAwayForLongerThanALeaseCostsNoAttempt() throws Exception {
        GatewayUnderTest gateway = gateway(Map.of("millrace.gateway.lease", "2s"));
        untilAccepted(gateway, "2026-01-01");
        Task extract = services.next(Step.EXTRACT);
        int port = postgres.getPort();
        postgres.close();
        await().during(Duration.ofSeconds(4)).atMost(PATIENCE).until(() -> services.beat(extract, 1) == 503);

        postgres = startPostgres(port);

        await().atMost(PATIENCE).until(() -> services.beat(extract, 1) != 503);
        assertThat(services.beat(extract, 2)).isEqualTo(200);
        services.finish(extract, 10, 0);
        services.finish(services.next(Step.TRANSFORM), 10, 0);
        Task load = services.next(Step.LOAD);
        assertThat(load.attempt()).isEqualTo(1);
        services.commit(load, 10);
    }

    @Test
    void aServerThatTakesNoWritesIsWaitedFor() throws Exception {
        GatewayUnderTest gateway = gateway(Map.of());
        String run = untilAccepted(gateway, "2026-01-01");
        Task extract = services.next(Step.EXTRACT);
        execute("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()");
        Outcome staged = services.stage(extract, 10, 0);
        await().atMost(PATIENCE).until(() -> services.report(extract, staged) == 503);
        assertThat(post(gateway, "2026-01-02").status()).isEqualTo(503);

        execute(
                "SET default_transaction_read_only = off",
                "ALTER SYSTEM RESET default_transaction_read_only",
                "SELECT pg_reload_conf()");

        await().atMost(PATIENCE).until(() -> services.report(extract, staged) == 200);
        services.finish(services.next(Step.TRANSFORM), 10, 0);
        services.commit(services.next(Step.LOAD), 10);
        await().atMost(PATIENCE).until(() -> stateOf(gateway, run).equals("SUCCEEDED"));
    }

    @Test
    void aLockThatIsHeldTooLongIsAnErrorAndNoHang() throws Exception {
        GatewayUnderTest gateway = gateway(Map.of("millrace.database.lock-timeout", "500ms"));
        String run = untilAccepted(gateway, "2026-01-01");
        Task extract = services.next(Step.EXTRACT);
        Outcome staged = services.stage(extract, 10, 0);
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE run, task IN ACCESS EXCLUSIVE MODE");
            assertThat(services.report(extract, staged)).isEqualTo(503);
            assertThat(gateway.get("/api/v1/runs/" + run).text("code")).isEqualTo("SERVICE_UNAVAILABLE");
            connection.rollback();
        }

        await().atMost(PATIENCE).until(() -> services.report(extract, staged) == 200);
        assertThat(services.next(Step.TRANSFORM).attempt()).isEqualTo(1);
    }

    @Test
    void aSlowStatementAndAnEmptyPoolAreErrorsAndNoHang() throws Exception {
        GatewayUnderTest gateway =
                gateway(Map.of("millrace.database.lock-timeout", "30s", "millrace.database.statement-timeout", "3s"));
        String run = untilAccepted(gateway, "2026-01-01");
        services.next(Step.EXTRACT);
        List<Integer> answers = new ArrayList<>();
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE run IN ACCESS EXCLUSIVE MODE");
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) { // more than the pool has connections
                callers.add(Thread.ofVirtual().start(() -> {
                    int status = gateway.get("/api/v1/runs/" + run).status();
                    synchronized (answers) {
                        answers.add(status);
                    }
                }));
            }
            for (Thread caller : callers) {
                assertThat(caller.join(Duration.ofSeconds(30))).isTrue();
            }
            connection.rollback();
        }

        assertThat(answers).hasSize(8).containsOnly(503);
        await().atMost(PATIENCE).until(() -> gateway.get("/api/v1/runs/" + run).status() == 200);
    }

    /** Reports as a service does: until there is an answer. */
    private int untilAnswered(Task task) {
        Outcome outcome = task.work().step() == Step.LOAD
                ? new Outcome.Committed(new LoadResult(10, 0, 10))
                : services.stage(task, 10, 0);
        int status = await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> services.report(task, outcome), answer -> answer != 503);
        assertThat(status).isIn(200, 409);
        return status;
    }

    private static String untilAccepted(GatewayUnderTest gateway, String day) {
        GatewayUnderTest.Answer accepted = await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> post(gateway, day), answer -> answer.status() != 503);
        assertThat(accepted.status()).as(accepted.toString()).isIn(200, 202);
        return accepted.runId();
    }

    private static GatewayUnderTest.Answer post(GatewayUnderTest gateway, String day) {
        return gateway.post(RUNS, "{\"day\":\"" + day + "\"}", "Idempotency-Key", "key-of-" + day);
    }

    private static String stateOf(GatewayUnderTest gateway, String run) {
        GatewayUnderTest.Answer answer = gateway.get("/api/v1/runs/" + run);
        return answer.status() == 200 ? answer.text("state") : "";
    }

    private void execute(String... statements) {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
