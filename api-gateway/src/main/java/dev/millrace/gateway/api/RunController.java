package dev.millrace.gateway.api;

import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.history.History;
import dev.millrace.gateway.history.LogLineRow;
import dev.millrace.gateway.history.RejectFilter;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.replay.Replays;
import dev.millrace.gateway.rollback.Rollbacks;
import dev.millrace.gateway.run.Retries;
import dev.millrace.gateway.run.Runs;
import dev.millrace.gateway.store.RunState;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Reject;
import dev.millrace.task.CheckResult;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** Runs: what became of them, and what to do about them. */
@Controller("/api/v1")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "runs")
class RunController {
    private final History history;
    private final Runs runs;
    private final Retries retries;
    private final Replays replays;
    private final Rollbacks rollbacks;
    private final Dispatcher dispatcher;

    RunController(
            History history, Runs runs, Retries retries, Replays replays, Rollbacks rollbacks, Dispatcher dispatcher) {
        this.history = history;
        this.runs = runs;
        this.retries = retries;
        this.replays = replays;
        this.rollbacks = rollbacks;
        this.dispatcher = dispatcher;
    }

    /** @param next to be passed as {@code after} for older runs; null when there are none */
    @Serdeable
    record RunPage(List<RunView> runs, @Nullable String next) {}

    /** @param next to be passed as {@code after} for later lines; null when there are none yet */
    @Serdeable
    record LogPage(List<Line> lines, @Nullable Long next) {}

    @Serdeable
    record Line(Instant time, Heartbeat.Level level, String message) {}

    /**
     * @param total rejects of the run, whatever is filtered
     * @param next to be passed as {@code after} for the rest; null when there is none
     */
    @Serdeable
    record RejectPage(
            long total, List<Reject> rejects, @Nullable Long next) {}

    /** Runs, newest first. */
    @Get("/runs")
    @Needs(value = Role.VIEWER, about = Needs.Subject.LIST)
    RunPage list(
            @Nullable @QueryValue String pipeline,
            @Nullable @QueryValue String endpoint,
            @Nullable @QueryValue String state,
            @QueryValue(defaultValue = "50") int limit,
            @Nullable @QueryValue String after,
            Authentication authentication) {
        int most = checked(limit);
        RunState wanted = state == null ? null : state(state);
        List<RunView> page = Caller.required(authentication)
                .merged(
                        pipeline,
                        each -> history.newest(each, endpoint, wanted, after, most + 1),
                        Comparator.comparing(
                                        (History.Entry entry) -> entry.run().createdAt())
                                .thenComparing(entry -> entry.run().id()))
                .stream()
                .limit(most + 1L)
                .map(RunView::of)
                .toList();
        return page.size() <= most
                ? new RunPage(page, null)
                : new RunPage(page.subList(0, most), page.get(most - 1).id());
    }

    @Get("/runs/{id}")
    @Needs(value = Role.VIEWER, about = Needs.Subject.RUN)
    RunView run(String id) {
        return RunView.of(history.run(id));
    }

    /** The runs that one request has started. */
    @Get("/batches/{id}")
    @Needs(value = Role.VIEWER, about = Needs.Subject.BATCH)
    BatchView batch(String id) {
        List<RunView> found = history.batch(id).stream().map(RunView::of).toList();
        if (found.isEmpty()) {
            throw new MillraceException(ErrorCode.BATCH_UNKNOWN, "no batch " + id);
        }
        return new BatchView(id, found, null);
    }

    /** Lines of the run's log of the level and those above, oldest first. */
    @Get("/runs/{id}/log")
    @Needs(value = Role.VIEWER, about = Needs.Subject.RUN)
    LogPage log(
            String id,
            @QueryValue(defaultValue = "1000") int limit,
            @QueryValue(defaultValue = "0") long after,
            @QueryValue(defaultValue = "DEBUG") Heartbeat.Level level) {
        int most = checked(limit);
        List<LogLineRow> lines = history.log(id, after, level, most + 1);
        List<Line> page = lines.stream()
                .limit(most)
                .map(line -> new Line(line.logTime(), line.level(), line.message()))
                .toList();
        return new LogPage(
                page,
                lines.size() <= most
                        ? null
                        : Objects.requireNonNull(lines.get(most - 1).id()));
    }

