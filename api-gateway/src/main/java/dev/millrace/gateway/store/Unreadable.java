package dev.millrace.gateway.store;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** A stored document can't be read: it is damaged, or a version wrote it that says things differently. */
public final class Unreadable extends RuntimeException {
    private static final int LONGEST_REASON = 500;
    /** Where the parser says that it doesn't show the text. */
    private static final Pattern SOURCE = Pattern.compile("Source: REDACTED \\(.*?\\); ");

    Unreadable(Class<?> type, Throwable cause) {
        super(name(type) + " can't be read: " + reason(cause), cause);
    }

    private static String name(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return "the stored " + (outer == null ? "" : outer.getSimpleName() + ".") + type.getSimpleName();
    }

    /** From the outside to the inside: the outer ones say where, the innermost says what. */
    private static String reason(Throwable failure) {
        Set<String> reasons = new LinkedHashSet<>();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            reasons.add(
                    message == null
                            ? cause.getClass().getSimpleName()
                            : SOURCE.matcher(message).replaceAll("").replaceAll("\\s+", " "));
        }
        String reason = String.join(": ", reasons);
        return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "…";
    }
}
