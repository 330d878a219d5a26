package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.sample.SampleEvents;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of an event API as it ships, against its stand-in. */
@Timeout(60)
class EventsTest {
    private static final String DAY = "2026-01-31";
    private static final ObjectMapper JSON = ObjectMapper.getDefault();

    @TempDir
    private static Path folder;

    private static final AtomicReference<Instant> CLOCK = new AtomicReference<>(Instant.parse("2026-01-31T12:00:00Z"));

    private static MillraceUnderTest millrace;
    private static SampleEvents events;

    @BeforeAll
    static void start() throws Exception {
        events = new SampleEvents(CLOCK::get);
        millrace = new MillraceUnderTest(folder);
        millrace.example("events");
        millrace.example("events-lake");
        millrace.secret("event_api", events.credentials());
    }

    @AfterAll
    static void stop() {
        millrace.close();
        events.close();
    }

    @Test
    @DisplayName("R1.1, R1.2, R1.4, R1.5 all types of a day together, page after page, a 502 now and then")
    void allTypesOfADayAreLoadedTogether() throws Exception {
        List<Run> runs = millrace.runsOf(DAY, "events");

        assertThat(runs)
                .extracting(run -> run.endpoint() + " " + run.state())
                .containsExactlyInAnyOrder(
                        "balance_transaction SUCCEEDED",
                        "charge SUCCEEDED",
                        "customer SUCCEEDED",
                        "dispute SUCCEEDED",
                        "event SUCCEEDED",
                        "latest SUCCEEDED",
                        "refund SUCCEEDED");
        for (Run run : runs) {
            if (run.endpoint().equals("latest")) {
                continue; // it loads no days
            }
            assertThat(run.rowsLoaded()).as(run.endpoint()).isPositive().isEqualTo(run.rowsExtracted());
            assertThat(millrace.query("SELECT COUNT(*), COUNT(DISTINCT id) FROM " + run.table()
                            + " WHERE CAST(created AS DATE) = DATE '" + DAY + "'"))
                    .containsExactly(List.of(String.valueOf(run.rowsLoaded()), String.valueOf(run.rowsLoaded())));
        }
        assertThat(runs)
                .anySatisfy(run -> assertThat(millrace.log(run))
                        .anyMatch(line -> line.startsWith("WARN") && line.contains("/data: 502")));
    }

    @Test
    @DisplayName("R5.2 what is new since the last run, each once")
    void eventsAreLoadedAsTheyCome() throws Exception {
        loadLatest("2026-01-31T12:00:00Z");
        List<String> noon = latest();
        loadLatest("2026-01-31T18:00:00Z");
        List<String> evening = latest();

        assertThat(noon.getFirst()).startsWith("2026-01-29T00:");
        assertThat(noon.getLast()).startsWith("2026-01-31T11:");
        assertThat(evening).startsWith(noon.toArray(String[]::new)).doesNotHaveDuplicates();
        assertThat(evening.getLast()).startsWith("2026-01-31T17:");
    }

    private static void loadLatest(String now) throws InterruptedException {
        CLOCK.set(Instant.parse(now));
        Run run = millrace.runs("events", "latest").getFirst();
        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
    }

    /** When the events were created that are loaded, and their ids. */
    private static List<String> latest() throws InterruptedException {
        return millrace.query("SELECT created, id FROM events.latest ORDER BY created").stream()
                .map(row -> row.get(0) + " " + row.get(1))
                .toList();
    }

    @Test
    @DisplayName("R1.3, R1.8 one type and a range of days, those that are loaded are left out")
    void aRangeOfDaysIsLoadedOnce() {
        String[] range = {"run", "events", "dispute", "--from=2026-04-01", "--to=2026-04-03", "--parallelism=3"};
        assertThat(millrace.call(range).exitCode()).isZero();
        assertThat(millrace.call(range).out()).contains("3 days: 3 skipped");
    }

    @Test
    @DisplayName("R1.3 one type and one day; the same day again replaces that day only")
    void aDayIsReplacedAndTheOthersStay() throws Exception {
        long first = loaded("2026-02-01");
        long second = loaded("2026-02-02");
        assertThat(loaded("2026-02-01")).isEqualTo(first);

        assertThat(millrace.query("""
                        SELECT CAST(created AS DATE), COUNT(*) FROM events.customer
                        WHERE created >= '2026-02-01' GROUP BY 1 ORDER BY 1
                        """))
                .containsExactly(
                        List.of("2026-02-01", String.valueOf(first)), List.of("2026-02-02", String.valueOf(second)));
    }

    private static long loaded(String day) throws InterruptedException {
        Run run = millrace.runsOf(day, "events", "customer").getFirst();
        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        return run.rowsLoaded() == null ? 0 : run.rowsLoaded();
    }

    @Test
    @DisplayName("R1.3 an invalid day is refused before anything starts")
    void aDayThatDoesNotExistIsRefused() {
        MillraceUnderTest.Called called = millrace.call("run", "events", "--day=2026-02-30");

        assertThat(called.exitCode()).isEqualTo(ExitCode.WRONG_CALL);
        assertThat(called.err()).contains("2026-02-30");
    }

