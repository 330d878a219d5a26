package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * A condition on an answer, which holds when all that it names does.
 *
 * @param status one of them; empty: any
 * @param header name of a header that the answer has; null: none is asked for
 * @param path {@link JsonPath} to a value that says something, so neither null, false nor empty; null: none is asked for
 * @param is what the value of the header or at the path is one of, and may be anything then; empty: no matter what
 * @param not what the value is none of, and may be missing then; empty: no matter what
 */
@Serdeable
@Doc("A condition on an answer; all that it names has to hold.")
public record Condition(
        @Default("[]") @Doc("HTTP statuses, one of which the answer has.")
        List<Integer> status,

        @Doc("Name of a header that the answer has.") @Nullable
        String header,

        @Doc("Path in the answer to a value that is neither null, false nor empty.") @Nullable
        String path,

        @Default("[]") @Doc("Values, one of which stands in the header or at the path.")
        List<String> is,

        @Default("[]") @Doc("Values, none of which stands in the header or at the path.")
        List<String> not) {
    public Condition {
        Checks checks = new Checks();
        status = List.copyOf(status);
        is = List.copyOf(is);
        not = List.copyOf(not);
        for (int one : status) {
            checks.that(one >= 200 && one <= 599, "status", one, "HTTP statuses of answers, 200 to 599");
        }
        if (header != null) {
            Headers.checkName(checks, "header", header);
            checks.that(path == null, "header", header, "either a header or a path");
        }
        if (path != null) {
            JsonPath.check(checks, "path", path);
        }
        checks.that(
                !status.isEmpty() || header != null || path != null,
                "status",
                "nothing",
                "a status, a header or a path, which the condition is on");
        boolean compared = !is.isEmpty() || !not.isEmpty();
        checks.that(!compared || header != null || path != null, "is", is, "a header or path beside it");
        checks.that(is.isEmpty() || not.isEmpty(), "not", not, "either is or not");
        checks.done();
    }
}
