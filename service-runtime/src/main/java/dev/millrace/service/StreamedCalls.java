package dev.millrace.service;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MediaType;
import io.micronaut.serde.ObjectMapper;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;

/**
 * Calls of other services whose answers are read as they come, so that none has to fit into memory; the clients of
 * {@link ServiceCall} hold whole ones. Safe for use by several threads.
 */
@Singleton
public final class StreamedCalls implements AutoCloseable {
    private static final int OK = 200;

    private final HttpClient http;
    private final ServiceTokens tokens;
    private final ObjectMapper json;

    StreamedCalls(ServiceConfig config, ServiceTokens tokens, ObjectMapper json) {
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER) // a token is for the service that it was issued for
                .connectTimeout(config.requestTimeout())
                .build();
        this.tokens = tokens;
        this.json = json;
    }

    /**
     * @param patience until the answer begins
     * @return of which the caller closes the body
     * @throws MillraceException as the service says, or with {@code SERVICE_UNAVAILABLE} when it says nothing
     */
    public HttpResponse<InputStream> post(URI url, Permission permission, Object body, Duration patience)
            throws InterruptedException {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(url)
                    .timeout(patience)
                    .header(
                            HttpHeaders.AUTHORIZATION,
                            "Bearer " + tokens.issue(permission.audience(), permission.subject()))
                    .header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)));
            W3CTraceContextPropagator.getInstance()
                    .inject(
                            Context.current(),
                            request,
                            (carrier, name, value) ->
                                    Objects.requireNonNull(carrier).header(name, value));
            HttpResponse<InputStream> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            if (answer.statusCode() == OK) {
                return answer;
            }
            try (InputStream problem = answer.body()) {
                throw failure(answer.statusCode(), problem.readAllBytes());
            }
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE,
                    "no answer from " + permission.audience() + " at " + url + ": "
                            + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
                    e);
        }
    }

    private MillraceException failure(int status, byte[] body) {
        try {
            Problem problem = json.readValue(body, Problem.class);
            if (problem != null) {
                return new MillraceException(
                        ErrorCode.named(problem.code()).orElse(ErrorCode.SERVICE_UNAVAILABLE), problem.detail());
            }
        } catch (IOException e) {
            // no problem, as from a proxy before the service
        }
        return new MillraceException(
                ErrorCode.SERVICE_UNAVAILABLE,
                "a service answered with " + status + " and something else than a problem");
    }

    @Override
    @PreDestroy
    public void close() {
        http.shutdownNow(); // streams that are under way break off
    }
}
