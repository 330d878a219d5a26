package dev.millrace.testing.rounds;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.testing.rounds.Tally.Wrong;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Rounds of faults. In each, runs of some endpoints are started, retried and cancelled by the API while processes are
 * killed and frozen, connections lose, double and delay what goes over them, PostgreSQL restarts, disks are full and
 * clocks are moved. Then all is well again, every run has to end, and what tables, counts and rejects are is compared with
 * what they have to be.
 */
public final class Rounds implements AutoCloseable {
    /** After which there are other tables: what has to be compared doesn't grow for ever. */
    private static final int ROUNDS_OF_A_PIPELINE = 25;
    /** What a file may have while the disk is full: less than any that matters. */
    private static final String FULL = "2000";

    private final Options options;
    private final PrintStream out;
    private final @Nullable Postgres postgres;
    private final Processes processes;
    private final Source source;
    private final Api api;
    private final Plan.Possible possible;
    private final Tally tally = new Tally();

    private String pipeline = "";
    private int version;
    private final Map<String, Oracle> oracles = new HashMap<>();
    /** Runs of the pipeline that the API has told us of. */
    private final Set<String> known = new HashSet<>();
    /** Last run of an endpoint that has ended without success. */
    private final Map<String, String> retryable = new HashMap<>();
    /** Ends of runs that were counted; a run that is retried ends again. */
    private final Set<String> ended = new HashSet<>();

    /** Where the gateway keeps runs. */
    public enum Database {
        H2,
        POSTGRESQL
    }

    /**
     * @param first number of the first round
     * @param faketime library by which clocks are moved; null: they aren't
     * @param patience after which something that hasn't ended is stuck
     */
    public record Options(
            long seed,
            int first,
            int rounds,
            Database database,
            @Nullable Path faketime,
            Duration patience) {}

    private Rounds(Path folder, Launcher launcher, Options options, PrintStream out)
            throws IOException, InterruptedException {
        this.options = options;
        this.out = out;
        this.postgres = options.database() == Database.POSTGRESQL ? new Postgres(folder) : null;
        this.possible = new Plan.Possible(postgres != null, Signals.canLimitFiles(), options.faketime() != null);
        this.source = new Source();
        Map<String, Object> database = postgres == null
                ? Map.of("datasources.default.url", "jdbc:h2:file:" + folder.resolve("home/runs"))
                : Map.of("datasources.default.url", postgres.url(), "datasources.default.username", "postgres");
        this.processes = new Processes(folder, launcher, database, options.faketime());
        this.api = new Api(processes::gateway, options.patience());
    }

    /**
     * Plays the rounds, and prints a line for each. Nothing runs afterwards; files stay in {@code folder}.
     *
     * @param folder empty
     */
    public static Tally play(Path folder, Launcher launcher, Options options, PrintStream out) throws Exception {
        try (Rounds rounds = new Rounds(folder, launcher, options, out)) {
            out.println("seed " + options.seed() + ", run database " + options.database() + ", "
                    + (rounds.possible.disk() ? "disks get full" : "disks never get full, for prlimit isn't there")
                    + ", "
                    + (rounds.possible.clock()
                            ? "clocks are moved"
                            : "clocks aren't moved, for that wants libfaketime"));
            if (!rounds.awaitUp()) {
                throw new IllegalStateException("the services don't start: see " + folder.resolve("home/logs"));
            }
            for (int i = 0; i < options.rounds(); i++) {
                rounds.round(options.first() + i, i);
            }
            out.println(rounds.tally);
            return rounds.tally;
        }
    }

    private void round(int number, int since) throws Exception {
        long begin = System.nanoTime();
        if (since % ROUNDS_OF_A_PIPELINE == 0 || pipeline.isEmpty()) {
            beginPipeline("rounds_" + number);
        }
        version++;
        Plan plan = Plan.of(options.seed(), number, possible);
        Map<String, Source.Mood> moods =
                plan.starts().stream().collect(Collectors.toMap(Plan.Start::endpoint, Plan.Start::mood));
        Plan.ENDPOINTS.forEach(endpoint -> source.set(
                endpoint,
                new Rows(version, Oracle.isFlawed(endpoint)),
                moods.getOrDefault(endpoint, Source.Mood.CALM),
                options.seed() + number));

        List<String> findings = new ArrayList<>();
        List<Wrong> wrong = new ArrayList<>();
        try {
            play(plan, number);
            heal();
            compare(awaitEnded(), findings, wrong);
        } catch (TimeoutException e) {
            heal();
            findings.add(String.valueOf(e.getMessage()));
            wrong.add(Wrong.STUCK);
        }
        tally.round(number, wrong);
        out.printf(
                Locale.ROOT,
                "round %d: %d starts, %.1f s; %s: %s%n",
                number,
                plan.starts().size(),
                (System.nanoTime() - begin) / 1e9,
                plan,
                wrong.isEmpty() ? "ok" : wrong);
        findings.forEach(finding -> out.println("    " + finding));
        if (!wrong.isEmpty()) {
            pipeline = ""; // what is wrong once would be found again and again
        }
    }

