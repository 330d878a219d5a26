package dev.millrace.gateway;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands still until it is moved. */
final class SetClock extends Clock {
    private final AtomicInteger looks = new AtomicInteger();
    private volatile Instant now = Instant.parse("2026-01-31T12:00:00Z");

    synchronized void forward(Duration duration) {
        now = now.plus(duration);
    }

    /** How often somebody has looked at it. */
    int looks() {
        return looks.get();
    }

    @Override
    public Instant instant() {
        looks.incrementAndGet();
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
