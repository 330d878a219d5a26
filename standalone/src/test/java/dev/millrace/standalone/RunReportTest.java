package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunReportTest {
    @Test
    void aFailureSaysWhoMustActAndWhetherARetryHelps() {
        assertThat(errors("PIPELINE_AUTHOR", "NO")).isEqualToNormalizingNewlines("""
                hiring/jobs: REJECTS_ABOVE_LIMIT: 7 of 9 records
                  who must act: pipeline author; can a retry help: no
                  its log: ./millrace log r1
                """);
    }

    @Test
    void aFailureOfAnOlderGatewaySaysWhatThatKnows() {
        assertThat(errors(null, null)).isEqualToNormalizingNewlines("""
                hiring/jobs: REJECTS_ABOVE_LIMIT: 7 of 9 records
                  its log: ./millrace log r1
                """);
    }

    private static String errors(@Nullable String actor, @Nullable String retry) {
        Run.Failure failure = new Run.Failure("REJECTS_ABOVE_LIMIT", "7 of 9 records", actor, retry);
        StringWriter written = new StringWriter();
        RunReport.errors(List.of(failed(failure)), new PrintWriter(written, true));
        return written.toString();
    }

    private static Run failed(Run.Failure failure) {
        return new Run(
                "r1",
                "b1",
                "hiring",
                "jobs",
                "hiring.jobs",
                Run.State.FAILED,
                false,
                null,
                null,
                null,
                9L,
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
                failure,
                List.of());
    }
}
