package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceConfig;
import dev.millrace.service.ServiceTokens;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Fault;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Abort;
import dev.millrace.task.Claim;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Outcome;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.Preview;
import dev.millrace.task.Report;
import dev.millrace.task.RunLogCopy;
import dev.millrace.task.Sample;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.TokenReturn;
import dev.millrace.testing.ServiceUnderTest;
import dev.millrace.warehouse.Capabilities;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
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
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;

/**
 * Extractor, transformer and loader as the gateway sees them, over real HTTP, doing what a test tells them: the
 * gateway's tests need services that lie, repeat themselves and fall silent at a given moment.
 */
final class ScriptedServices implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ObjectMapper json =
            ObjectMapper.create(Map.of("micronaut.serde.serialization.inclusion", "ALWAYS"), "dev.millrace.format");
    private final HttpClient http = HttpClient.newHttpClient();
    private final HttpServer server;
    private final StagingStore staging;
    private final Map<Step, BlockingQueue<Task>> tasks = new ConcurrentHashMap<>();
    private final BlockingQueue<Abort> aborts = new LinkedBlockingQueue<>();
    private final BlockingQueue<RunLogCopy> logCopies = new LinkedBlockingQueue<>();
    private final AtomicReference<CountDownLatch> held = new AtomicReference<>();
    private final AtomicReference<Abort.Answer> abortAnswer = new AtomicReference<>();
    private final AtomicInteger refusedAborts = new AtomicInteger();
    private final AtomicInteger refusedTasks = new AtomicInteger();
    private final Map<Step, AtomicInteger> underWay = new ConcurrentHashMap<>();
    private final Set<String> forgotten = ConcurrentHashMap.newKeySet(); // of earlier tests
    private final Map<String, Cursors.Cursor> cursors = new ConcurrentHashMap<>();
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private volatile int taskStatus = 202;
    private volatile int most = Integer.MAX_VALUE;
    private volatile @Nullable Capabilities capabilities;
    private volatile int capabilitiesStatus = 404;
    private final BlockingQueue<Sample.Wanted> samples = new LinkedBlockingQueue<>();
    private final Semaphore sampled = new Semaphore(0);

    ScriptedServices(Path stagingFolder) {
        staging = new LocalStagingStore(stagingFolder);
        for (Step step : Step.values()) {
            tasks.put(step, new LinkedBlockingQueue<>());
        }
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/tasks", this::take);
        server.createContext("/aborts", this::abort);
        server.createContext("/logs", this::copyLog);
        server.createContext("/capabilities", this::tellCapabilities);
        server.createContext("/cursors", this::tellCursors);
        server.createContext("/loads", this::tellCommitted);
        server.createContext("/samples", this::sample);
        server.createContext("/previews", this::preview);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    StagingStore staging() {
        return staging;
    }

    /**
     * As in the beginning, for another test.
     *
     * @param runs of the test before, of which nothing that comes yet is kept
     */
    synchronized void reset(List<String> runs) {
        cursors.clear();
        lost.clear();
        forgotten.addAll(runs);
        tasks.values().forEach(BlockingQueue::clear);
        underWay.clear();
        aborts.clear();
        logCopies.clear();
        held.set(null);
        abortAnswer.set(null);
        refusedAborts.set(0);
        refusedTasks.set(0);
        taskStatus = 202;
        most = Integer.MAX_VALUE;
        capabilities = null;
        capabilitiesStatus = 404;
    }

    /** From now on tasks are answered with this status; only those with 202 are kept. */
    void answerTasksWith(int status) {
        taskStatus = status;
    }

    /** From now on a task is taken only when fewer than {@code most} of its step are under way; others are told to wait. */
    void takeAtMost(int most) {
        this.most = most;
    }

    /** From now on aborts are answered; before, they are refused, as by a loader without its credentials. */
    void answerAbortsWith(Abort.Answer answer) {
        abortAnswer.set(answer);
    }

    /** From now on the loader tells what its warehouse can hold; before, it knows no such route, as in version 0.1. */
    void tell(Capabilities warehouse) {
        capabilities = warehouse;
        capabilitiesStatus = 200;
    }

    /** From now on the loader doesn't tell, but answers with this status. */
    void answerCapabilitiesWith(int status) {
        capabilities = null;
        capabilitiesStatus = status;
    }

    /** The next abort gets its answer when the returned latch is counted down; the ones after it at once. */
    CountDownLatch holdNextAbort() {
        CountDownLatch released = new CountDownLatch(1);
        held.set(released);
        return released;
    }

    /** The next task of the step, as soon as it comes. */
    Task next(Step step) {
        return patient(queue(step), step + " task");
    }

    RunLogCopy nextLogCopy() {
        return patient(logCopies, "copy of a log");
    }

    int refusedTasks() {
        return refusedTasks.get();
    }

    int refusedAborts() {
        return refusedAborts.get();
    }

    Abort nextAbort() {
        return patient(aborts, "abort");
    }

    /** Whether a task of the step waits to be taken; for asserting that none came. */
    boolean hasTask(Step step) {
        return !queue(step).isEmpty();
    }

    /** Does an attempt at extraction or transformation: writes what it has to and reports. */
    void finish(Task task, int records, int rejected) {
        assertThat(report(task, stage(task, records, rejected))).isEqualTo(200);
    }

    /** Writes parts and manifest of an attempt, and keeps silent about it. */
    Outcome.Staged stage(Task task, int records, int rejected) {
        String folder = task.folder();
        Part part = write(folder + "/part-00000", "{}\n", records - rejected);
        List<Part> rejects =
                rejected == 0 ? List.of() : List.of(write(folder + "/rejects-00000.ndjson.gz", reject(), rejected));
        Counts counts = new Counts(records, records - rejected, rejected, 0);
        Manifest manifest = new Manifest(
                task.id(),
                task.attempt(),
                Manifest.Format.NDJSON_GZIP,
                List.of(part),
                rejects,
                counts,
                null,
                List.of());
        try {
            staging.createIfAbsent(folder + "/" + Manifest.NAME, json.writeValueAsBytes(manifest));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Outcome.Staged(folder + "/" + Manifest.NAME, counts, null);
    }

    void commit(Task task, int rows) {
        assertThat(report(task, new Outcome.Committed(new LoadResult(rows, 0, rows))))
                .isEqualTo(200);
    }

    int fail(Task task, ErrorCode code, String detail) {
        return report(task, new Outcome.Failed(code, detail));
    }

    /** Reports with the token that belongs to the task, and returns the status. */
    int report(Task task, Outcome outcome) {
        return report(
                task,
                outcome,
                token(task.work().step(), task.subject(), Clock.systemUTC(), "api-gateway", ServiceUnderTest.KEY));
    }

    int report(Task task, Outcome outcome, String token) {
        underWay(task.work().step()).decrementAndGet();
        return post(
                        task,
                        "/outcome",
                        new Report(outcome, heartbeat("done with " + task.work().step())),
                        token)
                .statusCode();
    }

    /** Sends a heartbeat; returns the status, or 0 where the answer was to stop. */
    int beat(Task task, long records) {
        HttpResponse<byte[]> answer = post(
                task,
                "/heartbeat",
                new Heartbeat(records, records * 10, 5_000L, List.of()),
                token(task.work().step(), task.subject(), Clock.systemUTC(), "api-gateway", ServiceUnderTest.KEY));
        try {
            boolean stop = answer.statusCode() == 200
                    && Objects.requireNonNull(json.readValue(answer.body(), Argument.of(Heartbeat.Answer.class)))
                            .stop();
            return stop ? 0 : answer.statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks for a slice, as a pod does, the gateway that a task came from; must be answered. */
    Claim claim(Task task, Step step) {
        return read(askForSlice(task, step, Claim.subject(task.run(), step)), Claim.class);
    }

    /** @param subject of the token */
    HttpResponse<byte[]> askForSlice(Task task, Step step, String subject) {
        return post(
                task.callback().resolve("/internal/runs/" + task.run() + "/steps/" + step.folder() + "/claims"),
                Map.of(),
                token(step, subject, Clock.systemUTC(), "api-gateway", ServiceUnderTest.KEY));
    }

    /** Asks for permits; must be answered. */
    PermitRequest.Grant permits(Task task, PermitRequest request) {
        return read(askForPermits(task, request, task.subject()), PermitRequest.Grant.class);
    }

    /** @param subject of the token */
    HttpResponse<byte[]> askForPermits(Task task, PermitRequest request, String subject) {
        return post(
                task,
                "/permits",
                request,
                token(task.work().step(), subject, Clock.systemUTC(), "api-gateway", ServiceUnderTest.KEY));
    }

    /** Asks for a refresh token; must be answered. */
    TokenRequest.Grant token(Task task, String family) {
        return read(askForToken(task, family, task.subject()), TokenRequest.Grant.class);
    }

    /** @param subject of the service token */
    HttpResponse<byte[]> askForToken(Task task, String family, String subject) {
        return post(
                task,
                "/tokens",
                new TokenRequest(family),
                token(task.work().step(), subject, Clock.systemUTC(), "api-gateway", ServiceUnderTest.KEY));
    }

    /** Gives a refresh token back; returns whether it is kept. */
    boolean giveBack(Task task, String family, long version, @Nullable String sealed) {
        HttpResponse<byte[]> answer = giveBack(task, new TokenReturn(family, version, sealed), task.subject());
        return read(answer, TokenReturn.Answer.class).kept();
    }

    /** @param subject of the service token */
    HttpResponse<byte[]> giveBack(Task task, TokenReturn token, String subject) {
        return post(
                task,
                "/tokens/return",
                token,
                token(task.work().step(), subject, Clock.systemUTC(), "api-gateway", ServiceUnderTest.KEY));
    }

    private <T> T read(HttpResponse<byte[]> answer, Class<T> type) {
        assertThat(answer.statusCode()).isEqualTo(200);
        try {
            return Objects.requireNonNull(json.readValue(answer.body(), Argument.of(type)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A token that a service could have, or not. */
    static String token(Step sender, String subject, Clock clock, String audience, String key) {
        return new ServiceTokens(
                        new ServiceConfig(sender.service(), key, Duration.ofMinutes(5), Duration.ofSeconds(10)), clock)
                .issue(audience, subject);
    }

    private static Heartbeat heartbeat(String line) {
        return new Heartbeat(1, 1, null, List.of(new Heartbeat.LogLine(Instant.now(), Heartbeat.Level.INFO, line)));
    }

    private HttpResponse<byte[]> post(Task task, String route, Object body, String token) {
        return post(URI.create(task.callback() + route), body, token);
    }

    private HttpResponse<byte[]> post(URI url, Object body, String token) {
        try {
            HttpRequest request = HttpRequest.newBuilder(url)
                    .header("Authorization", "Bearer " + token)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)))
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Packs a line so many times. */
    Part write(String path, String line, int rows) {
        try (Upload upload = staging.upload(path)) {
            try (GZIPOutputStream out = new GZIPOutputStream(upload.stream())) {
                out.write(line.repeat(rows).getBytes(StandardCharsets.UTF_8));
            }
            return upload.commit(rows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String reject() {
        try {
            return json.writeValueAsString(new Reject(
                            "TRANSFORM",
                            "part",
                            1,
                            null,
                            "id",
                            "x",
                            "not a whole number",
                            "{\"id\":\"x\"}",
                            Fault.Kind.VALUE_INVALID,
                            List.of()))
                    + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private BlockingQueue<Task> queue(Step step) {
        return tasks.computeIfAbsent(step, any -> new LinkedBlockingQueue<>());
    }

    private static <T> T patient(BlockingQueue<T> queue, String what) {
        try {
            T next = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("no " + what + " within " + PATIENCE);
            }
            return next;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            Task task = json.readValue(exchange.getRequestBody().readAllBytes(), Argument.of(Task.class));
            int status = task == null ? taskStatus : decide(task);
            exchange.sendResponseHeaders(status, -1);
            if (task != null) {
                answered(task, status);
            }
        }
    }

    /** One of an earlier test is taken, and doesn't count: nobody would finish it. */
    private synchronized int decide(Task task) {
        if (forgotten.contains(task.run())) {
            return 202;
        }
        AtomicInteger ofStep = underWay(task.work().step());
        if (taskStatus == 202 && ofStep.get() >= most) {
            return 429;
        }
        if (taskStatus == 202) {
            ofStep.incrementAndGet();
        }
        return taskStatus;
    }

    private synchronized void answered(Task task, int status) {
        if (forgotten.contains(task.run())) {
            return;
        }
        if (status == 202) {
            queue(task.work().step()).add(task);
        } else {
            refusedTasks.incrementAndGet();
        }
    }

    private synchronized <T> void keep(String run, BlockingQueue<T> queue, T told) {
        if (!forgotten.contains(run)) {
            queue.add(told);
        }
    }

    private AtomicInteger underWay(Step step) {
        return underWay.computeIfAbsent(step, _ -> new AtomicInteger());
    }

    private void tellCapabilities(HttpExchange exchange) throws IOException {
        try (exchange) {
            Capabilities told = capabilities;
            byte[] body = json.writeValueAsBytes(
                    told == null ? Problem.of(ErrorCode.INTERNAL, "the question", "the loader starts") : told);
            exchange.getResponseHeaders().set("Content-Type", told == null ? Problem.MEDIA_TYPE : "application/json");
            exchange.sendResponseHeaders(told == null ? capabilitiesStatus : 200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** From now on the ledger has this cursor for an endpoint. */
    void tellCursor(String endpoint, @Nullable String value) {
        cursors.put(endpoint, new Cursors.Cursor(endpoint, value, null, Instant.EPOCH));
    }

    private void tellCursors(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] asked = exchange.getRequestBody().readAllBytes();
            byte[] answer = new byte[0];
            if (exchange.getRequestURI().getPath().endsWith("/change")) {
                CursorChange change = Objects.requireNonNull(json.readValue(asked, Argument.of(CursorChange.class)));
                tellCursor(change.endpoint(), change.value());
            } else {
                answer = json.writeValueAsBytes(new Cursors(List.copyOf(cursors.values())));
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    /** From now on the ledger hasn't this load, as when the warehouse was set up anew. */
    void lose(String load) {
        lost.add(load);
    }

    private void tellCommitted(HttpExchange exchange) throws IOException {
        try (exchange) {
            CommittedLoads.Wanted wanted = Objects.requireNonNull(
                    json.readValue(exchange.getRequestBody().readAllBytes(), Argument.of(CommittedLoads.Wanted.class)));
            byte[] answer = json.writeValueAsBytes(new CommittedLoads(
                    wanted.loads().stream().filter(load -> !lost.contains(load)).toList()));
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    /** The next request for the first records of a source, which waits until {@link #answerSample}. */
    Sample.Wanted nextSample() {
        return patient(samples, "sample");
    }

    /** Answers one of those requests, now or when it comes, with no records. */
    void answerSample() {
        sampled.release();
    }

    private void sample(HttpExchange exchange) throws IOException {
        try (exchange) {
            samples.add(Objects.requireNonNull(
                    json.readValue(exchange.getRequestBody().readAllBytes(), Argument.of(Sample.Wanted.class))));
            sampled.acquireUninterruptibly();
            answer(exchange, new Sample(0, "", List.of(), false, 0, List.of(), true, List.of(), List.of(), List.of()));
        }
    }

    private void preview(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] _ = exchange.getRequestBody().readAllBytes();
            answer(exchange, new Preview(List.of(), 0, 0, 0, List.of(), null, List.of()));
        }
    }

    private void answer(HttpExchange exchange, Object body) throws IOException {
        byte[] bytes = json.writeValueAsBytes(body);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private void copyLog(HttpExchange exchange) throws IOException {
        try (exchange) {
            RunLogCopy copy = json.readValue(exchange.getRequestBody().readAllBytes(), Argument.of(RunLogCopy.class));
            exchange.sendResponseHeaders(200, -1);
            if (copy != null) {
                keep(copy.run(), logCopies, copy);
            }
        }
    }

    private void abort(HttpExchange exchange) throws IOException {
        try (exchange) {
            Abort abort = json.readValue(exchange.getRequestBody().readAllBytes(), Argument.of(Abort.class));
            Abort.Answer answer = abortAnswer.get();
            exchange.getResponseHeaders().set("Content-Type", answer == null ? Problem.MEDIA_TYPE : "application/json");
            if (answer == null || abort == null) {
                byte[] problem = json.writeValueAsBytes(
                        Problem.of(ErrorCode.CREDENTIALS_UNUSABLE, "the abort", "the key is gone"));
                exchange.sendResponseHeaders(ErrorCode.CREDENTIALS_UNUSABLE.status(), problem.length);
                exchange.getResponseBody().write(problem);
                if (abort == null || !forgotten.contains(abort.load())) {
                    refusedAborts.incrementAndGet();
                }
                return;
            }
            byte[] body = json.writeValueAsBytes(Argument.of(Abort.Answer.class), answer);
            CountDownLatch released = held.getAndSet(null);
            if (released != null) {
                released.await();
            }
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            keep(abort.load(), aborts, abort);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        http.close();
    }
}
