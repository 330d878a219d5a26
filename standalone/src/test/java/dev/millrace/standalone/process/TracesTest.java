package dev.millrace.standalone.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.task.RunTrace;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The trace of a run, as a collector gets it from four services that know each other by HTTP alone. */
class TracesTest {
    @TempDir
    Path folder;

    private final List<Seen> spans = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final List<RunningService> services = new ArrayList<>();
    private HttpServer server;
    private GatewayClient gateway;

    private record Seen(String service, Span span) {
        String name() {
            return span.getName();
        }

        String trace() {
            return HexFormat.of().formatHex(span.getTraceId().toByteArray());
        }

        String id() {
            return HexFormat.of().formatHex(span.getSpanId().toByteArray());
        }

        String parent() {
            return HexFormat.of().formatHex(span.getParentSpanId().toByteArray());
        }

        boolean failed() {
            return span.getStatus().getCode() == Status.StatusCode.STATUS_CODE_ERROR;
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", exchange -> {
            try (exchange) {
                boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
                InputStream body = exchange.getRequestBody();
                keep(ExportTraceServiceRequest.parseFrom(zipped ? new GZIPInputStream(body) : body));
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.createContext("/", exchange -> {
            try (exchange) {
                byte[] body = "[{\"id\": 1}]".getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(asked.getAndIncrement() < 2 ? 503 : 200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        Path pipelines = Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(pipelines.resolve("school.yaml"), """
                version: 1
                name: school
                source:
                  type: rest
                  baseUrl: %s
                  retry: {attempts: 2, delay: 10ms}
                endpoints:
                  pupils:
                    request: {path: /pupils}
                    destination: {table: school.pupils, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(url));
        Home home = Home.of(folder.resolve("home").toString());
        home.create();
        Settings settings = new Settings(home, List.of(pipelines), 0, true, null);
        Map<Service, URI> workers = new EnumMap<>(Service.class);
        for (Service worker : Service.WORKERS) {
            workers.put(worker, start(worker, traced(settings.worker(worker, -1), url)));
        }
        gateway = new GatewayClient(start(Service.GATEWAY, traced(settings.gateway(-1, workers), url)), home.token());
    }

    private URI start(Service service, Map<String, Object> properties) {
        RunningService running = RunningService.start(service, properties);
        services.add(running);
        return running.url();
    }

    private static Map<String, Object> traced(Map<String, Object> properties, String collector) {
        properties.put("otel.traces.exporter", "otlp");
        properties.put("otel.exporter.otlp.endpoint", collector);
        properties.put("otel.bsp.schedule.delay", "100");
        return properties;
    }

    private void keep(ExportTraceServiceRequest request) {
        for (ResourceSpans resource : request.getResourceSpansList()) {
            String service = resource.getResource().getAttributesList().stream()
                    .filter(attribute -> attribute.getKey().equals("service.name"))
                    .map(attribute -> attribute.getValue().getStringValue())
                    .findFirst()
                    .orElse("");
            for (ScopeSpans scope : resource.getScopeSpansList()) {
                scope.getSpansList().forEach(span -> spans.add(new Seen(service, span)));
            }
        }
    }

    @AfterEach
    void close() {
        services.forEach(RunningService::close);
        server.stop(0);
    }

    private Run ended(String batch) {
        return await().atMost(Duration.ofSeconds(60))
                .until(
                        () -> gateway.read(gateway.batch(batch), Answers.Batch.class)
                                .runs()
                                .getFirst(),
                        run -> run.finishedAt() != null);
    }

    private List<Seen> named(String name) {
        return spans.stream().filter(span -> span.name().equals(name)).toList();
    }

    @Test
    void aRunAndItsRetryAreOneTraceOverAllServices() throws Exception {
        String batch = gateway.read(
                        gateway.start("school", new Answers.Start(List.of(), null, false), null), Answers.Batch.class)
                .batch();
        Run failed = ended(batch);
        assertThat(failed.state()).isEqualTo(Run.State.FAILED);
        await().atMost(Duration.ofSeconds(30)).until(() -> named("run").size() == 1);
        gateway.retry(failed.id());
        await().atMost(Duration.ofSeconds(60)).until(() -> named("run").size() == 2);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> named("load").size() == 1 && named("outcome").size() == 4);

        assertThat(spans).extracting(Seen::trace).containsOnly(RunTrace.id(failed.id()));
        Seen first = named("run").getFirst();
        Seen second = named("run").getLast();
        assertThat(first.parent()).isEmpty();
        assertThat(first.failed()).isTrue();
        assertThat(second.parent()).isEqualTo(first.id());
        assertThat(second.failed()).isFalse();
        assertThat(named("extract")).extracting(Seen::parent).containsExactly(first.id(), second.id());
        assertThat(named("extract")).extracting(Seen::failed).containsExactly(true, false);
        assertThat(named("transform")).extracting(Seen::parent).containsExactly(second.id());
        assertThat(named("load")).extracting(Seen::parent).containsExactly(second.id());
        assertThat(named("GET"))
                .extracting(Seen::parent)
                .containsExactly(
                        named("extract").getFirst().id(),
                        named("extract").getFirst().id(),
                        named("extract").getLast().id());
        assertThat(named("outcome"))
                .extracting(Seen::parent)
                .containsExactlyInAnyOrder(
                        named("extract").getFirst().id(),
                        named("extract").getLast().id(),
                        named("transform").getFirst().id(),
                        named("load").getFirst().id());
        assertThat(spans)
                .extracting(Seen::service)
                .containsOnly("millrace-api-gateway", "millrace-extractor", "millrace-transformer", "millrace-loader");
        assertThat(second.span().getAttributesList())
                .extracting(KeyValue::getKey)
                .contains("millrace.run", "millrace.pipeline", "millrace.endpoint", "millrace.outcome");
    }
}
