package dev.millrace.gateway.api;

import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.access.Scope;
import dev.millrace.gateway.history.History;
import dev.millrace.gateway.schedule.Schedules;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;

/** Schedules: when endpoints are started and tables backed up by themselves, and whether they are. */
@Controller("/api/v1/schedules")
@Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "schedules")
class ScheduleController {
    private final Schedules schedules;
    private final History history;

    ScheduleController(Schedules schedules, History history) {
        this.schedules = schedules;
        this.history = history;
    }

    @Serdeable
    record SchedulePage(List<ScheduleView> schedules) {}

    /**
     * @param endpoint its name; or, when it is a table that is backed up, that with its dataset
     * @param backup whether it is one
     * @param schedule five cron fields, read in {@code timezone}
     * @param next when it comes due; null while it is suspended, or when it never does
     * @param lastStarted when it last came due and started a run; null when it hasn't yet
     * @param lastRun the newest run of the endpoint, or backup of the table, whatever started it; null when there is none
     * @param note what is wrong with the schedule; null when nothing is
     */
    @Serdeable
    record ScheduleView(
            String pipeline,
            String endpoint,
            boolean backup,
            String schedule,
            String timezone,
            boolean suspended,
            @Nullable Instant next,
            @Nullable Instant lastStarted,
            @Nullable LastRun lastRun,
            @Nullable String note) {}

    /**
     * @param finishedAt null while it isn't over
     * @param error why it failed; null unless it did
     */
    @Serdeable
    record LastRun(
            String id,
            RunState state,
            String trigger,
            Instant createdAt,
            @Nullable Instant finishedAt,
            RunView.@Nullable ErrorView error) {
        static LastRun of(RunRow run) {
            return new LastRun(
                    run.id(),
                    run.state(),
                    run.runTrigger(),
                    run.createdAt(),
                    run.finishedAt(),
                    RunView.ErrorView.of(run));
        }
    }

    /** All schedules, by pipeline and endpoint. */
    @Get
    @Needs(value = Role.VIEWER, about = Needs.Subject.LIST)
    SchedulePage list(Authentication authentication) {
        Scope scope = Caller.required(authentication).scope();
        return new SchedulePage(schedules.all().stream()
                .filter(entry -> scope.hasPipeline(entry.pipeline()))
                .map(this::view)
                .toList());
    }

    /** Starts nothing any more until it is resumed. Runs that are under way go on. */
    @Post("/{pipeline}/{endpoint}/suspend")
    ScheduleView suspend(String pipeline, String endpoint) {
        return view(schedules.set(pipeline, endpoint, Schedules.State.SUSPENDED));
    }

    /** Has a suspended schedule followed again. */
    @Post("/{pipeline}/{endpoint}/resume")
    ScheduleView resume(String pipeline, String endpoint) {
        return view(schedules.set(pipeline, endpoint, Schedules.State.FOLLOWED));
    }

    private ScheduleView view(Schedules.Entry entry) {
        return new ScheduleView(
                entry.pipeline(),
                entry.endpoint(),
                entry.backup(),
                entry.cron(),
                entry.timezone(),
                entry.suspended(),
                entry.next(),
                entry.lastStarted(),
                (entry.backup()
                                ? history.lastBackup(entry.pipeline(), entry.endpoint())
                                : history.last(entry.pipeline(), entry.endpoint()))
                        .map(LastRun::of)
                        .orElse(null),
                entry.note());
    }
}
