package dev.millrace.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourcesTest {
    private static final long MIB = 1024 * 1024;

    @ParameterizedTest
    @CsvSource({"2048, 614, 4, 286", "1024, 307, 2, 286", "768, 307, 1, 333", "16384, 512, 4, 3174"})
    void enginesShareWhatTheHeapLeaves(long memory, long heap, int engines, long share) {
        assertThat(new Resources(2, memory * MIB, heap * MIB).share(engines) / MIB)
                .isEqualTo(share);
    }

    @Test
    void anEngineWithTooLittleIsRefusedAndTheReasonNamesWhatToChange() {
        assertThatThrownBy(() -> new Resources(2, 1024 * MIB, 512 * MIB).share(4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1,024 MiB of memory, of which the heap may take 512 MiB")
                .hasMessageContaining("leaves 96 MiB for each of 4 engines (expected: 256 MiB or more")
                .hasMessageContaining("millrace.worker.capacity");
        assertThatThrownBy(() -> new Resources(2, 256 * MIB, 256 * MIB).share(1))
                .hasMessageContaining("leaves 0 MiB for the engine (");
    }

    @ParameterizedTest
    @CsvSource({"256, 64", "256, 200", "128, 120"})
    void aProcessThatWouldBeKilledIsRefused(long memory, long heap) {
        assertThatThrownBy(() -> new Resources(1, memory * MIB, heap * MIB).requireEnough())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("1 processor, " + memory + " MiB of memory")
                .hasMessageContaining("-XX:MaxRAMPercentage");
    }

    @Test
    void thisProcessHasEnough() {
        Resources here = Resources.ofProcess();

        assertThat(here.processors()).isPositive();
        assertThat(here.heap()).isEqualTo(Runtime.getRuntime().maxMemory());
        assertThatCode(here::requireEnough).doesNotThrowAnyException();
    }
}
