package dev.millrace.gateway.api;

import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.audit.Audit;
import dev.millrace.gateway.backup.TableBackups;
import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.BackupList;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;

/** Backups of tables that pipelines load. */
@Controller
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "backups")
class BackupController {
    private final TableBackups backups;
    private final Dispatcher dispatcher;

    BackupController(TableBackups backups, Dispatcher dispatcher) {
        this.backups = backups;
        this.dispatcher = dispatcher;
    }

    /**
     * A run that has been accepted.
     *
     * @param run its id
     * @param table that is backed up, or that gets the rows
     * @param backup id of the backup; of one that is being made there is none before the run has succeeded
     */
    @Serdeable
    record StartedView(String run, String table, String backup) {}

    @Serdeable
    record BackupsView(List<BackupView> backups) {}

    /**
     * @param backup its id, which is that of the run that made it
     * @param at of which moment the rows are
     * @param bytes of the files
     * @param where the folder of the files
     */
    @Serdeable
    record BackupView(
            String backup,
            String table,
            BackupFormat format,
            Instant at,
            long rows,
            long bytes,
            int files,
            String where) {
        static BackupView of(BackupList.Backup backup) {
            return new BackupView(
                    backup.id(),
                    backup.table(),
                    backup.format(),
                    backup.at(),
                    backup.rows(),
                    backup.bytes(),
                    backup.files(),
                    backup.where());
        }
    }

    /**
     * Starts a backup of a table.
     *
     * @param table with its dataset
     * @param format avro or parquet
     */
    @Post("/backup")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.LIST)
    HttpResponse<StartedView> backUp(
            @Nullable @QueryValue String table,
            @QueryValue(defaultValue = "avro") String format,
            @Nullable @Header("Idempotency-Key") String idempotencyKey,
            HttpRequest<?> request,
            Authentication authentication) {
        check(request, List.of("table", "format"));
        BackupFormat wanted = RequestValues.backupFormat(format);
        String required = required(table);
        Audit.note("backup of " + required);
        return answer(backups.backUp(required, wanted, checked(idempotencyKey), Caller.required(authentication)));
    }

    /**
     * Starts a restore: replaces what is in a table by what a backup has, in one transaction.
     *
     * @param table that was backed up, with its dataset
     * @param backup its id; by default the newest
     * @param as a table that gets the rows, and is missing or has none; by default the one that was backed up
     */
    @Post("/restore")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.LIST)
    HttpResponse<StartedView> restore(
            @Nullable @QueryValue String table,
            @Nullable @QueryValue String backup,
            @Nullable @QueryValue String as,
            @Nullable @Header("Idempotency-Key") String idempotencyKey,
            HttpRequest<?> request,
            Authentication authentication)
            throws InterruptedException {
        check(request, List.of("table", "backup", "as"));
        String required = required(table);
        Audit.note("restore of " + required + (as == null ? "" : " as " + as));
        return answer(backups.restore(required, backup, as, checked(idempotencyKey), Caller.required(authentication)));
    }

    /**
     * The backups that are kept, by table, the newest first.
     *
     * @param table with its dataset; by default all
     */
    @Get("/backups")
    @Needs(value = Role.VIEWER, about = Needs.Subject.LIST)
    BackupsView list(@Nullable @QueryValue String table, HttpRequest<?> request, Authentication authentication)
            throws InterruptedException {
        check(request, List.of("table"));
        return new BackupsView(backups.list(table, Caller.required(authentication)).stream()
                .map(BackupView::of)
                .toList());
    }

    private HttpResponse<StartedView> answer(TableBackups.Accepted accepted) {
        dispatcher.wake();
        StartedView view = new StartedView(accepted.run().id(), accepted.run().targetTable(), accepted.backup());
        return accepted.repeated()
                ? HttpResponse.ok(view)
                : HttpResponse.accepted().body(view);
    }

    private static String required(@Nullable String table) {
        if (table == null || table.isBlank()) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "table: missing (expected: a table with its dataset)");
        }
        return table;
    }

    private static @Nullable String checked(@Nullable String key) {
        if (key != null) {
            BatchEnd.checkKey(key);
        }
        return key;
    }

    private static void check(HttpRequest<?> request, List<String> known) {
        request.getParameters().names().stream()
                .filter(name -> !known.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new MillraceException(
                            ErrorCode.REQUEST_INVALID, "parameter '" + name + "' (expected: one of " + known + ")");
                });
    }
}
