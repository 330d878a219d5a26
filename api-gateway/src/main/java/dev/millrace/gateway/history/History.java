package dev.millrace.gateway.history;

import dev.millrace.gateway.store.Backlog;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.RecentRun;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.gateway.store.SliceProgress;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskRow;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Reject;
import dev.millrace.task.CheckResult;
import dev.millrace.task.CheckResults;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads what is known of runs. Every replica sees the same, for all of it is in the database and in staging. */
@Singleton
public class History {
    private final RunRepository runs;
    private final TaskRepository tasks;
    private final LogRepository log;
    private final Archive archive;
    private final Json json;

    History(RunRepository runs, TaskRepository tasks, LogRepository log, Archive archive, Json json) {
        this.runs = runs;
        this.tasks = tasks;
        this.log = log;
        this.archive = archive;
        this.json = json;
    }

    /**
     * A run with the steps that it has reached, in their order.
     *
     * @param drift of its records from the schema; null until they have been transformed
     * @param checks what its load has found of the table's checks
     * @param slices of the steps that are done by slices just now
     */
    public record Entry(
            RunRow run,
            List<TaskRow> tasks,
            @Nullable Drift drift,
            List<CheckResult> checks,
            Map<Step, Underway> slices) {
        /** Records that a step has done, those of slices under way included. */
        public long records(TaskRow step) {
            Underway now = slices.get(step.step());
            return step.records() + (now == null ? 0 : now.progress().records());
        }

        /** Bytes, likewise. */
        public long bytes(TaskRow step) {
            Underway now = slices.get(step.step());
            return step.bytes() + (now == null ? 0 : now.progress().bytes());
        }
    }

    /**
     * Slices of a step that services are at work on.
     *
     * @param slowest the one that has been for longest; null: there are none
     */
    public record Underway(SliceProgress progress, @Nullable TaskRow slowest) {}

    /** @throws MillraceException with {@code RUN_UNKNOWN} */
    @Transactional(readOnly = true)
    public Entry run(String id) {
        return entry(row(id));
    }

    /** The runs of a batch, by endpoint; empty when there is no such batch. */
    @Transactional(readOnly = true)
    public List<Entry> batch(String batch) {
        return entries(runs.batch(batch));
    }

    /**
     * Runs, newest first.
     *
     * @param before id of a run; only older ones
     */
    @Transactional(readOnly = true)
    public List<Entry> newest(
            @Nullable String pipeline,
            @Nullable String endpoint,
            @Nullable RunState state,
            @Nullable String before,
            int most) {
        return entries(runs.newest(pipeline, endpoint, state, before, most));
    }

    /** The newest run of an endpoint that is no dry run, whatever started it. */
    @Transactional(readOnly = true)
    public Optional<RunRow> last(String pipeline, String endpoint) {
        return runs.last(pipeline, endpoint);
    }

    /** The newest run of a pipeline that backs a table up, whatever started it. */
    @Transactional(readOnly = true)
    public Optional<RunRow> lastBackup(String pipeline, String table) {
        return runs.lastBackup(pipeline, table);
    }

    /** Runs of an endpoint that are no dry runs, whatever started them, the newest first. */
    @Transactional(readOnly = true)
    public List<RecentRun> recent(String pipeline, String endpoint, int most) {
        return runs.recent(pipeline, endpoint, most);
    }

    /** Runs that a table was changed or copied by, the newest first. */
    @Transactional(readOnly = true)
    public List<RunRow> ofTable(String table, int most) {
        return runs.ofTable(table, most);
    }

    /** Something else whenever a run has got any further. */
    @Transactional(readOnly = true)
    public String progress() {
        return runs.progress();
    }

    /** When this gateway, or another one on its run database, last started an endpoint by its schedule. */
    @Transactional(readOnly = true)
    public Optional<Instant> lastScheduled(String pipeline, String endpoint) {
        return runs.lastScheduled(pipeline, endpoint);
    }

    /** When one of them last backed a table up by its schedule. */
    @Transactional(readOnly = true)
    public Optional<Instant> lastScheduledBackup(String pipeline, String table) {
        return runs.lastScheduledBackup(pipeline, table);
    }

    /**
     * Lines of a run's log, oldest first.
     *
     * @param after number of a line; only later ones
     * @param least level of the lines
     */
    @Transactional(readOnly = true)
    public List<LogLineRow> log(String run, long after, Heartbeat.Level least, int most) {
        List<String> levels = EnumSet.range(least, Heartbeat.Level.ERROR).stream()
                .map(Enum::name)
                .toList();
        return log.after(row(run).id(), after, levels, most);
    }

    /** How many rejects a run has: its records, and rows for which its load was taken back, of which it keeps some. */
    @Transactional(readOnly = true)
    public long rejected(String run) {
        RunRow row = row(run);
        return (row.rowsRejected() == null ? 0 : row.rowsRejected())
                + archive.unmet(row).size();
    }

    /** Rejects of a run, in the order of its records, of which {@code skip} that match are left out; after them some of the rows for which its load was taken back. */
    @Transactional(readOnly = true)
    public List<Reject> rejects(String run, RejectFilter filter, long skip, int most) {
        return archive.rejects(row(run), filter, skip, most);
    }

    /** Tasks that are waiting, ready or under way, of each step and state that has any. */
    @Transactional(readOnly = true)
    public List<Backlog> backlog() {
        return tasks.backlog();
    }

    private Entry entry(RunRow run) {
        return entry(run, tasks.of(run.id()));
    }

    private List<Entry> entries(List<RunRow> found) {
        if (found.isEmpty()) {
            return List.of();
        }
        Map<String, List<TaskRow>> steps = tasks
                .ofAll(found.stream().map(RunRow::id).toList())
                .stream()
                .collect(Collectors.groupingBy(TaskRow::run));
        return found.stream()
                .map(run -> entry(run, steps.getOrDefault(run.id(), List.of())))
                .toList();
    }

    private Entry entry(RunRow run, List<TaskRow> steps) {
        CheckResults checks = json.readIfReadable(run.checks(), CheckResults.class);
        Map<Step, Underway> slices = new EnumMap<>(Step.class);
        steps.stream()
                .filter(step -> step.state() == TaskState.SLICED)
                .forEach(step -> slices.put(
                        step.step(),
                        new Underway(
                                tasks.running(run.id(), step.step()),
                                tasks.slowest(run.id(), step.step()).orElse(null))));
        boolean partly = slices.containsKey(Step.TRANSFORM); // some slices don't say what all records have
        return new Entry(
                run,
                steps,
                partly ? null : json.readIfReadable(run.drift(), Drift.class),
                checks == null ? List.of() : checks.results(),
                slices);
    }

    private RunRow row(String id) {
        return runs.findById(id).orElseThrow(() -> new MillraceException(ErrorCode.RUN_UNKNOWN, "no run " + id));
    }
}
