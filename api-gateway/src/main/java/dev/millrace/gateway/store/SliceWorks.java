package dev.millrace.gateway.store;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Slice;
import dev.millrace.task.Step;
import dev.millrace.task.Work;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Objects;

/**
 * The works of slices. They are not stored with each of their tasks, since thousands would be the same but for the number: they
 * follow from the run's spec and from what its steps have come to. Part of the caller's transaction.
 */
@Singleton
public class SliceWorks {
    private final TaskRepository tasks;
    private final StoredSpecs specs;

    SliceWorks(TaskRepository tasks, StoredSpecs specs) {
        this.tasks = tasks;
        this.specs = specs;
    }

    /** @throws MillraceException with {@code SPEC_UNREADABLE} */
    public Work of(RunRow run, TaskRow task) {
        Slice slice = task.part();
        if (slice == null) {
            return specs.work(task);
        }
        TaskRow extract = tasks.of(run.id(), Step.EXTRACT).orElseThrow();
        if (!(specs.of(run) instanceof RunSpec.OfEndpoint spec) || extract.attempt() != slice.planned()) {
            throw new MillraceException(
                    ErrorCode.SPEC_UNREADABLE,
                    "run " + run.id() + ": " + slice + " is of plan " + slice.planned()
                            + ", which the run doesn't have");
        }
        if (task.step() == Step.EXTRACT) {
            return spec.extractSlice(Objects.requireNonNull(extract.manifest()), slice);
        }
        TaskRow extracted = tasks.slice(run.id(), Step.EXTRACT, slice.number()).orElseThrow();
        Instant end = Objects.requireNonNull(extract.finishedAt());
        return spec.transformSlice(Objects.requireNonNull(extracted.manifest()), end, slice);
    }
}
