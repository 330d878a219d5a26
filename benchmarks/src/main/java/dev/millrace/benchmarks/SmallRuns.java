package dev.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.micronaut.core.annotation.Nullable;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs of ten records, in phases of their own: accepted while the API that they read keeps them waiting, read meanwhile and
 * in between, then worked off, and one at a time. With the run database in H2 and in PostgreSQL, whose commits are durable
 * both, of this state of Millrace and of another one, which get the same requests.
 */
final class SmallRuns implements Benchmark {
    private static final int TABLES = 8;
    private static final int WARM_UP = 48;
    private static final int ACCEPTED = 240;
    private static final int ACCEPTED_WHILE_READ = 80;
    private static final int CLIENTS = 4;
    private static final Duration READING = Duration.ofSeconds(3);
    private static final int ALONE_BEFORE = 20;
    private static final int ALONE = 50;
    private static final Duration WORKED_OFF = Duration.ofMinutes(10);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final LocalDate FIRST_DAY = LocalDate.of(2020, 1, 1);
    private static final List<String> UNFINISHED = List.of("QUEUED", "EXTRACTING", "TRANSFORMING", "LOADING");

    private enum RunDatabase {
        H2("H2"),
        POSTGRESQL("PostgreSQL");

        private final String title;

        RunDatabase(String title) {
            this.title = title;
        }
    }

    /** @param value of a unit that its place among the others says */
    private record Figure(double value, Unit unit, String goal) {}

    private enum Unit {
        PER_SECOND("%.1f/s"),
        PERCENT("%.0f %%"),
        MILLISECONDS("%.1f ms");

        private final String format;

        Unit(String format) {
            this.format = format;
        }

