package dev.millrace.extractor.file;

import dev.millrace.extractor.check.Steps;
import dev.millrace.pipeline.file.Glob;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/**
 * Where a source's files are: a folder, a bucket, or pages and addresses. {@code toString} is what users call it. For one run and one
 * thread.
 */
interface SourceFolder {
    /**
     * The files whose names there match, in the order of these names.
     *
     * @throws dev.millrace.problem.MillraceException with a code of the source, when there is no such folder or it can't
     *     be read
     */
    List<SourceFile> find(Glob pattern) throws InterruptedException;

    /** Takes a file that was found. */
    interface Visitor {
        void found(SourceFile file) throws InterruptedException;
    }

    /** The same without holding them all. The order is that of the names as the folder compares them. */
    default void each(Glob pattern, Visitor visitor) throws InterruptedException {
        for (SourceFile file : find(pattern)) {
            visitor.found(file);
        }
    }

    /**
     * A file of a plan, whose bytes are those that it had then, or which fails with {@code SOURCE_INCONSISTENT}.
     *
     * @throws dev.millrace.problem.MillraceException with {@code REQUEST_INVALID} when it has no files that could be found again
     */
    default SourceFile planned(PlannedFile file) {
        throw new MillraceException(
                ErrorCode.REQUEST_INVALID, this + " isn't cut into slices (expected: a folder or a bucket)");
    }

    /** Where the last search ought to have found files, and found none, with what is there instead; null: nowhere. */
    default @Nullable String foundNothingIn() {
        return null;
    }

    /** Tries the way there, step by step, before it is looked through. */
    default void check(Steps steps) {}

    /** After the last file. */
    default void close() throws InterruptedException {}
}
