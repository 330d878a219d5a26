package dev.millrace.gateway.table;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.service.CallConfiguration;
import dev.millrace.service.Permission;
import dev.millrace.service.ServiceCall;
import dev.millrace.task.Step;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.http.client.annotation.Client;
import io.micronaut.runtime.ApplicationConfiguration;
import jakarta.inject.Singleton;
import java.net.URI;

/** HTTP client for what the loader says of tables. Safe for use by several threads. */
@ServiceCall
@Client(configuration = TableCalls.Configuration.class)
interface TableCalls {
    /** @param loader base URL of it */
    default HttpResponse<TableFacts> tables(URI loader, TableFacts.Wanted wanted) throws InterruptedException {
        return tables(loader.resolve("/tables"), new Permission(Step.LOAD.service(), TableFacts.SUBJECT), wanted);
    }

    /** @param loader base URL of it */
    default HttpResponse<TableRows> rows(URI loader, TableRows.Wanted wanted) throws InterruptedException {
        return rows(loader.resolve("/tables/rows"), new Permission(Step.LOAD.service(), TableRows.SUBJECT), wanted);
    }

    @Post("{+url}")
    HttpResponse<TableFacts> tables(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body TableFacts.Wanted wanted)
            throws InterruptedException;

    @Post("{+url}")
    HttpResponse<TableRows> rows(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body TableRows.Wanted wanted)
            throws InterruptedException;

    /** Waits longer than usual. */
    @Singleton
    final class Configuration extends CallConfiguration {
        Configuration(ApplicationConfiguration application, GatewayConfig config) {
            super(application, config.queryPatience());
        }
    }
}
