package dev.millrace.transformer;

import io.micronaut.context.annotation.Context;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's folder on the local disk. A lock beside it lives as long as the process, so whoever starts next can
 * tell a folder in use from one that a killed process left, and removes the latter. Safe for use by several threads.
 */
@Context // left-overs are removed at start-up, not with the first task
final class Scratch {
    private static final Logger LOG = LoggerFactory.getLogger(Scratch.class);
    private static final String LOCK = ".lock";

    private final Path folder;
    private final Path lockFile;
    private final FileChannel lock;

    Scratch(TransformerConfig config) throws IOException {
        Path scratch = config.scratchFolder().toAbsolutePath().normalize();
        Files.createDirectories(scratch);
        removeLeftOvers(scratch);
        String name = UUID.randomUUID().toString();
        this.lockFile = scratch.resolve(name + LOCK);
        this.lock = FileChannel.open(lockFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
        this.folder = scratch.resolve(name);
        Files.createDirectory(folder);
    }

    /** A new folder for one task; the caller removes it with {@link #remove}. */
    Path begin() throws IOException {
        return Files.createTempDirectory(folder, "task-");
    }

    /** The same for an engine, which several tasks may use in turn. */
    Path beginEngine() throws IOException {
        return Files.createTempDirectory(folder, "engine-");
    }

    /** Removes the folder with all that is in it. What can't be removed is logged, and left to the next start. */
    static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} is gone already", folder);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("can't remove the scratch folder {}", folder, e);
        }
    }

    private static void removeLeftOvers(Path scratch) throws IOException {
        List<Path> locks;
        try (Stream<Path> files = Files.list(scratch)) {
            locks = files.filter(file -> file.toString().endsWith(LOCK)).toList();
        }
        for (Path file : locks) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                    FileLock left = channel.tryLock()) {
                if (left != null) {
                    String name = file.getFileName().toString();
                    remove(scratch.resolve(name.substring(0, name.length() - LOCK.length())));
                    Files.deleteIfExists(file);
                }
            } catch (OverlappingFileLockException | NoSuchFileException e) {
                LOG.debug("{} is somebody else's", file);
            }
        }
    }

    @PreDestroy
    void close() throws IOException {
        remove(folder);
        lock.close();
        Files.deleteIfExists(lockFile);
    }
}
