package dev.millrace.gateway.telemetry;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.store.RunState;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Drift;
import dev.millrace.task.CheckResult;
import dev.millrace.task.Step;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micronaut.transaction.annotation.TransactionalEventListener;
import jakarta.inject.Singleton;
import java.util.Locale;

/**
 * Counts what becomes of runs. Each replica counts what it has done itself, since its start; the sum over all replicas
 * is the truth. Dry runs count nowhere: what is counted is what became of data. Labels are names of pipelines, endpoints
 * and steps, of which there are as many as the files say.
 */
@Singleton
public class RunMeters {
    private static final String REJECTED = "Records that were rejected";

    private final MeterRegistry meters;

    RunMeters(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Its runs count from none: of a counter that begins with the first failure, an alert sees no increase. */
    public void expect(String pipeline, String endpoint) {
        for (RunState state : RunState.values()) {
            if (state.finished()) {
                runs(pipeline, endpoint, state);
                copies("backups", pipeline, endpoint, state);
                copies("restores", pipeline, endpoint, state);
            }
        }
    }

    @TransactionalEventListener
    void count(RunEvent event) {
        if (event.run().dryRun()) {
            return;
        }
        Tags endpoint = Tags.of(
                "pipeline", event.run().pipeline(), "endpoint", event.run().endpoint());
        switch (event) {
            case RunEvent.Taken taken ->
                count("attempts", "Attempts at steps that a service has taken", 1, endpoint.and(step(taken.step())));
            case RunEvent.Repeated repeated ->
                count(
                        "retries",
                        "Further attempts at steps",
                        1,
                        endpoint.and(step(repeated.step()), Tag.of("reason", lower(repeated.reason()))));
            case RunEvent.StepEnded ended -> ended(ended, endpoint);
            case RunEvent.TableChecked checked ->
                checked.results()
                        .forEach(result -> count(
                                "checks",
                                "Checks of tables that loads have looked at",
                                1,
                                endpoint.and(Tag.of("check", result.name()), Tag.of("outcome", outcome(result)))));
            case RunEvent.Ended ended -> ended(ended, endpoint);
        }
    }

    private void ended(RunEvent.StepEnded ended, Tags endpoint) {
        Timer.builder("millrace.step.duration")
                .description("Time from the first offer of a step to its end")
                .tags(endpoint.and(step(ended.step()), Tag.of("outcome", ended.succeeded() ? "succeeded" : "failed")))
                .register(meters)
                .record(ended.duration());
        Counts counts = ended.counts();
        if (counts != null) {
            if (ended.step() == Step.EXTRACT) {
                count("rows.extracted", "Records that sources gave", counts.records(), endpoint);
            }
            count("rows.rejected", REJECTED, counts.rejected(), endpoint);
            count("rows.filtered", "Records that filters left out", counts.filtered(), endpoint);
        }
        Drift drift = ended.drift();
        if (drift != null) {
            count(
                    "drift.missing",
                    "Columns that no record of a run had",
                    drift.missing().size(),
                    endpoint);
            count("drift.unread", "Fields of runs that no column reads", drift.unreadFields(), endpoint);
        }
    }

    private void ended(RunEvent.Ended ended, Tags endpoint) {
        RunEvent.End end = ended.end();
        if (ended.run().isBackup() || ended.run().isRestore()) {
            copies(
                            ended.run().isBackup() ? "backups" : "restores",
                            ended.run().pipeline(),
                            ended.run().endpoint(),
                            end.state())
                    .increment();
            return;
        }
        runs(ended.run().pipeline(), ended.run().endpoint(), end.state()).increment();
        switch (end) {
            case RunEvent.End.Succeeded succeeded -> {
                count("rows.loaded", "Rows that were loaded", succeeded.result().rows(), endpoint);
                count("rows.rejected", REJECTED, succeeded.result().rejected(), endpoint);
            }
            case RunEvent.End.Checked _, RunEvent.End.Failed _, RunEvent.End.Cancelled _ -> {}
        }
    }

    /** @param name backups or restores */
    private Counter copies(String name, String pipeline, String endpoint, RunState end) {
        return Counter.builder("millrace." + name)
                .description("Backups or restores of tables that have ended")
                .tags("pipeline", pipeline, "endpoint", endpoint, "outcome", lower(end))
                .register(meters);
    }

    private Counter runs(String pipeline, String endpoint, RunState end) {
        return Counter.builder("millrace.runs")
                .description("Runs that have ended")
                .tags("pipeline", pipeline, "endpoint", endpoint, "outcome", lower(end))
                .register(meters);
    }

    private void count(String name, String description, long amount, Tags tags) {
        Counter.builder("millrace." + name)
                .description(description)
                .tags(tags)
                .register(meters)
                .increment((double) amount);
    }

    private static String outcome(CheckResult result) {
        return result.fails() ? "failed" : result.warns() ? "warned" : lower(result.state());
    }

    private static Tag step(Step step) {
        return Tag.of("step", lower(step));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
