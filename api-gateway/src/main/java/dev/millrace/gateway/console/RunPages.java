package dev.millrace.gateway.console;

import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.api.RequestValues;
import dev.millrace.gateway.history.History;
import dev.millrace.gateway.history.LogLineRow;
import dev.millrace.gateway.history.RejectFilter;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Fault;
import dev.millrace.staging.Reject;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Runs: what became of them, their logs, and what they rejected. */
@Controller("/console/runs")
@Produces(MediaType.TEXT_HTML)
@Needs(value = Role.VIEWER, about = Needs.Subject.RUN)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class RunPages {
    private static final int RUNS = 50;
    /** So few that a page with them is made and drawn at once. */
    private static final int LINES = 200;

    private static final int REJECTS = 50;

    private final History history;
    private final Templates templates;

    RunPages(History history, Templates templates) {
        this.history = history;
        this.templates = templates;
    }

    /**
     * @param pipeline that the list is about; empty, as the endpoint and the state may be: all
     * @param next where older ones begin; null: there are none
     */
    record RunsPage(
            Frame frame,
            String pipeline,
            String endpoint,
            String state,
            List<History.Entry> runs,
            @Nullable String next) {
        List<RunState> states() {
            return Arrays.stream(RunState.values())
                    .filter(each -> each != RunState.UNKNOWN)
                    .toList();
        }
    }

    @Get
    @Needs(value = Role.VIEWER, about = Needs.Subject.EVERYTHING)
    HttpResponse<?> runs(
            @QueryValue(defaultValue = "") String pipeline,
            @QueryValue(defaultValue = "") String endpoint,
            @QueryValue(defaultValue = "") String state,
            @Nullable @QueryValue String after,
            HttpRequest<?> request) {
        RunState wanted = state.isEmpty()
                ? null
                : Arrays.stream(RunState.values())
                        .filter(each -> each.name().equals(state))
                        .findFirst()
                        .orElseThrow(() -> new MillraceException(
                                ErrorCode.REQUEST_INVALID, "state: '" + state + "' (expected: a state of runs)"));
        List<History.Entry> found = history.newest(
                pipeline.isBlank() ? null : pipeline.strip(),
                endpoint.isBlank() ? null : endpoint.strip(),
                wanted,
                after,
                RUNS + 1);
        boolean more = found.size() > RUNS;
        List<History.Entry> page = more ? found.subList(0, RUNS) : found;
        return templates.page(
                "runs",
                new RunsPage(
                        Frame.of("Runs", Frame.Section.RUNS, request),
                        pipeline,
                        endpoint,
                        state,
                        page,
                        more ? page.getLast().run().id() : null));
    }

    /**
     * @param lines of the log, those of the level and above, the oldest first
     * @param next number of the line after which there are more; null: these are all
     * @param first whether the lines begin with the log's first
     * @param rejected how many rejects there are
     */
    record RunPage(
            Frame frame,
            History.Entry entry,
            Heartbeat.Level level,
            List<LogLineRow> lines,
            @Nullable Long next,
            boolean first,
            long rejected) {
        RunRow run() {
            return entry.run();
        }

        Optional<ErrorCode> code() {
            return run().errorCode() == null ? Optional.empty() : ErrorCode.named(String.valueOf(run().errorCode()));
        }

        /** What somebody has to do about a failure, in a sentence. */
        String advice() {
            return code().map(code -> actor(code.actor()) + retry(code.retry())).orElse("");
        }

        private static String actor(ErrorCode.Actor actor) {
            return switch (actor) {
                case CALLER -> "Whoever has started it has to act.";
                case PIPELINE_AUTHOR -> "Whoever wrote the pipeline file has to act.";
                case OPERATOR -> "Whoever runs this installation, its warehouse and its secrets has to act.";
                case SOURCE_OWNER -> "Whoever runs the source has to act.";
                case DEVELOPERS -> "It is a defect of Millrace.";
                case NOBODY -> "Nobody has to act.";
            };
        }

        private static String retry(ErrorCode.Retry retry) {
            return switch (retry) {
                case NO -> " A retry fails in the same way until then.";
                case YES -> " A retry may succeed at once.";
                case LATER -> " A retry may succeed after a while.";
            };
        }

        boolean succeeded() {
            return run().state() == RunState.SUCCEEDED;
        }

        boolean canCancel() {
            return !run().state().finished() && run().state() != RunState.CANCELLING && frame.operates();
        }

        boolean canRetry() {
            return (run().state() == RunState.FAILED || run().state() == RunState.CANCELLED) && frame.operates();
        }

        boolean canRollBack() {
            return succeeded()
                    && !run().dryRun()
                    && run().rolledBackAt() == null
                    && !run().isBackup()
                    && !run().isRestore()
                    && frame.operates();
        }

        /** Percent of what is expected; null: nobody knows. */
        static @Nullable Long percent(TaskRow task) {
            Long total = task.total();
            return total == null || total == 0 ? null : Math.min(100, task.records() * 100 / total);
        }

        /** Of the time of the run until a moment, in percent, for the bar of a step. */
        long share(@Nullable Instant moment) {
            Instant begin = run().createdAt();
            Instant end = Objects.requireNonNullElseGet(run().finishedAt(), Instant::now);
            long whole = Math.max(1, end.toEpochMilli() - begin.toEpochMilli());
            Instant at = moment == null ? end : moment;
            return Math.clamp((at.toEpochMilli() - begin.toEpochMilli()) * 100 / whole, 0, 100);
        }
    }

    /**
     * @param level of the lines of the log, and those above
     * @param after number of a line; the lines after it are shown
     */
    @Get("/{id}")
    HttpResponse<?> run(
            String id,
            @QueryValue(defaultValue = "INFO") Heartbeat.Level level,
            @QueryValue(defaultValue = "0") long after,
            HttpRequest<?> request) {
        History.Entry entry = history.run(id);
        List<LogLineRow> found = history.log(id, after, level, LINES + 1);
        boolean more = found.size() > LINES;
        List<LogLineRow> lines = more ? found.subList(0, LINES) : found;
        return templates.page(
                "run",
                new RunPage(
                        Frame.of(entry.run().pipeline() + "/" + entry.run().endpoint(), Frame.Section.RUNS, request),
                        entry,
                        level,
                        lines,
                        more ? lines.getLast().id() : null,
                        after == 0,
                        history.rejected(id)));
    }

    /**
     * @param first number of the first that is shown, from 0
     * @param next of those after these; null: there are none
     */
    record RejectsPage(
            Frame frame,
            RunRow run,
            long total,
            long first,
            RejectFilter filter,
            List<Reject> rejects,
            @Nullable Long next) {
        /** To be chosen from. */
        Fault.Kind[] codes() {
            return Fault.Kind.values();
        }

        /** What a link says of the filter. */
        String asFiltered() {
            return (filter.column() == null ? "" : "&column=" + Frame.part(filter.column()))
                    + (filter.code() == null ? "" : "&code=" + filter.code());
        }

        String nextOnes() {
            return "?after=" + next + asFiltered();
        }

        /** Those that are shown as they were sent, to be corrected; a record that is cut off isn't among them. */
        String records() {
            return rejects.stream()
                    .filter(RejectsPage::isWhole)
                    .map(Reject::record)
                    .collect(Collectors.joining("\n"));
        }

        long cut() {
            return rejects.stream().filter(reject -> !isWhole(reject)).count();
        }

        private static boolean isWhole(Reject reject) {
            return reject.record().length() < Reject.MAX_RECORD
                    && reject.record().startsWith("{");
        }

        boolean canReplay() {
            return frame.operates() && run.state().finished() && !records().isEmpty();
        }
    }

    @Get("/{id}/rejects")
    HttpResponse<?> rejects(
            String id,
            @QueryValue(defaultValue = "0") long after,
            @QueryValue(defaultValue = "") String column,
            @QueryValue(defaultValue = "") String code,
            HttpRequest<?> request) {
        if (after < 0) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "after: " + after + " (expected: 0 or more)");
        }
        RunRow run = history.run(id).run();
        long total = history.rejected(id);
        RejectFilter filter = new RejectFilter(
                column.isBlank() ? null : column.strip(), code.isBlank() ? null : RequestValues.faultKind(code));
        List<Reject> rejects = history.rejects(id, filter, after, REJECTS);
        long end = after + rejects.size();
        return templates.page(
                "rejects",
                new RejectsPage(
                        Frame.of("Rejects of " + run.pipeline() + "/" + run.endpoint(), Frame.Section.RUNS, request),
                        run,
                        total,
                        after,
                        filter,
                        rejects,
                        rejects.size() == REJECTS && end < total ? end : null));
    }
}
