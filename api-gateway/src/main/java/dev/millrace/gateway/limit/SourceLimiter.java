package dev.millrace.gateway.limit;

import dev.millrace.gateway.look.Looks;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.StoredSpecs;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.pipeline.Limits;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.PermitRequest;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Hands out what the {@link Limits} of a source allow, to all runs of its pipeline together, whichever replicas they
 * and the gateway have. The state is in the run database, and so is the clock. Whoever holds permits keeps them as long
 * as the lease of its task; so those of a killed service come back with the task.
 */
@Singleton
public class SourceLimiter {
    /** Where more runs want permits than there are, one that has held its own for so long lets the next have them. */
    private static final Duration TURN = Duration.ofSeconds(1);
    /** Beginnings are handed out for so long ahead: fewer calls with more, and less to be lost when they aren't used. */
    private static final Duration AHEAD = Duration.ofMillis(500);

    private final RunRepository runs;
    private final TaskRepository tasks;
    private final PermitRepository permits;
    private final Looks looks;
    private final StoredSpecs specs;

    SourceLimiter(RunRepository runs, TaskRepository tasks, PermitRepository permits, Looks looks, StoredSpecs specs) {
        this.runs = runs;
        this.tasks = tasks;
        this.permits = permits;
        this.looks = looks;
        this.specs = specs;
    }

    /**
     * @throws MillraceException with {@code TASK_UNKNOWN}; {@code STALE_ATTEMPT} when the attempt has ended or somebody
     *     else has taken over; {@code REQUEST_INVALID} when its source has no limits; {@code SPEC_UNREADABLE}, of which the run is to end
     */
    @Transactional
    public PermitRequest.Grant grant(String taskId, int attempt, PermitRequest request) {
        Asking asking = looks.open(taskId)
                .map(look -> new Asking(taskId, attempt, look.pipeline(), look.limits()))
                .orElseGet(() -> ofTask(taskId, attempt));
        String pipeline = asking.pipeline();
        Limits limits = asking.limits();
        if (limits == null) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "the source of pipeline " + pipeline + " has no limits");
        }
        Instant now = runs.now();
        permits.know(pipeline, now);
        Instant nextStart = permits.lock(pipeline);
        int held = held(limits.parallel(), pipeline, asking, request, now);
        return starts(limits.requestsPerSecond(), pipeline, nextStart, request.starts(), held, runs.now());
    }

    /**
     * Who asks: an attempt at a task, or one who looks without a run.
     *
     * @param limits of its source; null: there are none
     */
    private record Asking(
            String id,
            int attempt,
            String pipeline,
            @Nullable Limits limits) {}

    private Asking ofTask(String taskId, int attempt) {
        TaskRow task = tasks.findById(taskId)
                .orElseThrow(() -> new MillraceException(ErrorCode.TASK_UNKNOWN, "no task " + taskId));
        if (!task.isAt(attempt)) {
            throw new MillraceException(
                    ErrorCode.STALE_ATTEMPT,
                    "nobody waits for attempt " + attempt + " of task " + taskId + " any more");
        }
        RunRow run = runs.findById(task.run()).orElseThrow();
        return new Asking(taskId, attempt, run.pipeline(), specs.of(run).limits());
    }

    private int held(@Nullable Integer limit, String pipeline, Asking task, PermitRequest request, Instant now) {
        if (limit == null) {
            return request.wanted();
        }
        permits.forgetEnded(pipeline, now);
        List<PermitRow> all = permits.of(pipeline);
        PermitRow own = all.stream()
                .filter(row -> row.task().equals(task.id()))
                .findFirst()
                .orElse(new PermitRow(task.id(), task.attempt(), pipeline, 0, 0, now));
        List<PermitRow> others =
                all.stream().filter(row -> !row.task().equals(task.id())).toList();
        int held = fair(limit, own, others, request, now);
        permits.forget(task.id());
        if (request.wanted() > 0 || held > 0) {
            boolean turned = (own.held() == 0) != (held == 0);
            permits.save(new PermitRow(
                    task.id(), task.attempt(), pipeline, request.wanted(), held, turned ? now : own.since()));
        }
        return held;
    }

    private static int fair(int limit, PermitRow own, List<PermitRow> others, PermitRequest request, Instant now) {
        int underWay = Math.min(request.underWay(), own.held());
        int share = Math.max(
                1,
                limit
                        / (1
                                + (int) others.stream()
                                        .filter(row -> row.wanted() > 0)
                                        .count()));
        boolean othersLack = others.stream().anyMatch(row -> row.held() < Math.min(row.wanted(), share));
        List<PermitRow> waiting = others.stream()
                .filter(row -> row.held() == 0 && row.wanted() > 0)
                .toList();
        boolean turnIsOver = own.held() > 0
                && underWay == 0
                && !waiting.isEmpty()
                && waiting.size()
                        >= limit - others.stream().mapToInt(PermitRow::held).sum()
                && own.since().plus(TURN).isBefore(now);
        if (turnIsOver) {
            return 0;
        }
        int free = limit - others.stream().mapToInt(PermitRow::held).sum();
        if (own.held() == 0) {
            free -= (int) waiting.stream()
                    .filter(row -> row.since().isBefore(own.since())) // those that wait for longer come first
                    .count();
        }
        int wanted = othersLack ? Math.min(request.wanted(), share) : request.wanted();
        return Math.max(Math.max(0, Math.min(wanted, free)), underWay);
    }

    /** Beginnings are spread evenly over time, each handed out once, whoever asks. */
    private PermitRequest.Grant starts(
            @Nullable Double perSecond, String pipeline, Instant nextStart, int wanted, int held, Instant now) {
        if (perSecond == null || wanted == 0) {
            return new PermitRequest.Grant(held, wanted, 0, 0);
        }
        long every = Math.max(1, Math.round(1_000_000 / perSecond));
        int granted = Math.clamp(AHEAD.toNanos() / 1000 / every, 1, wanted);
        Instant first = nextStart.isAfter(now) ? nextStart : now;
        permits.begun(pipeline, first.plus(every * granted, ChronoUnit.MICROS));
        return new PermitRequest.Grant(held, granted, ChronoUnit.MICROS.between(now, first), every);
    }
}
