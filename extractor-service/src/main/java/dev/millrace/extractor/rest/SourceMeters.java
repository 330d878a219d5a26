package dev.millrace.extractor.rest;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/**
 * Times the requests to the source of one pipeline. There is no label for the host: a pipeline has one source, and its
 * address may be a secret.
 */
public final class SourceMeters {
    private static final Duration[] BOUNDARIES = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60)
    };

    private final MeterRegistry meters;
    private final String pipeline;
    private final Counter retries;

    public SourceMeters(MeterRegistry meters, String pipeline) {
        this.meters = meters;
        this.pipeline = pipeline;
        this.retries = Counter.builder("millrace.source.retries")
                .description("Requests to sources that are made again after a failure")
                .tag("pipeline", pipeline)
                .register(meters);
    }

    /** @param status of the answer, whose headers have come after {@code nanos} */
    void answered(int status, long nanos) {
        timer(status / 100 + "xx").record(Duration.ofNanos(nanos));
    }

    /** There was no answer. */
    void failed(long nanos) {
        timer("none").record(Duration.ofNanos(nanos));
    }

    void retried() {
        retries.increment();
    }

    private Timer timer(String status) {
        return Timer.builder("millrace.source.request.duration")
                .description("Time until a source's answer begins")
                .tags("pipeline", pipeline, "status", status)
                .serviceLevelObjectives(BOUNDARIES)
                .register(meters);
    }
}
