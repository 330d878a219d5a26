package dev.millrace.gateway.telemetry;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.task.CheckResult;
import dev.millrace.task.LogContext;
import io.micronaut.transaction.annotation.TransactionalEventListener;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** The lines in the gateway's own log for what becomes of runs, in words and, for alerts, in fields. */
@Singleton
class RunLines {
    private static final Logger LOG = LoggerFactory.getLogger(RunLines.class);

    @TransactionalEventListener
    void log(RunEvent event) {
        RunRow run = event.run();
        try (LogContext _ = LogContext.of(run.id(), run.pipeline(), run.endpoint())) {
            switch (event) {
                case RunEvent.Taken taken -> LOG.debug("a service has the {} task of run {}", taken.step(), run.id());
                case RunEvent.Repeated repeated ->
                    LOG.atInfo()
                            .addKeyValue("event", "step-repeated")
                            .addKeyValue("step", repeated.step().folder())
                            .addKeyValue("reason", repeated.reason())
                            .log("run {}: another attempt at {}: {}", run.id(), repeated.step(), repeated.reason());
                case RunEvent.StepEnded ended ->
                    LOG.atInfo()
                            .addKeyValue("event", "step-ended")
                            .addKeyValue("step", ended.step().folder())
                            .addKeyValue("succeeded", ended.succeeded())
                            .addKeyValue("duration_ms", ended.duration().toMillis())
                            .log(
                                    "run {}: {} {} after {} ms",
                                    run.id(),
                                    ended.step(),
                                    ended.succeeded() ? "done" : "failed",
                                    ended.duration().toMillis());
                case RunEvent.TableChecked checked ->
                    checked.results().stream()
                            .filter(result -> result.state() == CheckResult.State.UNMET)
                            .forEach(result -> LOG.atWarn()
                                    .addKeyValue("event", "check-unmet")
                                    .addKeyValue("check", result.name())
                                    .addKeyValue("severity", result.severity())
                                    .log("run {}: {}", run.id(), result.line()));
                case RunEvent.Ended ended -> ended(run, ended.end());
            }
        }
    }

    private static void ended(RunRow run, RunEvent.End end) {
        String name = run.pipeline() + "/" + run.endpoint();
        if (run.dryRun()) { // an event of its own: nobody is to be alerted by one
            LOG.atInfo()
                    .addKeyValue("event", "dry-run-ended")
                    .addKeyValue("outcome", end.state())
                    .log("dry run {} of {} ended as {}", run.id(), name, end.state());
            return;
        }
        switch (end) {
            case RunEvent.End.Succeeded succeeded ->
                line(LOG.atInfo(), end)
                        .addKeyValue("rows", succeeded.result().rows())
                        .log("run {} of {} succeeded", run.id(), name);
            case RunEvent.End.Failed failed ->
                line(LOG.atError(), end)
                        .addKeyValue("code", failed.code())
                        .log("run {} of {} failed: {}: {}", run.id(), name, failed.code(), failed.detail());
            case RunEvent.End.Checked _ -> throw new IllegalStateException("a run that loads was only checked");
            case RunEvent.End.Cancelled _ -> line(LOG.atInfo(), end).log("run {} of {} was cancelled", run.id(), name);
        }
    }

    private static LoggingEventBuilder line(LoggingEventBuilder builder, RunEvent.End end) {
        return builder.addKeyValue("event", "run-ended").addKeyValue("outcome", end.state());
    }
}
