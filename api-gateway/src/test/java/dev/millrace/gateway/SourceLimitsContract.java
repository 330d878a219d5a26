package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.task.PermitRequest;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Permits for a source with limits, whatever the run database. */
abstract class SourceLimitsContract extends SchoolTests {
    private List<Task> limited(String limits, int runs) throws IOException {
        return limited(limits, runs, Map.of());
    }

    private List<Task> limited(String limits, int runs, Map<String, Object> properties) throws IOException {
        Files.writeString(folder.resolve("pipelines/limited.yaml"), """
            version: 1
            name: limited
            source: {type: rest, baseUrl: "http://127.0.0.1:1", limits: %s}
            endpoints:
              one: &endpoint
                request: {path: /one}
                destination: {table: limited.one, write: append}
                schema: [{name: id, type: INTEGER}]
              two: *endpoint
              three: *endpoint
            """.formatted(limits));
        GatewayUnderTest gateway = gateway(properties);
        List<Task> tasks = new ArrayList<>();
        for (String endpoint : List.of("one", "two", "three").subList(0, runs)) {
            GatewayUnderTest.Answer answer =
                    gateway.post("/api/v1/pipelines/limited/endpoints/" + endpoint + "/runs", "{}");
            assertThat(answer.status()).isEqualTo(202);
            tasks.add(services.next(Step.EXTRACT));
        }
        return tasks;
    }

    private Task withoutLimits() {
        start(gateway());
        return services.next(Step.EXTRACT);
    }

    private int held(Task task, int wanted, int underWay) {
        assertThat(services.beat(task, 0)).isEqualTo(200);
        return services.permits(task, new PermitRequest(wanted, underWay, 0)).held();
    }

    @Test
    void runsShareTheRequestsThatMayBeUnderWayAndNeverHaveMore() throws IOException {
        List<Task> tasks = limited("{parallel: 4}", 2);
        Task one = tasks.get(0);
        Task two = tasks.get(1);

        assertThat(held(one, 3, 0)).isEqualTo(3);
        assertThat(held(one, 8, 3)).isEqualTo(4);
        assertThat(held(two, 8, 0)).isZero();
        assertThat(held(one, 8, 4)).as("what is under way can't be taken back").isEqualTo(4);
        assertThat(held(one, 8, 1)).as("the other one lacks its half").isEqualTo(2);
        assertThat(held(two, 8, 0)).isEqualTo(2);
        assertThat(held(one, 8, 2)).isEqualTo(2);
        assertThat(held(two, 0, 0)).isZero();
        assertThat(held(one, 8, 2)).isEqualTo(4);
        services.finish(one, 10, 0);
        assertThat(held(two, 8, 0)).as("what an ended task held is free").isEqualTo(4);
    }

    @Test
    void runsTakeTurnsWhereThereAreMoreThanRequestsThatMayBeUnderWay() throws IOException {
        List<Task> tasks = limited("{parallel: 1}", 3);

        assertThat(held(tasks.get(0), 4, 0)).isEqualTo(1);
        assertThat(held(tasks.get(1), 4, 0)).isZero();
        assertThat(held(tasks.get(2), 4, 0)).isZero();
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            assertThat(services.beat(tasks.get(1), 0) + services.beat(tasks.get(2), 0))
                    .isEqualTo(400);
            return held(tasks.get(0), 4, 0) == 0;
        });
        assertThat(held(tasks.get(2), 4, 0))
                .as("the other one has waited for longer")
                .isZero();
        assertThat(held(tasks.get(1), 4, 0)).isEqualTo(1);
        assertThat(held(tasks.get(0), 4, 0)).isZero();
    }

    @Test
    void permitsOfAKilledServiceComeBackWithItsTask() throws IOException {
        List<Task> tasks = limited("{parallel: 4}", 2, Map.of("millrace.gateway.lease", "3s"));
        assertThat(held(tasks.get(0), 4, 4)).isEqualTo(4);

        await().atMost(Duration.ofSeconds(20)).until(() -> held(tasks.get(1), 4, 0) == 4);
        assertThat(services.askForPermits(
                                tasks.get(0),
                                new PermitRequest(4, 4, 0),
                                tasks.get(0).subject())
                        .statusCode())
                .isEqualTo(409);
    }

    @Test
    void beginningsOfRequestsAreSpreadOverTimeWhoeverAsks() throws Exception {
        List<Task> tasks = limited("{requestsPerSecond: 100}", 2);
        long started = System.nanoTime();
        long latest = 0;
        int starts = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<PermitRequest.Grant>> grants = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Task task = tasks.get(i % 2);
                grants.add(threads.submit(() -> services.permits(task, new PermitRequest(0, 0, 15))));
            }
            for (Future<PermitRequest.Grant> future : grants) {
                PermitRequest.Grant grant = future.get();
                assertThat(grant.everyMicros()).isEqualTo(10_000);
                assertThat(grant.starts()).isEqualTo(15);
                starts += grant.starts();
                latest = Math.max(latest, grant.inMicros() + grant.starts() * grant.everyMicros());
            }
        }
        long micros = latest + (System.nanoTime() - started) / 1000;
        assertThat(micros).as("300 of them need three seconds").isGreaterThanOrEqualTo(starts * 10_000L);
        assertThat(latest).isLessThan(3_100_000);
    }

    @Test
    void permitsAreForAnAttemptOfASourceWithLimits() throws IOException {
        Task task = limited("{parallel: 2, requestsPerSecond: 0.5}", 1).getFirst();

        assertThat(services.permits(task, new PermitRequest(4, 0, 100)))
                .satisfies(grant -> assertThat(grant.held()).isEqualTo(2))
                .satisfies(grant -> assertThat(grant.starts()).isEqualTo(1))
                .satisfies(grant -> assertThat(grant.everyMicros()).isEqualTo(2_000_000));
        assertThat(services.askForPermits(task, new PermitRequest(1, 0, 0), "task:other/1")
                        .statusCode())
                .isEqualTo(403);
        services.finish(task, 1, 0);
        assertThat(services.askForPermits(task, new PermitRequest(1, 0, 0), task.subject())
                        .statusCode())
                .isEqualTo(409);
        Task unlimited = withoutLimits();
        assertThat(services.askForPermits(unlimited, new PermitRequest(1, 0, 0), unlimited.subject())
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void whoLooksAtTheSourceHasPermitsAsARunHas() throws Exception {
        Task run = limited("{parallel: 1, requestsPerSecond: 1}", 1).getFirst();
        assertThat(held(run, 1, 1)).isEqualTo(1);
        GatewayUnderTest other = gateway();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<GatewayUnderTest.Answer> preview =
                    threads.submit(() -> other.post("/api/v1/pipelines/limited/endpoints/two/preview", "{}"));
            Task look = services.nextSample().task();

            assertThat(services.permits(look, new PermitRequest(1, 0, 0)).held())
                    .isZero();
            assertThat(held(run, 0, 0)).isZero();
            assertThat(services.permits(look, new PermitRequest(1, 0, 1)).held())
                    .isEqualTo(1);
            assertThat(held(run, 1, 0)).isZero();
            assertThat(services.permits(run, new PermitRequest(0, 0, 1)).inMicros())
                    .as("after that of the look")
                    .isGreaterThan(0);
            services.answerSample();
            assertThat(preview.get().status()).isEqualTo(200);
            assertThat(held(run, 1, 0)).isEqualTo(1);
            assertThat(services.askForPermits(look, new PermitRequest(1, 0, 0), look.subject())
                            .statusCode())
                    .isEqualTo(404);
        }
    }
}
