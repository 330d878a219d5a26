package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What production uses, with several gateways on one database. */
@ExtendWith(PostgresRunDatabase.class)
class PostgresGatewayTest extends GatewayContract {
    @Override
    boolean sharesItsDatabase() {
        return true;
    }

    @Test
    void twoGatewaysShareTheWorkAndOneTakesOverWhenTheOtherEnds() {
        GatewayUnderTest one = gateway();
        GatewayUnderTest other = gateway();
        List<String> runs = new ArrayList<>();
        for (int day = 1; day <= 9; day++) {
            GatewayUnderTest gateway = day % 2 == 0 ? one : other;
            runs.add(gateway.post("/api/v1/pipelines/school/endpoints/daily/runs", "{\"day\":\"2026-01-0" + day + "\"}")
                    .runId());
        }
        List<Task> extracts = new ArrayList<>();
        runs.forEach(run -> extracts.add(services.next(Step.EXTRACT)));
        assertThat(extracts).extracting(Task::run).containsExactlyInAnyOrderElementsOf(runs);
        assertThat(services.hasTask(Step.EXTRACT)).isFalse();

        extracts.subList(0, 4).forEach(task -> services.finish(task, 10, 0));
        end(one);
        extracts.subList(4, 9).stream()
                .filter(task -> task.callback().getPort() == other.url().getPort())
                .forEach(task -> services.finish(task, 10, 0));
        extracts.subList(4, 9).stream()
                .filter(task -> task.callback().getPort() != other.url().getPort())
                .forEach(task -> services.finish(at(task, other), 10, 0));
        runs.forEach(run -> services.finish(at(services.next(Step.TRANSFORM), other), 10, 0));
        runs.forEach(run -> services.commit(at(services.next(Step.LOAD), other), 10));
        runs.forEach(run -> awaitState(other, run, "SUCCEEDED"));
    }

    @Test
    void aDatabaseThatGoesAwayAndComesBackLosesNothing(@TempDir Path data) throws Exception {
        EmbeddedPostgres first = PostgresRunDatabase.startIn(data, 0);
        opened.add(first);
        Map<String, Object> datasource = Map.of(
                "url", first.getJdbcUrl("postgres", "postgres"), "username", "postgres", "connection-timeout", 500);
        GatewayUnderTest gateway = GatewayUnderTest.start(folder, services, datasource, Clock.systemUTC(), Map.of());
        opened.add(gateway);
        String run = start(gateway);
        Task extract = services.next(Step.EXTRACT);
        Outcome staged = services.stage(extract, 10, 0);
        first.close();
        assertThat(services.report(extract, staged)).isEqualTo(503);
        assertThat(gateway.get("/api/v1/runs/" + run).text("code")).isEqualTo("SERVICE_UNAVAILABLE");

        opened.add(PostgresRunDatabase.startIn(data, first.getPort()));
        await().atMost(Duration.ofSeconds(30)).until(() -> services.report(extract, staged) == 200);
        services.finish(services.next(Step.TRANSFORM), 10, 0);
        services.commit(services.next(Step.LOAD), 10);
        assertThat(state(gateway, run)).isEqualTo("SUCCEEDED");
    }
}
