package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Claim;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs on an API server that keeps what it is sent and runs nothing: the pods are played here. */
class PodJobsTest extends GatewayTests {
    private static final String JOBS = "/apis/batch/v1/namespaces/data/jobs";
    private static final String PODS = "/api/v1/namespaces/data/pods";

    private final KubernetesMockServer kubernetes = new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(), false);
    private final HttpClient http = HttpClient.newHttpClient();

    PodJobsTest() {
        super("shop", """
                version: 1
                name: shop
                source: {type: files, folder: /data}
                endpoints:
                  orders:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: shop.orders, write: replace}
                    scale: {slices: 8, pods: 3}
                    schema: [{name: id, type: INTEGER}]
                """);
        kubernetes.init();
    }

    @BeforeEach
    void empty() throws IOException {
        call("DELETE", JOBS, "");
        call("DELETE", PODS, "");
        Path templates = Files.createDirectories(folder.resolve("jobs"));
        for (String step : new String[] {"extract", "transform"}) {
            Files.writeString(templates.resolve(step + ".json"), """
                    {"apiVersion": "batch/v1", "kind": "Job",
                     "metadata": {"labels": {"app.kubernetes.io/instance": "mill"}},
                     "spec": {"backoffLimitPerIndex": 3, "successPolicy": {"rules": [{"succeededCount": 1}]},
                       "template": {"metadata": {"labels": {"app.kubernetes.io/instance": "mill"}},
                         "spec": {"restartPolicy": "Never", "containers": [
                           {"name": "slices", "image": "millrace-%s", "env": [{"name": "A", "value": "b"}]}]}}}}
                    """.formatted(step));
        }
    }

    @AfterAll
    void stop() {
        kubernetes.destroy();
        http.close();
    }

    private URI server() {
        return URI.create("http://" + kubernetes.getHostName() + ":" + kubernetes.getPort());
    }

    private Map<String, Object> on(URI server, String patience) {
        return Map.of(
                "millrace.gateway.pods.type", "kubernetes",
                "millrace.gateway.pods.release", "mill",
                "millrace.gateway.pods.namespace", "data",
                "millrace.gateway.pods.templates", folder.resolve("jobs").toString(),
                "millrace.gateway.pods.patience", patience,
                "millrace.gateway.pods.poll", "50ms",
                "kubernetes.client.base-path", server.toString());
    }

    private GatewayUnderTest patient() {
        return gateway(on(server(), "15m"));
    }

    private JsonNode call(String method, String path, String body) {
        try {
            HttpResponse<byte[]> response = http.send(
                    HttpRequest.newBuilder(server().resolve(path))
                            .header(
                                    "Content-Type",
                                    method.equals("PATCH") ? "application/merge-patch+json" : "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            return Objects.requireNonNull(
                    ObjectMapper.getDefault().readValue(response.body(), Argument.of(JsonNode.class)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode at(JsonNode node, String... path) {
        JsonNode found = node;
        for (String key : path) {
            found = Objects.requireNonNull(
                    found.isArray() ? found.get(Integer.parseInt(key)) : found.get(key), key + " in " + found);
        }
        return found;
    }

    private List<String> jobs() {
        List<String> names = new ArrayList<>();
        at(call("GET", JOBS, ""), "items")
                .values()
                .forEach(job -> names.add(at(job, "metadata", "name").getStringValue()));
        return names;
    }

    private void awaitJobs(String... names) {
        await().untilAsserted(() -> assertThat(jobs()).containsExactlyInAnyOrder(names));
    }

    private static String start(GatewayUnderTest gateway) {
        return gateway.post("/api/v1/pipelines/shop/endpoints/orders/runs", "{}")
                .runId();
    }

    private Task planned(int slices) {
        Task task = services.next(Step.EXTRACT);
        services.staging().createIfAbsent(task.folder() + "/plan.json", new byte[0]);
        assertThat(services.report(task, new Outcome.Planned(task.folder() + "/plan.json", slices, slices, 1000)))
                .isEqualTo(200);
        return task;
    }

    private Task claimed(Task plan, Step step) {
        return ((Claim.Taken) services.claim(plan, step)).task();
    }

    private static String job(String run, String step, int generation) {
        return "slices-" + run + "-" + step + "-" + generation;
    }

    @Test
    void eachStepOfARunIsOneIndexedJob() {
        GatewayUnderTest gateway = patient();
        String run = start(gateway);
        Task plan = planned(2);
        awaitJobs(job(run, "extract", 1));
        JsonNode job = call("GET", JOBS + "/" + job(run, "extract", 1), "");
        assertThat(at(job, "spec", "completionMode").getStringValue()).isEqualTo("Indexed");
        assertThat(at(job, "spec", "completions").getIntValue())
                .as("no more than slices")
                .isEqualTo(2);
        assertThat(at(job, "spec", "parallelism").getIntValue()).isEqualTo(2);
        assertThat(at(job, "spec", "backoffLimitPerIndex").getIntValue())
                .as("as deployed")
                .isEqualTo(3);
        assertThat(at(job, "metadata", "labels", "millrace.dev/run").getStringValue())
                .isEqualTo(run);
        JsonNode pod = at(job, "spec", "template");
        assertThat(at(pod, "metadata", "labels", "millrace.dev/step").getStringValue())
                .isEqualTo("extract");
        JsonNode variables = at(pod, "spec", "containers", "0", "env");
        assertThat(variables.size()).isEqualTo(2);
        assertThat(at(variables, "1", "name").getStringValue()).isEqualTo("MILLRACE_WORKER_RUN");
        assertThat(at(variables, "1", "value").getStringValue()).isEqualTo(run);

        services.finish(claimed(plan, Step.EXTRACT), 10, 0);
        services.finish(claimed(plan, Step.EXTRACT), 10, 0);
        awaitJobs(job(run, "extract", 1), job(run, "transform", 1)); // the first is left a moment to end by itself
        services.finish(claimed(plan, Step.TRANSFORM), 10, 0);
        services.finish(claimed(plan, Step.TRANSFORM), 10, 0);
        services.commit(services.next(Step.LOAD), 20);
        assertThat(logOf(gateway, run)).contains("started the Job " + job(run, "transform", 1) + ", of 2 pods");
        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
    }

    @Test
    void aGatewayThatIsStartedAgainFindsItsJobAndRemovesThoseOfRunsThatItDoesNotKnow() {
        GatewayUnderTest gateway = patient();
        String run = start(gateway);
        planned(2);
        awaitJobs(job(run, "extract", 1));
        String uid = at(call("GET", JOBS + "/" + job(run, "extract", 1), ""), "metadata", "uid")
                .getStringValue();
        end(gateway);
        for (String release : new String[] {"mill", "other"}) {
            call("POST", JOBS, """
                    {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "of-%1$s", "namespace": "data",
                      "labels": {"app.kubernetes.io/instance": "%1$s", "millrace.dev/run": "r", "millrace.dev/step": "extract"}},
                     "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "slices"}]}}}}
                    """.formatted(release));
        }

        newGateway(on(server(), "15m"));

        awaitJobs(job(run, "extract", 1), "of-other");
        assertThat(at(call("GET", JOBS + "/" + job(run, "extract", 1), ""), "metadata", "uid")
                        .getStringValue())
                .isEqualTo(uid);
    }

    @Test
    void theJobOfARunThatIsCancelledIsRemovedAndARetryHasAnother() {
        GatewayUnderTest gateway = patient();
        String run = start(gateway);
        Task plan = planned(2);
        services.finish(claimed(plan, Step.EXTRACT), 10, 0);
        awaitJobs(job(run, "extract", 1));
        gateway.post("/api/v1/runs/" + run + "/cancel", "");
        awaitJobs();
        gateway.post("/api/v1/runs/" + run + "/retry", "");
        awaitJobs(job(run, "extract", 2));
        services.finish(claimed(plan, Step.EXTRACT), 10, 0);
        assertThat(services.claim(plan, Step.EXTRACT)).isEqualTo(new Claim.Done());
    }

    @Test
    void podsThatNoNodeHasRoomForFailTheRunWithTheSchedulersReason() {
        GatewayUnderTest gateway = gateway(on(server(), "2s"));
        String run = start(gateway);
        planned(2);
        awaitJobs(job(run, "extract", 1));
        call("POST", PODS, """
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "data",
                   "labels": {"batch.kubernetes.io/job-name": "%s"}},
                 "spec": {"containers": [{"name": "slices"}]},
                 "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
                   "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient memory."}]}}
                """.formatted(job(run, "extract", 1)));
        awaitState(gateway, run, "FAILED");
        assertThat(logOf(gateway, run))
                .contains(
                        "the run waits for pods: ",
                        ErrorCode.PODS_UNAVAILABLE + ": no pod has taken a slice for PT2S",
                        "1 of its 1 pods: Pending: Unschedulable: 0/3 nodes are available: 3 Insufficient memory.");
        awaitJobs();
    }

    @Test
    void aJobThatHasEndedWithoutHavingDoneItFailsTheRunAtOnce() {
        GatewayUnderTest gateway = patient();
        String run = start(gateway);
        Task plan = planned(2);
        services.finish(claimed(plan, Step.EXTRACT), 10, 2);
        awaitJobs(job(run, "extract", 1));
        call("PATCH", JOBS + "/" + job(run, "extract", 1), """
                {"status": {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded",
                  "message": "Job was active longer than specified deadline"}]}}""");
        awaitState(gateway, run, "FAILED");
        assertThat(logOf(gateway, run))
                .contains("has ended, and not all slices are done: Failed: DeadlineExceeded: Job was active longer");
        gateway.post("/api/v1/runs/" + run + "/retry", "");
        awaitJobs(job(run, "extract", 1), job(run, "extract", 2)); // one that has ended is left to be looked at
        services.finish(claimed(plan, Step.EXTRACT), 10, 0);
        assertThat(services.claim(plan, Step.EXTRACT))
                .as("what was done before counts")
                .isEqualTo(new Claim.Done());
        assertThat(gateway.get("/api/v1/runs/" + run).text("rowsRejected")).isEqualTo("2");
    }

    @Test
    void aGatewayThatMayNotCreateJobsSaysSoAndFailsTheRun() throws IOException {
        HttpServer refusing = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        refusing.createContext("/", exchange -> {
            boolean list = exchange.getRequestMethod().equals("GET");
            byte[] answer = (list
                            ? "{\"kind\": \"JobList\", \"apiVersion\": \"batch/v1\", \"metadata\": {}, \"items\": []}"
                            : """
                    {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403,
                     "message": "jobs.batch is forbidden: User \\"system:serviceaccount:data:default\\" cannot create"}
                    """)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(list ? 200 : 403, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        refusing.start();
        try {
            GatewayUnderTest gateway = newGateway(
                    on(URI.create("http://127.0.0.1:" + refusing.getAddress().getPort()), "1s"));
            String run = start(gateway);
            planned(2);
            awaitState(gateway, run, "FAILED");
            assertThat(logOf(gateway, run))
                    .contains("Kubernetes doesn't let the gateway create a Job: jobs.batch is forbidden");
        } finally {
            refusing.stop(0);
        }
    }
}
