package dev.millrace.gateway.backup;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunSpec;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.ScheduledBackup;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceProblems;
import dev.millrace.task.BackupList;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Has tables that pipelines load backed up, and brings them back. Safe for use by several threads. */
@Singleton
public class TableBackups {
    private final PipelineCatalog catalog;
    private final Acceptance acceptance;
    private final RunRepository runs;
    private final RunLog log;
    private final BackupCalls calls;
    private final GatewayConfig config;

    TableBackups(
            PipelineCatalog catalog,
            Acceptance acceptance,
            RunRepository runs,
            RunLog log,
            BackupCalls calls,
            GatewayConfig config) {
        this.catalog = catalog;
        this.acceptance = acceptance;
        this.runs = runs;
        this.log = log;
        this.calls = calls;
        this.config = config;
    }

    /** A table, by whoever loads it. */
    private record Loaded(Pipeline pipeline, String endpoint, Destination.Table table) {}

    /**
     * What has been accepted.
     *
     * @param backup id of the backup that is restored; of one that is made, the run's
     */
    public record Accepted(RunRow run, String backup, boolean repeated) {}

    /**
     * Accepts a run that backs a table up.
     *
     * @param table with its dataset
     * @param idempotencyKey null: every request is a new one
     * @throws MillraceException with {@code TABLE_UNKNOWN}, {@code FORBIDDEN} or {@code IDEMPOTENCY_KEY_REUSED}
     */
    public Accepted backUp(String table, BackupFormat format, @Nullable String idempotencyKey, Caller caller) {
        Loaded loaded = loaded(table, caller);
        Acceptance.Accepted accepted = acceptance.accept(new Acceptance.OfTable(
                loaded.pipeline(),
                loaded.endpoint(),
                backup(loaded.pipeline(), table, format),
                RunRow.BACKUP,
                idempotencyKey,
                List.of(),
                caller.name()));
        RunRow run = accepted.runs().getFirst();
        return new Accepted(run, run.id(), accepted.repeated());
    }

    /**
     * Accepts a run that backs a table up because its schedule has come due.
     *
     * @param backup one of the pipeline's
     * @param key the same for all who may start it for the same due time
     * @throws RunActive when the one that was started before is still under way
     */
    public void backUp(PipelineCatalog.InForce inForce, ScheduledBackup backup, String key) {
        Pipeline pipeline = inForce.pipeline();
        List<Acceptance.Remark> remarks = new ArrayList<>(inForce.remarks());
        remarks.add(new Acceptance.Remark(
                Heartbeat.Level.INFO, "started by the schedule " + backup.schedule() + " in " + backup.timezone()));
        acceptance.accept(new Acceptance.OfTable(
                pipeline,
                Objects.requireNonNull(pipeline.tables().get(backup.table())),
                backup(pipeline, backup.table(), backup.format()),
                RunRow.BACKUP,
                key,
                remarks,
                null));
    }

    /** However a backup is started, it deletes no others than the pipeline says. */
    private static RunSpec.OfBackup backup(Pipeline pipeline, String table, BackupFormat format) {
        ScheduledBackup scheduled = pipeline.backupOf(table).orElse(null);
        return new RunSpec.OfBackup(
                table,
                format,
                scheduled == null ? null : scheduled.keep(),
                scheduled == null ? null : scheduled.keepDays(),
                pipeline.credentials());
    }

    /**
     * Accepts a run that replaces a table's rows by those of a backup.
     *
     * @param backup its id; null: the newest
     * @param as the table that gets the rows, which must be no pipeline's, and missing or without rows; null: the one that was backed up
     * @param idempotencyKey null: every request is a new one
     * @throws MillraceException with {@code TABLE_UNKNOWN}, {@code BACKUP_UNKNOWN}, {@code REQUEST_INVALID}, {@code FORBIDDEN},
     *     {@code IDEMPOTENCY_KEY_REUSED}, or what the loader says
     */
    public Accepted restore(
            String table, @Nullable String backup, @Nullable String as, @Nullable String idempotencyKey, Caller caller)
            throws InterruptedException {
        Loaded loaded = loaded(table, caller);
        String id = backup(table, backup);
        Destination.Table destination = as == null ? replaced(loaded.table()) : other(as, caller);
        Acceptance.Accepted accepted = acceptance.accept(new Acceptance.OfTable(
                loaded.pipeline(),
                loaded.endpoint(),
                new RunSpec.OfRestore(
                        table, id, destination, as != null, loaded.pipeline().credentials()),
                RunRow.RESTORE,
                idempotencyKey,
                List.of(),
                caller.name()));
        RunRow run = accepted.runs().getFirst();
        if (!accepted.repeated()) {
            log.info(run.id(), runs.now(), "restores backup " + id + " of " + table + " into " + destination.table());
        }
        return new Accepted(run, id, accepted.repeated());
    }

