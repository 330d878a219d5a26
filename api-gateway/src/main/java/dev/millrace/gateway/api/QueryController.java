package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.audit.Audit;
import dev.millrace.gateway.warehouse.QueryCalls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;

/** Read-only SQL on the loaded tables; the loader answers it. */
@Controller("/api/v1/query")
@Needs(Role.OPERATOR)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "query")
class QueryController {
    private static final int ROWS = 1_000;
    private static final int MOST_ROWS = 100_000;

    /** https://cloud.google.com/bigquery/quotas#query_jobs */
    private static final int MOST_CHARACTERS = 1 << 20;

    private final QueryCalls loader;
    private final GatewayConfig config;

    QueryController(QueryCalls loader, GatewayConfig config) {
        this.loader = loader;
        this.config = config;
    }

    /** @param limit of rows in the answer; null: 1,000 */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record Statement(@Nullable String sql, @Nullable Integer limit) {}

    @Post
    HttpResponse<?> query(HttpRequest<?> request, @Body Statement statement) throws InterruptedException {
        String sql = statement.sql();
        if (sql == null) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "sql: missing (expected: one SELECT statement)");
        }
        if (sql.length() > MOST_CHARACTERS) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "sql: " + sql.length() + " characters (expected: " + MOST_CHARACTERS + " at most)");
        }
        Audit.note(sql);
        int limit = statement.limit() == null ? ROWS : statement.limit();
        if (limit < 1 || limit > MOST_ROWS) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "limit: " + limit + " (expected: 1 to " + MOST_ROWS + ")");
        }
        HttpResponse<Query.Result> answer =
                WhileConnected.run(request, () -> loader.query(config.services().loader(), new Query(sql, limit)));
        return answer.code() == 200 ? HttpResponse.ok(answer.body()) : Problems.passedOn(answer);
    }
}
