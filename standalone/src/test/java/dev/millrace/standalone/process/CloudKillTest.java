package dev.millrace.standalone.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.emulator.GcpEmulator;
import dev.millrace.emulator.http.Call;
import dev.millrace.emulator.http.Fault;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.client.UnreachableException;
import dev.millrace.task.Query;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * R5.1 on Google Cloud: the loader dies right before and right after each of its calls that change something in
 * BigQuery, and the answer of each call is lost; each row is loaded once.
 */
@Timeout(600)
class CloudKillTest {
    private static final int ROWS = 300;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String PROJECT = "test";

    /** Ids of runs and of jobs that the library names, and the parts of names that come from them. */
    private static final Pattern ID =
            Pattern.compile("[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f_-]{10,}|job_[A-Za-z0-9_-]+");

    @TempDir
    private Path folder;

    private GcpEmulator google;
    private Home home;
    private final List<RunningService> services = new ArrayList<>();
    private Process loader;
    private GatewayClient gateway;

    /**
     * A place among the loader's calls.
     *
     * @param skip calls that look the same before it
     */
    private record Point(String method, String path, int skip) {}

    @BeforeEach
    void start() throws Exception {
        home = new Home(folder.resolve("home"));
        home.create();
        Files.createDirectories(home.pipelines().resolve("numbers"));
        Files.writeString(
                home.pipelines().resolve("numbers/rows.csv"),
                IntStream.range(0, ROWS)
                        .mapToObj(id -> id + ",row " + id)
                        .collect(Collectors.joining("\n", "id,text\n", "\n")));
        google = GcpEmulator.start(folder.resolve("google"));
        google.buckets().create("staging");
        Settings settings = new Settings(
                home,
                List.of(home.pipelines()),
                0,
                true,
                new Cloud(google.http(), google.secretManager(), PROJECT, "staging"));
        pipeline("untouched");
        RunningService extractor = started(Service.EXTRACTOR, settings.worker(Service.EXTRACTOR, -1));
        RunningService transformer = started(Service.TRANSFORMER, settings.worker(Service.TRANSFORMER, -1));
        int port = Ports.free(1).getFirst();
        Home.write(home.properties(Service.LOADER.id()), text(settings.worker(Service.LOADER, port)));
        loader = launch();
        URI loaderUrl = Settings.loopback(port);
        RunningService started = started(
                Service.GATEWAY,
                settings.gateway(
                        -1,
                        Map.of(
                                Service.EXTRACTOR, extractor.url(),
                                Service.TRANSFORMER, transformer.url(),
                                Service.LOADER, loaderUrl)));
        gateway = new GatewayClient(started.url(), home.token());
    }

    private RunningService started(Service service, Map<String, Object> properties) {
        RunningService running = RunningService.start(service, properties);
        services.add(running);
        return running;
    }

    private static String text(Map<String, Object> properties) throws IOException {
        Properties texts = new Properties();
        texts.putAll(properties);
        StringWriter writer = new StringWriter();
        texts.store(writer, null);
        return writer.toString();
    }

    private Process launch() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .toList());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.millrace.standalone.Main"));
        command.addAll(List.of("service", Service.LOADER.id()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("MILLRACE_HOME", home.root().toString());
        return builder.redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("loader.log").toFile()))
                .start();
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
        loader.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        services.forEach(RunningService::close);
        google.close();
    }

    /** Each point has a table of its own, so that each load has to make everything. */
    private void pipeline(String dataset) throws IOException {
        Files.writeString(home.pipelines().resolve("numbers/pipeline.yaml"), """
            version: 1
            name: numbers
            source: {type: files, folder: .}
            endpoints:
              rows:
                files: {pattern: "*.csv", format: {type: csv}}
                destination: {table: %s.numbers, write: append}
                schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: text, type: STRING}]
            """.formatted(dataset));
    }

    private Run run(String dataset) throws Exception {
        pipeline(dataset);
        String id = gateway.read(gateway.start("numbers", List.of(), null, null), Answers.Batch.class)
                .runs()
                .getFirst()
                .id();
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .ignoreException(UnreachableException.class)
                .until(
                        () -> gateway.read(gateway.run(id), Run.class),
                        run -> run.state().ended());
    }

    /** The loader's calls to BigQuery in their order; of those that only look, each kind once. */
    private List<Point> points() throws Exception {
        assertThat(run("first").error()).isNull();
        google.calls().clear();
        assertThat(run("second").error()).isNull();
        Map<String, Integer> seen = new HashMap<>();
        List<Point> points = new ArrayList<>();
        for (Call call : google.calls().all()) {
            if (call.path().startsWith("/bigquery/")) {
                String pattern = like(call.path().replaceAll("\\?.*", ""));
                int before = seen.merge(call.method() + pattern, 1, Integer::sum) - 1;
                if (before == 0 || !call.method().equals("GET")) {
                    points.add(new Point(call.method(), pattern, before));
                }
            }
        }
        return points;
    }

    /** The same path of any other load. */
    private static String like(String path) {
        String marked = ID.matcher(path.replace("second", "\0")).replaceAll("\0");
        return Arrays.stream(marked.split("\0", -1)).map(Pattern::quote).collect(Collectors.joining("[^/?]+"))
                + "(\\?.*)?$";
    }

    private void checkOnce(String dataset, String what, Run run) throws Exception {
        assertThat(run.error()).as(what).isNull();
        Query.Result counted = gateway.read(
                gateway.query("SELECT COUNT(*), COUNT(DISTINCT id), MIN(id), MAX(id) FROM " + dataset + ".numbers", 1),
                Query.Result.class);
        assertThat(counted.rows().getFirst()).as(what).containsExactly("" + ROWS, "" + ROWS, "0", "" + (ROWS - 1));
    }

    @Test
    void loadsEachRowOnceWhereverTheLoaderDies() throws Exception {
        // dying around a call that only looks is dying after the last one that changed something
        List<Point> points =
                points().stream().filter(point -> !point.method().equals("GET")).toList();
        assertThat(points).hasSizeGreaterThanOrEqualTo(6); // each twice: before it and after it
        int number = 0;
        for (Point point : points) {
            for (boolean before : new boolean[] {true, false}) {
                String dataset = "kill_" + number++;
                AtomicBoolean died = new AtomicBoolean();
                Runnable death = () -> {
                    died.set(true);
                    dieAndComeBack();
                };
                google.faults()
                        .inject(
                                point.method(),
                                point.path(),
                                point.skip(),
                                1,
                                before ? new Fault.Before(death) : new Fault.After(death));

                Run run = run(dataset);

                google.faults().clear();
                String what = (before ? "killed before " : "killed after ") + point;
                assertThat(died).as(what).isTrue();
                checkOnce(dataset, what, run);
            }
        }
    }

    private void dieAndComeBack() {
        try {
            loader.destroyForcibly().waitFor();
            loader = launch();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void loadsEachRowOnceWhicheverAnswerIsLost() throws Exception {
        int number = 0;
        for (Point point : points()) {
            String dataset = "lost_" + number++;
            google.faults().inject(point.method(), point.path(), point.skip(), 1, new Fault.LostAnswer());

            Run run = run(dataset);

            google.faults().clear();
            checkOnce(dataset, "the answer is lost of " + point, run);
        }
    }
}
