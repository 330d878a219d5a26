package dev.millrace.standalone.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.mask.MaskingEncoder;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the four services tell a Prometheus, and what the documents and the chart say of it. */
class MetricsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern ROW = Pattern.compile("\\| `(millrace_\\w+)` \\| (.*?) \\| .*");

    private static final LoggerContext CONTEXT = (LoggerContext) LoggerFactory.getILoggerFactory();
    private static final ListAppender<ILoggingEvent> LINES = new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent line) {
            line.prepareForDeferredProcessing(); // with the context of its thread
            super.append(line);
        }
    };

    @TempDir
    private static Path folder;

    private static HttpServer api;
    private static OneProcess millrace;
    private static Home home;

    @BeforeAll
    static void runOnceWithEachOutcome() throws Exception {
        LINES.start();
        CONTEXT.getLogger("dev.millrace.gateway.telemetry.RunLines").addAppender(LINES);
        AtomicInteger asked = new AtomicInteger();
        api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext("/", exchange -> {
            try (exchange) {
                boolean broken = exchange.getRequestURI().getPath().equals("/broken") || asked.getAndIncrement() == 0;
                byte[] body = "[{\"id\": 1}, {\"id\": 2}, {\"id\": \"x\"}]".getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(broken ? 503 : 200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        api.start();
        Path pipelines = Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(
                pipelines.resolve("school.yaml"), """
                version: 1
                name: school
                source:
                  type: rest
                  baseUrl: http://127.0.0.1:%d
                  retry: {attempts: 2, delay: 10ms}
                endpoints:
                  pupils:
                    request: {path: /pupils}
                    destination:
                      table: school.pupils
                      write: replace
                      checks: [{type: unique, columns: [id]}]
                    filter: id > 1
                    rejects: {maxShare: 0.5}
                    schema: [{name: id, type: INTEGER}]
                  never:
                    request: {path: /never}
                    destination: {table: school.never, write: replace}
                    staleAfter: 26h
                    schema: [{name: id, type: INTEGER}]
                  broken:
                    request: {path: /broken}
                    destination: {table: school.broken, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(api.getAddress().getPort()));
        home = Home.of(folder.resolve("home").toString());
        home.create();
        millrace = OneProcess.start(new Settings(home, List.of(pipelines), 0, true, null));
        GatewayClient gateway = new GatewayClient(millrace.gateway(), home.token());
        end(gateway, gateway.start("school", new Answers.Start(List.of("pupils"), null, false), null));
        Run failed = end(gateway, gateway.start("school", new Answers.Start(List.of("broken"), null, false), null));
        gateway.retry(failed.id());
        await().atMost(Duration.ofSeconds(60))
                .until(() -> sum(Service.GATEWAY, "millrace_runs_total", Map.of("outcome", "failed")) == 2);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !scrape(Service.GATEWAY, "millrace_table_staleness_seconds")
                        .isEmpty());
    }

    private static Run end(GatewayClient gateway, String started) {
        String batch = gateway.read(started, Answers.Batch.class).batch();
        return await().atMost(Duration.ofSeconds(60))
                .until(
                        () -> gateway.read(gateway.batch(batch), Answers.Batch.class)
                                .runs()
                                .getFirst(),
                        run -> run.finishedAt() != null);
    }

    @AfterAll
    static void close() {
        millrace.close();
        api.stop(0);
        CONTEXT.getLogger("dev.millrace.gateway.telemetry.RunLines").detachAppender(LINES);
    }

    @Test
    void countsRunsAndRowsByEndpoint() throws Exception {
        Map<String, String> pupils = Map.of("pipeline", "school", "endpoint", "pupils");
        assertThat(sum(Service.GATEWAY, "millrace_runs_total", pupils)).isEqualTo(1);
        assertThat(sum(Service.GATEWAY, "millrace_rows_extracted_total", pupils))
                .isEqualTo(3);
        assertThat(sum(Service.GATEWAY, "millrace_rows_rejected_total", pupils)).isEqualTo(1);
        assertThat(sum(Service.GATEWAY, "millrace_rows_filtered_total", pupils)).isEqualTo(1);
        assertThat(sum(Service.GATEWAY, "millrace_rows_loaded_total", pupils)).isEqualTo(1);
        assertThat(sum(Service.GATEWAY, "millrace_step_duration_seconds_count", pupils))
                .isEqualTo(3);
        assertThat(sum(Service.GATEWAY, "millrace_table_staleness_seconds", Map.of("table", "school.pupils")))
                .isBetween(0.0, 120.0);
        assertThat(sum(Service.GATEWAY, "millrace_tasks", Map.of())).isZero();
    }

    @Test
    void countsAttemptsThatARetryAskedFor() throws Exception {
        Map<String, String> broken = Map.of("endpoint", "broken", "step", "extract");
        assertThat(sum(Service.GATEWAY, "millrace_attempts_total", broken)).isEqualTo(2);
        assertThat(sum(Service.GATEWAY, "millrace_retries_total", Map.of("endpoint", "broken", "reason", "requested")))
                .isEqualTo(1);
    }

    @Test
    void timesWhatTheSourceAnswers() throws Exception {
        String requests = "millrace_source_request_duration_seconds_count";
        assertThat(sum(Service.EXTRACTOR, requests, Map.of("pipeline", "school", "status", "2xx")))
                .isEqualTo(1);
        assertThat(sum(Service.EXTRACTOR, requests, Map.of("pipeline", "school", "status", "5xx")))
                .isEqualTo(5);
        assertThat(sum(Service.EXTRACTOR, "millrace_source_retries_total", Map.of("pipeline", "school")))
                .isEqualTo(3);
    }

    @Test
    void eachServiceTellsOfItsOwnWork() throws Exception {
        for (Service worker : Service.WORKERS) {
            assertThat(sum(worker, "millrace_worker_capacity", Map.of()))
                    .as(worker.id())
                    .isEqualTo(4);
            assertThat(scrape(worker, "millrace_runs_total")).as(worker.id()).isEmpty();
            assertThat(scrape(worker, "jvm_memory_used_bytes")).as(worker.id()).isNotEmpty();
            assertThat(scrape(worker, "http_server_requests_seconds_count"))
                    .as(worker.id())
                    .isNotEmpty();
        }
        assertThat(scrape(Service.GATEWAY, "hikaricp_connections_active")).isNotEmpty();
    }

    @Test
    void theDocumentHasEachMetricWithItsLabelsAndNoOther() throws Exception {
        Map<String, Set<String>> documented = new TreeMap<>();
        for (String line : Files.readAllLines(ROOT.resolve("docs/observability.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                Set<String> labels =
                        new TreeSet<>(List.of(row.group(2).replace("`", "").split(", ")));
                labels.remove("");
                documented.put(row.group(1), labels);
            }
        }
        Map<String, Set<String>> real = new TreeMap<>();
        for (Service service : Service.values()) {
            for (Sample sample : scrape(service, "millrace_")) {
                Set<String> labels = new TreeSet<>(sample.labels().keySet());
                labels.remove("le");
                real.put(sample.name().replaceFirst("_seconds_(count|sum|max|bucket)$", "_seconds"), labels);
            }
        }
        assertThat(documented).isEqualTo(real);
    }

    @Test
    void everyMetricAndLabelOfAnAlertRuleIsReal() throws Exception {
        Map<String, Set<String>> real = new TreeMap<>();
        for (Service service : Service.values()) {
            for (Sample sample : scrape(service, "millrace_")) {
                real.computeIfAbsent(sample.name(), _ -> new TreeSet<>())
                        .addAll(sample.labels().keySet());
            }
        }
        String rules = Files.readString(ROOT.resolve("helm/millrace/templates/monitoring.yaml"));
        Map<String, Set<String>> used = new TreeMap<>();
        Pattern.compile("(millrace_\\w+)\\{(.*?)}(?!})")
                .matcher(rules.replace("{{ $job | quote }}", "\"job\""))
                .results()
                .forEach(selector -> LABEL.matcher(selector.group(2))
                        .results()
                        .map(label -> label.group(1))
                        .filter(label -> !label.equals("job"))
                        .forEach(used.computeIfAbsent(selector.group(1), _ -> new TreeSet<>())::add));

        assertThat(used).hasSizeGreaterThan(5);
        used.forEach((name, labels) -> {
            assertThat(real).containsKey(name);
            assertThat(real.get(name)).as(name).containsAll(labels);
        });
    }

    @Test
    void failedRunsCountFromNoneSoThatTheFirstIsSeen() throws Exception {
        assertThat(scrape(Service.GATEWAY, "millrace_runs_total"))
                .filteredOn(sample -> "never".equals(sample.labels().get("endpoint")))
                .extracting(sample -> sample.labels().get("outcome"), Sample::value)
                .containsExactlyInAnyOrder(
                        Tuple.tuple("succeeded", 0.0), Tuple.tuple("failed", 0.0), Tuple.tuple("cancelled", 0.0));
    }

    @Test
    void theAlertOfTerraformFindsTheLineOfAFailedRun() throws Exception {
        String alert = Files.readString(ROOT.resolve("terraform/alerts.tf"));
        ILoggingEvent event = LINES.list.stream()
                .filter(line -> line.getLevel() == Level.ERROR)
                .findFirst()
                .orElseThrow();
        MaskingEncoder encoder = new MaskingEncoder();
        encoder.setContext(CONTEXT);
        encoder.setPattern("%msg");
        encoder.setFormat("json");
        encoder.start();
        JsonNode line = ObjectMapper.getDefault().readValue(encoder.encode(event), Argument.of(JsonNode.class));

        List<MatchResult> wanted = Pattern.compile("jsonPayload\\.(\\w+)=\"(\\w.*?)\"")
                .matcher(alert)
                .results()
                .toList();
        assertThat(wanted).hasSize(2);
        for (MatchResult field : wanted) {
            assertThat(line.get(field.group(1)).getStringValue()).isEqualTo(field.group(2));
        }
        assertThat(line.get("severity").getStringValue()).isEqualTo("ERROR");
        assertThat(Pattern.compile("EXTRACT\\(jsonPayload\\.(\\w+)\\)")
                        .matcher(alert)
                        .results()
                        .map(field -> line.get(field.group(1)).getStringValue()))
                .containsExactly("school", "broken");
    }

    @Test
    void noLabelHoldsTheIdOfARunOrAPath() throws Exception {
        for (Service service : Service.values()) {
            assertThat(scrape(service, ""))
                    .flatExtracting(sample -> sample.labels().values())
                    .noneMatch(value -> String.valueOf(value).matches(".*[0-9a-f]{8}-[0-9a-f]{4}.*"));
        }
    }

    @Test
    void nobodyReadsThemWithoutTheToken() throws Exception {
        for (Service service : Service.values()) {
            URI url = millrace.url(service).resolve("/prometheus");
            assertThat(status(HttpRequest.newBuilder(url))).as(service.id()).isEqualTo(401);
            assertThat(status(HttpRequest.newBuilder(url).header("Authorization", "Bearer " + "x".repeat(64))))
                    .as(service.id())
                    .isEqualTo(401);
        }
        URI tasks = millrace.url(Service.EXTRACTOR).resolve("/tasks");
        assertThat(status(HttpRequest.newBuilder(tasks)
                        .header("Authorization", "Bearer " + home.token())
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))))
                .as("the token opens nothing else")
                .isEqualTo(401);
    }

    private record Sample(String name, Map<String, String> labels, double value) {}

    /** Of metrics whose names begin so. */
    private static List<Sample> scrape(Service service, String prefix) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(millrace.url(service).resolve("/prometheus"))
                .header("Authorization", "Bearer " + home.token())
                .timeout(Duration.ofSeconds(30))
                .build();
        HttpResponse<String> answer = send(request);
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body()
                .lines()
                .filter(line -> !line.startsWith("#") && line.startsWith(prefix))
                .map(MetricsTest::sample)
                .toList();
    }

    private static double sum(Service service, String name, Map<String, String> labels) throws Exception {
        return scrape(service, name).stream()
                .filter(sample ->
                        sample.name().equals(name) && sample.labels().entrySet().containsAll(labels.entrySet()))
                .mapToDouble(Sample::value)
                .sum();
    }

    private static Sample sample(String line) {
        Matcher matcher = SAMPLE.matcher(line);
        assertThat(matcher.matches()).as(line).isTrue();
        Map<String, String> labels = new TreeMap<>();
        String text = matcher.group(2);
        if (text != null) {
            LABEL.matcher(text).results().forEach(label -> labels.put(label.group(1), label.group(2)));
        }
        return new Sample(matcher.group(1), labels, Double.parseDouble(matcher.group(3)));
    }

    private static int status(HttpRequest.Builder request) throws IOException, InterruptedException {
        return send(request.timeout(Duration.ofSeconds(30)).build()).statusCode();
    }

    private static HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }
}
