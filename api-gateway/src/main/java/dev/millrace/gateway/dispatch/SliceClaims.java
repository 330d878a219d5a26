package dev.millrace.gateway.dispatch;

import dev.millrace.gateway.run.Runs;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Claim;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import jakarta.inject.Singleton;

/**
 * Hands slices to the pods that were started for a run. What they get is what the {@link Dispatcher} would post, with a lease
 * from now on.
 */
@Singleton
public class SliceClaims {
    private final Outbox outbox;
    private final CompleteTasks complete;
    private final Runs runs;

    SliceClaims(Outbox outbox, CompleteTasks complete, Runs runs) {
        this.outbox = outbox;
        this.complete = complete;
        this.runs = runs;
    }

    public Claim claim(String run, Step step) throws InterruptedException {
        Outbox.Taken taken = outbox.claim(run, step);
        taken.unreadable()
                .forEach(task -> runs.unpostable(
                        task.task(),
                        task.attempt(),
                        task.why().code(),
                        task.why().detail()));
        return taken.postings().isEmpty()
                ? outbox.without(run, step)
                : handedOut(taken.postings().getFirst());
    }

    private Claim handedOut(Outbox.Posting posting) throws InterruptedException {
        Task task = posting.task();
        try {
            Task whole = complete.of(task);
            runs.taken(posting.run(), task.work().step());
            return new Claim.Taken(whole);
        } catch (MillraceException e) {
            runs.notPosted(task.run(), task.id(), task.attempt(), e.detail());
            outbox.away(posting);
            return new Claim.Later();
        }
    }
}
