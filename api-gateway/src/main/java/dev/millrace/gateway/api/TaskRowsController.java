package dev.millrace.gateway.api;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.store.StoredSpecs;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.gateway.warehouse.QueryCalls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Roles;
import dev.millrace.task.Query;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;
import io.swagger.v3.oas.annotations.Hidden;

/** Rows of the warehouse that an extraction needs: of the query in its own work, and of no other. */
@Controller("/internal/tasks/{task}/attempts/{attempt}/rows")
@Secured(Roles.SERVICE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class TaskRowsController {
    private static final int MOST_ROWS = 100_000;

    private final TaskRepository tasks;
    private final StoredSpecs specs;
    private final QueryCalls loader;
    private final GatewayConfig config;

    TaskRowsController(TaskRepository tasks, StoredSpecs specs, QueryCalls loader, GatewayConfig config) {
        this.tasks = tasks;
        this.specs = specs;
        this.loader = loader;
        this.config = config;
    }

    @Post
    HttpResponse<?> rows(String task, int attempt, Authentication caller) throws InterruptedException {
        TaskReportController.check(task, attempt, caller);
        TaskRow row = tasks.findById(task)
                .orElseThrow(() -> new MillraceException(ErrorCode.TASK_UNKNOWN, "no task " + task));
        if (row.attempt() != attempt) {
            throw new MillraceException(
                    ErrorCode.STALE_ATTEMPT, "nobody waits for attempt " + attempt + " of task " + task);
        }
        String sql = query(specs.work(row));
        if (sql == null) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "task " + task + " has no query");
        }
        HttpResponse<Query.Result> answer = loader.query(config.services().loader(), new Query(sql, MOST_ROWS));
        return answer.code() == 200 ? HttpResponse.ok(answer.body()) : Problems.passedOn(answer);
    }

    private static @Nullable String query(Work work) {
        return switch (work) {
            case Work.Extracting extracting -> extracting.extract().read().warehouseQuery();
            case Work.Transforming _, Work.Loading _ -> null;
        };
    }
}
