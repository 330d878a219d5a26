package dev.millrace.gateway.warehouse;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.CallConfiguration;
import dev.millrace.service.Permission;
import dev.millrace.service.ServiceCall;
import dev.millrace.task.Query;
import dev.millrace.task.Step;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.http.client.annotation.Client;
import io.micronaut.runtime.ApplicationConfiguration;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.UUID;

/** HTTP client for the loader's queries, which takes its time to answer. Safe for use by several threads. */
@ServiceCall
@Client(configuration = QueryCalls.Configuration.class)
public interface QueryCalls {
    Permission PERMISSION = new Permission(Step.LOAD.service(), Query.SUBJECT);

    /**
     * @param loader base URL of it
     * @throws InterruptedException after the loader was told that nobody waits for the answer
     */
    default HttpResponse<Query.Result> query(URI loader, Query query) throws InterruptedException {
        return cancelled(loader, id -> query(loader.resolve("/queries"), PERMISSION, id, query));
    }

    /**
     * @param loader base URL of it
     * @throws InterruptedException after the loader was told that nobody waits for the answer
     */
    default HttpResponse<Query.Versioned> versioned(URI loader, Query query) throws InterruptedException {
        return cancelled(loader, id -> versioned(loader.resolve("/queries/versioned"), PERMISSION, id, query));
    }

    /** A call with an id. */
    interface Call<T> {
        HttpResponse<T> run(String id) throws InterruptedException;
    }

    /** The HTTP client lets the connection be when a call is interrupted, so the loader wouldn't notice. */
    private <T> HttpResponse<T> cancelled(URI loader, Call<T> call) throws InterruptedException {
        String id = UUID.randomUUID().toString();
        try {
            return call.run(id);
        } catch (InterruptedException e) {
            try {
                HttpResponse<?> _ = cancel(loader.resolve("/queries/" + id), PERMISSION);
            } catch (MillraceException unreachable) { // its own time-out ends the query
                e.addSuppressed(unreachable);
            }
            throw e;
        }
    }

    @Delete("{+url}")
    HttpResponse<byte[]> cancel(URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission)
            throws InterruptedException;

    @Post("{+url}")
    HttpResponse<Query.Versioned> versioned(
            URI url,
            @RequestAttribute(Permission.ATTRIBUTE) Permission permission,
            @Header(Query.ID) String id,
            @Body Query query)
            throws InterruptedException;

    /** @param loader base URL of it */
    default HttpResponse<Query.Tables> tables(URI loader, Query query) throws InterruptedException {
        return tables(loader.resolve("/queries/tables"), PERMISSION, query);
    }

    @Post("{+url}")
    HttpResponse<Query.Tables> tables(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Query query)
            throws InterruptedException;

    @Post("{+url}")
    HttpResponse<Query.Result> query(
            URI url,
            @RequestAttribute(Permission.ATTRIBUTE) Permission permission,
            @Header(Query.ID) String id,
            @Body Query query)
            throws InterruptedException;

    /** Waits longer than usual. */
    @Singleton
    final class Configuration extends CallConfiguration {
        Configuration(ApplicationConfiguration application, GatewayConfig config) {
            super(application, config.queryPatience());
        }
    }
}
