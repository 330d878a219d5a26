package dev.millrace.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.task.Abort;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.Report;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.testing.RecordedGateway;
import dev.millrace.testing.ServiceUnderTest;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the clients for other services make of each kind of answer, over real connections. */
@Timeout(60)
class ServiceCallsTest {
    private static final Abort ABORT = new Abort("load-1", 1);
    private static final String JSON = "application/json";

    @TempDir
    private static Path staging;

    private static ServiceUnderTest service;

    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        service = patient("30s");
    }

    private static ServiceUnderTest patient(String time) {
        return ServiceUnderTest.start(
                Step.EXTRACT,
                staging,
                Map.of("millrace.service.name", "extractor", "millrace.service.request-timeout", time));
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private interface Answering {
        void answer(HttpExchange exchange) throws Exception;
    }

    private URI server(Answering answering) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                answering.answer(exchange);
            } catch (Exception e) {
                throw new IOException(e);
            }
        });
        server.start();
        open.add(() -> server.stop(0));
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private URI answering(int status, @Nullable String type, String body) throws IOException {
        return server(exchange -> answer(exchange, status, type, body));
    }

    private static void answer(HttpExchange exchange, int status, @Nullable String type, String body)
            throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        if (type != null) {
            exchange.getResponseHeaders().set("Content-Type", type);
        }
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static WorkerCalls workers(ServiceUnderTest caller) {
        return caller.context().getBean(WorkerCalls.class);
    }

    private static HttpResponse<Abort.Answer> abort(URI loader) throws InterruptedException {
        return workers(service).abort(loader, ABORT);
    }

    private static void isUnavailable(URI loader, String... words) {
        isUnavailable(service, loader, words);
    }

    private static void isUnavailable(ServiceUnderTest caller, URI loader, String... words) {
        assertThatThrownBy(() -> workers(caller).abort(loader, ABORT))
                .isInstanceOfSatisfying(MillraceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.SERVICE_UNAVAILABLE);
                    assertThat(e.detail()).contains(words);
                });
    }

    @Test
    void aCallHasATokenForItsReceiverAndItsSubjectAndReturnsTheAnswer() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        URI loader = server(exchange -> {
            seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            seen.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            answer(
                    exchange,
                    200,
                    JSON,
                    "{\"type\":\"already-committed\",\"result\":{\"rows\":7,\"superseded\":0," + "\"tableRows\":7}}");
        });

        HttpResponse<Abort.Answer> answer = abort(loader);

        assertThat(answer.body()).isEqualTo(new Abort.AlreadyCommitted(new LoadResult(7, 0, 7)));
        assertThat(seen.take()).isEqualTo("POST /aborts");
        String token = seen.take().substring("Bearer ".length());
        ServiceTokens ofLoader = new ServiceTokens(
                new ServiceConfig("loader", ServiceUnderTest.KEY, Duration.ofMinutes(5), Duration.ofSeconds(10)),
                Clock.systemUTC());
        assertThat(ofLoader.subject(token)).contains(ABORT.subject());
        assertThat(service.context().getBean(ServiceTokens.class).subject(token))
                .isEmpty();
    }

    @Test
    void aCallCarriesTheSpanThatItIsMadeInAndNoneWithoutOne() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        URI loader = server(exchange -> {
            seen.add(String.valueOf(exchange.getRequestHeaders().getFirst("traceparent")));
            answer(exchange, 200, JSON, "{\"type\":\"closed\"}");
        });
        SpanContext span = SpanContext.create(
                "0af7651916cd43dd8448eb211c80319c",
                "b7ad6b7169203331",
                TraceFlags.getSampled(),
                TraceState.getDefault());

        try (Scope _ = Span.wrap(span).makeCurrent()) {
            assertThat(abort(loader).code()).isEqualTo(200);
        }
        assertThat(abort(loader).code()).isEqualTo(200);

        assertThat(seen.take()).isEqualTo("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assertThat(seen.take()).isEqualTo("null");
    }

    @Test
    void aRefusalIsAnAnswerWithItsProblem() throws Exception {
        for (int status : new int[] {400, 403, 404, 409, 429, 500, 503}) {
            URI loader = answering(
                    status,
                    Problem.MEDIA_TYPE,
                    "{\"type\":\"about:blank\",\"title\":\"t\",\"status\":" + status
                            + ",\"code\":\"BUSY\",\"detail\":\"later\"}");

            HttpResponse<Abort.Answer> answer = abort(loader);

            assertThat(answer.code()).isEqualTo(status);
            assertThat(ServiceProblems.of(answer).code()).isEqualTo("BUSY");
            assertThat(ServiceProblems.of(answer).detail()).isEqualTo("later");
        }
    }

    @Test
    void aRefusalByAProxyIsAnAnswerWithoutAProblem() throws Exception {
        HttpResponse<Abort.Answer> answer = abort(answering(502, "text/html", "<h1>Bad Gateway</h1>"));

        assertThat(answer.code()).isEqualTo(502);
        assertThatThrownBy(() -> ServiceProblems.of(answer))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("502");
    }

    @Test
    void aSuccessThatIsNoAnswerIsNone() throws Exception {
        isUnavailable(answering(200, "text/html", "<h1>Welcome</h1>"), "loader", "something else than Answer");
        isUnavailable(answering(200, JSON, "<h1>Welcome</h1>"), "loader", "something else than Answer");
        isUnavailable(answering(200, JSON, "{\"type\":\"unheard-of\"}"), "loader", "something else than Answer");
        isUnavailable(answering(200, JSON, ""), "loader", "something else than Answer");
        isUnavailable(answering(200, null, ""), "loader", "something else than Answer");
    }

    @Test
    void aRedirectIsNotFollowed() throws Exception {
        BlockingQueue<String> elsewhere = new LinkedBlockingQueue<>();
        URI other = server(exchange -> {
            elsewhere.add(exchange.getRequestURI().toString());
            answer(exchange, 200, JSON, "{\"type\":\"closed\"}");
        });
        for (int status : new int[] {302, 307, 308}) {
            URI loader = server(exchange -> {
                exchange.getResponseHeaders()
                        .set("Location", other.resolve("/aborts").toString());
                answer(exchange, status, "text/html", "<h1>Elsewhere</h1>");
            });

            assertThat(abort(loader).code()).isEqualTo(status);
        }
        assertThat(elsewhere).isEmpty();
    }

    @Test
    void aConnectionThatIsRefusedSaysWhoWasCalledAndWhere() throws Exception {
        URI nobody;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://127.0.0.1:" + free.getLocalPort());
        }
        isUnavailable(nobody, "no answer from loader at " + nobody + "/aborts", "refused");
    }

    @Test
    void aNameThatNobodyKnowsIsSaidToBeDnssDoing() {
        isUnavailable(
                URI.create("http://nowhere.invalid:8080"),
                "no answer from loader at http://nowhere.invalid:8080/aborts",
                "; DNS doesn't know the host's name, or can't be reached");
    }

    @Test
    void aServiceThatTakesTooLongIsGivenUp() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        open.add(end::countDown);
        ServiceUnderTest impatient = patient("1s");
        open.add(impatient);
        isUnavailable(impatient, server(_ -> end.await()), "no answer from loader");
        isUnavailable(
                impatient,
                server(
                        exchange -> { // each byte comes in time, all of them don't
                            exchange.getResponseHeaders().set("Content-Type", JSON);
                            exchange.sendResponseHeaders(200, 0);
                            while (!end.await(200, TimeUnit.MILLISECONDS)) {
                                exchange.getResponseBody().write(' ');
                                exchange.getResponseBody().flush();
                            }
                        }),
                "no answer from loader");
    }

    @Test
    void anInterruptionEndsTheWait() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        open.add(end::countDown);
        CountDownLatch arrived = new CountDownLatch(1);
        URI loader = server(_ -> {
            arrived.countDown();
            end.await();
        });
        AtomicReference<Object> thrown = new AtomicReference<>();
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                abort(loader);
            } catch (InterruptedException e) {
                thrown.set(Thread.currentThread().isInterrupted() ? "interrupted still" : e);
            } catch (RuntimeException e) {
                thrown.set(e);
            }
        });
        arrived.await();
        caller.interrupt();
        caller.join();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void aConnectionThatTheServiceHasClosedIsNotUsedAgain() throws Exception {
        BlockingQueue<Socket> connections = new LinkedBlockingQueue<>();
        ServerSocket listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        open.add(listening);
        Thread.ofVirtual().start(() -> {
            while (!listening.isClosed()) {
                try {
                    Socket connection = listening.accept();
                    connections.add(connection);
                    Thread.ofVirtual().start(() -> answerEach(connection));
                } catch (IOException e) {
                    return; // the test is over
                }
            }
        });
        URI loader = URI.create("http://127.0.0.1:" + listening.getLocalPort());

        assertThat(abort(loader).code()).isEqualTo(200);
        Socket first = connections.take();
        first.close();

        await().ignoreExceptions().until(() -> abort(loader).code() == 200);
        assertThat(connections).isNotEmpty();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    /** Answers each request of a connection, which stays open for the next. */
    private static void answerEach(Socket connection) {
        byte[] body = "{\"type\":\"closed\"}".getBytes(StandardCharsets.UTF_8);
        try {
            InputStream in = connection.getInputStream();
            byte[] buffer = new byte[64 * 1024];
            StringBuilder text = new StringBuilder();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                text.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
                if (text.toString().endsWith("}")) {
                    text.setLength(0);
                    connection
                            .getOutputStream()
                            .write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                                            + body.length + "\r\n\r\n" + new String(body, StandardCharsets.UTF_8))
                                    .getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            // closed by the test
        }
    }

    @Test
    void aServiceThatCameBackOnAnotherPortIsCalledThere() throws Exception {
        HttpServer before = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        before.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                answer(exchange, 200, JSON, "{\"type\":\"closed\"}");
            }
        });
        before.start();
        URI old = URI.create("http://127.0.0.1:" + before.getAddress().getPort());
        assertThat(abort(old).code()).isEqualTo(200);
        before.stop(0);

        URI now = answering(200, JSON, "{\"type\":\"closed\"}");

        assertThat(abort(now).code()).isEqualTo(200);
        await().untilAsserted(() -> isUnavailable(old, "no answer from loader"));
    }

    @Test
    void callsAreCountedByRouteNotByTask() throws Exception {
        try (RecordedGateway gateway = new RecordedGateway()) {
            GatewayCalls calls = service.context().getBean(GatewayCalls.class);
            for (String run : List.of("run-1", "run-2")) {
                Task task = gateway.task(
                        run,
                        new Work.Extract(
                                new FileSource("/data"),
                                new FileRead(new FileSelection("*", new Format.Ndjson(), Missing.FAIL), null),
                                List.of(),
                                Work.Parts.TO_TRANSFORM));
                Heartbeat heartbeat = new Heartbeat(1, 1, null, List.of());
                assertThat(Objects.requireNonNull(
                                        calls.heartbeat(task, heartbeat).body())
                                .stop())
                        .isFalse();
                assertThat(calls.permits(task, new PermitRequest(1, 0, 0)).body())
                        .isEqualTo(new PermitRequest.Grant(1, 0, 0, 0));
                assertThat(calls.outcome(task, new Report(new Outcome.Released(), heartbeat))
                                .code())
                        .isEqualTo(200);
            }
        }
        MeterRegistry meters = service.context().getBean(MeterRegistry.class);
        assertThat(meters.find("http.client.requests").timers())
                .extracting(timer -> timer.getId().getTag("uri"))
                .contains("{+callback}/heartbeat", "{+callback}/permits", "{+callback}/outcome")
                .noneMatch(uri -> String.valueOf(uri).contains("run-"));
        assertThat(meters.find("http.client.requests").timers())
                .filteredOn(timer -> String.valueOf(timer.getId().getTag("uri")).endsWith("/heartbeat"))
                .extracting(Timer::count)
                .containsExactly(2L);
    }
}
