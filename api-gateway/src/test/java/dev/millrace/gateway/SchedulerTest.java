package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.pipeline.BackupFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Abort;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R0.7: endpoints are started when their schedules come due. */
class SchedulerTest {
    private static final String PIPELINE = """
            version: 1
            name: school
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              students:
                request: {path: /students}
                destination: {table: school.students, write: append}
                schedule: "0 6 * * *"
                timezone: Asia/Singapore
                schema: [{name: id, type: INTEGER}]
              never:
                request: {path: /never}
                destination: {table: school.never, write: append}
                schema: [{name: id, type: INTEGER}]
            """;

    @TempDir
    Path folder;

    private final SetClock clock = new SetClock();
    private ScriptedServices services;
    private GatewayUnderTest gateway;

    @BeforeEach
    void start() throws Exception {
        Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(folder.resolve("pipelines/school.yaml"), PIPELINE);
        services = new ScriptedServices(folder.resolve("staging"));
        gateway = newGateway();
    }

    private GatewayUnderTest newGateway() {
        return GatewayUnderTest.start(
                folder,
                services,
                Map.of("url", "jdbc:h2:file:" + folder.resolve("runs")),
                clock,
                Map.of("millrace.gateway.schedules.follow", true));
    }

    @AfterEach
    void close() {
        gateway.close();
        services.close();
    }

