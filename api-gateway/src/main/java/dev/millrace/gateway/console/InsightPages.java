package dev.millrace.gateway.console;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.insight.InsightCatalog;
import dev.millrace.gateway.insight.InsightQuery;
import dev.millrace.gateway.warehouse.QueryCalls;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.ComparableValues;
import dev.millrace.pipeline.Insight;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.ServiceProblems;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.util.List;
import java.util.Objects;

/** Named queries, with their rows as a chart and a table. */
@Controller("/console/insights")
@Produces(MediaType.TEXT_HTML)
@Needs(value = Role.VIEWER, about = Needs.Subject.EVERYTHING)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class InsightPages {
    /** For the chart. */
    private static final int ROWS = 5_000;
    /** As many make a page that is drawn at once. */
    private static final int SHOWN = 200;

    private final InsightCatalog catalog;
    private final QueryCalls loader;
    private final GatewayConfig config;
    private final Templates templates;

    InsightPages(InsightCatalog catalog, QueryCalls loader, GatewayConfig config, Templates templates) {
        this.catalog = catalog;
        this.loader = loader;
        this.config = config;
        this.templates = templates;
    }

    record InsightsPage(Frame frame, InsightCatalog.Content content) {}

    @Get
    HttpResponse<?> insights(HttpRequest<?> request) {
        return templates.page(
                "insights", new InsightsPage(Frame.of("Insights", Frame.Section.INSIGHTS, request), catalog.content()));
    }

    /** A parameter, as it is asked for. */
    record Field(
            String name,
            Column.Type type,
            String value,
            @Nullable String description) {
        /** The kind of a form's field, which browsers know how to ask for. */
        String kind() {
            return switch (type) {
                case DATE -> "date";
                case TIME -> "time";
                case DATETIME -> "datetime-local";
                case INTEGER, NUMERIC, BIGNUMERIC, FLOAT -> "number";
                case BOOLEAN -> "choice";
                case STRING, TIMESTAMP, BYTES, INTERVAL, JSON, GEOGRAPHY, RECORD -> "text";
            };
        }

        /** What is between two values; null: as the browser has it. */
        @Nullable
        String step() {
            return switch (type) {
                case NUMERIC, BIGNUMERIC, FLOAT -> "any";
                case TIME, DATETIME -> "1";
                default -> null;
            };
        }

        String example() {
            return ComparableValues.example(type);
        }
    }

    /**
     * @param result null: there is none, for which {@code error} is why
     * @param chart null: there is nothing to draw
     */
    record InsightPage(
            Frame frame,
            Insight insight,
            List<Field> fields,
            Query.@Nullable Result result,
            @Nullable String error,
            @Nullable Chart chart) {
        List<List<@Nullable String>> shown() {
            return result == null
                    ? List.of()
                    : result.rows().stream().limit(SHOWN).toList();
        }

        /** By which the API is asked for the same. */
        String query() {
            StringBuilder query = new StringBuilder("limit=10000&table=" + Frame.part(insight.name()));
            fields.forEach(
                    field -> query.append('&').append(field.name()).append('=').append(Frame.part(field.value())));
            return query.toString();
        }

        boolean isNumber(int column) {
            return result != null
                    && Chart.NUMBERS.contains(result.columns().get(column).type());
        }
    }

    @Get("/{name}")
    HttpResponse<?> insight(String name, HttpRequest<?> request) throws InterruptedException {
        Insight insight = catalog.insight(name);
        Query.Result result = null;
        String error = null;
        try {
            Query query = InsightQuery.of(insight, parameter -> value(request, parameter), ROWS);
            HttpResponse<Query.Versioned> answer =
                    loader.versioned(config.services().loader(), query);
            if (answer.code() == 200) {
                result = answer.body().result();
            } else {
                error = ServiceProblems.of(answer).detail();
            }
        } catch (MillraceException e) {
            error = e.detail();
        }
        List<Field> fields = insight.head().parameters().entrySet().stream()
                .map(entry -> new Field(
                        entry.getKey(),
                        entry.getValue().type(),
                        Objects.requireNonNullElse(
                                value(request, entry.getKey()),
                                Objects.requireNonNullElse(entry.getValue().fallback(), "")),
                        entry.getValue().description()))
                .toList();
        return templates.page(
                "insight",
                new InsightPage(
                        Frame.of(insight.head().title(), Frame.Section.INSIGHTS, request),
                        insight,
                        fields,
                        result,
                        error,
                        result == null ? null : Chart.of(insight.head().chart(), result)));
    }

    /** Null as it is where a form's field is left empty. */
    private static @Nullable String value(HttpRequest<?> request, String parameter) {
        String value = request.getParameters().get(parameter);
        return value == null || value.isBlank() ? null : value;
    }
}
