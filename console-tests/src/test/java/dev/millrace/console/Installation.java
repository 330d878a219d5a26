package dev.millrace.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Millrace as it is built, in a process of its own, with a folder of pipelines and a home. */
final class Installation implements AutoCloseable {
    static final Path ROOT = Path.of(System.getProperty("millrace.root"));
    private static final Path JAR = ROOT.resolve("standalone/target/millrace.jar");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path folder;
    private final Path home;
    private final HttpClient http = HttpClient.newHttpClient();
    private Process process;
    private URI address;

    /**
     * @param folder in which it is called
     * @param home within it
     */
    Installation(Path folder, String home) {
        this.folder = folder;
        this.home = folder.resolve(home);
        this.process = start("0");
        this.address = address();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /** An empty folder below {@code target}. */
    static Path folder(String name) {
        Path folder = Path.of("target", name).toAbsolutePath();
        try {
            if (Files.exists(folder)) {
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A call of the command line, whose output is the file {@code call.log} of the folder. */
    static Process call(Path folder, Path home, String... arguments) {
        assertThat(JAR)
                .as("Millrace is to be built first: ./mvnw -pl standalone -am -DskipTests package")
                .exists();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-Dmillrace.root=" + ROOT,
                "-cp",
                JAR + ":" + JAR.resolveSibling("lib") + "/*",
                "dev.millrace.standalone.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("call.log").toFile()));
        builder.environment().put("MILLRACE_HOME", home.toString());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the end of a call, which succeeds. */
    static void succeeds(Process call, Path folder) throws InterruptedException, IOException {
        assertThat(call.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(call.exitValue())
                .as(Files.readString(folder.resolve("call.log")))
                .isZero();
    }

    private Process start(String port) {
        return call(folder, home, "start", "--port", port);
    }

    private URI address() {
        Path file = home.resolve("gateway.json");
        String content = await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> Files.exists(file) ? Files.readString(file) : "", text -> text.contains("http"));
        Matcher url = Pattern.compile("http://[^\"]+").matcher(content);
        assertThat(url.find()).as(content).isTrue();
        return URI.create(url.group());
    }

    URI url() {
        return address;
    }

    Path home() {
        return home;
    }

    String token() {
        try {
            return Files.readString(home.resolve("token")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the process without a word. */
    void kill() throws InterruptedException {
        assertThat(process.destroyForcibly().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        try {
            Files.deleteIfExists(home.resolve("gateway.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it again at the port that it had. */
    void startAgain() {
        process = start(String.valueOf(address.getPort()));
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        address = address();
    }

    /** Calls the API with the installation's token. */
    String post(String path, String json) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    String get(String path) {
        return send(request(path).GET());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address.resolve(path)).header("Authorization", "Bearer " + token());
    }

    private String send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
            return answer.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts all of a pipeline and waits until it has ended, however. */
    void run(String pipeline) {
        String batch = post("/api/v1/pipelines/" + pipeline + "/runs", "{}");
        Matcher id = Pattern.compile("\"batch\":\"([^\"]+)\"").matcher(batch);
        assertThat(id.find()).as(batch).isTrue();
        await().atMost(PATIENCE)
                .until(
                        () -> get("/api/v1/batches/" + id.group(1)),
                        text -> !Pattern.compile("\"state\":\"(QUEUED|EXTRACTING|TRANSFORMING|LOADING)\"")
                                .matcher(text)
                                .find());
    }

    @Override
    public void close() {
        process.destroyForcibly();
        http.close();
    }
}
