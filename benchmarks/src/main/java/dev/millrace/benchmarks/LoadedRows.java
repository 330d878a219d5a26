package dev.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Rows of a table of ten million: first pages by a hundred connections, beside a route of Micronaut alone that answers with the
 * same bytes; and all of them, a good gigabyte, as lines of JSON, beside DuckDB's COPY of the same rows.
 */
final class LoadedRows implements Benchmark {
    private static final int SIDE = 3_163;
    private static final int CONNECTIONS = 100;
    private static final Duration WARM_UP = Duration.ofSeconds(20);
    private static final Duration MEASURED = Duration.ofSeconds(5);
    private static final int TURNS = 4;
    private static final String PATH = "/api/v1/tables/large.rows/rows";

    /** Of two tables of one column {@code i} each, which are {@link #SIDE} long. */
    private static final String SELECT =
            "SELECT a.i * " + SIDE + " + b.i AS id, 'Name of somebody ' || (b.i % 1000) AS name,"
                    + " CAST(a.i AS DECIMAL(38,9)) / 10 AS price, TIMESTAMPTZ '2026-01-31 08:30:00+00' + to_seconds(a.i) AS since,"
                    + " DATE '2026-01-01' + CAST(b.i % 365 AS INTEGER) AS day, a.i % 2 = 0 AS ok";

