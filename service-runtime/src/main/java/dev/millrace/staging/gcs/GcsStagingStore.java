package dev.millrace.staging.gcs;

import com.google.auth.Credentials;
import com.google.cloud.WriteChannel;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobField;
import com.google.cloud.storage.StorageException;
import dev.millrace.gcp.CloudStorage;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.ObjectName;
import dev.millrace.staging.Part;
import dev.millrace.staging.PartStream;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * A bucket of Cloud Storage, through its JSON API. An object is made by a request that fails when one of its name is
 * there ({@code ifGenerationMatch=0}), which also makes it safe to repeat: the client library does that.
 *
 * <p>A repeated request whose first try had succeeded fails like that of a second writer: with 412, or with 403 where
 * the account may make objects and not replace them. So each carries a token in the object's metadata, and who is
 * refused looks whose token is there.
 *
 * @see <a href="https://cloud.google.com/storage/docs/request-preconditions">Request preconditions</a>
 */
public final class GcsStagingStore implements StagingStore {
    private static final String WRITER = "millrace-writer";
    private static final int PRECONDITION_FAILED = 412;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int LARGEST_PAGE = 1_000;
    private static final int PARALLEL_DELETIONS = 16;

    private final Storage storage;
    private final String bucket;
    private final String root;
    private final int chunkSize;

    private GcsStagingStore(Storage storage, String bucket, String root, int chunkSize) {
        this.storage = storage;
        this.bucket = bucket;
        this.root = root;
        this.chunkSize = chunkSize;
    }

    /**
     * A store below a prefix. Nothing is asked of the bucket yet.
     *
     * @param prefix of all names, without a slash at its end; empty: none
     * @param chunkSize in bytes, a multiple of 256 KiB; an upload holds up to two of it in memory
     */
    public static GcsStagingStore open(
            String bucket, String prefix, int chunkSize, GcpConfig gcp, Credentials credentials) {
        String root = prefix.isEmpty() ? "" : prefix + "/";
        return new GcsStagingStore(CloudStorage.client(gcp, credentials), bucket, root, chunkSize);
    }

    @Override
    public boolean createIfAbsent(String path, byte[] content) {
        BlobInfo info = newObject(path);
        try {
            create(info, content, 0, content.length);
            return true;
        } catch (StorageException e) {
            return madeBefore(info, path, e).isPresent();
        }
    }

    @Override
    public boolean replace(String path, byte[] expected, byte[] content) {
        BlobInfo info = newObject(path);
        try {
            Blob found = storage.get(info.getBlobId(), Storage.BlobGetOption.fields(BlobField.GENERATION));
            if (found == null || !Arrays.equals(storage.readAllBytes(found.getBlobId()), expected)) {
                return false;
            }
            storage.create(
                    info,
                    content,
                    Storage.BlobTargetOption.generationMatch(found.getGeneration()),
                    Storage.BlobTargetOption.disableGzipContent());
            return true;
        } catch (StorageException e) {
            return switch (e.getCode()) {
                case PRECONDITION_FAILED -> ownObject(info).isPresent();
                case NOT_FOUND -> false; // somebody else was first
                default -> throw unavailable("replace " + path, e);
            };
        }
    }

    @Override
    public Optional<String> version(String path) {
        try {
            Blob found = storage.get(id(path), Storage.BlobGetOption.fields(BlobField.GENERATION));
            return Optional.ofNullable(found).map(blob -> String.valueOf(blob.getGeneration()));
        } catch (StorageException e) {
            throw unavailable("look at " + path, e);
        }
    }

