package dev.millrace.gateway.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SharedAnswerTest {
    private static final int CALLERS = 50;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final SharedAnswer<Integer> shared = new SharedAnswer<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch answered = new CountDownLatch(1);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** The first question is answered when the latch says so. */
    private int ask() throws InterruptedException {
        int number = asked.incrementAndGet();
        if (number == 1) {
            answered.await();
        }
        return number;
    }

    private Future<Integer> first() {
        Future<Integer> first = threads.submit(() -> shared.of(this::ask));
        await().until(() -> asked.get() == 1);
        return first;
    }

    @Test
    void whoComesWhileSomethingIsAskedGetsAnAnswerThatWasAskedForLater() throws Exception {
        Future<Integer> first = first();
        List<Future<Integer>> others = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            others.add(threads.submit(() -> shared.of(this::ask)));
        }
        answered.countDown();

        assertThat(first.get()).isEqualTo(1);
        for (Future<Integer> other : others) {
            assertThat(other.get()).isGreaterThan(1);
        }
        assertThat(asked.get()).isLessThan(CALLERS);
    }

    @Test
    void whoComesLaterAsksAnew() throws Exception {
        answered.countDown();

        assertThat(shared.of(this::ask)).isEqualTo(1);
        assertThat(shared.of(this::ask)).isEqualTo(2);
    }

    @Test
    void aFailureIsTheAnswerOnce() throws Exception {
        answered.countDown();
        assertThatThrownBy(() -> shared.of(() -> {
                    throw new IllegalStateException("away");
                }))
                .hasMessage("away");

        assertThat(shared.of(this::ask)).isEqualTo(1);
    }

    @Test
    void whoIsInterruptedLeavesTheQuestionToTheOthers() throws Exception {
        Future<Integer> first = first();
        Future<Integer> second = threads.submit(() -> shared.of(this::ask));
        Future<Integer> third = threads.submit(() -> shared.of(this::ask));
        second.cancel(true);
        first.cancel(true);
        answered.countDown();

        assertThat(third.get()).isGreaterThan(1);
        assertThatThrownBy(first::get).isInstanceOf(CancellationException.class);
    }
}