    @Test
    void anEndpointIsStartedWhenItsHourComesInItsTimeZone() throws SQLException {
        untilStarted();

        assertThat(gateway.get("/api/v1/runs").onlyRun().get("trigger").getStringValue())
                .isEqualTo("schedule");
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement();
                ResultSet keys = statement.executeQuery("SELECT idempotency_key FROM idempotency")) {
            assertThat(keys.next()).isTrue();
            assertThat(keys.getString(1))
                    .startsWith("schedule:school/students/")
                    .endsWith("T22:00:00Z");
            assertThat(keys.next()).isFalse();
        }
    }

    @Test
    void aTableIsBackedUpOnceEachTimeThatItIsDueAndNotBesideABackupThatIsUnderWay() throws Exception {
        Files.writeString(
                folder.resolve("pipelines/school.yaml"), PIPELINE.replace("    schedule: \"0 6 * * *\"\n", "") + """
                backups:
                  - {table: school.students, schedule: "0 * * * *", format: parquet, keep: 30}
                """);
        await().until(() -> number("SELECT count(*) FROM idempotency") == 0
                && gateway.get("/api/v1/schedules").body().get("schedules").size() == 1);
        Task first = untilBackedUp();
        assertThat(first.work())
                .isEqualTo(new Work.Backup(first.run(), 1, "school.students", BackupFormat.PARQUET, 30, null));
        assertThat(gateway.get("/api/v1/runs/" + first.run()).text("trigger")).isEqualTo("backup");
        assertThat(number("SELECT count(*) FROM log_line WHERE message = 'started by the schedule 0 * * * * in UTC'"))
                .isEqualTo(1);
        clock.forward(Duration.ofHours(1));
        awaitLook();
        assertThat(number("SELECT count(*) FROM run")).isEqualTo(1);

        services.answerAbortsWith(new Abort.Closed());
        services.fail(first, ErrorCode.BACKUP_REFUSED, "no place");
        await().until(() -> gateway.metric("millrace_backups_total") == 1);
        gateway.close();
        gateway = newGateway();
        assertThat(untilBackedUp().work()).isInstanceOf(Work.Backup.class);
        assertThat(
                        number(
                                "SELECT count(*) FROM idempotency WHERE idempotency_key LIKE 'schedule:school/school.students/%:00:00Z'"))
                .isEqualTo(2);
    }

    @Test
    void whatComesDueWhileItIsSuspendedIsNotMadeUpFor() {
        gateway.post("/api/v1/runs/" + untilStarted().run() + "/cancel", "");
        gateway.post("/api/v1/schedules/school/students/suspend", "");

        clock.forward(Duration.ofDays(2));
        awaitLook();

        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
        gateway.post("/api/v1/schedules/school/students/resume", "");
        awaitLook();
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();
        untilStarted();
    }

    @Test
    void whatComesDueWhileTheRunDatabaseFailsIsStartedWhenItIsBack() throws SQLException {
        gateway.post("/api/v1/runs/" + untilStarted().run() + "/cancel", "");
        try {
            rename("claim", "claim_away");
            clock.forward(Duration.ofDays(1));
            await().until(() -> gateway.metric("millrace_work_failing{work=\"schedules\"}") == 1);
        } finally {
            rename("claim_away", "claim");
        }
        services.next(Step.EXTRACT);
    }

    @Test
    void aPipelineIsStartedOnceEachTimeThatAllItComesAfterHaveSucceeded() throws Exception {
        file("one", "");
        file("last", "after: [one, other]\n");
        await().until(() -> number("SELECT count(*) FROM pipeline_after") == 2);
        assertThat(unknown()).containsExactly("other");
        load("one");
        file("other", "");
        await().until(() -> number("SELECT count(*) FROM pipeline_after") == 2);
        assertThat(unknown()).isEmpty();

        load("one");
        post("other");
        services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_UNAVAILABLE, "away");
        awaitLook();
        load("other");
        Task first = services.next(Step.EXTRACT);
        assertThat(first.pipeline()).isEqualTo("last");
        assertThat(gateway.get("/api/v1/runs/" + first.run()).text("trigger")).isEqualTo("after");
        load("one");
        load("other"); // while the first is under way
        services.fail(first, ErrorCode.SOURCE_UNAVAILABLE, "away");
        Task second = services.next(Step.EXTRACT);
        assertThat(second.pipeline()).isEqualTo("last");
        finish(second);

        gateway.close();
        gateway = newGateway();
        load("one");
        awaitLook();
        assertThat(number("SELECT count(*) FROM run WHERE pipeline = 'last'")).isEqualTo(2);
        load("other");
        assertThat(services.next(Step.EXTRACT).pipeline()).isEqualTo("last");
    }

    @Test
    void aPipelineIsStartedAfterABackfillAndNotBetweenItsWindows() throws Exception {
        Files.writeString(folder.resolve("pipelines/days.yaml"), """
                version: 1
                name: days
                source: {type: rest, baseUrl: "http://127.0.0.1:1"}
                endpoints:
                  rows:
                    request: {path: /, query: {day: "${day}"}}
                    destination: {table: days.rows, write: replace}
                    day: {column: day}
                    schema: [{name: day, type: DATE}]
                """);
        file("last", "after: [days]\n");
        await().until(() ->
                number("SELECT count(*) FROM pipeline_after") == 1 && unknown().isEmpty());
        assertThat(gateway.post(
                                "/api/v1/pipelines/days/backfills",
                                "{\"endpoints\":[\"rows\"],\"from\":\"2026-01-01\",\"to\":\"2026-01-02\"}")
                        .status())
                .isEqualTo(202);
        finish(services.next(Step.EXTRACT));
        Task second = services.next(Step.EXTRACT);
        awaitLook();
        assertThat(number("SELECT count(*) FROM run WHERE pipeline = 'last'")).isZero();
        finish(second);
        assertThat(services.next(Step.EXTRACT).pipeline()).isEqualTo("last");
    }

    @Test
    void whatCameDueWhileNoGatewayWasUpIsMadeUpForAsTheEndpointSays() throws Exception {
        Files.writeString(folder.resolve("pipelines/school.yaml"), """
                version: 1
                name: school
                source: {type: rest, baseUrl: "http://127.0.0.1:1"}
                endpoints:
                  none:
                    request: {path: /none}
                    destination: {table: school.none, write: append}
                    schedule: "0 6 * * *"
                    schema: [{name: id, type: INTEGER}]
                  last:
                    request: {path: /last}
                    destination: {table: school.last, write: append}
                    schedule: "0 6 * * *"
                    catchUp: last
                    schema: [{name: id, type: INTEGER}]
                  suspended:
                    request: {path: /suspended}
                    destination: {table: school.suspended, write: append}
                    schedule: "0 6 * * *"
                    catchUp: last
                    schema: [{name: id, type: INTEGER}]
                  all:
                    request: {path: /all, query: {day: "${day}"}}
                    destination: {table: school.all, write: replace}
                    schedule: "0 6 * * *"
                    catchUp: all
                    day: {column: at, loads: complete}
                    schema: [{name: at, type: DATE}]
                """);
        await().until(() ->
                gateway.get("/api/v1/schedules").body().get("schedules").size() == 4);
        gateway.post("/api/v1/schedules/school/suspended/suspend", "");
        awaitLook();
        gateway.close();
        clock.forward(Duration.ofDays(3));
        gateway = newGateway();

        await().until(() -> number("SELECT count(*) FROM idempotency") == 4);
        awaitLook();
        assertThat(
                        number(
                                "SELECT count(*) FROM idempotency WHERE idempotency_key LIKE 'schedule:school/last/%T06:00:00Z'"))
                .isEqualTo(1);
        assertThat(number("SELECT count(DISTINCT run_day) FROM run WHERE endpoint = 'all'"))
                .isEqualTo(3);
        assertThat(number("SELECT count(*) FROM run")).isEqualTo(4);
        // as if a gateway of another version had started them, which names no window, and had not kept that it followed
        // them
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE idempotency SET request = 'other' WHERE idempotency_key LIKE '%school/all/%'");
            statement.execute("UPDATE schedule_look SET at = at - INTERVAL '3' DAY");
        }
        gateway.close();
        gateway = newGateway();
        awaitLook();
        assertThat(number("SELECT count(*) FROM run")).isEqualTo(4);
        assertThat(gateway.metric("millrace_work_failing")).isZero();
    }

    private List<String> unknown() {
        List<String> names = new ArrayList<>();
        Objects.requireNonNull(gateway.get("/api/v1/pipelines/last").body().get("afterUnknown"))
                .values()
                .forEach(name -> names.add(name.getStringValue()));
        return names;
    }

    private void file(String name, String after) throws IOException {
        Files.writeString(folder.resolve("pipelines/" + name + ".yaml"), """
                version: 1
                name: %1$s
                %2$ssource: {type: rest, baseUrl: "http://127.0.0.1:1"}
                endpoints:
                  rows: {request: {path: /}, destination: {table: %1$s.rows, write: append}, schema: [{name: id, type: INTEGER}]}
                """.formatted(name, after));
    }

    private void post(String pipeline) {
        assertThat(gateway.post("/api/v1/pipelines/" + pipeline + "/runs", "{}").status())
                .isEqualTo(202);
    }

    private void load(String pipeline) {
        post(pipeline);
        Task extract = services.next(Step.EXTRACT);
        assertThat(extract.pipeline()).isEqualTo(pipeline);
        finish(extract);
    }

    private void finish(Task extract) {
        services.finish(extract, 1, 0);
        services.finish(services.next(Step.TRANSFORM), 1, 0);
        services.commit(services.next(Step.LOAD), 1);
    }

    private long number(String sql) throws SQLException {
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** Time passes until a backup is started. */
    private Task untilBackedUp() {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            clock.forward(Duration.ofMinutes(30));
            return services.hasTask(Step.LOAD);
        });
        return services.next(Step.LOAD);
    }

    /** Time passes until a run is started. */
    private Task untilStarted() {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            clock.forward(Duration.ofHours(1));
            return services.hasTask(Step.EXTRACT);
        });
        return services.next(Step.EXTRACT);
    }

    /** A look of the scheduler at the clock as it is now has begun and ended. */
    private void awaitLook() {
        int looks = clock.looks();
        await().until(() -> clock.looks() > looks + 1);
    }

    private void rename(String table, String name) throws SQLException {
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE " + table + " RENAME TO " + name);
        }
    }
}
