package dev.millrace.extractor.file;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Comparator;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** Finds the files of a folder that a glob names, in the order of their names. */
final class MatchingFiles {
    private MatchingFiles() {}

    static List<Path> find(Path folder, String pattern) {
        PathMatcher matcher = matcher(folder, pattern);
        if (!Files.isDirectory(folder)) {
            throw new MillraceException(ErrorCode.SOURCE_UNAVAILABLE, "there is no folder " + folder);
        }
        try (Stream<Path> files = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> matcher.matches(folder.relativize(file)))
                    .sorted(Comparator.comparing(file -> name(folder, file)))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE, "folder " + folder + " can't be read: " + e.getMessage(), e);
        }
    }

    /** The file's name below the folder, the same on every system. */
    static String name(Path folder, Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    private static PathMatcher matcher(Path folder, String pattern) {
        // to Java "**/" is at least one folder, to everybody else also none; groups can't be nested
        String glob = pattern.contains("{") ? pattern : pattern.replace("**/", "{**/,}");
        try {
            return folder.getFileSystem().getPathMatcher("glob:" + glob);
        } catch (PatternSyntaxException e) {
            throw new MillraceException(
                    ErrorCode.PIPELINE_INVALID, "pattern '" + pattern + "' is no glob: " + e.getDescription(), e);
        }
    }
}
