package dev.millrace.standalone.client;

import com.fasterxml.jackson.core.JacksonException;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;

/**
 * Calls a gateway's public API. Every method returns the answer as it was sent, JSON, to be shown as it is or to be
 * {@link #read}; throws {@link RefusedException} when the gateway answers with a problem, {@link
 * UnreachableException} when it doesn't answer. Safe for use by several threads.
 */
public final class GatewayClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofMinutes(2);

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();
    private final URI url;
    private final String token;

    public GatewayClient(URI url, String token) {
        this.url = url;
        this.token = token;
    }

    /** @param endpoints empty: all */
    public String start(String pipeline, List<String> endpoints, @Nullable LocalDate day) {
        return post("/api/v1/pipelines/" + encode(pipeline) + "/runs", new Answers.Start(endpoints, day));
    }

    public String batch(String id) {
        return get("/api/v1/batches/" + encode(id));
    }

    /** The latest first. */
    public String runs(int limit) {
        return get("/api/v1/runs?limit=" + limit);
    }

    public String run(String id) {
        return get("/api/v1/runs/" + encode(id));
    }

    /** @param after what the page before said of the next; 0: the first page */
    public String log(String run, long after) {
        return get("/api/v1/runs/" + encode(run) + "/log?limit=1000&after=" + after);
    }

    public String rejects(String run, int limit) {
        return get("/api/v1/runs/" + encode(run) + "/rejects?limit=" + limit);
    }

    public String cancel(String run) {
        return post("/api/v1/runs/" + encode(run) + "/cancel", null);
    }

    public String retry(String run) {
        return post("/api/v1/runs/" + encode(run) + "/retry", null);
    }

    public String query(String sql, int limit) {
        return post("/api/v1/query", new Query(sql, limit));
    }

    /** What an answer says. */
    public <T> T read(String answer, Class<T> type) {
        try {
            return json.readValue(answer, Argument.of(type));
        } catch (IOException e) {
            throw new UnreachableException(
                    url + " answered with something else than a gateway's " + type.getSimpleName(), e);
        }
    }

    private String get(String path) {
        return send(request(path).GET());
    }

    private String post(String path, @Nullable Object body) {
        try {
            HttpRequest.BodyPublisher publisher = body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body));
            return send(request(path).header("Content-Type", "application/json").POST(publisher));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .timeout(ANSWER)
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json, application/problem+json");
    }

    private String send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (response.statusCode() / 100 == 2) {
                return response.body();
            }
            throw refused(response);
        } catch (IOException e) {
            throw new UnreachableException("the gateway at " + url + " can't be reached", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("interrupted while the gateway at " + url + " was asked", e);
        }
    }

    private RefusedException refused(HttpResponse<String> response) {
        Problem problem;
        try {
            problem = json.readValue(response.body(), Argument.of(Problem.class));
        } catch (JacksonException e) {
            problem = null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (problem == null) {
            ErrorCode code = response.statusCode() < 500 ? ErrorCode.REQUEST_INVALID : ErrorCode.INTERNAL;
            problem = new Problem(
                    "about:blank",
                    "Error",
                    response.statusCode(),
                    code.name(),
                    "the gateway answered with " + response.statusCode(),
                    null,
                    null);
        }
        return new RefusedException(problem, response.body());
    }

    private static String encode(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        http.close();
    }
}
