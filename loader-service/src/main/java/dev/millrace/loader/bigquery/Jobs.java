package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobConfiguration;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatus;
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
        long deadline = System.nanoTime() + limit.toNanos();
        Duration pause = FIRST_PAUSE;
        Job job = started;
        while (!JobStatus.State.DONE.equals(job.getStatus().getState())) {
            if (System.nanoTime() > deadline) {
                return Optional.empty();
            }
            meanwhile.run();
            Thread.sleep(pause);
            pause = pause.multipliedBy(3).dividedBy(2);
            pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
            JobId id = job.getJobId();
            job = find(id).orElseThrow(() -> new BigQueryException(404, "job " + id.getJob() + " can't be found"));
        }
        return Optional.of(job);
    }

    /** What BigQuery thinks of a job with {@code dryRun}, which it doesn't make. */
    Job plan(JobId id, JobConfiguration configuration) {
        return bigquery.create(JobInfo.of(id, configuration));
    }

    void cancel(JobId id) {
        bigquery.cancel(id);
    }
}
