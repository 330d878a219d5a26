package dev.millrace.staging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PartTest {
    @Test
    void tellsWhereEachOfItsRowsStood() {
        Part part = new Part("p", 10, 1, "00000000")
                .from(List.of(
                        new Origin(1, "a.csv", 1, 2L), new Origin(4, "a.csv", 6, null), new Origin(6, "b.csv", 1, 2L)));

        assertThat(part.origin(1)).isEqualTo(new Origin(1, "a.csv", 1, 2L));
        assertThat(part.origin(3)).isEqualTo(new Origin(3, "a.csv", 3, 4L));
        assertThat(part.origin(4)).isEqualTo(new Origin(4, "a.csv", 6, null));
        assertThat(part.origin(5)).isEqualTo(new Origin(5, "a.csv", 7, null));
        assertThat(part.origin(6)).isEqualTo(new Origin(6, "b.csv", 1, 2L));
        assertThat(part.origin(10)).isEqualTo(new Origin(10, "b.csv", 5, 6L));
        assertThat(new Part("p", 10, 1, "00000000").origin(1)).isNull();
    }
}
