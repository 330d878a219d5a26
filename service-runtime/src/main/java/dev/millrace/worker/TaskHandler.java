package dev.millrace.worker;

import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import dev.millrace.task.Work;

/**
 * The work of a worker service: what it does with a task. Each worker service has one bean of this type, used by several
 * threads at once.
 *
 * @param <W> what its tasks are about
 */
public interface TaskHandler<W extends Work> {
    /** A task with any other work fails before it gets here. */
    Class<W> work();

    /**
     * Does the work of one attempt, on a platform thread of its own, after this attempt's folder in staging was claimed.
     *
     * @param work of the task
     * @return {@link Outcome.Staged} of an extraction or transformation, {@link Outcome.Committed} of a load,
     *     {@link Outcome.Checked} of a dry run
     * @throws dev.millrace.problem.MillraceException when the task failed, with the reason
     * @throws StoppedException when {@link TaskContext#checkStopped} did
     * @throws Exception anything else is a defect, or an interruption by a stop
     */
    Outcome handle(Task task, W work, TaskContext context) throws Exception;
}
