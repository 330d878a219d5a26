package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.gateway.store.embedded.H2Url;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.json.tree.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.MigrateResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** R1.8: ranges of days, whatever the run database. */
abstract class BackfillsContract extends GatewayTests {
    private static final String PIPELINE = """
            version: 1
            name: logs
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              events:
                request: {path: "/events", query: {day: "${day}"}}
                destination: {table: logs.events, write: replace}
                day: {column: day}
                schema: [{name: day, type: DATE}]
              late:
                request: {path: "/late", query: {day: "${day}"}}
                destination: {table: logs.late, write: replace}
                day: {column: day, settle: 48h}
                schema: [{name: day, type: DATE}]
              orders:
                request: {path: "/orders", query: {day: "${day}"}}
                destination: {table: logs.orders, write: replace}
                day: {column: day}
                schema: [{name: day, type: DATE}]
                furtherTables:
                  lines:
                    destination: {table: logs.lines, write: replace}
                    day: {column: day}
                    schema: [{name: day, type: DATE}]
              bills:
                request: {path: "/bills", query: {from: "${day}", to: "${day.end}"}}
                destination: {table: logs.bills, write: replace}
                day: {column: day, window: month}
                schema: [{name: day, type: DATE}]
              all:
                request: {path: "/all"}
                destination: {table: logs.all, write: replace}
                schema: [{name: id, type: INTEGER}]
            models:
              totals: {after: [events], destination: {table: logs.totals, write: replace}, sql: SELECT 1 AS n}
            """;
    private static final String BACKFILLS = "/api/v1/pipelines/logs/backfills";

    BackfillsContract() {
        super("logs", PIPELINE);
    }

    private static String events(String from, String to, String more) {
        return "{\"endpoints\":[\"events\"],\"from\":\"" + from + "\",\"to\":\"" + to + "\"" + more + "}";
    }

    private static String begin(GatewayUnderTest gateway, String body) {
        GatewayUnderTest.Answer answer = gateway.post(BACKFILLS, body);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
        return answer.text("id");
    }

    private static JsonNode backfill(GatewayUnderTest gateway, String id) {
        return gateway.get("/api/v1/backfills/" + id).body();
    }

    private static void awaitEnd(GatewayUnderTest gateway, String id, String state) {
        await().untilAsserted(() -> assertThat(
                        Objects.requireNonNull(backfill(gateway, id).get("state"))
                                .coerceStringValue())
                .isEqualTo(state));
    }

    /** Day and state of each window. */
    private static List<String> windows(JsonNode backfill) {
        List<String> windows = new ArrayList<>();
        Objects.requireNonNull(backfill.get("windows"))
                .values()
                .forEach(window ->
                        windows.add(Objects.requireNonNull(window.get("day")).coerceStringValue() + " "
                                + Objects.requireNonNull(window.get("state")).coerceStringValue()));
        return windows;
    }

    private void load(Task extract) {
        services.finish(extract, 10, 0);
        services.finish(services.next(Step.TRANSFORM), 10, 0);
        services.commit(services.next(Step.LOAD), 10);
    }

    /** Loads the days that come, in their order. */
    private void load(String... days) {
        for (String day : days) {
            Task extract = services.next(Step.EXTRACT);
            assertThat(extract.day()).hasToString(day);
            load(extract);
        }
    }

    private void loadModel() {
        services.commit(services.next(Step.LOAD), 1);
    }

    @Test
    void eachDayIsLoadedByARunOfItsOwnAndTheModelsFollowOnce() {
        GatewayUnderTest gateway = gateway();
        String id = begin(gateway, events("2026-01-30", "2026-02-01", ""));
        load("2026-01-30", "2026-01-31", "2026-02-01");
        Task model = services.next(Step.LOAD);
        assertThat(model.endpoint()).isEqualTo("totals");
        services.commit(model, 1);

        awaitEnd(gateway, id, "SUCCEEDED");
        JsonNode ended = backfill(gateway, id);
        assertThat(windows(ended))
                .containsExactly("2026-01-30 SUCCEEDED", "2026-01-31 SUCCEEDED", "2026-02-01 SUCCEEDED");
        assertThat(Objects.requireNonNull(ended.get("models")).size()).isOne();
        assertThat(gateway.get("/api/v1/backfills?pipeline=logs&state=SUCCEEDED")
                        .body()
                        .getValue())
                .asString()
                .contains(id);
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
    }