    private void beginPipeline(String name) throws Exception {
        pipeline = name;
        version = 0;
        oracles.clear();
        known.clear();
        retryable.clear();
        StringBuilder file = new StringBuilder("""
                version: 1
                name: %s
                source:
                  type: rest
                  baseUrl: "%s"
                  retry: {statuses: [429, 5xx], attempts: 4, delay: 50ms, maxDelay: 200ms}
                  timeout: 5s
                endpoints:
                """.formatted(name, source.url()));
        for (String endpoint : Plan.ENDPOINTS) {
            oracles.put(endpoint, new Oracle(endpoint));
            file.append("""
                      %1$s:
                        request: {path: /%1$s}
                        pagination: {type: page, batch: 60, size: pageSize, total: count, parallel: %2$s}
                        records: items
                        destination: {table: %3$s.%1$s, %4$s}
                        rejects: {maxShare: 0.5}
                        schema:
                          - {name: id, type: INTEGER, mode: REQUIRED}
                          - {name: v, type: INTEGER, mode: REQUIRED}
                          - {name: text, type: STRING}
                    """.formatted(
                            endpoint,
                            endpoint.equals("a1") ? 3 : 1,
                            name,
                            switch (Oracle.Write.of(endpoint)) {
                                case APPEND -> "write: append";
                                case REPLACE -> "write: replace";
                                case MERGE -> "write: merge, keys: [id]";
                            }));
        }
        Files.writeString(processes.pipelines().resolve(name + ".yaml"), file);
    }

    /** Returns when every start is answered and every fault over. */
    private void play(Plan plan, int number) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> acts = new ArrayList<>();
            for (Plan.Start start : plan.starts()) {
                acts.add(threads.submit(() -> {
                    Thread.sleep(start.at());
                    start(start, number);
                    return null;
                }));
            }
            for (Plan.Fault fault : plan.faults()) {
                acts.add(threads.submit(() -> {
                    Thread.sleep(fault.at());
                    let(fault);
                    return null;
                }));
            }
            for (Future<?> act : acts) {
                act.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void start(Plan.Start start, int number) throws InterruptedException, TimeoutException {
        String failed;
        synchronized (known) {
            failed = start.retry() ? retryable.remove(start.endpoint()) : null;
            tally.run(failed != null);
        }
        String run;
        if (failed == null) {
            run = api.post(
                            "/api/v1/pipelines/" + pipeline + "/endpoints/" + start.endpoint() + "/runs",
                            "{}",
                            "seed-" + options.seed() + "-round-" + number + "-" + start.endpoint())
                    .ok()
                    .at("/runs/0/id")
                    .asText();
        } else {
            run = failed;
            int status = api.post("/api/v1/runs/" + run + "/retry", "", "").status();
            if (status / 100 != 2 && status != 409) { // 409: the answer to the first call was lost
                throw new IllegalStateException("a retry was answered with " + status);
            }
        }
        synchronized (known) {
            known.add(run);
        }
        if (start.cancelledAfter() >= 0) {
            Thread.sleep(start.cancelledAfter());
            int status = api.post("/api/v1/runs/" + run + "/cancel", "", "").status();
            if (status / 100 != 2 && status != 409) { // 409: it is over
                throw new IllegalStateException("a cancel was answered with " + status);
            }
        }
    }

    private void let(Plan.Fault fault) throws Exception {
        switch (fault) {
            case Plan.Fault.Kill(int _, List<String> services) -> {
                for (String service : services) {
                    processes.kill(service);
                }
            }
            case Plan.Fault.Freeze(int _, String service, Duration time) -> processes.freeze(service, time);
            case Plan.Fault.Connection(int at, String service, Link.Trouble trouble, double share, Duration time) -> {
                processes.link(service).trouble(trouble, share, options.seed() + at);
                Thread.sleep(time);
                processes.link(service).heal();
            }
            case Plan.Fault.Database(int _, boolean crash, Duration away) -> {
                if (postgres != null) {
                    synchronized (postgres) {
                        postgres.restart(crash, away);
                    }
                }
            }
            case Plan.Fault.Disk(int _, String service, Duration time) -> {
                Signals.limitFiles(FULL, processes.pid(service));
                Thread.sleep(time);
                Signals.limitFiles("unlimited", processes.pid(service));
            }
            case Plan.Fault.Clock(int _, String service, Duration ahead) -> processes.moveClock(service, ahead);
        }
    }

    private void heal() throws Exception {
        for (String name : Processes.NAMES) {
            processes.link(name).heal();
            processes.moveClock(name, Duration.ZERO);
        }
        if (!awaitUp()) {
            throw new TimeoutException(
                    "a service isn't well after " + options.patience().toSeconds() + " s");
        }
    }

    private boolean awaitUp() throws InterruptedException {
        long deadline = System.nanoTime() + options.patience().toNanos();
        for (String name : Processes.NAMES) {
            while (!processes.isUp(name)) {
                if (System.nanoTime() > deadline) {
                    return false;
                }
                Thread.sleep(50);
            }
        }
        return true;
    }

    private List<JsonNode> awaitEnded() throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + options.patience().toNanos();
        while (true) {
            List<JsonNode> runs = new ArrayList<>();
            api.get("/api/v1/runs?limit=1000&pipeline=" + pipeline)
                    .ok()
                    .get("runs")
                    .forEach(runs::add);
            List<JsonNode> unfinished = runs.stream()
                    .filter(run -> !Set.of("SUCCEEDED", "FAILED", "CANCELLED")
                            .contains(run.get("state").asText()))
                    .toList();
            if (unfinished.isEmpty()) {
                return runs.reversed(); // the oldest first
            }
            if (System.nanoTime() > deadline) {
                throw new TimeoutException(
                        "not ended after " + options.patience().toSeconds() + " s: "
                                + unfinished.stream().map(Oracle::brief).collect(Collectors.joining("\n    ")));
            }
            Thread.sleep(100);
        }
    }

