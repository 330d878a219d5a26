package dev.millrace.gateway.access;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a caller may do: each role may do what those before it may. */
public enum Role {
    /** Looks at pipelines, runs and tables. */
    VIEWER,
    /** Starts, stops and mends runs, and asks queries. */
    OPERATOR,
    /** Says who may do what. */
    ADMIN;

    public boolean includes(Role other) {
        return compareTo(other) >= 0;
    }

    /** As people write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** This one and those that it includes, as the framework's rules name them. */
    List<String> names() {
        return Arrays.stream(values()).filter(this::includes).map(Enum::name).toList();
    }

    /**
     * @param word as people write it; null where it is missing
     * @throws MillraceException with {@code REQUEST_INVALID}
     */
    public static Role of(@Nullable String word) {
        return Arrays.stream(values())
                .filter(role -> role.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "role: " + (word == null ? "missing" : "'" + word + "'")
                                + " (expected: viewer, operator or admin)"));
    }
}
