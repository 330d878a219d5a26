package dev.millrace.gateway.event;

import io.micronaut.transaction.annotation.TransactionalEventListener;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The signal that wakes those who wait for the end of a batch's run as soon as this replica has committed one. Of a run
 * that another replica ends nothing is heard here, so whoever waits looks now and then as well. Safe for use by several
 * threads.
 */
@Singleton
public class RunEndSignal {
    private final Map<String, Set<Watch>> watches = new ConcurrentHashMap<>();

    @TransactionalEventListener
    void heard(RunEvent event) {
        switch (event) {
            case RunEvent.Ended ended ->
                watches.getOrDefault(ended.run().batch(), Set.of()).forEach(watch -> watch.ends.release());
            case RunEvent.Taken _, RunEvent.Repeated _, RunEvent.StepEnded _, RunEvent.TableChecked _ -> {}
        }
    }

    /** To be asked for before looking at the runs, so that no end is missed in between; and closed. */
    public Watch watch(String batch) {
        Watch watch = new Watch(batch);
        watches.compute(batch, (_, others) -> {
            Set<Watch> all = others == null ? ConcurrentHashMap.newKeySet() : others;
            all.add(watch);
            return all;
        });
        return watch;
    }

    /** Of a batch's runs, for one thread. */
    public final class Watch implements AutoCloseable {
        private final String batch;
        private final Semaphore ends = new Semaphore(0);

        private Watch(String batch) {
            this.batch = batch;
        }

        /** Returns when a run has ended since the last call, or since the beginning, or after {@code most}. */
        public void await(Duration most) throws InterruptedException {
            if (ends.tryAcquire(most.toNanos(), TimeUnit.NANOSECONDS)) {
                ends.drainPermits();
            }
        }

        @Override
        public void close() {
            watches.computeIfPresent(batch, (_, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            });
        }
    }
}
