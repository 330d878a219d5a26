package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.RowCheck;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Runs whose stored spec is as another version writes it. */
class StoredSpecTest extends GatewayTests {
    private static final String PIPELINE = """
            version: 1
            name: hiring
            source: {type: files, folder: /srv/hiring}
            endpoints:
              jobs:
                files: {pattern: "*.csv", format: {type: csv}}
                destination: {table: hiring.jobs, write: replace}
                schema: [{name: id, type: INTEGER}]
                checks: [{name: id is positive, expression: id > 0}]
            """;

    StoredSpecTest() {
        super("hiring", PIPELINE);
    }

    /** The extractor would take null for "no file is no failure", and the retry succeed with no rows. */
    @Test
    void aKeyThatTheSpecLacksMeansItsDefaultInARetryToo() throws SQLException {
        GatewayUnderTest gateway = gateway();
        String run = failed(gateway);
        rewriteSpec(gateway, run, spec -> spec.replace(",\"missing\":\"FAIL\"", ""));

        assertThat(gateway.post("/api/v1/runs/" + run + "/retry", "{}").status())
                .isEqualTo(200);

        Work.Extract retried = (Work.Extract) services.next(Step.EXTRACT).work();
        assertThat(((FileRead) retried.read()).files().missing()).hasToString("FAIL");
    }

    @Test
    void aSpecWhoseChecksStillHaveTheirFormerKeyKeepsThem() throws SQLException {
        GatewayUnderTest gateway = gateway();
        String run = failed(gateway);
        rewriteSpec(gateway, run, spec -> spec.replace("\"rowChecks\":", "\"checks\":"));

        assertThat(gateway.post("/api/v1/runs/" + run + "/retry", "{}").status())
                .isEqualTo(200);
        services.finish(services.next(Step.EXTRACT), 3, 0);
        Work.Transform transform =
                (Work.Transform) services.next(Step.TRANSFORM).work();

        assertThat(transform.shaping().checks()).containsExactly(new RowCheck("id is positive", "id > 0"));
    }

    private String failed(GatewayUnderTest gateway) {
        String run = gateway.post("/api/v1/pipelines/hiring/endpoints/jobs/runs", "{}")
                .runId();
        Task extract = services.next(Step.EXTRACT);
        assertThat(services.fail(extract, ErrorCode.SOURCE_EMPTY, "no file matches *.csv"))
                .isEqualTo(200);
        awaitState(gateway, run, "FAILED");
        return run;
    }

    private static void rewriteSpec(GatewayUnderTest gateway, String run, UnaryOperator<String> rewrite)
            throws SQLException {
        try (Connection connection = gateway.database();
                PreparedStatement query = connection.prepareStatement("SELECT spec FROM run WHERE id = ?");
                PreparedStatement update = connection.prepareStatement("UPDATE run SET spec = ? WHERE id = ?")) {
            query.setString(1, run);
            String before;
            try (ResultSet rows = query.executeQuery()) {
                assertThat(rows.next()).isTrue();
                before = rows.getString(1);
            }
            String after = rewrite.apply(before);
            assertThat(after).isNotEqualTo(before);
            update.setString(1, after);
            update.setString(2, run);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }
}
