package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.json.tree.JsonNode;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What callers may count on, whoever follows the schedules. */
abstract class SchedulesContract extends GatewayTests {
    static final String SCHEDULES = "/api/v1/schedules";
    static final String PIPELINE = """
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
              terms:
                request: {path: /terms}
                destination: {table: school.terms, write: append}
                schedule: "30 23 31 12 *"
                schema: [{name: id, type: INTEGER}]
              never:
                request: {path: /never}
                destination: {table: school.never, write: append}
                schema: [{name: id, type: INTEGER}]
            backups:
              - {table: school.terms, schedule: "0 3 * * *", timezone: Europe/Madrid, format: parquet, keep: 30, keepDays: 90}
            """;

    GatewayUnderTest gateway;

    SchedulesContract() {
        super("school", PIPELINE);
    }

    /** Configures who follows the schedules, which are those of {@link #PIPELINE}. */
    abstract Map<String, Object> properties();

    /** Stands at noon of 2026-01-31 in UTC. */
    @Override
    Clock clock() {
        return new SetClock();
    }

    @BeforeEach
    final void start() {
        gateway = gateway(properties());
    }

    /** Another gateway in the place of the first, on the same run database. */
    final void restart(Map<String, Object> properties) {
        end(gateway);
        gateway = gateway(properties);
    }

    final List<JsonNode> schedules() {
        GatewayUnderTest.Answer answer = gateway.get(SCHEDULES);
        assertThat(answer.status()).isEqualTo(200);
        List<JsonNode> all = new ArrayList<>();
        Objects.requireNonNull(answer.body().get("schedules")).values().forEach(all::add);
        return all;
    }

    static String text(JsonNode schedule, String field) {
        JsonNode value = Objects.requireNonNull(schedule.get(field), field);
        return value.isNull() ? "null" : value.coerceStringValue();
    }

    static void assertProblem(GatewayUnderTest.Answer answer, int status, String code) {
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(answer.text("code")).isEqualTo(code);
        assertThat(answer.status()).isEqualTo(status);
    }

    final GatewayUnderTest.Answer suspend(String endpoint) {
        return gateway.post(SCHEDULES + "/school/" + endpoint + "/suspend", "");
    }

    final GatewayUnderTest.Answer resume(String endpoint) {
        return gateway.post(SCHEDULES + "/school/" + endpoint + "/resume", "");
    }

    @Test
    void eachScheduleIsShownWithItsNextTime() {
        assertThat(schedules())
                .extracting(
                        schedule -> text(schedule, "endpoint"),
                        schedule -> text(schedule, "backup"),
                        schedule -> text(schedule, "schedule"),
                        schedule -> text(schedule, "timezone"),
                        schedule -> text(schedule, "suspended"),
                        schedule -> text(schedule, "next"),
                        schedule -> text(schedule, "lastStarted"),
                        schedule -> text(schedule, "lastRun"),
                        schedule -> text(schedule, "note"))
                .containsExactly(
                        tuple(
                                "school.terms",
                                "true",
                                "0 3 * * *",
                                "Europe/Madrid",
                                "false",
                                "2026-02-01T02:00:00Z",
                                "null",
                                "null",
                                "null"),
                        tuple(
                                "students",
                                "false",
                                "0 6 * * *",
                                "Asia/Singapore",
                                "false",
                                "2026-01-31T22:00:00Z",
                                "null",
                                "null",
                                "null"),
                        tuple(
                                "terms",
                                "false",
                                "30 23 31 12 *",
                                text(schedules().get(2), "timezone"),
                                "false",
                                "2026-12-31T23:30:00Z",
                                "null",
                                "null",
                                "null"));
    }

    @Test
    void aSuspendedScheduleHasNoNextTimeUntilItIsResumed() {
        GatewayUnderTest.Answer suspended = suspend("students");
        assertThat(suspended.status()).isEqualTo(200);
        assertThat(suspended.text("suspended")).isEqualTo("true");
        assertThat(suspended.body().get("next")).isEqualTo(JsonNode.nullNode());
        assertThat(suspend("students").text("suspended")).isEqualTo("true");
        assertThat(schedules())
                .extracting(schedule -> text(schedule, "suspended"))
                .containsExactly("false", "true", "false");

        GatewayUnderTest.Answer resumed = resume("students");

        assertThat(resumed.text("next")).isEqualTo("2026-01-31T22:00:00Z");
        assertThat(resume("students").text("suspended")).isEqualTo("false");
        assertThat(schedules())
                .extracting(schedule -> text(schedule, "suspended"))
                .containsOnly("false");
    }

    @Test
    void aSuspensionOutlivesTheGateway() {
        assertThat(suspend("students").text("suspended")).isEqualTo("true");
        assertThat(suspend("school.terms").text("suspended")).isEqualTo("true");

        restart(properties());

        assertThat(schedules())
                .extracting(schedule -> text(schedule, "suspended"))
                .containsExactly("true", "true", "false");
        assertThat(resume("school.terms").text("next")).isEqualTo("2026-02-01T02:00:00Z");
    }

    @Test
    void theLastRunIsShownWhateverStartedIt() {
        gateway.post("/api/v1/pipelines/school/endpoints/students/runs", "{}");
        Task task = services.next(Step.EXTRACT);
        gateway.post("/api/v1/runs/" + task.run() + "/cancel", "");

        JsonNode last = Objects.requireNonNull(schedules().get(1).get("lastRun"));

        assertThat(text(last, "id")).isEqualTo(task.run());
        assertThat(text(last, "state")).isEqualTo("CANCELLED");
        assertThat(text(last, "trigger")).isEqualTo("api");
    }

    @Test
    void theLastBackupOfATableIsShownBesideTheLastRunOfItsEndpoint() {
        GatewayUnderTest.Answer backup = gateway.post("/backup?table=school.terms", "");
        gateway.post("/api/v1/runs/" + backup.text("run") + "/cancel", "");

        JsonNode last = Objects.requireNonNull(schedules().getFirst().get("lastRun"));

        assertThat(text(last, "id")).isEqualTo(backup.text("run"));
        assertThat(text(last, "trigger")).isEqualTo("backup");
        assertThat(text(schedules().get(2), "lastRun")).isEqualTo("null");
    }

    @Test
    void aSuspendedEndpointIsStartedByHandAllTheSame() {
        suspend("students");

        assertThat(gateway.post("/api/v1/pipelines/school/endpoints/students/runs", "{}")
                        .status())
                .isEqualTo(202);
    }

    @Test
    void whatHasNoScheduleIsUnknown() {
        assertProblem(suspend("school.never"), 404, "SCHEDULE_UNKNOWN");
        assertProblem(suspend("never"), 404, "SCHEDULE_UNKNOWN");
        assertProblem(resume("nobody"), 404, "SCHEDULE_UNKNOWN");
        assertProblem(gateway.post(SCHEDULES + "/none/students/suspend", ""), 404, "SCHEDULE_UNKNOWN");
        assertThat(suspend("never").text("detail")).contains("school/never");
    }
}
