package dev.millrace.gateway.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.pipeline.Freshness;
import dev.millrace.gateway.table.LoadedTables;
import dev.millrace.gateway.table.RowsQuery;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.SentStream;
import dev.millrace.service.StreamedCalls;
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
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.inject.Named;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/** Tables that pipelines load: what there is, and their rows. */
@Controller("/api/v1/tables")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "tables")
class LoadedTableController {
    private static final JsonFactory JSON = new JsonFactory();
    private static final Set<String> PARAMETERS = Set.of("fields", "sort", "filter", "limit", "after");
    private static final String NDJSON = "application/x-ndjson";
    private static final String CSV = "text/csv";
    private static final String PARQUET = "application/vnd.apache.parquet";
    private static final int ROWS = 100;
    private static final int MOST_ROWS = 1_000;

    /** Of pages that are kept, in bytes. */
    private static final long KEPT = 16L << 20;

    /** BigQuery keeps for a day what the pages after a first one are read from. */
    private static final Duration KEPT_FOR = Duration.ofHours(1);

    /** The rows after those of an answer that isn't JSON. */
    private static final String NEXT = "Millrace-Next";

    private final LoadedTables tables;
    private final RowsQuery queries;
    private final ExecutorService threads;
    private final Cache<Question, Page> pages = Caffeine.newBuilder()
            .maximumWeight(KEPT)
            .weigher((Question _, Page page) -> page.bytes().length + 1_000)
            .expireAfterWrite(KEPT_FOR)
            .build();

