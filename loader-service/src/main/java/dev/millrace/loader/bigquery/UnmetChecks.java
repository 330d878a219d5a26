package dev.millrace.loader.bigquery;

import dev.millrace.loader.CheckQueries;
import dev.millrace.loader.ChecksUnmet;
import io.micronaut.serde.ObjectMapper;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a commit script ends itself that finds checks unmet: by an error with what it has found, since all that it wrote is
 * rolled back (https://cloud.google.com/bigquery/docs/reference/standard-sql/debugging_functions#error).
 */
final class UnmetChecks {
    private static final ObjectMapper JSON = ObjectMapper.getDefault();
    private static final String BEGIN = "millrace-checks[";
    private static final String END = "]millrace-checks-end";

    private static final Pattern MESSAGE =
            Pattern.compile("millrace-checks\\[([^|]*)\\|(?:(.*)\\]millrace-checks-end)?", Pattern.DOTALL);

    private UnmetChecks() {}

    /** An expression that fails. */
    static String error(String table, String results) {
        return "ERROR(CONCAT(" + Sql.text(BEGIN + table + "|") + ", " + results + ", " + Sql.text(END) + "))";
    }

    /** Empty when the message says something else. */
    static Optional<ChecksUnmet> in(String message) {
        Matcher matcher = MESSAGE.matcher(message);
        if (!matcher.find()) {
            return Optional.empty();
        }
        String table = matcher.group(1);
        try {
            if (matcher.group(2) != null) {
                CheckQueries.judge(
                        table, CheckQueries.read(matcher.group(2), JSON).results());
            }
        } catch (ChecksUnmet unmet) {
            return Optional.of(unmet);
        } catch (UncheckedIOException e) {
            return Optional.of(shortened(table)); // BigQuery has cut the message off
        }
        return Optional.of(shortened(table));
    }

    private static ChecksUnmet shortened(String table) {
        return new ChecksUnmet("after the load " + table + " would not meet its checks; it stays as it is", List.of());
    }
}
