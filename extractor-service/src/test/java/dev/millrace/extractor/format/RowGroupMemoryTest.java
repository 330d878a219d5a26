package dev.millrace.extractor.format;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RowGroupMemoryTest {
    private static final long MIB = 1024 * 1024;

    private static void never() {
        throw new AssertionError("there was enough");
    }

    @Test
    void allThatReadAtOnceNeverHaveMoreThanThereIs() throws Exception {
        RowGroupMemory memory = new RowGroupMemory(10);
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                int mib = 1 + i % 7;
                all.add(threads.submit(() -> {
                    try (RowGroupMemory.Share _ = memory.share(mib * MIB, () -> {})) {
                        most.accumulateAndGet(taken.addAndGet(mib), Math::max);
                        Thread.onSpinWait();
                        taken.addAndGet(-mib);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(30, SECONDS);
            }
        }
        assertThat(most.get()).isBetween(1, 10);
    }

    @Test
    void whoHasToWaitIsToldAndGetsWhatIsGivenBack() throws Exception {
        RowGroupMemory memory = new RowGroupMemory(10);
        CountDownLatch waits = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<RowGroupMemory.Share> second;
            try (RowGroupMemory.Share _ = memory.share(6 * MIB, RowGroupMemoryTest::never)) {
                second = threads.submit(() -> memory.share(5 * MIB, waits::countDown));
                assertThat(waits.await(30, SECONDS)).isTrue();
                assertThat(second.isDone()).isFalse();
            }
            second.get(30, SECONDS).close();
        }
        memory.share(10 * MIB, RowGroupMemoryTest::never).close();
    }

    @Test
    void whoWantsMoreThanThereIsHasAllOfIt() throws Exception {
        RowGroupMemory memory = new RowGroupMemory(10);
        memory.share(Long.MAX_VALUE, RowGroupMemoryTest::never).close();
        memory.share(0, RowGroupMemoryTest::never).close();
        memory.share(10 * MIB, RowGroupMemoryTest::never).close();
    }

    @Test
    void aThreadThatIsInterruptedWaitsNoLongerAndTakesNothing() throws Exception {
        RowGroupMemory memory = new RowGroupMemory(10);
        RowGroupMemory.Share all = memory.share(10 * MIB, RowGroupMemoryTest::never);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> memory.share(1, () -> {})).isInstanceOf(InterruptedIOException.class);
        all.close();
        memory.share(10 * MIB, RowGroupMemoryTest::never).close();
    }
}
