package dev.millrace.extractor.record;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** A copy of a stream for what can't be read from its first byte to its last, as archives and workbooks. */
public final class ScratchFile {
    private ScratchFile() {}

    /**
     * Copies to the end. On Unix the file loses its name at once, so that even a killed process leaves none behind.
     *
     * @param folder that is made where there is none
     * @param what it is, for its name
     * @return the copy, from its first byte, which is gone when it is closed
     * @throws IOException of the stream
     * @throws MillraceException with {@code STAGING_UNAVAILABLE} when the folder can't be used
     */
    public static FileChannel of(InputStream in, Path folder, String what) throws IOException {
        FileChannel file = opened(folder, what);
        try {
            copy(in, file, folder);
            return file.position(0);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Copies to the end, from the file's position on.
     *
     * @param folder that it is in
     * @throws IOException of the stream
     * @throws MillraceException with {@code STAGING_UNAVAILABLE} when the folder takes no more
     */
    public static void copy(InputStream in, FileChannel file, Path folder) throws IOException {
        byte[] piece = new byte[64 * 1024];
        for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
            write(file, ByteBuffer.wrap(piece, 0, count), folder);
        }
    }

    /**
     * A file with nothing in it, for reading and writing, which is gone when it is closed.
     *
     * @throws MillraceException with {@code STAGING_UNAVAILABLE} when the folder can't be used
     */
    public static FileChannel opened(Path folder, String what) {
        try {
            Files.createDirectories(folder);
            return FileChannel.open(
                    folder.resolve(what + "-" + UUID.randomUUID()),
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw unavailable(folder, e);
        }
    }

    /** @throws MillraceException with {@code STAGING_UNAVAILABLE} when the folder takes no more */
    static void write(FileChannel file, ByteBuffer bytes, Path folder) throws ClosedByInterruptException {
        try {
            while (bytes.hasRemaining()) {
                int _ = file.write(bytes);
            }
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw unavailable(folder, e);
        }
    }

    private static MillraceException unavailable(Path folder, IOException cause) {
        return new MillraceException(
                ErrorCode.STAGING_UNAVAILABLE,
                "can't use the scratch folder " + folder + ": "
                        + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage()),
                cause);
    }
}
