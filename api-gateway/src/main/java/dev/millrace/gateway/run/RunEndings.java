package dev.millrace.gateway.run;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.notification.EndpointStatus;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.CheckResult;
import dev.millrace.task.CheckResults;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;

/** How runs end, and what is left to be done about it. Part of the caller's transaction, which has locked the run. */
@Singleton
class RunEndings {
    private final RunRepository runs;
    private final RunPhases phases;
    private final Claims claims;
    private final RunLog log;
    private final EndpointStatus status;
    private final Json json;
    private final ApplicationEventPublisher<RunEvent> events;

    RunEndings(
            RunRepository runs,
            RunPhases phases,
            Claims claims,
            RunLog log,
            EndpointStatus status,
            Json json,
            ApplicationEventPublisher<RunEvent> events) {
        this.runs = runs;
        this.phases = phases;
        this.claims = claims;
        this.log = log;
        this.status = status;
        this.json = json;
        this.events = events;
    }

    /** The load is in the table. */
    void succeed(RunRow run, Transitions.Event event, LoadResult result, Instant now) {
        phases.after(run, event).ifPresent(next -> {
            runs.loaded(
                    run.id(), result.rows(), result.superseded(), result.outdated(), result.tied(), result.deleted());
            if (result.rejected() > 0) {
                runs.rejectedByLoad(run.id(), result.rejected());
                log.warn(run.id(), now, "the load rejected " + result.rejected() + " rows by foreign keys");
            }
            log.info(
                    run.id(),
                    now,
                    run.isBackup()
                            ? "backed up " + result.rows() + " rows of " + run.targetTable()
                            : "loaded " + result.rows() + " rows into " + run.targetTable() + ", which now has "
                                    + result.tableRows());
            checked(run, result.checks(), now);
            enter(run, next, new RunEvent.End.Succeeded(result), now);
        });
    }

    /** What a load has found of its table's checks; empty when it has none, or didn't come to them. */
    void checked(RunRow run, List<CheckResult> results, Instant now) {
        if (results.isEmpty()) {
            return;
        }
        runs.checked(run.id(), json.write(new CheckResults(results)));
        results.forEach(result -> log.add(
                run.id(),
                now,
                result.fails() ? Heartbeat.Level.ERROR : result.warns() ? Heartbeat.Level.WARN : Heartbeat.Level.INFO,
                result.line()));
        events.publishEvent(new RunEvent.TableChecked(run, results));
    }

    /** The load of a dry run would succeed. */
    void check(RunRow run, LoadPlan plan, Instant now) {
        phases.after(run, Transitions.Event.CHECKED).ifPresent(next -> {
            runs.planned(run.id(), String.join("\n", plan.steps()));
            plan.steps().forEach(step -> log.info(run.id(), now, step));
            log.info(run.id(), now, "dry run: nothing was loaded");
            enter(run, next, new RunEvent.End.Checked(plan), now);
        });
    }

    /** A load that failed may have left an attempt behind that could still commit, which is to be closed first. */
    void fail(RunRow run, Transitions.Event event, ErrorCode code, String detail, Instant now) {
        phases.after(run, event).ifPresent(next -> {
            runs.failed(run.id(), code.name(), detail);
            log.error(run.id(), now, code + ": " + detail);
            enter(run, next, new RunEvent.End.Failed(code, detail), now);
        });
    }

    /**
     * Enters the phase of an end, or the one before it in which the load is closed.
     *
     * @param end how the run ends, unless its load is to be closed before
     */
    void enter(RunRow run, Phase next, RunEvent.End end, Instant now) {
        if (next.closing() != null) {
            runs.closing(run.id(), next.state(), next.closing(), now);
            return;
        }
        runs.finished(run.id(), next.state(), now);
        claims.release(run);
        log.info(run.id(), now, "END " + next.state());
        status.ended(run, end, now);
        events.publishEvent(new RunEvent.Ended(run, end, now));
    }
}
