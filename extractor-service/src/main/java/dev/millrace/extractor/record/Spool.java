package dev.millrace.extractor.record;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Lines of a page that is not whole yet: what was staged can't be taken back when the connection breaks in the
 * middle of it. Held in memory up to a limit, then in a scratch file, so a page may be larger than memory. For one
 * thread; {@link #clear} makes it empty again.
 */
public final class Spool implements AutoCloseable {
    private static final byte[] LINE_END = {'\n'};

    private final Path folder;
    private final byte[] memory;
    private int held;
    private long lines;
    private @Nullable Path file;
    private @Nullable OutputStream out;

    /**
     * @param folder for the scratch file
     * @param memory bytes to be held before there is a file
     */
    public Spool(Path folder, int memory) {
        this.folder = folder;
        this.memory = new byte[memory];
    }

    /** Adds a line; its end is added here. */
    public void line(byte[] bytes, int offset, int length) {
        write(bytes, offset, length);
        write(LINE_END, 0, 1);
        lines++;
    }

    private void write(byte[] bytes, int offset, int length) {
        if (held + length > memory.length) {
            spill();
        }
        if (length > memory.length) {
            toFile(bytes, offset, length);
        } else {
            System.arraycopy(bytes, offset, memory, held, length);
            held += length;
        }
    }

    private void spill() {
        toFile(memory, 0, held);
        held = 0;
    }

    private void toFile(byte[] bytes, int offset, int length) {
        try {
            OutputStream target = out;
            if (target == null) {
                Files.createDirectories(folder);
                Path created = Files.createTempFile(folder, "page-", ".ndjson");
                file = created;
                target = Files.newOutputStream(created);
                out = target;
            }
            target.write(bytes, offset, length);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    public long lines() {
        return lines;
    }

    /** Hands on everything in pieces. */
    public void drain(Target target) {
        Path spilled = file;
        if (spilled != null) {
            try (InputStream in = Files.newInputStream(spilled)) {
                byte[] piece = new byte[64 * 1024];
                for (int count = in.read(piece); count > 0; count = in.read(piece)) {
                    target.write(piece, 0, count);
                }
            } catch (IOException e) {
                throw unavailable(e);
            }
        }
        target.write(memory, 0, held);
    }

    public void clear() {
        held = 0;
        lines = 0;
        OutputStream open = out;
        Path spilled = file;
        out = null;
        file = null;
        try {
            if (open != null) {
                open.close();
            }
            if (spilled != null) {
                Files.deleteIfExists(spilled);
            }
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    @Override
    public void close() {
        clear();
    }

    private MillraceException unavailable(IOException cause) {
        return new MillraceException(
                ErrorCode.STAGING_UNAVAILABLE,
                "can't use the scratch folder " + folder + ": "
                        + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage()),
                cause);
    }

    /** Takes pieces of a sequence of lines. */
    public interface Target {
        void write(byte[] bytes, int offset, int length);
    }
}
