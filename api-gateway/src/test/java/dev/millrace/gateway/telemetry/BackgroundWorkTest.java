package dev.millrace.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import dev.millrace.gateway.telemetry.BackgroundWork.Result;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BackgroundWorkTest {
    private final AtomicLong nanos = new AtomicLong(-5); // as System.nanoTime may well be
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BackgroundWork work = new BackgroundWork(meters, nanos::get);

    private static void fail() {
        throw new IllegalStateException("no room");
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void aPieceThatFailsIsLeftForLongerAndLongerUpToAMinute() {
        work.attempt(Kind.ARCHIVE, "a", BackgroundWorkTest::fail);
        assertThat(work.isDue(Kind.ARCHIVE, "a")).isFalse();
        assertThat(work.isDue(Kind.ARCHIVE, "b")).isTrue();
        pass(Duration.ofSeconds(1));
        assertThat(work.isDue(Kind.ARCHIVE, "a")).isTrue();
        for (int i = 0; i < 20; i++) {
            work.attempt(Kind.ARCHIVE, "a", BackgroundWorkTest::fail);
        }
        pass(Duration.ofSeconds(59));
        assertThat(work.isDue(Kind.ARCHIVE, "a")).isFalse();
        pass(Duration.ofSeconds(1));
        assertThat(work.isDue(Kind.ARCHIVE, "a")).isTrue();
    }

    @Test
    void aPieceCountsAsFailingUntilItIsDoneOrNobodyTriesItAnyMore() {
        work.attempt(Kind.ARCHIVE, "a", BackgroundWorkTest::fail);
        work.attempt(Kind.ARCHIVE, "b", BackgroundWorkTest::fail);
        assertThat(work.failing(Kind.ARCHIVE)).isEqualTo(2);
        assertThat(meters.get("millrace.work.failing")
                        .tag("work", "archive")
                        .gauge()
                        .value())
                .isEqualTo(2);
        work.attempt(Kind.ARCHIVE, "a", () -> {});
        assertThat(work.failing(Kind.ARCHIVE)).isEqualTo(1);
        assertThat(work.failing(Kind.TASKS)).isZero();
        pass(Duration.ofMinutes(6));
        assertThat(work.failing(Kind.ARCHIVE)).isZero();
        assertThat(meters.get("millrace.work.failures")
                        .tag("work", "archive")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void anErrorEndsNoLoop() {
        assertThat(work.attempt(Kind.TASKS, () -> {
                    throw new StackOverflowError();
                }))
                .isEqualTo(Result.FAILED);
        assertThat(work.failing(Kind.TASKS)).isEqualTo(1);
    }

    @Test
    void aRunDatabaseThatIsAwayIsToldFromOtherFailures() {
        assertThat(work.attempt(Kind.TASKS, () -> {
                    throw new IllegalStateException(new SQLException("connection refused"));
                }))
                .isEqualTo(Result.OUT_OF_REACH);
    }
}
