package dev.millrace.gateway.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.pipeline.Freshness;
import dev.millrace.gateway.table.LoadedTables;
import dev.millrace.gateway.table.RowStream;
import dev.millrace.gateway.table.RowsQuery;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import dev.millrace.task.RowForm;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Tables that pipelines load: what there is, and their rows. */
@Controller("/api/v1/tables")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "tables")
class LoadedTableController {
    private static final JsonFactory JSON = new JsonFactory();
    private static final Set<String> PARAMETERS = Set.of("fields", "sort", "filter", "limit", "after");
    private static final String NDJSON = "application/x-ndjson";
    private static final String CSV = "text/csv";
    private static final int ROWS = 100;
    private static final int MOST_ROWS = 1_000;

    /** The rows after those of an answer that isn't JSON. */
    private static final String NEXT = "Millrace-Next";

    private final LoadedTables tables;
    private final RowsQuery queries;

    LoadedTableController(LoadedTables tables, RowsQuery queries) {
        this.tables = tables;
        this.queries = queries;
    }

    @Serdeable
    record LoadedTablesView(List<LoadedTableView> tables) {}

    /**
     * A table.
     *
     * @param endpoint or model that loads it
     * @param columns as the warehouse has them; empty before the first load
     * @param rows null before the first load
     * @param bytes that it takes in the warehouse; null likewise
     * @param lastLoad null likewise
     * @param age in seconds, since the endpoint or model has last succeeded; null when nobody waits for it
     * @param staleAfter in seconds, how old it may become; null: as old as it likes
     * @param stale whether it is older
     */
    @Serdeable
    record LoadedTableView(
            String table,
            String pipeline,
            String endpoint,
            List<TableFacts.Column> columns,
            @Nullable Long rows,
            @Nullable Long bytes,
            @Nullable LastLoad lastLoad,
            @Nullable Long age,
            @Nullable Long staleAfter,
            boolean stale) {
        static LoadedTableView of(LoadedTables.Loaded loaded) {
            Freshness.Watched declared = loaded.declared();
            TableFacts.Table facts = loaded.facts();
            Duration age = declared.age();
            Duration limit = declared.staleAfter();
            return new LoadedTableView(
                    declared.target(),
                    declared.pipeline(),
                    declared.endpoint(),
                    facts == null ? List.of() : facts.columns(),
                    facts == null ? null : facts.rows(),
                    facts == null ? null : facts.bytes(),
                    facts == null || facts.loadedAt() == null ? null : new LastLoad(facts.loadedBy(), facts.loadedAt()),
                    age == null ? null : age.toSeconds(),
                    limit == null ? null : limit.toSeconds(),
                    age != null && limit != null && age.compareTo(limit) > 0);
        }
    }

    /** @param run that did it; null when nobody knows */
    @Serdeable
    record LastLoad(@Nullable String run, Instant at) {}

    /** The tables that pipelines load, by name. */
    @Get
    @Needs(value = Role.VIEWER, about = Needs.Subject.LIST)
    LoadedTablesView list(Authentication authentication) throws InterruptedException {
        Caller caller = Caller.required(authentication);
        return new LoadedTablesView(tables.all(caller.scope()::hasTable).stream()
                .map(LoadedTableView::of)
                .toList());
    }

    /** One of them. */
    @Get("/{table}")
    @Needs(value = Role.VIEWER, about = Needs.Subject.TABLE)
    LoadedTableView show(String table) throws InterruptedException {
        tables.require(table);
        return LoadedTableView.of(tables.all(table::equals).getFirst());
    }

    /**
     * Rows of a table as they are after one load, page by page, or, as lines of JSON or CSV, all of them.
     *
     * @param fields columns with commas between them, in the order of the answer; all without any
     * @param sort columns with commas between them, a {@code -} before those that descend
     * @param limit of rows; 100 without any, or all as lines
     * @param after the next of the page before
     */
    @Get("/{table}/rows")
    @Produces({MediaType.APPLICATION_JSON, NDJSON, CSV})
    @Needs(value = Role.VIEWER, about = Needs.Subject.TABLE)
    HttpResponse<?> rows(
            String table,
            @Nullable @QueryValue String fields,
            @Nullable @QueryValue String sort,
            @Nullable @QueryValue List<String> filter,
            @Nullable @QueryValue Integer limit,
            @Nullable @QueryValue String after,
            HttpRequest<?> request)
            throws InterruptedException {
        request.getParameters().names().stream()
                .filter(name -> !PARAMETERS.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new MillraceException(
                            ErrorCode.REQUEST_INVALID,
                            "unknown parameter '" + name + "' (expected: one of "
                                    + PARAMETERS.stream().sorted().toList()
                                    + "; conditions are filter=COLUMN:OPERATOR:VALUE)");
                });
        RowForm form = form(request);
        int most = form == null ? MOST_ROWS : TableRows.MOST;
        int rows = limit == null ? (form == null ? ROWS : most) : limit;
        if (rows < 1 || rows > most) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "limit: " + rows + " (expected: 1 to " + most + ")");
        }
        // several of the name come apart, whatever is in them
        List<String> filters =
                filter == null ? List.of() : request.getParameters().getAll("filter");
        TableRows.Wanted wanted = queries.wanted(table, fields, sort, filters, rows, after);
        TableRows first = tables.rows(wanted);
        String tag = RowsQuery.tag(first.version(), wanted, form == null ? "json" : form.mediaType());
        if (request.getHeaders().getAll(HttpHeaders.IF_NONE_MATCH).stream().anyMatch(known -> known.contains(tag))) {
            return HttpResponse.notModified().header(HttpHeaders.ETAG, tag);
        }
        MutableHttpResponse<?> answer;
        if (form == null) {
            answer = HttpResponse.ok(page(table, first, wanted)).contentType(MediaType.APPLICATION_JSON_TYPE);
        } else {
            answer = HttpResponse.ok(new StreamedFile(
                    new RowStream(tables, wanted, form, first, limit == null), MediaType.of(form.mediaType())));
            if (limit != null && first.next() != null) {
                answer.header(NEXT, queries.cursor(first.next(), wanted));
            }
        }
        return answer.header(HttpHeaders.ETAG, tag).header(HttpHeaders.CACHE_CONTROL, "private, no-cache");
    }

    /** Null: JSON. */
    private static @Nullable RowForm form(HttpRequest<?> request) {
        for (MediaType accepted : request.accept()) {
            for (RowForm form : RowForm.values()) {
                if (form.mediaType().equals(accepted.getName())) {
                    return form;
                }
            }
            if (accepted.matches(MediaType.APPLICATION_JSON_TYPE)) {
                return null;
            }
        }
        return null;
    }

    private byte[] page(String table, TableRows page, TableRows.Wanted wanted) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("table", table);
            RowForm.write(json, new Query.Result(page.columns(), page.rows(), page.next() != null));
            json.writeStringField("next", page.next() == null ? null : queries.cursor(page.next(), wanted));
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        return bytes.toByteArray();
    }
}