    private void compare(List<JsonNode> runs, List<String> findings, List<Wrong> wrong)
            throws InterruptedException, TimeoutException {
        for (JsonNode run : runs) {
            String id = run.get("id").asText();
            String endpoint = run.get("endpoint").asText();
            if (!known.contains(id)) {
                findings.add("nobody has asked for " + Oracle.brief(run));
                wrong.add(Wrong.DOUBLED);
            }
            if (run.get("state").asText().equals("SUCCEEDED")) {
                List<String> counts = oracle(endpoint).succeeded(run, version);
                if (!counts.isEmpty()) {
                    findings.addAll(counts);
                    wrong.add(Wrong.MISCOUNTED);
                }
                retryable.remove(endpoint);
            } else {
                retryable.put(endpoint, id);
            }
        }
        ends(runs, findings, wrong);
        for (String endpoint : Plan.ENDPOINTS) {
            compareTable(endpoint, findings, wrong);
        }
    }

    private void ends(List<JsonNode> runs, List<String> findings, List<Wrong> wrong)
            throws InterruptedException, TimeoutException {
        for (JsonNode run : runs) {
            if (!ended.add(run.get("id").asText() + run.get("finishedAt").asText())) {
                continue;
            }
            String code = run.at("/error/code").asText();
            tally.end((run.get("state").asText() + " " + code).strip());
            if (code.equals("INTERNAL")) {
                findings.add(Oracle.brief(run));
                wrong.add(Wrong.UNEXPLAINED);
            }
            if (run.get("state").asText().equals("SUCCEEDED")) {
                long rejects = api.get("/api/v1/runs/" + run.get("id").asText() + "/rejects?limit=1")
                        .ok()
                        .get("total")
                        .asLong();
                if (rejects != run.get("rowsRejected").asLong()) {
                    findings.add(rejects + " rejects of " + Oracle.brief(run));
                    wrong.add(Wrong.MISCOUNTED);
                }
            }
        }
    }

    private void compareTable(String endpoint, List<String> findings, List<Wrong> wrong)
            throws InterruptedException, TimeoutException {
        List<String> expected = oracle(endpoint).expected();
        String table = pipeline + "." + endpoint;
        Api.Answer answer = api.post(
                "/api/v1/query",
                "{\"limit\":1000,\"sql\":\"" + Oracle.SQL.formatted(table).replace("\n", " ") + "\"}",
                "");
        if (expected.isEmpty() && answer.status() == 422) { // it isn't there
            return;
        }
        List<String> found = Oracle.lines(answer.ok());
        if (!found.equals(expected)) {
            findings.add(table + " has " + found + " (expected: " + expected + ")");
            long rows = found.stream()
                    .mapToLong(line -> Long.parseLong(line.split(" ", -1)[1]))
                    .sum();
            long wanted = oracle(endpoint).rows();
            wrong.add(rows < wanted ? Wrong.LOST : rows > wanted ? Wrong.DOUBLED : Wrong.MISCOUNTED);
        }
    }

    private Oracle oracle(String endpoint) {
        Oracle found = oracles.get(endpoint);
        if (found == null) {
            throw new IllegalStateException("endpoint " + endpoint + " has no oracle");
        }
        return found;
    }

    @Override
    public void close() throws IOException {
        api.close();
        processes.close();
        source.close();
        if (postgres != null) {
            postgres.close();
        }
    }
}
