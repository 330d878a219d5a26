package dev.millrace.pipeline;

import io.micronaut.serde.annotation.Serdeable;
import java.nio.charset.StandardCharsets;

/**
 * The objects of Cloud Storage of which each starts an endpoint when it arrives. That it has arrived is told to the
 * gateway by a notification of the bucket.
 *
 * @param bucket without {@code gs://}
 * @param prefix what the names of the objects begin with; empty: any
 * @param suffix what they end with; empty: any
 */
@Serdeable
@Doc("Starts the endpoint when an object arrives in a bucket of Cloud Storage.")
public record Trigger(
        @Doc("Name of the bucket.") String bucket,

        @Default("\"\"") @Doc("What the names of the objects begin with, for example reports/.")
        String prefix,

        @Default("\"\"") @Doc("What the names of the objects end with, for example .xlsx.")
        String suffix) {
    /** In UTF-8, https://cloud.google.com/storage/docs/objects#naming */
    private static final int MOST_BYTES = 1024;

    public Trigger {
        Checks checks = new Checks();
        checks.that(BucketName.isValid(bucket), "bucket", bucket, BucketName.RULE);
        checkLength(checks, "prefix", prefix);
        checkLength(checks, "suffix", suffix);
        checks.done();
    }

    private static void checkLength(Checks checks, String field, String part) {
        int bytes = part.getBytes(StandardCharsets.UTF_8).length;
        checks.that(
                bytes <= MOST_BYTES, field, bytes + " bytes", "at most " + MOST_BYTES + ", as names of objects have");
    }

    @Override
    public String toString() {
        return "gs://" + bucket + "/" + prefix + "*" + suffix;
    }

    /** Whether the arrival of an object starts the endpoint. Prefix and suffix don't share characters of its name. */
    public boolean isStartedBy(String arrivedIn, String object) {
        return bucket.equals(arrivedIn)
                && object.length() >= prefix.length() + suffix.length()
                && object.startsWith(prefix)
                && object.endsWith(suffix);
    }
}
