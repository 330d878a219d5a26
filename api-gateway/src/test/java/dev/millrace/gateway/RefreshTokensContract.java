package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.TokenReturn;
import io.micronaut.core.annotation.Nullable;
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

/** Refresh tokens that replace one another, whatever the run database. */
abstract class RefreshTokensContract extends SchoolTests {
    private static final String FAMILY = "0a1b2c";

    private List<Task> tasks(int runs, Map<String, Object> properties) throws IOException {
        Files.writeString(folder.resolve("pipelines/books.yaml"), """
            version: 1
            name: books
            source: {type: rest, baseUrl: "http://127.0.0.1:1"}
            endpoints:
              one: &endpoint
                request: {path: /one}
                destination: {table: books.one, write: append}
                schema: [{name: id, type: INTEGER}]
              two: *endpoint
              three: *endpoint
            """);
        GatewayUnderTest gateway = gateway(properties);
        List<Task> tasks = new ArrayList<>();
        for (String endpoint : List.of("one", "two", "three").subList(0, runs)) {
            GatewayUnderTest.Answer answer =
                    gateway.post("/api/v1/pipelines/books/endpoints/" + endpoint + "/runs", "{}");
            assertThat(answer.status()).isEqualTo(202);
            tasks.add(services.next(Step.EXTRACT));
        }
        return tasks;
    }

    private static TokenRequest.Grant held(long version, @Nullable String sealed) {
        return new TokenRequest.Grant(true, version, sealed, false);
    }

    @Test
    void oneRunAtATimeHasATokenAndTheNextOneGetsWhatItKept() throws IOException {
        List<Task> tasks = tasks(2, Map.of());
        Task one = tasks.get(0);
        Task two = tasks.get(1);

        assertThat(services.token(one, FAMILY)).isEqualTo(held(0, null));
        assertThat(services.token(one, FAMILY))
                .as("asked again, since the answer was lost")
                .isEqualTo(held(0, null));
        assertThat(services.token(two, FAMILY)).isEqualTo(new TokenRequest.Grant(false, 0, null, false));
        assertThat(services.token(two, "another")).isEqualTo(held(0, null));
        assertThat(services.giveBack(one, FAMILY, 0, "sealed-1")).isTrue();
        assertThat(services.token(two, FAMILY)).isEqualTo(held(1, "sealed-1"));
        assertThat(services.giveBack(two, FAMILY, 1, null)).isTrue();
        assertThat(services.token(one, FAMILY)).isEqualTo(held(1, "sealed-1"));
    }

    @Test
    void whatIsKeptIsReplacedOnceByWhomeverComesFirst() throws IOException {
        List<Task> tasks = tasks(2, Map.of());
        Task one = tasks.get(0);
        Task two = tasks.get(1);
        assertThat(services.token(one, FAMILY).held()).isTrue();

        assertThat(services.giveBack(one, FAMILY, 0, "sealed-1")).isTrue();
        assertThat(services.giveBack(one, FAMILY, 0, "sealed-1"))
                .as("repeated, since the answer was lost")
                .isTrue();
        assertThat(services.giveBack(two, FAMILY, 0, "sealed-2")).isFalse();
        assertThat(services.token(two, FAMILY)).isEqualTo(held(1, "sealed-1"));
        assertThat(services.giveBack(one, "nobody-asked-for", 0, "sealed-3")).isFalse();
    }

    @Test
    void aTokenOfAnEndedRunIsFreeAndWhatItBringsLateIsKept() throws IOException {
        List<Task> tasks = tasks(2, Map.of());
        Task one = tasks.get(0);
        assertThat(services.token(one, FAMILY).held()).isTrue();
        services.finish(one, 1, 0);

        assertThat(services.askForToken(one, FAMILY, one.subject()).statusCode())
                .isEqualTo(409);
        assertThat(services.giveBack(one, FAMILY, 0, "sealed-1")).isTrue();
        assertThat(services.token(tasks.get(1), FAMILY)).isEqualTo(held(1, "sealed-1"));
    }

    @Test
    void aTokenOfAKilledServiceComesBackWithItsTaskAndIsDoubtful() throws IOException {
        List<Task> tasks = tasks(2, Map.of("millrace.gateway.lease", "3s"));
        assertThat(services.token(tasks.get(0), FAMILY).held()).isTrue();

        await().atMost(Duration.ofSeconds(20)).until(() -> {
            assertThat(services.beat(tasks.get(1), 0)).isEqualTo(200);
            return services.token(tasks.get(1), FAMILY).equals(new TokenRequest.Grant(true, 0, null, true));
        });
        assertThat(services.token(tasks.get(1), FAMILY))
                .as("whoever has asked knows")
                .isEqualTo(held(0, null));
    }

    @Test
    void ofManyWhoAskAtOnceOneGetsIt() throws Exception {
        List<Task> tasks = tasks(3, Map.of());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<TokenRequest.Grant>> grants = new ArrayList<>();
            for (Task task : tasks) {
                grants.add(threads.submit(() -> services.token(task, FAMILY)));
            }
            int held = 0;
            for (Future<TokenRequest.Grant> grant : grants) {
                held += grant.get().held() ? 1 : 0;
            }
            assertThat(held).isEqualTo(1);
        }
    }

    @Test
    void tokensAreForTheAttemptOfTheServiceToken() throws IOException {
        Task task = tasks(1, Map.of()).getFirst();

        assertThat(services.askForToken(task, FAMILY, "task:other/1").statusCode())
                .isEqualTo(403);
        assertThat(services.giveBack(task, new TokenReturn(FAMILY, 0, "sealed"), "task:other/1")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void whoLooksAtTheSourceHasATokenAloneAndWhatItBringsLateIsKept() throws Exception {
        Task run = tasks(1, Map.of()).getFirst();
        GatewayUnderTest other = gateway();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<GatewayUnderTest.Answer> preview =
                    threads.submit(() -> other.post("/api/v1/pipelines/books/endpoints/two/preview", "{}"));
            Task look = services.nextSample().task();

            assertThat(services.token(look, FAMILY)).isEqualTo(held(0, null));
            assertThat(services.token(run, FAMILY).held()).isFalse();
            services.answerSample();
            assertThat(preview.get().status()).isEqualTo(200);
            assertThat(services.giveBack(look, FAMILY, 0, "sealed-1")).isTrue();
            assertThat(services.token(run, FAMILY)).isEqualTo(held(1, "sealed-1"));
            assertThat(services.askForToken(look, FAMILY, look.subject()).statusCode())
                    .isEqualTo(404);
        }
    }
}
