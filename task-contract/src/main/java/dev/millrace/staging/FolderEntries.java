package dev.millrace.staging;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The names in a folder. A file that is on disk is of no use after a power cut while its name isn't. */
public final class FolderEntries {
    private FolderEntries() {}

    /**
     * Has the names that a folder holds now forced to disk.
     *
     * @throws IOException when the disk fails; a system that can't do it, such as Windows, does so by itself
     */
    public static void force(Path folder) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(folder, StandardOpenOption.READ);
        } catch (IOException e) {
            return;
        }
        try (channel) {
            channel.force(true);
        }
    }

    /**
     * Creates a folder and those above it that are missing, and has all their names forced to disk.
     *
     * @param root above which nothing is forced
     * @param folder below or equal to it
     */
    public static void create(Path root, Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Files.createDirectories(folder);
        for (Path above = folder; above != null && above.startsWith(root); above = above.getParent()) {
            force(above);
        }
    }
}
