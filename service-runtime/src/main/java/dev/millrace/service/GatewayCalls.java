package dev.millrace.service;

import dev.millrace.task.Claim;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.Report;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.TokenReturn;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.http.client.annotation.Client;
import java.net.URI;

/** HTTP client of a worker service for the gateway, to which it reports on its tasks. Safe for use by several threads. */
@ServiceCall
@Client(configuration = ServiceCallConfiguration.class)
public interface GatewayCalls {
    /** Says that the attempt goes on, and hears whether it is still wanted: 404 and 409 say that it isn't. */
    default HttpResponse<Heartbeat.Answer> heartbeat(Task task, Heartbeat heartbeat) throws InterruptedException {
        return heartbeat(task.callback(), Permission.toReport(task), heartbeat);
    }

    /**
     * Asks for a slice of a step of a run.
     *
     * @param gateway base URL of it
     */
    default HttpResponse<Claim> claim(URI gateway, String run, Step step) throws InterruptedException {
        return claim(gateway.resolve("/internal"), Permission.toClaim(run, step), run, step.folder());
    }

    /** Says how the attempt ended. */
    default HttpResponse<byte[]> outcome(Task task, Report report) throws InterruptedException {
        return outcome(task.callback(), Permission.toReport(task), report);
    }

    /** Asks what the attempt may ask of its source. */
    default HttpResponse<PermitRequest.Grant> permits(Task task, PermitRequest request) throws InterruptedException {
        return permits(task.callback(), Permission.toReport(task), request);
    }

    /** Asks for a refresh token that no other attempt spends. */
    default HttpResponse<TokenRequest.Grant> token(Task task, TokenRequest request) throws InterruptedException {
        return token(task.callback(), Permission.toReport(task), request);
    }

    /** Gives a refresh token back, with the one that replaces it. */
    default HttpResponse<TokenReturn.Answer> giveBack(Task task, TokenReturn token) throws InterruptedException {
        return giveBack(task.callback(), Permission.toReport(task), token);
    }

    /** @param internal URL of the gateway's internal routes */
    @Post("{+internal}/runs/{run}/steps/{step}/claims")
    HttpResponse<Claim> claim(
            URI internal, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, String run, String step)
            throws InterruptedException;

    /** @param callback of the attempt */
    @Post("{+callback}/heartbeat")
    HttpResponse<Heartbeat.Answer> heartbeat(
            URI callback, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Heartbeat heartbeat)
            throws InterruptedException;

    /** @param callback of the attempt */
    @Post("{+callback}/outcome")
    HttpResponse<byte[]> outcome(
            URI callback, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body Report report)
            throws InterruptedException;

    /** @param callback of the attempt */
    @Post("{+callback}/permits")
    HttpResponse<PermitRequest.Grant> permits(
            URI callback, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body PermitRequest request)
            throws InterruptedException;

    /** @param callback of the attempt */
    @Post("{+callback}/tokens")
    HttpResponse<TokenRequest.Grant> token(
            URI callback, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body TokenRequest request)
            throws InterruptedException;

    /** @param callback of the attempt */
    @Post("{+callback}/tokens/return")
    HttpResponse<TokenReturn.Answer> giveBack(
            URI callback, @RequestAttribute(Permission.ATTRIBUTE) Permission permission, @Body TokenReturn token)
            throws InterruptedException;
}
