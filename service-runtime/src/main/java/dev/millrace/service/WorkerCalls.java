package dev.millrace.service;

import dev.millrace.task.Abort;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import dev.millrace.task.Rollback;
import dev.millrace.task.RunLogCopy;
import dev.millrace.task.Step;
import dev.millrace.task.TableSchema;
import dev.millrace.task.Task;
import dev.millrace.warehouse.Capabilities;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.http.client.annotation.Client;
import java.net.URI;

/** HTTP client of the gateway for the worker services. Safe for use by several threads. */
@ServiceCall
@Client(configuration = ServiceCallConfiguration.class)
public interface WorkerCalls {
    /**
     * Asks a service to work on the task, which it reports on later: 202 says that it will, 429 that it has no room.
     *
     * @param service base URL of it
     */
    default HttpResponse<byte[]> take(URI service, Task task) throws InterruptedException {
        return take(origin(service), new Permission(task.work().step().service(), task.subject()), task);
    }

    /**
     * Asks the loader to see to it that a load never commits.
     *
     * @param loader base URL of it
     */
    default HttpResponse<Abort.Answer> abort(URI loader, Abort abort) throws InterruptedException {
        return abort(origin(loader), new Permission(Step.LOAD.service(), abort.subject()), abort);
    }

    /**
     * Asks the loader to put the log of a run beside what it published.
     *
     * @param loader base URL of it
     */
    default HttpResponse<byte[]> copyLog(URI loader, RunLogCopy copy) throws InterruptedException {
        return copyLog(origin(loader), new Permission(Step.LOAD.service(), copy.subject()), copy);
    }

    /**
     * Asks the loader what its warehouse can hold. One of version 0.1 answers with 404.
     *
     * @param loader base URL of it
     */
    default HttpResponse<Capabilities> capabilities(URI loader) throws InterruptedException {
        return capabilities(origin(loader), new Permission(Step.LOAD.service(), Capabilities.SUBJECT));
    }

    /**
     * Asks the loader for the cursors of a pipeline.
     *
     * @param loader base URL of it
     */
    default HttpResponse<Cursors> cursors(URI loader, Cursors.Wanted wanted) throws InterruptedException {
        return cursors(origin(loader), new Permission(Step.LOAD.service(), Cursors.SUBJECT), wanted);
    }

    /**
     * Asks the loader for the columns of a table.
     *
     * @param loader base URL of it
     */
    default HttpResponse<TableSchema> schema(URI loader, TableSchema.Wanted wanted) throws InterruptedException {
        return schema(origin(loader), new Permission(Step.LOAD.service(), TableSchema.SUBJECT), wanted);
    }

    /**
     * Asks the loader which loads are committed.
     *
     * @param loader base URL of it
     */
    default HttpResponse<CommittedLoads> committed(URI loader, CommittedLoads.Wanted wanted)
            throws InterruptedException {
        return committed(origin(loader), new Permission(Step.LOAD.service(), CommittedLoads.SUBJECT), wanted);
    }

    /**
     * Has the loader bring back what a table was before a load.
     *
     * @param loader base URL of it
     */
    default HttpResponse<Rollback.Done> rollBack(URI loader, Rollback rollback) throws InterruptedException {
        return rollBack(origin(loader), new Permission(Step.LOAD.service(), rollback.subject()), rollback);
    }

    /**
     * Has the loader set a cursor.
     *
     * @param loader base URL of it
     */
    default HttpResponse<byte[]> change(URI loader, CursorChange change) throws InterruptedException {
        return change(origin(loader), new Permission(Step.LOAD.service(), change.subject()), change);
    }

    /**
     * Asks a service how it is: 200 says that it is well.
     *
     * @param service base URL of it, which does the step
     */
    default HttpResponse<byte[]> health(URI service, Step step) throws InterruptedException {
        return health(origin(service), new Permission(step.service(), "health"));
    }

    /** @param service base URL without a slash at its end */
    @Get("{+service}/health")
    HttpResponse<byte[]> health(String service, @RequestAttribute(Permission.ATTRIBUTE) Permission permission)
            throws InterruptedException;

    /** @param service base URL without a slash at its end */
    @Post("{+service}/tasks")
    HttpResponse<byte[]> take(
            String service, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Task task)
            throws InterruptedException;

    /** @param loader base URL without a slash at its end */
    @Post("{+loader}/aborts")
    HttpResponse<Abort.Answer> abort(
            String loader, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Abort abort)
            throws InterruptedException;

    /** @param loader base URL without a slash at its end */
    @Post("{+loader}/logs")
    HttpResponse<byte[]> copyLog(
            String loader, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body RunLogCopy copy)
            throws InterruptedException;

    /** @param loader base URL without a slash at its end */
    @Get("{+loader}/capabilities")
    HttpResponse<Capabilities> capabilities(
            String loader, @RequestAttribute(Permission.ATTRIBUTE) Permission permission) throws InterruptedException;

    /** @param loader base URL without a slash at its end */
    @Post("{+loader}/cursors")
    HttpResponse<Cursors> cursors(
            String loader, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Cursors.Wanted wanted)
            throws InterruptedException;

    /** @param loader base URL without a slash at its end */
    @Post("{+loader}/schemas")
    HttpResponse<TableSchema> schema(
            String loader,
            @RequestAttribute(Permission.ATTRIBUTE) Permission permission,
            @Body TableSchema.Wanted wanted)
            throws InterruptedException;

    /** @param loader base URL without a slash at its end */
    @Post("{+loader}/rollbacks")
    HttpResponse<Rollback.Done> rollBack(
            String loader, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Rollback rollback)
            throws InterruptedException;

    /** @param loader base URL without a slash at its end */
    @Post("{+loader}/loads")
    HttpResponse<CommittedLoads> committed(
            String loader,
            @RequestAttribute(Permission.ATTRIBUTE) Permission permission,
            @Body CommittedLoads.Wanted wanted)
            throws InterruptedException;

    /** @param loader base URL without a slash at its end */
    @Post("{+loader}/cursors/change")
    HttpResponse<byte[]> change(
            String loader, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body CursorChange change)
            throws InterruptedException;

    /** The base URL without a path. */
    private static String origin(URI service) {
        return service.getScheme() + "://" + service.getRawAuthority();
    }
}
