package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Settings;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command line with a gateway elsewhere, as the pods of a schedule call it. */
class RemoteGatewayTest {
    @TempDir
    private Path folder;

    @TempDir
    private static Path elsewhere;

    private static Home there;
    private static Home.Lock lock;
    private static OneProcess gateway;

    @BeforeAll
    static void start() {
        there = Home.of(elsewhere.resolve("there").toString());
        lock = there.lock().orElseThrow();
        gateway = OneProcess.start(new Settings(there, List.of(Terminal.ROOT.resolve("pipelines")), 0, false, null));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        lock.close();
    }

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void runsThereAndStartsNothingTwiceWithOneKey() throws Exception {
        String[] call = {
            "run",
            "hiring",
            "departments",
            "--json",
            "--idempotency-key=one-job",
            "--gateway=" + gateway.gateway(),
            "--token-file=" + there.root().resolve("token")
        };

        assertThat(call(call)).as(err.toString()).isZero();
        Answers.Batch first = batch();
        assertThat(call(call)).as(err.toString()).isZero();

        assertThat(batch().batch()).isEqualTo(first.batch());
        assertThat(first.runs())
                .singleElement()
                .satisfies(run -> assertThat(run.rowsLoaded()).isEqualTo(12));
        assertThat(folder.resolve("here/warehouse.duckdb")).doesNotExist();
    }

