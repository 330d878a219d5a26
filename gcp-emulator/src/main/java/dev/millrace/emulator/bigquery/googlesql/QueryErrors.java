package dev.millrace.emulator.bigquery.googlesql;

import dev.millrace.emulator.http.ApiException;

/** What is wrong with a query, as BigQuery says it. */
public final class QueryErrors {
    private QueryErrors() {}

    /** @see <a href="https://cloud.google.com/bigquery/docs/error-messages">Error messages, invalidQuery</a> */
    public static ApiException invalidQuery(String message) {
        return new ApiException(400, "invalidQuery", message);
    }
}
