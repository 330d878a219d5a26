package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.process.Home;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandLineTest {
    /** A module's tests run in its folder. */
    static final Path ROOT = Objects.requireNonNull(Path.of("").toAbsolutePath().getParent());

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void aCallThatIsNotUnderstoodEndsWithTwo() {
        assertThat(call()).isEqualTo(2);
        assertThat(call("runn")).isEqualTo(2);
        assertThat(call("run")).isEqualTo(2);
        assertThat(call("run", "hiring", "--day", "yesterday")).isEqualTo(2);
        assertThat(call("start", "--port", "70000")).isEqualTo(2);
        assertThat(err.toString()).contains("runn", "PIPELINE", "yesterday", "70000");
    }

    @Test
    void helpEndsWithZeroAndNamesTheExitCodes() {
        assertThat(call("--help")).isZero();
        assertThat(out.toString()).contains("Exit codes").doesNotContain("service ");
    }

    @Test
    void everyCommandExplainsItselfInBothWays() {
        for (String command :
                List.of("demo", "start", "run", "validate", "runs", "log", "rejects", "query", "cancel")) {
            assertThat(call("help", command)).as(command).isZero();
            assertThat(call(command, "--help")).as(command).isZero();
            assertThat(out.toString()).contains("Usage: millrace " + command + " ");
        }
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void theExamplesAreValid() {
        assertThat(call(
                        "validate",
                        ROOT.resolve("pipelines/isams/pipeline.yaml").toString(),
                        ROOT.resolve("pipelines/hiring/pipeline.yaml").toString()))
                .isZero();
        assertThat(out.toString().lines()).hasSize(2).allMatch(line -> line.endsWith(": valid"));
    }

    @Test
    void anInvalidFileEndsWithTwoAndSaysWhereItIsWrong() throws IOException {
        Path file = Files.writeString(folder.resolve("broken.yaml"), "version: 1\nname: broken\nsuorce: {}\n");

        assertThat(call("validate", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains(file + ":3:1: ", "suorce", "source");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void validatePrintsOneDocumentWhenAsked() throws IOException {
        Path file = Files.writeString(folder.resolve("broken.yaml"), "version: 2\n");

        assertThat(call("validate", "--json", file.toString())).isEqualTo(2);
        assertThat(out.toString().strip()).startsWith("{\"valid\":false,").endsWith("}");
    }

    @Test
    void aFileThatIsNotThereIsAnInvalidOne() {
        assertThat(call("validate", folder.resolve("absent.yaml").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("absent.yaml", "no such file");
    }

    @Test
    void aGatewayThatDoesNotAnswerEndsWithThree() throws IOException {
        Home home = home();
        try (Home.Lock held = home.lock().orElseThrow()) {
            assertThat(held).isNotNull();
            assertThat(call("runs")).isEqualTo(3);
            assertThat(err.toString()).contains("isn't up");

            String url = "http://127.0.0.1:" + portThatNobodyListensOn();
            Files.writeString(home.gateway(), "{\"url\":\"" + url + "\"}");
            assertThat(call("runs")).isEqualTo(3);
            assertThat(err.toString()).contains(url + " can't be reached");
        }
    }

    static int portThatNobodyListensOn() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void aSecondStartInTheSameHomeEndsWithTwo() {
        try (Home.Lock held = home().lock().orElseThrow()) {
            assertThat(held).isNotNull();
            assertThat(call("start", "--port", "0")).isEqualTo(2);
        }
        assertThat(err.toString()).contains("runs in " + home().root() + " already");
    }

    @Test
    void aHomeAndItsKeysAreItsOwnersOnly() throws IOException {
        Home home = home();
        home.create();
        assertThat(home.token()).hasSize(64).isEqualTo(home.token()).isNotEqualTo(home.serviceKey());

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.root())))
                .isEqualTo("rwx------");
        for (String key : new String[] {"token", "service-key"}) {
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(home.root().resolve(key))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void twoWhoAskForAKeyAtTheSameMomentGetTheSame() throws Exception {
        for (int round = 0; round < 50; round++) {
            Home home = Home.of(folder.resolve("home-" + round).toString());
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                List<Future<String>> keys = threads.invokeAll(Collections.nCopies(4, () -> home.serviceKey()));
                for (Future<String> key : keys) {
                    assertThat(key.get()).isEqualTo(home.serviceKey());
                }
            }
        }
    }

    @Test
    void aRunThatFailsEndsWithOneAndOneThatSucceedsWithZero() throws IOException {
        Path pipeline = Files.createDirectories(folder.resolve("pipelines/small"));
        Files.writeString(pipeline.resolve("pipeline.yaml"), """
                version: 1
                name: small
                source: {type: files, folder: .}
                endpoints:
                  numbers:
                    files: {pattern: numbers.csv, format: {type: csv}}
                    destination: {table: test.numbers, write: replace}
                    schema: [{name: n, type: INTEGER, mode: REQUIRED}]
                """);
        assertThat(call("run", "small")).isEqualTo(1);
        assertThat(err.toString()).contains("small/numbers: SOURCE_EMPTY: ");

        Files.writeString(pipeline.resolve("numbers.csv"), "n\n1\n2\n");
        assertThat(call("run", "small")).isZero();
        assertThat(call("query", "SELECT n FROM test.numbers ORDER BY n", "--json"))
                .isZero();
        assertThat(out.toString()).contains("\"rows\":[[\"1\"],[\"2\"]]");
        assertThat(call("run", "unknown")).isEqualTo(2);
        assertThat(err.toString()).contains("PIPELINE_UNKNOWN");
    }

    private Home home() {
        return Home.of(folder.resolve("home").toString());
    }

    private int call(String... args) {
        CommandLine commandLine = Main.commandLine(new Surroundings(home(), folder, ROOT, false));
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(args);
    }
}
