package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.RefusedException;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.client.UnreachableException;
import dev.millrace.standalone.process.GatewayFile;
import dev.millrace.standalone.process.Home;
import dev.millrace.task.Query;
import dev.millrace.testing.soak.Growth;
import dev.millrace.testing.soak.Sample;
import dev.millrace.testing.soak.Soak;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** R5.1: whatever happens to the processes of {@code start --separate}, each row is loaded once or not at all. */
class SeparateProcessesTest {
    private static final int ROWS = 20_000;
    private static final int PAGE = 200;
    private static final int ROUNDS = System.getProperty("thorough") == null ? 1 : 4;
    private static final List<String> ENDPOINTS = List.of("a", "b", "c", "d");
    private static final List<String> SERVICES = List.of("extractor", "transformer", "loader", "api-gateway");
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    private static Path folder;

    private static HttpServer source;
    private static Process installation;
    private static GatewayClient gateway;

    @BeforeAll
    static void start() throws Exception {
        source = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        source.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        source.createContext("/rows", SeparateProcessesTest::page);
        source.start();
        installation = launch(folder);
        gateway = gateway(folder);
    }

    private static Process launch(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("pipelines"));
        ProcessBuilder start = OwnProcess.call(folder, "start", "--separate", "--port", "0")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("start.log").toFile());
        start.environment().put("MILLRACE_LOG_FILE_SIZE", "20KB");
        return start.start();
    }

    private static GatewayClient gateway(Path folder) {
        Home home = new Home(folder.resolve("home"));
        await().atMost(PATIENCE).until(() -> Files.exists(home.gateway()));
        return new GatewayClient(new GatewayFile(home).read().orElseThrow(), home.token());
    }

    /** A pipeline into tables of its own. */
    private static void pipeline(Path folder, String name) throws IOException {
        String endpoints = ENDPOINTS.stream()
                .map(endpoint -> """
                          %s:
                            request: {path: /rows}
                            pagination: {type: page, batch: %d}
                            destination: {table: %s.numbers_%s, write: append}
                            schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: text, type: STRING}]
                        """.formatted(endpoint, PAGE, name, endpoint))
                .collect(Collectors.joining());
        Files.writeString(folder.resolve("pipelines/" + name + ".yaml"), """
                version: 1
                name: %s
                source: {type: rest, baseUrl: "http://127.0.0.1:%d"}
                endpoints:
                %s""".formatted(
                        name, source.getAddress().getPort(), endpoints));
    }

    @AfterAll
    static void stop() throws Exception {
        gateway.close();
        installation.destroy();
        assertThat(installation.waitFor(60, TimeUnit.SECONDS)).isTrue();
        source.stop(0);
    }

    private static void page(HttpExchange exchange) throws IOException {
        Map<String, String> query = Stream.of(
                        exchange.getRequestURI().getQuery().split("&"))
                .map(parameter -> parameter.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        int first = (Integer.parseInt(query.getOrDefault("page", "1")) - 1) * PAGE;
        byte[] body = IntStream.range(first, Math.min(first + PAGE, ROWS))
                .mapToObj(id -> "{\"id\":" + id + ",\"text\":\"row " + id + "\"}")
                .collect(Collectors.joining(",", "[", "]"))
                .getBytes(StandardCharsets.UTF_8);
        answer(exchange, body);
    }

    private static void answer(HttpExchange exchange, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static List<Run> startRuns(String pipeline, List<String> endpoints) throws Exception {
        try {
            return gateway.read(
                            gateway.start(pipeline, new Answers.Start(endpoints, null, false), null),
                            Answers.Batch.class)
                    .runs();
        } catch (UnreachableException e) {
            throw new AssertionError(Files.readString(folder.resolve("start.log")), e);
        }
    }

    private static void awaitRun(GatewayClient gateway, String pipeline) {
        await().atMost(PATIENCE)
                .until(() -> !gateway.read(gateway.runs(pipeline, null, 10), Answers.Runs.class)
                        .runs()
                        .isEmpty());
    }

    private static Run run(String id) throws InterruptedException {
        return gateway.read(gateway.run(id), Run.class);
    }

    /** The run when it has ended; the gateway may be away in between. */
    private static Run ended(String id) {
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreException(UnreachableException.class)
                .until(() -> run(id), run -> run.state().ended());
    }

    private static long pid(String service) throws IOException {
        return Long.parseLong(Files.readString(folder.resolve("home/run/" + service + ".pid")));
    }

    private static void signal(String signal, long pid) throws Exception {
        new ProcessBuilder("kill", "-" + signal, String.valueOf(pid)).start().waitFor();
    }

    /** Rows, different ids, and how often the rarest and the most frequent id are there. */
    private static List<String> table(String pipeline, String endpoint) {
        String sql = "SELECT sum(n), count(*), min(n), max(n) FROM (SELECT id, count(*) AS n FROM " + pipeline
                + ".numbers_" + endpoint + " GROUP BY id)";
        Query.Result result = await().atMost(PATIENCE)
                .ignoreExceptionsMatching(
                        failure -> failure instanceof UnreachableException || failure instanceof RefusedException)
                .until(() -> gateway.read(gateway.query(sql, 10), Query.Result.class), answer -> true);
        return result.rows().getFirst();
    }

    private static List<String> loadedTimes(int runs) {
        return List.of(
                String.valueOf((long) ROWS * runs), String.valueOf(ROWS), String.valueOf(runs), String.valueOf(runs));
    }

    /** Each death meets four runs, each at a place of its own. */
    @Test
    void everyRunEndsWithEachRowOnceThoughEachProcessIsKilledAgainAndAgain() throws Exception {
        pipeline(folder, "again");
        Random moments = new Random(20_260_131);
        for (int round = 1; round <= ROUNDS; round++) {
            List<Run> started = startRuns("again", ENDPOINTS);
            assertThat(started).hasSameSizeAs(ENDPOINTS);
            List<String> victims = new ArrayList<>(SERVICES);
            Collections.shuffle(victims, moments);
            for (String victim : victims) {
                TimeUnit.MILLISECONDS.sleep(moments.nextInt(900)); // the moment is what is tested
                signal("KILL", pid(victim));
            }
            for (Run run : started) {
                Run end = ended(run.id());
                assertThat(end.state()).as("round %s: %s", round, end).isEqualTo(Run.State.SUCCEEDED);
                assertThat(end.rowsLoaded()).isEqualTo(ROWS);
            }
        }
        for (String endpoint : ENDPOINTS) {
            assertThat(table("again", endpoint)).as(endpoint).isEqualTo(loadedTimes(ROUNDS));
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "thorough", matches = ".*")
    void listsThatWereReadBeforeTheExtractorIsKilledAreNotAskedForAgain() throws Exception {
        int lists = 3_000;
        int killedAt = 2_500;
        int checkpoint = 2_000; // each thousand
        AtomicIntegerArray asked = new AtomicIntegerArray(lists + 1);
        source.createContext("/lists/", exchange -> {
            int list = Integer.parseInt(exchange.getRequestURI().getPath().split("/", -1)[2]);
            if (asked.incrementAndGet(list) == 1 && list == killedAt) {
                try {
                    signal("KILL", pid("extractor"));
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
            answer(exchange, "[{\"id\":1},{\"id\":2}]".getBytes(StandardCharsets.UTF_8));
        });
        Files.writeString(folder.resolve("pipelines/lists.yaml"), """
                version: 1
                name: lists
                source: {type: rest, baseUrl: "http://127.0.0.1:%d"}
                endpoints:
                  lists:
                    forEach: {range: {from: 1, to: %d}, as: list, parallel: 4}
                    request: {path: "/lists/${list}"}
                    destination: {table: lists.lists, write: append}
                    schema:
                      - {name: list, type: INTEGER, mode: REQUIRED}
                      - {name: id, type: INTEGER, mode: REQUIRED}
                """.formatted(
                        source.getAddress().getPort(), lists));

        Run end = ended(startRuns("lists", List.of("lists")).getFirst().id());

        assertThat(end.state()).as("%s", end).isEqualTo(Run.State.SUCCEEDED);
        assertThat(end.rowsLoaded()).isEqualTo(2L * lists);
        assertThat(IntStream.rangeClosed(1, checkpoint).map(asked::get)).containsOnly(1);
        assertThat(asked.get(killedAt)).isEqualTo(2);
        Query.Result rows = await().atMost(PATIENCE)
                .ignoreException(UnreachableException.class)
                .until(
                        () -> gateway.read(
                                gateway.query(
                                        "SELECT count(*), count(DISTINCT list * 10 + id), max(list) FROM lists.lists",
                                        10),
                                Query.Result.class),
                        answer -> true);
        assertThat(rows.rows().getFirst())
                .containsExactly(String.valueOf(2 * lists), String.valueOf(2 * lists), String.valueOf(lists));
    }

    /** A short form of {@code ./benchmarks/run soak}; until they are warm, processes take more from run to run. */
    @Test
    void hundredsOfRunsLeaveMemoryOpenFilesAndLogsAsTheyWere() throws Exception {
        Home home = new Home(folder.resolve("home"));
        Soak soak = new Soak(new GatewayFile(home).read().orElseThrow(), home.token(), home.root(), 4);

        List<Sample> samples = soak.play(160, 40, 80, sample -> {});

        assertThat(Growth.of(samples, 80, 1.5)).as("%s", samples).isEmpty();
        assertThat(home.log("api-gateway").resolveSibling("api-gateway.log.1")).isNotEmptyFile();
        try (Stream<Path> logs = Files.list(folder.resolve("home/logs"))) {
            assertThat(logs.filter(log -> log.getFileName().toString().startsWith("api-gateway.log")))
                    .hasSizeLessThanOrEqualTo(6);
        }
    }

    @Test
    void aCallThatWaitsForARunOutlivesTheGateway() throws Exception {
        pipeline(folder, "waiting");
        Process call = OwnProcess.call(folder, "run", "waiting", "a", "--json")
                .redirectError(folder.resolve("run.err").toFile())
                .redirectOutput(folder.resolve("run.out").toFile())
                .start();
        awaitRun(gateway, "waiting");
        signal("KILL", pid("api-gateway"));

        assertThat(call.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(call.exitValue())
                .as(Files.readString(folder.resolve("run.err")) + Files.readString(folder.resolve("start.log")))
                .isZero();
        assertThat(Files.readString(folder.resolve("run.out"))).contains("SUCCEEDED");
        assertThat(table("waiting", "a")).isEqualTo(loadedTimes(1));
    }

    @Test
    @EnabledIfSystemProperty(named = "thorough", matches = ".*")
    void aCallThatWaitsForARunEndsWithTheInstallation(@TempDir Path folder) throws Exception {
        Process ending = launch(folder);
        pipeline(folder, "ending");
        try (GatewayClient gateway = gateway(folder)) {
            Process call = OwnProcess.call(folder, "run", "ending", "a").start();
            awaitRun(gateway, "ending");
            ending.destroy();

            assertThat(call.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(call.exitValue()).isIn(0, 3);
        } finally {
            ending.destroy();
            assertThat(ending.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aLoaderThatIsStoppedBeforeItsCommitAndContinuedAfterACancelLoadsNothingTwice() throws Exception {
        pipeline(folder, "stopped");
        int succeeded = 0;
        for (boolean continuedAtOnce : new boolean[] {true, false}) {
            Run cancelled = startRuns("stopped", List.of("a")).getFirst();
            long loader = pid("loader");
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> Set.of(Run.State.LOADING, Run.State.SUCCEEDED)
                            .contains(run(cancelled.id()).state()));
            signal("STOP", loader);
            gateway.cancel(cancelled.id());
            if (continuedAtOnce) {
                signal("CONT", loader);
            }
            Run first = ended(cancelled.id());
            Run second = ended(startRuns("stopped", List.of("a")).getFirst().id());
            signal("CONT", loader);

            assertThat(first.state()).isIn(Run.State.CANCELLED, Run.State.SUCCEEDED);
            assertThat(second.state()).as("%s", second).isEqualTo(Run.State.SUCCEEDED);
            succeeded += first.state() == Run.State.SUCCEEDED ? 2 : 1;
            assertThat(table("stopped", "a")).isEqualTo(loadedTimes(succeeded));
        }
    }
}
