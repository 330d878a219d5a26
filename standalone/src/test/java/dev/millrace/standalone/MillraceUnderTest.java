package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import dev.millrace.mask.MaskingEncoder;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Reject;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Settings;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/**
 * All four services in this process with a home, a run database and a warehouse of their own, used through the
 * gateway's API and the command line. It keeps what it was told, and what was logged meanwhile.
 */
final class MillraceUnderTest implements AutoCloseable {
    private final Path folder;
    private final Home home;
    private final Home.Lock lock;
    private final OneProcess process;
    private final GatewayClient gateway;
    private final List<String> said = new ArrayList<>();
    private final Map<String, byte[]> written = new LinkedHashMap<>();
    private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    private final OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();

    /** @param folder empty, for the pipelines and the home */
    MillraceUnderTest(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder.resolve("pipelines"));
        home = Home.of(folder.resolve("home").toString());
        lock = home.lock().orElseThrow();
        startLogging();
        process = OneProcess.start(new Settings(home, List.of(folder.resolve("pipelines")), 0, true, null));
        gateway = new GatewayClient(process.gateway(), home.token());
    }

    private void startLogging() {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        MaskingEncoder encoder = new MaskingEncoder();
        encoder.setContext(root.getLoggerContext());
        encoder.setPattern("%level %logger - %msg%n%ex");
        encoder.start();
        appender.setContext(root.getLoggerContext());
        appender.setEncoder(encoder);
        appender.setOutputStream(logged);
        appender.start();
        root.addAppender(appender);
    }

    /** What an exit code stands beside. */
    record Called(int exitCode, String out, String err) {}

    Path folder() {
        return folder;
    }

    Home home() {
        return home;
    }

    URI url() {
        return process.gateway();
    }

    GatewayClient gateway() {
        return gateway;
    }

    /** Everything that the services have logged since they started. */
    String logged() {
        return logged.toString(StandardCharsets.UTF_8);
    }

    void pipeline(String name, String file) throws IOException {
        Files.writeString(folder.resolve("pipelines").resolve(name + ".yaml"), file);
    }

    /** A pipeline as it ships with Millrace. */
    void example(String name) throws IOException {
        Path from = Terminal.ROOT.resolve("pipelines").resolve(name);
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve("pipelines").resolve(name).resolve(from.relativize(file)));
            }
        }
    }

    void secret(String name, String value) {
        home.secret(name, value);
    }

    /** Runs the endpoints, or all, to their end. */
    List<Run> runs(String pipeline, String... endpoints) throws InterruptedException {
        return runs(null, pipeline, endpoints);
    }

    /** Runs the endpoints, or all, of a day to their end. */
    List<Run> runsOf(String day, String pipeline, String... endpoints) throws InterruptedException {
        return runs(RunWindow.parse(day), pipeline, endpoints);
    }

    private List<Run> runs(@Nullable RunWindow day, String pipeline, String... endpoints) throws InterruptedException {
        Answers.Batch batch = gateway.read(
                heard(gateway.start(pipeline, new Answers.Start(List.of(endpoints), day, false), null)),
                Answers.Batch.class);
        List<Run> runs = RunWatch.untilEnded(
                () -> gateway.read(gateway.batch(batch.batch()), Answers.Batch.class)
                        .runs(),
                new Progress.Silent());
        heard(gateway.batch(batch.batch()));
        for (Run run : runs) {
            log(run);
            heard(gateway.rejects(run.id(), 1000));
        }
        return runs;
    }

    /** Runs the only endpoint of a pipeline to its end. */
    Run run(String pipeline) throws InterruptedException {
        List<Run> runs = runs(pipeline);
        assertThat(runs).hasSize(1);
        return runs.getFirst();
    }

    List<String> log(Run run) throws InterruptedException {
        return gateway.read(heard(gateway.log(run.id(), Heartbeat.Level.DEBUG)), Answers.Log.class).lines().stream()
                .map(line -> line.level() + " " + line.message())
                .toList();
    }

    List<Reject> rejects(Run run) throws InterruptedException {
        return gateway.read(heard(gateway.rejects(run.id(), 1000)), Answers.Rejects.class)
                .rejects();
    }

    List<List<@Nullable String>> query(String sql) throws InterruptedException {
        return gateway.read(heard(gateway.query(sql, 100_000)), Query.Result.class)
                .rows();
    }

    long count(String table) throws InterruptedException {
        String count = query("SELECT count(*) FROM " + table).getFirst().getFirst();
        return Long.parseLong(String.valueOf(count));
    }

    /** The command line, called in the folder of this installation. */
    Called call(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine(new CommandEnvironment(home, folder, Terminal.ROOT, false));
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        int exitCode = commandLine.execute(args);
        heard(out.toString());
        heard(err.toString());
        return new Called(exitCode, out.toString(), err.toString());
    }

    /** Keeps an answer for {@link #placesOf}. */
    String heard(String answer) {
        said.add(answer);
        return answer;
    }

    /** Where the text is: answers, the log, the run database, files of the home but its secrets. To be called once it is closed. */
    List<String> placesOf(String text) throws IOException {
        if (written.isEmpty()) {
            read();
        }
        List<String> places = new ArrayList<>();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        written.forEach((place, content) -> {
            if (contains(content, bytes)) {
                places.add(place);
            }
        });
        return places;
    }

    private void read() throws IOException {
        written.put("answers", String.join("\n", said).getBytes(StandardCharsets.UTF_8));
        written.put("log", logged.toByteArray());
        written.put("database", database().getBytes(StandardCharsets.UTF_8));
        try (Stream<Path> files = Files.walk(home.root())) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(home.root().resolve("secrets")))
                    .toList()) {
                written.put(home.root().relativize(file).toString(), content(file));
            }
        }
    }

    /** By Horspool's algorithm: there are many texts, and much to look through. */
    private static boolean contains(byte[] content, byte[] text) {
        int last = text.length - 1;
        int[] skips = new int[256];
        Arrays.fill(skips, text.length);
        for (int i = 0; i < last; i++) {
            skips[text[i] & 0xFF] = last - i;
        }
        for (int at = 0; at + last < content.length; at += skips[content[at + last] & 0xFF]) {
            if (Arrays.equals(content, at, at + text.length, text, 0, text.length)) {
                return true;
            }
        }
        return false;
    }

    /** All rows of the run database, as SQL. */
    private String database() {
        StringBuilder script = new StringBuilder();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:h2:file:" + home.root().resolve("runs") + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE",
                        "sa",
                        "");
                Statement statement = connection.createStatement();
                ResultSet lines = statement.executeQuery("SCRIPT")) {
            while (lines.next()) {
                script.append(lines.getString(1)).append('\n');
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return script.toString();
    }

    private static byte[] content(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return unpacked(file.toString(), in).readAllBytes();
        }
    }

    private static InputStream unpacked(String name, InputStream in) throws IOException {
        if (name.endsWith(".gz")) {
            return Ndjson.decompress(Manifest.Format.NDJSON_GZIP, in);
        }
        return name.endsWith(".zst") ? Ndjson.decompress(Manifest.Format.NDJSON_ZSTD, in) : in;
    }

    @Override
    public void close() {
        gateway.close();
        process.close();
        lock.close();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(appender);
        appender.stop();
    }
}
