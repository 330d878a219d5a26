package dev.millrace.worker;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Roles;
import dev.millrace.task.Task;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Status;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;

/** The only way into a worker service. */
@Controller("/tasks")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Requires(beans = TaskHandler.class)
class TaskController {
    private final Worker worker;

    TaskController(Worker worker) {
        this.worker = worker;
    }

    /** Takes the task and returns; its outcome follows at the task's callback. */
    @Post
    @Status(HttpStatus.ACCEPTED)
    void take(@Body Task task, Authentication caller) {
        if (!caller.getName().equals(task.subject())) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, "the token is for " + caller.getName() + ", not for " + task.subject());
        }
        worker.take(task);
    }
}
