package dev.millrace.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.task.Step;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RoomTest {
    private final AtomicLong clock = new AtomicLong();
    private final Room room = new Room(clock::get);

    @Test
    void aServiceThatHasNeverBeenFullIsOfferedAsManyAsThereAre() {
        assertThat(room.of(Step.LOAD)).isEqualTo(Room.MOST);
        assertThat(room.offered(Step.LOAD)).isTrue();
        room.tookMore(Step.LOAD);
        assertThat(room.of(Step.LOAD)).isEqualTo(Room.MOST);
    }

    @Test
    void aFullServiceIsLeftAlone() {
        room.full(Step.LOAD);
        assertThat(room.of(Step.LOAD)).isZero();
        assertThat(room.of(Step.EXTRACT)).isEqualTo(Room.MOST);
    }

    @Test
    void eachTaskThatEndsMakesRoomForOneAndNoMore() {
        room.full(Step.LOAD);
        room.freed(Step.LOAD);
        room.freed(Step.LOAD);
        assertThat(room.of(Step.LOAD)).isEqualTo(2);
        assertThat(room.offered(Step.LOAD)).isFalse();
        assertThat(room.offered(Step.LOAD)).isFalse();
        assertThat(room.of(Step.LOAD)).isZero();
    }

    @Test
    void aTaskThatEndsBeforeTheServiceHasSaidThatItWasFullMakesRoomToo() {
        assertThat(room.offered(Step.LOAD)).isTrue();
        assertThat(room.offered(Step.LOAD)).isTrue();
        room.freed(Step.LOAD);
        room.full(Step.LOAD);
        assertThat(room.of(Step.LOAD)).isEqualTo(1);
        assertThat(room.offered(Step.LOAD)).isFalse();
        room.full(Step.LOAD);
        assertThat(room.of(Step.LOAD)).isZero();
    }

    @Test
    void aMomentLaterAFullServiceIsTriedAndThenOfferedTwiceAsManyEachTime() {
        room.full(Step.LOAD);
        for (int most = 1; most < Room.MOST; most *= 2) {
            assertThat(room.of(Step.LOAD)).isZero();
            clock.addAndGet(Duration.ofMillis(200).toNanos());
            assertThat(room.of(Step.LOAD)).isEqualTo(most);
            assertThat(room.offered(Step.LOAD)).isTrue();
            room.tookMore(Step.LOAD);
        }
        assertThat(room.of(Step.LOAD)).isEqualTo(Room.MOST);
    }

    @Test
    void oneThatIsFullAgainIsTriedWithOne() {
        room.full(Step.LOAD);
        clock.addAndGet(Duration.ofMillis(200).toNanos());
        assertThat(room.offered(Step.LOAD)).isTrue();
        room.tookMore(Step.LOAD);
        room.full(Step.LOAD);
        clock.addAndGet(Duration.ofMillis(200).toNanos());
        assertThat(room.of(Step.LOAD)).isEqualTo(1);
    }
}