    @Test
    void usersAndTokensAreMadeAndDoWhatTheirRoleSays() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "correct horse battery\n");
        String[] admin = {
            "--gateway=" + gateway.gateway(), "--token-file=" + there.root().resolve("token")
        };

        assertThat(call(admin, "users", "add", "anna", "--role=viewer", "--password-file=" + password))
                .as(err.toString())
                .isZero();
        assertThat(said()).containsPattern("anna +viewer +20[0-9-]+ +api-token");
        assertThat(call(admin, "users", "change", "anna", "--role=operator", "--disable"))
                .isZero();
        assertThat(said()).containsPattern("anna +disabled operator");
        assertThat(call(admin, "users", "change", "anna")).isEqualTo(2);
        assertThat(err.toString()).contains("nothing to change");
        assertThat(call(admin, "users", "add", "anna", "--role=owner", "--password-file=" + password))
                .isEqualTo(2);
        assertThat(err.toString()).contains("expected: viewer, operator or admin");
        said();
        assertThat(call(admin, "tokens", "create", "nightly", "--role=viewer", "--pipelines=hiring", "--days=90"))
                .isZero();
        Path token = Files.writeString(folder.resolve("nightly"), said());
        assertThat(call("runs", "--gateway=" + gateway.gateway(), "--token-file=" + token))
                .isZero();
        assertThat(call("run", "hiring", "jobs", "--gateway=" + gateway.gateway(), "--token-file=" + token))
                .isEqualTo(2);
        assertThat(err.toString()).contains("the role operator is missing: nightly has the role viewer");
        said();
        assertThat(call(admin, "tokens", "list")).isZero();
        assertThat(said()).containsPattern("nightly +viewer +hiring +20[0-9T:Z-]+ +20[0-9T:Z-]+ +api-token");
        assertThat(call(admin, "tokens", "revoke", "nightly")).isZero();
        assertThat(call(admin, "users", "remove", "anna")).isZero();
        said();
        assertThat(call(admin, "audit", "--limit=20")).isZero();
        assertThat(said())
                .containsPattern("api-token +204 +DELETE /api/v1/users/anna")
                .containsPattern("nightly +403 +POST /api/v1/pipelines/hiring/runs")
                .containsPattern("api-token +201 +POST /api/v1/tokens +token nightly, role viewer, pipelines hiring")
                .doesNotContain("correct horse");
    }

    private int call(String[] admin, String... arguments) {
        return call(
                Stream.concat(Arrays.stream(arguments), Arrays.stream(admin)).toArray(String[]::new));
    }

    /** Since it was last asked for. */
    private String said() {
        String said = out.toString();
        out.getBuffer().setLength(0);
        return said;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            runs --gateway=http://127.0.0.1:1                        | wants a token
            runs --gateway=localhost:8080                            | expected: a URL such as
            runs --gateway=http://127.0.0.1:1/millrace               | has a path
            runs --token-file=there                                  | --gateway beside it
            runs --gateway=http://127.0.0.1:1 --token-file=nowhere   | can't be read
            """)
    void saysWhatACallOfAGatewayElsewhereLacks(String arguments, String said) {
        assertThat(call(arguments.split(" +"))).isEqualTo(2);
        assertThat(err.toString()).contains(said);
    }

    @Test
    void aGatewayThatIsNotThereEndsWithThree() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "t".repeat(40));

        assertThat(call("runs", "--gateway=http://127.0.0.1:1", "--token-file=" + token))
                .isEqualTo(3);
        assertThat(err.toString()).contains("can't be reached").doesNotContain("DNS");
    }

    @Test
    void aGatewayWhoseNameNobodyKnowsIsSaidToBeDnssDoing() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "t".repeat(40));

        assertThat(call("runs", "--gateway=http://nowhere.invalid", "--token-file=" + token))
                .isEqualTo(3);
        assertThat(err.toString())
                .contains("http://nowhere.invalid/ can't be reached: DNS doesn't know the host's name");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            500 |
            502 | <html>Bad Gateway</html>
            503 | {}
            503 | {"status": 503, "code": "SERVICE_UNAVAILABLE", "title": "no", "type": "about:blank", "detail": "later"}
            """)
    void aGatewayThatIsNotReadyEndsWithThree(int status, @Nullable String body) throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "t".repeat(40));
        HttpServer proxy = proxy(exchange -> answer(exchange, status, body == null ? "" : body));
        try {
            assertThat(call("runs", "--gateway=" + url(proxy), "--token-file=" + token))
                    .isEqualTo(3);
            assertThat(err.toString()).contains("answered with " + status);
        } finally {
            proxy.stop(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--json"})
    void aRunIsWaitedForThroughAProxyThatLosesTheGatewayNowAndThen(String output) throws Exception {
        AtomicInteger looks = new AtomicInteger();
        try (HttpClient onwards = HttpClient.newHttpClient()) {
            HttpServer proxy = proxy(exchange -> {
                if (exchange.getRequestMethod().equals("GET") && looks.getAndIncrement() % 2 == 0) {
                    answer(exchange, 502, "");
                } else {
                    HttpResponse<String> answer = forward(exchange, gateway.gateway(), onwards);
                    answer(exchange, answer.statusCode(), answer.body());
                }
            });
            try {
                assertThat(call(Stream.of(
                                        "run",
                                        "hiring",
                                        "departments",
                                        "--gateway=" + url(proxy),
                                        "--token-file=" + there.root().resolve("token"),
                                        output)
                                .filter(word -> !word.isEmpty())
                                .toArray(String[]::new)))
                        .as(err.toString())
                        .isZero();
            } finally {
                proxy.stop(0);
            }
        }
        assertThat(looks).hasValueGreaterThan(1);
    }

    private static HttpServer proxy(HttpHandler handler) throws IOException {
        HttpServer proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.createContext("/", handler);
        proxy.start();
        return proxy;
    }

    private static String url(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static HttpResponse<String> forward(HttpExchange exchange, URI gateway, HttpClient onwards)
            throws IOException {
        HttpRequest request = HttpRequest.newBuilder(gateway.resolve(exchange.getRequestURI()))
                .method(
                        exchange.getRequestMethod(),
                        HttpRequest.BodyPublishers.ofByteArray(
                                exchange.getRequestBody().readAllBytes()))
                .header("Authorization", exchange.getRequestHeaders().getFirst("Authorization"))
                .header("Content-Type", "application/json")
                .build();
        try {
            return onwards.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private Answers.Batch batch() throws Exception {
        return ObjectMapper.getDefault().readValue(out.toString(), Argument.of(Answers.Batch.class));
    }

    private int call(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Home here = Home.of(folder.resolve("here").toString());
        CommandLine commandLine = Main.commandLine(new CommandEnvironment(here, folder, Terminal.ROOT, false));
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
