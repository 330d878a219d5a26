package dev.millrace.standalone;

import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The clock of all services in this process: the system's, until a test moves it. */
final class MovableClock extends Clock {
    private static volatile Duration ahead = Duration.ZERO;

    private final ZoneId zone;

    private MovableClock(ZoneId zone) {
        this.zone = zone;
    }

    static void moveTo(Instant now) {
        ahead = Duration.between(Instant.now(), now);
    }

    static void reset() {
        ahead = Duration.ZERO;
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
        return new MovableClock(other);
    }

    @Override
    public Instant instant() {
        return Instant.now().plus(ahead);
    }

    @Factory
    static final class Clocks {
        @Singleton
        Clock clock() {
            return new MovableClock(ZoneOffset.UTC);
        }
    }
}
