package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.cloud.NoCredentials;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.emulator.http.Call;
import dev.millrace.emulator.http.Fault;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.gcp.CloudStorage;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Outcome;
import dev.millrace.task.Slice;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.testing.KeyFile;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class BucketExtractionTest {
    private static final String BUCKET = "school-files";
    private static final String MEDIA = "alt=media";
    private static final String LIST = "/b/" + BUCKET + "/o\\?";
    private static final Format NDJSON = new Format.Ndjson();
    private static final Path HIRING = Path.of("../pipelines/hiring/data");

    private static GcpEmulator google;
    private static ExtractorUnderTest extractor;
    private static Storage storage;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        google = GcpEmulator.start(folder.resolve("gcp"));
        extractor = new ExtractorUnderTest(folder.resolve("extractor"), properties("none"));
        storage = CloudStorage.client(
                new GcpConfig(null, GcpConfig.Authentication.NONE, google.http(), null, null),
                NoCredentials.getInstance());
    }

    private static Map<String, Object> properties(String authentication) {
        return Map.of(
                "millrace.gcp.authentication",
                authentication,
                "millrace.gcp.storage-host",
                google.http().toString(),
                "millrace.extractor.part-bytes",
                1_000_000);
    }

    @AfterAll
    static void stop() throws Exception {
        storage.close();
        extractor.close();
        google.close();
    }

    @BeforeEach
    void createBucket() {
        google.buckets().create(BUCKET);
    }

    @AfterEach
    void forget() {
        google.faults().clear();
        storage.list(BUCKET).iterateAll().forEach(blob -> storage.delete(blob.getBlobId()));
        google.calls().clear();
    }

    @Test
    void anObjectIsReadAgainWhenItsContentIsAnotherOne() throws Exception {
        object("data/1.ndjson", "{\"n\":1}\n");
        object("data/2.ndjson", "{\"n\":2}\n");
        String first = extractor.manifest(extractor.extract(changed(null))).nextCursor();
        object("data/1.ndjson", "{\"n\":1}\n");
        object("data/2.ndjson", "{\"n\":3}\n");
        object("data/4.ndjson", "{\"n\":4}\n");
        google.calls().clear();
        ExtractorUnderTest.Result second = extractor.extract(changed(first));
        assertThat(extractor.records(second)).containsExactly("{\"n\":3}", "{\"n\":4}");
        assertThat(second.log()).contains("INFO 2 of 3 files read; 1 were loaded before and are as they were");
        assertThat(extractor.records(
                        extractor.extract(changed(extractor.manifest(second).nextCursor()))))
                .isEmpty();
    }

    private static Work changed(@Nullable String cursor) {
        FileSelection files = new FileSelection("*.ndjson", NDJSON, Missing.FAIL, null, FileSelection.Reading.CHANGED);
        return new Work.ExtractIncrement(
                new Work.Extract(
                        new FileSource("gs://" + BUCKET + "/data"),
                        new FileRead(files, null),
                        List.of(),
                        Work.Parts.TO_TRANSFORM),
                false,
                new CommittedCursor(cursor));
    }

    private static void object(String name, String text) {
        object(name, text.getBytes(StandardCharsets.UTF_8), "");
    }

    private static void object(String name, byte[] bytes, String contentEncoding) {
        BlobInfo.Builder info = BlobInfo.newBuilder(BUCKET, name);
        if (!contentEncoding.isEmpty()) {
            info.setContentEncoding(contentEncoding);
        }
        storage.create(info.build(), bytes, Storage.BlobTargetOption.disableGzipContent());
    }

    private static byte[] packed(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Work.Extract work(String folder, String pattern, Format format) {
        return new Work.Extract(
                new FileSource(folder),
                new FileRead(new FileSelection(pattern, format, Missing.FAIL), null),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static List<String> records(String folder, String pattern) throws Exception {
        return extractor.records(work(folder, pattern, NDJSON));
    }

    private static String failure(ErrorCode code, String folder, String pattern) throws Exception {
        return extractor.extract(work(folder, pattern, NDJSON)).failure(code);
    }

    private static String gs(String path) {
        return "gs://" + BUCKET + "/" + path;
    }

    private static String line(int number) {
        return "{\"n\":" + number + ",\"text\":\"" + "abcdefghij".repeat(9) + "\"}";
    }

    /** About 100 bytes each. */
    private static String lines(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(line(i)).append('\n');
        }
        return text.toString();
    }

    /** Counts the downloads that have ended since it was last asked. */
    private static Callable<Long> grownSinceLast() {
        AtomicLong before = new AtomicLong(-1);
        return () -> {
            long now = calls(MEDIA);
            return now - before.getAndSet(now);
        };
    }

    private static long calls(String path) {
        return google.calls().count("GET", path);
    }

    /** @param columns empty: there is a header */
    private static Format csv(List<String> columns) {
        return new Format.Csv(columns.isEmpty(), columns, ",", "UTF-8", 0, null, "\"", null, false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"departments", "jobs", "hired_employees"})
    void readsTheSameFromABucketAsFromAFolder(String table) throws Exception {
        object("historic/2021/" + table + ".csv", Files.readString(HIRING.resolve(table + ".csv")));
        Format csv = csv(List.of("a", "b", "c", "d", "e").subList(0, table.length() > 11 ? 5 : 2));

        ExtractorUnderTest.Result fromFolder =
                extractor.extract(work(HIRING.toAbsolutePath().normalize().toString(), table + "*.csv", csv));
        ExtractorUnderTest.Result fromBucket = extractor.extract(work(gs("historic"), "**/" + table + "*.csv", csv));

        assertThat(extractor.records(fromBucket)).isNotEmpty().isEqualTo(extractor.records(fromFolder));
        assertThat(extractor.manifest(fromBucket).counts())
                .isEqualTo(extractor.manifest(fromFolder).counts());
    }

    @Test
    void slicesReadThePartsOfALargeObjectAndNothingElseOfIt() throws Exception {
        object("large.ndjson", lines(60_000)); // 6 MB
        Work.Extract work = work("gs://" + BUCKET, "*.ndjson", NDJSON);
        Outcome.Planned plan = (Outcome.Planned)
                extractor.extract(new Work.PlanSlices(work, 5)).outcome();
        assertThat(plan.slices()).isEqualTo(5);
        assertThat(calls(MEDIA)).isEqualTo(1);
        List<String> records = new ArrayList<>();
        for (int number = 1; number <= 5; number++) {
            records.addAll(extractor.records(
                    extractor.extract(new Work.ExtractSlice(work, plan.plan(), new Slice(1, number, 5)))));
        }
        assertThat(records).isEqualTo(lines(60_000).lines().toList());
        assertThat(calls(MEDIA)).isEqualTo(6);
        object("large.ndjson", lines(60_001)); // the planned generation is gone
        assertThat(extractor
                        .extract(new Work.ExtractSlice(work, plan.plan(), new Slice(1, 2, 5)))
                        .failure(ErrorCode.SOURCE_INCONSISTENT))
                .contains(gs("large.ndjson"));
    }

    @Test
    void namesTheObjectInRejectsAndItsGenerationInTheLog() throws Exception {
        object("a/b.csv", "id,name\n1,one\n2\n");
        long generation = storage.get(BlobId.of(BUCKET, "a/b.csv")).getGeneration();

        ExtractorUnderTest.Result result = extractor.extract(work(gs("a"), "*.csv", csv(List.of())));

        assertThat(extractor.rejects(result)).singleElement().satisfies(reject -> {
            assertThat(reject.part()).isEqualTo(gs("a/b.csv"));
            assertThat(reject.row()).isEqualTo(2);
        });
        assertThat(result.log())
                .anyMatch(line -> line.startsWith("INFO " + gs("a/b.csv") + "#" + generation + ": 2 records, "));
    }

    @Test
    void readsManyObjectsOverSeveralPagesOfTheListInTheOrderOfTheirNames() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 2_100; i++) {
            String name = "many/%04d.ndjson".formatted(i);
            boolean wanted = i % 700 == 13;
            google.buckets().overwrite(BUCKET, wanted ? name : name + ".old", line(i).getBytes(StandardCharsets.UTF_8));
            if (wanted) {
                expected.add(line(i));
            }
        }

        assertThat(records(gs("many/"), "*.ndjson")).hasSize(3).isEqualTo(expected);
        assertThat(calls(LIST)).isEqualTo(3);
        assertThat(calls(MEDIA)).isEqualTo(3);
    }

    @Test
    void listsNoMoreThanThePatternLeavesPossible() throws Exception {
        for (int i = 0; i < 1_500; i++) {
            google.buckets().overwrite(BUCKET, "data/old/" + i + ".ndjson", new byte[0]);
        }
        object("data/a.ndjson", "{\"n\":1}\n");
        object("data/new/2024/b.ndjson", "{\"n\":2}\n");

        assertThat(records(gs("data"), "*.ndjson")).containsExactly("{\"n\":1}");
        assertThat(calls(LIST)).isEqualTo(1);
        assertThat(records(gs("data"), "new/**/*.ndjson")).containsExactly("{\"n\":2}");
        assertThat(calls(LIST)).isEqualTo(2);
        assertThat(google.calls().all())
                .extracting(Call::path)
                .anyMatch(path -> path.contains("prefix=data/&") && path.contains("delimiter=/"))
                .anyMatch(path -> path.contains("prefix=data/new/&") && !path.contains("delimiter"));
    }

    @Test
    void readsNamesThatNoFileSystemHasAndLeavesFoldersAndStrangersAlone() throws Exception {
        object("top.ndjson", "{\"n\":0}\n");
        object("in/", "");
        object("in/a b+c%20d?e#f.ndjson", "{\"n\":1}\n");
        object("in//empty.ndjson", "{\"n\":2}\n");
        object("in/Zoë/😀.ndjson", "{\"n\":3}\n");
        object("in/sub/", "");
        object("inside/x.ndjson", "{\"n\":4}\n");
        object("in/none.ndjson", "");

        assertThat(records(gs("in"), "*")).containsExactly("{\"n\":1}");
        assertThat(records(gs("in"), "**")).containsExactly("{\"n\":2}", "{\"n\":3}", "{\"n\":1}");
        assertThat(records("gs://" + BUCKET, "*.ndjson")).containsExactly("{\"n\":0}");
        assertThat(records(gs(""), "in*/?.ndjson")).containsExactly("{\"n\":4}");
    }

    @Test
    void saysThatNothingMatchesUnlessThatIsAllowed() throws Exception {
        object("in/", "");
        assertThat(failure(ErrorCode.SOURCE_EMPTY, gs("in"), "*"))
                .isEqualTo("no file in " + gs("in/") + " matches '*'");

        ExtractorUnderTest.Result allowed = extractor.extract(new Work.Extract(
                new FileSource("gs://" + BUCKET),
                new FileRead(new FileSelection("none/*", NDJSON, Missing.ALLOW), null),
                List.of(),
                Work.Parts.TO_TRANSFORM));
        assertThat(extractor.manifest(allowed).counts().records()).isZero();
        assertThat(allowed.log()).contains("WARN no file in " + gs("") + " matches 'none/*', which is allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gzip"})
    void unpacksGzipWhateverTheObjectSaysOfItself(String contentEncoding) throws Exception {
        object("a.ndjson", packed(lines(30_000)), contentEncoding);

        assertThat(String.join("\n", records("gs://" + BUCKET, "a.ndjson")) + "\n")
                .isEqualTo(lines(30_000));
    }

    @Test
    void readsAnObjectThatIsNotWhatItsEncodingSays() throws Exception {
        object("a.ndjson", "{\"n\":1}\n".getBytes(StandardCharsets.UTF_8), "gzip");

        assertThat(records("gs://" + BUCKET, "*")).containsExactly("{\"n\":1}");
    }

    /** Where one member ends a network's packet, the next is not to be taken for the end of the file. */
    @Test
    void readsAllMembersOfAGzipFile() throws Exception {
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            members.writeBytes(packed(line(i) + "\n"));
            expected.add(line(i));
        }
        object("a.ndjson.gz", members.toByteArray(), "");

        assertThat(records("gs://" + BUCKET, "*.gz")).isEqualTo(expected);
    }

    @Test
    void readsOnWhereTheConnectionBroke() throws Exception {
        object("a.ndjson", lines(50_000));
        google.faults().inject("GET", MEDIA, new Fault.Truncated(1_000_000));
        google.faults().inject("GET", MEDIA, 0, 2, new Fault.Status(503, "backendError"));
        google.faults().inject("GET", MEDIA, new Fault.Truncated(100));

        assertThat(String.join("\n", records("gs://" + BUCKET, "*")) + "\n").isEqualTo(lines(50_000));
        assertThat(calls(MEDIA)).isEqualTo(5);
    }

    @Test
    void refusesAnObjectThatWasReplacedOrDeletedAfterItWasListed() throws Exception {
        for (Runnable change : List.<Runnable>of(
                () -> object("a.ndjson", "{\"n\":2}\n"), () -> storage.delete(BlobId.of(BUCKET, "a.ndjson")))) {
            object("a.ndjson", "{\"n\":1}\n");
            long generation = storage.get(BlobId.of(BUCKET, "a.ndjson")).getGeneration();
            google.faults().inject("GET", MEDIA, new Fault.Before(change));

            assertThat(failure(ErrorCode.SOURCE_INCONSISTENT, "gs://" + BUCKET, "*"))
                    .isEqualTo(
                            gs("a.ndjson") + "#" + generation + " was replaced or deleted after the bucket was listed");
        }
    }

    @Test
    void refusesAnObjectThatWasReplacedBetweenTwoConnections() throws Exception {
        object("a.ndjson", lines(50_000));
        google.faults().inject("GET", MEDIA, new Fault.Truncated(1_000_000));
        google.faults().inject("GET", MEDIA, new Fault.Before(() -> object("a.ndjson", lines(50_001))));

        assertThat(failure(ErrorCode.SOURCE_INCONSISTENT, "gs://" + BUCKET, "*"))
                .contains("was replaced or deleted after the bucket was listed");
    }

    @ParameterizedTest
    @CsvSource({"csv", "ndjson"})
    void refusesBytesThatAreNotThoseThatWereListed(String format) throws Exception {
        object("a", lines(1_000));
        try (FileChannel data = FileChannel.open(
                google.buckets().find(BUCKET, "a").orElseThrow().data(), StandardOpenOption.WRITE)) {
            data.write(StandardCharsets.UTF_8.encode("j"), 9_050);
        }

        assertThat(extractor
                        .extract(work("gs://" + BUCKET, "a", format.equals("csv") ? csv(List.of("line")) : NDJSON))
                        .failure(ErrorCode.SOURCE_INCONSISTENT))
                .startsWith(gs("a#"))
                .matches(
                        ".*: (\\d+) bytes, crc32c ([0-9a-f]{8}) came \\(expected: \\1 bytes, crc32c (?!\\2)[0-9a-f]{8},"
                                + " as the bucket's list has it\\)");
    }

    @Test
    void saysWhatToGrantWhenTheBucketOrAnObjectIsRefused() throws Exception {
        object("a.ndjson", "{\"n\":1}\n");
        String toGrant = " (expected: roles/storage.objectViewer on bucket " + BUCKET
                + " for the account of the extractor, or for that of the pipeline's credentials)";

        google.faults().inject("GET", LIST, new Fault.Status(403, "forbidden"));
        assertThat(failure(ErrorCode.SOURCE_UNAUTHORIZED, "gs://" + BUCKET, "*"))
                .isEqualTo("bucket " + BUCKET + " can't be listed: 403, forbidden" + toGrant);

        google.faults().inject("GET", MEDIA, new Fault.Status(403, "forbidden"));
        assertThat(failure(ErrorCode.SOURCE_UNAUTHORIZED, "gs://" + BUCKET, "*"))
                .startsWith(gs("a.ndjson#"))
                .endsWith(" can't be read: 403, forbidden" + toGrant);

        google.faults().inject("GET", MEDIA, new Fault.Status(400, "userProjectMissing"));
        assertThat(failure(ErrorCode.SOURCE_REFUSED, "gs://" + BUCKET, "*"))
                .endsWith(" can't be read: 400, userProjectMissing");
    }

    @Test
    void namesTheBucketThatIsNotThere() throws Exception {
        assertThat(failure(ErrorCode.SOURCE_UNAVAILABLE, "gs://nowhere-at-all/x", "*"))
                .isEqualTo("there is no bucket nowhere-at-all");
    }

    @Test
    void readsAsTheAccountThatThePipelineNames(@TempDir Path folder) throws Exception {
        object("a.ndjson", "{\"n\":1}\n");
        Map<String, Object> properties = new HashMap<>(properties("google"));
        properties.put(
                "millrace.gcp.credentials.school.key-file",
                KeyFile.write(folder.resolve("key.json"), "school@p.iam", google.http())
                        .toString());
        try (ExtractorUnderTest real = new ExtractorUnderTest(folder.resolve("extractor"), properties)) {
            Task task = real.task(work("gs://" + BUCKET, "*", NDJSON), null, "school");
            google.calls().clear();

            assertThat(real.records(real.extract(task))).containsExactly("{\"n\":1}");
            assertThat(google.calls().all())
                    .filteredOn(call ->
                            call.path().startsWith("/storage") || call.path().startsWith("/download"))
                    .extracting(Call::caller)
                    .containsOnly("school@p.iam")
                    .hasSizeGreaterThanOrEqualTo(2);
            assertThat(real.extract(real.task(work("gs://" + BUCKET, "*", NDJSON), null, "scool"))
                            .failure(ErrorCode.CREDENTIALS_UNKNOWN))
                    .contains("'scool'");
        }
    }

    /** By itself the client library never gives up here. */
    @Test
    void canBeStoppedWhenNoConnectionBringsAnything(@TempDir Path folder) throws Exception {
        object("a.ndjson", lines(1_000));
        google.faults().inject("GET", MEDIA, 0, 1_000_000, new Fault.Truncated(0));
        try (ExtractorUnderTest own = new ExtractorUnderTest(folder, properties("none"))) {
            Task task = own.task(work("gs://" + BUCKET, "*", NDJSON), null);
            assertThat(own.service().post(task)).isEqualTo(202);
            await().atMost(Duration.ofSeconds(30)).until(() -> calls(MEDIA) > 10);

            own.gateway().stopEverything();

            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(grownSinceLast(), grown -> grown == 0);
        }
    }

    /** What is read is not collected first: a part is staged while half of the object is still on its way. */
    @Test
    void streamsALargeObjectInTheMiddleOfWhichARunCanBeStopped(@TempDir Path folder) throws Exception {
        large("large.ndjson");
        try (ExtractorUnderTest own = new ExtractorUnderTest(folder, properties("none"))) {
            CountDownLatch staged = new CountDownLatch(1);
            google.faults().inject("GET", MEDIA, new Fault.Truncated(30_000_000));
            google.faults().inject("GET", MEDIA, new Fault.Before(() -> pass(staged)));
            Task whole = own.task(work("gs://" + BUCKET, "*", NDJSON), null);
            assertThat(own.service().post(whole)).isEqualTo(202);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> !own.service()
                            .staging()
                            .list(whole.folder() + "/part")
                            .isEmpty());
            staged.countDown();
            assertThat(own.manifest(new ExtractorUnderTest.Result(
                                    whole, own.gateway().report(whole), List.of()))
                            .counts()
                            .records())
                    .isEqualTo(1_000_000);

            google.calls().clear();
            google.faults().inject("GET", MEDIA, new Fault.Truncated(30_000_000));
            google.faults().inject("GET", MEDIA, new Fault.Delay(Duration.ofSeconds(30)));
            Task stopped = own.task(work("gs://" + BUCKET, "*", NDJSON), null);
            assertThat(own.service().post(stopped)).isEqualTo(202);
            await().atMost(Duration.ofSeconds(60)).until(() -> calls(MEDIA) > 0);
            own.gateway().stopEverything();
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().startsWith("task-" + stopped.id())));
        }
    }

    private static void pass(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A million lines, 64 MB. */
    private static void large(String name) throws IOException {
        byte[] line = ("{\"text\":\"" + "x".repeat(52) + "\"}\n").getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Channels.newOutputStream(
                storage.writer(BlobInfo.newBuilder(BUCKET, name).build()))) {
            byte[] thousand = new byte[line.length * 1_000];
            for (int i = 0; i < 1_000; i++) {
                System.arraycopy(line, 0, thousand, i * line.length, line.length);
            }
            for (int i = 0; i < 1_000; i++) {
                out.write(thousand);
            }
        }
    }
}
