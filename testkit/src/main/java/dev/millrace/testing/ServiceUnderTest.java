package dev.millrace.testing;

import dev.millrace.service.ServiceClient;
import dev.millrace.service.Services;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A worker service as it runs in production, on a free port of the loopback, with staging in a folder. */
public final class ServiceUnderTest implements AutoCloseable {
    /** Good for tests only: every service in them shares it. */
    public static final String KEY = "a-key-that-only-the-tests-of-this-project-know";

    private final ApplicationContext context;
    private final URI url;
    private final String name;

    private ServiceUnderTest(String name, ApplicationContext context) {
        this.name = name;
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
                step.service(), Services.builder(step.service()).properties(all).start());
    }

    /** Posts the task as the gateway does, and returns the status. */
    public int post(Task task) throws InterruptedException {
        return client().post(url.resolve("/tasks"), name, task.subject(), task).status();
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

    /** Signs with the key that all services share. */
    public ServiceClient client() {
        return context.getBean(ServiceClient.class);
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
