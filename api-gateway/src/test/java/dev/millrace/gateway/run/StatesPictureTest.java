package dev.millrace.gateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.run.Transitions.Decision;
import dev.millrace.gateway.run.Transitions.Event;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

/** Holds the picture of states in {@code docs/architecture.md} to {@link Transitions}. */
class StatesPictureTest {
    private static final Path PAGE = Path.of("../docs/architecture.md");
    private static final String BEGIN = "<!-- states: made by StatesPictureTest -->\n";
    private static final String END = "<!-- end of states -->";

    /** Makes it anew, in place: {@code -Dstates.refresh=true}. */
    @Test
    void thePictureShowsEachWayFromPhaseToPhase() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        assertThat(begin).as(BEGIN).isGreaterThanOrEqualTo(BEGIN.length());
        assertThat(end).as(END).isGreaterThanOrEqualTo(begin);
        if (Boolean.getBoolean("states.refresh")) {
            Files.writeString(PAGE, page.substring(0, begin) + picture() + page.substring(end));
            return;
        }
        assertThat(page.substring(begin, end))
                .as("the picture of states (CONTRIBUTING.md says how to make it anew)")
                .isEqualTo(picture());
    }

    /** Of each two phases one arrow, which says all that leads from the one to the other. */
    private static String picture() {
        Map<String, StringJoiner> arrows = new LinkedHashMap<>();
        for (Phase phase : Phase.values()) {
            for (Event event : Event.values()) {
                Phase real = entered(phase, false, event);
                Phase dry = entered(phase, true, event);
                if (real != null && real == dry) {
                    draw(arrows, phase, real, event.words());
                } else {
                    draw(arrows, phase, real, event.words());
                    draw(arrows, phase, dry, event.words() + " (dry run)");
                }
            }
        }
        StringBuilder picture = new StringBuilder("```mermaid\nstateDiagram-v2\n    [*] --> QUEUED: accepted\n");
        arrows.forEach((arrow, words) ->
                picture.append("    ").append(arrow).append(": ").append(words).append('\n'));
        for (Phase phase : Phase.values()) {
            if (phase.state().finished()) {
                picture.append("    ").append(phase).append(" --> [*]\n");
            }
        }
        return picture.append("```\n").toString();
    }

    private static void draw(Map<String, StringJoiner> arrows, Phase from, @Nullable Phase to, String words) {
        if (to != null) {
            arrows.computeIfAbsent(from + " --> " + to, _ -> new StringJoiner(" / "))
                    .add(words);
        }
    }

    private static @Nullable Phase entered(Phase phase, boolean dryRun, Event event) {
        boolean possible = !dryRun || phase.closing() == null; // of a dry run nothing is closed
        return possible && Transitions.of(phase, dryRun, event) instanceof Decision.Enter(Phase next) ? next : null;
    }
}
