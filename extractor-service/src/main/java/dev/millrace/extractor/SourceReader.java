package dev.millrace.extractor;

import dev.millrace.extractor.check.Steps;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.Source;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Outcome;
import dev.millrace.task.Slice;
import dev.millrace.task.SourceTables;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/**
 * Reads one kind of source. Each kind has a package with one bean of this, which several threads use at once.
 *
 * @param <S> the kind
 * @param <R> what endpoints read of it
 */
public interface SourceReader<S extends Source, R extends Read> {
    Class<S> source();

    Class<R> read();

    /**
     * Stages all records that the task asks for, in the order of the source, and those that can't be records as rejects.
     * Sends no secret out but to the source: whatever comes to know one tells the context how to mask it.
     *
     * @throws dev.millrace.problem.MillraceException when the source doesn't give them, with the reason
     * @throws dev.millrace.worker.StoppedException when the context did
     * @throws InterruptedException when a stop interrupts this thread
     */
    void read(Extraction<S, R> extraction) throws InterruptedException;

    /**
     * Cuts what the task asks for into slices, and reads none of it.
     *
     * @param slices at most
     * @throws dev.millrace.problem.MillraceException as of {@link #read}; {@code REQUEST_INVALID} when it can't be cut
     */
    default Outcome.Planned plan(Extraction<S, R> extraction, int slices) throws InterruptedException {
        throw uncut(extraction);
    }

    /**
     * As {@link #read}, of one slice.
     *
     * @param plan object name of what {@link #plan} has made
     */
    default void read(Extraction<S, R> extraction, String plan, Slice slice) throws InterruptedException {
        throw uncut(extraction);
    }

    private static MillraceException uncut(Extraction<?, ?> extraction) {
        return new MillraceException(
                ErrorCode.REQUEST_INVALID,
                "what is read of a " + extraction.source().getClass().getSimpleName() + " can't be cut into slices");
    }

    /**
     * Tries what can be tried before anything is read, such as the way to the source, a step after the other.
     *
     * @throws Steps.Failed by the first that fails
     */
    default void check(Extraction<S, R> extraction, Steps steps) throws InterruptedException {}

    /**
     * What the endpoint would read by a format that is proposed, where its own says nothing of how records are found.
     *
     * @return null: there is nothing to propose
     * @throws dev.millrace.problem.MillraceException as of {@link #read}
     */
    default @Nullable Proposed<R> proposed(Extraction<S, R> extraction) throws InterruptedException {
        return null;
    }

    /**
     * @param format its keys, as lines of a pipeline file
     * @param read the same as it is, but by this format
     */
    record Proposed<R extends Read>(List<String> format, R read) {}

    /**
     * The tables of the source that are looked for.
     *
     * @throws dev.millrace.problem.MillraceException with {@code REQUEST_INVALID} when it has no list of them; when it doesn't
     *     give it, with the reason
     */
    default List<SourceTables.Table> tables(S from, SourceTables.Wanted wanted, TaskContext context)
            throws InterruptedException {
        throw new MillraceException(
                ErrorCode.REQUEST_INVALID,
                "the source of pipeline " + wanted.pipeline() + " has no tables (expected: a database)");
    }
}
