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
 * The publisher of an extraction's parts, byte for byte, and of files that somebody writes: has them in the bucket, then
 * makes them those that count. Safe for use by several threads and processes, for the same load too.
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
     * One file on its way to where it is published, under the name {@code latest} each time.
     *
     * @param load id of the load
     * @param generation from 1
     * @param attempt whose file nobody else writes
     * @param credentials name of the Google credentials to write with; null: those of the service
     * @param extension of its name, without the dot
     */
    public record LatestFile(
            String load,
            int generation,
            String run,
            int attempt,
            Publication publication,
            @Nullable String credentials,
            String extension) {}

    /** Writes a file. */
    public interface Writing {
        /** @param name of the object in the bucket */
        Part write(StagingStore bucket, String name) throws InterruptedException;
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
        say(
                result,
                earlier.isPresent(),
                "records under " + shipment.publication().name(),
                context);
        return result;
    }

    /**
     * Has the file written and replaces the latest one by it, or finds that the load has done so already.
     *
     * @return what the load did, now or before
     * @throws MillraceException as {@link #publish(Shipment, TaskContext)}, and what the writing throws; what was published
     *     before stays
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped before its commit
     */
    public LoadResult publish(LatestFile file, Writing writing, TaskContext context) throws InterruptedException {
        StagingStore bucket = buckets.of(file.publication(), file.credentials());
        PublicationTarget place = new PublicationTarget(file.publication(), bucket, json);
        Optional<LoadResult> earlier = place.committed(file.load(), file.generation());
        LoadResult result = earlier.isPresent() ? earlier.get() : writeAndCommit(bucket, place, file, writing, context);
        String name = file.publication().destination().bucket() + "/" + place.latest(file.extension());
        say(result, earlier.isPresent(), "rows as " + name, context);
        return result;
    }

    private static void say(LoadResult result, boolean earlier, String what, TaskContext context) {
        context.info(String.format(
                Locale.ROOT, "published%s: %,d %s", earlier ? " by an earlier attempt" : "", result.rows(), what));
    }

    private LoadResult writeAndCommit(
            StagingStore bucket, PublicationTarget place, LatestFile file, Writing writing, TaskContext context)
            throws InterruptedException {
        String folder = place.folder(file.run(), file.attempt());
        boolean begun = false;
        try {
            Part written = writing.write(bucket, folder + PublicationTarget.fileName(0, file.extension()));
            context.checkStopped();
            markers.begin(file.load(), file.generation());
            begun = true;
            return place.commit(
                    file.load(),
                    file.generation(),
                    file.run(),
                    clock.instant(),
                    List.of(written),
                    place.latest(file.extension()),
                    context::info);
        } catch (RuntimeException | InterruptedException e) {
            boolean never = e instanceof MillraceException known && neverCounts(known);
            if (!begun || never) {
                deleteAfter(e, bucket, folder);
            }
            throw e;
        }
    }

    private static void deleteAfter(Exception failure, StagingStore bucket, String folder) {
        try {
            bucket.deleteAll(folder);
        } catch (MillraceException e) {
            failure.addSuppressed(e);
        }
    }

    /** Whether it is certain that the files of the attempt never count. */
    private static boolean neverCounts(MillraceException e) {
        return e.code() == ErrorCode.LOAD_ABORTED || e.code() == ErrorCode.EMPTY_REPLACE;
    }

    /**
     * Says what publishing a file would do now, and changes nothing.
     *
     * @throws MillraceException {@code BUCKET_REFUSED}, {@code CREDENTIALS_UNKNOWN}, {@code CREDENTIALS_UNUSABLE}, {@code
     *     STAGING_CORRUPT}, {@code STAGING_UNAVAILABLE}
     */
    public LoadPlan plan(LatestFile file) {
        StagingStore bucket = buckets.of(file.publication(), file.credentials());
        PublicationTarget place = new PublicationTarget(file.publication(), bucket, json);
        return place.plan(place.latest(file.extension()));
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
            return place.commit(
                    shipment.load(),
                    shipment.generation(),
                    shipment.run(),
                    clock.instant(),
                    files,
                    null,
                    context::info);
        } catch (MillraceException e) {
            if (neverCounts(e)) {
                bucket.deleteAll(folder);
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
