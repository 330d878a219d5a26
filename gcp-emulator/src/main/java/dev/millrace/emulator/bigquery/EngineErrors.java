package dev.millrace.emulator.bigquery;

import dev.millrace.emulator.bigquery.googlesql.QueryErrors;
import dev.millrace.emulator.http.ApiException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The engine's errors as BigQuery's. */
final class EngineErrors {
    private static final Pattern PREFIX = Pattern.compile("^(?:[A-Z][A-Za-z ]* Error: )+(?:[a-z]+(?:\\.\\w+)+: )?");
    private static final Pattern NOT_NULL = Pattern.compile("NOT NULL constraint failed: \\S*?\\.?([^.\\s]+)$");

    private EngineErrors() {}

    static boolean isConflict(SQLException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("conflict") && message.contains("transaction");
    }

    /** That two rows of a merge's source match one of its target. */
    static boolean isAmbiguous(SQLException e) {
        return String.valueOf(e.getMessage()).contains("cannot affect the same target row more than once");
    }

    static ApiException of(SQLException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("INTERRUPT")) {
            return new ApiException(200, "stopped", "Job execution was cancelled: User requested cancellation");
        }
        String first = message.lines().findFirst().orElse(message);
        Matcher required = NOT_NULL.matcher(first);
        if (required.find()) {
            return QueryErrors.invalidQuery("Required field " + required.group(1) + " cannot be null");
        }
        return QueryErrors.invalidQuery(PREFIX.matcher(first).replaceFirst(""));
    }
}
