package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * A file that is written of what a query selects in the warehouse.
 *
 * @param after names of the endpoints, models and exports of the same pipeline that it runs after; null: all endpoints
 *     and models
 * @param sql one SELECT in the warehouse's dialect; the warehouse checks it when it runs
 */
@Serdeable
@Doc("A file that is written of what a query selects in the warehouse.")
public record Export(
        @Doc("Endpoints, models and exports that it runs after; by default all endpoints and models.") @Nullable
        List<String> after,

        @Doc("Where the file is, and in which format.") Place destination,

        @Doc("One SELECT over tables of the warehouse, in its dialect.")
        String sql,

        @Doc("After how long without a successful run its file is stale, for example 26h.") @Nullable
        Duration staleAfter) {
    public Export {
        Checks checks = new Checks();
        Endpoint.checkStaleAfter(checks, staleAfter);
        if (after != null) {
            after = List.copyOf(after);
            checks.that(new HashSet<>(after).size() == after.size(), "after", after, "each name once");
        }
        checks.that(!sql.isBlank(), "sql", "nothing", "one SELECT");
        checks.done();
    }

    /**
     * The place of the file. Each run replaces it.
     *
     * @param bucket as of a {@link Destination.Bucket}
     * @param key likewise; the file is {@code latest} below it
     */
    @Serdeable
    @Doc("A bucket or folder that gets the file.")
    public record Place(
            @Doc("Name of the bucket; in a local installation, of a folder among those that it publishes.")
            String bucket,

            @Doc("What the name of the file begins with; latest and the format's ending follow.")
            String key,

            @Doc("What the file is: a JSON object in each line, one JSON array, CSV with a header, Parquet or Avro.")
            ExportFormat format,

            @Default("fail") @Doc("Whether a run without rows may replace one that had some.")
            Destination.Empty empty) {
        public Place {
            Destination.Bucket _ = bucket(bucket, key, empty);
        }

        public Destination.Bucket published() {
            return bucket(bucket, key, empty);
        }

        /** As people know it: the bucket, and the file's name in it. */
        public String file() {
            return bucket + "/" + key + "/latest." + format.extension();
        }

        private static Destination.Bucket bucket(String bucket, String key, Destination.Empty empty) {
            return new Destination.Bucket(bucket, key, null, empty, Destination.Bucket.Validate.NONE);
        }
    }
}
