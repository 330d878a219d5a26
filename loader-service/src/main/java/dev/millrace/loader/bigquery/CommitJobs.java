package dev.millrace.loader.bigquery;

import static java.util.Objects.requireNonNull;

import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobConfiguration;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.QueryJobConfiguration;
import dev.failsafe.RetryPolicy;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Retries;
import io.micronaut.core.annotation.Nullable;
import java.time.Duration;
import java.util.Map;

/**
 * The numbered jobs that try a load's commit, of which at most one succeeds. Those of a generation are jobs {@code
 * millrace_{load}_{generation}_{n}}, n from 1 to 5; a job's id exists once, whoever asks for it. The n-th is only made
 * by somebody who has seen the one before it fail, or by an abort, whose job changes nothing and lets no further one
 * be made. So there is never more than one commit that may still succeed, and after an abort none.
 */
final class CommitJobs {
    /** Labels that tell a commit from an abort. */
    static final String COMMIT = "commit";

    static final String CLOSE = "close";

    private static final int LENGTH = 5;
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private final Jobs jobs;
    private final JobLocation location;
    private final String load;
    private final Duration patience;

    /** @param patience with a job that is running */
    CommitJobs(Jobs jobs, JobLocation location, String load, Duration patience) {
        this.jobs = jobs;
        this.location = location;
        this.load = load;
        this.patience = patience;
    }

    /** How far a generation's commits have come. */
    sealed interface State {
        /** One has succeeded. */
        record Committed() implements State {}

        /**
         * An abort has come; none has succeeded, or will.
         *
         * @param tried whether there were any
         */
        record Closed(boolean tried) implements State {}

        /** All that there can be have failed. */
        record Exhausted() implements State {}

        /**
         * None has succeeded yet.
         *
         * @param next the first that is free
         */
        record Open(int next) implements State {}
    }

    /** Waits for a commit that is running. */
    State find(int generation) throws InterruptedException {
        return walk(generation, null);
    }

    /** Closes the generation, unless one of its commits has succeeded; waits for one that is running. */
    State close(int generation, JobConfiguration nothing) throws InterruptedException {
        return walk(generation, nothing);
    }

    private State walk(int generation, @Nullable JobConfiguration nothing) throws InterruptedException {
        for (int n = 1; n <= LENGTH; n++) {
            JobId id = id(generation, n);
            Job job = jobs.find(id).orElse(null);
            if (job == null && nothing == null) {
                return new State.Open(n);
            }
            Job present = job == null ? jobs.ensure(id, requireNonNull(nothing)) : job;
            if (closes(present)) {
                return new State.Closed(n > 1);
            }
            if (ended(present).getStatus().getError() == null) {
                return new State.Committed();
            }
        }
        return new State.Exhausted();
    }

    /**
     * Commits, from the given job of the generation on.
     *
     * @param next as {@link #find} said
     * @param what for errors
     * @return whether it was this load's first commit; if not, the ledger knows it already
     * @throws MillraceException {@code LOAD_ABORTED}, or why the commit failed
     */
    boolean commit(int generation, int next, JobConfiguration commit, String what) throws InterruptedException {
        if (next > LENGTH) {
            throw exhausted();
        }
        RetryPolicy<Job> links = RetryPolicy.<Job>builder()
                .handleIf(_ -> false) // the client library has repeated what may be
                .handleResultIf(job -> mayPass(job.getStatus().getError()))
                .withDelay(LONGEST_PAUSE.dividedBy(5), LONGEST_PAUSE)
                .withMaxAttempts(LENGTH - next + 1)
                .build();
        Job last = Retries.run(links, link -> {
            Job job = jobs.ensure(id(generation, next + link.getAttemptCount()), commit);
            if (closes(job)) {
                throw aborted();
            }
            return ended(job);
        });
        BigQueryError error = last.getStatus().getError();
        if (error == null) {
            return true;
        }
        if (isCommitted(error)) {
            return false;
        }
        throw Failures.of(what, error, null);
    }

    private static boolean mayPass(@Nullable BigQueryError error) {
        return error != null && !isCommitted(error) && Failures.mayPass(error);
    }

    /** Whether the ledger knew the load already. */
    private static boolean isCommitted(BigQueryError error) {
        return Refusal.in(String.valueOf(error.getMessage())).stream().anyMatch(Refusal.Committed.class::isInstance);
    }

    MillraceException aborted() {
        return new MillraceException(ErrorCode.LOAD_ABORTED, "load " + load + " was aborted before it could commit");
    }

    MillraceException exhausted() {
        return new MillraceException(
                ErrorCode.WAREHOUSE_FAILED, "all " + LENGTH + " commits of load " + load + " have failed");
    }

    private Job ended(Job job) throws InterruptedException {
        return jobs.await(job, patience, () -> {})
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.WAREHOUSE_FAILED,
                        "the commit " + job.getJobId().getJob() + " is still running"));
    }

    private static boolean closes(Job job) {
        QueryJobConfiguration configuration = job.getConfiguration();
        Map<String, String> labels = configuration.getLabels();
        return labels != null && CLOSE.equals(labels.get(Labels.PURPOSE));
    }

    private JobId id(int generation, int n) {
        return location.job("millrace_" + load + "_" + generation + "_" + n);
    }
}
