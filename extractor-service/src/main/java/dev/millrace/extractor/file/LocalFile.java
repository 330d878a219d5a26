package dev.millrace.extractor.file;

import static java.util.Objects.requireNonNull;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.CheckedStream;
import io.micronaut.core.annotation.Nullable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * A file of a local folder.
 *
 * @param name below its folder, with slashes
 * @param expected what it has to be like when it is opened; null: as it is then
 */
record LocalFile(Path path, String name, @Nullable PlannedFile expected) implements SourceFile {
    /** As it is when it is opened. */
    LocalFile(Path path, String name) {
        this(path, name, null);
    }

    /** The coarsest that file systems keep times, of FAT, and network file systems keep them back. */
    private static final Duration COARSE = Duration.ofSeconds(3);

    private static final String UNIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("unix")
                    ? "unix:lastModifiedTime,ctime"
                    : "lastModifiedTime";

    @Override
    public String version() {
        return name;
    }

    /** By size, time of the content's change, and time of any change, which nobody can set back. */
    @Override
    public @Nullable String state(@Nullable String before) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, UNIX);
        FileTime modified = requireNonNull((FileTime) attributes.get("lastModifiedTime"));
        FileTime changed = requireNonNull((FileTime) attributes.getOrDefault("ctime", modified));
        Instant settled = Instant.now().minus(COARSE);
        if (modified.toInstant().isAfter(settled) || changed.toInstant().isAfter(settled)) {
            return null;
        }
        return size() + " bytes, modified " + modified + ", changed " + changed;
    }

    @Override
    public long size() throws IOException {
        return Files.size(path);
    }

    @Override
    public @Nullable String crc32c() {
        return null;
    }

    @Override
    public PlannedFile planned() throws IOException {
        return State.of(path).of(name);
    }

    @Override
    public InputStream open() throws IOException {
        return open(0, Long.MAX_VALUE);
    }

    @Override
    public InputStream open(long from, long to) throws IOException {
        try {
            State now = State.of(path);
            if (expected != null && !now.of(name).equals(expected.whole())) {
                throw changed(null);
            }
            return new Unchanged(now, from, to);
        } catch (NoSuchFileException e) {
            throw changed(e);
        }
    }

    private MillraceException changed(@Nullable Throwable cause) {
        String since = expected == null ? "while it was read" : "after the run was cut into slices";
        return new MillraceException(ErrorCode.SOURCE_INCONSISTENT, name + " was changed or removed " + since, cause);
    }

    /** What a file is like at one moment. */
    private record State(long size, FileTime modified) {
        static State of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new State(attributes.size(), attributes.lastModifiedTime());
        }

        PlannedFile of(String name) {
            return new PlannedFile(name, size, modified.toInstant().toString(), null);
        }
    }

    /** Bytes of the file, at whose end it has to be as it was at the start. */
    private final class Unchanged extends CheckedStream {
        private final State before;

        Unchanged(State before, long from, long to) throws IOException {
            super(bytes(from, to));
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

    private InputStream bytes(long from, long to) throws IOException {
        return new FilterInputStream(
                Channels.newInputStream(FileChannel.open(path).position(from))) {
            private long left = to - from;

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int count = left == 0 ? -1 : in.read(buffer, offset, (int) Math.min(length, left));
                left -= Math.max(0, count);
                return count;
            }

            @Override
            public int available() throws IOException {
                return (int) Math.min(in.available(), left);
            }
        };
    }
}
