package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.task.Step;
import dev.millrace.task.Task;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Runs that wait keep no others from going on. */
abstract class FairnessContract extends GatewayTests {
    private static final int MANY = 50;

    FairnessContract() {
        super(
                "many",
                """
                version: 1
                name: many
                source: {type: rest, baseUrl: "http://127.0.0.1:1"}
                endpoints:
                """ + IntStream.range(0, MANY).mapToObj(i -> """
                          e%02d:
                            request: {path: /rows}
                            destination: {table: busy.table, write: append}
                            schema: [{name: id, type: INTEGER}]
                        """.formatted(i)).collect(Collectors.joining()));
    }

    private static final String OTHER = """
            version: 1
            name: other
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              only:
                request: {path: /rows}
                destination: {table: free.table, write: append}
                schema: [{name: id, type: INTEGER}]
            """;

    @Test
    void loadsThatWaitForATableAreNotLookedAtUntilItIsFree() throws Exception {
        GatewayUnderTest gateway = gateway(Map.of("millrace.gateway.lease", "60s"));
        assertThat(gateway.post("/api/v1/pipelines/many/runs", "{}").status()).isEqualTo(202);
        for (int i = 0; i < MANY; i++) {
            services.finish(services.next(Step.EXTRACT), 1, 0);
        }
        for (int i = 0; i < MANY; i++) {
            services.finish(services.next(Step.TRANSFORM), 1, 0);
        }
        Task first = services.next(Step.LOAD);
        await().until(() -> gateway.metric("millrace_tasks{state=\"ready\",step=\"load\"}") == MANY - 1);
        // each has found its table busy once, and waits for its end
        await().until(() -> waitingLoads(gateway, "due > CURRENT_TIMESTAMP") == MANY - 1);
        List<String> before = dues(gateway);
        for (int i = 0; i < 20; i++) { // each request is accepted and dispatched by a look at what is due
            gateway.post("/api/v1/pipelines/many/endpoints/e00/runs", "{}");
        }
        assertThat(dues(gateway)).isEqualTo(before);

        services.commit(first, 1);
        Task second = services.next(Step.LOAD);
        services.commit(second, 1);
        services.commit(services.next(Step.LOAD), 1);
        assertThat(first.run()).isNotEqualTo(second.run());
    }

    @Test
    void aPipelineWithManyWaitingRunsLetsAnotherOneTakeItsTurn() throws Exception {
        Files.writeString(folder.resolve("pipelines/other.yaml"), OTHER);
        GatewayUnderTest gateway = gateway(Map.of("millrace.gateway.lease", "60s"));
        services.takeAtMost(2);
        assertThat(gateway.post("/api/v1/pipelines/many/runs", "{}").status()).isEqualTo(202);
        List<Task> taken = new ArrayList<>(List.of(services.next(Step.EXTRACT), services.next(Step.EXTRACT)));
        assertThat(gateway.post("/api/v1/pipelines/other/runs", "{}").status()).isEqualTo(202);

        List<String> pipelines = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            services.finish(taken.removeFirst(), 1, 0);
            Task next = services.next(Step.EXTRACT);
            pipelines.add(next.pipeline());
            taken.add(next);
        }

        assertThat(pipelines).contains("other");
    }

    @Test
    void aServiceThatIsFullIsNotOfferedEverythingThatWaitsOverAndOver() {
        GatewayUnderTest gateway = gateway(Map.of("millrace.gateway.lease", "60s"));
        services.takeAtMost(1);
        assertThat(gateway.post("/api/v1/pipelines/many/runs", "{}").status()).isEqualTo(202);

        for (int i = 0; i < MANY; i++) {
            services.finish(services.next(Step.EXTRACT), 1, 0);
        }

        assertThat(services.refusedTasks()).isLessThan(10 * MANY);
    }

    private static int waitingLoads(GatewayUnderTest gateway, String condition) throws SQLException {
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT COUNT(*) FROM task WHERE step = 'LOAD' AND state = 'READY' AND " + condition)) {
            row.next();
            return row.getInt(1);
        }
    }

    private static List<String> dues(GatewayUnderTest gateway) throws SQLException {
        List<String> dues = new ArrayList<>();
        try (Connection connection = gateway.database();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT id, due FROM task WHERE step = 'LOAD' AND state = 'READY' ORDER BY id")) {
            while (rows.next()) {
                dues.add(rows.getString(1) + " " + rows.getString(2));
            }
        }
        return dues;
    }
}
