package dev.millrace.loader.bucket;

import dev.millrace.loader.commit.CommitMarkers;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Abort;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Publication;
import dev.millrace.task.RunLogCopy;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The publisher of an extraction's parts, byte for byte: copies them, then makes the copies those that count. Safe for
 * use by several threads and processes, for the same load too.
 */
@Singleton
public final class Publisher {
    private final Buckets buckets;
    private final StagingStore staging;
    private final CommitMarkers markers;
    private final ObjectMapper json;
    private final Clock clock;

    Publisher(Buckets buckets, StagingStore staging, ObjectMapper json, Clock clock) {
        this.buckets = buckets;
        this.staging = staging;
        this.markers = new CommitMarkers(staging);
        this.json = json;
        this.clock = clock;
    }

    /**
     * Records on their way to where they are published.
     *
     * @param load id of the load
     * @param generation from 1
     * @param attempt whose files nobody else writes
     * @param credentials name of the Google credentials to write with; null: those of the service
     * @param parts as they were staged, in order
     */
    public record Shipment(
            String load,
            int generation,
            String run,
            int attempt,
            Publication publication,
            @Nullable String credentials,
            List<Part> parts) {
        public Shipment {
            parts = List.copyOf(parts);
        }
    }

    /**
     * Replaces what is published there, or finds that the load has done so already.
     *
     * @return what the load did, now or before
     * @throws MillraceException {@code BUCKET_REFUSED}, {@code CREDENTIALS_UNKNOWN}, {@code CREDENTIALS_UNUSABLE}, {@code
     *     STAGING_CORRUPT}, {@code STAGING_UNAVAILABLE}, {@code
     *     EMPTY_REPLACE}, {@code LOAD_ABORTED}; what was published before stays
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped before its commit
     */
    public LoadResult publish(Shipment shipment, TaskContext context) {
        StagingStore bucket = buckets.of(shipment.publication(), shipment.credentials());
        PublicationTarget place = new PublicationTarget(shipment.publication(), bucket, json);
        Optional<LoadResult> earlier = place.committed(shipment.load(), shipment.generation());
        LoadResult result = earlier.isPresent() ? earlier.get() : copyAndCommit(bucket, place, shipment, context);
        context.info(String.format(
                Locale.ROOT,
                "published%s: %,d records under %s",
                earlier.isPresent() ? " by an earlier attempt" : "",
                result.rows(),
                shipment.publication().name()));
        return result;
    }

    /**
     * Says what {@link #publish} would do now, and changes nothing.
     *
     * @throws MillraceException {@code BUCKET_REFUSED}, {@code CREDENTIALS_UNKNOWN}, {@code CREDENTIALS_UNUSABLE}, {@code
     *     STAGING_CORRUPT}, {@code STAGING_UNAVAILABLE}, {@code EMPTY_REPLACE}
     */
    public LoadPlan plan(Shipment shipment) {
        StagingStore bucket = buckets.of(shipment.publication(), shipment.credentials());
        PublicationTarget place = new PublicationTarget(shipment.publication(), bucket, json);
        return place.plan(place.folder(shipment.run(), shipment.attempt()), shipment.parts());
    }

    private LoadResult copyAndCommit(
            StagingStore bucket, PublicationTarget place, Shipment shipment, TaskContext context) {
        String folder = place.folder(shipment.run(), shipment.attempt());
        try {
            List<Part> files = new ArrayList<>();
            long rows = 0;
            long bytes = 0;
            for (Part part : shipment.parts()) {
                context.checkStopped();
                files.add(copy(part, bucket, folder + PublicationTarget.fileName(files.size())));
                rows += part.rows();
                bytes += part.bytes();
                context.progress(rows, bytes);
            }
            context.checkStopped();
            markers.begin(shipment.load(), shipment.generation());
            return place.commit(shipment.load(), shipment.generation(), shipment.run(), clock.instant(), files);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.LOAD_ABORTED || e.code() == ErrorCode.EMPTY_REPLACE) {
                bucket.deleteAll(folder); // it is certain that these files never count
            }
            throw e;
        }
    }

    private Part copy(Part part, StagingStore bucket, String name) {
        try (InputStream in = staging.open(part);
                Upload upload = bucket.upload(name)) {
            in.transferTo(upload.stream());
            return upload.commit(part.rows());
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.STAGING_UNAVAILABLE, "can't copy " + part.path() + " to " + name + ": " + e, e);
        }
    }

    /**
     * Sees to it that no generation up to the given one is published, unless one has been.
     *
     * @throws MillraceException {@code BUCKET_REFUSED}, {@code CREDENTIALS_UNKNOWN}, {@code CREDENTIALS_UNUSABLE} when
     *     that can't be known without the bucket
     */
    public Abort.Answer abort(Abort abort, Publication publication) {
        if (markers.prevent(abort.load(), abort.generation())) {
            return new Abort.Closed();
        }
        StagingStore bucket = buckets.of(publication, abort.credentials());
        Abort.Answer answer = new PublicationTarget(publication, bucket, json).abort(abort.load(), abort.generation());
        if (answer instanceof Abort.Closed) {
            markers.closed(abort.load(), abort.generation());
        }
        return answer;
    }

    /** Puts a run's log beside what is published; a copy that is there already stays as it is. */
    public void copyLog(RunLogCopy copy) {
        StagingStore bucket = buckets.of(copy.publication(), copy.credentials());
        String target = new PublicationTarget(copy.publication(), bucket, json).logName(copy.name());
        if (bucket.exists(target)) {
            return;
        }
        try (InputStream in = staging.open(copy.log());
                Upload upload = bucket.upload(target)) {
            in.transferTo(upload.stream());
            upload.commit(0);
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_UNAVAILABLE, "can't copy the log to " + target + ": " + e, e);
        }
    }
}
