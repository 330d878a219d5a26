package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Step;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import jakarta.inject.Singleton;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever asks for rejects at the moment at which they are archived gets all of them. */
@Timeout(60)
class RejectsWhileArchivedTest {
    private static final String SLOW = "test.slow-rejects";
    private static final CountDownLatch ASKED = new CountDownLatch(1);

    @TempDir
    Path folder;

    /** The archive waits until somebody has asked for the rejects, who then waits until it has deleted them. */
    @Singleton
    @Requires(property = SLOW)
    static final class SlowRejects implements BeanCreatedEventListener<StagingStore> {
        @Override
        public StagingStore onCreated(BeanCreatedEvent<StagingStore> event) {
            StagingStore store = event.getBean();
            return (StagingStore) Proxy.newProxyInstance(
                    StagingStore.class.getClassLoader(),
                    new Class<?>[] {StagingStore.class},
                    (_, method, arguments) -> {
                        if (method.getName().equals("open") && isStagedRejects(arguments[0])) {
                            if (Thread.currentThread().getName().equals("archive")) {
                                assertThat(ASKED.await(30, TimeUnit.SECONDS)).isTrue();
                            } else {
                                ASKED.countDown();
                                await().until(() -> store.list("runs/").isEmpty());
                            }
                        }
                        try {
                            return method.invoke(store, arguments);
                        } catch (InvocationTargetException e) {
                            throw Objects.requireNonNull(e.getCause());
                        }
                    });
        }

        private static boolean isStagedRejects(Object opened) {
            String name = opened instanceof Part part ? part.path() : opened.toString();
            return name.startsWith("runs/") && name.contains("/rejects-");
        }
    }

    @Test
    void rejectsThatAreDeletedBeforeTheyAreReadComeFromTheArchive() throws Exception {
        Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(folder.resolve("pipelines/school.yaml"), """
                version: 1
                name: school
                source: {type: rest, baseUrl: "http://127.0.0.1:1"}
                endpoints:
                  rows:
                    request: {path: /}
                    destination: {table: school.rows, write: append}
                    rejects: {maxShare: 1}
                    schema: [{name: id, type: INTEGER}]
                """);
        try (ScriptedServices services = new ScriptedServices(folder.resolve("staging"));
                GatewayUnderTest gateway = GatewayUnderTest.start(
                        folder,
                        services,
                        Map.of("url", "jdbc:h2:file:" + folder.resolve("runs")),
                        Clock.systemUTC(),
                        Map.of(SLOW, true))) {
            String run = gateway.post("/api/v1/pipelines/school/runs", "{}").runId();
            services.finish(services.next(Step.EXTRACT), 100, 0);
            services.finish(services.next(Step.TRANSFORM), 100, 3);
            services.commit(services.next(Step.LOAD), 97);
            await().until(() -> gateway.get("/api/v1/runs/" + run).text("state").equals("SUCCEEDED"));

            GatewayUnderTest.Answer rejects = gateway.get("/api/v1/runs/" + run + "/rejects");

            assertThat(ASKED.getCount()).isZero();
            assertThat(rejects.status()).isEqualTo(200);
            assertThat(Objects.requireNonNull(rejects.body().get("rejects")).size())
                    .isEqualTo(3);
        }
    }
}
