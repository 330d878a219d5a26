package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.task.Step;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where CronJobs follow the schedules, the gateway starts what a change of the clocks leaves out, and nothing else. */
class LeftOutTimesTest {
    private static final String PIPELINE = """
            version: 1
            name: school
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              students:
                request: {path: /students, query: {day: "${day}"}}
                destination: {table: school.students, write: replace}
                day: {column: day, timezone: Europe/Berlin}
                schedule: "30 2 * * *"
                timezone: Europe/Berlin
                catchUp: last
                schema: [{name: day, type: DATE}]
            """;
    /** From 2 to 3 o'clock in Berlin. */
    private static final Instant CHANGE = Instant.parse("2026-03-29T01:00:00Z");

    @TempDir
    Path folder;

    private final KubernetesMockServer kubernetes = new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(), false);
    private final HttpClient http = HttpClient.newHttpClient();
    private final SetClock clock = new SetClock();
    private ScriptedServices services;
    private GatewayUnderTest gateway;

    @BeforeEach
    void start() throws Exception {
        kubernetes.init();
        Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(folder.resolve("pipelines/school.yaml"), PIPELINE);
        services = new ScriptedServices(folder.resolve("staging"));
        gateway = newGateway(server());
        // students' of every night have been started by CronJobs until then
        clock.forward(Duration.between(clock.instant(), CHANGE.minusSeconds(1)));
        awaitLook();
    }

    private GatewayUnderTest newGateway(URI server) {
        return GatewayUnderTest.start(
                folder,
                services,
                Map.of("url", "jdbc:h2:file:" + folder.resolve("runs")),
                clock,
                Map.of(
                        "millrace.gateway.schedules.follow",
                        true,
                        "millrace.gateway.schedules.type",
                        "kubernetes",
                        "millrace.gateway.schedules.release",
                        "mill",
                        "millrace.gateway.schedules.namespace",
                        "data",
                        "kubernetes.client.base-path",
                        server.toString()));
    }

    private URI server() {
        return URI.create("http://" + kubernetes.getHostName() + ":" + kubernetes.getPort());
    }

    @AfterEach
    void close() {
        gateway.close();
        services.close();
        kubernetes.destroy();
        http.close();
    }

    private void cronJob(String schedule, boolean suspended) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(server().resolve("/apis/batch/v1/namespaces/data/cronjobs"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("""
                                {"apiVersion": "batch/v1", "kind": "CronJob",
                                 "metadata": {"name": "mill-school-students", "namespace": "data",
                                   "labels": {"app.kubernetes.io/name": "cli", "app.kubernetes.io/instance": "mill"},
                                   "annotations": {"millrace.dev/pipeline": "school", "millrace.dev/endpoint": "students"}},
                                 "spec": {"schedule": "%s", "timeZone": "Europe/Berlin", "suspend": %s,
                                   "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
                                     "containers": [{"name": "cli", "image": "cli"}]}}}}}}
                                """.formatted(schedule, suspended)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    @Test
    void aTimeThatTheClocksLeaveOutIsStartedOnceAsSoonAsTheyHavePassedIt() throws Exception {
        cronJob("30 2 * * *", false);
        awaitLook();
        assertThat(runs()).isZero();

        clock.forward(Duration.ofSeconds(1));
        assertThat(services.next(Step.EXTRACT).endpoint()).isEqualTo("students");
        assertThat(days()).isEqualTo("2026-03-29");

        clock.forward(Duration.ofDays(3)); // the times of these nights are the CronJob's to start
        awaitLook();
        gateway.close();
        gateway = newGateway(server());
        awaitLook();
        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void whatCameDueWhileNoGatewayWasUpIsMadeUpForAsTheFileSays() throws Exception {
        cronJob("30 2 * * *", false);
        gateway.close();
        clock.forward(Duration.ofHours(1));
        gateway = newGateway(server());
        services.next(Step.EXTRACT);

        gateway.close();
        clock.forward(Duration.ofDays(300)); // the last that came due is the CronJob's
        gateway = newGateway(server());
        awaitLook();
        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void nothingIsStartedWhereTheCronJobIsSuspended() throws Exception {
        cronJob("30 2 * * *", true);
        untilTheClocksHaveChanged();
        assertThat(runs()).isZero();
    }

    @Test
    void nothingIsStartedWhereNoCronJobFollowsTheScheduleAsTheFileSays() throws Exception {
        cronJob("30 3 * * *", false);
        untilTheClocksHaveChanged();
        assertThat(runs()).isZero();
    }

    @Test
    void aClusterThatCannotBeReachedIsAskedAgain() throws Exception {
        gateway.close();
        gateway = newGateway(URI.create("http://127.0.0.1:1"));
        clock.forward(Duration.ofSeconds(1));
        await().until(() -> gateway.metric("millrace_work_failing{work=\"schedules\"}") == 1);
        assertThat(runs()).isZero();

        cronJob("30 2 * * *", false);
        gateway.close();
        gateway = newGateway(server());
        services.next(Step.EXTRACT);
    }

    private void untilTheClocksHaveChanged() {
        clock.forward(Duration.ofHours(1));
        awaitLook();
        awaitLook();
    }

    /** A look of the scheduler at the clock as it is now has begun and ended. */
    private void awaitLook() {
        int looks = clock.looks();
        await().until(() -> clock.looks() > looks + 1);
    }

    private long runs() throws SQLException {
        return Long.parseLong(value("SELECT count(*) FROM run"));
    }

    private String days() throws SQLException {
        return value("SELECT max(run_day) FROM run");
    }

    private String value(String sql) throws SQLException {
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
