package dev.millrace.gateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.run.Transitions.Decision;
import dev.millrace.gateway.run.Transitions.Event;
import dev.millrace.problem.ErrorCode;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goes over each phase with each event. */
class TransitionsTest {
    /**
     * What is to become of a run, in the order of the phases: the phase that it enters, {@code =} it stays, {@code -} it
     * is ignored, {@code !} it is stale, or the code with which it is refused. Of a dry run what stands behind a slash.
     */
    private static final String TABLE = """
                                QUEUED       EXTRACTING   TRANSFORMING LOADING                  FAILING    CANCELLING SUCCEEDED FAILED    CANCELLED
            TAKEN                EXTRACTING   =            =            =                        -          -          -         -         -
            UPSTREAM_SUCCEEDED   LOADING      -            -            -                        -          -          -         -         -
            RECORDS_READ         TRANSFORMING -            -            -                        -          -          -         -         -
            UPSTREAM_FAILED      FAILED       -            -            -                        -          -          -         -         -
            EXTRACTED            TRANSFORMING TRANSFORMING !            !                        !          !          !         !         !
            EXTRACTED_TO_PUBLISH LOADING      LOADING      !            !                        !          !          !         !         !
            TRANSFORMED          !            !            LOADING      !                        !          !          !         !         !
            COMMITTED            !            !            !            SUCCEEDED/REQUEST_INVALID !         !          !         !         !
            CHECKED              !            !            !            REQUEST_INVALID/SUCCEEDED !         !          !         !         !
            REPORTED_FAILURE     FAILED       FAILED       FAILED       FAILING/FAILED           !          !          !         !         !
            PLANNED              =            =            !            !                        !          !          !         !         !
            RELEASED             =            =            =            =                        !          !          !         !         !
            LOST                 =            =            =            =                        -          -          -         -         -
            GIVEN_UP             FAILED       FAILED       FAILED       FAILING/FAILED           -          -          -         -         -
            CANCEL               CANCELLED    CANCELLED    CANCELLED    CANCELLING/CANCELLED     CANCELLING -          -         -         -
            RETRY                RUN_STATE    RUN_STATE    RUN_STATE    RUN_STATE                RUN_STATE  RUN_STATE  RUN_STATE QUEUED    QUEUED
            UPSTREAM_RETRIED     -            -            -            -                        -          -          -         QUEUED    -
            RESUME_TRANSFORMING  TRANSFORMING -            -            -                        -          -          -         -         -
            RESUME_LOADING       LOADING      -            -            -                        -          -          -         -         -
            CLOSED               -            -            -            -                        FAILED     CANCELLED  -         -         -
            ALREADY_COMMITTED    -            -            -            -                        SUCCEEDED  SUCCEEDED  -         -         -
            UNCLOSABLE           -            -            -            -                        FAILED     FAILED     -         -         -
            """;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eachEventInEachPhaseIsDecidedAsTheTableSays(boolean dryRun) {
        Map<String, String> expected = new LinkedHashMap<>();
        List<String> rows = TABLE.lines().toList();
        List<String> phases = cells(rows.getFirst());
        for (String row : rows.subList(1, rows.size())) {
            List<String> cells = cells(row);
            assertThat(cells).as(row).hasSize(phases.size() + 1);
            for (int i = 0; i < phases.size(); i++) {
                String[] both = cells.get(i + 1).split("/", -1);
                expected.put(phases.get(i) + " " + cells.getFirst(), dryRun ? both[both.length - 1] : both[0]);
            }
        }
        Map<String, String> decided = new LinkedHashMap<>();
        for (Event event : Event.values()) {
            for (Phase phase : Phase.values()) {
                decided.put(phase + " " + event, shown(Transitions.of(phase, dryRun, event)));
            }
        }
        assertThat(decided).containsExactlyInAnyOrderEntriesOf(expected);
    }

    private static List<String> cells(String row) {
        return Arrays.asList(row.strip().split(" +"));
    }

    private static String shown(Decision decision) {
        return switch (decision) {
            case Decision.Enter(Phase phase) -> phase.name();
            case Decision.Stay _ -> "=";
            case Decision.Ignore _ -> "-";
            case Decision.Refuse(ErrorCode code, String _) -> code == ErrorCode.STALE_ATTEMPT ? "!" : code.name();
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eachPhaseCanBeReachedAndEndsCanBeReachedFromIt(boolean dryRun) {
        Set<Phase> reached = reachable(Phase.QUEUED, dryRun);
        assertThat(reached)
                .isEqualTo(
                        dryRun
                                ? EnumSet.complementOf(EnumSet.of(Phase.FAILING, Phase.CANCELLING))
                                : EnumSet.allOf(Phase.class));
        for (Phase phase : reached) {
            assertThat(reachable(phase, dryRun).stream().map(Phase::state).filter(state -> state.finished()))
                    .as(phase.name())
                    .isNotEmpty();
        }
    }

    private static Set<Phase> reachable(Phase from, boolean dryRun) {
        Set<Phase> reached = EnumSet.of(from);
        Deque<Phase> unseen = new ArrayDeque<>(reached);
        while (!unseen.isEmpty()) {
            Phase phase = unseen.remove();
            for (Event event : Event.values()) {
                if (Transitions.of(phase, dryRun, event) instanceof Decision.Enter(Phase next) && reached.add(next)) {
                    unseen.add(next);
                }
            }
        }
        return reached;
    }

    @ParameterizedTest
    @EnumSource(Event.class)
    void whatIsLoadingNeverEndsWithoutSuccessBeforeTheLoaderWasAsked(Event event) {
        if (Transitions.of(Phase.LOADING, false, event) instanceof Decision.Enter(Phase next)) {
            assertThat(next).isIn(Phase.SUCCEEDED, Phase.FAILING, Phase.CANCELLING);
        }
    }

    @Test
    void whatHasSucceededStaysSo() {
        for (Event event : Event.values()) {
            assertThat(Transitions.of(Phase.SUCCEEDED, false, event))
                    .as(event.name())
                    .isNotInstanceOf(Decision.Enter.class);
        }
    }

    @Test
    void aPhaseIsKnownByTheStateAndWhatIsToBeReached() {
        assertThat(Arrays.stream(Phase.values())
                        .map(phase -> phase.state() + " " + phase.closing())
                        .collect(Collectors.toSet()))
                .hasSize(Phase.values().length);
    }
}
