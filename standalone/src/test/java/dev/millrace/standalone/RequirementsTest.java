package dev.millrace.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.staging.Reject;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.sample.SampleSchool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the product promises, row by row, through its own doors. */
@Timeout(60)
class RequirementsTest {
    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;
    private static ScriptedApi api;
    private static SampleSchool school;

    @BeforeAll
    static void start() throws IOException {
        api = new ScriptedApi();
        school = new SampleSchool(Clock.systemUTC(), Duration.ofMinutes(5));
        millrace = new MillraceUnderTest(folder);
        millrace.secret("isams_api_credentials", school.credentials());
        millrace.example("isams");
        millrace.example("hiring");
    }

    @AfterAll
    static void stop() {
        millrace.close();
        school.close();
        api.close();
    }

    @AfterEach
    void resetClock() {
        MovableClock.reset();
    }

    /** Hands out tokens, and knows those that it takes back. */
    private static final class Tokens {
        private final String secret;
        private final AtomicInteger issued = new AtomicInteger();
        private final Set<String> valid = ConcurrentHashMap.newKeySet();

        Tokens(String secret) {
            this.secret = secret;
        }

        void issue(HttpExchange exchange) throws IOException {
            String form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            if (form.contains("client_id=the-client") && form.contains("client_secret=" + secret)) {
                String token = "token-" + issued.incrementAndGet();
                valid.add(token);
                ScriptedApi.send(
                        exchange,
                        200,
                        "application/json",
                        "{\"access_token\": \"" + token + "\", \"token_type\": \"Bearer\", \"expires_in\": 3600}");
            } else {
                ScriptedApi.send(exchange, 401, "application/json", "{\"error\": \"invalid_client\"}");
            }
        }

        boolean accept(HttpExchange exchange) {
            String header = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            return valid.contains(header.replaceFirst("^Bearer ", ""));
        }
    }

    private static String credentials(String clientSecret, String name) {
        return """
                {"CLIENT_ID": "the-client", "CLIENT_SECRET": "%s", "TOKEN_URL": "%s/%s/token", "API_BASE_URL": "%s/%s"}
                """.formatted(clientSecret, api.url(), name, api.url(), name);
    }

    private static String oauthPipeline(String name) {
        return """
                version: 1
                name: %1$s
                source:
                  type: rest
                  baseUrl: ${secret:%1$s#API_BASE_URL}
                  auth:
                    type: oauth2-client-credentials
                    tokenUrl: ${secret:%1$s#TOKEN_URL}
                    clientId: ${secret:%1$s#CLIENT_ID}
                    clientSecret: ${secret:%1$s#CLIENT_SECRET}
                endpoints:
                  people:
                    request: {path: /people}
                    pagination: {type: page, batch: 10}
                    destination: {table: required.%1$s, write: replace}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: name, type: STRING, mode: REQUIRED}
                """.formatted(name);
    }

    @Test
    @DisplayName("R0.1 all four values come from one secret; a token that expires in the middle is renewed once")
    void aTokenThatExpiresInTheMiddleOfARunIsRenewedOnce() throws Exception {
        Tokens tokens = new Tokens("sesame");
        AtomicBoolean expired = new AtomicBoolean();
        api.on("/renewal/token", tokens::issue);
        api.on("/renewal/people", exchange -> {
            if (ScriptedApi.parameter(exchange, "page") == 3 && expired.compareAndSet(false, true)) {
                tokens.valid.clear();
            }
            if (tokens.accept(exchange)) {
                ScriptedApi.pages(45, 10).to(exchange);
            } else {
                ScriptedApi.send(exchange, 401, "application/json", "{\"error\": \"the token has expired\"}");
            }
        });
        millrace.pipeline("renewal", oauthPipeline("renewal"));
        millrace.secret("renewal", credentials("sesame", "renewal"));

        Run run = millrace.run("renewal");

        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        assertThat(millrace.count("required.renewal")).isEqualTo(45);
        assertThat(expired).isTrue();
        assertThat(tokens.issued).hasValue(2);
        assertThat(api.requests("/renewal/people"))
                .extracting(request -> request.replaceFirst(".*page=(\\d+)&.*", "$1"))
                .containsExactly("1", "2", "3", "3", "4", "5", "6", "7");
    }

