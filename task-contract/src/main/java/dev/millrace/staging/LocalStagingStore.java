package dev.millrace.staging;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/**
 * The staging store in a folder. An object is written under a temporary name, forced to disk and then linked to its
 * own name, which the file system does for one caller only, and the name is forced to disk too; what a killed process leaves behind are temporary files,
 * never objects.
 */
public final class LocalStagingStore implements StagingStore {
    private static final String TEMPORARY = ".upload-";
    private static final String LOCK = TEMPORARY + "lock";
    private static final Object REPLACING = new Object();

    private final Path root;

    /** @param root created when missing */
    public LocalStagingStore(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    @Override
    public boolean createIfAbsent(String path, byte[] content) {
        try (LocalUpload upload = begin(path)) {
            upload.stream().write(content);
            return upload.publish();
        } catch (IOException e) {
            throw unavailable("write " + path, e);
        }
    }

    @Override
    public boolean replace(String path, byte[] expected, byte[] content) {
        Path target = file(path);
        if (!Files.exists(target)) {
            return false;
        }
        // the lock of the file is the process's, so that its threads need one of their own
        synchronized (REPLACING) {
            try (LocalUpload upload = begin(path);
                    FileChannel lock =
                            FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock held = lock.lock()) {
                if (!Arrays.equals(Files.readAllBytes(target), expected)) {
                    return false;
                }
                upload.stream().write(content);
                upload.replace();
                return held.isValid();
            } catch (IOException e) {
                throw unavailable("replace " + path, e);
            }
        }
    }

    @Override
    public Optional<String> version(String path) {
        try {
            BasicFileAttributes file = Files.readAttributes(file(path), BasicFileAttributes.class);
            return Optional.of(file.fileKey() + " " + file.lastModifiedTime() + " " + file.size());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unavailable("look at " + path, e);
        }
    }

    /** By a further link to the part's file, so that nothing is copied. */
    @Override
    public boolean replace(String path, Optional<String> version, Part content) {
        Path target = file(path);
        Path temporary = target.resolveSibling(TEMPORARY + UUID.randomUUID());
        synchronized (REPLACING) {
            try {
                FolderEntries.create(root, Objects.requireNonNull(target.getParent()));
                try (FileChannel lock = FileChannel.open(
                                root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                        FileLock held = lock.lock()) {
                    if (!version(path).equals(version)) {
                        return false;
                    }
                    Files.createLink(temporary, file(content.path()));
                    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
                    FolderEntries.force(Objects.requireNonNull(target.getParent()));
                    return held.isValid();
                } finally {
                    Files.deleteIfExists(temporary); // which stays where both names are of one file already
                }
            } catch (NoSuchFileException e) {
                throw new MillraceException(ErrorCode.STAGING_CORRUPT, "staging lacks " + content.path(), e);
            } catch (IOException e) {
                throw unavailable("replace " + path, e);
            }
        }
    }

    @Override
    public boolean delete(String path, String version) {
        synchronized (REPLACING) {
            try (FileChannel lock =
                            FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock held = lock.lock()) {
                return version(path).filter(version::equals).isPresent()
                        && Files.deleteIfExists(file(path))
                        && held.isValid();
            } catch (IOException e) {
                throw unavailable("delete " + path, e);
            }
        }
    }

    @Override
    public Upload upload(String path) {
        return begin(path);
    }

    private LocalUpload begin(String path) {
        Path target = file(path);
        try {
            FolderEntries.create(root, Objects.requireNonNull(target.getParent()));
            return new LocalUpload(path, target);
        } catch (IOException e) {
            throw unavailable("write " + path, e);
        }
    }

    @Override
    public InputStream open(String path) {
        try {
            return Files.newInputStream(file(path));
        } catch (NoSuchFileException e) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, "staging lacks " + path, e);
        } catch (IOException e) {
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
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw unavailable("read " + part.path(), e);
        }
        return file(part.path());
    }

    @Override
    public URI uri(String path) {
        return file(path).toUri();
    }

    @Override
    public Part describe(String path) {
        CRC32C checksum = new CRC32C();
        try (InputStream in = new CheckedInputStream(open(path), checksum)) {
            return new Part(path, 0, in.transferTo(OutputStream.nullOutputStream()), Part.hex(checksum));
        } catch (IOException e) {
            throw unavailable("read " + path, e);
        }
    }

