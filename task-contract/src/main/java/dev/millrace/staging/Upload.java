package dev.millrace.staging;

import java.io.OutputStream;

/**
 * One object on its way into the store. {@link #close} without {@link #commit} leaves nothing behind. For one thread.
 */
public interface Upload extends AutoCloseable {
    /** Takes the bytes; closing it is allowed and commits nothing. */
    OutputStream stream();

    /** Bytes taken so far. */
    long bytes();

    /**
     * Makes the object visible, whole and durable.
     *
     * @param rows what it holds, for the {@link Part}
     * @throws dev.millrace.problem.MillraceException with {@code STAGING_CORRUPT} if there already is an object of the name
     */
    Part commit(long rows);

    @Override
    void close();
}
