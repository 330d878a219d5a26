package dev.millrace.gateway.run;

import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.problem.MillraceException;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Optional;

/** Asks {@link Transitions} about stored runs, and stores what they say. Part of the caller's transaction, which has locked the run. */
@Singleton
class RunPhases {
    private final RunRepository runs;

    RunPhases(RunRepository runs) {
        this.runs = runs;
    }

    /**
     * The phase that a run is to be in after an event, be it that before; empty when the event is to be ignored.
     *
     * @throws MillraceException with the code that the table has when the event makes no sense
     */
    Optional<Phase> after(RunRow run, Transitions.Event event) {
        Phase phase = Phase.of(run);
        return switch (Transitions.of(phase, run.dryRun(), event)) {
            case Transitions.Decision.Enter(Phase next) -> Optional.of(next);
            case Transitions.Decision.Stay _ -> Optional.of(phase);
            case Transitions.Decision.Ignore _ -> Optional.empty();
            case Transitions.Decision.Refuse refused ->
                throw new MillraceException(
                        refused.code(),
                        event.words() + ": run " + run.id() + " is " + run.state() + " (expected: " + refused.expected()
                                + ")");
        };
    }

    /**
     * Makes sure that an event makes sense, before anything is stored of it.
     *
     * @throws MillraceException as {@link #after} does
     */
    void check(RunRow run, Transitions.Event event) {
        after(run, event);
    }

    /** Lets the run begin with its first step, be it once more. */
    void begin(RunRow run, Phase first, Instant now) {
        runs.began(run.id(), first.state(), now);
    }

    void enter(RunRow run, Phase next) {
        runs.enter(run.id(), next.state());
    }
}
