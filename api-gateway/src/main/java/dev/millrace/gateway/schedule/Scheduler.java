package dev.millrace.gateway.schedule;

import dev.millrace.gateway.backup.TableBackups;
import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import dev.millrace.gateway.telemetry.BackgroundWork.Result;
import dev.millrace.pipeline.CatchUp;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Schedule;
import dev.millrace.pipeline.ScheduledBackup;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts endpoints, and backups of tables, when their schedules come due, as far as that is not somebody else's to do. Several
 * replicas may do so: the due time is part of the idempotency key, so each is started once. What came due while no gateway was up is made up for as the endpoint says; what did
 * while the schedule was suspended, and backups, are not.
 */
@Singleton
class Scheduler {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    /** How often it is kept that all that came due is started; what came due within is started again, which its key prevents. */
    private static final Duration KEEPING = Duration.ofSeconds(10);

    /** Of one endpoint, so that the end of a long pause doesn't begin with thousands of runs. */
    private static final int MOST_MISSED = 100;

    private final PipelineCatalog catalog;
    private final Acceptance acceptance;
    private final TableBackups backups;
    private final Dispatcher dispatcher;
    private final Schedules schedules;
    private final SchedulesConfig config;
    private final BackgroundWork work;
    private final Clock clock;
    private final ScheduleLookRepository looks;
    private final Map<String, Due> due = new LinkedHashMap<>();
    private Instant lastLook;
    private @Nullable Instant lastKept;

    Scheduler(
            PipelineCatalog catalog,
            Acceptance acceptance,
            TableBackups backups,
            Dispatcher dispatcher,
            Schedules schedules,
            SchedulesConfig config,
            BackgroundWork work,
            Clock clock,
            ScheduleLookRepository looks) {
        this.catalog = catalog;
        this.acceptance = acceptance;
        this.backups = backups;
        this.dispatcher = dispatcher;
        this.schedules = schedules;
        this.config = config;
        this.work = work;
        this.clock = clock;
        this.looks = looks;
        this.lastLook = clock.instant();
    }

    @Scheduled(fixedDelay = "1s", initialDelay = "1s")
    synchronized void look() {
        if (config.type() == SchedulesConfig.Type.NONE || !config.follow()) {
            return;
        }
        if (lastKept == null && work.attempt(Kind.SCHEDULES, this::makeUp) != Result.DONE) {
            return; // later: what comes due meanwhile is after the last look
        }
        Instant since = lastLook;
        Instant now = clock.instant();
        for (PipelineCatalog.InForce inForce : catalog.content().inForce().values()) {
            Pipeline pipeline = inForce.pipeline();
            pipeline.endpoints()
                    .forEach((name, endpoint) -> endpoint.parsedSchedule()
                            .flatMap(schedule -> ours(schedule, since, now))
                            .ifPresent(time -> put(new Due(inForce, name, null, time))));
            pipeline.backups()
                    .forEach(backup -> ours(backup.parsedSchedule(), since, now)
                            .ifPresent(time -> put(new Due(inForce, backup.table(), backup, time))));
        }
        lastLook = now;
        if (!due.isEmpty()) {
            startDue();
        }
        if (due.isEmpty() && lastKept != null && !now.isBefore(lastKept.plus(KEEPING))) {
            work.attempt(Kind.SCHEDULES, () -> looks.followed(now));
            lastKept = now;
        }
    }

    /** The first time after a look, up to now, at which it is to be started here. */
    private Optional<Instant> ours(Schedule schedule, Instant since, Instant now) {
        Optional<Instant> next = schedule.after(since);
        while (next.isPresent() && !next.get().isAfter(now)) {
            if (schedules.starts(schedule, next.get())) {
                return next;
            }
            next = schedule.after(next.get());
        }
        return Optional.empty();
    }

    private void put(Due wanted) {
        due.put(wanted.id(), wanted);
    }

    /** Finds what came due before this process began to look, while no other did. */
    private void makeUp() {
        looks.begin(lastLook);
        Instant followed = looks.last().orElse(lastLook);
        for (PipelineCatalog.InForce inForce : catalog.content().inForce().values()) {
            inForce.pipeline()
                    .endpoints()
                    .forEach((name, endpoint) -> endpoint.parsedSchedule()
                            .ifPresent(schedule -> missed(endpoint.catchUp(), schedule, followed)
                                    .filter(time -> schedules.starts(schedule, time))
                                    .forEach(time -> {
                                        Due wanted = new Due(inForce, name, null, time);
                                        LOG.info("{} is made up for: no gateway was up when it came due", wanted.key());
                                        due.put(wanted.key(), wanted);
                                    })));
        }
        lastKept = followed;
    }

    private Stream<Instant> missed(CatchUp catchUp, Schedule schedule, Instant followed) {
        Deque<Instant> times = new ArrayDeque<>();
        long left = 0;
        int most = switch (catchUp) {
            case NONE -> 0;
            case LAST -> 1;
            case ALL -> MOST_MISSED;
        };
        Optional<Instant> next = most == 0 ? Optional.empty() : schedule.after(followed);
        while (next.isPresent() && !next.get().isAfter(lastLook)) {
            times.add(next.get());
            if (times.size() > most) {
                Instant _ = times.removeFirst();
                left++;
            }
            next = schedule.after(next.get());
        }
        if (catchUp == CatchUp.ALL && left > 0) {
            LOG.warn(
                    "{} times since {} are not made up for, only the last {}: a backfill loads their windows",
                    left,
                    followed,
                    most);
        }
        return times.stream();
    }

    private void startDue() {
        boolean known = work.attempt(Kind.SCHEDULES, () -> {
                    Set<String> held = schedules.held();
                    due.values().removeIf(wanted -> held.contains(wanted.id()));
                })
                == Result.DONE;
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
        String id() {
            return Schedules.id(inForce.pipeline().name(), name);
        }

        /** The window that was due; null: it has none. */
        @Nullable
        RunWindow window() {
            Endpoint endpoint = inForce.pipeline().endpoints().get(name);
            return endpoint == null || endpoint.day() == null
                    ? null
                    : endpoint.day().of(time);
        }

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
                        wanted.window(),
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
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.IDEMPOTENCY_KEY_REUSED) {
                throw e;
            }
            LOG.debug("{} was started by a gateway of another version, which names no window", wanted.key());
        }
    }
}
