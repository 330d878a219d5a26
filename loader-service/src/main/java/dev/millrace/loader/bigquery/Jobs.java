package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobConfiguration;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatus;
import dev.failsafe.ExecutionContext;
import dev.failsafe.RetryPolicy;
import dev.millrace.service.Retries;
import java.time.Duration;
import java.util.Optional;

/** Jobs under ids that we choose, so that a job whose answer was lost is found again. */
final class Jobs {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final BigQuery bigquery;

    Jobs(BigQuery bigquery) {
        this.bigquery = bigquery;
    }

    Optional<Job> find(JobId id) {
        return Optional.ofNullable(bigquery.getJob(id));
    }

    /**
     * Sees to it that there is a job of this id, and returns it: ours, or one that was there before. The client library
     * hides which of the two it is, and of the latter shows no configuration, so the job is always read.
     */
    Job ensure(JobId id, JobConfiguration configuration) {
        try {
            bigquery.create(JobInfo.of(id, configuration));
        } catch (BigQueryException e) { // it exists, or the answer was lost: then it may exist
            return find(id).orElseThrow(() -> e);
        }
        return find(id).orElseThrow(() -> new BigQueryException(404, "job " + id.getJob() + " can't be found"));
    }

    /**
     * Waits until the job has ended, well or not.
     *
     * @param meanwhile called again and again; what it throws ends the waiting
     * @return empty when it is still running after this time
     */
    Optional<Job> await(Job started, Duration limit, Runnable meanwhile) throws InterruptedException {
        JobId id = started.getJobId();
        RetryPolicy<Job> untilDone = RetryPolicy.<Job>builder()
                .handleIf(_ -> false) // the client library has repeated what may be
                .handleResultIf(job -> !isDone(job))
                .withDelayFn(Jobs::pause)
                .withMaxAttempts(-1)
                .withMaxDuration(limit)
                .build();
        Job last = Retries.run(untilDone, look -> {
            if (look.isFirstAttempt()) {
                return started;
            }
            meanwhile.run();
            return find(id).orElseThrow(() -> new BigQueryException(404, "job " + id.getJob() + " can't be found"));
        });
        return isDone(last) ? Optional.of(last) : Optional.empty();
    }

    private static boolean isDone(Job job) {
        return JobStatus.State.DONE.equals(job.getStatus().getState());
    }

    /** Half as long again each time. */
    private static Duration pause(ExecutionContext<Job> look) {
        double millis = FIRST_PAUSE.toMillis() * Math.pow(1.5, look.getAttemptCount() - 1.0);
        return Duration.ofMillis((long) Math.min(millis, (double) LONGEST_PAUSE.toMillis()));
    }

    /** What BigQuery thinks of a job with {@code dryRun}, which it doesn't make. */
    Job plan(JobId id, JobConfiguration configuration) {
        return bigquery.create(JobInfo.of(id, configuration));
    }

    void cancel(JobId id) {
        bigquery.cancel(id);
    }
}
