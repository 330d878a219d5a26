package dev.millrace.standalone.process;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Folder in which an installation keeps everything: its keys, runs, staged files, warehouse and logs. Only its owner
 * may look into it.
 *
 * @param root absolute
 */
public record Home(Path root) {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String LOCK = "lock";
    private static final int KEY_BYTES = 32;

    public Home {
        root = root.toAbsolutePath().normalize();
    }

    /** @param folder what {@code $MILLRACE_HOME} says; null or empty: {@code .millrace} in the working directory */
    public static Home of(@Nullable String folder) {
        return new Home(Path.of(folder == null || folder.isEmpty() ? ".millrace" : folder));
    }

    /** Creates the folder, unless it is there. */
    public void create() {
        createFolder(root);
    }

    /** The token that opens the gateway's public API; made when it is first asked for. */
    public String token() {
        return keyIn("token");
    }

    /** The key with which the services sign what they send each other; made when it is first asked for. */
    public String serviceKey() {
        return keyIn("service-key");
    }

    /** The key that encrypts refresh tokens which the gateway keeps; made when it is first asked for. */
    public String tokenKey() {
        return keyIn("token-key");
    }

    Path staging() {
        return root.resolve("staging");
    }

    /** Where pages wait that are larger than memory. */
    Path pages() {
        return root.resolve("pages");
    }

    /** Where jars of JDBC drivers are put; may be missing. */
    Path drivers() {
        return root.resolve("drivers");
    }

    Path scratch() {
        return root.resolve("scratch");
    }

    Path secrets() {
        return root.resolve("secrets");
    }

    /** What the emulated services of Google Cloud hold. */
    public Path emulator() {
        return root.resolve("gcp-emulator");
    }

    /** All secrets of the folder by their names. */
    public Map<String, String> secretValues() {
        Map<String, String> values = new TreeMap<>();
        if (!Files.isDirectory(secrets())) {
            return values;
        }
        try (Stream<Path> files = Files.list(secrets())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                values.put(String.valueOf(file.getFileName()), Files.readString(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(secrets() + ": can't read it", e);
        }
        return values;
    }

    /** Buckets, as folders. */
    public Path published() {
        return root.resolve("published");
    }

    /** Backups of tables. */
    Path backups() {
        return root.resolve("backups");
    }

    Path warehouse() {
        return root.resolve("warehouse.duckdb");
    }

    Path runs() {
        return root.resolve("runs");
    }

    /** The folder's own pipelines, beside those of the working directory. */
    public Path pipelines() {
        return root.resolve("pipelines");
    }

    /** The log of what {@code name} does. */
    public Path log(String name) {
        return root.resolve("logs").resolve(name + ".log");
    }

    Path pid(String name) {
        return root.resolve("run").resolve(name + ".pid");
    }

    Path properties(String name) {
        return root.resolve("run").resolve(name + ".properties");
    }

    /** Where a running installation says how to reach it. */
    public Path gateway() {
        return root.resolve("gateway.json");
    }

    /** Stores a secret for the pipelines. */
    public void secret(String name, String value) {
        write(secrets().resolve(name), value);
    }

    /**
     * The only installation that may run in this folder; empty when another one does. What a killed one has left of
     * {@code gateway.json} is gone then.
     */
    public Optional<Lock> lock() {
        create();
        try {
            FileChannel channel = FileChannel.open(
                    root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    Files.deleteIfExists(gateway());
                    return Optional.of(new Lock(channel));
                }
            } catch (OverlappingFileLockException e) {
                // held by this very process: the same answer as when another one holds it
            }
            channel.close();
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(root + ": can't lock it", e);
        }
    }

    /**
     * Who else may look into the folder, as {@code ls} writes it, such as {@code rwxr-xr-x}; empty when nobody may, or on a system
     * that knows no such thing. A folder that was made for it is open to its owner only.
     */
    public Optional<String> openTo() {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(root);
            boolean open = permissions.stream()
                    .anyMatch(permission -> !permission.name().startsWith("OWNER_"));
            return open ? Optional.of(PosixFilePermissions.toString(permissions)) : Optional.empty();
        } catch (UnsupportedOperationException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(root + ": can't read its permissions", e);
        }
    }

    /** Deletes everything in the folder. Only for the holder of its {@link Lock}. */
    public void clear() {
        try (Stream<Path> files = Files.walk(root)) {
            List<Path> all = files.filter(file -> !file.equals(root) && !file.equals(root.resolve(LOCK)))
                    .sorted(Comparator.reverseOrder())
                    .toList();
            for (Path file : all) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(root + ": can't clear it", e);
        }
    }

    private String keyIn(String name) {
        Path file = root.resolve(name);
        try {
            if (!Files.exists(file)) {
                byte[] key = new byte[KEY_BYTES];
                RANDOM.nextBytes(key);
                createOnce(file, HexFormat.of().formatHex(key));
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": can't read it", e);
        }
    }

    /** Of several who do so at the same moment, one wins, and all read what it wrote. */
    private static void createOnce(Path file, String content) throws IOException {
        createFolder(parent(file));
        Path temporary = temporary(file, content);
        try {
            Files.createLink(file, temporary);
        } catch (FileAlreadyExistsException e) {
            // somebody else was first
        } finally {
            Files.delete(temporary);
        }
    }

    private static Path temporary(Path file, String content) throws IOException {
        Path temporary = Files.createTempFile(parent(file), ".", ".tmp"); // 0600 where the system knows modes
        // on disk before it has its name: an empty key would be worse than none
        Files.write(temporary, content.getBytes(StandardCharsets.UTF_8), StandardOpenOption.SYNC);
        return temporary;
    }

    /** Writes a file that only its owner may read; whoever reads it meanwhile sees all of it or nothing. */
    public static void write(Path file, String content) {
        createFolder(parent(file));
        try {
            Path temporary = temporary(file, content);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": can't write it", e);
        }
    }

    static void createFolder(Path folder) {
        FileAttribute<?>[] mode =
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                        }
                        : new FileAttribute<?>[0];
        try {
            Files.createDirectories(folder, mode);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": can't create it", e);
        }
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("file: '" + file + "' (expected: a file in a folder)");
        }
        return parent;
    }

    /** Held until it is closed, or the process ends. */
    public static final class Lock implements AutoCloseable {
        private final FileChannel channel;

        private Lock(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
