package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.millrace.standalone.client.Run;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * R1.7 no secret ever appears in a log, an error, the database or a response. Markers stand in every place that takes a
 * secret, a server repeats them in every way in which it can fail, and then everything that was written is searched.
 * What a source puts into its records is data, and handed on as it is; so no record here holds a marker.
 */
@Timeout(120)
class SecretsTest {
    private static final Map<String, String> MARKERS = Stream.of(
                    "url", "path", "query", "header", "more", "body", "key", "user", "word", "id", "scope", "granted",
                    "refresh", "next")
            .collect(Collectors.toMap(
                    place -> place,
                    place -> "mk" + place + UUID.randomUUID().toString().replace("-", "")));

    private static final List<String> PLAIN = List.of(
            "loaded",
            "failing_once",
            "refused",
            "refused_in_json",
            "unauthorized",
            "forbidden",
            "broken",
            "unavailable",
            "limited",
            "limited_oddly",
            "elsewhere",
            "around",
            "nowhere",
            "refused_there",
            "html",
            "malformed",
            "malformed_at_once",
            "without_records",
            "records_of_a_kind",
            "of_a_charset",
            "of_an_encoding",
            "damaged",
            "cut_off",
            "silent",
            "linked",
            "linked_nowhere",
            "paged",
            "paged_in_circles",
            "paged_oddly");

    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;
    private static EchoingServer server;
    private static final List<Run> RUNS = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        server = new EchoingServer(marker("granted"), marker("next"));
        millrace = new MillraceUnderTest(folder);
        log(Level.DEBUG);
        secrets("http://127.0.0.1:" + server.port() + "/" + marker("url"));
    }

    private static void log(Level level) {
        ((Logger) LoggerFactory.getLogger("dev.millrace")).setLevel(level);
    }

    private static String marker(String place) {
        return String.valueOf(MARKERS.get(place));
    }

    /** Each with characters that URLs, JSON and Base64 write in their own ways, where the place allows them. */
    private static void secrets(String url) throws IOException {
        Map<String, String> values = new LinkedHashMap<>(MARKERS);
        values.put("url", url);
        for (String place : List.of("query", "header", "body", "key", "word", "id", "refresh")) {
            values.put(place, marker(place) + "+/&\" '<>%" + marker(place));
        }
        millrace.secret("marks", ObjectMapper.getDefault().writeValueAsString(values));
    }

    @AfterAll
    static void nothingThatWasWrittenHoldsASecret() throws Exception {
        log(Level.INFO);
        hearEverything();
        millrace.close();
        server.close();
        assertThat(millrace.placesOf(EchoingServer.CONTROL))
                .contains("answers", "log", "database")
                .anyMatch(place -> place.startsWith("staging/archive/"));
        for (String marker : MARKERS.values()) {
            assertThat(millrace.placesOf(marker)).as(marker).isEmpty();
            for (String encoded : insideBase64(marker)) {
                assertThat(millrace.placesOf(encoded)).as(marker + " in Base64").isEmpty();
            }
        }
    }

    /** What Base64 makes of a text, wherever in the encoded one it stands. */
    private static List<String> insideBase64(String text) {
        return Stream.of("", "1", "12")
                .map(before -> Base64.getEncoder()
                        .encodeToString((before + text).getBytes(StandardCharsets.UTF_8))
                        .substring(4, (before.length() + text.length()) / 3 * 4))
                .toList();
    }

    /** Every answer that the API has about the runs, the streams of events included. */
    private static void hearEverything() throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            List<String> paths = new ArrayList<>(List.of("/runs?limit=1000", "/pipelines"));
            for (Run run : RUNS) {
                paths.add("/pipelines/" + run.pipeline());
                for (String part : List.of("", "/log", "/rejects", "/events")) {
                    paths.add("/runs/" + run.id() + part);
                }
            }
            for (String path : paths) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(millrace.url() + "/api/v1" + path))
                        .header("Authorization", "Bearer " + millrace.home().token())
                        .timeout(Duration.ofSeconds(10))
                        .build();
                HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(path).isEqualTo(200);
                millrace.heard(answer.body());
            }
        }
        for (Run run : RUNS.subList(0, PLAIN.size())) { // which prints what the API has said
            millrace.call("log", run.id());
        }
        millrace.call("runs", "--limit=1000", "--json");
        millrace.query("SELECT * FROM millrace.ledger");
    }

    static List<String> ways() {
        return List.of(
                "{type: none}",
                "{type: api-key, key: \"${secret:marks#key}\"}",
                "{type: api-key, in: query, name: key, key: \"${secret:marks#key}\"}",
                "{type: bearer, token: \"${secret:marks#key}\"}",
                "{type: basic, username: \"${secret:marks#user}\", password: \"${secret:marks#word}\"}",
                oauth("token"),
                refreshing("token_replaced"),
                session("login", "{type: cookies}"),
                session("login", "{type: token, token: data.token, prefix: \"Bearer \"}"));
    }

    private static String oauth(String path) {
        return "{type: oauth2-client-credentials, tokenUrl: \"${secret:marks#url}/" + path
                + "\", clientId: \"${secret:marks#id}\", clientSecret: \"${secret:marks#word}\","
                + " scope: \"${secret:marks#scope}\"}";
    }

    private static String refreshing(String path) {
        return "{type: oauth2-refresh-token, tokenUrl: \"${secret:marks#url}/" + path
                + "\", clientId: \"${secret:marks#id}\", refreshToken: \"${secret:marks#refresh}\"}";
    }

    private static String session(String path, String proof) {
        return "{type: session, login: {url: /" + path + ", form: {user: \"${secret:marks#user}\","
                + " password: \"${secret:marks#word}\"}}, proof: " + proof + "}";
    }

    private static List<Run> runs(String auth, String body, List<String> behaviours) throws Exception {
        StringBuilder file = new StringBuilder("""
                version: 1
                name: marked
                source:
                  type: rest
                  baseUrl: ${secret:marks#url}
                  auth: %s
                  headers: {x-marked: "${secret:marks#header}"}
                  retry: {statuses: [429, 503], attempts: 2, delay: 10ms}
                  timeout: 1s
                endpoints:
                """.formatted(auth));
        for (String behaviour : behaviours) {
            String more = switch (behaviour) {
                case "linked" -> "pagination: {type: link}";
                case "linked_nowhere" -> "pagination: {type: next-url, url: next}\nrecords: rows";
                case "paged", "paged_in_circles", "paged_oddly" ->
                    "pagination: {type: cursor, cursor: next, parameter: cursor}\nrecords: rows";
                case "without_records", "records_of_a_kind" -> "records: rows";
                default -> "";
            };
            file.append("""
                      %1$s:
                        request:
                          path: /%1$s/${secret:marks#path}
                          query: {q: "${secret:marks#query}"}
                          headers: {x-more: "${secret:marks#more}"}
                          %2$s
                        destination: {table: marked.%1$s, write: replace}
                        schema: [{name: id, type: INTEGER}]
                    """.formatted(behaviour, body));
            file.append(more.indent(4));
        }
        millrace.pipeline("marked", file.toString());
        List<Run> runs = millrace.runs("marked");
        RUNS.addAll(runs);
        return runs;
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("R1.7 credentials of each kind, in each failure")
    void noFailureTellsACredential(String auth) throws Exception {
        List<Run> runs = runs(auth, "", PLAIN);

        assertThat(runs)
                .filteredOn(run -> run.state() == Run.State.SUCCEEDED)
                .extracting(Run::endpoint)
                .containsExactlyInAnyOrder("loaded", "failing_once", "paged");
    }

    @Test
    @DisplayName("R1.7 secrets in a body")
    void noFailureTellsWhatABodyHolds() throws Exception {
        String body = "body: '{\"key\": \"${secret:marks#body}\", \"in\": {\"url\": \"u=${secret:marks#url}\"}}'";
        List<Run> runs = runs("{type: none}", body, PLAIN);

        assertThat(runs)
                .filteredOn(run -> run.state() == Run.State.SUCCEEDED)
                .extracting(Run::endpoint)
                .contains("loaded", "failing_once");
    }

    static List<String> refusingWays() {
        return List.of(
                oauth("token_refused"),
                oauth("token_malformed"),
                oauth("token_of_a_kind"),
                oauth("token_without"),
                oauth("around"),
                oauth("silent"),
                refreshing("token_refused"),
                refreshing("invalid_grant"),
                session("login_refused", "{type: cookies}"),
                session("login_without", "{type: cookies}"),
                session("login_without", "{type: token, token: data.token}"),
                session("malformed", "{type: token, token: data.token}"),
                session("silent", "{type: cookies}"));
    }

    @ParameterizedTest
    @MethodSource("refusingWays")
    @DisplayName("R1.7 what a token or a session is asked for with")
    void noRefusedLoginTellsACredential(String auth) throws Exception {
        assertThat(runs(auth, "", List.of("loaded"))).extracting(Run::state).containsExactly(Run.State.FAILED);
    }

    static List<String> addresses() throws IOException {
        return List.of(
                "https://127.0.0.1:" + server.port() + "/" + marker("url"),
                "http://" + marker("url") + ".invalid",
                "http://127.0.0.1:" + CommandLineTest.portThatNobodyListensOn() + "/" + marker("url"),
                "http://127.0.0.1:" + server.port() + "/" + marker("url") + "?key=" + marker("url"),
                "ftp://" + marker("url"),
                marker("url"));
    }

    @ParameterizedTest
    @MethodSource("addresses")
    @DisplayName("R1.7 addresses that lead nowhere, TLS among them")
    void noAddressIsTold(String url) throws Exception {
        secrets(url);
        for (String auth : List.of("{type: bearer, token: \"${secret:marks#key}\"}", oauth("token"))) {
            assertThat(runs(auth, "", List.of("loaded"))).extracting(Run::state).containsExactly(Run.State.FAILED);
        }
        secrets("http://127.0.0.1:" + server.port() + "/" + marker("url"));
    }
}
