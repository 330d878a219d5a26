package dev.millrace.testing.rounds;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The four services, each in a process of its own behind its {@link Link}. One that dies is started again, as whatever
 * runs services does. Safe for use by several threads.
 */
final class Processes implements AutoCloseable {
    static final String GATEWAY = "api-gateway";
    static final String EXTRACTOR = "extractor";
    static final String TRANSFORMER = "transformer";
    static final String LOADER = "loader";
    static final List<String> NAMES = List.of(EXTRACTOR, TRANSFORMER, LOADER, GATEWAY);
    static final String TOKEN = "a-token-that-only-rounds-of-faults-know-of";

    private static final String KEY = "a-key-that-only-rounds-of-faults-know-of";
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Duration END = Duration.ofSeconds(30);

    private final Path folder;
    private final Launcher launcher;
    private final Map<String, Object> gateway;
    private final @Nullable Path faketime;
    private final Map<String, Link> links = new HashMap<>();
    private final Map<String, Process> processes = new ConcurrentHashMap<>();
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private volatile boolean closing;

    /**
     * @param gateway its properties beside those that all have
     * @param faketime library by which clocks can be moved; null: they can't
     */
    Processes(Path folder, Launcher launcher, Map<String, Object> gateway, @Nullable Path faketime) throws IOException {
        this.folder = folder;
        this.launcher = launcher;
        this.gateway = Map.copyOf(gateway);
        this.faketime = faketime;
        Files.createDirectories(home().resolve("run"));
        Files.createDirectories(home().resolve("logs"));
        Files.createDirectories(home().resolve("staging"));
        Files.createDirectories(pipelines());
        for (String name : NAMES) {
            links.put(name, new Link());
            moveClock(name, Duration.ZERO);
        }
        for (String name : NAMES) {
            launch(name);
        }
    }

    Path home() {
        return folder.resolve("home");
    }

    /** Where pipeline files are. */
    Path pipelines() {
        return folder.resolve("pipelines");
    }

    Path log(String name) {
        return home().resolve("logs").resolve(name + ".log");
    }

    Link link(String name) {
        return known(links, name);
    }

    long pid(String name) {
        return known(processes, name).pid();
    }

    /** Where the gateway is now, without its link. */
    URI gateway() {
        return url(GATEWAY);
    }

    /** Kills the process at once; it is started again after a moment. */
    void kill(String name) throws InterruptedException {
        known(processes, name).destroyForcibly().waitFor();
    }

    void freeze(String name, Duration time) throws IOException, InterruptedException {
        long pid = pid(name);
        Signals.send("STOP", pid);
        try {
            Thread.sleep(time);
        } finally {
            Signals.send("CONT", pid);
        }
    }

    /** @param ahead of the system's clock; nothing happens where clocks can't be moved */
    void moveClock(String name, Duration ahead) throws IOException {
        Path next = clock(name).resolveSibling("clock-" + name + ".next");
        Files.writeString(next, (ahead.isNegative() ? "" : "+") + ahead.toSeconds() + "\n");
        Files.move(next, clock(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Path clock(String name) {
        return home().resolve("run").resolve("clock-" + name);
    }

    /** Whether it answers that it is well. */
    boolean isUp(String name) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url(name).resolve("/health"))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private URI url(String name) {
        return URI.create("http://127.0.0.1:" + known(ports, name));
    }

    private static <T> T known(Map<String, T> map, String name) {
        T found = map.get(name);
        if (found == null) {
            throw new IllegalArgumentException("service: '" + name + "' (expected: one of " + NAMES + ")");
        }
        return found;
    }

    private void launch(String name) throws IOException {
        int port = freePort();
        Properties properties = new Properties();
        properties(name, port).forEach((key, value) -> properties.setProperty(key, String.valueOf(value)));
        StringWriter text = new StringWriter();
        properties.store(text, null);
        Files.writeString(home().resolve("run").resolve(name + ".properties"), text.toString());

        ProcessBuilder builder = launcher.service(folder, name)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()));
        if (faketime != null) {
            builder.environment()
                    .putAll(Map.of(
                            "LD_PRELOAD", faketime.toString(),
                            "FAKETIME_TIMESTAMP_FILE", clock(name).toString(),
                            "FAKETIME_CACHE_DURATION", "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                            "NO_FAKE_STAT", "1"));
        }
        synchronized (processes) {
            if (closing) {
                return;
            }
            Process process = builder.start();
            processes.put(name, process);
            ports.put(name, port);
            link(name).to(port);
            Thread.ofVirtual().start(() -> startAgainAfter(process, name));
        }
    }

    private void startAgainAfter(Process process, String name) {
        try {
            process.waitFor();
            Thread.sleep(PAUSE);
            launch(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Map<String, Object> properties(String name, int port) {
        Map<String, Object> properties = new HashMap<>(Map.of(
                "millrace.service.key",
                KEY,
                "millrace.staging.folder",
                home().resolve("staging"),
                "micronaut.server.host",
                "127.0.0.1",
                "micronaut.server.port",
                port));
        switch (name) {
            case EXTRACTOR -> properties.put("millrace.extractor.scratch", home().resolve("pages"));
            case TRANSFORMER ->
                properties.putAll(Map.of(
                        "millrace.transformer.scratch",
                        home().resolve("scratch"),
                        "millrace.transformer.memory-limit",
                        "256MB"));
            case LOADER -> properties.put("millrace.warehouse.file", home().resolve("warehouse.duckdb"));
            default -> {
                properties.putAll(gateway);
                properties.putAll(Map.of(
                        "millrace.gateway.api-token", TOKEN,
                        "millrace.gateway.pipelines[0]", pipelines(),
                        "millrace.gateway.url", link(GATEWAY).url(),
                        "millrace.gateway.services.extractor", link(EXTRACTOR).url(),
                        "millrace.gateway.services.transformer",
                                link(TRANSFORMER).url(),
                        "millrace.gateway.services.loader", link(LOADER).url(),
                        "millrace.gateway.lease", "2s",
                        "millrace.gateway.rate.per-caller", "0",
                        "millrace.gateway.schedules.follow", "false"));
                return properties;
            }
        }
        properties.put("datasources.default.enabled", "false");
        return properties;
    }

    @Override
    public void close() {
        synchronized (processes) {
            closing = true;
        }
        for (String name : NAMES) {
            Process process = known(processes, name);
            process.destroy();
            try {
                if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
        links.values().forEach(Link::close);
        http.shutdownNow();
    }
}
