package dev.millrace.gateway.look;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.OwnUrl;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceProblems;
import dev.millrace.task.Task;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Looks at what an endpoint reads, by a task that belongs to no run. */
@Singleton
class SourceLook {
    private final Looks looks;
    private final RunRepository runs;
    private final GatewayConfig config;
    private final OwnUrl ownUrl;

    SourceLook(Looks looks, RunRepository runs, GatewayConfig config, OwnUrl ownUrl) {
        this.looks = looks;
        this.runs = runs;
        this.config = config;
        this.ownUrl = ownUrl;
    }

    /** A call of the extractor with the task. */
    interface Call<T> {
        T with(Task task) throws InterruptedException;
    }

    /** @throws MillraceException with {@code ENDPOINT_UNKNOWN} */
    static Endpoint endpoint(Pipeline pipeline, String name) {
        Map<String, Endpoint> endpoints = pipeline.allEndpoints();
        Endpoint endpoint = endpoints.get(name);
        if (endpoint == null) {
            throw new MillraceException(
                    ErrorCode.ENDPOINT_UNKNOWN,
                    pipeline.derived().containsKey(name)
                            ? "'" + name
                                    + "' reads no source (expected: an endpoint; the rows of a model or an export are"
                                    + " what its query selects)"
                            : "pipeline " + pipeline.name() + " has no endpoint '" + name + "' (it has: "
                                    + String.join(", ", endpoints.keySet()) + ")");
        }
        return endpoint;
    }

    /**
     * The day that a run would load.
     *
     * @param wanted null: today, if the endpoint loads days
     * @return null when it loads everything
     * @throws MillraceException with {@code REQUEST_INVALID} when a day is wanted of an endpoint that doesn't load it
     */
    @Nullable
    RunWindow day(Endpoint endpoint, @Nullable RunWindow wanted) {
        Endpoint.Day days = endpoint.day();
        if (days == null) {
            if (wanted != null) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "day: the endpoint loads no single days (no key 'day' in the pipeline file)");
            }
            return null;
        }
        return RunSpec.OfEndpoint.day(days, wanted, runs.now());
    }

    /** Calls with what the run of the endpoint would read. */
    <T> T at(Pipeline pipeline, String name, @Nullable RunWindow day, Call<T> call) throws InterruptedException {
        String reader = pipeline.readerFor(name).orElse(name);
        Endpoint reading = Objects.requireNonNull(pipeline.endpoints().get(reader));
        String look = looks.begin(pipeline.name(), pipeline.source().limits());
        try {
            return call.with(new Task(
                    look,
                    look,
                    Looks.ATTEMPT,
                    pipeline.name(),
                    name,
                    day,
                    pipeline.credentials(),
                    ownUrl.resolve("/internal/tasks/" + look + "/attempts/" + Looks.ATTEMPT),
                    config.lease().dividedBy(3),
                    null,
                    new RunSpec.OfEndpoint(pipeline.source(), reading, pipeline.credentials(), true, null, List.of())
                            .extract()));
        } finally {
            looks.end(look);
        }
    }

    /** @throws MillraceException with what the service said in the place of an answer */
    static <T> T answered(HttpResponse<T> answer, String service) {
        if (answer.code() == 200) {
            return answer.body();
        }
        if (answer.code() == 404) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE, "the " + service + " is of a version that can't look before a run");
        }
        Problem problem = ServiceProblems.of(answer);
        throw new MillraceException(
                ErrorCode.named(problem.code()).orElse(ErrorCode.SERVICE_UNAVAILABLE),
                String.valueOf(problem.detail()));
    }
}
