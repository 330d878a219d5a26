package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.process.GatewayFile;
import dev.millrace.standalone.process.Home;
import dev.millrace.task.Query;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that may not grow any further are a full disk to everything that writes: the run fails with that reason, the
 * table is as it was, and the same process goes on when there is room again.
 */
@EnabledIfSystemProperty(named = "thorough", matches = ".*")
@Timeout(60)
class FullDiskTest {
    private static final long LIMIT = 9_000_000;
    /** What one record holds; it can't be compressed to less than three quarters of it. */
    private static final int NOISE = 1_000;

    @TempDir
    private static Path folder;

    private static Process installation;
    private static GatewayClient gateway;

    @BeforeAll
    static void start() throws Exception {
        Files.createDirectories(folder.resolve("pipelines/data"));
        installation = OwnProcess.call(folder, "start", "--port", "0")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("start.log").toFile())
                .start();
        Home home = new Home(folder.resolve("home"));
        await().atMost(Duration.ofSeconds(40)).until(() -> Files.exists(home.gateway()));
        gateway = new GatewayClient(new GatewayFile(home).read().orElseThrow(), home.token());
        assumeTrue(limitFiles("unlimited:"), "prlimit is not there");
    }

    @AfterEach
    void makeRoom() throws InterruptedException {
        limitFiles("unlimited:");
    }

    @AfterAll
    static void stop() throws Exception {
        gateway.close();
        installation.destroy();
        assertThat(installation.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    private static boolean limitFiles(String size) throws InterruptedException {
        try {
            return new ProcessBuilder("prlimit", "--pid", "" + installation.pid(), "--fsize=" + size)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * A pipeline of the name, into a table of the name.
     *
     * @param copies of the noise in each row
     */
    private static void pipeline(String name, int copies) throws IOException {
        Files.writeString(folder.resolve("pipelines/" + name + ".yaml"), """
                version: 1
                name: %1$s
                source: {type: files, folder: data}
                endpoints:
                  noise:
                    files: {pattern: %1$s.ndjson, format: {type: ndjson}}
                    destination: {table: disk.%1$s, write: append}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                %2$s
                """.formatted(
                        name,
                        IntStream.range(0, copies)
                                .mapToObj(i -> "      - {name: noise" + i + ", type: STRING, from: noise}")
                                .collect(Collectors.joining("\n"))));
    }

    private static void data(String name, int records) throws IOException {
        Random random = new Random(records);
        List<String> lines = new ArrayList<>();
        for (int id = 1; id <= records; id++) {
            byte[] noise = new byte[NOISE * 3 / 4];
            random.nextBytes(noise);
            lines.add("{\"id\":" + id + ",\"noise\":\"" + Base64.getEncoder().encodeToString(noise) + "\"}");
        }
        Files.write(folder.resolve("pipelines/data/" + name + ".ndjson"), lines);
    }

    private static Run run(String pipeline) throws InterruptedException {
        Answers.Batch batch = gateway.read(
                gateway.start(pipeline, new Answers.Start(List.of(), null, false), null), Answers.Batch.class);
        return RunWatch.untilEnded(
                        () -> gateway.read(gateway.batch(batch.batch()), Answers.Batch.class)
                                .runs(),
                        new Progress.Silent())
                .getFirst();
    }

    private static Run retry(Run run) throws InterruptedException {
        gateway.retry(run.id());
        return ended(run.id());
    }

    private static Run ended(String id) throws InterruptedException {
        return RunWatch.untilEnded(() -> List.of(gateway.read(gateway.run(id), Run.class)), new Progress.Silent())
                .getFirst();
    }

    private static long count(String table) throws InterruptedException {
        Query.Result result =
                gateway.read(gateway.query("SELECT count(*), count(DISTINCT id) FROM " + table, 1), Query.Result.class);
        return Long.parseLong(String.valueOf(result.rows().getFirst().getFirst()));
    }

    private static void assertFailed(Run run, String code, String... detail) {
        assertThat(run.error()).as("%s", run).isNotNull();
        assertThat(run.error().code()).as(run.error().detail()).isEqualTo(code);
        assertThat(run.error().detail()).contains(detail).doesNotContain("\n");
    }

    @Test
    void aRunWhoseRecordsFindNoRoomInStagingFailsAndARetryAfterwardsSucceeds() throws Exception {
        pipeline("extracted", 1);
        data("extracted", 10);
        assertThat(run("extracted").state()).isEqualTo(Run.State.SUCCEEDED);
        data("extracted", 20_000);
        limitFiles(LIMIT + ":");

        Run failed = run("extracted");

        assertFailed(failed, "STAGING_UNAVAILABLE", "extract/1/part-00000.ndjson.zst", "File too large");
        assertThat(count("disk.extracted")).isEqualTo(10);
        assertRetrySucceeds(failed, "disk.extracted", 20_010);
    }

    @Test
    void aRunWhoseRowsFindNoRoomFailsAndARetryAfterwardsSucceeds() throws Exception {
        pipeline("transformed", 8);
        data("transformed", 10);
        assertThat(run("transformed").state()).isEqualTo(Run.State.SUCCEEDED);
        data("transformed", 3_000);
        limitFiles(LIMIT + ":");

        Run failed = run("transformed");

        assertFailed(
                failed, "STAGING_UNAVAILABLE", "the transformer's scratch folder can't be used: ", "File too large");
        assertThat(count("disk.transformed")).isEqualTo(10);
        assertRetrySucceeds(failed, "disk.transformed", 3_010);
    }

    @Test
    void aWarehouseThatFindsNoRoomFailsTheRunAndARetryAfterwardsSucceeds() throws Exception {
        pipeline("loaded", 1);
        data("loaded", 1_000);
        Run run = run("loaded");
        limitFiles(Files.size(folder.resolve("home/warehouse.duckdb")) + LIMIT + ":");
        int loaded = 0;
        while (run.error() == null && loaded < 20_000) {
            loaded += 1_000;
            run = endedOrFailing("loaded");
        }
        assertFailed(run, "WAREHOUSE_FAILED", "the load into disk.loaded failed in the warehouse: ");

        // only the warehouse itself can say that nothing commits any more, so the end may have to wait for room
        limitFiles("unlimited:");
        Run failed = ended(run.id());
        assertThat(failed.state()).isEqualTo(Run.State.FAILED);
        assertFailed(failed, "WAREHOUSE_FAILED", "the load into disk.loaded failed in the warehouse: ");
        assertThat(count("disk.loaded")).isEqualTo(loaded);
        assertRetrySucceeds(failed, "disk.loaded", loaded + 1_000);
    }

    /** A run when it has ended, or when it says why it is about to fail. */
    private static Run endedOrFailing(String pipeline) throws InterruptedException {
        String batch = gateway.read(
                        gateway.start(pipeline, new Answers.Start(List.of(), null, false), null), Answers.Batch.class)
                .batch();
        return await().pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> gateway.read(gateway.batch(batch), Answers.Batch.class)
                                .runs()
                                .getFirst(),
                        run -> run.error() != null || run.state().ended());
    }

    private static void assertRetrySucceeds(Run failed, String table, long rows) throws InterruptedException {
        limitFiles("unlimited:");
        Run again = retry(failed);
        assertThat(again.state()).as("%s", again).isEqualTo(Run.State.SUCCEEDED);
        assertThat(count(table)).isEqualTo(rows);
    }
}
