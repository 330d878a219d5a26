package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.Source;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run does with the permits that the gateway grants, and without. */
class SourceLimiterTest {
    private ExtractorUnderTest extractor;
    private final List<PermitRequest> asked = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterEach
    void stop() {
        extractor.close();
    }

    private static Work.ExtractRest work(FakeApi api, Limits limits, int parallel) {
        Source.Rest source = new Source.Rest(
                api.url(),
                new Source.Auth.None(),
                Map.of(),
                FakeApi.RETRY,
                limits,
                Duration.ofSeconds(20),
                List.of(),
                List.of(),
                Source.Rest.Redirects.OWN,
                null);
        return FakeApi.work(source, "rows", FakeApi.pages("total", parallel));
    }

    private static FakeApi api(AtomicInteger most, List<Long> times) throws IOException {
        AtomicInteger now = new AtomicInteger();
        return new FakeApi((exchange, _) -> {
            times.add(System.nanoTime());
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            int page = FakeApi.page(exchange);
            String answer = "{\"total\":40,\"rows\":[" + (page > 40 ? "" : "{\"id\":" + page + "}") + "]}";
            now.decrementAndGet();
            FakeApi.json(exchange, answer);
        });
    }

    @Test
    void areNotAskedForWithoutLimits() throws Exception {
        extractor.gateway().grant(request -> {
            asked.add(request);
            return new PermitRequest.Grant(0, 0, 0, 0);
        });
        try (FakeApi api = api(new AtomicInteger(), new CopyOnWriteArrayList<>())) {
            Work.ExtractRest work = FakeApi.work(api.source(new Source.Auth.None()), "rows", FakeApi.pages("total"));
            assertThat(extractor.records(work)).hasSize(40);
        }
        assertThat(asked).isEmpty();
    }

    @Test
    void holdRequestsBackAndAreGivenBackAtTheEnd() throws Exception {
        AtomicInteger most = new AtomicInteger();
        AtomicInteger questions = new AtomicInteger();
        extractor.gateway().grant(request -> {
            asked.add(request);
            // nothing at first, then two of the four that are wanted
            return new PermitRequest.Grant(
                    questions.incrementAndGet() <= 2 ? 0 : Math.min(2, request.wanted()), 0, 0, 0);
        });
        try (FakeApi api = api(most, new CopyOnWriteArrayList<>())) {
            ExtractorUnderTest.Result result = extractor.extract(work(api, new Limits(4, null), 8));
            assertThat(extractor.records(result)).hasSize(40);
            assertThat(result.log())
                    .anyMatch(line -> line.matches("INFO waited [0-9]+ ms in all for the source's limits"));
        }
        assertThat(most.get()).isLessThanOrEqualTo(2);
        assertThat(asked).first().isEqualTo(new PermitRequest(4, 0, 0));
        assertThat(asked).last().isEqualTo(new PermitRequest(0, 0, 0));
        assertThat(asked).allSatisfy(request -> assertThat(request.underWay()).isLessThanOrEqualTo(2));
    }

    @Test
    void spaceRequestsAsTheGatewaySays() throws Exception {
        List<Long> times = new CopyOnWriteArrayList<>();
        long[] next = {System.nanoTime()};
        extractor.gateway().grant(request -> {
            synchronized (next) {
                asked.add(request);
                long now = System.nanoTime();
                next[0] = Math.max(next[0], now);
                long in = (next[0] - now) / 1000;
                next[0] += request.starts() * 20_000_000L;
                return new PermitRequest.Grant(request.wanted(), request.starts(), in, 20_000);
            }
        });
        try (FakeApi api = api(new AtomicInteger(), times)) {
            assertThat(extractor.records(work(api, new Limits(null, 50.0), 8))).hasSize(40);
        }
        List<Long> sorted = times.stream().sorted().toList();
        assertThat(Duration.ofNanos(sorted.getLast() - sorted.getFirst()))
                .isGreaterThan(Duration.ofMillis(39 * 20 - 60));
        assertThat(asked).as("in batches").hasSizeLessThan(30);
    }

    @Test
    void areWaitedForWhileTheGatewayIsAwayAndAStopEndsTheWait() throws Exception {
        extractor.gateway().grant(_ -> {
            throw new IllegalStateException("away");
        });
        try (FakeApi api = api(new AtomicInteger(), new CopyOnWriteArrayList<>())) {
            Task task = extractor.task(work(api, new Limits(4, 10.0), 2), null);
            assertThat(extractor.service().post(task)).isEqualTo(202);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> extractor.gateway().heartbeats().stream()
                            .flatMap(heartbeat -> heartbeat.log().stream())
                            .anyMatch(line -> line.message().startsWith("waiting, since the source's limits")));
            assertThat(api.requests()).isEmpty();
            extractor.gateway().stopEverything();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().startsWith("task-")));
        }
    }
}