    @Test
    @DisplayName("R0.1 a changed secret counts from the next run on, without a restart")
    void aChangedSecretIsPickedUpByTheNextRun() throws Exception {
        api.on("/rotated/token", new Tokens("rose-bud")::issue);
        Tokens tokens = new Tokens("open-up");
        api.on("/moved/token", tokens::issue);
        api.on("/moved/people", exchange -> {
            assertThat(tokens.accept(exchange)).isTrue();
            ScriptedApi.pages(7, 10).to(exchange);
        });
        millrace.pipeline("rotated", oauthPipeline("rotated"));
        millrace.secret("rotated", credentials("stale", "rotated"));
        Run before = millrace.run("rotated");
        millrace.secret("rotated", credentials("open-up", "moved"));
        Run after = millrace.run("rotated");

        assertThat(before.error()).isNotNull().returns("SOURCE_UNAUTHORIZED", Run.Failure::code);
        assertThat(after.state()).as(String.valueOf(after.error())).isEqualTo(Run.State.SUCCEEDED);
        assertThat(millrace.count("required.rotated")).isEqualTo(7);
    }

    @Test
    @DisplayName(
            "R0.2, R0.3 the three endpoints of the school, of one page and of many; R5.4 each record accounted for")
    void theSchoolsEndpointsAreLoaded() throws Exception {
        List<Run> runs = millrace.runs("isams");

        assertThat(runs)
                .extracting(run -> run.table() + " " + run.state() + " " + run.rowsExtracted() + " " + run.rowsLoaded()
                        + " " + run.rowsRejected() + " " + run.rowsFiltered())
                .containsExactlyInAnyOrder(
                        "school.students SUCCEEDED 5000 4994 6 0",
                        "school.school_terms SUCCEEDED 18 18 0 0",
                        "school.year_groups SUCCEEDED 7 7 0 0",
                        "school.year_group_division SUCCEEDED null 7 null null");
        assertThat(millrace.count("school.students")).isEqualTo(4994);
        assertThat(log(runs, "students"))
                .filteredOn(line -> line.startsWith("INFO page "))
                .hasSize(10);
        assertThat(log(runs, "school_terms"))
                .filteredOn(line -> line.startsWith("INFO the answer: "))
                .hasSize(1);
        assertThat(millrace.query("""
                        SELECT column_name, data_type FROM information_schema.columns
                        WHERE table_schema = 'school' AND table_name = 'school_terms' ORDER BY ordinal_position
                        """))
                .extracting(row -> row.getFirst())
                .containsExactly("id", "finishDate", "name", "schoolYear", "startDate");
    }