    /** @param checks in the order of the pipeline file; empty until the load has come to them, or where there are none */
    @Serdeable
    record CheckList(List<CheckResult> checks) {}

    /** What the run's load has found of its table's checks, with some of the rows that don't meet them. */
    @Get("/runs/{id}/checks")
    @Needs(value = Role.VIEWER, about = Needs.Subject.RUN)
    CheckList checks(String id) {
        return new CheckList(history.run(id).checks());
    }

    /**
     * Records that were not loaded, each with its place and the reason.
     *
     * @param column of the table in which something is wrong; null: any or none
     * @param code of what is wrong; null: any
     */
    @Get("/runs/{id}/rejects")
    @Needs(value = Role.VIEWER, about = Needs.Subject.RUN)
    RejectPage rejects(
            String id,
            @QueryValue(defaultValue = "100") int limit,
            @QueryValue(defaultValue = "0") long after,
            @Nullable @QueryValue String column,
            @Nullable @QueryValue String code) {
        if (after < 0) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "after: " + after + " (expected: 0 or more)");
        }
        long total = history.rejected(id);
        RejectFilter filter = new RejectFilter(column, code == null ? null : RequestValues.faultKind(code));
        List<Reject> page = history.rejects(id, filter, after, checked(limit));
        long end = after + page.size();
        return new RejectPage(total, page, page.size() == limit && end < total ? end : null);
    }

    /** Ends a run. One that is loading is CANCELLING until it is certain that nothing commits any more. */
    @Post("/runs/{id}/cancel")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.RUN)
    RunView cancel(String id, Authentication authentication) {
        runs.cancel(id, authentication.getName());
        dispatcher.cancelled();
        return RunView.of(history.run(id));
    }

    /** Takes a failed or cancelled run up again at the step that didn't succeed. */
    @Post("/runs/{id}/retry")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.RUN)
    RunView retry(String id, Authentication authentication) {
        retries.retry(id, authentication.getName());
        dispatcher.wake();
        return RunView.of(history.run(id));
    }

    /** Brings back what the run's table and cursor were before it, as long as nothing has changed them since. */
    @Post("/runs/{id}/rollback")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.RUN)
    RunView rollBack(String id, Authentication authentication) throws InterruptedException {
        rollbacks.rollBack(id, authentication.getName());
        return RunView.of(history.run(id));
    }

    /**
     * Loads records in the place of those that a run has rejected: JSON objects, one per line ({@code
     * application/x-ndjson}), or, of any other type, in the form of the endpoint's source.
     */
    @Post("/runs/{id}/replay")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.RUN)
    @Consumes(MediaType.ALL)
    HttpResponse<BatchView> replay(String id, HttpRequest<byte[]> request, Authentication authentication) {
        boolean lines = request.getContentType()
                .filter(type -> type.getName().equals("application/x-ndjson"))
                .isPresent();
        byte[] records = request.getBody(byte[].class).orElseGet(() -> new byte[0]);
        Acceptance.Accepted accepted = replays.replay(id, records, lines, authentication.getName());
        dispatcher.wake();
        BatchView batch = batch(accepted.batch());
        return accepted.repeated()
                ? HttpResponse.ok(batch)
                : HttpResponse.accepted().body(batch);
    }

    private static RunState state(String name) {
        List<RunState> known = Arrays.stream(RunState.values())
                .filter(state -> state != RunState.UNKNOWN)
                .toList();
        return known.stream()
                .filter(state -> state.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.REQUEST_INVALID, "state: '" + name + "' (expected: one of " + known + ")"));
    }

    private static int checked(int limit) {
        if (limit < 1 || limit > 1_000) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "limit: " + limit + " (expected: 1 to 1000)");
        }
        return limit;
    }
}
