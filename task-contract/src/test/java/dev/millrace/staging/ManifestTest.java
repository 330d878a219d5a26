package dev.millrace.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
    private static final Part THREE_ROWS = new Part("a", 3, 30, "0000000a");
    private static final Part ONE_REJECT = new Part("b", 1, 10, "0000000b");

    @Test
    void holdsPartsWhoseRowsAreThoseCounted() {
        assertThat(manifest(new Counts(5, 3, 1, 1)).parts()).containsExactly(THREE_ROWS);
    }

    @ParameterizedTest
    @CsvSource({"3,2,1,0", "4,4,0,0", "5,3,2,0", "4,3,0,1"})
    void refusesPartsThatDoNotAddUpToTheCounts(long records, long rows, long rejected, long filtered) {
        assertThatThrownBy(() -> manifest(new Counts(records, rows, rejected, filtered)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 rows, 1 rejects");
    }

    @ParameterizedTest
    @CsvSource({"5,3,1,0", "3,3,1,1", "0,-1,1,0", "0,1,-1,0", "0,0,1,-1"})
    void refusesCountsInWhichARecordIsLostOrThereTwice(long records, long rows, long rejected, long filtered) {
        assertThatThrownBy(() -> new Counts(records, rows, rejected, filtered))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("records + exploded = rows + rejected + filtered");
    }

    @Test
    void keepsTheHeadOfALongRejectAndNoHalfCharacter() {
        String record = "x".repeat(Reject.MAX_RECORD - 1) + "😀";

        Reject reject = new Reject(
                "EXTRACT", "part", 1, null, null, "v".repeat(2_000), "too long", record, Fault.Kind.OTHER, List.of());

        assertThat(reject.record()).isEqualTo("x".repeat(Reject.MAX_RECORD - 1));
        assertThat(reject.value()).hasSize(Reject.MAX_VALUE);
    }

    private static Manifest manifest(Counts counts) {
        return new Manifest(
                "task", 1, Manifest.Format.PARQUET, List.of(THREE_ROWS), List.of(ONE_REJECT), counts, null, List.of());
    }
}
