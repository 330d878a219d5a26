package dev.millrace.loader.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Publication;
import dev.millrace.task.RunLogCopy;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What publishing promises, whatever the buckets are; each kind has a subclass. */
abstract class PublisherContract {
    private static final String PREFIX = "events/raw/2026-01-31/";
    private static final String FIRST = "00000000-0000-0000-0000-000000000001";
    private static final String SECOND = "00000000-0000-0000-0000-000000000002";

    @TempDir
    Path folder;

    private final ObjectMapper json = ObjectMapper.create(Map.of("micronaut.serde.serialization.inclusion", "ALWAYS"));
    private StagingStore staging;
    private StagingStore lake;

    @BeforeEach
    void open() {
        fresh();
    }

    /** A bucket in which there is nothing yet. */
    abstract StagingStore bucket();

    private Publisher publisher() {
        return publisher(lake);
    }

    private Publisher publisher(StagingStore bucket) {
        return new Publisher((_, _) -> bucket, staging, json, Clock.systemUTC());
    }

    private static Publication publication(Destination.Empty empty) {
        return new Publication(
                new Destination.Bucket("lake", "events/raw", null, empty, Destination.Bucket.Validate.JSON),
                RunWindow.parse("2026-01-31"));
    }

    private Part part(String... records) {
        try (Upload upload = staging.upload("runs/" + UUID.randomUUID() + "/part-00000.ndjson.gz")) {
            try (GZIPOutputStream out = new GZIPOutputStream(upload.stream())) {
                out.write((String.join("\n", records) + "\n").getBytes(StandardCharsets.UTF_8));
            }
            return upload.commit(records.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Publisher.Shipment shipment(String run, int generation, int attempt, Part... parts) {
        return new Publisher.Shipment(
                run, generation, run, attempt, publication(Destination.Empty.FAIL), null, List.of(parts));
    }

    private static TaskContext context() {
        return new TaskContext(Clock.systemUTC());
    }

    /** The records that a reader who follows the marker finds; each file must be there, whole. */
    private List<String> read() {
        List<String> records = new ArrayList<>();
        for (Part file : marker().files()) {
            try (GZIPInputStream in = new GZIPInputStream(lake.open(file))) {
                records.addAll(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertThat(records).hasSize((int) marker().rows());
        return records;
    }

    private PublicationMarker marker() {
        try (InputStream in = lake.open(PREFIX + "_published.json")) {
            PublicationMarker published = json.readValue(in, Argument.of(PublicationMarker.class));
            assertThat(published).isNotNull();
            return published;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(StagingStore store, Part part) {
        try (InputStream in = store.open(part)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            in.transferTo(out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void publishesPartsByteForByteAndTheMarkerNamesThem() {
        Part one = part("{\"n\": 1.10, \"n\":2}", "{\"big\":123456789012345678901234567890}");
        Part two = part("{\"last\":\"é\"}");
        assertThat(publisher().publish(shipment(FIRST, 1, 1, one, two), context()))
                .isEqualTo(new LoadResult(3, 0, 3));

        PublicationMarker marker = marker();
        assertThat(marker.files())
                .extracting(Part::path)
                .containsExactly(
                        PREFIX + FIRST + "-1/part-00000.ndjson.gz", PREFIX + FIRST + "-1/part-00001.ndjson.gz");
        assertThat(bytes(lake, marker.files().get(0))).isEqualTo(bytes(staging, one));
        assertThat(bytes(lake, marker.files().get(1))).isEqualTo(bytes(staging, two));
        assertThat(marker.run()).isEqualTo(FIRST);
    }

    @Test
    void aDryRunSaysWhatWouldBeWrittenAndWritesNothing() {
        Part one = part("{\"a\":1}");
        assertThat(publisher().plan(shipment(FIRST, 1, 1, one, part("{\"a\":2}"))))
                .isEqualTo(new LoadPlan(
                        2,
                        List.of(
                                "would publish 2 records under lake/events/raw/2026-01-31",
                                "would write lake/" + PREFIX + FIRST
                                        + "-1/part-00000.ndjson.gz to part-00001.ndjson.gz",
                                "would write lake/" + PREFIX + "_published.json and lake/" + PREFIX + "_ledger.json")));
        assertThat(lake.list("")).isEmpty();

        publisher().publish(shipment(FIRST, 1, 1, one), context());
        List<String> before = lake.list("");
        assertThat(publisher().plan(shipment(SECOND, 1, 1, one)).steps())
                .last()
                .asString()
                .startsWith("would replace 1 records, published by run " + FIRST);
        assertThatThrownBy(() -> publisher().plan(shipment(SECOND, 1, 1)))
                .isInstanceOfSatisfying(
                        MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.EMPTY_REPLACE));
        assertThat(lake.list("")).isEqualTo(before);
        assertThat(marker().run()).isEqualTo(FIRST);
    }

    @Test
    void theNextRunReplacesTheDayAndLeavesOtherFilesAlone() {
        publisher().publish(shipment(FIRST, 1, 1, part("{\"a\":1}"), part("{\"a\":2}")), context());
        lake.createIfAbsent(PREFIX + "notes.txt", new byte[] {1});
        lake.createIfAbsent("events/raw/2026-02-01/" + FIRST + "-1/part-00000.ndjson.gz", new byte[] {1});
        publisher().publish(shipment(SECOND, 1, 1, part("{\"b\":1}")), context());

        assertThat(read()).containsExactly("{\"b\":1}");
        assertThat(lake.list("events/"))
                .containsExactlyInAnyOrder(
                        PREFIX + SECOND + "-1/part-00000.ndjson.gz",
                        PREFIX + "_ledger.json",
                        PREFIX + "_published.json",
                        PREFIX + "notes.txt",
                        "events/raw/2026-02-01/" + FIRST + "-1/part-00000.ndjson.gz");
    }

    @Test
    void theNextAttemptFindsWhatTheOneBeforeHasPublished() {
        publisher().publish(shipment(FIRST, 1, 1, part("{\"a\":1}")), context());
        PublicationMarker before = marker();
        assertThat(publisher().publish(shipment(FIRST, 1, 2, part("{\"a\":1}")), context()))
                .isEqualTo(new LoadResult(1, 0, 1));
        assertThat(marker()).isEqualTo(before);
    }

    @Test
    void aProcessThatIsKilledAtAnyStepLeavesTheDayWholeAndTheNextAttemptPublishesOnce() {
        publisher().publish(shipment(FIRST, 1, 1, part("{\"old\":1}")), context());
        int steps = 0;
        boolean died = true;
        while (died) {
            fresh();
            publisher().publish(shipment(FIRST, 1, 1, part("{\"old\":1}"), part("{\"old\":2}")), context());
            FailingStore failing = new FailingStore(lake, steps++);
            Part[] parts = {part("{\"new\":1}"), part("{\"new\":2}")};
            try {
                publisher(failing).publish(shipment(SECOND, 1, 1, parts), context());
                died = false;
            } catch (FailingStore.Killed e) {
                assertThat(read()).isIn(List.of("{\"old\":1}", "{\"old\":2}"), List.of("{\"new\":1}", "{\"new\":2}"));
            }
            LoadResult result = publisher().publish(shipment(SECOND, 1, 2, parts), context());
            assertThat(result).isEqualTo(new LoadResult(2, 0, 2));
            assertThat(read()).containsExactly("{\"new\":1}", "{\"new\":2}");
            assertThat(marker().number()).isEqualTo(2);
        }
        assertThat(steps).isGreaterThan(8);
    }

    @Test
    void anAbortAfterAKillAtAnyStepIsCertain() {
        int steps = 0;
        boolean died = true;
        while (died) {
            fresh();
            publisher().publish(shipment(FIRST, 1, 1, part("{\"old\":1}")), context());
            FailingStore failing = new FailingStore(lake, steps++);
            try {
                publisher(failing).publish(shipment(SECOND, 1, 1, part("{\"new\":1}")), context());
                died = false;
            } catch (FailingStore.Killed e) {
                assertThat(steps).isPositive();
            }
            Publication publication = publication(Destination.Empty.FAIL);
            Abort.Answer answer = publisher().abort(new Abort(SECOND, 1, null, publication), publication);
            switch (answer) {
                case Abort.AlreadyCommitted committed -> {
                    assertThat(committed.result()).isEqualTo(new LoadResult(1, 0, 1));
                    assertThat(read()).containsExactly("{\"new\":1}");
                }
                case Abort.Closed _ -> {
                    assertThat(read()).containsExactly("{\"old\":1}");
                    MillraceException late = catchThrowableOfType(
                            MillraceException.class,
                            () -> publisher().publish(shipment(SECOND, 1, 2, part("{\"new\":1}")), context()));
                    assertThat(late.code()).isEqualTo(ErrorCode.LOAD_ABORTED);
                    assertThat(read()).containsExactly("{\"old\":1}");
                    publisher().publish(shipment(SECOND, 2, 3, part("{\"new\":1}")), context());
                    assertThat(read()).containsExactly("{\"new\":1}");
                }
            }
        }
    }

    @Test
    void anAbortOfADayThatWasNeverPublishedMakesNoMarker() {
        Publication publication = publication(Destination.Empty.FAIL);
        assertThat(publisher().abort(new Abort(FIRST, 1, null, publication), publication))
                .isEqualTo(new Abort.Closed());
        assertThat(lake.exists(PREFIX + "_published.json")).isFalse();
    }

    @Test
    void twoAttemptsAtOncePublishOnce() throws Exception {
        for (int round = 0; round < 10; round++) {
            fresh();
            List<Callable<LoadResult>> attempts = new ArrayList<>();
            for (int i = 1; i <= 4; i++) {
                int attempt = i;
                Part part = part("{\"a\":1}");
                attempts.add(() -> publisher().publish(shipment(FIRST, 1, attempt, part), context()));
            }
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                for (Future<LoadResult> result : threads.invokeAll(attempts)) {
                    assertThat(result.get()).isEqualTo(new LoadResult(1, 0, 1));
                }
            }
            assertThat(read()).containsExactly("{\"a\":1}");
            assertThat(marker().number()).isEqualTo(1);
        }
    }

    @Test
    void noRecordsReplaceSomeOnlyWhenTheyMay() {
        publisher().publish(shipment(FIRST, 1, 1, part("{\"a\":1}")), context());
        MillraceException failure = catchThrowableOfType(
                MillraceException.class, () -> publisher().publish(shipment(SECOND, 1, 1), context()));
        assertThat(failure.code()).isEqualTo(ErrorCode.EMPTY_REPLACE);
        assertThat(failure.detail()).contains("lake/events/raw/2026-01-31, which has 1");
        assertThat(read()).containsExactly("{\"a\":1}");

        publisher()
                .publish(
                        new Publisher.Shipment(
                                SECOND, 2, SECOND, 2, publication(Destination.Empty.ALLOW), null, List.of()),
                        context());
        assertThat(read()).isEmpty();
    }

    private static final Publication GRAPH = new Publication(
            new Destination.Bucket(
                    "lake", "drugs/graph", null, Destination.Empty.FAIL, Destination.Bucket.Validate.NONE),
            null);

    private LoadResult publish(StagingStore bucket, String run, int generation, int attempt, String text)
            throws InterruptedException {
        return publish(bucket, new Publisher.LatestFile(run, generation, run, attempt, GRAPH, null, "json"), text);
    }

    private LoadResult publish(StagingStore bucket, Publisher.LatestFile file, String text)
            throws InterruptedException {
        return publisher(bucket)
                .publish(
                        file,
                        (store, name) -> {
                            try (Upload upload = store.upload(name)) {
                                upload.stream().write(text.getBytes(StandardCharsets.UTF_8));
                                return upload.commit(text.length());
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        context());
    }

    private String latest() {
        Part latest = lake.describe("drugs/graph/latest.json");
        return new String(bytes(lake, latest), StandardCharsets.UTF_8);
    }

    @Test
    void aFileIsReplacedUnderItsNameAndTheFormerOneDeleted() throws Exception {
        Publisher.LatestFile file = new Publisher.LatestFile(FIRST, 1, FIRST, 1, GRAPH, null, "json");
        assertThat(publisher().plan(file).steps().getFirst())
                .isEqualTo("would write lake/drugs/graph/latest.json of what the query selects, which wasn't run");
        assertThat(lake.list("")).isEmpty();
        assertThat(publish(lake, FIRST, 1, 1, "old")).isEqualTo(new LoadResult(3, 0, 3));
        assertThat(latest()).isEqualTo("old");
        assertThat(publish(lake, SECOND, 1, 1, "newer")).isEqualTo(new LoadResult(5, 0, 5));
        assertThat(publish(lake, SECOND, 1, 2, "again")).as("found").isEqualTo(new LoadResult(5, 0, 5));
        assertThat(latest()).isEqualTo("newer");
        assertThat(lake.list(""))
                .containsExactly(
                        "drugs/graph/" + SECOND + "-1/part-00000.json",
                        "drugs/graph/_ledger.json",
                        "drugs/graph/_published.json",
                        "drugs/graph/latest.json");
        MillraceException empty = catchThrowableOfType(
                MillraceException.class, () -> publish(lake, "00000000-0000-0000-0000-000000000003", 1, 1, ""));
        assertThat(empty.code()).isEqualTo(ErrorCode.EMPTY_REPLACE);
        assertThat(latest()).isEqualTo("newer");
        assertThat(lake.list("")).hasSize(4);

        String third = "00000000-0000-0000-0000-000000000003";
        Publisher.LatestFile csv = new Publisher.LatestFile(third, 2, third, 2, GRAPH, null, "csv");
        String deletion = "would delete lake/drugs/graph/latest.json, which is of another format";
        assertThat(publisher().plan(csv).steps()).endsWith(deletion);
        assertThat(publish(lake, csv, "a")).isEqualTo(new LoadResult(1, 0, 1));
        assertThat(lake.list("drugs/graph/latest")).containsExactly("drugs/graph/latest.csv");
    }

    @Test
    void aFileThatCantBeWrittenLeavesNothingAndItsAbortNeither() {
        assertThatThrownBy(() -> publisher()
                        .publish(
                                new Publisher.LatestFile(FIRST, 1, FIRST, 1, GRAPH, null, "json"),
                                (_, _) -> {
                                    throw new MillraceException(ErrorCode.QUERY_FAILED, "no such table");
                                },
                                context()))
                .isInstanceOf(MillraceException.class);
        assertThat(publisher().abort(new Abort(FIRST, 1, null, GRAPH), GRAPH)).isEqualTo(new Abort.Closed());
        assertThat(lake.list("")).isEmpty();
    }

    @Test
    void aProcessThatIsKilledAtAnyStepLeavesTheLatestFileWhole() throws Exception {
        int steps = 0;
        boolean died = true;
        while (died) {
            fresh();
            publish(lake, FIRST, 1, 1, "old");
            try {
                publish(new FailingStore(lake, steps++), SECOND, 1, 1, "new");
                died = false;
            } catch (FailingStore.Killed e) {
                assertThat(latest()).isIn("old", "new");
            }
            boolean committed =
                    publisher().abort(new Abort(SECOND, 1, null, GRAPH), GRAPH) instanceof Abort.AlreadyCommitted;
            assertThat(latest()).isEqualTo(committed ? "new" : "old");
            publish(lake, SECOND, 2, 2, "new");
            assertThat(latest()).isEqualTo("new");
            assertThat(lake.list("drugs/graph/" + SECOND)).hasSize(1);
        }
        assertThat(steps).isGreaterThan(8);
    }

    @Test
    void aLogIsCopiedOnce() {
        staging.createIfAbsent("archive/1/log.ndjson", "{}\n".getBytes(StandardCharsets.UTF_8));
        RunLogCopy copy =
                new RunLogCopy(FIRST, "archive/1/log.ndjson", "1.ndjson", null, publication(Destination.Empty.FAIL));
        publisher().copyLog(copy);
        publisher().copyLog(copy);
        assertThat(lake.list("events/")).containsExactly(PREFIX + "_logs/1.ndjson");
    }

    private void fresh() {
        staging = new LocalStagingStore(folder.resolve("staging-" + UUID.randomUUID()));
        lake = bucket();
    }
}
