package dev.millrace.loader.bigquery;

import dev.millrace.problem.ErrorCode;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The reason why a commit script ended itself. It travels as the description of an {@code ASSERT}, which BigQuery
 * quotes in the error of the job.
 */
sealed interface Refusal {
    /** The ledger has the load already. */
    record Committed() implements Refusal {
        @Override
        public String description() {
            return "millrace[COMMITTED|this load has been committed before]";
        }
    }

    /** @param reason for the user, without square brackets */
    record Failed(ErrorCode code, String reason) implements Refusal {
        @Override
        public String description() {
            return "millrace[" + code + "|" + reason + "]";
        }
    }

    Pattern DESCRIPTION = Pattern.compile("millrace\\[([A-Z_]+)\\|([^\\]]*)\\]");

    String description();

    /** Empty when the job failed for a reason of BigQuery's. */
    static Optional<Refusal> in(String message) {
        Matcher matcher = DESCRIPTION.matcher(message);
        if (!matcher.find()) {
            return Optional.empty();
        }
        return Optional.of(
                matcher.group(1).equals("COMMITTED")
                        ? new Committed()
                        : new Failed(ErrorCode.valueOf(matcher.group(1)), matcher.group(2)));
    }
}
