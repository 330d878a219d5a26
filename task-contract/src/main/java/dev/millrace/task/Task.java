package dev.millrace.task;

import dev.millrace.pipeline.RunWindow;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.net.URI;
import java.time.Duration;

/**
 * The order of the gateway to a service: everything it needs to know, with secrets as references. The service answers
 * at once and reports to {@code callback} later.
 *
 * @param id of the task; the same for all attempts
 * @param attempt from 1; a stale attempt's reports are refused
 * @param day the day that the run loads; null when it loads everything
 * @param credentials name of the Google credentials to use, as the pipeline says; null: those of the service
 * @param callback base URL for this attempt; {@code /heartbeat} and {@code /outcome} are below it
 * @param heartbeat pause between two heartbeats; the task is given to somebody else after a few missing ones
 * @param traceparent of the run's span (https://www.w3.org/TR/trace-context/#traceparent-header), below which the
 *     service's spans are; the same for all attempts; null: nobody traces
 */
@Serdeable
public record Task(
        String id,
        String run,
        int attempt,
        String pipeline,
        String endpoint,
        @Nullable RunWindow day,
        @Nullable String credentials,
        URI callback,
        Duration heartbeat,
        @Nullable String traceparent,
        Work work) {
    public Task {
        if (attempt < 1) {
            throw new IllegalArgumentException("attempt: " + attempt + " (expected: 1 or more)");
        }
    }

    /** The same task with another work of the same step. */
    public Task with(Work other) {
        return new Task(
                id, run, attempt, pipeline, endpoint, day, credentials, callback, heartbeat, traceparent, other);
    }

    /** Staging folder of this attempt, without a slash at its end. Only this attempt writes into it. */
    public String folder() {
        return folder(run, endpoint, work.step(), work.slice(), attempt);
    }

    /** @param slice null: the step as a whole */
    public static String folder(String run, String endpoint, Step step, @Nullable Slice slice, int attempt) {
        return slice == null
                ? folder(run, endpoint, step, attempt)
                : folder(run, endpoint, step, slice.planned()) + "/slices/" + slice.number() + "/" + attempt;
    }

    public static String folder(String run, String endpoint, Step step, int attempt) {
        return "runs/" + run + "/" + endpoint + "/" + step.folder() + "/" + attempt;
    }

    /**
     * What the names begin with of the objects that have the log of the batches of an extraction, as far as the run's log
     * only counts them: a {@link Heartbeat.LogLine} in each line, in gzip.
     */
    public static String batches(String run, String endpoint, int attempt) {
        return folder(run, endpoint, Step.EXTRACT, attempt) + "/batches";
    }

    /** The subject of service tokens that belong to this attempt. */
    public String subject() {
        return subject(id, attempt);
    }

    public static String subject(String id, int attempt) {
        return "task:" + id + "/" + attempt;
    }
}