    private String backup(String table, @Nullable String wanted) throws InterruptedException {
        List<BackupList.Backup> kept = ask(List.of(table));
        Optional<BackupList.Backup> found = kept.stream()
                .filter(each -> wanted == null || each.id().equals(wanted))
                .findFirst();
        return found.map(BackupList.Backup::id)
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.BACKUP_UNKNOWN,
                        (wanted == null ? "no backup of " + table : "no backup '" + wanted + "' of " + table)
                                + " is kept (expected: one of "
                                + kept.stream().map(BackupList.Backup::id).toList() + ")"));
    }

    /** The table of a pipeline, made anew as a load would. */
    private static Destination.Table replaced(Destination.Table table) {
        return new Destination.Table(
                table.table(),
                Write.REPLACE,
                List.of(),
                Destination.Empty.ALLOW,
                Destination.Contract.STRICT,
                table.partition(),
                table.cluster());
    }

    private Destination.Table other(String as, Caller caller) {
        if (!caller.scope().hasTable(as)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, caller.name() + " is good for " + caller.scope() + ", not for table " + as);
        }
        if (loaded().anyMatch(each -> each.table().table().equals(as))) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "as: '" + as + "' is a table that a pipeline loads (expected: one that no pipeline loads)");
        }
        try {
            return new Destination.Table(as, Write.REPLACE, List.of(), Destination.Empty.ALLOW);
        } catch (InvalidValue e) {
            InvalidValue.Violation first = e.violations().getFirst();
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "as: '" + first.found() + "' (expected: " + first.expected() + ")", e);
        }
    }

    /**
     * The backups of tables that pipelines load, by table, the newest first.
     *
     * @param table null: all
     * @param caller who is told of tables that the caller is good for
     * @throws MillraceException with {@code TABLE_UNKNOWN} or {@code FORBIDDEN}, or as the loader says
     */
    public List<BackupList.Backup> list(@Nullable String table, Caller caller) throws InterruptedException {
        if (table != null) {
            return ask(List.of(loaded(table, caller).table().table()));
        }
        List<String> all = loaded().filter(isFor(caller))
                .map(each -> each.table().table())
                .distinct()
                .toList();
        return all.isEmpty() ? List.of() : ask(all);
    }

    private List<BackupList.Backup> ask(List<String> tables) throws InterruptedException {
        HttpResponse<BackupList> answer = calls.list(config.services().loader(), new BackupList.Wanted(tables));
        if (answer.code() == 404) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE, "the loader is of a version without backups of tables");
        }
        if (answer.code() != 200) {
            Problem problem = ServiceProblems.of(answer);
            throw new MillraceException(
                    ErrorCode.named(problem.code()).orElse(ErrorCode.SERVICE_UNAVAILABLE), problem.detail());
        }
        return answer.body().backups();
    }

    private Loaded loaded(String table, Caller caller) {
        List<Loaded> all = loaded().toList();
        Loaded found = all.stream()
                .filter(each -> each.table().table().equals(table))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.TABLE_UNKNOWN,
                        "no pipeline loads a table '" + table + "' (expected: one of "
                                + all.stream()
                                        .filter(isFor(caller))
                                        .map(each -> each.table().table())
                                        .sorted()
                                        .distinct()
                                        .toList()
                                + ")"));
        if (!caller.scope().hasTable(table)) {
            caller.require(found.pipeline().name());
        }
        return found;
    }

    private static Predicate<Loaded> isFor(Caller caller) {
        return each -> caller.scope().hasTable(each.table().table())
                || caller.scope().hasPipeline(each.pipeline().name());
    }

    /** By pipeline, endpoint and model. */
    private Stream<Loaded> loaded() {
        return catalog.content().inForce().values().stream()
                .map(PipelineCatalog.InForce::pipeline)
                .sorted(Comparator.comparing(Pipeline::name))
                .flatMap(pipeline -> Stream.concat(
                        pipeline.allEndpoints().entrySet().stream()
                                .filter(entry -> entry.getValue().destination() instanceof Destination.Table)
                                .map(entry -> new Loaded(pipeline, entry.getKey(), (Destination.Table)
                                        entry.getValue().destination())),
                        pipeline.models().entrySet().stream()
                                .map(entry -> new Loaded(
                                        pipeline,
                                        entry.getKey(),
                                        entry.getValue().destination()))));
    }
}
