package dev.millrace.service;

import dev.millrace.task.Query;
import dev.millrace.task.Task;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.http.client.annotation.Client;
import io.micronaut.runtime.ApplicationConfiguration;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Duration;

/**
 * HTTP client of the extractor for the rows of the warehouse that a task needs; a query takes its time. Safe for use by
 * several threads.
 */
@ServiceCall
@Client(configuration = RowsCalls.Configuration.class)
public interface RowsCalls {
    /** Asks for the rows of the query that the task's own work has. */
    default HttpResponse<Query.Result> rows(Task task) throws InterruptedException {
        return rows(task.callback(), Permission.toReport(task));
    }

    /** @param callback of the attempt */
    @Post("{+callback}/rows")
    HttpResponse<Query.Result> rows(URI callback, @RequestAttribute(Permission.ATTRIBUTE) Permission permission)
            throws InterruptedException;

    /** Waits longer than the gateway waits for the loader. */
    @Singleton
    final class Configuration extends CallConfiguration {
        private static final Duration PATIENCE = Duration.ofMinutes(15);

        Configuration(ApplicationConfiguration application) {
            super(application, PATIENCE);
        }
    }
}
