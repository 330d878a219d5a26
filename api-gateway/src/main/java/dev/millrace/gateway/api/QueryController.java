package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.GatewayConfig;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.ServiceClient;
import dev.millrace.task.Query;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;

/** Read-only SQL on the loaded tables; the loader answers it. */
@Controller("/api/v1/query")
@Secured(ApiToken.CALLER)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "query")
class QueryController {
    private static final int ROWS = 1_000;
    private static final int MOST_ROWS = 100_000;

    private final ServiceClient services;
    private final GatewayConfig config;

    QueryController(ServiceClient services, GatewayConfig config) {
        this.services = services;
        this.config = config;
    }

    /** @param limit of rows in the answer; null: 1,000 */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record Statement(@Nullable String sql, @Nullable Integer limit) {}

    @Post
    HttpResponse<?> query(@Body Statement statement) throws InterruptedException {
        String sql = statement.sql();
        if (sql == null) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "sql: missing (expected: one SELECT statement)");
        }
        int limit = statement.limit() == null ? ROWS : statement.limit();
        if (limit < 1 || limit > MOST_ROWS) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "limit: " + limit + " (expected: 1 to " + MOST_ROWS + ")");
        }
        ServiceClient.Answer answer = services.post(
                config.services().loader().resolve("/queries"),
                Step.LOAD.service(),
                Query.SUBJECT,
                new Query(sql, limit),
                config.queryPatience());
        return answer.status() == 200
                ? HttpResponse.ok(answer.as(Query.Result.class))
                : Problems.passedOn(HttpStatus.valueOf(answer.status()), answer);
    }
}
