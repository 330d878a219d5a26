package dev.millrace.standalone.cloud.verify;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.emulator.GcpEmulator;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.process.Cloud;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Service;
import dev.millrace.standalone.process.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** docs/bigquery.md, "Calls of a run", held to the calls that a run makes. */
@Timeout(120)
class CallsTest {
    private static final int PARTS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration QUIET = Duration.ofSeconds(2);

    /** Names of the API's methods; the first that fits counts. */
    private static final Map<String, String> METHODS = new LinkedHashMap<>();

    static {
        METHODS.put("POST /upload/storage/v1/b/[^/]+/o", "`objects.insert`");
        METHODS.put("GET /download/storage/v1/b/[^/]+/o/.+", "`objects.get`, the content");
        METHODS.put("GET /storage/v1/b/[^/]+/o/.+", "`objects.get`");
        METHODS.put("GET /storage/v1/b/[^/]+/o", "`objects.list`");
        METHODS.put("DELETE /storage/v1/b/[^/]+/o/.+", "`objects.delete`");
        METHODS.put("GET /bigquery/v2/projects/[^/]+/datasets/[^/]+/tables/.+", "`tables.get`");
        METHODS.put("POST /bigquery/v2/projects/[^/]+/datasets/[^/]+/tables", "`tables.insert`");
        METHODS.put("DELETE /bigquery/v2/projects/[^/]+/datasets/[^/]+/tables/.+", "`tables.delete`");
        METHODS.put("GET /bigquery/v2/projects/[^/]+/queries/.+", "`jobs.getQueryResults`");
        METHODS.put("GET /bigquery/v2/projects/[^/]+/jobs/.+", "`jobs.get`");
    }

    @TempDir
    private Path folder;

    private final Map<Service, Relay> relays = new EnumMap<>(Service.class);

    private static String method(Relay.Call call) {
        String path = call.method() + " " + call.path().replaceAll("\\?.*", "");
        if (!call.job().isEmpty()) {
            return "`jobs.insert`, "
                    + (call.job().startsWith("millrace_stage_")
                            ? "the load job"
                            : call.job().startsWith("millrace_query_") ? "a query of the ledger" : "the commit");
        }
        return METHODS.entrySet().stream()
                .filter(known -> path.matches(known.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(path);
    }

    private Map<String, Object> properties(Service service) {
        Map<String, Object> properties = new HashMap<>();
        String url = requireNonNull(relays.get(service)).url().toString();
        properties.put("millrace.gcp.project", "test-project");
        properties.put("millrace.gcp.authentication", "none");
        properties.put("millrace.gcp.storage-host", url);
        properties.put("millrace.gcp.bigquery-host", url);
        properties.put("millrace.staging.type", "gcs");
        properties.put("millrace.staging.bucket", "staging");
        properties.put("millrace.warehouse.type", "bigquery");
        properties.put("millrace.extractor.part-bytes", "1"); // each record is a part
        return properties;
    }

    private static String row(int id) {
        return "{\"id\":" + id + "}";
    }

    private int calls() {
        return relays.values().stream().mapToInt(relay -> relay.calls().size()).sum();
    }

    private void awaitQuiet() {
        await().atMost(PATIENCE).pollInterval(QUIET).until(new java.util.concurrent.Callable<>() {
            private int before = -1;

            @Override
            public Boolean call() {
                boolean quiet = before == calls();
                before = calls();
                return quiet;
            }
        });
    }

    @Test
    void theDocumentSaysWhatARunOfTenPartsCalls() throws Exception {
        try (GcpEmulator google = GcpEmulator.start(folder.resolve("google"))) {
            google.buckets().create("staging");
            for (Service service : Service.values()) {
                relays.put(service, new Relay(google.http(), google.http()));
            }
            Home home = new Home(folder.resolve("home"));
            home.create();
            Cloud cloud = this::properties;
            try (Installed installed = new Installed(
                    OneProcess.start(new Settings(home, List.of(home.pipelines()), 0, true, cloud)), home)) {
                Feed feed = new Feed(
                        "numbers",
                        "table: test.numbers, write: append",
                        List.of("{name: id, type: INTEGER, mode: REQUIRED}"),
                        IntStream.range(0, PARTS).mapToObj(CallsTest::row).toList());
                installed.load(feed); // makes the table and the ledger
                awaitQuiet();
                Map<Service, Integer> before = new EnumMap<>(Service.class);
                relays.forEach(
                        (service, relay) -> before.put(service, relay.calls().size()));

                Run run = installed.load(feed);
                awaitQuiet();

                assertThat(run.rowsLoaded()).isEqualTo(PARTS);
                List<String> table = new ArrayList<>();
                relays.forEach((service, relay) -> {
                    Map<String, Integer> counts = new TreeMap<>();
                    List<Relay.Call> calls = relay.calls();
                    calls.subList(requireNonNull(before.get(service)), calls.size())
                            .forEach(call -> counts.merge(method(call), 1, Integer::sum));
                    counts.forEach((method, count) -> table.add("| " + service.id() + " | " + method + " | "
                            + (method.equals("`jobs.get`") ? "until each job has ended" : count) + " |"));
                });
                assertThat(table)
                        .contains("| extractor | `objects.insert` | " + (PARTS + 2) + " |")
                        .contains("| loader | `jobs.insert`, the load job | 1 |")
                        .contains("| loader | `jobs.insert`, the commit | 1 |");
                assertThat(documented()).containsExactlyElementsOf(table);
            }
        } finally {
            relays.values().forEach(Relay::close);
        }
    }

    /** The rows of the table that has a service in front. */
    private static List<String> documented() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("../docs/bigquery.md"))) {
            return lines.filter(line -> Stream.of(Service.values())
                            .anyMatch(service -> line.startsWith("| " + service.id() + " | ")))
                    .toList();
        }
    }
}
