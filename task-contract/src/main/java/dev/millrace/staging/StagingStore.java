package dev.millrace.staging;

import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The store by which the services hand each other files: a folder on one machine, a bucket in the cloud. Objects are
 * created once; a name that exists is written again by {@link #replace} only. Safe for use by several threads and
 * processes.
 *
 * <p>Every method throws {@link dev.millrace.problem.MillraceException} with {@code STAGING_UNAVAILABLE} when the
 * store can't do it, and with {@code STAGING_CORRUPT} when an object that must be there is not, or its bytes are not
 * those that were written.
 */
public interface StagingStore {
    /**
     * Creates an object, unless there is one of the name.
     *
     * @return whether this call created it; of several callers exactly one gets {@code true}
     */
    boolean createIfAbsent(String path, byte[] content);

    /**
     * Replaces the content of an object, provided that it still is what the caller has read. For the few objects that
     * say how things stand and are no step's result.
     *
     * @return whether this call replaced it; false when its content is another one, or it isn't there
     */
    boolean replace(String path, byte[] expected, byte[] content);

    /** What tells an object from whatever else has had its name or gets it; empty: there is none. */
    Optional<String> version(String path);

    /**
     * Gives an object the bytes of a part of this store, provided that it still has the version that the caller knows. Readers
     * find the former bytes or these.
     *
     * @param version empty: there is none yet
     * @return whether this call did; false also where an object of the name has come or gone meanwhile
     */
    boolean replace(String path, Optional<String> version, Part content);

    /**
     * Deletes an object, provided that it still has the version that the caller knows.
     *
     * @return whether this call did; false when another object has got the name, or none has it any more
     */
    boolean delete(String path, String version);

    /** Starts a new object, written as a stream; nothing is visible before {@link Upload#commit}. */
    Upload upload(String path);

    /** The object's bytes as a stream, to be closed by the caller. */
    InputStream open(String path);

    /** The bytes of a part as a stream that fails with {@code STAGING_CORRUPT} before its end if they are not the part's. */
    InputStream open(Part part);

    /**
     * A local file with the part's bytes, checked against its checksum. It may be the object itself, so it is
     * never to be changed.
     *
     * @param scratch a folder of the caller, for a copy where one is needed; the caller removes it
     */
    Path fetch(Part part, Path scratch);

    /** Where programs other than ours find the object: {@code file:///…} or {@code gs://bucket/…}. */
    URI uri(String path);

    boolean exists(String path);

    /** What the store knows of an object that others have made: its bytes and their checksum. Rows are 0, as nobody has counted. */
    Part describe(String path);

    /** Names of all objects whose name starts with the prefix, in their natural order. */
    List<String> list(String prefix);

    /** Deletes all objects whose name starts with the prefix, if any. */
    void deleteAll(String prefix);
}
