package dev.millrace.gateway.console;

import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.backup.TableBackups;
import dev.millrace.gateway.history.History;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.table.LoadedTables;
import dev.millrace.gateway.table.RowsQuery;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.BackupList;
import dev.millrace.task.TableRows;
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
import io.micronaut.security.authentication.Authentication;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.List;

/** Tables that pipelines load, their rows, and their backups. */
@Controller("/console/tables")
@Produces(MediaType.TEXT_HTML)
@Needs(value = Role.VIEWER, about = Needs.Subject.TABLE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class TablePages {
    private static final int ROWS = 50;
    private static final int LOADS = 20;

    private final LoadedTables tables;
    private final RowsQuery queries;
    private final TableBackups backups;
    private final History history;
    private final Templates templates;

    TablePages(LoadedTables tables, RowsQuery queries, TableBackups backups, History history, Templates templates) {
        this.tables = tables;
        this.queries = queries;
        this.backups = backups;
        this.history = history;
        this.templates = templates;
    }

    record TablesPage(Frame frame, List<LoadedTables.Loaded> tables) {}

    @Get
    @Needs(value = Role.VIEWER, about = Needs.Subject.EVERYTHING)
    HttpResponse<?> tables(HttpRequest<?> request) throws InterruptedException {
        return templates.page(
                "tables", new TablesPage(Frame.of("Tables", Frame.Section.TABLES, request), tables.all(_ -> true)));
    }

    /**
     * @param sort, filter as they were asked for; empty: not at all
     * @param rows null: there are none to be shown, for which {@code error} is why
     * @param next cursor of the rows after these; null: there are none
     * @param loads runs that have changed or copied it, the newest first
     */
    record TablePage(
            Frame frame,
            LoadedTables.Loaded table,
            String sort,
            String filter,
            @Nullable TableRows rows,
            @Nullable String error,
            @Nullable String next,
            List<BackupList.Backup> backups,
            List<RunRow> loads) {
        String name() {
            return table.declared().target();
        }

        /** The page, sorted by a column: first upwards, then downwards. */
        String sortedBy(String column) {
            return "?sort=" + Frame.part(sort.equals(column) ? "-" + column : column)
                    + (filter.isEmpty() ? "" : "&filter=" + Frame.part(filter));
        }

        /** For screen readers. */
        String order(String column) {
            return sort.equals(column) ? "ascending" : sort.equals("-" + column) ? "descending" : "none";
        }

        String more() {
            return "?after=" + Frame.part(String.valueOf(next))
                    + (sort.isEmpty() ? "" : "&sort=" + Frame.part(sort))
                    + (filter.isEmpty() ? "" : "&filter=" + Frame.part(filter));
        }

        boolean isNumber(int column) {
            return rows != null
                    && List.of("INTEGER", "INT64", "NUMERIC", "BIGNUMERIC", "FLOAT", "FLOAT64")
                            .contains(rows.columns().get(column).type());
        }
    }

    @Get("/{table}")
    HttpResponse<?> table(
            String table,
            @QueryValue(defaultValue = "") String sort,
            @QueryValue(defaultValue = "") String filter,
            @Nullable @QueryValue String after,
            HttpRequest<?> request,
            Authentication authentication)
            throws InterruptedException {
        tables.require(table);
        LoadedTables.Loaded loaded = tables.all(table::equals).getFirst();
        TableRows rows = null;
        String error = null;
        String next = null;
        if (loaded.facts() != null) {
            try {
                TableRows.Wanted wanted = queries.wanted(
                        table,
                        null,
                        sort.isBlank() ? null : sort,
                        filter.isBlank() ? List.of() : List.of(filter.strip()),
                        ROWS,
                        after);
                rows = tables.rows(wanted);
                next = rows.next() == null ? null : queries.cursor(rows.next(), wanted);
            } catch (MillraceException e) {
                error = e.detail();
            }
        }
        return templates.page(
                "table",
                new TablePage(
                        Frame.of(table, Frame.Section.TABLES, request),
                        loaded,
                        sort,
                        filter,
                        rows,
                        error,
                        next,
                        backups.list(table, Caller.required(authentication)),
                        history.ofTable(table, LOADS)));
    }
}
