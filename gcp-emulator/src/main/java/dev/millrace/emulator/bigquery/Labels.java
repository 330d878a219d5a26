package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;

/**
 * Labels of jobs, tables and datasets.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/labels-intro#requirements">Requirements for labels</a>
 */
final class Labels {
    private static final Pattern KEY = Pattern.compile("[\\p{Ll}\\p{Lo}][\\p{Ll}\\p{Lo}\\p{N}_-]{0,62}");
    private static final Pattern VALUE = Pattern.compile("[\\p{Ll}\\p{Lo}\\p{N}_-]{0,63}");
    private static final int MOST = 64;

    private Labels() {}

    static void check(JsonNode labels) {
        if (labels.size() > MOST) {
            throw Errors.invalid("A resource has at most " + MOST + " labels, found " + labels.size());
        }
        labels.properties().forEach(label -> {
            String value = label.getValue().asText();
            if (!KEY.matcher(label.getKey()).matches()
                    || (label.getValue().isTextual() && !VALUE.matcher(value).matches())) {
                throw Errors.invalid("Invalid label \"" + label.getKey() + "\": \"" + value
                        + "\". Label keys and values may only contain lowercase letters, numeric characters,"
                        + " underscores and dashes, and at most 63 characters.");
            }
        });
    }
}
