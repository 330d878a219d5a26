package dev.millrace.gateway.schedule;

import dev.millrace.gateway.backup.TableBackups;
import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import dev.millrace.gateway.telemetry.BackgroundWork.Result;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.ScheduledBackup;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts endpoints, and backups of tables, when their schedules come due. Several replicas may do so: the due time is part of the
 * idempotency key, so each is started once. What came due while no gateway was up, or while
 * the schedule was suspended, is not made up for.
 */
@Singleton
class Scheduler {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    private final PipelineCatalog catalog;
    private final Acceptance acceptance;
    private final TableBackups backups;
    private final Dispatcher dispatcher;
    private final SuspensionRepository suspensions;
    private final SchedulesConfig config;
    private final BackgroundWork work;
    private final Clock clock;
    private final Map<String, Due> due = new LinkedHashMap<>();
    private Instant lastLook;

    Scheduler(
            PipelineCatalog catalog,
            Acceptance acceptance,
            TableBackups backups,
            Dispatcher dispatcher,
            SuspensionRepository suspensions,
            SchedulesConfig config,
            BackgroundWork work,
            Clock clock) {
        this.catalog = catalog;
        this.acceptance = acceptance;
        this.backups = backups;
        this.dispatcher = dispatcher;
        this.suspensions = suspensions;
        this.config = config;
        this.work = work;
        this.clock = clock;
        this.lastLook = clock.instant();
    }

    @Scheduled(fixedDelay = "1s", initialDelay = "1s")
    synchronized void look() {
        if (config.type() != SchedulesConfig.Type.EMBEDDED || !config.follow()) {
            return;
        }
        Instant since = lastLook;
        Instant now = clock.instant();
        for (PipelineCatalog.InForce inForce : catalog.content().inForce().values()) {
            Pipeline pipeline = inForce.pipeline();
            pipeline.endpoints()
                    .forEach((name, endpoint) -> endpoint.parsedSchedule()
                            .flatMap(schedule -> schedule.after(since))
                            .filter(time -> !time.isAfter(now))
                            .ifPresent(time -> put(new Due(inForce, name, null, time))));
            pipeline.backups()
                    .forEach(backup -> backup.parsedSchedule()
                            .after(since)
                            .filter(time -> !time.isAfter(now))
                            .ifPresent(time -> put(new Due(inForce, backup.table(), backup, time))));
        }
        lastLook = now;
        if (!due.isEmpty()) {
            startDue();
        }
    }

    private void put(Due wanted) {
        due.put(EmbeddedSchedules.id(wanted.inForce().pipeline().name(), wanted.name()), wanted);
    }

    private void startDue() {
        boolean known = work.attempt(Kind.SCHEDULES, () -> due.keySet().removeAll(suspensions.all())) == Result.DONE;
        if (known) {
            due.entrySet()
                    .removeIf(wanted -> work.isDue(Kind.SCHEDULES, wanted.getKey())
                            && work.attempt(Kind.SCHEDULES, wanted.getKey(), () -> start(wanted.getValue()))
                                    == Result.DONE);
        }
    }

    /**
     * What has come due. A later time takes the place of one that couldn't be started until then.
     *
     * @param name of an endpoint, or of a table
     * @param backup of the table; null: an endpoint is run
     */
    private record Due(
            PipelineCatalog.InForce inForce,
            String name,
            @Nullable ScheduledBackup backup,
            Instant time) {
        String key() {
            return inForce.pipeline().name() + "/" + name + "/" + time;
        }
    }

    private void start(Due wanted) {
        try {
            if (wanted.backup() == null) {
                acceptance.accept(new Acceptance.Request(
                        wanted.inForce().pipeline(),
                        List.of(wanted.name()),
                        null,
                        false,
                        false,
                        true,
                        "schedule",
                        wanted.key(),
                        wanted.inForce().remarks(),
                        null));
            } else {
                backups.backUp(wanted.inForce(), wanted.backup(), wanted.key());
            }
            dispatcher.wake();
        } catch (RunActive e) {
            LOG.warn("{} is left out: {}", wanted.key(), e.getMessage());
        }
    }
}
