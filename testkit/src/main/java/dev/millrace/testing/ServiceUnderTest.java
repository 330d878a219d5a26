package dev.millrace.testing;

import dev.millrace.service.Permission;
import dev.millrace.service.ServiceTokens;
import dev.millrace.service.Services;
import dev.millrace.service.WorkerCalls;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.type.Argument;
import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** A worker service as it runs in production, on a free port of the loopback, with staging in a folder. */
public final class ServiceUnderTest implements AutoCloseable {
    /** Good for tests only: every service in them shares it. */
    public static final String KEY = "a-key-that-only-the-tests-of-this-project-know";

    private final ApplicationContext context;
    private final URI url;

    private ServiceUnderTest(ApplicationContext context) {
        this.context = context;
        this.url = context.getBean(EmbeddedServer.class).getURI();
    }

    /** @param properties beside those that every service needs */
    public static ServiceUnderTest start(Step step, Path staging, Map<String, Object> properties) {
        Map<String, Object> all = new HashMap<>(properties);
        all.put("millrace.service.key", KEY);
        all.put("millrace.staging.folder", staging.toString());
        all.put("micronaut.server.port", -1);
        return new ServiceUnderTest(
                Services.builder(step.service()).properties(all).start());
    }

    /** Posts the task as the gateway does, and returns the status. */
    public int post(Task task) throws InterruptedException {
        return context.getBean(WorkerCalls.class).take(url, task).code();
    }

    /** Posts the task and waits for its outcome. */
    public Outcome run(RecordedGateway gateway, Task task) throws InterruptedException {
        int status = post(task);
        if (status != 202) {
            throw new AssertionError("task " + task.id() + " was answered with " + status);
        }
        return gateway.outcome(task);
    }

    public StagingStore staging() {
        return context.getBean(StagingStore.class);
    }

    /** Posts any body to any path of the service, as somebody could who has the key that all services share. */
    public Answer post(String path, Permission permission, Object body) throws InterruptedException {
        ObjectMapper json = context.getBean(ObjectMapper.class);
        String token = context.getBean(ServiceTokens.class).issue(permission.audience(), permission.subject());
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<byte[]> answer = http.send(
                    HttpRequest.newBuilder(url.resolve(path))
                            .header("Authorization", "Bearer " + token)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(answer.statusCode(), answer.body(), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the service answered. */
    public static final class Answer {
        private final int status;
        private final byte[] body;
        private final ObjectMapper json;

        private Answer(int status, byte[] body, ObjectMapper json) {
            this.status = status;
            this.body = body;
            this.json = json;
        }

        public int status() {
            return status;
        }

        public <T> T as(Class<T> type) {
            try {
                return Objects.requireNonNull(json.readValue(body, Argument.of(type)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public URI url() {
        return url;
    }

    public ApplicationContext context() {
        return context;
    }

    @Override
    public void close() {
        context.close();
    }
}
