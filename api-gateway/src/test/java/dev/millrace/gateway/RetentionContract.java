package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Abort;
import dev.millrace.task.Step;
import dev.millrace.task.TableRows;
import dev.millrace.task.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is old is deleted, and nothing that anybody may still need. */
abstract class RetentionContract extends SchoolTests {
    private static final String DAILY = "/api/v1/pipelines/school/endpoints/daily/runs";

    private GatewayUnderTest gateway;

    @BeforeEach
    void start() {
        gateway = gateway(Map.of("millrace.retention.every", "200ms", "millrace.retention.newest-runs", 1));
    }

    private String succeeded(String route, String body, String key) throws SQLException {
        GatewayUnderTest.Answer answer = gateway.post(route, body, "Idempotency-Key", key);
        assertThat(answer.status()).isEqualTo(202);
        services.commit(untilLoading(), 100);
        String run = answer.runId();
        awaitState(gateway, run, "SUCCEEDED");
        awaitArchived(run);
        return run;
    }

    private String failed() throws SQLException {
        String run = start(gateway);
        services.answerAbortsWith(new Abort.Closed());
        assertThat(services.fail(untilLoading(), ErrorCode.WAREHOUSE_FAILED, "no space left"))
                .isEqualTo(200);
        awaitState(gateway, run, "FAILED");
        awaitArchived(run);
        return run;
    }

    private void awaitArchived(String run) {
        await().until(() -> archived(gateway, run));
    }

    /** As if all of it had happened so many days before. */
    private void age(int days) throws SQLException {
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement()) {
            String past = " - INTERVAL '" + days + "' DAY";
            statement.executeUpdate(
                    "UPDATE run SET created_at = created_at" + past + ", finished_at = finished_at" + past);
            statement.executeUpdate("UPDATE idempotency SET created_at = created_at" + past);
            statement.executeUpdate("UPDATE audit SET entry_time = entry_time" + past);
        }
    }

    private boolean known(String run) {
        return gateway.get("/api/v1/runs/" + run).status() == 200;
    }

    private long count(String table) throws SQLException {
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
        }
    }

    private boolean swept(String run) throws SQLException {
        try (Connection connection = gateway.database();
                PreparedStatement query = connection.prepareStatement("SELECT swept FROM run WHERE id = ?")) {
            query.setString(1, run);
            try (ResultSet row = query.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private Path staged(String kind, String run) {
        return folder.resolve("staging").resolve(kind).resolve(run);
    }

    @Test
    void oldRunsGoWithAllThatTheyHaveLeftButNotTheNewestOne() throws Exception {
        String first = succeeded(STUDENTS, "{}", "one");
        String second = succeeded(STUDENTS, "{}", "two");
        assertThat(staged("archive", first)).exists();

        age(401);

        await().until(() -> !known(first));
        assertThat(known(second)).isTrue();
        assertThat(staged("archive", second)).isNotEmptyDirectory();
        assertThat(staged("archive", first)).doesNotExist();
        await().untilAsserted(() -> assertThat(count("idempotency")).isZero());
        await().untilAsserted(() -> assertThat(count("audit")).isZero());
        assertThat(gateway.post(STUDENTS, "{}", "Idempotency-Key", "one").status())
                .isEqualTo(202);
    }

    @Test
    void filesOfRowsGoAfterADay() throws Exception {
        Path staging = folder.resolve("staging");
        Files.createDirectories(staging.resolve(TableRows.FILES));
        Instant before = Instant.now().minus(Duration.ofDays(2));
        Path old = staging.resolve(TableRows.file(before, "parquet"));
        Path young = staging.resolve(TableRows.file(Instant.now(), "parquet"));
        Files.writeString(young, "rows");
        Files.writeString(old, "rows");

        await().until(() -> !Files.exists(old));
        assertThat(young).exists();
    }

    @Test
    void whatIsYoungStays() throws Exception {
        String first = succeeded(STUDENTS, "{}", "one");
        String second = succeeded(STUDENTS, "{}", "two");
        String failed = failed();

        age(29);

        assertThat(gateway.post(STUDENTS, "{}", "Idempotency-Key", "one").status())
                .isEqualTo(200);
        String third = failed();
        age(1);
        await().until(() -> swept(failed)); // by now it is old, and all have been looked at
        assertThat(swept(third)).isFalse();
        assertThat(known(first)).isTrue();
        assertThat(known(second)).isTrue();
        assertThat(staged("runs", third)).exists();
    }

    @Test
    void aRetryReadsAnewWhatIsNotKeptAnyMore() throws Exception {
        String run = failed();
        assertThat(staged("runs", run)).exists();

        age(31);

        await().until(() -> swept(run));
        assertThat(gateway.post("/api/v1/runs/" + run + "/retry", "").status()).isEqualTo(200);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        services.finish(services.next(Step.TRANSFORM), 100, 0);
        services.commit(services.next(Step.LOAD), 100);
        awaitState(gateway, run, "SUCCEEDED");
        assertThat(swept(run)).isFalse();
    }

    @Test
    void theLastRunThatHasLoadedADayStaysSoThatABackfillKnowsOfIt() throws Exception {
        String older = succeeded(DAILY, "{\"day\": \"2026-01-01\"}", "one");
        String loaded = succeeded(DAILY, "{\"day\": \"2026-01-01\"}", "two");
        String another = succeeded(DAILY, "{\"day\": \"2026-01-02\"}", "three");

        age(1_000);

        await().until(() -> !known(older));
        assertThat(known(loaded)).isTrue();
        assertThat(known(another)).isTrue();
    }

    @Test
    void aRunStaysWhileAnotherOneOfItsBatchHasNotEnded() throws Exception {
        GatewayUnderTest.Answer both =
                gateway.post("/api/v1/pipelines/school/runs", "{\"endpoints\": [\"students\", \"pupils\"]}");
        assertThat(both.status()).isEqualTo(202);
        Task one = services.next(Step.EXTRACT);
        Task other = services.next(Step.EXTRACT);
        services.fail(one, ErrorCode.SOURCE_REFUSED, "404");
        awaitState(gateway, one.run(), "FAILED");
        awaitArchived(one.run());
        succeeded("/api/v1/pipelines/school/endpoints/" + one.endpoint() + "/runs", "{}", "one");

        age(1_000);

        await().untilAsserted(() -> assertThat(count("audit")).isZero()); // is looked for after the runs
        assertThat(known(one.run())).isTrue();
        services.fail(other, ErrorCode.SOURCE_REFUSED, "404");
        awaitState(gateway, other.run(), "FAILED");
        awaitArchived(other.run());
        age(1_000);
        await().until(() -> !known(one.run()));
        assertThat(known(other.run())).isTrue(); // the newest of its endpoint
    }
}
