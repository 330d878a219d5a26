package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are started for one run, as pods of a Job are, do its slices. */
class PodsTest {
    private static final int FILES = 8;
    private static final int ROWS = 60_000;
    private static final Pattern RUNNING = Pattern.compile("\"running\" *: *[1-9]");

    @TempDir
    private Path folder;

    private final List<Process> pods = new ArrayList<>();
    private MillraceUnderTest millrace;

    @BeforeEach
    void start() throws IOException {
        System.setProperty("millrace.gateway.pods.type", "external");
        Files.createDirectories(folder.resolve("data"));
        millrace = new MillraceUnderTest(folder);
        millrace.pipeline("shop", """
                version: 1
                name: shop
                source: {type: files, folder: %s}
                endpoints:
                  orders:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: shop.orders, write: append}
                    scale: {slices: %d, pods: 2}
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: state, type: STRING}]
                """.formatted(folder.resolve("data"), FILES));
    }

    @AfterEach
    void close() {
        pods.forEach(Process::destroyForcibly);
        millrace.close();
        System.clearProperty("millrace.gateway.pods.type");
    }

    private void files(String lastLine) throws IOException {
        for (int file = 0; file < FILES; file++) {
            StringBuilder text = new StringBuilder("id,state\n");
            for (int row = 0; row < ROWS; row++) {
                text.append(file * ROWS + row).append(",open\n");
            }
            text.append(file == FILES - 1 ? lastLine : "");
            Files.writeString(folder.resolve("data/" + file + ".csv"), text);
        }
    }

    private Run run() throws InterruptedException {
        return millrace.gateway()
                .read(
                        millrace.gateway().start("shop", new Answers.Start(List.of(), null, false), null),
                        Answers.Batch.class)
                .runs()
                .getFirst();
    }

    private Run now(Run run) throws InterruptedException {
        return millrace.gateway().read(millrace.gateway().run(run.id()), Run.class);
    }

    /** As the container of a pod: the service's own main class, told by its environment which run it is for. */
    private Process pod(String service, String main, Run run) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main)
                .redirectErrorStream(true)
                .redirectOutput(
                        folder.resolve(service + "-" + pods.size() + ".log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "MILLRACE_SERVICE_KEY", millrace.home().serviceKey(),
                        "MILLRACE_STAGING_FOLDER",
                                millrace.home().root().resolve("staging").toString(),
                        "MILLRACE_TRANSFORMER_MEMORY_LIMIT", "256MB",
                        "MILLRACE_WORKER_GATEWAY", millrace.url().toString(),
                        "MILLRACE_WORKER_RUN", run.id()));
        Process pod = builder.start();
        pods.add(pod);
        return pod;
    }

    private Process extractor(Run run) throws IOException {
        return pod("extractor", "dev.millrace.extractor.ExtractorApplication", run);
    }

    private int exit(Process pod) throws InterruptedException {
        assertThat(pod.waitFor(3, TimeUnit.MINUTES)).as(this::logs).isTrue();
        return pod.exitValue();
    }

    private String logs() {
        StringBuilder logs = new StringBuilder();
        for (int pod = 0; pod < pods.size(); pod++) {
            for (String service : new String[] {"extractor", "transformer"}) {
                Path log = folder.resolve(service + "-" + pod + ".log");
                try {
                    logs.append(Files.exists(log) ? Files.readString(log) : "");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return logs.toString();
    }

    @Test
    void aRunWhoseFirstPodIsKilledIsFinishedByAnotherWithEveryRowOnce() throws Exception {
        files("");
        Run run = run();
        Process killed = extractor(run);
        await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> RUNNING.matcher(millrace.gateway().run(run.id())).find());
        assertThat(killed.destroyForcibly().waitFor()).isNotZero();
        Process transformer = pod("transformer", "dev.millrace.transformer.TransformerApplication", run);
        Process other = extractor(run);

        assertThat(exit(other)).as(this::logs).isZero();
        assertThat(exit(transformer)).as(this::logs).isZero();
        await().atMost(Duration.ofMinutes(2)).until(() -> now(run).state().ended());
        assertThat(now(run).state()).isEqualTo(Run.State.SUCCEEDED);
        assertThat(millrace.log(run)).anyMatch(line -> line.contains("stopped answering"));
        assertThat(millrace.query("SELECT count(*), count(DISTINCT id) FROM shop.orders")
                        .toString())
                .isEqualTo("[[" + FILES * ROWS + ", " + FILES * ROWS + "]]");
    }

    @Test
    @EnabledIfSystemProperty(named = "thorough", matches = ".*")
    void podsOfARunThatFailsForItsInputEndWithTheCodeThatNobodyStartsThemAgainFor() throws Exception {
        files("\"");
        Run run = run();
        assertThat(exit(extractor(run))).as(this::logs).isEqualTo(65);
        assertThat(now(run).state()).isEqualTo(Run.State.FAILED);
    }
}
