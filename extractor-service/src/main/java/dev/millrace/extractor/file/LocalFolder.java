package dev.millrace.extractor.file;

import dev.millrace.pipeline.file.Glob;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
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
    public List<SourceFile> find(Glob pattern) throws InterruptedException {
        List<SourceFile> files = new ArrayList<>();
        each(pattern, files::add);
        return List.copyOf(files);
    }

    @Override
    public void each(Glob pattern, Visitor visitor) throws InterruptedException {
        if (!Files.isDirectory(folder)) {
            throw new MillraceException(ErrorCode.SOURCE_UNAVAILABLE, "there is no folder " + folder);
        }
        try {
            List<Path> roots = roots();
            check(folder, roots);
            visit(folder, "", new ArrayDeque<>(), file -> {
                if (pattern.matches(file.name())) {
                    check(file.path(), roots);
                    visitor.found(file);
                }
            });
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE, "folder " + folder + " can't be read: " + e.getMessage(), e);
        }
    }

    private interface FilesVisitor {
        void found(LocalFile file) throws IOException, InterruptedException;
    }

    /**
     * Visits what is in a folder and below, in the order of the names. Of a folder names alone are held, as its entries come in no
     * order.
     *
     * @param within name of the folder, with a slash at its end; empty: the source's
     * @param around what the folders are that it is in
     */
    private static void visit(Path at, String within, Deque<Path> around, FilesVisitor visitor)
            throws IOException, InterruptedException {
        Path real = at.toRealPath();
        if (around.contains(real)) { // a link to a folder that it is in leads to no file that is not found without it
            return;
        }
        around.push(real);
        for (String name : names(at)) {
            Path path = at.resolve(name);
            if (name.endsWith("/")) {
                visit(path, within + name, around, visitor);
            } else {
                visitor.found(new LocalFile(path, within + name));
            }
        }
        around.pop();
    }

    /** Of the files and folders in a folder, these with a slash at their ends, as in the names of the files below them. */
    private static List<String> names(Path at) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(at)) {
            for (Path entry : entries) {
                BasicFileAttributes attributes = attributes(entry);
                String name = entry.getFileName().toString();
                if (attributes.isDirectory()) {
                    names.add(name + "/");
                } else if (attributes.isRegularFile()) {
                    names.add(name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        names.sort(Comparator.naturalOrder());
        return names;
    }

    /** Of what a link leads to; of the link itself, which is no file, where it leads nowhere. */
    private static BasicFileAttributes attributes(Path entry) throws IOException {
        try {
            return Files.readAttributes(entry, BasicFileAttributes.class);
        } catch (IOException e) {
            return Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        }
    }

    @Override
    public SourceFile planned(PlannedFile file) {
        Path path = folder.resolve(file.name()).normalize();
        if (!path.startsWith(folder)) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT, "a plan names a file outside of its folder, " + path);
        }
        try {
            check(path, roots());
        } catch (NoSuchFileException e) {
            // whoever opens it says so
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE, file.name() + " can't be read: " + e.getMessage(), e);
        }
        return new LocalFile(path, file.name(), file);
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

    @Override
    public String toString() {
        return folder.toString();
    }
}
