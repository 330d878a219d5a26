package dev.millrace.benchmarks;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.runtime.Micronaut;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A server of one route, which answers with the same bytes always, in a process of its own with Micronaut alone on its class path. */
final class BareRoute implements AutoCloseable {
    private static final List<String> JARS = List.of(
            "micronaut-core",
            "micronaut-inject",
            "micronaut-aop",
            "micronaut-context",
            "micronaut-runtime",
            "micronaut-retry",
            "micronaut-router",
            "micronaut-http-1",
            "micronaut-http-2",
            "micronaut-http-3",
            "micronaut-http-4",
            "micronaut-http-5",
            "micronaut-http-netty",
            "micronaut-http-server",
            "micronaut-buffer",
            "micronaut-discovery-core",
            "micronaut-json",
            "micronaut-serde",
            "micronaut-websocket",
            "micronaut-jackson",
            "netty",
            "jackson",
            "reactor",
            "reactive",
            "jakarta",
            "slf4j",
            "snakeyaml");

    private final Process process;
    private final int port;

    private BareRoute(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static BareRoute start(Path root, Path folder, byte[] body) throws IOException, InterruptedException {
        Path file = Files.write(folder.resolve("body.json"), body);
        Path address = folder.resolve("bare.port");
        Path target = root.resolve("benchmarks/target");
        String jars;
        try (Stream<Path> all = Files.list(target.resolve("lib"))) {
            jars = all.map(Path::toString)
                    .filter(jar -> JARS.stream()
                            .anyMatch(name ->
                                    Path.of(jar).getFileName().toString().startsWith(name)))
                    .sorted(Comparator.naturalOrder())
                    .collect(Collectors.joining(":"));
        }
        Process process = new ProcessBuilder(new ArrayList<>(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx384m",
                        "-XX:+UseSerialGC",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        target.resolve("classes") + ":" + jars,
                        BareRoute.class.getName(),
                        file.toString(),
                        address.toString())))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("bare.log").toFile())
                .start();
        while (!Files.exists(address)) {
            if (!process.isAlive()) {
                throw new IOException("it doesn't start:\n" + Files.readString(folder.resolve("bare.log")));
            }
            Thread.sleep(20);
        }
        return new BareRoute(process, Integer.parseInt(Files.readString(address)));
    }

    int port() {
        return port;
    }

    /** Of all of its threads, since it started. */
    Duration processorTime() throws IOException {
        return ProcessorTime.of(process.pid());
    }

    @Override
    public void close() {
        process.destroy();
    }

    /** @param arguments the file with the answer, and that for the port, which is written when the server is there */
    @SuppressWarnings("resource") // for as long as the process
    static void main(String[] arguments) throws IOException {
        Constant.body = Files.readAllBytes(Path.of(arguments[0]));
        EmbeddedServer server = Micronaut.build(new String[0])
                .properties(Map.of("micronaut.server.port", -1, "micronaut.server.host", "127.0.0.1"))
                .start()
                .getBean(EmbeddedServer.class);
        Path address = Path.of(arguments[1]);
        Files.writeString(address.resolveSibling("port"), String.valueOf(server.getPort()));
        Files.move(address.resolveSibling("port"), address);
    }

    /** The route. */
    @Controller("/constant")
    static class Constant {
        private static byte[] body = new byte[0];

        @Get(produces = MediaType.APPLICATION_JSON)
        HttpResponse<byte[]> constant() {
            return HttpResponse.ok(body);
        }
    }
}