    /** Within Cloud Storage; the bytes don't come here. */
    @Override
    public boolean replace(String path, Optional<String> version, Part content) {
        BlobInfo info = newObject(path);
        Storage.BlobTargetOption unchanged = version.map(
                        generation -> Storage.BlobTargetOption.generationMatch(Long.parseLong(generation)))
                .orElseGet(Storage.BlobTargetOption::doesNotExist);
        try {
            storage.copy(Storage.CopyRequest.newBuilder()
                            .setSource(id(content.path()))
                            .setTarget(info, unchanged)
                            .build())
                    .getResult();
            return true;
        } catch (StorageException e) {
            return switch (e.getCode()) {
                case PRECONDITION_FAILED -> ownObject(info).isPresent();
                case NOT_FOUND ->
                    throw new MillraceException(
                            ErrorCode.STAGING_CORRUPT, "bucket " + bucket + " lacks " + content.path(), e);
                default -> throw unavailable("replace " + path, e);
            };
        }
    }

    @Override
    public boolean delete(String path, String version) {
        try {
            return storage.delete(id(path), Storage.BlobSourceOption.generationMatch(Long.parseLong(version)));
        } catch (StorageException e) {
            if (e.getCode() == PRECONDITION_FAILED) {
                return false;
            }
            throw unavailable("delete " + path, e);
        }
    }

    @Override
    public Upload upload(String path) {
        return new GcsUpload(this, path, newObject(path), chunkSize);
    }

    /** What is to be written, with a token of its own. */
    private BlobInfo newObject(String path) {
        return BlobInfo.newBuilder(id(path))
                .setContentType("application/octet-stream")
                .setMetadata(Map.of(WRITER, UUID.randomUUID().toString()))
                .build();
    }

    /** In one request, whose bytes are checked by the checksums that the client library sends along. */
    BlobInfo create(BlobInfo info, byte[] content, int offset, int length) {
        return storage.create(
                info,
                content,
                offset,
                length,
                Storage.BlobTargetOption.doesNotExist(),
                Storage.BlobTargetOption.disableGzipContent());
    }

    /** In chunks, of which the last one makes the object when the channel is closed. */
    WriteChannel begin(BlobInfo info) {
        WriteChannel channel = storage.writer(
                info, Storage.BlobWriteOption.doesNotExist(), Storage.BlobWriteOption.disableGzipContent());
        channel.setChunkSize(chunkSize);
        return channel;
    }

    /**
     * The object that an earlier try of a refused request has made; empty when the one that is there is another's.
     *
     * @param path its name in staging
     * @throws MillraceException {@code STAGING_UNAVAILABLE} when the request was refused for another reason
     */
    Optional<BlobInfo> madeBefore(BlobInfo info, String path, Exception refusal) {
        int status = CloudStorage.statusOf(refusal);
        if (status != PRECONDITION_FAILED && status != FORBIDDEN) {
            throw unavailable("write " + path, refusal);
        }
        Blob found;
        try {
            found = find(info);
        } catch (MillraceException e) {
            if (status == FORBIDDEN) { // says what is missing
                throw unavailable("write " + path, refusal);
            }
            throw e;
        }
        if (found == null && status == FORBIDDEN) {
            throw unavailable("write " + path, refusal);
        }
        return own(info, found);
    }

    /** The object of the name, if it is the one that {@code info} was to become. */
    Optional<BlobInfo> ownObject(BlobInfo info) {
        return own(info, find(info));
    }

    private @Nullable Blob find(BlobInfo info) {
        try {
            return storage.get(
                    info.getBlobId(),
                    Storage.BlobGetOption.fields(
                            BlobField.GENERATION, BlobField.METADATA, BlobField.SIZE, BlobField.CRC32C));
        } catch (StorageException e) {
            throw unavailable("read " + info.getName(), e);
        }
    }

    private static Optional<BlobInfo> own(BlobInfo info, @Nullable Blob found) {
        return found != null && writer(info).equals(writer(found)) ? Optional.of(found) : Optional.empty();
    }

    private static String writer(BlobInfo object) {
        Map<String, String> metadata = object.getMetadata();
        return metadata == null ? "" : metadata.getOrDefault(WRITER, "");
    }

    /** Takes back one generation of an object, and no other. */
    void remove(BlobId generation) {
        storage.delete(generation);
    }

