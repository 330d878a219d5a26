package dev.millrace.extractor.rest;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Receipt;
import dev.millrace.task.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages that are under way at once, and the order in which they are taken. */
class ParallelPagesTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        // little memory for pages, so that most of them wait in files
        extractor = new ExtractorUnderTest(
                folder, Map.of("millrace.extractor.part-bytes", 10_000, "millrace.extractor.page-bytes", 2048));
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private static String rows(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(id -> "{\"id\":" + id + ",\"text\":\"" + "x".repeat(50) + "\"}")
                .collect(joining(","));
    }

    private static void page(HttpExchange exchange, int cap, int all) throws IOException {
        int first = (FakeApi.page(exchange) - 1) * cap + 1;
        FakeApi.json(
                exchange, "{\"total\":" + all + ",\"rows\":[" + rows(first, Math.min(all, first + cap - 1)) + "]}");
    }

    private static ExtractorUnderTest.Result read(FakeApi api, Pagination pagination) throws Exception {
        return extractor.extract(FakeApi.work(api.source(new Auth.None()), "rows", pagination));
    }

    private static List<String> expected(int all) {
        return IntStream.rangeClosed(1, all).mapToObj(id -> rows(id, id)).toList();
    }

    @Test
    void areUnderWayAtOnceButNeverMoreThanAskedFor() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CyclicBarrier four = new CyclicBarrier(4);
        try (FakeApi api = new FakeApi((exchange, number) -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            if (number > 1 && number <= 5) { // the first is alone, then four are needed for any to be answered
                meet(four);
            }
            now.decrementAndGet();
            page(exchange, 100, 5000);
        })) {
            ExtractorUnderTest.Result result = read(api, FakeApi.pages("total", 4));

            assertThat(extractor.records(result)).isEqualTo(expected(5000));
            assertThat(most).hasValue(4);
            assertThat(api.requests()).hasSize(51).doesNotHaveDuplicates(); // the last one was full
        }
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void areStagedInTheirOrderWhateverTheOrderOfTheAnswers() throws Exception {
        CountDownLatch lastIsThere = new CountDownLatch(1);
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = FakeApi.page(exchange);
            if (page == 2) {
                try {
                    assertThat(lastIsThere.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            page(exchange, 100, 450);
            if (page == 5) {
                lastIsThere.countDown();
            }
        })) {
            ExtractorUnderTest.Result result = read(api, FakeApi.pages("total", 8));

            assertThat(extractor.records(result)).isEqualTo(expected(450));
            assertThat(result.log().stream()
                            .filter(line -> line.startsWith("INFO page "))
                            .map(line -> line.split(":", 2)[0]))
                    .containsExactly("INFO page 1", "INFO page 2", "INFO page 3", "INFO page 4", "INFO page 5");
            Receipt receipt = extractor.manifest(result).receipt();
            assertThat(receipt).isNotNull();
            assertThat(receipt.pages()).isEqualTo(5);
            assertThat(receipt.records()).isEqualTo(450);
            assertThat(receipt.total()).isEqualTo(450);
            assertThat(receipt.bytes())
                    .isEqualTo(IntStream.rangeClosed(0, 4)
                            .map(page -> ("{\"total\":450,\"rows\":["
                                            + rows(page * 100 + 1, Math.min(450, page * 100 + 100)) + "]}")
                                    .length())
                            .sum());
            assertThat(result.log()).contains("INFO " + receipt.line());
        }
    }

    @Test
    void ofAnOffsetFollowWhatReallyCameWhenAPageIsShort() throws Exception {
        int all = 300;
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int offset = Integer.parseInt(FakeApi.query(exchange).get("offset"));
            int cap = offset == 40 ? 7 : 20; // one page is short, and those after it were asked for too early
            FakeApi.json(
                    exchange,
                    "{\"total\":" + all + ",\"rows\":[" + rows(offset + 1, Math.min(all, offset + cap)) + "]}");
        })) {
            ExtractorUnderTest.Result result = read(
                    api,
                    new Pagination.Offset(
                            "offset",
                            "limit",
                            20,
                            0,
                            1,
                            100,
                            4,
                            Pagination.Offset.Step.RECORDS,
                            FakeApi.ends(null, "total")));

            assertThat(extractor.records(result)).isEqualTo(expected(all));
            assertThat(api.requests()).contains("GET /api/rows?offset=47&limit=20");
        }
    }

    @Test
    void byNumberGoOnWhenShortPagesLeaveTheTotalUnreached() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = FakeApi.page(exchange);
            // 10 in the first page let five pages be expected; the others hold 8
            int first = page == 1 ? 1 : 11 + (page - 2) * 8;
            int last = Math.min(50, page == 1 ? 10 : first + 7);
            FakeApi.json(exchange, "{\"total\":50,\"rows\":[" + rows(first, last) + "]}");
        })) {
            assertThat(extractor.records(read(api, FakeApi.pages("total", 3)))).isEqualTo(expected(50));
            assertThat(api.requests()).hasSize(7); // the sixth was as full as the one before
        }
    }

    @Test
    void failWhenTheTotalDoesntMatchOrChanges() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = FakeApi.page(exchange);
            FakeApi.json(
                    exchange, "{\"total\":21,\"rows\":[" + (page > 2 ? "" : rows(page * 10 - 9, page * 10)) + "]}");
        })) {
            assertThat(read(api, FakeApi.pages("total", 4)).failure(ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo("the API declares 21 records in 'total', but its pages hold 20");
        }
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = FakeApi.page(exchange);
            FakeApi.json(
                    exchange,
                    "{\"total\":" + (page == 3 ? 99 : 100) + ",\"rows\":[" + rows(page * 10 - 9, page * 10) + "]}");
        })) {
            assertThat(read(api, FakeApi.pages("total", 4)).failure(ErrorCode.SOURCE_INCONSISTENT))
                    .startsWith("page 3 declares 99 records in 'total', the page before it 100");
        }
    }

    @Test
    void endAllWithTheFirstFailure() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            if (FakeApi.page(exchange) >= 7) {
                FakeApi.error(exchange, 400, "not page " + FakeApi.page(exchange));
            } else {
                page(exchange, 100, 5000);
            }
        })) {
            assertThat(read(api, FakeApi.pages("total", 4)).failure(ErrorCode.SOURCE_REFUSED))
                    .isEqualTo("GET " + api.url() + "/api/rows?page=7&pageSize=1000: 400: not page 7");
            assertThat(api.requests()).hasSizeLessThan(12);
        }
    }

    @Test
    void areTriedAgainEachForItself() throws Exception {
        Set<Integer> failed = ConcurrentHashMap.newKeySet();
        try (FakeApi api = new FakeApi((exchange, _) -> {
            if (failed.add(FakeApi.page(exchange))) { // the first request for each page
                FakeApi.error(exchange, 502, "bad gateway");
            } else {
                page(exchange, 100, 3000);
            }
        })) {
            assertThat(extractor.records(read(api, FakeApi.pages("total", 4)))).isEqualTo(expected(3000));
        }
    }

    @Test
    void areStoppedWhenTheRunIsCancelled(@TempDir Path folder) throws Exception {
        CountDownLatch hanging = new CountDownLatch(4);
        CountDownLatch released = new CountDownLatch(1);
        try (FakeApi api = new FakeApi((exchange, number) -> {
                    if (number == 1) {
                        page(exchange, 100, 5000);
                        return;
                    }
                    hanging.countDown();
                    try {
                        boolean _ = released.await(30, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                });
                ExtractorUnderTest cancelled = new ExtractorUnderTest(folder, Map.of())) {
            Task task =
                    cancelled.task(FakeApi.work(api.source(new Auth.None()), "rows", FakeApi.pages("total", 4)), null);
            assertThat(cancelled.service().post(task)).isEqualTo(202);
            assertThat(hanging.await(20, TimeUnit.SECONDS)).isTrue();
            cancelled.gateway().stopEverything();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().startsWith("page-")));
            released.countDown();
        }
    }
}
