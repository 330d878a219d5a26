package dev.millrace.gateway.look;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.service.CallConfiguration;
import dev.millrace.service.Permission;
import dev.millrace.service.ServiceCall;
import dev.millrace.task.Checks;
import dev.millrace.task.Preview;
import dev.millrace.task.Proposal;
import dev.millrace.task.Sample;
import dev.millrace.task.SourceTables;
import dev.millrace.task.Step;
import dev.millrace.task.WriteCheck;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.http.client.annotation.Client;
import io.micronaut.runtime.ApplicationConfiguration;
import jakarta.inject.Singleton;
import java.net.URI;

/** HTTP client for what the services say before a run, which takes its time. Safe for use by several threads. */
@ServiceCall
@Client(configuration = LookCalls.Configuration.class)
interface LookCalls {
    /** @param extractor base URL of it */
    default HttpResponse<Sample> sample(URI extractor, Sample.Wanted wanted) throws InterruptedException {
        return sample(
                extractor.resolve("/samples"),
                new Permission(Step.EXTRACT.service(), wanted.task().subject()),
                wanted);
    }

    /** @param extractor base URL of it */
    default HttpResponse<Checks> check(URI extractor, Sample.Wanted wanted) throws InterruptedException {
        return check(
                extractor.resolve("/checks"),
                new Permission(Step.EXTRACT.service(), wanted.task().subject()),
                wanted);
    }

    /** @param loader base URL of it */
    default HttpResponse<WriteCheck> tryToWrite(URI loader, WriteCheck.Wanted wanted) throws InterruptedException {
        return tryToWrite(
                loader.resolve("/write-checks"), new Permission(Step.LOAD.service(), WriteCheck.SUBJECT), wanted);
    }

    /** @param extractor base URL of it */
    default HttpResponse<SourceTables> tables(URI extractor, SourceTables.Wanted wanted) throws InterruptedException {
        return tables(
                extractor.resolve("/tables"), new Permission(Step.EXTRACT.service(), SourceTables.SUBJECT), wanted);
    }

    /** @param transformer base URL of it */
    default HttpResponse<Preview> preview(URI transformer, Preview.Wanted wanted) throws InterruptedException {
        return preview(
                transformer.resolve("/previews"), new Permission(Step.TRANSFORM.service(), Preview.SUBJECT), wanted);
    }

    /** @param transformer base URL of it */
    default HttpResponse<Proposal> propose(URI transformer, Proposal.Wanted wanted) throws InterruptedException {
        return propose(
                transformer.resolve("/proposals"), new Permission(Step.TRANSFORM.service(), Preview.SUBJECT), wanted);
    }

    @Post("{+url}")
    HttpResponse<Sample> sample(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Sample.Wanted wanted)
            throws InterruptedException;

    @Post("{+url}")
    HttpResponse<Checks> check(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Sample.Wanted wanted)
            throws InterruptedException;

    @Post("{+url}")
    HttpResponse<WriteCheck> tryToWrite(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body WriteCheck.Wanted wanted)
            throws InterruptedException;

    @Post("{+url}")
    HttpResponse<SourceTables> tables(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body SourceTables.Wanted wanted)
            throws InterruptedException;

    @Post("{+url}")
    HttpResponse<Proposal> propose(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Proposal.Wanted wanted)
            throws InterruptedException;

    @Post("{+url}")
    HttpResponse<Preview> preview(
            URI url, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Preview.Wanted wanted)
            throws InterruptedException;

    /** Waits longer than usual. */
    @Singleton
    final class Configuration extends CallConfiguration {
        Configuration(ApplicationConfiguration application, GatewayConfig config) {
            super(application, config.queryPatience());
        }
    }
}
