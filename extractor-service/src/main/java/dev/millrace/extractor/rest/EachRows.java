package dev.millrace.extractor.rest;

import dev.failsafe.RetryPolicy;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.Retries;
import dev.millrace.service.RowsCalls;
import dev.millrace.service.ServiceProblems;
import dev.millrace.task.Query;
import dev.millrace.task.Task;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** The rows of the warehouse that requests are sent for. */
final class EachRows {
    private static final int FOR_NOW = 500;

    /** While the loader or the gateway starts anew. */
    private static final RetryPolicy<HttpResponse<Query.Result>> UNTIL_ANSWERED =
            RetryPolicy.<HttpResponse<Query.Result>>builder()
                    .handleIf(failure -> failure instanceof MillraceException)
                    .handleResultIf(answer -> answer.code() == 503 || answer.code() == 429)
                    .withBackoff(Duration.ofMillis(200), Duration.ofSeconds(10))
                    .withMaxAttempts(-1)
                    .withMaxDuration(Duration.ofMinutes(2))
                    .build();

    private final Task task;
    private final RowsCalls gateway;

    EachRows(Task task, RowsCalls gateway) {
        this.task = task;
        this.gateway = gateway;
    }

    /** Takes a row, as a JSON object. */
    interface Taker {
        void take(byte[] json, long row);
    }

    /**
     * Hands on all rows.
     *
     * @param fields that the query has to select
     * @throws MillraceException when it can't be answered, or has too many rows
     */
    void forEach(List<String> fields, Taker taker) throws InterruptedException {
        Query.Result result = result();
        List<String> names = result.columns().stream().map(Query.Field::name).toList();
        for (String field : fields) {
            if (!names.contains(field)) {
                throw new MillraceException(
                        ErrorCode.QUERY_REFUSED,
                        "forEach.query selects " + String.join(", ", names) + " (expected: " + field + " among them)");
            }
        }
        if (result.truncated()) {
            throw new MillraceException(
                    ErrorCode.QUERY_REFUSED,
                    "forEach.query has more than " + result.rows().size()
                            + " rows, which is the most that requests can be" + " sent for");
        }
        long row = 0;
        for (List<@Nullable String> cells : result.rows()) {
            row++;
            taker.take(json(result.columns(), cells).getBytes(StandardCharsets.UTF_8), row);
        }
    }

    private Query.Result result() throws InterruptedException {
        HttpResponse<Query.Result> answer = Retries.run(UNTIL_ANSWERED, _ -> gateway.rows(task));
        if (answer.code() == 200) {
            return answer.body();
        }
        Problem problem = ServiceProblems.of(answer);
        ErrorCode code = ErrorCode.named(problem.code())
                .orElse(answer.code() >= FOR_NOW ? ErrorCode.SERVICE_UNAVAILABLE : ErrorCode.QUERY_FAILED);
        throw new MillraceException(code, "forEach.query: " + problem.detail());
    }

    private static String json(List<Query.Field> columns, List<@Nullable String> cells) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < columns.size(); i++) {
            String cell = cells.get(i);
            json.append(i == 0 ? "\"" : ",\"")
                    .append(JsonBody.escaped(columns.get(i).name()))
                    .append("\":");
            if (cell == null) {
                json.append("null");
            } else if (columns.get(i).type().equals("INTEGER")) {
                json.append(cell);
            } else {
                json.append('"').append(JsonBody.escaped(cell)).append('"');
            }
        }
        return json.append('}').toString();
    }
}
