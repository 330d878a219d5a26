package dev.millrace.worker;

import dev.millrace.task.Outcome;
import dev.millrace.task.Task;

/**
 * The work of a worker service: what it does with a task. Each worker service has one bean of this type, used by several
 * threads at once.
 */
public interface TaskHandler {
    /**
     * Does the work of one attempt, on a platform thread of its own, after this attempt's folder in staging was claimed.
     *
     * @return {@link Outcome.Staged} of an extraction or transformation, {@link Outcome.Committed} of a load,
     *     {@link Outcome.Checked} of a dry run
     * @throws dev.millrace.problem.MillraceException when the task failed, with the reason
     * @throws StoppedException when {@link TaskContext#checkStopped} did
     * @throws Exception anything else is a defect, or an interruption by a stop
     */
    Outcome handle(Task task, TaskContext context) throws Exception;
}
