package dev.millrace.extractor.file;

import dev.millrace.pipeline.file.Glob;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;

/** A folder of this machine's file system. */
final class LocalFolder implements SourceFolder {
    private final Path folder;
    private final List<Path> allowed;

    /** @param allowed folders below which files may be */
    LocalFolder(Path folder, List<Path> allowed) {
        this.folder = folder;
        this.allowed = allowed;
    }

    @Override
    public List<SourceFile> find(Glob pattern) {
        if (!Files.isDirectory(folder)) {
            throw new MillraceException(ErrorCode.SOURCE_UNAVAILABLE, "there is no folder " + folder);
        }
        try {
            List<Path> roots = roots();
            check(folder, roots);
            List<LocalFile> files = new ArrayList<>();
            Files.walkFileTree(
                    folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                            LocalFile file = new LocalFile(path, name(path));
                            if (attributes.isRegularFile() && pattern.matches(file.name())) {
                                check(path, roots);
                                files.add(file);
                            }
                            return FileVisitResult.CONTINUE;
                        }

                        // a link to a folder that it is in leads to no file that is not found without it
                        @Override
                        public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
                            if (e instanceof FileSystemLoopException) {
                                return FileVisitResult.CONTINUE;
                            }
                            throw e;
                        }
                    });
            files.sort(Comparator.comparing(LocalFile::name));
            return List.copyOf(files);
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE, "folder " + folder + " can't be read: " + e.getMessage(), e);
        }
    }

    /** Where the allowed folders really are; one that isn't there has no files. */
    private List<Path> roots() throws IOException {
        List<Path> roots = new ArrayList<>();
        for (Path path : allowed) {
            if (Files.isDirectory(path)) {
                roots.add(path.toRealPath());
            }
        }
        return roots;
    }

    /** @param path by which links may lead elsewhere */
    private void check(Path path, List<Path> roots) throws IOException {
        Path real = path.toRealPath();
        if (roots.stream().noneMatch(real::startsWith)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    path + (real.equals(path) ? "" : ", which is " + real + ",")
                            + " is outside of the folders that may be"
                            + " read: " + allowed.stream().map(Path::toString).collect(Collectors.joining(", "))
                            + " (millrace.extractor.folders)");
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
