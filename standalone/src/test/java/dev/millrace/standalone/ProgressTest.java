package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final StringWriter terminal = new StringWriter();
    private final Progress bars = new Progress.Bars(new PrintWriter(terminal));

    private static Run run(String id, Run.State state, long records, @Nullable Long total) {
        return new Run(
                id,
                "batch",
                "école",
                id,
                "test." + id,
                state,
                false,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                List.of(new Run.StepProgress("EXTRACT", "DISPATCHED", records, total, null)));
    }

    /** What the last look wrote. */
    private String show(Run... runs) {
        int before = terminal.getBuffer().length();
        bars.show(List.of(runs));
        return terminal.getBuffer().substring(before);
    }

    @Test
    void aBarShowsTheShareWhenTheTotalIsKnownAndTheCountAnyway() {
        assertThat(show(run("one", Run.State.EXTRACTING, 2_500, 5_000L), run("two", Run.State.EXTRACTING, 7, null)))
                .contains("école/one", "2,500  [##########----------]\n", "école/two", " 7\n");
    }

    @Test
    void linesAreDrawnAnewAndThoseOfEndedRunsStayAbove() {
        show(run("one", Run.State.EXTRACTING, 1, null), run("two", Run.State.EXTRACTING, 1, null));

        assertThat(show(run("one", Run.State.SUCCEEDED, 1, null), run("two", Run.State.LOADING, 1, null)))
                .startsWith("\u001b[2A\r\u001b[J")
                .containsSubsequence("école/one", "succeeded\n", "école/two", "loading");
        assertThat(show(run("one", Run.State.SUCCEEDED, 1, null), run("two", Run.State.FAILED, 1, null)))
                .startsWith("\u001b[1A\r\u001b[J")
                .doesNotContain("one")
                .endsWith("failed\n");
    }

    @Test
    void manyRunsWithLongNamesFitIntoATerminal() {
        String written = show(IntStream.range(0, 100)
                .mapToObj(n -> run("n".repeat(100) + n, Run.State.TRANSFORMING, 999_999_999, 1_000_000_000L))
                .toArray(Run[]::new));

        assertThat(written.lines().skip(1)).hasSizeLessThan(24).allMatch(line -> line.length() < 80);
    }
}