    private static List<String> log(List<Run> runs, String endpoint) throws InterruptedException {
        return millrace.log(runs.stream()
                .filter(run -> run.endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow());
    }

    @Test
    @DisplayName("R0.4 append adds, and replace leaves what one run has read")
    void appendTwiceDoublesAndReplaceKeeps() throws Exception {
        api.on("/writes", ScriptedApi.json(ScriptedApi.records(1, 20)));
        for (String write : new String[] {"append", "replace"}) {
            millrace.pipeline(write, plainPipeline(write, "/writes", "required.by_" + write, write));
            millrace.run(write);
            millrace.run(write);
        }

        assertThat(millrace.count("required.by_append")).isEqualTo(40);
        assertThat(millrace.count("required.by_replace")).isEqualTo(20);
    }

    private static String plainPipeline(String name, String path, String table, String write) {
        return """
                version: 1
                name: %s
                source: {type: rest, baseUrl: %s}
                endpoints:
                  things:
                    request: {path: %s}
                    destination: {table: %s, write: %s}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: name, type: STRING}
                """.formatted(name, api.url(), path, table, write);
    }

    @Test
    @DisplayName("R0.4 a reader sees the old table or the new one")
    void aReaderDuringReplacesSeesTheOldCountOrTheNewOne() throws Exception {
        AtomicInteger size = new AtomicInteger(1_000);
        api.on(
                "/atomic",
                exchange -> ScriptedApi.json(ScriptedApi.records(1, size.get())).to(exchange));
        millrace.pipeline("atomic", plainPipeline("atomic", "/atomic", "required.atomic", "replace"));
        assertThat(millrace.run("atomic").state()).isEqualTo(Run.State.SUCCEEDED);

        AtomicBoolean reading = new AtomicBoolean(true);
        CountDownLatch begun = new CountDownLatch(1);
        Set<Long> seen = ConcurrentHashMap.newKeySet();
        try (ExecutorService reader = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> reads = reader.submit(() -> {
                int count = 0;
                while (reading.get()) {
                    seen.add(count("required.atomic"));
                    begun.countDown();
                    count++;
                }
                return count;
            });
            begun.await();
            size.set(60_000);
            assertThat(millrace.run("atomic").state()).isEqualTo(Run.State.SUCCEEDED);
            assertThat(count("required.atomic")).isEqualTo(60_000);
            reading.set(false);
            assertThat(reads.get()).isGreaterThan(10);
        }
        assertThat(seen).contains(1_000L).isSubsetOf(1_000L, 60_000L);
    }

    private static long count(String table) throws InterruptedException {
        return millrace.count(table);
    }

    @Test
    @DisplayName(
            "R0.5 date-times are shown in a zone; one that can't be parsed is NULL or a reject, as the column says")
    void dateTimesAreShownInAZoneAndUnparseableOnesAreNullOrRejected() throws Exception {
        api.on("/times", ScriptedApi.json("""
                        [{"id": 1, "lenient": "2026-01-31T20:30:00Z", "strict": "2026-01-31T20:30:00Z"},
                         {"id": 2, "lenient": "soon", "strict": "2026-06-30T16:00:00+02:00"},
                         {"id": 3, "lenient": null, "strict": "31/01/2026"}]
                        """));
        millrace.pipeline("times", """
                version: 1
                name: times
                source: {type: rest, baseUrl: %s}
                endpoints:
                  things:
                    request: {path: /times}
                    destination: {table: required.times, write: replace}
                    rejects: {maxShare: 0.5}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: lenient, type: DATETIME, timezone: Asia/Singapore, onError: "null"}
                      - {name: strict, type: DATETIME, timezone: Asia/Singapore}
                """.formatted(api.url()));

        Run run = millrace.run("times");

        assertThat(millrace.query("SELECT * FROM required.times ORDER BY id"))
                .containsExactly(
                        List.of("1", "2026-02-01T04:30:00", "2026-02-01T04:30:00"),
                        Arrays.asList("2", null, "2026-06-30T22:00:00"));
        assertThat(millrace.rejects(run))
                .extracting(reject -> reject.row() + " " + reject.column() + " " + reject.value())
                .containsExactly("3 strict 31/01/2026");
        assertThat(millrace.log(run)).anyMatch(line -> line.startsWith("WARN") && line.contains("lenient"));
        assertAccountedFor(run);
    }

    private static void assertAccountedFor(Run run) {
        long accounted = Stream.of(run.rowsLoaded(), run.rowsRejected(), run.rowsFiltered())
                .mapToLong(count -> requireNonNull(count))
                .sum();
        assertThat(run.rowsExtracted()).as(run.name()).isEqualTo(accounted);
    }

    @Test
    @DisplayName(
            "R1.9, R5.4 records are flattened, exploded, filtered, calculated and checked, and all are accounted for")
    void shapedRecordsAreAllAccountedFor() throws Exception {
        api.on("/orders", ScriptedApi.json("""
                [{"id": 1, "buyer": {"name": "Ada"}, "status": "paid",
                  "lines": [{"sku": "a", "price": "1.50", "n": 2}, {"sku": "b", "price": "0.10", "n": 3}]},
                 {"id": 2, "buyer": {"name": "Bo"}, "status": "paid", "lines": []},
                 {"id": 3, "status": "test", "lines": [{"sku": "a", "price": "1.50", "n": 1}]},
                 {"id": 4, "status": "paid", "lines": [{"sku": "a", "price": "1.50", "n": 1}, {"sku": "c", "n": -1}]}]
                """));
        millrace.pipeline("orders", """
                version: 1
                name: orders
                source: {type: rest, baseUrl: %s}
                endpoints:
                  lines:
                    request: {path: /orders}
                    destination: {table: required.order_lines, write: replace}
                    rejects: {maxShare: 0.5}
                    explode: lines
                    flatten: {depth: 1}
                    filter: status <> 'test'
                    checks: [{name: positive, expression: n > 0 OR n IS NULL}]
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: buyer_name, type: STRING}
                      - {name: status, type: STRING}
                      - {name: lines_sku, type: STRING}
                      - {name: price, type: NUMERIC, from: lines.price}
                      - {name: n, type: INTEGER, from: lines.n}
                      - {name: total, type: NUMERIC, expression: price * n}
                      - {name: line, type: INTEGER, metadata: element}
                """.formatted(api.url()));

        MillraceUnderTest.Called called = millrace.call("run", "orders");

        assertThat(called.exitCode()).as(called.err()).isZero();
        assertThat(called.out().lines().map(line -> line.replaceAll(" +", " ").strip()))
                .anyMatch(line -> line.startsWith("TABLE STATE EXTRACTED EXPLODED LOADED REJECTED FILTERED TIME"))
                .anyMatch(line -> line.contains(" succeeded 4 1 3 1 1 "));
        assertThat(millrace.query(
                        "SELECT id, buyer_name, lines_sku, total, line FROM required.order_lines ORDER BY id, line"))
                .containsExactly(
                        List.of("1", "Ada", "a", "3", "1"),
                        List.of("1", "Ada", "b", "0.3", "2"),
                        Arrays.asList("2", "Bo", null, null, null));
        Run run = millrace.run("orders");
        assertThat(millrace.rejects(run)).singleElement().satisfies(reject -> {
            assertThat(reject.row()).isEqualTo(4);
            assertThat(reject.reason()).isEqualTo("the check 'positive' isn't met: n > 0 OR n IS NULL");
        });
        assertThat(millrace.log(run))
                .contains("INFO transformed 4 records, rejected 1, filtered 1, 1 rows more by exploding");
    }

    @Test
    @DisplayName("R0.6 one endpoint, some, or all; by the API and by the command line")
    void oneEndpointSomeOrAllAreRun() throws Exception {
        assertThat(millrace.runs("hiring", "jobs")).extracting(Run::endpoint).containsExactly("jobs");
        assertThat(millrace.runs("hiring", "jobs", "departments"))
                .extracting(Run::endpoint)
                .containsExactlyInAnyOrder("departments", "jobs");
        assertThat(millrace.runs("hiring"))
                .extracting(Run::endpoint)
                .containsExactlyInAnyOrder("departments", "jobs", "hired_employees");

        MillraceUnderTest.Called called = millrace.call("run", "hiring", "departments", "--json");
        assertThat(called.exitCode()).as(called.err()).isZero();
        assertThat(millrace.gateway().read(called.out(), Answers.Batch.class).runs())
                .extracting(Run::endpoint)
                .containsExactly("departments");
        assertThat(millrace.call("run", "hiring", "offices").exitCode()).isEqualTo(2);
    }

    @Test
    @DisplayName("R0.7 a schedule starts its endpoint when it comes due, in its zone, and starts nothing else")
    void aScheduleStartsItsEndpoint() throws Exception {
        api.on("/scheduled", ScriptedApi.json(ScriptedApi.records(1, 5)));
        ZonedDateTime due =
                ZonedDateTime.now(ZoneId.of("Asia/Singapore")).plusMinutes(2).truncatedTo(ChronoUnit.MINUTES);
        String endpoint = """
                  %1$s:
                    request: {path: /scheduled}
                    destination: {table: required.%1$s, write: replace}
                    schedule: %2$d %3$d * * *
                    timezone: %4$s
                    schema: [{name: id, type: INTEGER}]
                """;
        millrace.pipeline(
                "scheduled",
                "version: 1\nname: scheduled\nsource: {type: rest, baseUrl: \"" + api.url() + "\"}\nendpoints:\n"
                        + endpoint.formatted("here", due.getMinute(), due.getHour(), "Asia/Singapore")
                        + endpoint.formatted("elsewhere", due.getMinute(), due.getHour(), "UTC"));

        MovableClock.moveTo(due.minusSeconds(1).toInstant());

        Run run = await().atMost(Duration.ofSeconds(20))
                .until(
                        RequirementsTest::scheduled,
                        runs -> runs.stream().anyMatch(one -> one.state().ended()))
                .getFirst();
        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        assertThat(scheduled()).extracting(Run::endpoint).containsExactly("here");
        assertThat(millrace.gateway().run(run.id())).contains("\"trigger\":\"schedule\"");
        assertThat(millrace.count("required.here")).isEqualTo(5);
    }

    private static List<Run> scheduled() throws InterruptedException {
        return millrace
                .gateway()
                .read(millrace.gateway().runs("scheduled", null, 1000), Answers.Runs.class)
                .runs()
                .stream()
                .filter(run -> run.pipeline().equals("scheduled"))
                .toList();
    }

    @Test
    @DisplayName("R0.7 a log with START and END, kept per run and archived with its time stamp")
    void theLogHasAStartAndAnEndAndIsArchivedWithItsTimeStamp() throws Exception {
        api.on("/logged", ScriptedApi.json(ScriptedApi.records(1, 5)));
        millrace.pipeline("logged", plainPipeline("logged", "/logged", "required.logged", "replace"));

        Run first = millrace.run("logged");
        Run second = millrace.run("logged");

        for (Run run : List.of(first, second)) {
            List<String> log = millrace.log(run);
            assertThat(log.getFirst()).isEqualTo("INFO START logged/things");
            assertThat(log.getLast()).isEqualTo("INFO END SUCCEEDED");
            List<Path> archived = await().until(() -> archived(run), files -> !files.isEmpty());
            String stamp =
                    String.valueOf(run.finishedAt()).replaceAll("[-:.]", "").substring(0, 15);
            assertThat(archived)
                    .singleElement()
                    .asString()
                    .contains("/" + stamp)
                    .endsWith("Z/log.ndjson");
            assertThat(Files.readAllLines(archived.getFirst()))
                    .hasSameSizeAs(log)
                    .last()
                    .asString()
                    .contains("END SUCCEEDED");
        }
        MillraceUnderTest.Called called = millrace.call("log", first.id());
        assertThat(called.exitCode()).isZero();
        assertThat(called.out()).contains("START logged/things", "END SUCCEEDED");
    }

    private static List<Path> archived(Run run) throws IOException {
        Path archive = millrace.home().root().resolve("staging/archive/" + run.id());
        if (!Files.exists(archive)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(archive)) {
            return files.filter(file -> file.endsWith("log.ndjson")).toList();
        }
    }

    @Test
    @DisplayName("R0.7 a failed run is seen as failed by whoever started it")
    void aFailedRunEndsTheCommandLineWithOne() throws Exception {
        api.on("/failing", ScriptedApi.error(404, "text/plain", "nothing here"));
        millrace.pipeline("failing", plainPipeline("failing", "/failing", "required.failing", "replace"));

        MillraceUnderTest.Called called = millrace.call("run", "failing");

        assertThat(called.exitCode()).isEqualTo(1);
        assertThat(called.err()).contains("failing/things: SOURCE_REFUSED: ", "404: nothing here");
        Run run = millrace.run("failing");
        assertThat(run.state()).isEqualTo(Run.State.FAILED);
        assertThat(millrace.log(run)).last().isEqualTo("INFO END FAILED");
    }

    @Test
    @DisplayName("R2.4 departments, jobs and hired employees, all columns required; R5.4 each record accounted for")
    void theHiringTablesAreLoaded() throws Exception {
        List<Run> runs = millrace.runs("hiring");

        assertThat(runs)
                .extracting(run -> run.table() + " " + run.rowsLoaded() + " " + run.rowsRejected())
                .containsExactlyInAnyOrder(
                        "hiring.departments 12 0", "hiring.jobs 183 0", "hiring.hired_employees 1929 70");
        runs.forEach(RequirementsTest::assertAccountedFor);
        assertThat(millrace.query("""
                        SELECT table_name, column_name, is_nullable FROM information_schema.columns
                        WHERE table_schema = 'hiring' ORDER BY table_name, ordinal_position
                        """))
                .extracting(row -> String.join(" ", row))
                .containsExactly(
                        "departments id NO",
                        "departments department NO",
                        "hired_employees id NO",
                        "hired_employees name NO",
                        "hired_employees datetime NO",
                        "hired_employees department_id NO",
                        "hired_employees job_id NO",
                        "jobs id NO",
                        "jobs job NO");
    }

    @Test
    @DisplayName("R5.4 rejects are viewable with part, row, column, value and reason, those of both steps")
    void rejectsAreViewableWithTheirPlaceAndReason() throws Exception {
        Files.createDirectories(folder.resolve("pipelines/data"));
        Files.writeString(
                folder.resolve("pipelines/data/things.csv"), "id,name\n1,one\n2,two,too many\nthree,three\n4,\n");
        millrace.pipeline("rejecting", """
                version: 1
                name: rejecting
                source: {type: files, folder: data}
                endpoints:
                  things:
                    files: {pattern: "things*.csv", format: {type: csv}}
                    destination: {table: required.rejecting, write: replace}
                    rejects: {maxShare: 0.75}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: name, type: STRING, mode: REQUIRED}
                """);

        Run run = millrace.run("rejecting");

        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        assertAccountedFor(run);
        assertThat(run.rowsLoaded()).isEqualTo(1);
        List<Reject> rejects = millrace.rejects(run);
        assertThat(rejects)
                .extracting(reject -> reject.step() + " " + reject.row() + " " + reject.column() + " " + reject.value())
                .containsExactly("EXTRACT 2 null null", "TRANSFORM 3 id three", "TRANSFORM 4 name null");
        assertThat(rejects).extracting(Reject::part).containsOnly("things.csv");
        assertThat(rejects).extracting(Reject::line).doesNotContainNull();
        assertThat(rejects.get(1).line()).isEqualTo(4);
        assertThat(rejects)
                .allMatch(
                        reject -> !reject.reason().isBlank() && !reject.record().isBlank());
        MillraceUnderTest.Called called = millrace.call("rejects", run.id());
        assertThat(called.out()).contains("things.csv", "three", "too many");
    }

    @Test
    @DisplayName("R0.8 a model maps year groups to school divisions whenever the year groups were loaded")
    void aModelFollowsTheEndpointItComesAfter() throws Exception {
        List<Run> runs = millrace.runs("isams", "year_groups");

        assertThat(runs).extracting(Run::endpoint).containsExactlyInAnyOrder("year_groups", "year_group_division");
        assertThat(runs).extracting(Run::state).containsOnly(Run.State.SUCCEEDED);
        assertThat(millrace.query("SELECT yearGroup, division FROM school.year_group_division ORDER BY id LIMIT 1"))
                .containsExactly(List.of("Year 7", "Lower Secondary"));
        assertThat(millrace.runs("isams", "year_group_division"))
                .extracting(Run::state)
                .containsExactly(Run.State.SUCCEEDED);
    }

    @Test
    @DisplayName(
            "R1.6 records arrive in a bucket unchanged, under key and day, split by rows, marker last; R1.7 with the log")
    void recordsArriveInABucketUnchanged() throws Exception {
        List<String> records = List.of(
                "{\"id\":1.10,\"big\":123456789012345678901234567890,\"ID\":2}",
                "{\"text\": \"\\u00e9 é\", \"nested\":{\"a\":[1,2.50]}}",
                "{\"n\":1e400}");
        api.on(
                "/lake/events",
                exchange -> ScriptedApi.send(exchange, 200, "application/json", "[" + String.join(",", records) + "]"));
        millrace.pipeline("lake", """
                version: 1
                name: lake
                source: {type: rest, baseUrl: "%s/lake"}
                endpoints:
                  events:
                    request: {path: /events, query: {day: "${day}"}}
                    destination: {type: bucket, bucket: lake, key: events/all, rows: 2}
                    day: {}
                """.formatted(api.url()));

        millrace.runsOf("2026-01-31", "lake", "events");
        Run run = millrace.runsOf("2026-01-31", "lake", "events").getFirst();

        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        assertThat(run.rowsExtracted()).isEqualTo(3);
        assertThat(run.rowsLoaded()).isEqualTo(3);
        Path day = millrace.home().root().resolve("published/lake/events/all/2026-01-31");
        assertThat(linesOf(day.resolve(run.id() + "-1/part-00000.ndjson.gz"))).isEqualTo(records.subList(0, 2));
        assertThat(linesOf(day.resolve(run.id() + "-1/part-00001.ndjson.gz"))).isEqualTo(records.subList(2, 3));
        assertThat(Files.readString(day.resolve("_published.json")))
                .contains("\"run\":\"" + run.id() + "\"", "\"rows\":3", "part-00001.ndjson.gz");
        try (Stream<Path> folders = Files.list(day)) {
            assertThat(folders.map(path -> String.valueOf(path.getFileName())))
                    .as("nothing of the run before is left")
                    .filteredOn(name -> !name.startsWith("_"))
                    .containsExactly(run.id() + "-1");
        }
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            try (Stream<Path> logs = Files.list(day.resolve("_logs"))) {
                assertThat(logs)
                        .hasSize(2)
                        .anySatisfy(log -> assertThat(Files.readString(log))
                                .contains("START lake/events of 2026-01-31", "END SUCCEEDED"));
            }
        });
    }

    private static List<String> linesOf(Path file) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }
}
