package dev.millrace.pipeline;

import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The policy of repeated requests: when and how often. Lost connections and time-outs count like a listed status.
 *
 * @param attempts of one request, the first included
 * @param delay before the second attempt; doubled for each further one, up to {@code maxDelay}, with jitter. A
 *     {@code Retry-After} of the server is used instead, up to {@code maxDelay}; a longer one ends the run.
 */
@Serdeable
@Doc("Which failures are tried again, how often and after how long.")
public record Retry(
        @Default("[408, 429, 5xx]") @Doc("HTTP statuses that are tried again; 5xx are all from 500 to 599.")
        List<String> statuses,

        @Default("5") @Doc("Attempts of one request, the first included.")
        int attempts,

        @Default("2s") @Doc("Pause before the second attempt; it doubles with each further one.")
        Duration delay,

        @Default("60s") @Doc("Longest pause, also for a Retry-After.")
        Duration maxDelay) {
    public Retry {
        Checks checks = new Checks();
        statuses = withoutHundreds(List.copyOf(statuses));
        for (String status : statuses) {
            checks.that(
                    status.matches("[45]([0-9]{2}|xx)"),
                    "statuses",
                    status,
                    "HTTP error statuses, 400 to 599, 4xx or 5xx");
        }
        checks.that(attempts >= 1 && attempts <= 100, "attempts", attempts, "1 to 100");
        checks.that(delay.isPositive(), "delay", delay, "more than zero");
        checks.that(maxDelay.compareTo(delay) >= 0, "maxDelay", maxDelay, "at least the delay, " + delay);
        checks.done();
    }

    /** Whether an answer with the status is a temporary failure. */
    public boolean covers(int status) {
        return statuses.contains(Integer.toString(status)) || statuses.contains(status / 100 + "xx");
    }

    /** A hundred statuses, each by itself as messages and stored runs have them, are the same as 4xx or 5xx. */
    private static List<String> withoutHundreds(List<String> statuses) {
        List<String> shorter = new ArrayList<>(statuses);
        for (int hundred = 4; hundred <= 5; hundred++) {
            List<String> all = IntStream.range(hundred * 100, (hundred + 1) * 100)
                    .mapToObj(Integer::toString)
                    .toList();
            if (statuses.containsAll(all)) {
                shorter.removeAll(all);
                shorter.add(hundred + "xx");
            }
        }
        return List.copyOf(shorter);
    }
}
