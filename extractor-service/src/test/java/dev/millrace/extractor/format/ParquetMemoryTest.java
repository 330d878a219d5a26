package dev.millrace.extractor.format;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.record.PieceSink;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.task.Work;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Parquet files take of the heap that are read at once. */
class ParquetMemoryTest {
    private static final int FILES = 6;
    private static final int ROWS = 60_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static void write(Path file, int rows) throws SQLException {
        StringBuilder columns = new StringBuilder("i AS id");
        for (int column = 0; column < 19; column++) {
            columns.append(", hash(i + ").append(column).append(") AS c").append(column);
        }
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement()) {
            statement.execute("COPY (SELECT " + columns + " FROM range(" + rows + ") AS r(i)) TO '" + file
                    + "' (FORMAT parquet, ROW_GROUP_SIZE 50_000)");
        }
    }

    @Test
    void aRunThatWaitsForTheRowGroupsOfAnotherSaysSo(@TempDir Path service, @TempDir Path folder) throws Exception {
        write(folder.resolve("a.parquet"), 10);
        Work work = new Work.Extract(
                new FileSource(folder.toString()),
                new FileRead(new FileSelection("*.parquet", new Format.Parquet(), Missing.FAIL), null),
                List.of(),
                Work.Parts.TO_TRANSFORM);
        String waits =
                "a.parquet: waits for memory, of which the row groups of all Parquet files that are read at once may"
                        + " take " + RowGroupMemory.OF_HEAP.all() + " MiB";
        try (ExtractorUnderTest extractor = new ExtractorUnderTest(service, Map.of());
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<ExtractorUnderTest.Result> waiting;
            try (RowGroupMemory.Share _ = RowGroupMemory.OF_HEAP.share(Long.MAX_VALUE, () -> {})) {
                waiting = thread.submit(() -> extractor.extract(work));
                await().atMost(PATIENCE)
                        .until(() -> extractor.gateway().heartbeats().stream()
                                .flatMap(heartbeat -> heartbeat.log().stream())
                                .anyMatch(line -> line.message().equals(waits)));
                assertThat(waiting.isDone()).isFalse();
            }
            ExtractorUnderTest.Result result = waiting.get(PATIENCE.toSeconds(), SECONDS);
            assertThat(extractor.records(result)).hasSize(10);
            assertThat(result.log()).containsOnlyOnce("INFO " + waits);
            assertThat(extractor.extract(work).log()).noneMatch(line -> line.contains("waits for memory"));
        }
    }

    @Test
    void filesThatAreReadAtOnceFitIntoASmallHeap(@TempDir Path folder) throws Exception {
        write(folder.resolve("a.parquet"), ROWS);
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ParquetMemoryTest.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(log).content().endsWith(FILES * ROWS + " rows\n");
        assertThat(process.exitValue()).isZero();
    }

    /** Reads the file of a folder several times at once. */
    public static void main(String... arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        AtomicLong rows = new AtomicLong();
        Callable<Void> reading = () -> {
            try (InputStream in = Files.newInputStream(folder.resolve("a.parquet"))) {
                new ParquetFile(
                                List.of(),
                                new Counted(rows),
                                new FormattedRecords.Room(folder, 200),
                                ParquetFile.STRETCH,
                                said -> {})
                        .read(in);
            }
            return null;
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(FILES)) {
            List<Future<Void>> files = new ArrayList<>();
            for (int i = 0; i < FILES; i++) {
                files.add(threads.submit(reading));
            }
            for (Future<Void> file : files) {
                file.get();
            }
        }
        System.out.print(rows + " rows\n");
    }

    /** In pieces, as they are staged. */
    private record Counted(AtomicLong rows) implements RecordSink {
        @Override
        public PieceSink pieces() {
            return piece -> piece.forEach(_ -> rows.incrementAndGet(), (line, reason, start) -> {});
        }

        @Override
        public void record(byte[] bytes, int offset, int length) {
            rows.incrementAndGet();
        }

        @Override
        public void reject(String reason, String start) {
            throw new IllegalStateException(reason);
        }
    }
}