    private final HttpClient http = HttpClient.newHttpClient();

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        Path data = Files.createDirectories(environment.folder().resolve("side"));
        StringBuilder side = new StringBuilder("i\n");
        for (int i = 0; i < SIDE; i++) {
            side.append(i).append('\n');
        }
        Files.writeString(data.resolve("side.csv"), side);
        String pipeline = """
                version: 1
                name: large
                source: {type: files, folder: "%s"}
                endpoints:
                  side:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: large.side, write: replace}
                    schema: [{name: i, type: INTEGER, mode: REQUIRED}]
                models:
                  rows:
                    after: [side]
                    destination: {table: large.rows, write: replace}
                    sql: "%s FROM large.side AS a CROSS JOIN large.side AS b"
                """.formatted(data, SELECT);
        try (Installation millrace =
                Installation.start(environment.root(), environment.folder(), Map.of("large", pipeline))) {
            millrace.run("large", "side");
            long rows = loaded(millrace);
            byte[] page = page(millrace);
            HttpLoad pages = new HttpLoad(
                    millrace.gateway(),
                    PATH + "?limit=100",
                    List.of("Authorization: Bearer " + millrace.token()),
                    CONNECTIONS);
            List<HttpLoad.Result> both = inTurns(environment, millrace, pages, page);
            HttpLoad.Result ours = both.getFirst();
            HttpLoad.Result bare = both.getLast();

            Map<String, Long> before = millrace.peakMemory();
            Duration idle = used(millrace);
            long start = System.nanoTime();
            long bytes = stream(millrace);
            Duration streamed = Duration.ofNanos(System.nanoTime() - start);
            Duration usedForStream = used(millrace).minus(idle);
            Map<String, Long> after = millrace.peakMemory();
            Copied copied = copy(environment.folder());
            return List.of(
                    new Measurement(
                            String.format(
                                    Locale.ROOT, "First pages of 100 of %,d rows, %d connections", rows, CONNECTIONS),
                            String.format(Locale.ROOT, "%,.0f/s", ours.perSecond()),
                            String.format(Locale.ROOT, "a constant of the same bytes: %,.0f/s", bare.perSecond()),
                            String.format(Locale.ROOT, "%.2f×", ours.perSecond() / bare.perSecond()),
                            "at least 0.5×"),
                    Measurement.against(
                            "The same, 99th percentile",
                            ours.percentile(0.99),
                            "of the constant",
                            bare.percentile(0.99),
                            "at most 3×"),
                    Measurement.of(
                            "Processor time of gateway and loader for a page; of the bare route",
                            micros(ours.usedForEach()) + "; " + micros(bare.usedForEach()),
                            ""),
                    new Measurement(
                            String.format(Locale.ROOT, "All of them as NDJSON, %,d MB", bytes / 1_000_000),
                            Measurement.seconds(streamed),
                            "DuckDB's COPY: " + Measurement.seconds(copied.taken()),
                            String.format(
                                    Locale.ROOT,
                                    "%.2f× as fast",
                                    (double) copied.taken().toNanos() / streamed.toNanos()),
                            "at least 0.7×"),
                    Measurement.against("The same, processor time", usedForStream, "COPY", copied.used(), ""),
                    grown("loader", before, after),
                    grown("api-gateway", before, after));
        }
    }

    private static String micros(Duration used) {
        return used.toNanos() / 1_000 + " µs";
    }

    /** @param used processor time */
    private record Copied(Duration taken, Duration used) {}

    private static Measurement grown(String service, Map<String, Long> before, Map<String, Long> after) {
        return Measurement.of(
                "By how much that raises the peak memory of " + service,
                (after.getOrDefault(service, 0L) - before.getOrDefault(service, 0L)) / 1_000_000 + " MB",
                "flat");
    }

    private static long loaded(Installation millrace) throws Exception {
        while (true) {
            JsonNode rows = millrace.get("/api/v1/tables/large.rows").get("rows");
            if (rows != null && !rows.isNull()) {
                return rows.asLong();
            }
            Thread.sleep(200);
        }
    }

    private HttpRequest.Builder request(Installation millrace, String query) {
        return HttpRequest.newBuilder(millrace.gateway().resolve(PATH + query))
                .header("Authorization", "Bearer " + millrace.token());
    }

    private byte[] page(Installation millrace) throws IOException, InterruptedException {
        HttpRequest request = request(millrace, "?limit=100").build();
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
    }

    /** So that what else the machine does is the same for both. */
    private static List<HttpLoad.Result> inTurns(
            BenchmarkEnvironment environment, Installation millrace, HttpLoad pages, byte[] page) throws Exception {
        try (BareRoute route = BareRoute.start(environment.root(), environment.folder(), page)) {
            HttpLoad constant =
                    new HttpLoad(URI.create("http://127.0.0.1:" + route.port()), "/constant", List.of(), CONNECTIONS);
            pages.run(WARM_UP);
            constant.run(WARM_UP);
            HttpLoad.Result ours = pages.run(MEASURED, () -> used(millrace));
            HttpLoad.Result bare = constant.run(MEASURED, route::processorTime);
            for (int i = 1; i < TURNS; i++) {
                ours = ours.and(pages.run(MEASURED, () -> used(millrace)));
                bare = bare.and(constant.run(MEASURED, route::processorTime));
            }
            return List.of(ours, bare);
        }
    }

    /** Of those who answer with rows. */
    private static Duration used(Installation millrace) throws IOException {
        return millrace.processorTime("api-gateway").plus(millrace.processorTime("loader"));
    }

    private static Duration usedHere() throws IOException {
        return ProcessorTime.of(ProcessHandle.current().pid());
    }

    /** By a blocking socket, which takes little of the processors that client and server share. */
    private static long stream(Installation millrace) throws IOException {
        URLConnection call = millrace.gateway().resolve(PATH).toURL().openConnection();
        call.setRequestProperty("Authorization", "Bearer " + millrace.token());
        call.setRequestProperty("Accept", "application/x-ndjson");
        long bytes = 0;
        byte[] buffer = new byte[1 << 18];
        try (InputStream in = call.getInputStream()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                bytes += read;
            }
        }
        return bytes;
    }

    /** Of a table of the same rows, to a file. */
    private static Copied copy(Path folder) throws SQLException, IOException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:" + folder.resolve("copy.duckdb"));
                Statement statement = connection.createStatement()) {
            statement.execute("SET memory_limit = '320MiB'"); // as the loader has it
            statement.execute("CREATE TABLE rows AS " + SELECT + " FROM range(" + SIDE + ") AS a(i) CROSS JOIN range("
                    + SIDE + ") AS b(i)");
            statement.execute("CHECKPOINT");
            Duration before = usedHere();
            long start = System.nanoTime();
            statement.execute("COPY rows TO '" + folder.resolve("rows.ndjson") + "' (FORMAT json)");
            return new Copied(
                    Duration.ofNanos(System.nanoTime() - start), usedHere().minus(before));
        }
    }
}
