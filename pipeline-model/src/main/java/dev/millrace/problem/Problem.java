package dev.millrace.problem;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * An error that a route answers with, as {@code application/problem+json} (RFC 9457).
 *
 * @param type always {@code about:blank}: the code says what it is
 * @param title the status in words
 * @param code a name of {@link ErrorCode}
 * @param detail what happened and what to do
 * @param actor a name of {@link ErrorCode.Actor}: who must act; null from a version that doesn't say it
 * @param retry a name of {@link ErrorCode.Retry}: whether a retry can help; null from a version that doesn't say it
 * @param run the run in question, where there is one
 * @param errors one line for each error of a pipeline file or request, in order; null where there is only the detail
 */
@Serdeable
public record Problem(
        String type,
        String title,
        int status,
        String code,
        String detail,
        @Nullable String actor,
        @Nullable String retry,
        @Nullable String run,
        @Nullable List<FieldError> errors) {

    public static final String MEDIA_TYPE = "application/problem+json";

    public static Problem of(ErrorCode code, String title, String detail) {
        return new Problem(
                "about:blank",
                title,
                code.status(),
                code.name(),
                detail,
                code.actor().name(),
                code.retry().name(),
                null,
                null);
    }

    public Problem withRun(String concerned) {
        return new Problem(type, title, status, code, detail, actor, retry, concerned, errors);
    }

    public Problem withErrors(List<FieldError> found) {
        return new Problem(type, title, status, code, detail, actor, retry, run, List.copyOf(found));
    }

    /** The same problem with the status that is really sent. */
    public Problem withStatus(int sent) {
        return new Problem(type, title, sent, code, detail, actor, retry, run, errors);
    }

    /**
     * One error in a file.
     *
     * @param line from 1
     * @param column from 1
     * @param field path such as {@code endpoints.students.schema[2].type}; empty for the file as a whole
     */
    @Serdeable
    public record FieldError(String file, int line, int column, String field, String found, String expected) {}
}
