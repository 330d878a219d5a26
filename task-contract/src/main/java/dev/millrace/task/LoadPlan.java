package dev.millrace.task;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * The steps that a load would take, as its warehouse or bucket is now.
 *
 * @param rows that would be loaded
 * @param steps for people, in their order, a line each
 */
@Serdeable
public record LoadPlan(long rows, List<String> steps) {
    public LoadPlan {
        steps = List.copyOf(steps);
        for (String step : steps) {
            if (step.isBlank() || step.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("steps: '" + step + "' (expected: one line)");
            }
        }
    }
}
