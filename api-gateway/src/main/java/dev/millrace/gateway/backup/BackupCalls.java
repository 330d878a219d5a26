package dev.millrace.gateway.backup;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.service.CallConfiguration;
import dev.millrace.service.Permission;
import dev.millrace.service.ServiceCall;
import dev.millrace.task.BackupList;
import dev.millrace.task.Step;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.http.client.annotation.Client;
import io.micronaut.runtime.ApplicationConfiguration;
import jakarta.inject.Singleton;
import java.net.URI;

/** HTTP client for which backups the loader knows. Safe for use by several threads. */
@ServiceCall
@Client(configuration = BackupCalls.Configuration.class)
interface BackupCalls {
    /** @param loader base URL of it */
    default HttpResponse<BackupList> list(URI loader, BackupList.Wanted wanted) throws InterruptedException {
        return list(loader.resolve("/backups"), new Permission(Step.LOAD.service(), BackupList.SUBJECT), wanted);
    }

    @Post("{+url}")
    HttpResponse<BackupList> list(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body BackupList.Wanted wanted)
            throws InterruptedException;

    /** Waits longer than usual. */
    @Singleton
    final class Configuration extends CallConfiguration {
        Configuration(ApplicationConfiguration application, GatewayConfig config) {
            super(application, config.queryPatience());
        }
    }
}
