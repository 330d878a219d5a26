package dev.millrace.extractor.file;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.CheckedStream;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A file of a local folder.
 *
 * @param name below its folder, with slashes
 */
record LocalFile(Path path, String name) implements SourceFile {
    @Override
    public String version() {
        return name;
    }

    @Override
    public InputStream open() throws IOException {
        try {
            return new Unchanged(State.of(path), Files.newInputStream(path));
        } catch (NoSuchFileException e) {
            throw changed(e);
        }
    }

    private MillraceException changed(@Nullable Throwable cause) {
        return new MillraceException(
                ErrorCode.SOURCE_INCONSISTENT, name + " was changed or removed while it was read", cause);
    }

    /** What a file is like at one moment. */
    private record State(long size, FileTime modified) {
        static State of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new State(attributes.size(), attributes.lastModifiedTime());
        }
    }

    /** The file's bytes, at whose end it has to be as it was at the start. */
    private final class Unchanged extends CheckedStream {
        private final State before;

        Unchanged(State before, InputStream in) {
            super(in);
            this.before = before;
        }

        @Override
        protected void passed(byte[] buffer, int offset, int count) {}

        @Override
        protected void ended() throws IOException {
            try {
                if (!State.of(path).equals(before)) {
                    throw changed(null);
                }
            } catch (NoSuchFileException e) {
                throw changed(e);
            }
        }
    }
}
