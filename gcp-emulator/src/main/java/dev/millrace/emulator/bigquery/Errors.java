package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.QueryErrors;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;

/**
 * BigQuery's errors, as answers to requests and as what became of jobs.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/error-messages">Error messages: reasons and their HTTP
 *     status</a>
 */
final class Errors {
    private Errors() {}

    static ApiException invalid(String message) {
        return new ApiException(400, "invalid", message);
    }

    static ApiException notFound(String message) {
        return new ApiException(404, "notFound", "Not found: " + message);
    }

    static ApiException duplicate(String message) {
        return new ApiException(409, "duplicate", "Already Exists: " + message);
    }

    /**
     * The second of two transactions that change one table is aborted.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/transactions#transaction_concurrency">Transaction
     *     concurrency</a>
     */
    static ApiException concurrentUpdate(TableName table) {
        return QueryErrors.invalidQuery("Transaction is aborted due to concurrent update against table " + table + ".");
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/ErrorProto">ErrorProto</a> */
    static ObjectNode proto(ApiException error) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("reason", error.reason())
                .put("message", error.getMessage());
    }
}
