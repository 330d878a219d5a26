package dev.millrace.service;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MediaType;
import io.micronaut.serde.ObjectMapper;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.time.Duration;
import java.util.Objects;

/**
 * Calls of other services whose answers are read as they come, so that none has to fit into memory; the clients of
 * {@link ServiceCall} hold whole ones. By blocking sockets, which take a third of the processor time of the JDK's newer client.
 * Safe for use by several threads.
 */
@Singleton
public final class StreamedCalls {
    private static final int OK = 200;

    private final ServiceConfig config;
    private final ServiceTokens tokens;
    private final ObjectMapper json;

    StreamedCalls(ServiceConfig config, ServiceTokens tokens, ObjectMapper json) {
        this.config = config;
        this.tokens = tokens;
        this.json = json;
    }

    /**
     * An answer that is on its way.
     *
     * @param body fails when it breaks off; to be closed by the caller
     */
    public record Streamed(URLConnection connection, InputStream body) {
        /** The value of a header; null: there is none. */
        public @Nullable String header(String name) {
            return connection.getHeaderField(name);
        }
    }

    /**
     * @param patience until the answer begins, and for each part of it
     * @throws MillraceException as the service says, or with {@code SERVICE_UNAVAILABLE} when it says nothing
     */
    public Streamed post(URI url, Permission permission, Object body, Duration patience) {
        try {
            HttpURLConnection call = (HttpURLConnection) url.toURL().openConnection();
            call.setInstanceFollowRedirects(false); // a token is for the service that it was issued for
            call.setConnectTimeout(Math.toIntExact(config.requestTimeout().toMillis()));
            call.setReadTimeout(Math.toIntExact(patience.toMillis()));
            call.setRequestMethod("POST");
            call.setDoOutput(true);
            call.setRequestProperty(
                    HttpHeaders.AUTHORIZATION, "Bearer " + tokens.issue(permission.audience(), permission.subject()));
            call.setRequestProperty(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON);
            W3CTraceContextPropagator.getInstance()
                    .inject(
                            Context.current(),
                            call,
                            (carrier, name, value) ->
                                    Objects.requireNonNull(carrier).setRequestProperty(name, value));
            try (OutputStream out = call.getOutputStream()) {
                out.write(json.writeValueAsBytes(body));
            }
            int status = call.getResponseCode();
            if (status == OK) {
                return new Streamed(call, call.getInputStream());
            }
            try (InputStream problem = call.getErrorStream()) {
                throw failure(status, problem == null ? new byte[0] : problem.readAllBytes());
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
            Problem problem = body.length == 0 ? null : json.readValue(body, Problem.class);
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
}
