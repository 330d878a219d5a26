package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line does with runs of a source that is slow, or fails, or has much to tell. */
class RunsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int FILES = 1_100;

    @TempDir
    private Path folder;

    private HttpServer source;
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answering = new CountDownLatch(1);
    private volatile boolean failing;

    @BeforeEach
    void start() throws IOException {
        source = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        source.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        source.createContext("/slow", exchange -> {
            asked.countDown();
            try {
                answering.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            answer(exchange, 200, "[{\"n\":1}]");
        });
        source.createContext("/doubtful", exchange -> answer(exchange, 200, "{\"rows\": [{\"n\":1}]}"));
        source.createContext(
                "/failing", exchange -> answer(exchange, failing ? 403 : 200, failing ? "no" : "[{\"n\":1}]"));
        source.start();
        Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(folder.resolve("pipelines/source.yaml"), """
                version: 1
                name: source
                source: {type: rest, baseUrl: "http://127.0.0.1:%d"}
                endpoints:
                  slow:
                    request: {path: /slow}
                    destination: {table: test.slow, write: append}
                    schema: [{name: n, type: INTEGER, mode: REQUIRED}]
                  failing:
                    request: {path: /failing}
                    destination: {table: test.failing, write: append}
                    schema: [{name: n, type: INTEGER, mode: REQUIRED}]
                  doubtful:
                    request: {path: /doubtful}
                    records: rows
                    pagination: {type: cursor, cursor: meta.next, parameter: cursor}
                    destination: {table: test.doubtful, write: append}
                    schema:
                      - {name: n, type: INTEGER, mode: REQUIRED}
                      - {name: colour, type: STRING}
                """.formatted(
                        source.getAddress().getPort()));
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @AfterEach
    void stop() {
        answering.countDown();
        source.stop(0);
    }

    private Terminal terminal() {
        return new Terminal(folder);
    }

    private List<Run> runs(String... filter) throws Exception {
        String[] arguments = new String[filter.length + 2];
        arguments[0] = "runs";
        arguments[1] = "--json";
        System.arraycopy(filter, 0, arguments, 2, filter.length);
        Terminal.Call call = terminal().call(arguments);
        assertThat(call.exitCode()).as(call.err()).isZero();
        return read(call, Answers.Runs.class).runs();
    }

    /** The one document that a call has printed. */
    private static <T> T read(Terminal.Call call, Class<T> type) throws IOException {
        return Objects.requireNonNull(ObjectMapper.getDefault().readValue(call.out(), Argument.of(type)));
    }

    /** The rows of a table, when no process has the warehouse. */
    private long rows(String table) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:duckdb:" + terminal().home().root().resolve("warehouse.duckdb"));
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
            assertThat(count.next()).isTrue();
            return count.getLong(1);
        }
    }

    @Test
    void aRunThatSucceedsSaysWhatItHasDoubtsAbout() throws Exception {
        Terminal.Call run = terminal().call("run", "source", "doubtful", "failing");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines().filter(line -> line.startsWith("source/") && line.contains(": ")))
                .containsExactly(
                        "source/doubtful: no record of 1 has colour",
                        "source/doubtful: warning: page 1 is the first and the last: it has no cursor at 'meta.next', not"
                                + " even null, and nothing else says that the list ends here");
    }

    @Test
    void aRunThatWaitsForItsSourceIsCancelledAndOneThatFailedIsRetried() throws Exception {
        try (Terminal.Services services = terminal().services()) {
            assertThat(terminal().home().gateway())
                    .content()
                    .contains(services.gateway().toString());

            Terminal.Call run = terminal().begin("run", "source", "slow");
            assertThat(asked.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            Run slow = runs("--state", "extracting").getFirst();
            Terminal.Call refused = terminal().call("run", "source", "slow");
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.err()).contains("RUN_ACTIVE", slow.id());
            Terminal.Call cancel = terminal().call("cancel", slow.id());
            assertThat(cancel.exitCode()).as(cancel.err()).isZero();
            assertThat(cancel.out()).contains("source/slow cancelled");
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).contains("source/slow cancelled");

            failing = true;
            assertThat(terminal().call("run", "source", "failing").exitCode()).isEqualTo(1);
            Run failed = runs("--state", "FAILED", "--pipeline", "source").getFirst();
            assertThat(terminal().call("retry", failed.id(), "--json").exitCode())
                    .isEqualTo(1);
            failing = false;
            Terminal.Call retry = terminal().call("retry", failed.id());
            assertThat(retry.exitCode()).as(retry.err()).isZero();
            Terminal.Call query = terminal().call("query", "SELECT COUNT(*) FROM test.failing");
            assertThat(query.out().lines().skip(1).findFirst().orElseThrow().strip())
                    .as(query.err())
                    .isEqualTo("1");
            Terminal.Call needless = terminal().call("retry", failed.id());
            assertThat(needless.exitCode()).isEqualTo(2);
            assertThat(needless.err()).contains("RUN_STATE", "SUCCEEDED");

            answering.countDown();
            assertThat(terminal().call("retry", slow.id()).exitCode()).isZero();
            assertThat(runs()).hasSize(2);
            assertThat(runs("--limit", "1")).extracting(Run::endpoint).containsExactly("failing");
            assertThat(runs("--state", "cancelled")).isEmpty();
            assertThat(runs("--pipeline", "other")).isEmpty();
        }
        assertThat(rows("test.slow")).isEqualTo(1);
    }

    @Test
    void aCallWaitsForTheEndOfAnotherOneThatHasTheHomeForItself() throws Exception {
        Terminal.Call first = terminal().begin("run", "source", "slow");
        assertThat(asked.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(terminal().home().gateway()).doesNotExist();

        Terminal.Call second = terminal().begin("run", "source", "slow");
        await().atMost(PATIENCE).until(() -> !second.err().isEmpty());
        assertThat(second.err())
                .contains("another call is busy in " + terminal().home().root());
        answering.countDown();

        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(second.exitCode()).as(second.err()).isZero();
        assertThat(rows("test.slow")).isEqualTo(2);
    }

    @Test
    void aRunThatItsCallWasStoppedInIsNeitherLostNorDoubled() throws Exception {
        Terminal.Call stopped = terminal().begin("run", "source", "slow");
        assertThat(asked.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        stopped.interrupt();
        assertThat(stopped.exitCode()).isEqualTo(1);
        assertThat(stopped.err().lines()).singleElement().asString().startsWith("Stopped. ");

        Terminal.Call next = terminal().begin("run", "source", "slow");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(next.err()).contains("First to its end: run "));
        answering.countDown();
        assertThat(next.exitCode()).as(next.err()).isZero();
        assertThat(rows("test.slow")).isEqualTo(2);
        assertThat(runs("--state", "succeeded")).hasSize(2);
    }

    @Test
    void aLogOfMoreLinesThanOnePageIsShownWhole() throws Exception {
        Path many = Files.createDirectory(folder.resolve("pipelines/many"));
        for (int file = 0; file < FILES; file++) {
            Files.writeString(many.resolve(file + ".csv"), "n\n" + file + "\n");
        }
        Files.writeString(folder.resolve("pipelines/files.yaml"), """
                version: 1
                name: files
                source: {type: files, folder: many}
                endpoints:
                  numbers:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: test.numbers, write: replace}
                    schema: [{name: n, type: INTEGER, mode: REQUIRED}]
                """);
        try (Terminal.Services _ = terminal().services()) {
            Terminal.Call run = terminal().call("run", "files", "--json");
            assertThat(run.exitCode()).as(run.err()).isZero();
            String id = read(run, Answers.Batch.class).runs().getFirst().id();

            Answers.Log log = read(terminal().call("log", id, "--json"), Answers.Log.class);
            assertThat(log.lines()).hasSizeGreaterThan(FILES).doesNotHaveDuplicates();
            assertThat(terminal().call("log", id).out().lines())
                    .hasSize(log.lines().size());
        }
    }

    @Test
    void rejectsAreCountedAndAsManyShownAsAsked() throws Exception {
        int wrong = 1_234;
        Files.writeString(
                folder.resolve("pipelines/numbers.csv"),
                IntStream.rangeClosed(1, wrong)
                        .mapToObj(n -> "x" + n)
                        .collect(Collectors.joining("\n", "n\n1\n", "\n")));
        Files.writeString(folder.resolve("pipelines/files.yaml"), """
                version: 1
                name: files
                source: {type: files, folder: .}
                endpoints:
                  numbers:
                    files: {pattern: numbers.csv, format: {type: csv}}
                    destination: {table: test.numbers, write: replace}
                    rejects: {maxShare: 1}
                    schema: [{name: n, type: INTEGER, mode: REQUIRED}]
                """);
        try (Terminal.Services _ = terminal().services()) {
            Terminal.Call run = terminal().call("run", "files", "--json");
            assertThat(run.exitCode()).as(run.err()).isZero();
            String id = read(run, Answers.Batch.class).runs().getFirst().id();

            assertThat(terminal().call("rejects", id).out()).startsWith(wrong + " rejected, 20 shown");
            assertThat(terminal().call("rejects", id, "--limit", "5000").out())
                    .startsWith(wrong + " rejected, " + wrong + " shown")
                    .contains("'x1'", "'x" + wrong + "'");
            Answers.Rejects some =
                    read(terminal().call("rejects", id, "--limit", "1100", "--json"), Answers.Rejects.class);
            assertThat(some.total()).isEqualTo(wrong);
            assertThat(some.rejects()).hasSize(1_100).doesNotHaveDuplicates();
        }
    }
}