    @Test
    void soManyDaysAreUnderWayAtOnceAsAreAllowed() {
        GatewayUnderTest gateway = gateway();
        String id = begin(gateway, events("2026-01-01", "2026-01-05", ",\"parallelism\":2"));
        Task first = services.next(Step.EXTRACT);
        Task second = services.next(Step.EXTRACT);
        services.finish(first, 10, 0);
        services.finish(services.next(Step.TRANSFORM), 10, 0);
        Task load = services.next(Step.LOAD);
        assertThat(windows(backfill(gateway, id)))
                .containsExactly(
                        "2026-01-01 RUNNING",
                        "2026-01-02 RUNNING",
                        "2026-01-03 WAITING",
                        "2026-01-04 WAITING",
                        "2026-01-05 WAITING");
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
        services.commit(load, 10);
        Task third = services.next(Step.EXTRACT);
        assertThat(third.day()).hasToString("2026-01-03");
        load(second);
        load(third);
        load(services.next(Step.EXTRACT));
        load(services.next(Step.EXTRACT));
        loadModel();
        awaitEnd(gateway, id, "SUCCEEDED");
    }

    @Test
    void aDayThatIsLoadedIsLeftOutUnlessItIsForced() {
        GatewayUnderTest gateway = gateway();
        String run =
                gateway.post("/api/v1/pipelines/logs/endpoints/all/runs", "{}").runId();
        load(services.next(Step.EXTRACT));
        awaitState(gateway, run, "SUCCEEDED");
        String loaded = gateway.post(
                        "/api/v1/pipelines/logs/runs", "{\"endpoints\":[\"events\"],\"day\":\"2026-01-02\"}")
                .runId();
        load("2026-01-02");
        loadModel();
        awaitState(gateway, loaded, "SUCCEEDED");

        JsonNode plan = gateway.post(BACKFILLS, events("2026-01-01", "2026-01-03", ",\"dryRun\":true"))
                .body();
        assertThat(windows(plan)).containsExactly("2026-01-01 WAITING", "2026-01-02 SKIPPED", "2026-01-03 WAITING");
        assertThat(Objects.requireNonNull(plan.get("id")).isNull()).isTrue();
        assertThat(plan.getValue()).asString().contains(loaded);

        String id = begin(gateway, events("2026-01-01", "2026-01-03", ""));
        load("2026-01-01", "2026-01-03");
        loadModel();
        awaitEnd(gateway, id, "SUCCEEDED");
        String again = begin(gateway, events("2026-01-01", "2026-01-03", ""));
        awaitEnd(gateway, again, "SUCCEEDED");
        assertThat(windows(backfill(gateway, again))).allMatch(window -> window.endsWith("SKIPPED"));
        String forced = begin(gateway, events("2026-01-01", "2026-01-03", ",\"force\":true"));
        load("2026-01-01", "2026-01-02", "2026-01-03");
        loadModel();
        awaitEnd(gateway, forced, "SUCCEEDED");
    }

    @Test
    void aDayCountsOnlyWhenItsRunBeganAfterItWasComplete() {
        GatewayUnderTest gateway = gateway();
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        String body = events(today.minusDays(1).toString(), today.toString(), "");
        String id = begin(gateway, body);
        load(today.minusDays(1).toString(), today.toString());
        loadModel();
        awaitEnd(gateway, id, "SUCCEEDED");
        String again = begin(gateway, body);
        load(today.toString());
        loadModel();
        awaitEnd(gateway, again, "SUCCEEDED");

        String late = body.replace("events", "late");
        String settling = begin(gateway, late);
        load(today.minusDays(1).toString(), today.toString());
        awaitEnd(gateway, settling, "SUCCEEDED");
        JsonNode plan =
                gateway.post(BACKFILLS, late.replace("}", ",\"dryRun\":true}")).body();
        assertThat(windows(plan)).allMatch(window -> window.endsWith("WAITING"));
    }