    @Override
    public InputStream open(String path) {
        try {
            InputStream in = CloudStorage.read(storage, id(path));
            try {
                in.mark(1);
                in.read(); // the request is made now, and says whether there is such an object
                in.reset();
                return in;
            } catch (IOException e) {
                in.close();
                throw e;
            }
        } catch (IOException | StorageException e) {
            if (CloudStorage.statusOf(e) == NOT_FOUND) {
                throw new MillraceException(ErrorCode.STAGING_CORRUPT, "bucket " + bucket + " lacks " + path, e);
            }
            throw unavailable("read " + path, e);
        }
    }

    @Override
    public InputStream open(Part part) {
        return new PartStream(part, open(part.path()));
    }

    @Override
    public Path fetch(Part part, Path scratch) {
        try (InputStream in = open(part)) {
            Path copy = Files.createTempFile(scratch, "part-", ".fetched");
            try (var out = Files.newOutputStream(copy)) {
                in.transferTo(out);
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(copy);
                throw e;
            }
            return copy;
        } catch (IOException e) {
            throw unavailable("fetch " + part.path(), e);
        }
    }

    @Override
    public URI uri(String path) {
        return URI.create(id(path).toGsUtilUri());
    }

    @Override
    public Part describe(String path) {
        Blob found;
        try {
            found = storage.get(id(path), Storage.BlobGetOption.fields(BlobField.SIZE, BlobField.CRC32C));
        } catch (StorageException e) {
            throw unavailable("look at " + path, e);
        }
        if (found == null) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, "bucket " + bucket + " lacks " + path);
        }
        return new Part(
                path,
                0,
                CloudStorage.size(found),
                HexFormat.of().formatHex(Base64.getDecoder().decode(found.getCrc32c())));
    }

    @Override
    public boolean exists(String path) {
        try {
            return storage.get(id(path), Storage.BlobGetOption.fields(BlobField.NAME)) != null;
        } catch (StorageException e) {
            throw unavailable("look for " + path, e);
        }
    }

    @Override
    public List<String> list(String prefix) {
        List<String> names = new ArrayList<>();
        forEachObject(prefix, blob -> names.add(blob.getName().substring(root.length())));
        return names;
    }

    /**
     * One request for each object, several at a time: not every server that speaks the API has its batches. What was
     * deleted by somebody else in between is as good.
     */
    @Override
    public void deleteAll(String prefix) {
        List<Future<?>> deletions = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(
                PARALLEL_DELETIONS, Thread.ofVirtual().factory())) {
            forEachObject(prefix, blob -> deletions.add(threads.submit(() -> storage.delete(blob.getBlobId()))));
        }
        for (Future<?> deletion : deletions) {
            switch (deletion.state()) {
                case SUCCESS -> {}
                case FAILED -> {
                    if (deletion.exceptionNow() instanceof StorageException e) {
                        throw unavailable("delete " + prefix, e);
                    }
                    throw new IllegalStateException("deleting " + prefix + " failed", deletion.exceptionNow());
                }
                case RUNNING, CANCELLED -> throw new IllegalStateException("deleting " + prefix + " was cut short");
            }
        }
    }

    /** Without those that a server lists although their names begin otherwise: they may be anybody's. */
    private void forEachObject(String prefix, Consumer<Blob> action) {
        String whole = root + ObjectName.checkPrefix(prefix);
        try {
            storage.list(
                            bucket,
                            Storage.BlobListOption.prefix(whole),
                            Storage.BlobListOption.pageSize(LARGEST_PAGE),
                            Storage.BlobListOption.fields(BlobField.NAME, BlobField.GENERATION))
                    .streamAll()
                    .filter(blob -> blob.getName().startsWith(whole))
                    .forEach(action);
        } catch (StorageException e) {
            throw unavailable("list " + prefix, e);
        }
    }

    private BlobId id(String path) {
        return BlobId.of(bucket, root + ObjectName.check(path));
    }

    MillraceException unavailable(String action, Exception cause) {
        return new MillraceException(
                ErrorCode.STAGING_UNAVAILABLE,
                "can't " + action + " in bucket " + bucket + ": " + CloudStorage.describe(cause),
                cause);
    }
}
