package dev.millrace.pipeline.rest;

import dev.millrace.pipeline.Checks;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Headers of requests in a pipeline file. */
public final class Headers {
    /** RFC 9110, section 5.1. */
    static final String NAME = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";

    /** Those that belong to the connection, which the HTTP client alone decides on. */
    private static final Set<String> RESERVED =
            Set.of("connection", "content-length", "expect", "host", "transfer-encoding", "upgrade");

    private Headers() {}

    /** Notes names that a file may not set. */
    public static void check(Checks checks, String field, Map<String, String> headers) {
        headers.keySet().forEach(name -> checkName(checks, field + "." + name, name));
    }

    static void checkName(Checks checks, String field, String name) {
        checks.that(
                name.matches(NAME) && !RESERVED.contains(name.toLowerCase(Locale.ROOT)),
                field,
                name,
                "the name of a header, none of "
                        + String.join(", ", RESERVED.stream().sorted().toList()));
    }
}
