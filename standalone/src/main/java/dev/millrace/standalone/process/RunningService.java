package dev.millrace.standalone.process;

import dev.millrace.service.Services;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.PropertySource;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/**
 * One service in this process. It has no shutdown hook of its own, unlike one that is started by {@code
 * Micronaut.start}: the order in which services end matters.
 */
public final class RunningService implements AutoCloseable {
    /** Anything that the environment, a system property or a file says is stronger. */
    private static final int WEAKEST = Integer.MIN_VALUE;

    private final ApplicationContext context;
    private final URI url;

    private RunningService(ApplicationContext context, URI url) {
        this.context = context;
        this.url = url;
    }

    /** @throws StartException when it doesn't start; nothing of it is left then */
    public static RunningService start(Service service, Map<String, Object> properties) {
        Map<String, Object> given = new HashMap<>(properties);
        Map<String, Object> fallback = new HashMap<>();
        given.computeIfPresent(Settings.RUN_DATABASE, (key, url) -> {
            fallback.put(key, url);
            return null;
        });
        ApplicationContext context = Services.builder(service.id())
                .properties(given)
                .propertySources(PropertySource.of("home", fallback, WEAKEST))
                .build();
        try {
            context.start();
            return new RunningService(
                    context, context.getBean(EmbeddedServer.class).start().getURI());
        } catch (RuntimeException e) {
            context.close();
            throw new StartException("the " + service.id() + " doesn't start: " + rootMessage(e), e);
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    /** Base URL of its HTTP server. */
    URI url() {
        return url;
    }

    @Override
    public void close() {
        context.close();
    }
}
