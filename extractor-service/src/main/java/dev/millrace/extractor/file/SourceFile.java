package dev.millrace.extractor.file;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;

/** One file, as it was when the folder was looked through. */
interface SourceFile {
    /** As rejects and errors call it. */
    String name();

    /** The name, and what tells this content from others of the same name where the folder keeps such a thing. */
    String version();

    /**
     * What stays the same as long as its bytes surely do; null when nothing does, as of a file that was written a moment
     * ago, since clocks of file systems are coarse.
     *
     * @param before what it was when the file was loaded, with which some are compared where they are; null: nobody knows
     * @throws IOException when it can't be looked at
     */
    @Nullable
    String state(@Nullable String before) throws IOException, InterruptedException;

    /** In bytes, as stored. */
    long size() throws IOException, InterruptedException;

    /** Checksum of the bytes as they are stored, 8 lower case hexadecimal digits; null: known only when they are read. */
    @Nullable
    String crc32c();

    /**
     * Its bytes as they are stored. Instead of saying that the end is there, a read throws
     * {@code SOURCE_INCONSISTENT} if they were not those of one content from the first to the last.
     *
     * <p>{@code available} is 0 only at the end, as {@link dev.millrace.extractor.record.Gunzip} wants it.
     */
    InputStream open() throws IOException, InterruptedException;

    /**
     * Some of its bytes as they are stored, of a file that a plan names. Instead of saying that the end is there, a read throws {@code
     * SOURCE_INCONSISTENT} if they were not all, or not of the content that was planned as far as the folder can tell.
     *
     * @param from offset
     * @param to likewise, exclusive
     */
    default InputStream open(long from, long to) throws IOException {
        throw new UnsupportedOperationException(name() + " can't be read in parts");
    }

    /**
     * The same as a line of a plan, by which {@link SourceFolder#planned} finds it again.
     *
     * @throws IOException when it can't be looked at
     */
    default PlannedFile planned() throws IOException {
        throw new UnsupportedOperationException(name() + " can't be planned");
    }

    /** Nobody asks for it any more: what was kept of it goes. */
    default void close() throws IOException {}
}
