package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.client.Run;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits of a source, seen by the source. */
class LimitsTest {
    @Test
    void holdOverTwoRunsAtOnce(@TempDir Path folder) throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Long> times = new CopyOnWriteArrayList<>();
        try (ScriptedApi api = new ScriptedApi();
                MillraceUnderTest millrace = new MillraceUnderTest(folder)) {
            api.on("/rows", exchange -> {
                times.add(System.nanoTime());
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                try {
                    TimeUnit.MILLISECONDS.sleep(60); // the time that the work of a real API takes
                } catch (InterruptedException e) {
                    throw new java.io.IOException(e);
                }
                long page = ScriptedApi.parameter(exchange, "page");
                now.decrementAndGet();
                String rows =
                        page <= 40 ? "{\"id\": " + page + "}" : ""; // the page after the last one is asked for, too
                ScriptedApi.json("{\"total\": 40, \"rows\": [" + rows + "]}").to(exchange);
            });
            millrace.pipeline("limited", """
            version: 1
            name: limited
            source: {type: rest, baseUrl: "%s", limits: {parallel: 3, requestsPerSecond: 40}}
            endpoints:
              one: &endpoint
                request: {path: /rows}
                records: rows
                pagination: {type: page, total: total, parallel: 8}
                destination: {table: limited.one, write: append}
                schema: [{name: id, type: INTEGER}]
              two: *endpoint
            """.formatted(api.url()));

            List<Run> runs = millrace.runs("limited");

            assertThat(runs)
                    .hasSize(2)
                    .allSatisfy(run -> assertThat(run.state()).hasToString("SUCCEEDED"));
            assertThat(millrace.count("limited.one")).isEqualTo(80);
        }
        assertThat(times).hasSize(82);
        assertThat(most.get()).isBetween(2, 3);
        List<Long> sorted = times.stream().sorted().toList();
        for (int from = 0; from + 40 < sorted.size(); from++) {
            // what is late by up to 50 ms may meet what is in time
            assertThat(Duration.ofNanos(sorted.get(from + 40) - sorted.get(from)))
                    .isGreaterThan(Duration.ofMillis(900));
        }
    }
}
