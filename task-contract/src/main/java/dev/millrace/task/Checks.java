package dev.millrace.task;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * What was tried of a source before a run, step by step up to the first that failed: what the extractor answers to a {@link
 * Sample.Wanted} at {@code POST /checks}.
 */
@Serdeable
public record Checks(List<Check> checks) {
    public Checks {
        checks = List.copyOf(checks);
    }

    /**
     * One step.
     *
     * @param step a word or two, such as {@code connects}
     * @param ofSource whether it is the same for all endpoints of the source
     * @param millis that it took
     * @param seen what was found, or why it failed; one sentence without secrets
     */
    @Serdeable
    public record Check(String step, boolean ofSource, boolean passed, long millis, String seen) {}
}
