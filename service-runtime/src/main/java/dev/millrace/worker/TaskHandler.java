package dev.millrace.worker;

import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import dev.millrace.task.Work;

/**
 * What a service does with a task. Each worker service has one, used by several threads at once.
 *
 * @param <W> what its tasks are about
 */
public interface TaskHandler<W extends Work> {
    /** A task with any other work fails before it gets here. */
    Class<W> work();

    /**
     * Does the work of one attempt, on a thread of its own, after this attempt's folder in staging was claimed.
     *
     * @param work of the task
     * @return {@link Outcome.Staged} or {@link Outcome.Committed}
     * @throws dev.millrace.problem.MillraceException when the task failed, with the reason
     * @throws StoppedException when {@link TaskContext#checkStopped} did
     * @throws Exception anything else is a defect, or an interruption by a stop
     */
    Outcome handle(Task task, W work, TaskContext context) throws Exception;
}
