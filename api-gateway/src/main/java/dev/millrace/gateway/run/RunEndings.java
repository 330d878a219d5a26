package dev.millrace.gateway.run;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.notification.EndpointStatus;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Optional;

/** How runs end, and what is left to be done about it. Part of the caller's transaction, which has locked the run. */
@Singleton
class RunEndings {
    private final RunRepository runs;
    private final RunPhases phases;
    private final Claims claims;
    private final RunLog log;
    private final EndpointStatus status;
    private final ApplicationEventPublisher<RunEvent> events;

    RunEndings(
            RunRepository runs,
            RunPhases phases,
            Claims claims,
            RunLog log,
            EndpointStatus status,
            ApplicationEventPublisher<RunEvent> events) {
        this.runs = runs;
        this.phases = phases;
        this.claims = claims;
        this.log = log;
        this.status = status;
        this.events = events;
    }

    void succeed(RunRow run, LoadResult result, Instant now) {
        runs.loaded(
                run.id(), result.rows(), result.superseded(), result.outdated(), result.tied(), result.deleted());
        log.info(
                run.id(),
                now,
                "loaded " + result.rows() + " rows into " + run.targetTable() + ", which now has "
                        + result.tableRows());
        end(run, new RunEvent.End.Succeeded(result), now);
    }

    /** The load of a dry run would succeed. */
    void check(RunRow run, LoadPlan plan, Instant now) {
        runs.planned(run.id(), String.join("\n", plan.steps()));
        plan.steps().forEach(step -> log.info(run.id(), now, step));
        log.info(run.id(), now, "dry run: nothing was loaded");
        end(run, new RunEvent.End.Checked(plan), now);
    }

    /** A load that failed may have left an attempt behind that could still commit, which is to be closed first. */
    void fail(RunRow run, Transitions.Event event, ErrorCode code, String detail, Instant now) {
        Optional<Phase> next = phases.after(run, event);
        if (next.isPresent()) {
            runs.failed(run.id(), code.name(), detail);
            log.error(run.id(), now, code + ": " + detail);
            endOrClose(run, next.get(), new RunEvent.End.Failed(code, detail), now);
        }
    }

    /** @param next the end's own phase, or the one in which its load is closed before */
    void endOrClose(RunRow run, Phase next, RunEvent.End end, Instant now) {
        if (next.closing() == null) {
            end(run, end, now);
        } else {
            phases.close(run, next, now);
        }
    }

    void end(RunRow run, RunEvent.End end, Instant now) {
        runs.finished(run.id(), end.state(), now);
        claims.release(run);
        log.info(run.id(), now, "END " + end.state());
        status.ended(run, end, now);
        events.publishEvent(new RunEvent.Ended(run, end, now));
    }
}
