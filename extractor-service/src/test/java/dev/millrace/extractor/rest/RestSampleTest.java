package dev.millrace.extractor.rest;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.SampleUnderTest;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.service.Permission;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Reject;
import dev.millrace.task.Sample;
import dev.millrace.task.Step;
import dev.millrace.task.Work;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestSampleTest {
    @TempDir
    private static Path folder;

    private static ExtractorUnderTest extractor;
    private static SampleUnderTest samples;

    @BeforeAll
    static void start() throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of("millrace.extractor.sample-timeout", "5s"));
        samples = new SampleUnderTest(extractor);
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(extractor.everythingWritten()).isEmpty();
        try (Stream<Path> left = Files.list(folder.resolve("scratch"))) {
            assertThat(left).isEmpty();
        }
    }

    private static String rows(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(id -> "{\"id\":" + id + "}")
                .collect(joining(","));
    }

    private static FakeApi thousands() throws IOException {
        return new FakeApi((exchange, _) -> {
            int first = (FakeApi.page(exchange) - 1) * 100 + 1;
            FakeApi.json(exchange, "{\"total\":5000,\"rows\":[" + rows(first, first + 99) + "]}");
        });
    }

    @Test
    void asksForNoPageBeyondThoseThatHaveTheFirstRecords() throws Exception {
        try (FakeApi api = thousands()) {
            Sample sample = samples.take(api.paged("rows", "total"), 20);

            assertThat(SampleUnderTest.lines(sample))
                    .hasSize(20)
                    .startsWith("{\"id\":1}")
                    .endsWith("{\"id\":20}");
            assertThat(sample.records()).isEqualTo(20);
            assertThat(sample.complete()).isFalse();
            assertThat(sample.origins())
                    .containsExactly(new Origin(1, api.url() + "/api/rows?page=1&pageSize=1000", 1, null));
            assertThat(api.requests()).containsExactly("GET /api/rows?page=1&pageSize=1000");
        }
    }

    @Test
    void readsPagesOneAfterTheOtherThoughARunReadsSeveralAtOnce() throws Exception {
        try (FakeApi api = thousands()) {
            Sample sample =
                    samples.take(FakeApi.work(api.source(new Auth.None()), "rows", FakeApi.pages("total", 8)), 250);

            assertThat(SampleUnderTest.lines(sample)).hasSize(250).endsWith("{\"id\":250}");
            assertThat(sample.complete()).isFalse();
            assertThat(api.requests()).hasSize(3);
        }
    }

    @Test
    void sendsRequestsForAsManyOfAListAsHaveTheFirstRecords() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(
                exchange,
                "[" + (exchange.getRequestURI().getPath().equals("/orders") ? rows(1, 100) : rows(1, 2)) + "]"))) {
            Work.ExtractEach each = new Work.ExtractEach(
                    api.endpoint("forEach: {list: {request: {path: /orders}}, as: order, parallel: 8}\n"
                            + "request: {path: \"/orders/${order.id}/lines\"}"));

            Sample sample = samples.take(each, 5);

            assertThat(SampleUnderTest.lines(sample))
                    .containsExactly(
                            "{\"order\":{\"id\":1},\"id\":1}",
                            "{\"order\":{\"id\":1},\"id\":2}",
                            "{\"order\":{\"id\":2},\"id\":1}",
                            "{\"order\":{\"id\":2},\"id\":2}",
                            "{\"order\":{\"id\":3},\"id\":1}");
            assertThat(sample.complete()).isFalse();
            assertThat(api.requests())
                    .containsExactly(
                            "GET /orders", "GET /orders/1/lines", "GET /orders/2/lines", "GET /orders/3/lines");
            assertThat(samples.take(each, 200).complete()).isTrue();
        }
    }

    @Test
    void looksAtNothingThatDependsOnRowsOfTheWarehouse() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[" + rows(1, 20) + "]"))) {
            Work.ExtractEach each =
                    new Work.ExtractEach(api.endpoint("forEach: {query: SELECT id FROM orders, as: order}\n"
                            + "request: {path: \"/orders/${order.id}/lines\"}"));

            assertThat(samples.refusal(each, 5).detail())
                    .startsWith(
                            "forEach.query: which rows there are to send requests for, only a run asks the warehouse");
            assertThat(samples.check(each))
                    .endsWith("ok reads: not checked: what it reads depends on rows of the warehouse, which only a run"
                            + " asks for");
            assertThat(api.requests()).isEmpty();
        }
    }

    @Test
    void saysWhenThatIsAll() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[" + rows(1, 20) + "]"))) {
            assertThat(samples.take(api.single(null), 20).complete()).isTrue();
            assertThat(samples.take(api.single(null), 19).complete()).isFalse();
            assertThat(samples.take(api.single(null), 1000).records()).isEqualTo(20);
        }
    }

    @Test
    void tellsWhatIsNoRecord() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[{\"id\":1},7,{\"id\":\"a\nb\"}]"))) {
            Sample sample = samples.take(api.single(null), 20);

            assertThat(SampleUnderTest.lines(sample)).containsExactly("{\"id\":1}", "7");
            assertThat(sample.rejected()).isEqualTo(1);
            assertThat(sample.rejects()).extracting(Reject::row).containsExactly(3L);
            assertThat(sample.complete()).isTrue();
        }
    }

    @Test
    void failsAsARunWouldAndShowsNoSecret() throws Exception {
        extractor.secret("key", "correct-horse-battery");
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.error(
                exchange, 401, "no such key: " + exchange.getRequestHeaders().getFirst("Authorization")))) {
            Problem problem = samples.refusal(
                    FakeApi.work(api.source(new Auth.Bearer("${secret:key}")), "rows", new Pagination.None()), 20);

            assertThat(problem.code()).isEqualTo(ErrorCode.SOURCE_UNAUTHORIZED.name());
            assertThat(problem.detail()).contains("401").doesNotContain("correct-horse-battery");
        }
    }

    @Test
    void endsAReadingOfASourceThatHangs() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (FakeApi api = new FakeApi((_, _) -> await(over));
                AutoCloseable _ = over::countDown) {
            Problem problem = samples.refusal(api.single(null), 20);

            assertThat(problem.code()).isEqualTo(ErrorCode.SOURCE_UNAVAILABLE.name());
            assertThat(problem.detail()).isEqualTo("the source has sent no record within 5000 ms");
        }
    }

    @Test
    void showsWhatHasComeBeforeASourceHangs() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (FakeApi api = new FakeApi((exchange, number) -> {
                    if (number > 1) {
                        await(over);
                    }
                    FakeApi.json(exchange, "{\"total\":50,\"rows\":[" + rows(1, 10) + "]}");
                });
                AutoCloseable _ = over::countDown) {
            Sample sample = samples.take(api.paged("rows", "total"), 20);

            assertThat(sample.records()).isEqualTo(10);
            assertThat(sample.complete()).isFalse();
            assertThat(sample.log()).anyMatch(line -> line.message().equals("no more records came within 5000 ms"));
        }
    }

    private static void await(CountDownLatch over) {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void leavesOutRecordsThatTogetherAreTooLong() throws Exception {
        String long4 = "{\"id\":\"" + "x".repeat(4 * 1024 * 1024) + "\"}";
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[" + long4 + "," + long4 + "]"))) {
            Sample sample = samples.take(api.single(null), 20);

            assertThat(sample.records()).isEqualTo(1);
            assertThat(sample.complete()).isFalse();
            assertThat(sample.log()).anyMatch(line -> line.message().contains("only the first 1 records are shown"));
        }
    }

    @Test
    void isForNobodyElse() throws Exception {
        try (FakeApi api = thousands()) {
            Sample.Wanted wanted = new Sample.Wanted(extractor.task(api.paged("rows", null), null), 20);

            assertThat(extractor
                            .service()
                            .post("/samples", new Permission(Step.EXTRACT.service(), "task:other/1"), wanted)
                            .status())
                    .isEqualTo(403);
            assertThat(api.requests()).isEmpty();
        }
    }

    @Test
    void triesTheWayToAnApiStepByStep() throws Exception {
        try (FakeApi api = thousands()) {
            assertThat(samples.check(api.paged("rows", "total")))
                    .satisfiesExactly(
                            step -> assertThat(step).startsWith("ok secrets"),
                            step -> assertThat(step).isEqualTo("ok resolves: 127.0.0.1 is 127.0.0.1"),
                            step -> assertThat(step).startsWith("ok connects: to port "),
                            step -> assertThat(step).isEqualTo("ok credentials: none are wanted"),
                            step -> assertThat(step).startsWith("ok reads: a record is there (page 1: 100 records, "));
            assertThat(api.requests()).hasSize(1);
        }
    }

    @Test
    void saysWhichStepFails() throws Exception {
        extractor.secret("key", "correct-horse-battery");
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.error(
                exchange,
                exchange.getRequestURI().getPath().equals("/api/rows") ? 401 : 404,
                "no: " + exchange.getRequestHeaders().getFirst("Authorization")))) {
            assertThat(samples.check(
                            FakeApi.work(api.source(new Auth.Bearer("${secret:key}")), "rows", new Pagination.None())))
                    .contains("ok credentials: are there; whether they are accepted, only an answer says")
                    .noneMatch(step -> step.contains("correct-horse-battery"))
                    .last()
                    .asString()
                    .startsWith("FAILED reads: SOURCE_UNAUTHORIZED: GET " + api.url() + "/api/rows: 401");
            assertThat(samples.check(FakeApi.work(
                                    api.source(new Auth.Bearer("${secret:none}")), "rows", new Pagination.None()))
                            .getLast())
                    .startsWith("FAILED credentials: SECRET_MISSING: ");
        }
        Work gone;
        try (FakeApi api = thousands()) {
            gone = api.paged("rows", null);
        }
        assertThat(samples.check(gone).getLast()).startsWith("FAILED connects: ");
    }

    @Test
    void endsAStepThatHangs() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (FakeApi api = new FakeApi((_, _) -> await(over));
                AutoCloseable _ = over::countDown) {
            assertThat(samples.check(api.single(null)).getLast())
                    .isEqualTo("FAILED reads: SOURCE_UNAVAILABLE: the source has sent no record within 5000 ms");
        }
    }
}
