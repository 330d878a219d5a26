package dev.millrace.service;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.trace.Traces;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * Calls another service: JSON over HTTP with a {@linkplain ServiceTokens token}. One attempt per call, since only the
 * caller knows what a repetition means. Safe for use by several threads.
 */
@Singleton
public class ServiceClient implements AutoCloseable {
    private final HttpClient http;
    private final ServiceTokens tokens;
    private final ServiceConfig config;
    private final ObjectMapper json;

    ServiceClient(ServiceTokens tokens, ServiceConfig config, ObjectMapper json) {
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(config.requestTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.tokens = tokens;
        this.config = config;
        this.json = json;
    }

    /**
     * @param audience name of the service behind {@code url}
     * @param subject what the call is about
     * @return the answer, whatever its status
     * @throws MillraceException with {@code SERVICE_UNAVAILABLE} when there is no answer in time
     * @throws InterruptedException when the thread was interrupted; the call may have arrived
     */
    public Answer post(URI url, String audience, String subject, Object body) throws InterruptedException {
        return post(url, audience, subject, body, config.requestTimeout());
    }

    /**
     * Like {@link #post(URI, String, String, Object)}, for a call that may take longer than usual.
     *
     * @param patience until the answer is there
     */
    public Answer post(URI url, String audience, String subject, Object body, Duration patience)
            throws InterruptedException {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(url)
                    .timeout(patience)
                    .header("Authorization", "Bearer " + tokens.issue(audience, subject))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)));
            String traceparent = Traces.current();
            if (traceparent != null) {
                request.header("traceparent", traceparent);
            }
            HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE,
                    "no answer from " + audience + " at " + url + ": "
                            + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
                    e);
        }
    }

    @Override
    public void close() {
        http.close();
    }

    /** What a service answered. */
    public final class Answer {
        private final int status;
        private final byte[] body;

        Answer(int status, byte[] body) {
            this.status = status;
            this.body = body;
        }

        public int status() {
            return status;
        }

        /** @throws MillraceException with {@code SERVICE_UNAVAILABLE} when the body isn't one */
        public <T> T as(Class<T> type) {
            try {
                T value = json.readValue(body, Argument.of(type));
                if (value != null) {
                    return value;
                }
            } catch (IOException e) {
                throw new MillraceException(
                        ErrorCode.SERVICE_UNAVAILABLE,
                        "a service answered with something else than " + type.getSimpleName(),
                        e);
            }
            throw new MillraceException(ErrorCode.SERVICE_UNAVAILABLE, "a service answered with nothing");
        }
    }
}
