package dev.millrace.pipeline;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Names that a bucket of Cloud Storage can have. Those that only Google may give, such as with {@code goog} at the
 * start, are names too: there are public buckets of them.
 *
 * @see <a href="https://cloud.google.com/storage/docs/buckets#naming">Bucket names</a>
 */
public final class BucketName {
    public static final String RULE =
            "3 to 63 lower case letters, digits, _, - and ., up to 222 with dots between parts of at"
                    + " most 63, with a letter or digit at both ends";

    private static final Pattern CHARACTERS = Pattern.compile("[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]");
    private static final Pattern ADDRESS = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");
    private static final int LONGEST_PART = 63;

    private BucketName() {}

    public static boolean isValid(String name) {
        return CHARACTERS.matcher(name).matches()
                && !ADDRESS.matcher(name).matches()
                && Arrays.stream(name.split("\\.", -1))
                        .allMatch(part -> !part.isEmpty() && part.length() <= LONGEST_PART);
    }
}
