package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.staging.Reject;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What sources do wrong. Each run ends at once with one reason that names the thing, and the table is as it was; the
 * end of the class looks for the secret everywhere.
 */
@Timeout(30)
class BadInputTest {
    /** In every credential here; servers repeat it in their errors. */
    private static final String MARKER = "marker" + UUID.randomUUID().toString().replace("-", "");

    /** Repeated by servers like the marker, and to be found: else the search would prove nothing. */
    private static final String CONTROL =
            "control" + UUID.randomUUID().toString().replace("-", "");

    private static final List<List<@Nullable String>> BEFORE = List.of(List.of("1", "name 1"), List.of("2", "name 2"));
    private static final CountDownLatch END = new CountDownLatch(1);

    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;
    private static ScriptedApi api;

    @BeforeAll
    static void start() throws Exception {
        api = new ScriptedApi();
        millrace = new MillraceUnderTest(folder);
        loaded("steady", "");
    }

    @AfterAll
    static void noSecretIsAnywhere() throws IOException {
        END.countDown();
        millrace.close();
        api.close();
        assertThat(millrace.placesOf(CONTROL)).contains("answers", "log").anyMatch(place -> place.startsWith("runs."));
        assertThat(millrace.placesOf(MARKER)).isEmpty();
        assertThat(millrace.placesOf(base64("robot:" + MARKER))).isEmpty();
        assertThat(millrace.placesOf(base64(MARKER).substring(0, 32))).isEmpty();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A pipeline with one endpoint, whose table holds {@link #BEFORE}. */
    private static void loaded(String name, String more) throws Exception {
        api.on("/" + name, ScriptedApi.json(ScriptedApi.records(1, 2)));
        secret(name, api.url(), MARKER);
        millrace.pipeline(name, pipeline(name, more));
        Run run = millrace.run(name);
        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        assertThat(table(name)).isEqualTo(BEFORE);
    }

    private static void secret(String name, String url, String token) {
        millrace.secret(name, "{\"URL\": \"" + url + "\", \"TOKEN\": \"" + token + "\"}");
    }

    private static String pipeline(String name, String more) {
        return """
                version: 1
                name: %1$s
                source:
                  type: rest
                  baseUrl: ${secret:%1$s#URL}
                  auth: {type: bearer, token: "${secret:%1$s#TOKEN}"}
                  retry: {statuses: [429, 502, 503, 504], attempts: 2, delay: 10ms}
                  timeout: 300ms
                endpoints:
                  things:
                    request: {path: /%1$s}
                    destination: {table: bad.%1$s, write: replace}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: name, type: STRING}
                %2$s
                """.formatted(name, more.indent(4));
    }

    private static List<List<@Nullable String>> table(String name) throws InterruptedException {
        return millrace.query("SELECT * FROM bad." + name + " ORDER BY 1");
    }

    private static void assertFailed(Run run, String code, String... detail) throws InterruptedException {
        assertThat(run.state()).isEqualTo(Run.State.FAILED);
        assertThat(run.error()).isNotNull();
        assertThat(run.error().code()).as(run.error().detail()).isEqualTo(code);
        assertThat(run.error().detail()).contains(detail);
        List<String> errors = millrace.log(run).stream()
                .filter(line -> line.startsWith("ERROR"))
                .toList();
        assertThat(errors).singleElement().asString().contains(run.error().detail());
    }

    static Stream<Arguments> failures() {
        String pages = "pagination: {type: page, batch: 10, total: total}\nrecords: items";
        return Stream.of(
                failure("wrong secret", "", echo(401), "SOURCE_UNAUTHORIZED", "/steady: 401: ", CONTROL),
                failure("forbidden", "", echo(403), "SOURCE_UNAUTHORIZED", "/steady: 403: "),
                failure("html", "", html(), "SOURCE_MALFORMED", "/steady: HTML or XML instead of JSON", CONTROL),
                failure("not json", "", ScriptedApi.json("all is well"), "SOURCE_MALFORMED", "/steady", "all is well"),
                failure("no body", "", ScriptedApi.json(""), "SOURCE_MALFORMED", "/steady"),
                failure(
                        "truncated",
                        "",
                        ScriptedApi.json("[{\"id\": 1, \"name\": \"on"),
                        "SOURCE_MALFORMED",
                        "/steady",
                        "attempt 2 of 2"),
                failure("lost", "", BadInputTest::hangUp, "SOURCE_UNAVAILABLE", "/steady", "the connection was lost"),
                failure("always 500", "", echo(500), "SOURCE_REFUSED", "/steady: 500: "),
                failure("always 503", "", echo(503), "SOURCE_UNAVAILABLE", "/steady: 503: ", "attempt 2 of 2"),
                failure("silent", "", _ -> await(), "SOURCE_UNAVAILABLE", "/steady", "within 300 ms"),
                failure("stalling", "", BadInputTest::stall, "SOURCE_UNAVAILABLE", "/steady", "within 300 ms"),
                failure("empty", "", ScriptedApi.json("[]"), "EMPTY_REPLACE", "bad.steady"),
                failure(
                        "malformed record",
                        "",
                        ScriptedApi.json("[{\"id\": 1}, {\"id\": 2, \"name\": nobody}, {\"id\": 3}]"),
                        "REJECTS_ABOVE_LIMIT",
                        "1 of 3"),
                failure(
                        "duplicate keys",
                        "",
                        ScriptedApi.json("[{\"id\": 1, \"name\": \"one\", \"id\": 2}]"),
                        "REJECTS_ABOVE_LIMIT",
                        "1 of 1"),
                failure(
                        "no records",
                        "records: data.items",
                        ScriptedApi.json("{\"data\": {\"rows\": []}}"),
                        "SOURCE_MALFORMED",
                        "data.items",
                        "rows"),
                failure(
                        "other total",
                        pages,
                        exchange -> ScriptedApi.json("{\"total\": 7, \"items\": "
                                        + (ScriptedApi.parameter(exchange, "page") == 1
                                                ? ScriptedApi.records(1, 5)
                                                : "[]")
                                        + "}")
                                .to(exchange),
                        "SOURCE_INCONSISTENT",
                        "declares 7 records in 'total'",
                        "5"),
                failure(
                        "repeating",
                        pages,
                        ScriptedApi.json("{\"total\": 100, \"items\": " + ScriptedApi.records(1, 10) + "}"),
                        "SOURCE_INCONSISTENT",
                        "page 2 repeats page 1",
                        "'page'"));
    }

    private static Arguments failure(
            String name, String more, ScriptedApi.Answer answer, String code, String... detail) {
        return arguments(name, more, answer, code, detail);
    }

    /** Repeats the credentials in the error, as some servers do. */
    private static ScriptedApi.Answer echo(int status) {
        return exchange ->
                ScriptedApi.send(exchange, status, "text/plain", CONTROL + " you sent " + authorization(exchange));
    }

    private static ScriptedApi.Answer html() {
        return exchange -> ScriptedApi.send(
                exchange, 200, "text/html", "<p>" + CONTROL + "</p> Log in: " + authorization(exchange));
    }

    private static String authorization(HttpExchange exchange) {
        return exchange.getRequestHeaders().getFirst("Authorization");
    }

    private static void hangUp(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 1000);
        exchange.getResponseBody().write("[{\"id\": 1".getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
        exchange.close();
    }

    private static void stall(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write("[{\"id\": 1".getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
        await();
    }

    private static void await() {
        try {
            END.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest(name = "{0}: {3}")
    @MethodSource("failures")
    void aRunFailsWithOneReasonAndTheTableIsAsItWas(
            String name, String more, ScriptedApi.Answer answer, String code, String... detail) throws Exception {
        secret("steady", api.url(), MARKER);
        millrace.pipeline("steady", pipeline("steady", more));
        api.on("/steady", answer);

        assertFailed(millrace.run("steady"), code, detail);
        assertThat(table("steady")).isEqualTo(BEFORE);
    }

    @Test
    void aHostThatRefusesIsNamedByItsReferenceOnly() throws Exception {
        loaded("refusing", "");
        secret("refusing", "http://127.0.0.1:" + CommandLineTest.portThatNobodyListensOn() + "/" + MARKER, MARKER);

        assertFailed(
                millrace.run("refusing"),
                "SOURCE_UNAVAILABLE",
                "${secret:refusing#URL}/refusing",
                "can't connect",
                "attempt 2 of 2");
        assertThat(table("refusing")).isEqualTo(BEFORE);
    }

    @Test
    void anUnknownHostIsNamedByItsReferenceOnly() throws Exception {
        loaded("nowhere", "");
        secret("nowhere", "http://" + MARKER + ".invalid", MARKER);

        assertFailed(
                millrace.run("nowhere"), "SOURCE_UNAVAILABLE", "${secret:nowhere#URL}/nowhere", "the host is unknown");
        assertThat(table("nowhere")).isEqualTo(BEFORE);
    }

    @Test
    void aMissingSecretOrFieldIsNamed() throws Exception {
        loaded("forgotten", "");
        Files.delete(millrace.home().root().resolve("secrets/forgotten"));
        assertFailed(millrace.run("forgotten"), "SECRET_MISSING", "no secret 'forgotten'", "MILLRACE_SECRET_forgotten");

        millrace.secret("forgotten", "{\"URL\": \"" + api.url() + "\", \"TOKENS\": \"" + MARKER + "\"}");
        assertFailed(millrace.run("forgotten"), "SECRET_MISSING", "secret 'forgotten' has no field 'TOKEN'");

        millrace.secret("forgotten", MARKER);
        assertFailed(millrace.run("forgotten"), "SECRET_MISSING", "secret 'forgotten' is no JSON object");
        assertThat(table("forgotten")).isEqualTo(BEFORE);
    }

    /** Values that the JDK refuses to send, with exceptions that quote them. */
    static Stream<Arguments> unusable() {
        String header = "header 'Authorization'";
        String url = "baseUrl ${secret:steady#URL}";
        return Stream.of(
                arguments("a line break in a token", "{'URL': '%1$s', 'TOKEN': '%2$s\\nX-Admin: yes'}", header),
                arguments("a carriage return in a token", "{'URL': '%1$s', 'TOKEN': '%2$s\\r'}", header),
                arguments("a NUL in a token", "{'URL': '%1$s', 'TOKEN': '%2$s\\u0000'}", header),
                arguments("an emoji in a token", "{'URL': '%1$s', 'TOKEN': '%2$s\uD83D\uDE00'}", header),
                arguments("a space in a URL", "{'URL': '%1$s/%2$s and', 'TOKEN': '%2$s'}", url),
                arguments("a line break in a URL", "{'URL': '%1$s/%2$s\\nand', 'TOKEN': '%2$s'}", url),
                arguments("a brace in a URL", "{'URL': '%1$s/{%2$s}', 'TOKEN': '%2$s'}", url),
                arguments("a broken escape in a URL", "{'URL': '%1$s/%2$s%%zz', 'TOKEN': '%2$s'}", url),
                arguments("a port that no host has", "{'URL': 'http://%2$s.invalid:99999', 'TOKEN': '%2$s'}", url),
                arguments("another scheme", "{'URL': 'gopher://%2$s.invalid', 'TOKEN': '%2$s'}", url),
                arguments("a host that is no name", "{'URL': 'http://a_%2$s', 'TOKEN': '%2$s'}", url),
                arguments("no URL", "{'URL': '%2$s', 'TOKEN': '%2$s'}", url),
                arguments("a user in a URL", "{'URL': 'http://robot:%2$s@127.0.0.1', 'TOKEN': '%2$s'}", url),
                arguments("a query in a URL", "{'URL': '%1$s/?key=%2$s', 'TOKEN': '%2$s'}", url));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unusable")
    void aSecretThatCannotBeSentIsNamedNotQuoted(String name, String secret, String detail) throws Exception {
        millrace.pipeline("steady", pipeline("steady", ""));
        millrace.secret("steady", secret.replace('\'', '"').formatted(api.url(), MARKER));

        assertFailed(millrace.run("steady"), "PIPELINE_INVALID", detail);
        assertThat(table("steady")).isEqualTo(BEFORE);
    }

    /** Each way of writing them is one that some server uses in its errors. */
    @Test
    void aSecretIsNotRepeatedInAnotherNotation() throws Exception {
        String secret = MARKER + " +/&<\"\\é\uD83D\uDE00 " + MARKER;
        millrace.secret("notations", secret);
        millrace.pipeline(
                "notations",
                pipeline("notations", "")
                        .replace("${secret:notations#URL}", api.url())
                        .replaceFirst("auth: .*", "auth: {type: none}")
                        .replace("path: /notations", "path: /notations, query: {key: \"${secret:notations}\"}"));
        List<ScriptedApi.Answer> errors = List.of(
                exchange -> refuse(exchange, exchange.getRequestURI().getRawQuery()),
                exchange ->
                        refuse(exchange, exchange.getRequestURI().getRawQuery().toLowerCase(Locale.ROOT)),
                exchange -> refuse(exchange, exchange.getRequestURI().getQuery()),
                exchange -> refuse(exchange, URLEncoder.encode(secret, StandardCharsets.UTF_8)),
                exchange -> refuse(exchange, ObjectMapper.getDefault().writeValueAsString(Map.of("key", secret))),
                exchange -> refuse(
                        exchange, MARKER + " \\u002B\\/\\u0026\\u003c\\u0022\\u005c\\u00e9\\ud83d\\ude00 " + MARKER),
                exchange -> refuse(exchange, MARKER + " +/&amp;&lt;&quot;\\&#233;&#x1F600; " + MARKER),
                exchange -> refuse(exchange, base64(secret)));
        for (ScriptedApi.Answer error : errors) {
            api.on("/notations", error);

            assertFailed(millrace.run("notations"), "SOURCE_REFUSED", "***");
        }
    }

    private static void refuse(HttpExchange exchange, String quoted) throws IOException {
        ScriptedApi.send(exchange, 400, "text/plain", "key: " + quoted);
    }

    @Test
    void basicCredentialsAreNotRepeated() throws Exception {
        api.on("/basic", echo(401));
        millrace.secret("basic", MARKER);
        millrace.pipeline(
                "basic",
                pipeline("basic", "")
                        .replace("${secret:basic#URL}", api.url())
                        .replaceFirst(
                                "auth: .*", "auth: {type: basic, username: robot, password: \"\\${secret:basic}\"}"));

        assertFailed(millrace.run("basic"), "SOURCE_UNAUTHORIZED", "you sent Basic ***");
    }

    @Test
    void aTokenServerThatRepeatsTheClientSecretIsQuotedWithoutIt() throws Exception {
        api.on("/oauth", ScriptedApi.json("[]"));
        api.on("/oauth/token", exchange -> {
            String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            ScriptedApi.send(exchange, 400, "text/plain", CONTROL + " you sent " + form);
        });
        secret("oauth", api.url(), MARKER);
        millrace.pipeline("oauth", withOAuth("oauth"));

        assertFailed(millrace.run("oauth"), "SOURCE_UNAUTHORIZED", "/oauth/token: 400: ", "client_secret=***");
    }

    @Test
    void aTokenThatLivesForEverIsUsed() throws Exception {
        api.on("/eternal", ScriptedApi.json(ScriptedApi.records(1, 2)));
        api.on(
                "/eternal/token",
                ScriptedApi.json("{\"access_token\": \"" + MARKER + "\", \"expires_in\": 9223372036854775807}"));
        secret("eternal", api.url(), MARKER);
        millrace.pipeline("eternal", withOAuth("eternal"));

        assertThat(millrace.run("eternal").rowsLoaded()).isEqualTo(2);
    }

    private static String withOAuth(String name) {
        return pipeline(name, "")
                .replaceFirst(
                        "auth: .*",
                        "auth: {type: oauth2-client-credentials, tokenUrl: \"\\${secret:%1$s#URL}/%1$s/token\","
                                        .formatted(name)
                                + " clientId: robot, clientSecret: \"\\${secret:%s#TOKEN}\"}".formatted(name));
    }

    @Test
    void zeroRecordsEmptyATableWhereThatIsAllowed() throws Exception {
        loaded("emptied", "");
        api.on("/emptied", ScriptedApi.json("[]"));
        millrace.pipeline("emptied", pipeline("emptied", "").replace("write: replace", "write: replace, empty: allow"));

        assertThat(millrace.run("emptied").state()).isEqualTo(Run.State.SUCCEEDED);
        assertThat(table("emptied")).isEmpty();
    }

    @Test
    void twoThousandColumnsAreLoaded() throws Exception {
        String record = IntStream.range(0, 2000)
                .mapToObj(i -> "\"c" + i + "\": " + i)
                .collect(Collectors.joining(",", "{", "}"));
        String schema = IntStream.range(0, 2000)
                .mapToObj(i -> "      - {name: c" + i + ", type: INTEGER}\n")
                .collect(Collectors.joining());
        api.on("/wide", ScriptedApi.json("[" + record + "," + record + "]"));
        secret("wide", api.url(), MARKER);
        millrace.pipeline("wide", pipeline("wide", "").replaceAll("(?s)schema:.*", "schema:\n" + schema));

        Run run = millrace.run("wide");

        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        assertThat(millrace.query("SELECT c0, c1999, count(*) FROM bad.wide GROUP BY ALL"))
                .containsExactly(List.of("0", "1999", "2"));
    }

    @Test
    void aPipelineFileWithAnEmojiInAColumnNameIsRefusedWithItsPlace() throws Exception {
        String broken = pipeline("emoji", "").replace("name: name", "name: \"n\uD83D\uDE00me\"");
        millrace.pipeline("emoji", broken);
        List<String> lines = broken.lines().toList();
        int line = IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).contains("\uD83D\uDE00"))
                .findFirst()
                .orElseThrow();

        MillraceUnderTest.Called called = millrace.call("run", "emoji");

        assertThat(called.exitCode()).isEqualTo(2);
        assertThat(called.err())
                .contains("PIPELINE_INVALID")
                .contains("emoji.yaml:" + (line + 1) + ":" + (lines.get(line).indexOf("\"n") + 1) + " ")
                .contains("endpoints.things.schema[1].name");
    }

    @Test
    void aBrokenPipelineFileStartsNothingAndOthersRunOn() throws Exception {
        loaded("whole", "");
        millrace.pipeline("broken", "version: 1\nname: broken\n  source: [\n");
        millrace.pipeline("twisted", pipeline("twisted", "").replace("type: INTEGER", "type: INTEGRE"));

        MillraceUnderTest.Called broken = millrace.call("run", "broken");
        assertThat(broken.exitCode()).isEqualTo(2);
        assertThat(broken.err()).contains("PIPELINE_INVALID", "broken.yaml:3:");
        MillraceUnderTest.Called twisted = millrace.call("run", "twisted");
        assertThat(twisted.exitCode()).isEqualTo(2);
        assertThat(twisted.err()).contains("twisted.yaml:", "INTEGRE", "INTEGER");
        assertThat(millrace.run("whole").state()).isEqualTo(Run.State.SUCCEEDED);
    }

    @Test
    void aRecordOf50MegabytesAmongGoodOnesIsOneReject() throws Exception {
        loaded("huge", "");
        api.on("/huge", BadInputTest::huge);
        millrace.pipeline("huge", pipeline("huge", "rejects: {maxShare: 0.5}").replace("300ms", "10s"));

        Run run = millrace.run("huge");

        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        assertThat(table("huge")).containsExactly(List.of("1", "first"), List.of("3", "last"));
        assertThat(millrace.rejects(run)).singleElement().satisfies(reject -> {
            assertThat(reject.row()).isEqualTo(2);
            assertThat(reject.reason()).contains(String.valueOf(Reject.RECORD_LIMIT));
            assertThat(reject.record())
                    .startsWith("{\"id\": 2, \"name\": \"xxx")
                    .hasSizeLessThanOrEqualTo(Reject.MAX_RECORD);
        });
    }

    private static void huge(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write("[{\"id\": 1, \"name\": \"first\"}, {\"id\": 2, \"name\": \"".getBytes(StandardCharsets.UTF_8));
            byte[] megabyte = "x".repeat(1_000_000).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 50; i++) {
                body.write(megabyte);
            }
            body.write("\"}, {\"id\": 3, \"name\": \"last\"}]".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void badRecordsAreRejectedAndGoodOnesLoadedWhereThatIsAllowed() throws Exception {
        loaded("mixed", "");
        api.on(
                "/mixed",
                ScriptedApi.json(
                        "[{\"id\": 1, \"name\": \"good\"}, {\"id\": 2, \"name\": nobody}, {\"id\": 3, \"id\": 4}, 5]"));
        millrace.pipeline("mixed", pipeline("mixed", "rejects: {maxShare: 0.75}"));

        Run run = millrace.run("mixed");

        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        assertThat(table("mixed")).containsExactly(List.of("1", "good"));
        assertThat(millrace.rejects(run)).extracting(Reject::row).containsExactly(2L, 3L, 4L);
        assertThat(millrace.rejects(run))
                .extracting(Reject::record)
                .containsExactly("{\"id\": 2, \"name\": nobody}", "{\"id\": 3, \"id\": 4}", "5");
    }

    @Test
    void aServerThatCapsItsPagesIsReadToTheEnd() throws Exception {
        api.on("/capped", ScriptedApi.pages(5_000, 100));
        secret("capped", api.url(), MARKER);
        millrace.pipeline("capped", pipeline("capped", "pagination: {type: page, batch: 1000}"));

        Run run = millrace.run("capped");

        assertThat(run.rowsLoaded()).as(String.valueOf(run.error())).isEqualTo(5_000);
        assertThat(millrace.query("SELECT count(DISTINCT id) FROM bad.capped")).containsExactly(List.of("5000"));
        assertThat(api.requests("/capped")).hasSize(52).allMatch(request -> request.contains("pageSize=1000"));
    }

    @Test
    void anAnswerWithoutContentWhereRecordsShouldBeFailsTheRun() throws Exception {
        loaded("no_content", "");
        api.on("/no_content", ScriptedApi.error(204, "text/plain", ""));
        for (String more : new String[] {"", "records: data.items"}) {
            millrace.pipeline("no_content", pipeline("no_content", more));

            assertFailed(millrace.run("no_content"), "SOURCE_MALFORMED", "/no_content", "204");
        }
        assertThat(table("no_content")).isEqualTo(BEFORE);
    }

    @Test
    void aTableWithOtherColumnsIsLeftAlone() throws Exception {
        loaded("other_columns", "");
        millrace.pipeline(
                "other_columns",
                pipeline("other_columns", "").replace("{name: name, type: STRING}", "{name: nick, type: STRING}"));

        assertFailed(millrace.run("other_columns"), "TABLE_MISMATCH", "bad.other_columns", "nick", "name");
        assertThat(table("other_columns")).isEqualTo(BEFORE);
    }
}