    @Override
    public boolean exists(String path) {
        return Files.exists(file(path));
    }

    @Override
    public List<String> list(String prefix) {
        int slash = prefix.lastIndexOf('/');
        Path folder = slash < 0 ? root : file(prefix.substring(0, slash));
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    String name = root.relativize(file).toString().replace('\\', '/');
                    if (attributes.isRegularFile()
                            && name.startsWith(prefix)
                            && !file.getFileName().toString().startsWith(TEMPORARY)) {
                        names.add(name);
                    }
                    return FileVisitResult.CONTINUE;
                }

                // what others delete meanwhile, or give its name, is no failure
                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failure;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
                        throws IOException {
                    return failure == null || failure instanceof NoSuchFileException
                            ? FileVisitResult.CONTINUE
                            : super.postVisitDirectory(folder, failure);
                }
            });
        } catch (IOException e) {
            throw unavailable("list " + prefix, e);
        }
        Collections.sort(names);
        return List.copyOf(names);
    }

    @Override
    public void deleteAll(String prefix) {
        int slash = prefix.lastIndexOf('/');
        Path kept = slash < 0
                ? root
                : Objects.requireNonNull(file(prefix.substring(0, slash)).getParent());
        for (String name : list(prefix)) {
            try {
                Path file = file(name);
                Files.deleteIfExists(file);
                deleteEmpty(Objects.requireNonNull(file.getParent()), kept);
            } catch (IOException e) {
                throw unavailable("delete " + name, e);
            }
        }
    }

    /** Up to {@code kept}, below which others are writing too. A store has no folders, so none is to be left behind. */
    private static void deleteEmpty(Path folder, Path kept) throws IOException {
        for (Path empty = folder; !empty.equals(kept); empty = Objects.requireNonNull(empty.getParent())) {
            try {
                Files.deleteIfExists(empty);
            } catch (DirectoryNotEmptyException e) {
                return;
            }
        }
    }

    private Path file(String path) {
        return root.resolve(ObjectName.check(path));
    }

    private static MillraceException unavailable(String action, IOException cause) {
        return new MillraceException(
                ErrorCode.STAGING_UNAVAILABLE, "can't " + action + " in staging: " + describe(cause), cause);
    }

    private static String describe(IOException cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    /** Errors of the stream are {@link IOException}s of the disk, so that a library in between passes them on. */
    private final class LocalUpload implements Upload {
        private final String path;
        private final Path target;
        private final Path temporary;
        private final FileChannel channel;
        private final CRC32C checksum = new CRC32C();
        private final OutputStream stream;
        private long bytes;

        LocalUpload(String path, Path target) throws IOException {
            this.path = path;
            this.target = target;
            this.temporary = target.resolveSibling(TEMPORARY + UUID.randomUUID());
            this.channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            OutputStream file = java.nio.channels.Channels.newOutputStream(channel);
            this.stream = new BufferedOutputStream(
                    new FilterOutputStream(file) {
                        @Override
                        public void write(int b) throws IOException {
                            write(new byte[] {(byte) b}, 0, 1);
                        }

                        @Override
                        public void write(byte[] b, int off, int len) throws IOException {
                            out.write(b, off, len);
                            checksum.update(b, off, len);
                            bytes += len;
                        }

                        @Override
                        public void close() throws IOException {
                            flush();
                        }
                    },
                    64 * 1024);
        }

        @Override
        public OutputStream stream() {
            return stream;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public Part commit(long rows) {
            try {
                if (!publish()) {
                    throw new MillraceException(ErrorCode.STAGING_CORRUPT, path + " is in staging already");
                }
                return new Part(path, rows, bytes, Part.hex(checksum));
            } catch (IOException e) {
                throw unavailable("write " + path, e);
            }
        }

        boolean publish() throws IOException {
            stream.flush();
            channel.force(true);
            try {
                Files.createLink(target, temporary);
                FolderEntries.force(Objects.requireNonNull(target.getParent()));
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            }
        }

        void replace() throws IOException {
            stream.flush();
            channel.force(true);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            FolderEntries.force(Objects.requireNonNull(target.getParent()));
        }

        @Override
        public void close() {
            try {
                channel.close();
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                throw unavailable("write " + path, e);
            }
        }
    }
}
