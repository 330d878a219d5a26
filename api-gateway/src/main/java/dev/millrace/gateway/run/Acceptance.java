package dev.millrace.gateway.run;

import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** Turns a request into stored runs, all or none, before anything starts. */
@Singleton
public class Acceptance {
    private final RunRepository runs;
    private final Runs machine;
    private final Json json;

    Acceptance(RunRepository runs, Runs machine, Json json) {
        this.runs = runs;
        this.machine = machine;
        this.json = json;
    }

    /**
     * What is asked for.
     *
     * @param pipeline with an absolute folder, if it has one
     * @param endpoints by name; empty: all of the pipeline
     * @param day for endpoints that load days; null: today in UTC
     * @param trigger {@code api} or {@code schedule}
     * @param idempotencyKey null: every request is a new one
     */
    public record Request(
            Pipeline pipeline,
            List<String> endpoints,
            @Nullable LocalDate day,
            String trigger,
            @Nullable String idempotencyKey) {}

    /** @param repeated whether the request had been accepted before */
    public record Accepted(String batch, List<RunRow> runs, boolean repeated) {}

    /**
     * @throws RunActive when one of the endpoints has an unfinished run for the window
     * @throws MillraceException with {@code ENDPOINT_UNKNOWN}, {@code REQUEST_INVALID} or {@code IDEMPOTENCY_KEY_REUSED}
     */
    @Transactional
    public Accepted accept(Request request) {
        SortedMap<String, Endpoint> wanted = wanted(request);
        if (request.day() != null && wanted.values().stream().allMatch(endpoint -> endpoint.day() == null)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "day: none of the endpoints loads single days (no key 'day' in the pipeline file)");
        }
        Instant now = runs.now();
        String batch = UUID.randomUUID().toString();
        String key = request.idempotencyKey();
        if (key != null) {
            String content = request.pipeline().name() + " " + wanted.keySet() + " " + request.day();
            String digest = UUID.nameUUIDFromBytes(content.getBytes(StandardCharsets.UTF_8))
                    .toString();
            String name = request.trigger() + ":" + key; // a caller is not to meet the scheduler's keys
            if (runs.remember(name, digest, batch, now) == 0) {
                return repeated(key, name, digest);
            }
        }
        wanted.forEach((name, endpoint) -> accept(request, name, endpoint, batch, now));
        return new Accepted(batch, runs.batch(batch), false);
    }

    /** By name, so that every request claims in the same order and no two wait for each other. */
    private static SortedMap<String, Endpoint> wanted(Request request) {
        Map<String, Endpoint> all = request.pipeline().endpoints();
        SortedMap<String, Endpoint> wanted = new TreeMap<>();
        for (String name : request.endpoints().isEmpty() ? all.keySet() : request.endpoints()) {
            Endpoint endpoint = all.get(name);
            if (endpoint == null) {
                throw new MillraceException(
                        ErrorCode.ENDPOINT_UNKNOWN,
                        "pipeline " + request.pipeline().name() + " has no endpoint '" + name + "' (it has: "
                                + String.join(", ", all.keySet()) + ")");
            }
            if (wanted.put(name, endpoint) != null) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID, "endpoints: " + request.endpoints() + " (expected: each name once)");
            }
        }
        return wanted;
    }

    private void accept(Request request, String name, Endpoint endpoint, String batch, Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        LocalDate day = endpoint.day() == null ? null : request.day() == null ? today : request.day();
        RunSpec spec = new RunSpec(request.pipeline().source(), endpoint);
        RunRow run = new RunRow(
                UUID.randomUUID().toString(),
                batch,
                request.pipeline().name(),
                name,
                day,
                endpoint.destination().table(),
                request.trigger(),
                RunState.QUEUED,
                json.write(spec),
                1,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                false,
                now,
                null,
                null);
        machine.accept(run, spec, now);
        String claim = Runs.claimName(run);
        if (runs.claim(claim, run.id()) == 0) {
            throw new RunActive(run.pipeline(), name, runs.claimant(claim).orElse("which has just ended"));
        }
    }

    private Accepted repeated(String key, String name, String digest) {
        if (!runs.rememberedRequest(name).orElse("").equals(digest)) {
            throw new MillraceException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED, "Idempotency-Key '" + key + "' came with another request before");
        }
        String batch = runs.rememberedBatch(name).orElseThrow();
        return new Accepted(batch, runs.batch(batch), true);
    }
}
