package dev.millrace.testing.rounds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** The gateway's public API, as a caller uses it who asks again until there is an answer. Safe for use by several threads. */
final class Api implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final Supplier<URI> gateway;
    private final Duration patience;

    /** @param patience after which a call without an answer is an error */
    Api(Supplier<URI> gateway, Duration patience) {
        this.gateway = gateway;
        this.patience = patience;
    }

    /** @param status neither 5xx nor 429, after which it was asked again */
    record Answer(int status, JsonNode body) {
        JsonNode ok() {
            if (status / 100 != 2) {
                throw new IllegalStateException(status + ": " + body);
            }
            return body;
        }
    }

    Answer get(String path) throws InterruptedException, TimeoutException {
        return call(path, "GET", "", "");
    }

    /** @param key of idempotency; empty: none */
    Answer post(String path, String body, String key) throws InterruptedException, TimeoutException {
        return call(path, "POST", body, key);
    }

    private Answer call(String path, String method, String body, String key)
            throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + patience.toNanos();
        String last = "";
        while (System.nanoTime() < deadline) {
            HttpRequest.Builder request = HttpRequest.newBuilder(gateway.get().resolve(path))
                    .timeout(ANSWER)
                    .header("Authorization", "Bearer " + Processes.TOKEN)
                    .method(method, HttpRequest.BodyPublishers.ofString(body));
            if (!body.isEmpty()) {
                request.header("Content-Type", "application/json");
            }
            if (!key.isEmpty()) {
                request.header("Idempotency-Key", key);
            }
            try {
                HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() < 500 && answer.statusCode() != 429) {
                    return new Answer(answer.statusCode(), JSON.readTree(answer.body()));
                }
                last = answer.statusCode() + ": " + answer.body();
            } catch (IOException e) {
                last = e.toString();
            }
            Thread.sleep(100);
        }
        throw new TimeoutException(
                method + " " + path + " has no answer after " + patience.toSeconds() + " s: " + last);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
