package dev.millrace.standalone.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.task.Heartbeat;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers of gateways of other versions are read by the rule that messages are read by. */
class GatewayClientTest {
    private static final String RUN = """
            {"id": "a", "batch": "b", "pipeline": "p", "endpoint": "e", "table": "t", "state": "%s", "startedAt": null,
             "steps": [{"step": "EXTRACT", "state": "DONE", "attempt": 1, "mood": "good"}], "colour": {"of": [1]}}
            """;

    private static <T> T read(String answer, Class<T> type) {
        try (GatewayClient client = new GatewayClient(URI.create("http://gateway"), "token")) {
            return client.read(answer, type);
        }
    }

    @Test
    void aKeyThatIsNotThereMeansItsDefaultAndOneThatNobodyKnowsNothing() {
        Run run = read(RUN.formatted("SUCCEEDED"), Run.class);

        assertThat(run.dryRun()).isFalse();
        assertThat(run.plan()).isEmpty();
        assertThat(run.rowsLoaded()).isNull();
        assertThat(run.drift()).isNull();
        assertThat(run.steps()).containsExactly(new Run.StepProgress("EXTRACT", "DONE", null, null, null));
        assertThat(run.state()).isEqualTo(Run.State.SUCCEEDED);
    }

    @Test
    void aStateThatOnlyANewerVersionKnowsKeepsNoOtherRunFromBeingShown() {
        String runs = "{\"runs\": [" + RUN.formatted("PAUSED") + "," + RUN.formatted("FAILED") + "]}";

        assertThat(read(runs, Answers.Runs.class).runs())
                .extracting(Run::state)
                .containsExactly(Run.State.UNKNOWN, Run.State.FAILED);
        assertThat(Run.State.UNKNOWN.ended()).isFalse();
    }

    @Test
    void rejectsOfAnEarlierVersionHaveNoLine() {
        Answers.Rejects rejects = read(
                "{\"total\": 1, \"rejects\": [{\"step\": \"TRANSFORM\", \"part\": \"a.csv\", \"row\": 3,"
                        + " \"reason\": \"x is not a whole number (line 4)\", \"record\": \"{}\"}], \"next\": null}",
                Answers.Rejects.class);

        assertThat(rejects.rejects()).singleElement().satisfies(reject -> {
            assertThat(reject.line()).isNull();
            assertThat(reject.column()).isNull();
            assertThat(reject.row()).isEqualTo(3);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"lines\": [{\"level\": \"INFO\", \"message\": \"m\"}]}",
                "{\"lines\": null}",
                "{\"lines\": {}}",
                "{}",
                "[]",
                "null",
                "<html>",
            })
    void whatMustBeThereAndIsNotIsNoAnswerOfAGateway(String answer) {
        assertThatThrownBy(() -> read(answer, Answers.Log.class))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("something else than a gateway's Log");
    }

    @Test
    void linesOfALogAreRead() {
        assertThat(read(
                                "{\"lines\": [{\"time\": \"2026-01-31T00:00:00Z\", \"level\": \"WARN\", \"message\": \"m\"}]}",
                                Answers.Log.class)
                        .lines())
                .extracting(Heartbeat.LogLine::level)
                .containsExactly(Heartbeat.Level.WARN);
    }
}