    LoadedTableController(
            LoadedTables tables, RowsQuery queries, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.tables = tables;
        this.queries = queries;
        this.threads = threads;
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
     * @param due when the schedule of the endpoint wants the load after the last one, which is late when that is past; null without
     *     a schedule
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
            boolean stale,
            @Nullable Instant due) {
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
                    age != null && limit != null && age.compareTo(limit) > 0,
                    declared.due());
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
     * Rows of a table as they are after one load, page by page, or, as lines of JSON, CSV or in Parquet, all of them.
     *
     * @param fields columns with commas between them, in the order of the answer; all without any
     * @param sort columns with commas between them, a {@code -} before those that descend
     * @param limit of rows; 100 without any, or all as lines
     * @param after the next of the page before
     */
    @Get("/{table}/rows")
    @Produces({MediaType.APPLICATION_JSON, NDJSON, CSV, PARQUET})
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
        ExportFormat format = format(request);
        if (format != ExportFormat.JSON && limit == null) {
            TableRows.Wanted wanted =
                    queries.wanted(table, fields, sort, filters(request, filter), TableRows.MOST, null);
            return all(wanted, format, after, request);
        }
        int most = format == ExportFormat.JSON ? MOST_ROWS : TableRows.MOST;
        int rows = limit == null ? ROWS : limit;
        if (rows < 1 || rows > most) {
            throw invalid("limit: " + rows + " (expected: 1 to " + most + ")");
        }
        if (format == ExportFormat.PARQUET) {
            throw invalid("limit: " + limit + " (expected: none with " + PARQUET + ", which is of all rows)");
        }
        TableRows.Wanted wanted = queries.wanted(table, fields, sort, filters(request, filter), rows, after);
        Page page = page(wanted, format);
        return isKnown(request, page.tag())
                ? HttpResponse.notModified().header(HttpHeaders.ETAG, page.tag())
                : answer(HttpResponse.ok(page.bytes()), format, page.tag(), page.next());
    }

    /** Several of the name come apart, whatever is in them. */
    private static List<String> filters(HttpRequest<?> request, @Nullable List<String> filter) {
        return filter == null ? List.of() : request.getParameters().getAll("filter");
    }

    /** The first page is made once for each version of the data. */
    private Page page(TableRows.Wanted wanted, ExportFormat format) throws InterruptedException {
        if (wanted.after() != null) {
            return Page.of(tables.rows(wanted), wanted, format, queries);
        }
        String version = tables.versionOf(wanted.table());
        Page page = pages.getIfPresent(new Question(wanted, format, version));
        if (page == null) {
            TableRows read = tables.rows(wanted); // perhaps of a later version by now
            page = Page.of(read, wanted, format, queries);
            pages.put(new Question(wanted, format, read.version()), page);
        }
        return page;
    }

    private HttpResponse<?> all(
            TableRows.Wanted wanted, ExportFormat format, @Nullable String after, HttpRequest<?> request)
            throws InterruptedException {
        if (after != null) {
            throw invalid("after: (expected: with a limit, or with JSON; without, the answer is of all rows)");
        }
        if (request.getHeaders().contains(HttpHeaders.IF_NONE_MATCH)) {
            String tag = RowsQuery.tag(tables.versionOf(wanted.table()), wanted, format.name());
            if (isKnown(request, tag)) {
                return HttpResponse.notModified().header(HttpHeaders.ETAG, tag);
            }
        }
        StreamedCalls.Streamed rows = tables.all(wanted, format);
        String version = Objects.requireNonNull(rows.header(TableRows.VERSION));
        return answer(
                HttpResponse.ok(SentStream.of(rows.body(), threads)),
                format,
                RowsQuery.tag(version, wanted, format.name()),
                null);
    }

    private static MutableHttpResponse<?> answer(
            MutableHttpResponse<?> answer, ExportFormat format, String tag, @Nullable String next) {
        if (next != null && format != ExportFormat.JSON) {
            answer.header(NEXT, next);
        }
        return answer.contentType(mediaType(format))
                .header(HttpHeaders.ETAG, tag)
                .header(HttpHeaders.CACHE_CONTROL, "private, no-cache");
    }

    private static boolean isKnown(HttpRequest<?> request, String tag) {
        return request.getHeaders().getAll(HttpHeaders.IF_NONE_MATCH).stream().anyMatch(known -> known.contains(tag));
    }

    private static ExportFormat format(HttpRequest<?> request) {
        for (MediaType accepted : request.accept()) {
            switch (accepted.getName()) {
                case NDJSON -> {
                    return ExportFormat.NDJSON;
                }
                case CSV -> {
                    return ExportFormat.CSV;
                }
                case PARQUET -> {
                    return ExportFormat.PARQUET;
                }
                default -> {
                    if (accepted.matches(MediaType.APPLICATION_JSON_TYPE)) {
                        return ExportFormat.JSON;
                    }
                }
            }
        }
        return ExportFormat.JSON;
    }

    private static MediaType mediaType(ExportFormat format) {
        return switch (format) {
            case JSON -> MediaType.APPLICATION_JSON_TYPE;
            case NDJSON -> MediaType.of(NDJSON);
            case CSV -> MediaType.of(CSV);
            case PARQUET -> MediaType.of(PARQUET);
            case AVRO -> throw new IllegalArgumentException("AVRO is no form of rows");
        };
    }

    private static MillraceException invalid(String detail) {
        return new MillraceException(ErrorCode.REQUEST_INVALID, detail);
    }

    /** What is asked, and of which version of the data. */
    private record Question(TableRows.Wanted wanted, ExportFormat format, String version) {}

    /** @param next cursor of the rows after it; null: there are none */
    @SuppressWarnings("ArrayRecordComponent") // which nobody changes, and nobody compares
    private record Page(byte[] bytes, String tag, @Nullable String next) {
        static Page of(TableRows rows, TableRows.Wanted wanted, ExportFormat format, RowsQuery queries) {
            String next = rows.next() == null ? null : queries.cursor(rows.next(), wanted);
            byte[] bytes = switch (format) {
                case NDJSON -> lines(RowForm.NDJSON, rows);
                case CSV -> lines(RowForm.CSV, rows);
                case JSON, PARQUET, AVRO -> json(wanted.table(), rows, next);
            };
            return new Page(bytes, RowsQuery.tag(rows.version(), wanted, format.name()), next);
        }

        private static byte[] lines(RowForm form, TableRows rows) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(form.head(rows.columns()));
            bytes.writeBytes(form.rows(rows.columns(), rows.rows()));
            return bytes.toByteArray();
        }

        private static byte[] json(String table, TableRows rows, @Nullable String next) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (JsonGenerator json = JSON.createGenerator(bytes)) {
                json.writeStartObject();
                json.writeStringField("table", table);
                RowForm.write(json, new Query.Result(rows.columns(), rows.rows(), next != null));
                json.writeStringField("next", next);
                json.writeEndObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e); // of memory: can't be
            }
            return bytes.toByteArray();
        }
    }
}
