package dev.millrace.loader.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.task.Query;
import io.micronaut.serde.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that dies or runs out of disk leaves whole loads only. */
class CrashTest {
    private static final long SEED = 20260131;
    private static final int ROUNDS = System.getProperty("thorough") == null ? 2 : 10;

    @TempDir
    private Path folder;

    @Test
    void aKilledProcessLeavesWholeLoadsAndAnAgreeingLedger() throws Exception {
        Random random = new Random(SEED);
        long loads = 0;
        for (int i = 0; i < ROUNDS; i++) {
            Process process = loader();
            try (BufferedReader said = process.inputReader()) {
                int last = 1 + random.nextInt(6);
                long told = loads;
                for (int line = 0; line < last; line++) {
                    assertThat(said.readLine()).as("what the loader said").isEqualTo("committed");
                    told++;
                }
                process.waitFor(Duration.ofMillis(random.nextInt(40)));
                process.destroyForcibly().waitFor();
                long now = check();
                assertThat(now)
                        .as("loads in the ledger, after %s were committed", told)
                        .isGreaterThanOrEqualTo(told);
                loads = now;
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }

    @Test
    void aFullDiskFailsLoadsUntilThereIsRoomAgain() throws Exception {
        Process process = loader();
        List<String> lines = new ArrayList<>();
        try (BufferedReader said = process.inputReader()) {
            lines.add(said.readLine());
            // files that may not grow any further are a full disk to the engine
            assumeTrue(limitFiles(process, "4000000:"), "prlimit is not there");
            while (lines.getLast().equals("committed")) {
                lines.add(said.readLine());
            }
            assertThat(lines.getLast())
                    .startsWith("WAREHOUSE_FAILED: the load into school.numbers failed in the warehouse: ");
            limitFiles(process, "unlimited:");
            while (!lines.getLast().equals("committed") && lines.size() < 1_000) {
                lines.add(said.readLine());
            }
            assertThat(lines.getLast()).as("after there was room again").isEqualTo("committed");
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(check())
                .isGreaterThanOrEqualTo(
                        lines.stream().filter("committed"::equals).count());
    }

    @Test
    void aFileThatAnotherProcessHasIsNotOpened() throws Exception {
        Process process = loader();
        try (BufferedReader said = process.inputReader()) {
            assertThat(said.readLine()).isEqualTo("committed");
            MillraceException failure = catchThrowableOfType(MillraceException.class, this::check);
            assertThat(failure.code()).isEqualTo(ErrorCode.WAREHOUSE_FAILED);
            assertThat(failure.detail()).contains("another process has it open").contains("w.duckdb");
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(check()).isPositive();
    }

    /** Number of loads in the ledger; each has its rows in the table, and there are no others. */
    private long check() throws InterruptedException {
        try (DuckDbWarehouse warehouse = new DuckDbWarehouse(
                DuckDbWarehouseTest.config(folder.resolve("w.duckdb"), Duration.ofSeconds(60)),
                new LocalStagingStore(folder.resolve("staging")),
                ObjectMapper.getDefault())) {
            String loads = warehouse
                    .query(new Query(
                            "SELECT count(*), coalesce(sum(rows), 0), (SELECT count(*) FROM school.numbers),"
                                    + " (SELECT count(DISTINCT load) FROM school.numbers) FROM millrace.ledger",
                            1))
                    .rows()
                    .toString();
            String count = loads.substring(2, loads.indexOf(','));
            long rows = Long.parseLong(count) * LoopingLoader.ROWS;
            assertThat(loads).isEqualTo("[[" + count + ", " + rows + ", " + rows + ", " + count + "]]");
            assertThat(folder.resolve("w.duckdb.scratch")).isEmptyDirectory();
            return Long.parseLong(count);
        }
    }

    private static boolean limitFiles(Process process, String size) throws InterruptedException {
        try {
            return new ProcessBuilder("prlimit", "--pid", "" + process.pid(), "--fsize=" + size)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Process loader() throws IOException {
        Files.createDirectories(folder.resolve("staging"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoopingLoader.class.getName(),
                        folder.toString())
                .redirectError(folder.resolve("errors.txt").toFile())
                .start();
    }
}