    @Test
    @DisplayName("R1.4 a limit that the API doesn't take is an error in the file")
    void aLimitOutOfRangeIsAConfigurationError() throws Exception {
        String file = Files.readString(Terminal.ROOT.resolve("pipelines/events/pipeline.yaml"));
        millrace.pipeline("greedy", file.replace("batch: 100,", "batch: 101,").replace("name: events", "name: greedy"));

        MillraceUnderTest.Called called = millrace.call("run", "greedy");

        assertThat(called.exitCode()).isEqualTo(ExitCode.WRONG_CALL);
        assertThat(called.err()).contains("greedy.yaml:", "pagination.batch", "101", "10 to 100");
    }

    @Test
    @DisplayName("R1.6 no number is rounded; R1.9 nested documents become columns by path")
    void numbersAreKeptAndNestedValuesAreColumns() throws Exception {
        Run run = millrace.runsOf("2026-03-01", "events", "charge").getFirst();
        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);

        assertThat(millrace.query("""
                        SELECT billing_name, card_brand, card_last4, cvc_check, metadata FROM events.charge
                        WHERE id = 'sample_charge_20260301_00001'
                        """).getFirst())
                .startsWith("Sample Buyer", "samplecard", "0000", "pass")
                .last()
                .asString()
                .contains("0.1000000000000000055511151231257827");
    }

    @Test
    @DisplayName("R1.6, R1.7 the documents of a day in a bucket, as they were sent, with the marker and the run's log")
    void theDocumentsArePublishedAsTheyWereSent() throws Exception {
        Run run = millrace.runsOf(DAY, "events-lake", "charge").getFirst();
        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);

        Path bucket = millrace.home().root().resolve("published/events");
        Path day = bucket.resolve("charge").resolve(DAY);
        JsonNode marker = JSON.readValue(Files.readAllBytes(day.resolve("_published.json")), JsonNode.class);
        List<String> lines = new ArrayList<>();
        for (JsonNode file : marker.get("files").values()) {
            Path part = bucket.resolve(file.get("path").getStringValue());
            try (InputStream in = new GZIPInputStream(Files.newInputStream(part))) {
                new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(lines::add);
            }
        }
        assertThat(lines).isNotEmpty().isEqualTo(sent("charge", DAY));
        assertThat(run.rowsLoaded()).isEqualTo(lines.size());
        await().ignoreExceptionsInstanceOf(NoSuchFileException.class)
                .untilAsserted(
                        () -> { // the log follows the end of the run
                            try (Stream<Path> logs = Files.list(day.resolve("_logs"))) {
                                assertThat(logs)
                                        .singleElement()
                                        .satisfies(log -> assertThat(log)
                                                .content()
                                                .contains("START events-lake/charge", "END SUCCEEDED"));
                            }
                        });
    }

    /** What the API itself answers, each document as the text that it is. */
    private static List<String> sent(String type, String day) throws Exception {
        JsonNode secret = JSON.readValue(events.credentials(), JsonNode.class);
        List<String> documents = new ArrayList<>();
        String last = "";
        try (HttpClient http = HttpClient.newHttpClient()) {
            while (true) {
                String body = "{\"type\":\"" + type + "\",\"created\":\"" + day + "\",\"limit\":10" + last + "}";
                HttpResponse<String> page = http.send(
                        HttpRequest.newBuilder(URI.create(events.url() + "/data"))
                                .header("x-api-key", secret.get("API_KEY").getStringValue())
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (page.statusCode() != 200) {
                    continue; // a 502, now and then
                }
                JsonNode array = JSON.readValue(page.body(), JsonNode.class);
                if (array.size() == 0) {
                    return documents;
                }
                // documents begin alike, and nothing within one does
                String first = page.body().substring(1, page.body().indexOf(':') + 1);
                for (String document :
                        page.body().substring(1, page.body().length() - 1).split("," + Pattern.quote(first), -1)) {
                    documents.add(documents.size() % 10 == 0 ? document : first + document);
                }
                last = ",\"starting_after\":\""
                        + array.get(array.size() - 1).get("id").getStringValue() + "\"";
            }
        }
    }

    @Test
    @DisplayName("R1.5 any other error ends the run with the status, the URL unresolved and the start of the body")
    void aWrongKeyIsRefused() throws Exception {
        millrace.secret("event_api", "{\"API_BASE_URL\": \"" + events.url() + "\", \"API_KEY\": \"wrong-key\"}");
        Run run = millrace.runsOf(DAY, "events", "event").getFirst();
        millrace.secret("event_api", events.credentials());

        assertThat(run.error())
                .isNotNull()
                .returns("SOURCE_UNAUTHORIZED", Run.Failure::code)
                .returns(
                        "POST ${secret:event_api#API_BASE_URL}/data: 403: {\"message\":\"the key in x-api-key is missing"
                                + " or wrong\"}",
                        Run.Failure::detail);
    }
}