        String text(double value) {
            return String.format(Locale.ROOT, format, value);
        }
    }

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        List<Measurement> measurements = new ArrayList<>();
        Path against = environment.against();
        if (against != null) {
            build(against);
        }
        for (RunDatabase database : RunDatabase.values()) {
            Map<String, Figure> other = against == null ? Map.of() : figures(environment, against, database);
            figures(environment, environment.root(), database).forEach((what, figure) -> {
                String title = database.title + ": " + what;
                String value = figure.unit().text(figure.value());
                Figure before = other.get(what);
                measurements.add(
                        before == null
                                ? Measurement.of(title, value, figure.goal())
                                : new Measurement(
                                        title,
                                        value,
                                        "the other state: " + before.unit().text(before.value()),
                                        String.format(Locale.ROOT, "%.2f×", figure.value() / before.value()),
                                        figure.goal()));
            });
        }
        return measurements;
    }

    /** Or its first start would have to. */
    static void build(Path root) throws IOException, InterruptedException {
        int exit = new ProcessBuilder(root.resolve("millrace").toString(), "--version")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException(root + "/millrace --version ended with " + exit);
        }
    }

    private static Map<String, Figure> figures(BenchmarkEnvironment environment, Path root, RunDatabase database)
            throws Exception {
        System.err.println("  " + root + " with " + database.title + "…");
        Path folder = Files.createTempDirectory(environment.folder(), "small-");
        try (PageServer server = PageServer.start(10)) {
            if (database == RunDatabase.H2) {
                try (Installation millrace =
                        Installation.start(root, folder, pipelines(server.url()), List.of(), Map.of())) {
                    return new Phases(server, millrace, null).figures();
                }
            }
            try (EmbeddedPostgres postgres = Databases.durable(folder)) {
                Map<String, String> there =
                        Map.of("DATASOURCES_DEFAULT_URL", postgres.getJdbcUrl("postgres", "postgres"));
                try (Installation millrace =
                        Installation.start(root, folder, pipelines(server.url()), List.of(), there)) {
                    try (Connection connection = postgres.getPostgresDatabase().getConnection()) {
                        long _ = Databases.number(connection, "SELECT COUNT(*) FROM run"); // or they are elsewhere
                    }
                    Map<String, Figure> figures = new Phases(server, millrace, folder).figures();
                    try (Connection connection = postgres.getPostgresDatabase().getConnection()) {
                        for (String table : List.of("run", "task")) {
                            long share = Databases.number(
                                    connection,
                                    "SELECT 100 * n_tup_hot_upd / greatest(1, n_tup_upd) FROM pg_stat_user_tables"
                                            + " WHERE relname = '" + table + "'");
                            figures.put(
                                    "changes of rows of " + table + " that leave its indexes alone",
                                    new Figure(share, Unit.PERCENT, ""));
                        }
                    }
                    return figures;
                }
            }
        }
    }

    private static Map<String, String> pipelines(URI api) {
        StringBuilder days = new StringBuilder("""
                version: 1
                name: days
                source: {type: rest, baseUrl: "%s"}
                endpoints:
                """.formatted(api));
        for (int i = 0; i < TABLES; i++) {
            days.append("""
                      t%d:
                        request: {path: /days, query: {day: "${day}"}}
                        records: orders
                        pagination: {type: none}
                        day: {column: shipped_on}
                        destination: {table: load.days_%d, write: replace}
                        schema:
                    %s
                    """.formatted(i, i, Records.SCHEMA.indent(2).stripTrailing()));
        }
        return Map.of("days", days.toString(), "orders", Orders.pipeline("orders", api, Orders.pages()));
    }

    /** The phases of one installation, and what they take. */
    private static final class Phases {
        private final PageServer server;
        private final Installation millrace;
        private final @Nullable Path postgres;
        private final AtomicInteger requested = new AtomicInteger();
        private final Map<String, Figure> figures = new LinkedHashMap<>();

        /** @param postgres folder of the server that has the run database; null: none has */
        Phases(PageServer server, Installation millrace, @Nullable Path postgres) {
            this.server = server;
            this.millrace = millrace;
            this.postgres = postgres;
        }

        Map<String, Figure> figures() throws Exception {
            alone();
            Accepted warm = accept(WARM_UP);
            workedOff();

            server.hold(true);
            Map<String, Duration> before = used();
            Accepted accepted = accept(ACCEPTED);
            put(
                    "runs accepted by " + CLIENTS + " clients",
                    new Figure(ACCEPTED / seconds(accepted.took()), Unit.PER_SECOND, "195/s"));
            put(
                    "processor time of an acceptance",
                    new Figure(millis(all(used(before))) / ACCEPTED, Unit.MILLISECONDS, ""));
            latencies("a request for a run", accepted.latencies(), "");

            for (Read read : Read.values()) {
                latencies(read.title + " while nothing else is done", read(read, warm.ids()), "20 ms");
            }
            AtomicBoolean enough = new AtomicBoolean();
            Map<Read, List<Duration>> reads = new HashMap<>();
            try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
                Map<Read, Future<List<Duration>>> reading = new HashMap<>();
                for (Read read : Read.values()) {
                    reading.put(read, clients.submit(() -> read(read, accepted.ids(), enough::get)));
                }
                try {
                    Accepted beside = accept(ACCEPTED_WHILE_READ);
                    put(
                            "runs accepted beside readers",
                            new Figure(ACCEPTED_WHILE_READ / seconds(beside.took()), Unit.PER_SECOND, ""));
                } finally {
                    enough.set(true);
                }
                for (Map.Entry<Read, Future<List<Duration>>> each : reading.entrySet()) {
                    reads.put(each.getKey(), each.getValue().get());
                }
            }
            for (Read read : Read.values()) {
                latencies(read.title + " while runs are accepted", Objects.requireNonNull(reads.get(read)), "100 ms");
            }

            before = used();
            long start = System.nanoTime();
            server.hold(false);
            workedOff();
            int runs = ACCEPTED + ACCEPTED_WHILE_READ;
            put("runs worked off", new Figure(runs * 1e9 / (System.nanoTime() - start), Unit.PER_SECOND, "20/s"));
            eachService("a run that is worked off", used(before), runs, "");
            return figures;
        }

        /** Says it at once, too: a later phase that fails doesn't cost what is known. */
        private void put(String what, Figure figure) {
            figures.put(what, figure);
            System.err.println("    " + what + ": " + figure.unit().text(figure.value()));
        }

        private void alone() throws Exception {
            List<Duration> seen = new ArrayList<>();
            Map<String, Duration> before = Map.of();
            for (int i = 0; i < ALONE_BEFORE + ALONE; i++) {
                if (i == ALONE_BEFORE) {
                    before = used();
                }
                Duration took = millrace.run("orders", "orders").seen();
                if (i == 0) {
                    put(
                            "10 records, request to loaded, first run after the start",
                            new Figure(millis(took), Unit.MILLISECONDS, ""));
                } else if (i >= ALONE_BEFORE) {
                    seen.add(took);
                }
            }
            put(
                    "the same, median of " + ALONE,
                    new Figure(millis(Measurement.median(seen)), Unit.MILLISECONDS, "100 ms"));
            put(
                    "the same, 95th percentile",
                    new Figure(millis(Measurement.percentile(seen, 0.95)), Unit.MILLISECONDS, ""));
            eachService("a run alone", used(before), ALONE, "100 ms");
        }

        private void eachService(String what, Map<String, Duration> used, int runs, String goal) {
            put("processor time of " + what, new Figure(millis(all(used)) / runs, Unit.MILLISECONDS, goal));
            used.forEach((service, time) ->
                    put("of that " + service + ", " + what, new Figure(millis(time) / runs, Unit.MILLISECONDS, "")));
        }

        private void latencies(String what, List<Duration> latencies, String goal) {
            put(what + ", median", new Figure(millis(Measurement.median(latencies)), Unit.MILLISECONDS, ""));
            put(
                    what + ", 99th percentile",
                    new Figure(millis(Measurement.percentile(latencies, 0.99)), Unit.MILLISECONDS, goal));
        }

        private record Accepted(List<String> ids, List<Duration> latencies, Duration took) {}

        /** Requests so many runs, by all clients together. */
        private Accepted accept(int runs) throws Exception {
            int last = requested.get() + runs;
            List<String> ids = new ArrayList<>();
            List<Duration> latencies = new ArrayList<>();
            long begin = System.nanoTime();
            atOnce(CLIENTS, () -> {
                for (int i = requested.getAndIncrement(); i < last; i = requested.getAndIncrement()) {
                    String day = FIRST_DAY.plusDays(i / TABLES).toString();
                    long start = System.nanoTime();
                    JsonNode batch = millrace.post(
                            "/api/v1/pipelines/days/endpoints/t" + i % TABLES + "/runs", "{\"day\":\"" + day + "\"}");
                    Duration took = Duration.ofNanos(System.nanoTime() - start);
                    synchronized (ids) {
                        ids.add(batch.get("runs").get(0).get("id").asText());
                        latencies.add(took);
                    }
                }
                return null;
            });
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            requested.set(last);
            return new Accepted(ids, latencies, took);
        }

        private enum Read {
            RUN("reading a run"),
            LIST("reading the newest 50 runs");

            private final String title;

            Read(String title) {
                this.title = title;
            }
        }

        /** By two clients. */
        private List<Duration> read(Read read, List<String> ids) throws Exception {
            long end = System.nanoTime() + READING.toNanos();
            return read(read, ids, () -> System.nanoTime() > end);
        }

        private List<Duration> read(Read read, List<String> ids, Callable<Boolean> enough) throws Exception {
            List<Duration> latencies = new ArrayList<>();
            atOnce(CLIENTS / 2, () -> {
                for (int i = 0; !enough.call(); i++) {
                    String path = read == Read.RUN ? "runs/" + ids.get(i % ids.size()) : "runs?limit=50";
                    long start = System.nanoTime();
                    JsonNode _ = millrace.get("/api/v1/" + path);
                    Duration took = Duration.ofNanos(System.nanoTime() - start);
                    synchronized (latencies) {
                        latencies.add(took);
                    }
                }
                return null;
            });
            return latencies;
        }

        private static void atOnce(int clients, Callable<Void> each) throws Exception {
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Void>> results = new ArrayList<>();
                for (int i = 0; i < clients; i++) {
                    results.add(threads.submit(each));
                }
                for (Future<Void> result : results) {
                    result.get();
                }
            }
        }

        /** Waits for the end of all runs, of which none may fail. */
        private void workedOff() throws Exception {
            long deadline = System.nanoTime() + WORKED_OFF.toNanos();
            for (String state : UNFINISHED) {
                while (any(state)) {
                    if (System.nanoTime() > deadline) {
                        throw new IOException("the runs are not over after " + WORKED_OFF.toMinutes() + " minutes");
                    }
                    Thread.sleep(LOOK);
                }
            }
            if (any("FAILED")) {
                throw new IOException("a run has failed: " + millrace.get("/api/v1/runs?state=FAILED&limit=1"));
            }
        }

        private boolean any(String state) throws IOException, InterruptedException {
            return !millrace.get("/api/v1/runs?limit=1&state=" + state)
                    .get("runs")
                    .isEmpty();
        }

        private Map<String, Duration> used() throws IOException {
            Map<String, Duration> used = new LinkedHashMap<>();
            for (String service : Installation.SERVICES) {
                used.put(service, millrace.processorTime(service));
            }
            if (postgres != null) {
                used.put("PostgreSQL", Databases.processorTime(postgres));
            }
            return used;
        }

        private Map<String, Duration> used(Map<String, Duration> before) throws IOException {
            Map<String, Duration> used = used();
            used.replaceAll((service, time) -> time.minus(before.get(service)));
            return used;
        }

        private static Duration all(Map<String, Duration> used) {
            return used.values().stream().reduce(Duration.ZERO, Duration::plus);
        }

        private static double millis(Duration duration) {
            return duration.toNanos() / 1e6;
        }

        private static double seconds(Duration duration) {
            return duration.toNanos() / 1e9;
        }
    }
}
