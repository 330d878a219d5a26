package dev.millrace.gateway.notification;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.staging.Drift;
import dev.millrace.task.CheckResult;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/**
 * What a webhook is sent, in the form of Standard Webhooks, with a {@code text} that Slack shows.
 *
 * @param type {@code run.failed}, {@code run.recovered}, {@code run.drift}, {@code run.checks} or {@code endpoint.stale}
 * @param timestamp when it became true
 * @param text one line, with {@code &}, {@code <} and {@code >} as Slack wants them
 */
@Serdeable
record Notification(String type, Instant timestamp, String text, Data data) {
    /**
     * @param table the table, or the place in a bucket
     * @param run that failed or succeeded; null when the endpoint is stale
     * @param since when the failures began, or when the data were last fresh
     * @param staleAfter in seconds; for a stale endpoint only
     */
    @Serdeable
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Data(
            String pipeline,
            String endpoint,
            String table,
            @Nullable Run run,
            @Nullable Instant since,
            @Nullable Long staleAfter) {}

    /**
     * @param drift of the records from the schema; null unless they have been transformed
     * @param checks of the table that aren't met; null: there are none
     */
    @Serdeable
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Run(
            String id,
            @Nullable String day,
            @Nullable Long rowsLoaded,
            @Nullable Failure error,
            @Nullable Drift drift,
            @Nullable List<CheckResult> checks) {}

    @Serdeable
    record Failure(String code, String detail) {}
}
