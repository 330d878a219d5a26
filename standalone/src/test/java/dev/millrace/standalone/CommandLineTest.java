package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem;
import dev.millrace.standalone.process.Home;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
    @TempDir
    private Path folder;

    private String out = "";
    private String err = "";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            run                          | PIPELINE
            run hiring --day yesterday   | 'yesterday' (expected: a date such as 2026-01-31
            run hiring --day=2026-3-1    | '2026-3-1' (expected: a date such as 2026-01-31
            run hiring --day=2026-02-30  | '2026-02-30' (expected: a date such as 2026-01-31
            run hiring --day=20260301    | '20260301' (expected: a date such as 2026-01-31
            run hiring --day=01.03.2026  | '01.03.2026' (expected: a date such as 2026-01-31
            run hiring --day=2026-03-01T00:00 | '2026-03-01T00:00' (expected: a date such as 2026-01-31
            start --port 70000           | 70000
            runs --limit 0               | --limit: 0
            runs --state WAITING         | QUEUED
            validate                     | FILE
            runn                         | millrace run
            verify-cloud --project p     | verify-cloud needs the jars of standalone-cloud
            start --gcp-emulator --port 0 | start --gcp-emulator needs the jars of standalone-cloud
            """)
    void aCallThatIsNotUnderstoodEndsWithTwoAndSaysWhatWouldDo(String arguments, String said) throws Exception {
        assertThat(call(arguments.split(" "))).isEqualTo(2);
        assertThat(err).contains(said);
        assertThat(out).isEmpty();
    }

    @Test
    void aCallThatIsNotUnderstoodPrintsOneDocumentWhenAsked() throws Exception {
        assertThat(call("run", "--json")).isEqualTo(2);
        assertThat(problem().detail()).contains("PIPELINE");
        assertThat(call("runs", "--limit", "0", "--json")).isEqualTo(2);
        assertThat(problem().detail()).contains("--limit: 0");
    }

    @Test
    void noCommandEndsWithTwo() throws Exception {
        assertThat(call()).isEqualTo(2);
        assertThat(err).contains("Name a command", "Usage: millrace");
    }

    @Test
    void helpEndsWithZeroAndNamesTheExitCodes() throws Exception {
        assertThat(call("help")).isZero();
        assertThat(out).contains("Exit codes").doesNotContain("service ");
        String help = out;
        assertThat(call("--help")).isZero();
        assertThat(out).isEqualTo(help);
        assertThat(call("help", "run")).isZero();
        assertThat(out).contains("PIPELINE", "ENDPOINT", "--day");
    }

    @Test
    void everyCommandExplainsItselfInBothWays() throws Exception {
        for (String command : List.of(
                "demo",
                "start",
                "run",
                "validate",
                "runs",
                "log",
                "rejects",
                "query",
                "cancel",
                "retry",
                "schedules",
                "suspend",
                "resume",
                "verify-cloud")) {
            assertThat(call("help", command)).as(command).isZero();
            assertThat(call(command, "--help")).as(command).isZero();
            assertThat(out).contains("Usage: millrace " + command + " ");
            assertThat(err).isEmpty();
        }
    }

    @Test
    void theExamplesAreValid() throws Exception {
        assertThat(call(
                        "validate",
                        Terminal.ROOT.resolve("pipelines/isams/pipeline.yaml").toString(),
                        Terminal.ROOT.resolve("pipelines/hiring/pipeline.yaml").toString()))
                .isZero();
        assertThat(out.lines()).hasSize(2).allMatch(line -> line.endsWith(": valid"));
    }

    @Test
    void everyErrorOfEveryInvalidFileIsALineThatSaysWhereItIs() throws Exception {
        Path broken = Files.writeString(folder.resolve("broken.yaml"), "version: 1\nname: broken\nsuorce: {}\n");
        Path old = Files.writeString(folder.resolve("old.yaml"), "version: 7\nname: old\n");
        Path good = Terminal.ROOT.resolve("pipelines/hiring/pipeline.yaml");

        assertThat(call("validate", broken.toString(), good.toString(), old.toString()))
                .isEqualTo(2);
        assertThat(err.lines())
                .allMatch(line -> line.matches(".+\\.yaml:\\d+:\\d+ (\\S+: )?found .+ \\(expected: .+\\)"))
                .anyMatch(
                        line -> line.startsWith(broken + ":3:1 suorce: found the unknown key suorce (expected: source"))
                .anyMatch(line -> line.startsWith(old + ":1:1 source: found nothing (expected: "));
        assertThat(out.lines()).containsExactly(good + ": valid");
    }

    @Test
    void validateRefusesTheSecondFileThatWantsATable() throws Exception {
        Path first = Files.writeString(folder.resolve("first.yaml"), replacing("first", "shop.t"));
        Path second = Files.writeString(folder.resolve("second.yaml"), replacing("second", "Shop.T"));

        assertThat(call("validate", first.toString(), second.toString())).isEqualTo(2);
        assertThat(out.lines()).containsExactly(first + ": valid");
        assertThat(err)
                .startsWith(second + ":5:")
                .contains("found Shop.T (expected: a table of its own: endpoint rows of pipeline first (" + first);
        assertThat(call("validate", "--warehouse", "bigquery", first.toString(), second.toString()))
                .isZero();
    }

    @Test
    void validateWarnsOfAPipelineThatComesAfterOneThatIsNotThere() throws Exception {
        Path first = Files.writeString(folder.resolve("first.yaml"), replacing("first", "shop.t"));
        String after = replacing("second", "shop.u").replace("source:", "after: [first, fisrt]\nsource:");
        Path second = Files.writeString(folder.resolve("second.yaml"), after);

        assertThat(call("validate", first.toString(), second.toString())).isZero();
        assertThat(out.lines()).containsExactly(first + ": valid", second + ": valid");
        assertThat(err)
                .isEqualTo("Warning: " + second
                        + ":3:16 after[1]: found fisrt (expected: a pipeline of the files that were"
                        + " read; this one waits for it, and is never started)\n");
    }

    private static String replacing(String name, String table) {
        return "version: 1\nname: " + name + "\nsource: {type: files, folder: .}\nendpoints:\n"
                + "  rows: {files: {pattern: a, format: {type: ndjson}}, destination: {table: " + table
                + ", write: replace}, schema: [{name: id, type: INTEGER}]}\n";
    }

    @Test
    void validatePrintsOneDocumentWhenAsked() throws Exception {
        Path file = Files.writeString(folder.resolve("broken.yaml"), "version: 2\n");

        assertThat(call("validate", "--json", file.toString())).isEqualTo(2);
        assertThat(out.strip()).startsWith("{\"valid\":false,").endsWith("}");
    }

    @Test
    void aFileThatIsNotThereIsAnInvalidOne() throws Exception {
        assertThat(call("validate", folder.resolve("absent.yaml").toString())).isEqualTo(2);
        assertThat(err).contains("absent.yaml", "no such file");
    }

    @Test
    void aGatewayThatDoesNotAnswerEndsWithThree() throws Exception {
        Home home = terminal().home();
        try (Home.Lock held = home.lock().orElseThrow()) {
            assertThat(held).isNotNull();
            String url = "http://127.0.0.1:" + portThatNobodyListensOn();
            Files.writeString(home.gateway(), "{\"url\":\"" + url + "\"}");

            assertThat(call("runs")).isEqualTo(3);
            assertThat(err).contains(url + " can't be reached");
            assertThat(call("runs", "--json")).isEqualTo(3);
            assertThat(problem().code()).isEqualTo("SERVICE_UNAVAILABLE");
        }
    }

    static int portThatNobodyListensOn() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void aSecondStartInTheSameHomeEndsWithTwo() throws Exception {
        Home home = terminal().home();
        try (Home.Lock held = home.lock().orElseThrow()) {
            assertThat(held).isNotNull();
            Files.writeString(home.gateway(), "{\"url\":\"http://127.0.0.1:1\"}");

            assertThat(call("start", "--port", "0")).isEqualTo(2);
        }
        assertThat(err).contains("runs in " + home.root() + " already", "http://127.0.0.1:1");
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());

            assertThat(call("start", "--port", port)).isEqualTo(2);
            assertThat(err.lines()).singleElement().asString().contains("port " + port + " is in use");
            assertThat(call("start", "--separate", "--port", port)).isEqualTo(2);
            assertThat(err.lines()).singleElement().asString().contains("port " + port + " is in use");
        }
    }

    @Test
    void aHomeAndItsKeysAreItsOwnersOnly() throws Exception {
        Home home = terminal().home();
        home.create();
        assertThat(home.token()).hasSize(64).isEqualTo(home.token()).isNotEqualTo(home.serviceKey());
        assertThat(home.tokenKey()).hasSize(64).isNotEqualTo(home.serviceKey());

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.root())))
                .isEqualTo("rwx------");
        for (String key : new String[] {"token", "service-key", "token-key"}) {
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
    void aRunThatFailsEndsWithOneAndOneThatSucceedsWithZero() throws Exception {
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
        assertThat(err).contains("small/numbers: SOURCE_EMPTY: ");

        Files.writeString(pipeline.resolve("numbers.csv"), "n\n1\n2\n");
        assertThat(call("run", "small")).isZero();
        assertThat(call("query", "SELECT n FROM test.numbers ORDER BY n", "--json"))
                .isZero();
        assertThat(out).contains("\"rows\":[[\"1\"],[\"2\"]]");
        assertThat(terminal().home().gateway()).doesNotExist();
    }

    @Test
    void aRunOfWhatIsNotThereOrInvalidEndsWithTwo() throws Exception {
        Path pipeline = Files.createDirectories(folder.resolve("pipelines/small"));
        Files.writeString(pipeline.resolve("pipeline.yaml"), replacing("small", "test.numbers"));
        try (Terminal.Services _ = terminal().services()) {
            assertThat(call("run", "unknown")).isEqualTo(2);
            assertThat(err).contains("PIPELINE_UNKNOWN", "small");
            assertThat(call("run", "unknown", "--json")).isEqualTo(2);
            assertThat(problem().code()).isEqualTo("PIPELINE_UNKNOWN");
            assertThat(call("run", "small", "letters")).isEqualTo(2);
            assertThat(err).contains("ENDPOINT_UNKNOWN", "letters");

            Path broken = Files.writeString(folder.resolve("pipelines/broken.yaml"), "version: 1\nname: broken\n");
            assertThat(call("run", "broken")).isEqualTo(2);
            assertThat(err).contains("PIPELINE_INVALID", broken + ":1:1 source: found nothing");
        }
    }

    private Terminal terminal() {
        return new Terminal(folder);
    }

    @Test
    void schedulesAreSuspendedAndResumedAndStaySoFromCallToCall() throws Exception {
        Path pipelines = Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(pipelines.resolve("school.yaml"), """
                version: 1
                name: school
                source: {type: files, folder: data}
                endpoints:
                  students:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: school.students, write: append}
                    schedule: "0 6 1 1 *"
                    timezone: Asia/Singapore
                    schema: [{name: id, type: INTEGER}]
                """);
        assertThat(call("schedules")).as(err).isZero();
        assertThat(out).contains("school/students", "0 6 1 1 *", "Asia/Singapore", "-12-31T22:00Z");
        assertThat(err).contains("followed by ./millrace start");

        assertThat(call("suspend", "school", "students")).as(err).isZero();
        assertThat(out).contains("suspended");
        assertThat(call("schedules", "--json")).isZero();
        assertThat(out).contains("\"suspended\":true", "\"next\":null");
        assertThat(call("resume", "school", "students", "--json")).isZero();
        assertThat(out).contains("\"suspended\":false");

        assertThat(call("suspend", "school", "pupils")).isEqualTo(2);
        assertThat(err).contains("SCHEDULE_UNKNOWN", "school/pupils");
        assertThat(call("suspend", "school")).isEqualTo(2);
        assertThat(err).contains("ENDPOINT");
    }

    private int call(String... args) throws InterruptedException {
        Terminal.Call call = terminal().call(args);
        out = call.out();
        err = call.err();
        return call.exitCode();
    }

    /** The one document that the last call has printed. */
    private Problem problem() throws IOException {
        return Objects.requireNonNull(ObjectMapper.getDefault().readValue(out, Argument.of(Problem.class)));
    }
}
