package dev.millrace.gateway.event;

import io.micronaut.transaction.annotation.TransactionalEventListener;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The signal that wakes those who wait for the end of a run as soon as this replica has committed one. Of a run that
 * another replica ends nothing is heard here, so whoever waits looks now and then as well. Safe for use by several
 * threads.
 */
@Singleton
public class RunEndSignal {
    private long count;

    @TransactionalEventListener
    synchronized void heard(RunEvent event) {
        switch (event) {
            case RunEvent.Ended _ -> {
                count++;
                notifyAll();
            }
            case RunEvent.Taken _, RunEvent.Repeated _, RunEvent.StepEnded _, RunEvent.TableChecked _ -> {}
        }
    }

    /** Ends of runs heard of so far; to be asked before looking at the runs, so that none is missed in between. */
    public synchronized long count() {
        return count;
    }

    /** Returns when more than {@code seen} ends have been heard of, be they of other runs, or after {@code most}. */
    public synchronized void await(long seen, Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        for (long left = most.toNanos(); count == seen && left > 0; left = deadline - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}
