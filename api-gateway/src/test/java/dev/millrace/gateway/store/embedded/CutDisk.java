package dev.millrace.gateway.store.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.h2.store.fs.FileBase;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * A disk for H2's files, {@code cut} in its URLs, that shows what a power cut would leave: what was forced is there, and
 * of what was written since, any part in any order. Public because H2 makes one for each path.
 */
public final class CutDisk extends FilePathWrapper {
    private static final Map<Path, Platter> PLATTERS = new ConcurrentHashMap<>();

    public static String url(Path file) {
        FilePath.register(new CutDisk());
        return "jdbc:h2:cut:" + file;
    }

    /** What has been forced to disk of a database's file. */
    public static long forces(Path file) {
        return platter(file).forces.get();
    }

    /** Keeps the disk of a database's file from doing anything until it is closed. */
    static Halt halt(Path file) {
        Platter platter = platter(file);
        platter.halt.lock();
        return platter.halt::unlock;
    }

    /** Ends on the thread that began it. */
    interface Halt extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Copies what a power cut at this moment would leave of a database, while it goes on.
     *
     * @param random decides about what has not been forced
     */
    public static void cut(Path file, Path copy, Random random) {
        platter(file).cut(Path.of(copy + ".mv.db"), random);
    }

    private static Platter platter(Path file) {
        Platter platter = PLATTERS.get(Path.of(file + ".mv.db"));
        if (platter == null) {
            throw new IllegalStateException(file + " is on another disk");
        }
        return platter;
    }

    @Override
    public String getScheme() {
        return "cut";
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        FileChannel channel = super.open(mode);
        Path path = Path.of(getBase().toString());
        return path.toString().endsWith(".mv.db")
                ? new CutFile(channel, PLATTERS.computeIfAbsent(path, _ -> new Platter(path)))
                : channel;
    }

    private sealed interface Change {
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Bytes(long position, byte[] bytes) implements Change {}

        record Size(long size) implements Change {}
    }

    /** What is on disk of a file, beside it. */
    private static final class Platter {
        private final AtomicLong forces = new AtomicLong();
        private final ReentrantLock halt = new ReentrantLock();
        private final Path forced;
        private final List<Change> pending = new ArrayList<>();

        Platter(Path file) {
            this.forced = Path.of(file + ".forced");
        }

        synchronized void write(long position, byte[] bytes) {
            pending.add(new Change.Bytes(position, bytes));
        }

        synchronized void truncate(long size) {
            pending.add(new Change.Size(size));
        }

        synchronized void force() {
            forces.incrementAndGet();
            apply(forced, pending);
            pending.clear();
        }

        synchronized void cut(Path copy, Random random) {
            try {
                Files.copy(forced, copy);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            List<Change> lucky = new ArrayList<>();
            for (Change change : pending) {
                if (random.nextBoolean()) {
                    lucky.add(
                            change instanceof Change.Bytes(long position, byte[] bytes) && random.nextBoolean()
                                    ? new Change.Bytes(position, Arrays.copyOf(bytes, random.nextInt(bytes.length)))
                                    : change);
                }
            }
            apply(copy, lucky);
        }

        private static void apply(Path file, List<Change> changes) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                for (Change change : changes) {
                    switch (change) {
                        case Change.Bytes(long position, byte[] bytes) ->
                            channel.write(ByteBuffer.wrap(bytes), position);
                        case Change.Size(long size) -> channel.truncate(size);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // the channel beneath has locks of its own
    private static final class CutFile extends FileBase {
        private final FileChannel file;
        private final Platter platter;

        CutFile(FileChannel file, Platter platter) {
            this.file = file;
            this.platter = platter;
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            byte[] bytes = new byte[source.remaining()];
            source.duplicate().get(bytes);
            int written = file.write(source, position);
            platter.write(position, written == bytes.length ? bytes : Arrays.copyOf(bytes, written));
            return written;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            long position = file.position();
            int written = write(source, position);
            file.position(position + written);
            return written;
        }

        @Override
        public void force(boolean metaData) {
            platter.halt.lock();
            try {
                platter.force();
            } finally {
                platter.halt.unlock();
            }
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            file.truncate(size);
            platter.truncate(size);
            return this;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            return file.read(target);
        }

        @Override
        public long position() throws IOException {
            return file.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            file.position(position);
            return this;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return file.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            file.close();
        }
    }
}
