package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.SealedDocument;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is new in an API, by a value that its requests ask with. */
class RestCursorTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    /** The rows, and the cursors of the manifest before and after. */
    private static String read(Work work) throws Exception {
        ExtractorUnderTest.Result result = extractor.extract(work);
        Manifest manifest = extractor.manifest(result);
        return extractor.records(result).size() + " records, " + manifest.startCursor() + " -> "
                + manifest.nextCursor();
    }

    private static FakeApi rows(String rows) throws IOException {
        return new FakeApi((exchange, _) -> FakeApi.json(exchange, "[" + rows + "]"));
    }

    private static final String SINCE = """
            request: {path: /rows, query: {since: "${cursor}", size: "10"}}
            cursor: {path: seen.at}
            """;

    @Test
    void aRequestAsksForWhatIsNewAndTheNextForWhatIsNewerStill() throws Exception {
        try (FakeApi api = rows("""
                {"id": 1, "seen": {"at": "2026-01-31T10:00:00.000000001+02:00"}},
                {"id": 2, "seen": {"at": "2026-01-31T08:00:00.0000000020Z"}},
                {"id": 3, "seen": {"at": "2026-01-31T07:59:59Z"}}""".replace("0020Z", "002Z"))) {
            assertThat(read(api.increment(SINCE, false, null)))
                    .isEqualTo("3 records, null -> 2026-01-31T08:00:00.000000002Z");
            assertThat(read(api.increment(SINCE, false, "2026-01-31T09:00:00+01:00")))
                    .isEqualTo("3 records, 2026-01-31T09:00:00+01:00 -> 2026-01-31T08:00:00.000000002Z");
            assertThat(read(api.increment(SINCE, false, "2027-01-01T00:00:00Z")))
                    .as("it never goes back")
                    .endsWith("-> 2027-01-01T00:00:00Z");
            assertThat(read(api.increment(SINCE, true, "2027-01-01T00:00:00Z")))
                    .as("but where everything is read")
                    .endsWith("-> 2026-01-31T08:00:00.000000002Z");
            assertThat(api.requests())
                    .containsExactly(
                            "GET /rows?size=10",
                            "GET /rows?since=2026-01-31T09%3A00%3A00%2B01%3A00&size=10",
                            "GET /rows?since=2027-01-01T00%3A00%3A00Z&size=10",
                            "GET /rows?size=10");
        }
    }

    @Test
    void theLargestOfAllPagesCountsWhateverTheirOrder() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(
                exchange,
                switch (FakeApi.page(exchange)) {
                    case 1 -> "{\"total\":4,\"rows\":[{\"id\":1,\"n\":3},{\"id\":2,\"n\":12345678901234567890.10}]}";
                    default -> "{\"total\":4,\"rows\":[{\"id\":3,\"n\":9},{\"id\":4,\"n\":7}]}";
                }))) {
            String keys = """
                    request: {path: /rows, query: {after: "${cursor}"}}
                    records: rows
                    pagination: {type: page, batch: 2, total: total, parallel: 2}
                    cursor: {path: n, initial: 0, overlap: 5%s}
                    """;
            assertThat(read(api.increment(keys.formatted(""), false, null)))
                    .isEqualTo("4 records, null -> 12345678901234567890.10");
            assertThat(api.requests()).contains("GET /rows?after=0&page=2&pageSize=2");
            assertThat(read(api.increment(keys.formatted(", take: last"), false, "12.5")))
                    .endsWith("12.5 -> 7");
            assertThat(api.requests()).contains("GET /rows?after=7.5&page=1&pageSize=2");
        }
    }

    @Test
    void whatIsTooNewIsLeftToALaterRunByTheClockOfTheApi() throws Exception {
        String minuteAgo =
                Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.SECONDS).toString();
        try (FakeApi api = rows(
                "{\"at\":\"2026-01-31T08:00:00Z\"},{\"at\":\"" + minuteAgo + "\"},{\"at\":\"2999-01-01T00:00:00Z\"}")) {
            assertThat(read(api.increment(settling("1h"), false, null)))
                    .isEqualTo("1 records, null -> 2026-01-31T08:00:00Z");
            assertThat(extractor
                            .extract(api.increment(settling("1h"), false, null))
                            .log())
                    .anyMatch(line -> line.endsWith("; 2 newer records are left to a later run"));
            assertThat(read(api.increment(settling("10s"), false, null))).isEqualTo("2 records, null -> " + minuteAgo);
        }
        LocalDateTime inSingapore =
                LocalDateTime.now(ZoneId.of("Asia/Singapore")).minusHours(1).withNano(0);
        try (FakeApi api = rows("{\"at\":\"" + inSingapore + "\"}")) {
            assertThat(read(api.increment(settling("10m"), false, null))).startsWith("0 records");
            assertThat(read(api.increment(settling("10m, timezone: Asia/Singapore"), false, null)))
                    .isEqualTo("1 records, null -> " + inSingapore);
            assertThat(read(api.increment(settling("2h, timezone: Asia/Singapore"), false, null)))
                    .isEqualTo("0 records, null -> null");
        }
        try (FakeApi api = rows("{\"at\":\"2026-01-31\"},{\"at\":\"2999-01-01\"}")) {
            assertThat(read(api.increment(settling("10m"), false, null))).isEqualTo("1 records, null -> 2026-01-31");
        }
        try (FakeApi api = rows("{\"at\":17}")) {
            assertThat(extractor
                            .extract(api.increment(settling("10m"), false, null))
                            .failure(ErrorCode.PIPELINE_INVALID))
                    .startsWith("the cursor of a record is '17', and there is a cursor.settle");
        }
    }

    private static String settling(String settle) {
        return """
                request: {path: /rows, query: {since: "${cursor}"}}
                cursor: {path: at, settle: %s}
                """.formatted(settle);
    }

    /** As if the attempt that failed had been made the day before. */
    @Test
    void whatTheFirstAttemptFoundTooNewIsTooNewForTheNextOne() throws Exception {
        String hourAgo =
                Instant.now().minusSeconds(3600).truncatedTo(ChronoUnit.SECONDS).toString();
        AtomicBoolean fails = new AtomicBoolean(true);
        String keys = """
                forEach: {range: {from: 1, to: 2}, as: number}
                request: {path: "/rows/${number}", query: {since: "${cursor}"}}
                cursor: {path: at, settle: 1m}
                """;
        try (FakeApi api = new FakeApi((exchange, _) -> {
            if (fails.get() && exchange.getRequestURI().getPath().equals("/rows/2")) {
                FakeApi.error(exchange, 404, "not yet");
            } else {
                FakeApi.json(exchange, "[{\"at\":\"" + hourAgo + "\"}]");
            }
        })) {
            Task first = extractor.task(api.increment(keys, false, "2026-01-31T08:00:00Z"), null);
            extractor.extract(first).failure(ErrorCode.SOURCE_REFUSED);
            Task second = attempt(first, 2);
            checkpointsOfYesterday(first, second);
            fails.set(false);
            ExtractorUnderTest.Result third = extractor.extract(attempt(first, 3));

            assertThat(extractor.records(third)).hasSize(1);
            assertThat(extractor.manifest(third).nextCursor()).isEqualTo(hourAgo);
            assertThat(third.log()).anyMatch(line -> line.endsWith("; 1 newer records are left to a later run"));
            assertThat(api.requests())
                    .filteredOn(request -> request.contains("/rows/1"))
                    .hasSize(1);
        }
    }

    private static Task attempt(Task task, int attempt) {
        return extractor.gateway().task(task.run(), attempt, task.day(), task.work());
    }

    /** Writes what an attempt has left as the one after it would have, a day earlier. */
    private static void checkpointsOfYesterday(Task from, Task to) throws IOException {
        StagingStore staging = extractor.service().staging();
        String name = "/checkpoint-00000%d.json";
        int written = 0;
        while (staging.exists(from.folder() + name.formatted(written))) {
            String document;
            try (InputStream in = staging.open(from.folder() + name.formatted(written))) {
                document = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
            Matcher until = Pattern.compile("\"until\":\"([^\"]+)\"").matcher(document);
            String earlier = until.replaceAll(found ->
                            "\"until\":\"" + Instant.parse(found.group(1)).minus(1, ChronoUnit.DAYS) + '"')
                    .replaceFirst(",\"crc32c\":\"[0-9a-f]+\"}$", "}");
            assertThat(staging.createIfAbsent(
                            to.folder() + name.formatted(written),
                            SealedDocument.seal(earlier.getBytes(StandardCharsets.UTF_8))))
                    .isTrue();
            written++;
        }
        assertThat(written).isPositive();
    }

    private static String all(HttpExchange exchange) throws IOException {
        return exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("x-since") + " "
                + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void aCursorStandsInPathHeadersAndBodyInTheFormThatTheApiWants() throws Exception {
        StringBuilder seen = new StringBuilder();
        try (FakeApi api = new FakeApi((exchange, _) -> {
            seen.append(all(exchange));
            FakeApi.json(exchange, "[]");
        })) {
            String keys = """
                    request:
                      path: /rows/${cursor}
                      headers: {x-since: "${cursor@Asia/Singapore:%d/%m/%Y %T}"}
                      body: '{"from": "${cursor}", "second": ${cursor:%s}}'
                    cursor: {path: at, initial: "2026-01-31T08:00:00Z", overlap: 30m}
                    """;
            assertThat(read(api.increment(keys, false, "2026-01-31 20:00:00+00")))
                    .startsWith("0 records");
            assertThat(seen.toString())
                    .isEqualTo("/rows/2026-01-31%2019%3A30%3A00%2B00 01/02/2026 03:30:00"
                            + " {\"from\":\"2026-01-31 19:30:00+00\",\"second\":1769887800}");
        }
    }

    @Test
    void recordsWithoutTheValueFailTheRunOrAreReadOrLeftOut() throws Exception {
        try (FakeApi api = rows("{\"id\":1,\"seen\":{\"at\":1}},{\"id\":2,\"seen\":{\"at\":null}},{\"id\":3}")) {
            assertThat(extractor.extract(api.increment(SINCE, false, null)).failure(ErrorCode.SOURCE_INCONSISTENT))
                    .startsWith("a record has no seen.at, by which the next run finds what is new");
            assertThat(read(api.increment(nulls("include"), false, null))).isEqualTo("3 records, null -> 1");
            ExtractorUnderTest.Result skipped = extractor.extract(api.increment(nulls("skip"), false, null));
            assertThat(extractor.records(skipped)).containsExactly("{\"id\":1,\"seen\":{\"at\":1}}");
            assertThat(extractor.manifest(skipped).receipt()).satisfies(receipt -> {
                assertThat(receipt).isNotNull();
                assertThat(receipt.withoutCursor()).isEqualTo(2);
            });
        }
    }

    private static String nulls(String what) {
        return SINCE.replace("seen.at}", "seen.at, nulls: " + what + "}");
    }

    @Test
    void whatCanNotBeComparedOrWouldBeAReferenceIsRefused() throws Exception {
        try (FakeApi api = rows("{\"id\":1,\"seen\":{\"at\":\"b\"}},{\"id\":2,\"seen\":{\"at\":\"a\"}}")) {
            assertThat(extractor.extract(api.increment(SINCE, false, null)).failure(ErrorCode.SOURCE_MALFORMED))
                    .startsWith("the cursors 'b' and 'b' can't be compared");
            assertThat(read(api.increment(SINCE.replace("at}", "at, take: last}"), false, null)))
                    .isEqualTo("2 records, null -> a");
        }
        extractor.secret("hidden", "marker-hidden");
        try (FakeApi api = rows("{\"id\":1,\"seen\":{\"at\":\"${secret:hidden}\"}}")) {
            String last = SINCE.replace("at}", "at, take: last}");
            assertThat(extractor.extract(api.increment(last, false, null)).failure(ErrorCode.SOURCE_MALFORMED))
                    .contains("can't be a cursor");
            assertThat(extractor
                            .extract(api.increment(last, false, "${secret:hidden}"))
                            .failure(ErrorCode.SOURCE_REFUSED))
                    .contains("can't be sent");
            assertThat(api.requests()).containsExactly("GET /rows?size=10");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-01, 24h, 2026-02-28",
        "2026-01-31T00:00:00Z, 1s, 2026-01-30T23:59:59Z",
        "2026-01-31 00:00:00.120+05:30, 1ms, 2026-01-31 00:00:00.119+05:30",
        "2026-01-31T00:00, 1m, 2026-01-30T23:59:00",
        "12345678901234567890.5, 1, 12345678901234567889.5",
        "1e3, 1, 999",
    })
    void anOverlapIsWrittenAsTheCursorIs(String cursor, String overlap, String less) {
        assertThat(CursorText.of(cursor).less(overlap)).isEqualTo(less);
    }

    @ParameterizedTest
    @CsvSource({"abc, 1", "2026-01-31, 1", "7, 1h", "2026-02-30, 1h"})
    void anOverlapOfAnotherKindIsRefused(String cursor, @Nullable String overlap) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> CursorText.of(cursor).less(String.valueOf(overlap)))
                .withMessageContaining("expected: a duration where it is a time");
    }
}
