package dev.millrace.extractor.rest;

import dev.failsafe.ExecutionContext;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import dev.failsafe.function.CheckedSupplier;
import dev.millrace.pipeline.rest.Retry;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.net.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** The repetition of requests that failed for a while only, as the pipeline's {@link Retry} says. */
final class Attempts {
    private final Retry retry;
    private final Clock clock;
    private final TaskContext context;
    private final RetryPolicy<Object> policy;

    Attempts(Retry retry, Clock clock, TaskContext context, SourceCalls calls) {
        this.retry = retry;
        this.clock = clock;
        this.context = context;
        this.policy = RetryPolicy.builder()
                .handle(TemporaryFailure.class)
                .withMaxAttempts(retry.attempts())
                .withDelayFnOn(this::delay, TemporaryFailure.class)
                .onRetryScheduled(event -> {
                    calls.retried();
                    context.warn(message(event.getLastException()) + "; attempt " + (event.getAttemptCount() + 1)
                            + " of " + retry.attempts() + " follows in "
                            + event.getDelay().toMillis() + " ms");
                })
                .build();
    }

    /** @throws MillraceException when it can't be tried again, or failed at the last attempt */
    <T> T run(CheckedSupplier<T> action) throws InterruptedException {
        try {
            return Failsafe.with(policy).get(action);
        } catch (TemporaryFailure e) {
            throw new MillraceException(
                    e.code(),
                    e.detail()
                            + (retry.attempts() == 1
                                    ? ""
                                    : "; that was attempt " + retry.attempts() + " of " + retry.attempts()),
                    e);
        } catch (FailsafeException e) {
            if (e.getCause() instanceof InterruptedException interruption) {
                throw interruption;
            }
            throw e;
        }
    }

    private static String message(@Nullable Throwable failure) {
        return failure == null ? "" : String.valueOf(failure.getMessage());
    }

    private Duration delay(ExecutionContext<Object> execution) {
        Throwable failure = execution.getLastException();
        Duration asked = failure instanceof TemporaryFailure temporary ? temporary.retryAfter() : null;
        if (asked != null) {
            return asked;
        }
        Duration pause = retry.delay();
        for (int i = 1; i < execution.getAttemptCount() && pause.compareTo(retry.maxDelay()) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        Duration longest = pause.compareTo(retry.maxDelay()) < 0 ? pause : retry.maxDelay();
        // clients that failed together must not come back together
        return Duration.ofNanos(
                (long) (longest.toNanos() * ThreadLocalRandom.current().nextDouble(0.75, 1.0)));
    }

    /**
     * How long the server wants us to stay away; null when it doesn't say, or in no form that is known, which is a
     * warning then.
     *
     * @param shown the request, for the message
     * @throws MillraceException when it is longer than the pipeline is willing to wait
     */
    @Nullable
    Duration retryAfter(HttpHeaders headers, String shown, int status) {
        String value = headers.firstValue("Retry-After").map(String::strip).orElse("");
        if (value.isEmpty()) {
            return null;
        }
        Duration asked = Waits.until(value, clock.instant());
        if (asked == null) {
            context.warn(shown + ": " + status + " with Retry-After: " + cut(value)
                    + ", which is neither seconds nor a date (RFC 9110, 5.6.7), so the pause is the pipeline's own");
            return null;
        }
        return bearable(asked, shown + ": " + status + " with Retry-After: " + cut(value));
    }

    /**
     * @param wish who wants it, for the message
     * @throws MillraceException when it is longer than the pipeline is willing to wait
     */
    Duration bearable(Duration asked, String wish) {
        if (asked.compareTo(retry.maxDelay()) > 0) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    wish + ", which is longer than the pipeline's maxDelay of "
                            + retry.maxDelay().toSeconds() + " s");
        }
        return asked;
    }

    private static String cut(String value) {
        return value.length() <= 60 ? value : value.substring(0, 60) + "…";
    }
}