    @Test
    void aMonthIsLoadedByARunOfItsOwnAndADayOfItIsNoMonth() {
        GatewayUnderTest gateway = gateway();
        String months = events("2025-12-31", "2026-01", "").replace("events", "bills");
        String id = begin(gateway, months);
        load("2025-12", "2026-01");
        awaitEnd(gateway, id, "SUCCEEDED");
        String again = begin(gateway, months.replace("2025-12-31", "2025-W48"));
        load("2025-11");
        awaitEnd(gateway, again, "SUCCEEDED");
        assertThat(windows(backfill(gateway, again)))
                .containsExactly("2025-11 SUCCEEDED", "2025-12 SKIPPED", "2026-01 SKIPPED");
        assertThat(gateway.post("/api/v1/pipelines/logs/endpoints/bills/runs", "{\"day\":\"2026-01-01\"}")
                        .text("detail"))
                .isEqualTo("day: '2026-01-01' (expected: a month such as 2026-01)");
        String run = gateway.post("/api/v1/pipelines/logs/endpoints/bills/runs", "{\"day\":\"2026-02\"}")
                .runId();
        load("2026-02");
        awaitState(gateway, run, "SUCCEEDED");
        assertThat(gateway.get("/api/v1/runs/" + run).text("day")).isEqualTo("2026-02");
    }

    @Test
    void aDayThatTheLedgerHasNotOrThatIsInAnotherTableIsLoadedAgain() throws IOException {
        GatewayUnderTest gateway = gateway();
        String id = begin(gateway, events("2026-01-01", "2026-01-02", ""));
        Task first = services.next(Step.EXTRACT);
        load(first);
        load("2026-01-02");
        loadModel();
        awaitEnd(gateway, id, "SUCCEEDED");

        services.lose(first.run());
        String dry = events("2026-01-01", "2026-01-02", ",\"dryRun\":true");
        assertThat(windows(gateway.post(BACKFILLS, dry).body()))
                .containsExactly("2026-01-01 WAITING", "2026-01-02 SKIPPED");
        Files.writeString(
                folder.resolve("pipelines/logs.yaml"),
                PIPELINE.replace("table: logs.events", "table: logs.new_events"));
        assertThat(windows(gateway.post(BACKFILLS, dry).body()))
                .containsExactly("2026-01-01 WAITING", "2026-01-02 WAITING");
    }

    @Test
    void aDayThatFailsStopsNoOtherAndIsLoadedByTheNextCall() {
        GatewayUnderTest gateway = gateway();
        String id = begin(gateway, events("2026-01-01", "2026-01-03", ""));
        load("2026-01-01");
        services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_REFUSED, "no such day");
        load("2026-01-03");
        awaitEnd(gateway, id, "FAILED");
        assertThat(windows(backfill(gateway, id)))
                .containsExactly("2026-01-01 SUCCEEDED", "2026-01-02 FAILED", "2026-01-03 SUCCEEDED");
        assertThat(backfill(gateway, id).getValue()).asString().contains("SOURCE_REFUSED");
        assertThat(services.hasTask(Step.LOAD)).isFalse();

