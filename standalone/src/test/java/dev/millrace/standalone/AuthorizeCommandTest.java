package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.standalone.client.Run;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command line with an authorization server, and a browser that agrees at once. */
@Timeout(60)
class AuthorizeCommandTest {
    private static final String CALLBACK = "http://127.0.0.1/callback";

    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;
    private ScriptedApi api;
    private final List<Map<String, String>> asked = new CopyOnWriteArrayList<>();
    private final List<String> clients = new CopyOnWriteArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void start() throws IOException {
        api = new ScriptedApi();
        api.on("/authorize", this::authorize);
        api.on("/token", this::token);
        api.on("/rows", ScriptedApi.json("[{\"id\": 1}]"));
        millrace = new MillraceUnderTest(folder);
        pipeline("refreshToken: ${secret:books#REFRESH}\nauthorizeUrl: " + api.url() + "/authorize?access=offline");
    }

    @AfterEach
    void stop() {
        millrace.close();
        api.close();
    }

    private void pipeline(String auth) throws IOException {
        millrace.pipeline("books", """
                version: 1
                name: books
                source:
                  type: rest
                  baseUrl: %1$s
                  auth:
                    type: oauth2-refresh-token
                    tokenUrl: %1$s/token
                    clientId: millrace & co
                    clientSecret: ${secret:client}
                    scope: read offline
                    parameters: {audience: books}
                %2$s
                endpoints:
                  rows:
                    request: {path: /rows}
                    destination: {table: books.rows, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(api.url(), auth.indent(4)));
        millrace.secret("client", "marker-client");
    }

    private void authorize(HttpExchange exchange) throws IOException {
        Map<String, String> query = ScriptedApi.query(exchange);
        asked.add(query);
        exchange.getResponseHeaders()
                .set("Location", query.get("redirect_uri") + "?code=marker-code&state=" + query.get("state"));
        ScriptedApi.send(exchange, 302, "text/plain", "");
    }

    private void token(HttpExchange exchange) throws IOException {
        String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, String> fields = ScriptedApi.query(URI.create("/?" + form));
        clients.add(form);
        if ("refresh_token".equals(fields.get("grant_type"))) {
            assertThat(fields).containsEntry("refresh_token", "marker-granted");
        } else {
            assertThat(fields)
                    .containsEntry("grant_type", "authorization_code")
                    .containsEntry("code", "marker-code")
                    .containsEntry("redirect_uri", asked.getLast().get("redirect_uri"))
                    .containsEntry("audience", "books");
            assertThat(challenge(String.valueOf(fields.get("code_verifier"))))
                    .isEqualTo(asked.getLast().get("code_challenge"));
        }
        assertThat(fields).containsEntry("client_id", "millrace & co").containsEntry("client_secret", "marker-client");
        ScriptedApi.send(
                exchange,
                200,
                "application/json",
                "{\"access_token\": \"marker-access\", \"refresh_token\": \"marker-granted\"}");
    }

    private static String challenge(String verifier) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(
                            MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private CompletableFuture<Integer> call(String... options) {
        List<String> all = new ArrayList<>(List.of("authorize", "books"));
        all.addAll(List.of(options));
        CommandLine commandLine =
                Main.commandLine(new CommandEnvironment(millrace.home(), folder, Terminal.ROOT, false));
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return CompletableFuture.supplyAsync(() -> commandLine.execute(all.toArray(String[]::new)));
    }

    private URI printed(CompletableFuture<Integer> called) {
        while (!out.toString().contains("state=") && !called.isDone()) {
            Thread.onSpinWait();
        }
        assertThat(out.toString()).as(err.toString()).contains("state=");
        return URI.create(out.toString()
                .lines()
                .filter(line -> line.startsWith("http"))
                .findFirst()
                .orElseThrow());
    }

    private static HttpResponse<String> open(URI url) throws Exception {
        try (HttpClient browser = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .build()) {
            return browser.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void aTokenThatAUserGrantsIsInTheSecretAndThePipelineRunsWithIt() throws Exception {
        millrace.secret("books", "{\"OTHER\": \"marker-other\", \"REFRESH\": \"marker-old\"}");
        CompletableFuture<Integer> called = call();

        assertThat(open(printed(called)).body()).contains("You can close this window");

        assertThat(called.get()).as(err.toString()).isZero();
        assertThat(asked)
                .singleElement()
                .satisfies(query -> assertThat(query)
                        .containsEntry("access", "offline")
                        .containsEntry("response_type", "code")
                        .containsEntry("client_id", "millrace & co")
                        .containsEntry("scope", "read offline")
                        .containsEntry("code_challenge_method", "S256"))
                .satisfies(query ->
                        assertThat(query.get("redirect_uri")).matches("http://127\\.0\\.0\\.1:[0-9]+/callback"));
        Path secret = folder.resolve("home/secrets/books");
        assertThat(Files.readString(secret)).isEqualTo("{\"OTHER\":\"marker-other\",\"REFRESH\":\"marker-granted\"}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
                .isEqualTo("rw-------");
        assertThat(out + "" + err)
                .doesNotContain("marker-")
                .contains("The refresh token is in secret books, field REFRESH");
        assertThat(millrace.run("books").state()).isEqualTo(Run.State.SUCCEEDED);
    }

    @Test
    void aSecretThatIsKeptElsewhereGoesIntoAFileOfItsOwnersOnly() throws Exception {
        pipeline("refreshToken: ${secret:books}\nauthorizeUrl: " + api.url() + "/authorize");
        Path file = folder.resolve("token.txt");
        CompletableFuture<Integer> called = call("--into", file.toString(), "--redirect", "http://localhost/");
        HttpResponse<String> _ = open(printed(called));

        assertThat(called.get()).as(err.toString()).isZero();
        assertThat(asked.getLast().get("redirect_uri")).matches("http://localhost:[0-9]+/");
        assertThat(Files.readString(file)).isEqualTo("marker-granted");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(folder.resolve("home/secrets/books")).doesNotExist();
        assertThat(out + "" + err).doesNotContain("marker-");
    }

    @Test
    void whoDoesntKnowTheRequestGetsNothingIn() throws Exception {
        CompletableFuture<Integer> called = call();
        URI page = printed(called);
        Map<String, String> query = ScriptedApi.query(page);
        for (String answer : List.of("?code=other", "?code=other&state=", "?code=other&state=guessed%20")) {
            assertThat(open(URI.create(query.get("redirect_uri") + answer)).statusCode())
                    .isEqualTo(400);
        }
        assertThat(called).isNotDone();
        assertThat(open(page).statusCode()).isEqualTo(200);
        assertThat(called.get()).isZero();
    }

    @Test
    void aUserWhoDoesntAgreeEndsTheCallWithWhatTheApiSays() throws Exception {
        CompletableFuture<Integer> called = call();
        Map<String, String> query = ScriptedApi.query(printed(called));
        assertThat(open(URI.create(query.get("redirect_uri") + "?error=access_denied&error_description=not+today&state="
                                + query.get("state")))
                        .body())
                .startsWith("Nothing was granted.");

        assertThat(called.get()).isEqualTo(1);
        assertThat(err.toString()).contains("nothing was granted: access_denied, not today");
        assertThat(folder.resolve("home/secrets/books")).doesNotExist();
    }

    @Test
    void aCodeThatIsRefusedOrBringsNoRefreshTokenIsAnErrorWithoutSecrets() throws Exception {
        Map<String, String> expected = Map.of(
                "{\"error\": \"invalid_client\", \"error_description\": \"marker-client, marker-code\"}",
                ": 400: invalid_client, ***, ***",
                "marker-client",
                ": 400");
        for (Map.Entry<String, String> each : expected.entrySet()) {
            api.on("/token", ScriptedApi.error(400, "application/json", each.getKey()));
            assertFails(each.getValue());
        }
        api.on("/token", ScriptedApi.json("{\"access_token\": \"marker-access\"}"));
        assertFails(": the answer has no refresh_token");
        api.on("/token", ScriptedApi.json("marker-access"));
        assertFails(": the answer has no refresh_token");
    }

    private void assertFails(String why) throws Exception {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CompletableFuture<Integer> called = call();
        HttpResponse<String> _ = open(printed(called));
        assertThat(called.get()).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("POST " + api.url() + "/token" + why)
                .doesNotContain("marker-");
    }

    @Test
    void aWrongCallSaysWhatWasExpected() throws Exception {
        assertRefused(
                "--redirect: 'https://millrace.example.com/' (expected: a URL of this machine",
                "--redirect",
                "https://millrace.example.com/");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertRefused(
                    "--redirect: can't listen at ",
                    "--redirect",
                    CALLBACK.replace("1/", "1:" + taken.getLocalPort() + "/"));
        }
        pipeline("refreshToken: ${secret:books}");
        assertRefused("source.auth has no authorizeUrl");
        pipeline("refreshToken: ${secret:books@3}\nauthorizeUrl: https://login.example/authorize");
        assertRefused("expected: one reference alone, without project and version");
        Files.delete(folder.resolve("pipelines/books.yaml"));
        assertRefused("there is no pipeline 'books' (expected: a file books.yaml or books/pipeline.yaml in ");
    }

    private void assertRefused(String why, String... options) throws Exception {
        err.getBuffer().setLength(0);
        assertThat(call(options).get()).isEqualTo(2);
        assertThat(Objects.requireNonNull(err).toString()).contains(why);
    }
}
