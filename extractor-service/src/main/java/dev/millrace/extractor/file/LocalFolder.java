package dev.millrace.extractor.file;

import dev.millrace.pipeline.file.Glob;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder of this machine's file system. */
final class LocalFolder implements SourceFolder {
    private final Path folder;

    LocalFolder(Path folder) {
        this.folder = folder;
    }

    @Override
    public List<SourceFile> find(Glob pattern) {
        if (!Files.isDirectory(folder)) {
            throw new MillraceException(ErrorCode.SOURCE_UNAVAILABLE, "there is no folder " + folder);
        }
        try (Stream<Path> files = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> new LocalFile(file, name(file)))
                    .filter(file -> pattern.matches(file.name()))
                    .sorted(Comparator.comparing(LocalFile::name))
                    .<SourceFile>map(file -> file)
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE, "folder " + folder + " can't be read: " + e.getMessage(), e);
        }
    }

    /** The file's name below the folder, the same on every system. */
    private String name(Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
