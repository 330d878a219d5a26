package dev.millrace.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Outcome;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.Report;
import dev.millrace.task.Task;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.TokenReturn;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Stands in for the gateway in the worker services' tests, over real HTTP: keeps what was reported. It does not
 * check tokens; the gateway's own tests do that.
 */
public final class RecordedGateway implements AutoCloseable {
    private final ObjectMapper json = ObjectMapper.getDefault();
    private final HttpServer server;
    private final Map<String, BlockingQueue<Report>> reports = new ConcurrentHashMap<>();
    private final List<Heartbeat> heartbeats = new CopyOnWriteArrayList<>();
    private final AtomicInteger outages = new AtomicInteger();
    private volatile boolean stop;
    private volatile Function<PermitRequest, PermitRequest.Grant> permits =
            request -> new PermitRequest.Grant(request.wanted(), request.starts(), 0, 0);

    private final Map<String, TokenRequest.Grant> tokens = new ConcurrentHashMap<>();
    private volatile TokenRequest.@Nullable Grant grant;
    private volatile int tokenStatus = 200;

    public RecordedGateway() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    /** A task of run {@code run}, first attempt, that reports to this gateway. */
    public Task task(String run, Work work) {
        return task(run, 1, null, work);
    }

    public Task task(String run, int attempt, @Nullable RunWindow day, Work work) {
        return task(run, attempt, day, null, work);
    }

    /** @param credentials that the pipeline names */
    public Task task(String run, int attempt, @Nullable RunWindow day, @Nullable String credentials, Work work) {
        String id = run + "-" + work.step().folder();
        URI callback = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/" + id + "/" + attempt);
        return new Task(
                id, run, attempt, "test", "rows", day, credentials, callback, Duration.ofMillis(100), null, work);
    }

    /** Waits for the task's report. */
    public Report report(Task task) throws InterruptedException {
        Report report = queue(task.id() + "/" + task.attempt()).poll(60, TimeUnit.SECONDS);
        if (report == null) {
            throw new AssertionError("no report of task " + task.id() + " attempt " + task.attempt() + " within 60 s");
        }
        return report;
    }

    public Outcome outcome(Task task) throws InterruptedException {
        return report(task).outcome();
    }

    /** All heartbeats of all tasks so far; reports are not among them. */
    public List<Heartbeat> heartbeats() {
        return heartbeats;
    }

    /** From now on every heartbeat is answered with a stop. */
    public void stopEverything() {
        stop = true;
    }

    /** From now on permits are granted so; before, all that are wanted are. */
    public void grant(Function<PermitRequest, PermitRequest.Grant> newPermits) {
        permits = newPermits;
    }

    /** The refresh tokens that are kept, as they were sent, by their families. */
    public Map<String, TokenRequest.Grant> tokens() {
        return tokens;
    }

    /**
     * From now on refresh tokens are asked for in vain.
     *
     * @param status of the answers; 200: as before
     */
    public void answerTokensWith(int status) {
        tokenStatus = status;
    }

    /** From now on refresh tokens are granted so; null: as they are kept. */
    public void grantToken(TokenRequest.@Nullable Grant newGrant) {
        grant = newGrant;
    }

    /** Never lends one twice: the tests of a service have one task at a time. */
    private TokenRequest.Grant lend(TokenRequest request) {
        TokenRequest.Grant fixed = grant;
        return fixed != null
                ? fixed
                : tokens.getOrDefault(request.family(), new TokenRequest.Grant(true, 0, null, false));
    }

    private synchronized TokenReturn.Answer takeBack(TokenReturn token) {
        TokenRequest.Grant before = tokens.getOrDefault(token.family(), new TokenRequest.Grant(true, 0, null, false));
        if (token.sealed() == null || before.version() != token.version()) {
            return new TokenReturn.Answer(token.sealed() == null);
        }
        tokens.put(token.family(), new TokenRequest.Grant(true, token.version() + 1, token.sealed(), false));
        return new TokenReturn.Answer(true);
    }

    /** The next {@code requests} requests get no answer, and the ones after them are as before. */
    public void goDown(int requests) {
        outages.set(requests);
    }

    /** What has been reported on the task and not been waited for. */
    public List<Report> reports(Task task) {
        return List.copyOf(queue(task.id() + "/" + task.attempt()));
    }

    private BlockingQueue<Report> queue(String attempt) {
        return reports.computeIfAbsent(attempt, any -> new LinkedBlockingQueue<>());
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (outages.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return; // closes the connection
            }
            String path = exchange.getRequestURI().getPath();
            int end = path.lastIndexOf('/');
            int status = 200;
            byte[] answer = "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
            if (path.endsWith("/permits")) {
                answer = json.writeValueAsBytes(
                        permits.apply(Objects.requireNonNull(json.readValue(body, Argument.of(PermitRequest.class)))));
            } else if (path.endsWith("/tokens")) {
                status = tokenStatus;
                answer = json.writeValueAsBytes(
                        lend(Objects.requireNonNull(json.readValue(body, Argument.of(TokenRequest.class)))));
            } else if (path.endsWith("/tokens/return")) {
                answer = json.writeValueAsBytes(
                        takeBack(Objects.requireNonNull(json.readValue(body, Argument.of(TokenReturn.class)))));
            } else if (path.endsWith("/outcome")) {
                queue(path.substring(1, end)).add(json.readValue(body, Argument.of(Report.class)));
            } else {
                heartbeats.add(json.readValue(body, Argument.of(Heartbeat.class)));
                answer = json.writeValueAsBytes(new Heartbeat.Answer(stop));
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
