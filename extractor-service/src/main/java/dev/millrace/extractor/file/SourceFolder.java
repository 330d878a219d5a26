package dev.millrace.extractor.file;

import dev.millrace.pipeline.Glob;
import java.util.List;

/**
 * The folder or bucket that a source's files are in. {@code toString} is what users call it. For one run and one
 * thread.
 */
interface SourceFolder {
    /**
     * The files whose names below the folder match, in the order of these names.
     *
     * @throws dev.millrace.problem.MillraceException with a code of the source, when there is no such folder or it can't
     *     be read
     */
    List<SourceFile> find(Glob pattern) throws InterruptedException;
}
