package dev.millrace.gateway.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.access.Scope;
import dev.millrace.gateway.insight.InsightCatalog;
import dev.millrace.gateway.insight.InsightQuery;
import dev.millrace.gateway.table.RowsQuery;
import dev.millrace.gateway.warehouse.QueryCalls;
import dev.millrace.pipeline.Insight;
import dev.millrace.pipeline.Names;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.task.Query;
import dev.millrace.task.RowForm;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Named queries: which there are, and what they answer. */
@Controller("/insights")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "insights")
class InsightController {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int ROWS = 1_000;
    private static final int MOST_ROWS = 10_000;

    private final InsightCatalog catalog;
    private final QueryCalls loader;
    private final GatewayConfig config;

    InsightController(InsightCatalog catalog, QueryCalls loader, GatewayConfig config) {
        this.catalog = catalog;
        this.loader = loader;
        this.config = config;
    }

    /** @param invalid files that have errors */
    @Serdeable
    record InsightsView(List<InsightView> insights, List<InvalidInsight> invalid) {}

    @Serdeable
    record InvalidInsight(String file, List<Problem.FieldError> errors) {}

    /**
     * An insight.
     *
     * @param name by which it is asked for
     * @param chart how to draw it; null: as a table
     */
    @Serdeable
    record InsightView(
            String name,
            String title,
            @Nullable String description,
            List<ParameterView> parameters,
            @Nullable ChartView chart) {
        static InsightView of(Insight insight) {
            List<ParameterView> parameters = new ArrayList<>();
            insight.head()
                    .parameters()
                    .forEach((name, parameter) -> parameters.add(new ParameterView(
                            name, parameter.type().name(), parameter.fallback(), parameter.description())));
            Insight.Chart chart = insight.head().chart();
            return new InsightView(
                    insight.name(),
                    insight.head().title(),
                    insight.head().description(),
                    parameters,
                    chart == null
                            ? null
                            : new ChartView(
                                    chart.type().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                                    chart.x(),
                                    chart.y()));
        }
    }

    /** @param fallback its value when the call has none; null: it has to have one */
    @Serdeable
    record ParameterView(
            String name,
            String type,
            @Nullable String fallback,
            @Nullable String description) {}

    /**
     * How to draw the rows.
     *
     * @param type bar, stacked-bar, line or pie
     * @param x column of what is compared
     * @param y columns of numbers
     */
    @Serdeable
    record ChartView(String type, String x, List<String> y) {}

    /**
     * The insights by name, or with {@code table} the rows of one. Its parameters are those of the call.
     *
     * @param table name of an insight; all are listed without any
     * @param limit of rows; 1,000 without any
     */
    @Get
    @Needs(value = Role.VIEWER, about = Needs.Subject.LIST)
    HttpResponse<?> insights(
            @Nullable @QueryValue String table,
            @Nullable @QueryValue Integer limit,
            HttpRequest<?> request,
            Authentication authentication)
            throws InterruptedException {
        Caller caller = Caller.required(authentication);
        if (table == null) {
            if (limit != null) {
                throw invalid("limit: there is no table (expected: ?table=NAME, of which it limits the rows)");
            }
            checkNames(request, Set.of());
            return HttpResponse.ok(list(caller.scope()));
        }
        Insight insight = catalog.insight(table);
        int rows = limit == null ? ROWS : limit;
        if (rows < 1 || rows > MOST_ROWS) {
            throw invalid("limit: " + rows + " (expected: 1 to " + MOST_ROWS + ")");
        }
        checkNames(request, insight.head().parameters().keySet());
        Query query = InsightQuery.of(insight, request.getParameters()::get, rows);
        checkScope(caller, insight, query);
        HttpResponse<Query.Versioned> answer = WhileConnected.run(
                request, () -> loader.versioned(config.services().loader(), query));
        if (answer.code() != 200) {
            return Problems.passedOn(answer);
        }
        Query.Result result = answer.body().result();
        String tag =
                RowsQuery.tag(answer.body().version(), query, insight.head().toString());
        if (request.getHeaders().getAll(HttpHeaders.IF_NONE_MATCH).stream().anyMatch(known -> known.contains(tag))) {
            return HttpResponse.notModified().header(HttpHeaders.ETAG, tag);
        }
        return HttpResponse.ok(json(insight, result))
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .header(HttpHeaders.ETAG, tag)
                .header(HttpHeaders.CACHE_CONTROL, "private, no-cache");
    }

    private InsightsView list(Scope scope) throws InterruptedException {
        InsightCatalog.Content content = catalog.content();
        List<InsightView> within = new ArrayList<>();
        for (Insight insight : content.insights()) {
            if (scope.isEverything() || isWithin(scope, insight)) {
                within.add(InsightView.of(insight));
            }
        }
        List<InvalidInsight> invalid = new ArrayList<>();
        if (scope.isEverything()) {
            content.invalid().forEach((file, errors) -> invalid.add(new InvalidInsight(file.toString(), errors)));
        }
        return new InsightsView(within, invalid);
    }

    /** Whether it reads tables within the scope only; what can't be asked reads others. */
    private boolean isWithin(Scope scope, Insight insight) throws InterruptedException {
        Query example = InsightQuery.example(insight);
        HttpResponse<Query.Tables> answer = loader.tables(config.services().loader(), example);
        return answer.code() == 200 && answer.body().tables().stream().allMatch(scope::hasTable);
    }

    private void checkScope(Caller caller, Insight insight, Query query) throws InterruptedException {
        if (caller.scope().isEverything()) {
            return;
        }
        HttpResponse<Query.Tables> answer = loader.tables(config.services().loader(), query);
        List<String> beyond = answer.code() != 200
                ? List.of("which nobody knows")
                : answer.body().tables().stream()
                        .filter(name -> !caller.scope().hasTable(name))
                        .toList();
        if (!beyond.isEmpty()) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN,
                    caller.name() + " is good for " + caller.scope() + ", and the insight " + insight.name() + " reads "
                            + String.join(", ", beyond));
        }
    }

    private static void checkNames(HttpRequest<?> request, Set<String> parameters) {
        Set<String> known = new TreeSet<>(parameters);
        known.addAll(Set.of("table", "limit"));
        for (String name : request.getParameters().names()) {
            if (!known.contains(name)) {
                throw invalid("unknown parameter '" + name + "' (expected: " + Names.oneOf(name, known) + ")");
            }
            if (request.getParameters().getAll(name).size() > 1) {
                throw invalid(name + ": " + request.getParameters().getAll(name) + " (expected: one value)");
            }
        }
    }

    private static byte[] json(Insight insight, Query.Result result) {
        Set<String> names = new HashSet<>();
        for (Query.Field column : result.columns()) {
            if (!names.add(column.name())) {
                throw new MillraceException(
                        ErrorCode.QUERY_FAILED,
                        "column '" + column.name() + "' of the insight " + insight.name()
                                + " is there twice (expected: a name of its own: give one of them another one with AS)");
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("insight", insight.name());
            json.writeStringField("title", insight.head().title());
            RowForm.write(json, result);
            json.writeBooleanField("truncated", result.truncated());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        return bytes.toByteArray();
    }

    private static MillraceException invalid(String detail) {
        return new MillraceException(ErrorCode.REQUEST_INVALID, detail);
    }
}
