package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.task.Step;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** CronJobs of an API server that keeps what it is sent, reached by Kubernetes's own client. */
class CronJobsTest extends SchedulesContract {
    private static final String CRON_JOBS = "/apis/batch/v1/namespaces/data/cronjobs";

    private final KubernetesMockServer kubernetes = new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(), false);
    private final HttpClient http = HttpClient.newHttpClient();

    CronJobsTest() {
        kubernetes.init();
    }

    @BeforeEach
    void createCronJobs() {
        call("DELETE", CRON_JOBS, "");
        create("mill-school-students", "mill", "students", "0 6 * * *", "Asia/Singapore");
        create("mill-school-terms", "mill", "terms", "30 23 31 12 *", "Etc/UTC");
        create("mill-school-school-terms-1", "mill", "school.terms", "0 3 * * *", "Europe/Madrid");
        create("other-school-never", "other", "never", "0 0 * * *", "Etc/UTC");
    }

    @AfterAll
    void stop() {
        kubernetes.destroy();
        http.close();
    }

    @Override
    Map<String, Object> properties() {
        return onKubernetes(URI.create("http://" + kubernetes.getHostName() + ":" + kubernetes.getPort()));
    }

    private static Map<String, Object> onKubernetes(URI server) {
        return Map.of(
                "millrace.gateway.schedules.type",
                "kubernetes",
                "millrace.gateway.schedules.release",
                "mill",
                "millrace.gateway.schedules.namespace",
                "data",
                "kubernetes.client.base-path",
                server.toString());
    }

    private void create(String name, String release, String endpoint, String schedule, String timezone) {
        call("POST", CRON_JOBS, """
                {"apiVersion": "batch/v1", "kind": "CronJob",
                 "metadata": {"name": "%s", "namespace": "data",
                   "labels": {"app.kubernetes.io/name": "cli", "app.kubernetes.io/instance": "%s"},
                   "annotations": {"millrace.dev/pipeline": "school", "millrace.dev/endpoint": "%s"}},
                 "spec": {"schedule": "%s", "timeZone": "%s", "concurrencyPolicy": "Forbid",
                   "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
                     "containers": [{"name": "cli", "image": "cli"}]}}}}}}
                """.formatted(name, release, endpoint, schedule, timezone));
    }

    private String call(String method, String path, String body) {
        URI server = URI.create("http://" + kubernetes.getHostName() + ":" + kubernetes.getPort());
        try {
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(server.resolve(path))
                            .header(
                                    "Content-Type",
                                    method.equals("PATCH") ? "application/merge-patch+json" : "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another gateway in the place of the first, whose API server is another one. */
    private void moveTo(URI server) {
        restart(onKubernetes(server));
    }

    private void assertRunsAreUnaffected() {
        assertThat(gateway.get("/health").status()).isEqualTo(200);
        assertThat(gateway.post("/api/v1/pipelines/school/endpoints/never/runs", "{}")
                        .status())
                .isEqualTo(202);
        services.next(Step.EXTRACT);
    }

    @Test
    void nothingButTheSuspensionOfTheCronJobIsChanged() {
        String before = call("GET", CRON_JOBS + "/mill-school-students", "");

        suspend("students");
        String suspended = call("GET", CRON_JOBS + "/mill-school-students", "");

        assertThat(suspended)
                .contains("\"suspend\":true", "\"schedule\":\"0 6 * * *\"", "\"concurrencyPolicy\":\"Forbid\"");
        assertThat(before).doesNotContain("suspend");
        assertThat(call("GET", CRON_JOBS + "/mill-school-terms", "")).doesNotContain("suspend");
    }

    @Test
    void whatKubernetesSaysOfTheLastTimeIsShown() {
        call("PATCH", CRON_JOBS + "/mill-school-students", """
                {"status": {"lastScheduleTime": "2026-01-30T22:00:00Z"}}""");

        assertThat(text(schedules().get(1), "lastStarted")).isEqualTo("2026-01-30T22:00:00Z");
    }

    @Test
    void aCronJobOfAnotherReleaseIsNeitherShownNorChanged() {
        assertProblem(suspend("never"), 404, "SCHEDULE_UNKNOWN");
        assertThat(suspend("never").text("detail")).contains("release mill has no CronJob for school/never");
        assertThat(call("GET", CRON_JOBS + "/other-school-never", "")).doesNotContain("suspend");
    }

    @Test
    void theTokenForKubernetesIsInNoLogHoweverMuchIsLogged() throws Exception {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.list = new CopyOnWriteArrayList<>();
        lines.start();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level before = root.getLevel();
        root.addAppender(lines);
        try {
            Path token = Files.writeString(folder.resolve("token"), "a-token-for-kubernetes");
            Map<String, Object> properties = new HashMap<>(properties());
            properties.put("kubernetes.client.token-path", token.toString());
            restart(properties);
            root.setLevel(Level.TRACE);

            assertThat(schedules()).hasSize(3);
            assertThat(kubernetes.getLastRequest().getHeader("Authorization"))
                    .isEqualTo("Bearer a-token-for-kubernetes");
        } finally {
            root.setLevel(before);
            root.detachAppender(lines);
        }
        assertThat(lines.list)
                .isNotEmpty()
                .noneSatisfy(line -> assertThat(line.getFormattedMessage()).contains("a-token-for-kubernetes"));
    }

    @Test
    void aSundayThatIsWrittenDifferentlyInTheFileIsTheSameSchedule() throws IOException {
        call("DELETE", CRON_JOBS + "/mill-school-students", "");
        create("mill-school-students", "mill", "students", "0 6 * * 1,5-6,0", "Asia/Singapore");
        Files.writeString(folder.resolve("pipelines/school.yaml"), PIPELINE.replace("0 6 * * *", "0 6 * * 1,5-7"));

        assertThat(schedules())
                .filteredOn(schedule -> text(schedule, "endpoint").equals("students"))
                .singleElement()
                .satisfies(schedule -> assertThat(schedule.get("note").isNull()).isTrue());
    }

    @Test
    void aScheduleThatHelmHasNotBroughtYetSaysSo() throws IOException {
        call("DELETE", CRON_JOBS + "/mill-school-terms", "");
        String changed = PIPELINE.replace("0 6 * * *", "0 7 * * *");
        Files.writeString(folder.resolve("pipelines/school.yaml"), changed.substring(0, changed.indexOf("backups:")));

        assertThat(schedules())
                .extracting(schedule -> text(schedule, "schedule"), schedule -> text(schedule, "note"))
                .containsExactly(
                        tuple(
                                "0 3 * * *",
                                "the pipeline's file has no schedule of it any more; helm upgrade removes the CronJob"),
                        tuple(
                                "0 6 * * *",
                                "the pipeline's file says 0 7 * * * in Asia/Singapore; helm upgrade brings it to the CronJob"),
                        tuple("30 23 31 12 *", "there is no CronJob for it; helm upgrade makes it"));
        assertProblem(suspend("terms"), 404, "SCHEDULE_UNKNOWN");
    }

    @Test
    void aScheduleThatIsNotWrittenAsOursIsShownWithoutItsNextTime() {
        call("PATCH", CRON_JOBS + "/mill-school-students", "{\"spec\": {\"schedule\": \"@daily\"}}");

        assertThat(text(schedules().get(1), "schedule")).isEqualTo("@daily");
        assertThat(text(schedules().get(1), "next")).isEqualTo("null");
    }

    @Test
    void permissionDeniedIsOneClearErrorAndRunsAreUnaffected() throws IOException {
        HttpServer refusing = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        refusing.createContext("/", exchange -> {
            byte[] status = """
                    {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403,
                     "message": "cronjobs.batch is forbidden: User \\"system:serviceaccount:data:default\\" cannot list"}
                    """.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(403, status.length);
            exchange.getResponseBody().write(status);
            exchange.close();
        });
        refusing.start();
        try {
            moveTo(URI.create("http://127.0.0.1:" + refusing.getAddress().getPort()));

            GatewayUnderTest.Answer denied = gateway.get(SCHEDULES);

            assertProblem(denied, 500, "SCHEDULES_DENIED");
            assertThat(denied.text("detail")).contains("system:serviceaccount:data:default", "kubernetesApi.enabled");
            assertProblem(suspend("students"), 500, "SCHEDULES_DENIED");
            assertRunsAreUnaffected();
        } finally {
            refusing.stop(0);
        }
    }

    @Test
    void anApiServerThatIsAwayIsOneClearErrorAndRunsAreUnaffected() throws IOException {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        moveTo(URI.create("http://127.0.0.1:" + port));

        assertProblem(gateway.get(SCHEDULES), 502, "SCHEDULES_UNAVAILABLE");
        assertProblem(suspend("students"), 502, "SCHEDULES_UNAVAILABLE");
        assertRunsAreUnaffected();
    }

    @Test
    void anApiServerThatNeverAnswersIsNotWaitedForWithoutEnd() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            moveTo(URI.create("http://127.0.0.1:" + silent.getLocalPort()));
            Instant asked = Instant.now();

            assertProblem(gateway.get(SCHEDULES), 502, "SCHEDULES_UNAVAILABLE");

            assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(40));
            assertRunsAreUnaffected();
        }
    }
}
