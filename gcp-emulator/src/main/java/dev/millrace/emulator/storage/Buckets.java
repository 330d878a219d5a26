package dev.millrace.emulator.storage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.http.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Buckets and their objects, kept in a folder and found there again by the next start. An object is one file of bytes
 * and one of metadata, both named by a hash: object names may be longer than those of files, and {@code a} and
 * {@code a/b} may both exist. Safe for use by several threads of one process.
 */
public final class Buckets {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String METADATA = ".json";
    /** Names are listed in the order of their UTF-8 bytes: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
    private static final Comparator<String> BY_BYTES =
            Comparator.comparing(name -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private final Path folder;
    private final Clock clock = Clock.systemUTC();
    private final Map<String, NavigableMap<String, StoredObject>> buckets = new ConcurrentHashMap<>();
    private final AtomicLong lastGeneration = new AtomicLong();

    /** @param folder made when missing */
    public Buckets(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        try (Stream<Path> found = Files.list(folder)) {
            for (Path bucket : found.filter(Files::isDirectory).toList()) {
                buckets.put(bucket.getFileName().toString(), read(bucket));
            }
        }
    }

    private NavigableMap<String, StoredObject> read(Path bucket) throws IOException {
        NavigableMap<String, StoredObject> objects = new ConcurrentSkipListMap<>(BY_BYTES);
        try (Stream<Path> files = Files.list(bucket)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(METADATA)).toList()) {
                ObjectNode resource = Request.parse(Files.readAllBytes(file));
                StoredObject object = new StoredObject(resource, data(bucket, resource));
                objects.put(object.name(), object);
                lastGeneration.accumulateAndGet(object.generation(), Math::max);
            }
        }
        return objects;
    }

    /** Makes a bucket, if there is none of the name. */
    public void create(String bucket) {
        try {
            Files.createDirectories(folder.resolve(bucket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        buckets.computeIfAbsent(bucket, name -> new ConcurrentSkipListMap<>(BY_BYTES));
    }

    public boolean exists(String bucket) {
        return buckets.containsKey(bucket);
    }

    /** Empty when there is no such object or bucket. */
    public Optional<StoredObject> find(String bucket, String name) {
        return Optional.ofNullable(buckets.getOrDefault(bucket, new TreeMap<>()).get(name));
    }

    /** Objects whose name starts with the prefix, in order. */
    public List<StoredObject> list(String bucket, String prefix) {
        return objects(bucket).tailMap(prefix, true).values().stream()
                .takeWhile(object -> object.name().startsWith(prefix))
                .toList();
    }

    /** Replaces an object behind the back of whoever wrote it, as if its bytes had changed by themselves. */
    public void overwrite(String bucket, String name, byte[] content) throws IOException {
        Path file = scratch(bucket);
        Files.write(file, content);
        write(bucket, name, file);
    }

    /**
     * Makes an object, or replaces the one of its name, as another service of Google's does.
     *
     * @param file of {@link #scratch}; moved
     */
    public void write(String bucket, String name, Path file) throws IOException {
        Checksums checksums = new Checksums();
        try (OutputStream sum = new Summed(OutputStream.nullOutputStream(), checksums)) {
            Files.copy(file, sum);
        }
        put(bucket, name, JSON.createObjectNode(), file, checksums, Preconditions.NONE);
    }

    /** An empty file for the bytes of an object that is on its way. */
    public Path scratch(String bucket) throws IOException {
        objects(bucket);
        return Files.createTempFile(folder.resolve(bucket), "upload-", ".part");
    }

    /**
     * Makes an object of a file, in one step, if the preconditions hold at that moment.
     *
     * @param given metadata from the caller, whose checksums must be those of the bytes
     * @param file moved; deleted when this fails
     */
    StoredObject put(
            String bucket, String name, ObjectNode given, Path file, Checksums checksums, Preconditions preconditions)
            throws IOException {
        NavigableMap<String, StoredObject> objects = objects(bucket);
        synchronized (objects) {
            try {
                StoredObject before = objects.get(name);
                preconditions.check(before);
                ObjectNode resource = resource(bucket, name, given, Files.size(file), checksums);
                Path folderOfBucket = folder.resolve(bucket);
                StoredObject stored = new StoredObject(resource, data(folderOfBucket, resource));
                Files.move(file, stored.data(), StandardCopyOption.ATOMIC_MOVE);
                Files.writeString(metadata(folderOfBucket, name), resource.toString());
                objects.put(name, stored);
                deleteData(before);
                return stored;
            } finally {
                Files.deleteIfExists(file);
            }
        }
    }

    /**
     * Deletes an object, if the preconditions hold at that moment.
     *
     * @param generation the only one that is deleted; null: whichever is there
     * @see <a href="https://cloud.google.com/storage/docs/json_api/v1/objects/delete">Objects: delete</a>
     */
    void delete(String bucket, String name, @Nullable Long generation, Preconditions preconditions) throws IOException {
        NavigableMap<String, StoredObject> objects = objects(bucket);
        synchronized (objects) {
            StoredObject found = objects.get(name);
            if (found == null || (generation != null && generation != found.generation())) {
                throw new ApiException(404, "notFound", "No such object: " + bucket + "/" + name);
            }
            preconditions.check(found);
            objects.remove(name);
            Files.deleteIfExists(metadata(folder.resolve(bucket), name));
            deleteData(found);
        }
    }

    private static void deleteData(@Nullable StoredObject object) throws IOException {
        if (object != null) {
            Files.deleteIfExists(object.data());
        }
    }

    private NavigableMap<String, StoredObject> objects(String bucket) {
        NavigableMap<String, StoredObject> objects = buckets.get(bucket);
        if (objects == null) {
            throw new ApiException(404, "notFound", "The specified bucket does not exist.");
        }
        return objects;
    }

    private ObjectNode resource(String bucket, String name, ObjectNode given, long size, Checksums checksums) {
        String generation = Long.toString(nextGeneration());
        String now = clock.instant().toString();
        String crc32c = checksums.crc32c();
        String md5 = checksums.md5();
        checkSent(given, "crc32c", crc32c);
        checkSent(given, "md5Hash", md5);
        ObjectNode resource = JSON.createObjectNode();
        resource.put("kind", "storage#object")
                .put("id", bucket + "/" + name + "/" + generation)
                .put("name", name)
                .put("bucket", bucket)
                .put("generation", generation)
                .put("metageneration", "1")
                .put("contentType", given.path("contentType").asText("application/octet-stream"))
                .put("storageClass", "STANDARD")
                .put("size", Long.toString(size))
                .put("md5Hash", md5)
                .put("crc32c", crc32c)
                .put("etag", generation)
                .put("timeCreated", now)
                .put("updated", now);
        if (given.path("contentEncoding").isTextual()) {
            resource.set("contentEncoding", given.path("contentEncoding"));
        }
        if (given.path("metadata").isObject()) {
            resource.set("metadata", given.path("metadata"));
        }
        return resource;
    }

    /**
     * An upload whose metadata names other checksums than those of the bytes is refused.
     *
     * @see <a href="https://cloud.google.com/storage/docs/data-validation#server-side_validation">Server-side
     *     validation</a>
     */
    private static void checkSent(ObjectNode given, String field, String actual) {
        String sent = given.path(field).asText("");
        if (!sent.isEmpty() && !sent.equals(actual)) {
            throw new ApiException(
                    400,
                    "invalid",
                    "Provided " + field + " \"" + sent + "\" doesn't match calculated " + field + " \"" + actual
                            + "\".");
        }
    }

    /**
     * A number that grows with each object, in microseconds here.
     *
     * @see <a href="https://cloud.google.com/storage/docs/metadata#generation-number">Generation number</a>
     */
    private long nextGeneration() {
        long now = TimeUnit.MILLISECONDS.toMicros(clock.millis());
        return lastGeneration.updateAndGet(last -> Math.max(now, last + 1));
    }

    private static Path data(Path bucket, ObjectNode resource) {
        return bucket.resolve(hash(resource.path("name").asText()) + "-"
                + resource.path("generation").asText());
    }

    private static Path metadata(Path bucket, String name) {
        return bucket.resolve(hash(name) + METADATA);
    }

    private static String hash(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