        String again = begin(gateway, events("2026-01-01", "2026-01-03", ""));
        load("2026-01-02");
        loadModel();
        awaitEnd(gateway, again, "SUCCEEDED");
    }

    @Test
    void aDayIsLoadedWhenItsFurtherTablesAreToo() {
        GatewayUnderTest gateway = gateway();
        String body = events("2026-01-01", "2026-01-01", "").replace("events", "orders");
        String id = begin(gateway, body);
        load("2026-01-01");
        services.fail(services.next(Step.TRANSFORM), ErrorCode.INTERNAL, "lost its way");
        awaitEnd(gateway, id, "FAILED");

        String again = begin(gateway, body);
        load("2026-01-01");
        services.finish(services.next(Step.TRANSFORM), 10, 0);
        services.commit(services.next(Step.LOAD), 10);
        awaitEnd(gateway, again, "SUCCEEDED");
        String third = begin(gateway, body);
        awaitEnd(gateway, third, "SUCCEEDED");
        assertThat(windows(backfill(gateway, third))).containsExactly("2026-01-01 SKIPPED");
    }

    @Test
    void aBackfillGoesOnWhenItsGatewayHasDied() {
        GatewayUnderTest first = gateway();
        String id = begin(first, events("2026-01-01", "2026-01-03", ""));
        Task extract = services.next(Step.EXTRACT);
        end(first);

        GatewayUnderTest second = gateway();
        load(SchoolTests.at(extract, second));
        load("2026-01-02", "2026-01-03");
        loadModel();
        awaitEnd(second, id, "SUCCEEDED");
    }

    @Test
    void twoGatewaysStartEachDayOnce() {
        GatewayUnderTest one = newGateway(Map.of());
        GatewayUnderTest other = newGateway(Map.of());
        String id = begin(one, events("2026-01-01", "2026-01-08", ",\"parallelism\":3"));
        List<String> days = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Task extract = services.next(Step.EXTRACT);
            days.add(String.valueOf(extract.day()));
            load(extract);
        }
        loadModel();
        awaitEnd(other, id, "SUCCEEDED");
        assertThat(days).doesNotHaveDuplicates().hasSize(8);
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
    }

    @Test
    void aBackfillThatIsCancelledStartsNothingMore() {
        GatewayUnderTest gateway = gateway();
        String id = begin(gateway, events("2026-01-01", "2026-01-03", ""));
        load("2026-01-01");
        Task _ = services.next(Step.EXTRACT);
        assertThat(gateway.post("/api/v1/backfills/" + id + "/cancel", "").text("state"))
                .isEqualTo("CANCELLED");
        await().untilAsserted(() -> assertThat(windows(backfill(gateway, id)))
                .containsExactly("2026-01-01 SUCCEEDED", "2026-01-02 CANCELLED", "2026-01-03 CANCELLED"));
        assertThat(gateway.post("/api/v1/backfills/" + id + "/cancel", "").status())
                .isEqualTo(200);

        String again = begin(gateway, events("2026-01-01", "2026-01-03", ""));
        load("2026-01-02", "2026-01-03");
        loadModel();
        awaitEnd(gateway, again, "SUCCEEDED");
    }

    @Test
    void oneBackfillOfAnEndpointIsUnderWayAtATime() {
        GatewayUnderTest gateway = gateway();
        String id = begin(gateway, events("2026-01-01", "2026-01-02", ""));
        GatewayUnderTest.Answer other = gateway.post(BACKFILLS, "{\"from\":\"2025-01-01\",\"to\":\"2025-01-01\"}");
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.text("code")).isEqualTo("BACKFILL_ACTIVE");
        assertThat(other.text("detail"))
                .isEqualTo(
                        "backfill " + id + " of logs/events is under way (expected: its end, or that it is cancelled)");
    }

    @Test
    void aDayWhoseRunIsUnderWayWaitsForItAndDelaysNoOther() {
        GatewayUnderTest gateway = gateway();
        gateway.post("/api/v1/pipelines/logs/runs", "{\"endpoints\":[\"events\"],\"day\":\"2026-01-01\"}");
        Task underWay = services.next(Step.EXTRACT);
        String id = begin(gateway, events("2026-01-01", "2026-01-02", ""));
        load("2026-01-02");
        load(underWay);
        loadModel();
        load("2026-01-01");
        loadModel();
        awaitEnd(gateway, id, "SUCCEEDED");
    }

    @Test
    void aPipelineThatIsGoneEndsTheBackfill() throws IOException {
        GatewayUnderTest gateway = gateway();
        String id = begin(gateway, events("2026-01-01", "2026-01-02", ""));
        Task first = services.next(Step.EXTRACT);
        Files.delete(folder.resolve("pipelines/logs.yaml"));
        load(first);
        awaitEnd(gateway, id, "FAILED");
        assertThat(backfill(gateway, id).getValue()).asString().contains("PIPELINE_UNKNOWN");
        assertThat(windows(backfill(gateway, id))).containsExactly("2026-01-01 SUCCEEDED", "2026-01-02 CANCELLED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"from\":\"2026-01-02\",\"to\":\"2026-01-01\"} | to: 2026-01-01 (expected: 2026-01-02, which is from, or"
                        + " later)",
                "{\"from\":\"2026-01-02\"} | to: nothing (expected: a date such as 2026-01-31)",
                "{\"from\":\"yesterday\",\"to\":\"2026-01-01\"} | from: 'yesterday' (expected: a date such as 2026-01-31;"
                        + " or 2026-01-31T13, 2026-W05 or 2026-01 for an hour, week or month)",
                "{\"from\":\"1900-01-02\",\"to\":\"2026-01-01\"} | from, to: 139576 windows (expected: at most"
                        + " 10000 at once)",
                "{\"endpoints\":[\"all\"],\"from\":\"2026-01-01\",\"to\":\"2026-01-01\"} | endpoints: all doesn't load"
                        + " single days (no key 'day' in the pipeline file)",
                "{\"endpoints\":[\"none\"],\"from\":\"2026-01-01\",\"to\":\"2026-01-01\"} | pipeline logs has no endpoint"
                        + " 'none' that could be backfilled (it has: bills, events, late, orders)",
                "{\"endpoints\":[\"late\",\"late\"],\"from\":\"2026-01-01\",\"to\":\"2026-01-01\"} | endpoints: [late,"
                        + " late] (expected: each name once)",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-01-01\",\"parallelism\":0} | parallelism: '0' (expected: 1 to 64)",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-01-01\",\"parallelism\":\"2\"} | parallelism: '2' (expected: 1 to"
                        + " 64)",
                "{\"from\":\"2026-01-01\",\"to\":\"2026-01-01\",\"force\":\"no\"} | force: 'no' (expected: true or false)",
            })
    void aRequestThatMakesNoSenseIsRefused(String body, String detail) {
        GatewayUnderTest gateway = gateway();
        GatewayUnderTest.Answer answer = gateway.post(BACKFILLS, body);
        assertThat(answer.text("detail")).isEqualTo(detail);
        assertThat(answer.status()).isIn(400, 404);
    }

    @Test
    void aDayOfTheFutureAndAnUnknownKeyAreRefused() {
        GatewayUnderTest gateway = gateway();
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        assertThat(gateway.post(
                                BACKFILLS,
                                events("2026-01-01", today.plusDays(2).toString(), ""))
                        .text("detail"))
                .isEqualTo("to: " + today.plusDays(2) + " (expected: " + today + " at the latest, which is now)");
        assertThat(gateway.post(BACKFILLS, events("2026-01-01", "2026-01-02", ",\"paralelism\":2"))
                        .status())
                .isEqualTo(400);
        assertThat(gateway.get("/api/v1/backfills/none").text("code")).isEqualTo("BACKFILL_UNKNOWN");
        assertThat(gateway.get("/api/v1/backfills?state=DONE").text("detail"))
                .isEqualTo("state: 'DONE' (expected: one of [RUNNING, SUCCEEDED, FAILED, CANCELLED])");
    }

    @Test
    void thoseOfAVersionThatKnewDaysOnlyStayOfTheSameDays() throws SQLException {
        checkDaysOfEarlierVersions(newDatabase(folder.resolve("days-only")));
    }

    /**
     * Before {@code V23}, first and last day were dates.
     *
     * @param database an empty one
     */
    static void checkDaysOfEarlierVersions(Map<String, Object> database) throws SQLException {
        String url = H2Url.isH2(text(database, "url")) ? H2Url.complete(text(database, "url")) : text(database, "url");
        FluentConfiguration migrations = Flyway.configure().dataSource(url, text(database, "username"), "");
        MigrateResult _ = migrations.target("22").load().migrate();
        try (Connection connection = migrations.getDataSource().getConnection();
                Statement statement = connection.createStatement()) {
            int _ = statement.executeUpdate(
                    "INSERT INTO backfill (id, pipeline, first_day, last_day, parallelism, state, created_at) VALUES"
                            + " ('old', 'logs', DATE '2025-12-31', DATE '2026-01-01', 1, 'RUNNING', CURRENT_TIMESTAMP)");
            int _ = statement.executeUpdate("INSERT INTO backfill_window (backfill, run_day, endpoint) VALUES"
                    + " ('old', DATE '2025-12-31', 'events'), ('old', DATE '2026-01-01', 'events')");
        }

        MigrateResult _ = migrations.target(MigrationVersion.LATEST).load().migrate();

        try (Connection connection = migrations.getDataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT first_day, last_day, run_day FROM backfill"
                        + " JOIN backfill_window ON backfill = id ORDER BY run_day")) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                found.add(rows.getString(1) + " " + rows.getString(2) + " " + rows.getString(3));
            }
            assertThat(found).containsExactly("2025-12-31 2026-01-01 2025-12-31", "2025-12-31 2026-01-01 2026-01-01");
        }
    }

    private static String text(Map<String, Object> database, String property) {
        return database.getOrDefault(property, "sa").toString();
    }
}
