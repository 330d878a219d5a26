package dev.millrace.staging;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What slices say of their records, put together. */
class DriftOfSlicesTest {
    private static Drift drift(long records, List<String> missing, Drift.Seen... partial) {
        return new Drift(records, missing, List.of(partial), List.of(), 0);
    }

    private static Drift.Seen seen(String name, long records, long of) {
        return new Drift.Seen(name, records, of);
    }

    @Test
    void aColumnIsMissingOnlyIfNoSliceHasIt() {
        Drift all = drift(10, List.of("a", "b")).joined(drift(5, List.of("b")));
        assertThat(all.records()).isEqualTo(15);
        assertThat(all.missing()).containsExactly("b");
        assertThat(all.partial()).containsExactly(seen("a", 5, 15));
    }

    @Test
    void whereSomeRecordsOfEachHaveItTheyAreCountedTogether() {
        Drift all = drift(10, List.of(), seen("a", 4, 10)).joined(drift(5, List.of(), seen("b", 1, 5)));
        assertThat(all.partial()).containsExactly(seen("a", 9, 15), seen("b", 11, 15));
    }

    @Test
    void aSliceWithoutRecordsSaysNothing() {
        Drift some = drift(10, List.of("a"));
        assertThat(some.joined(drift(0, List.of()))).isEqualTo(some);
        assertThat(drift(0, List.of()).joined(some)).isEqualTo(some);
    }

    @Test
    void ofAColumnWithinObjectsASliceWithoutSuchObjectsSaysNothing() {
        Drift without = drift(10, List.of()).ofSlice(List.of("address.city"));
        Drift lacking = drift(5, List.of("address.city"));
        assertThat(without.joined(lacking).missing()).containsExactly("address.city");
        assertThat(lacking.joined(without).missing()).containsExactly("address.city");
        assertThat(without.joined(without).missing()).isEmpty();
        assertThat(without.joined(without).joined(lacking).missing()).containsExactly("address.city");
        assertThat(lacking.joined(drift(5, List.of())).joined(without).missing())
                .as("one slice has it")
                .isEmpty();
    }

    @Test
    void fieldsThatNobodyReadsAndChangesAreCountedTogether() {
        List<Drift.Seen> many =
                IntStream.range(0, 100).mapToObj(n -> seen("f" + n, 10, 10)).toList();
        Drift first = new Drift(10, List.of(), List.of(), many, 7, List.of(change(3, null)));
        Drift second = new Drift(10, List.of(), List.of(), List.of(seen("other", 20, 20)), 1, List.of(change(4, "x")));
        Drift all = first.joined(second);
        assertThat(all.unread()).hasSize(100).startsWith(seen("other", 20, 20));
        assertThat(all.unnamed()).isEqualTo(8);
        assertThat(all.changes()).containsExactly(change(7, "x"));
    }

    private static Drift.Change change(long records, @Nullable String example) {
        return new Drift.Change(Drift.Kind.RETYPED, "a", "INTEGER", null, records, example);
    }
}
