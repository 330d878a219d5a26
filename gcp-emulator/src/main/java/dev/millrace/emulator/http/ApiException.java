package dev.millrace.emulator.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * An error, answered in the form of Google's JSON APIs.
 *
 * @see <a href="https://cloud.google.com/storage/docs/json_api/v1/status-codes">Status and error codes of Cloud
 *     Storage</a>
 * @see <a href="https://cloud.google.com/bigquery/docs/error-messages">Error messages of BigQuery</a>
 */
public final class ApiException extends RuntimeException {
    private final int status;
    private final String reason;

    /** @param reason as Google names it, such as {@code notFound} */
    public ApiException(int status, String reason, String message) {
        super(message);
        this.status = status;
        this.reason = reason;
    }

    public int status() {
        return status;
    }

    /** As Google names it. */
    public String reason() {
        return reason;
    }

    ObjectNode body() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode error = body.putObject("error");
        error.put("code", status).put("message", getMessage());
        error.putArray("errors")
                .addObject()
                .put("message", getMessage())
                .put("domain", "global")
                .put("reason", reason);
        return body;
    }
}
