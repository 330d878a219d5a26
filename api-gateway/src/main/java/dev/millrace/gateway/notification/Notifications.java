package dev.millrace.gateway.notification;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.staging.Drift;
import dev.millrace.task.CheckResult;
import dev.millrace.task.CheckResults;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.TransactionDefinition;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Stores what webhooks are to be told, in the transaction that makes it true: so it is told at least once, whatever
 * dies afterwards, and nothing is told that was rolled back. {@link WebhookDelivery} carries it.
 */
@Singleton
class Notifications {
    private final List<WebhookConfig> webhooks;
    private final NotificationRepository notifications;
    private final RunRepository runs;
    private final Json json;

    Notifications(List<WebhookConfig> webhooks, NotificationRepository notifications, RunRepository runs, Json json) {
        this.webhooks = webhooks;
        this.notifications = notifications;
        this.runs = runs;
        this.json = json;
    }

    @Transactional(propagation = TransactionDefinition.Propagation.MANDATORY)
    void failed(RunRow run, RunEvent.End.Failed end, Instant now) {
        String text = name(run) + " failed with " + end.code() + " (run " + run.id() + ")";
        store(
                WebhookConfig.Event.FAILED,
                "run.failed",
                text,
                data(run, new Notification.Failure(end.code().name(), end.detail()), null, null),
                now);
    }

    /** @param before the endpoint's status until now */
    @Transactional(propagation = TransactionDefinition.Propagation.MANDATORY)
    void recovered(RunRow run, RunEvent.End.Succeeded end, StatusRow before, Instant now) {
        Instant since = before.failingSince() == null ? before.freshAt() : before.failingSince();
        String text = name(run) + " succeeded again, after " + shown(Duration.between(since, now)) + " (run " + run.id()
                + ")";
        store(
                WebhookConfig.Event.RECOVERED,
                "run.recovered",
                text,
                data(run, null, end.result().rows(), since),
                now);
    }

    /** A run has succeeded, although no record had some of the columns. */
    @Transactional(propagation = TransactionDefinition.Propagation.MANDATORY)
    void drifted(RunRow run, RunEvent.End.Succeeded end, Drift drift, Instant now) {
        String text = name(run) + " succeeded, but no record has " + String.join(", ", drift.missing()) + " (run "
                + run.id() + ")";
        store(
                WebhookConfig.Event.DRIFT,
                "run.drift",
                text,
                data(run, null, end.result().rows(), null),
                now);
    }

    /** A run has succeeded, although its table doesn't meet checks that only warn. */
    @Transactional(propagation = TransactionDefinition.Propagation.MANDATORY)
    void checked(RunRow run, RunEvent.End.Succeeded end, List<CheckResult> unmet, Instant now) {
        String text = name(run) + " succeeded, but "
                + unmet.stream().map(CheckResult::line).collect(Collectors.joining("; ")) + " (run " + run.id() + ")";
        store(
                WebhookConfig.Event.CHECKS,
                "run.checks",
                text,
                data(run, null, end.result().rows(), null),
                now);
    }

    /** @param target the table or the place in a bucket */
    @Transactional(propagation = TransactionDefinition.Propagation.MANDATORY)
    void stale(StatusRow status, String target, Duration staleAfter, Instant now) {
        Duration age = Duration.between(status.freshAt(), now);
        String text = status.name() + " is stale: " + target
                + (status.succeededAt() == null ? " has not been loaded for " : " was last loaded ")
                + shown(age)
                + (status.succeededAt() == null ? "" : " ago");
        store(
                WebhookConfig.Event.STALE,
                "endpoint.stale",
                text,
                new Notification.Data(
                        status.pipeline(), status.endpoint(), target, null, status.freshAt(), staleAfter.toSeconds()),
                now);
    }

    private Notification.Data data(
            RunRow run, Notification.@Nullable Failure error, @Nullable Long rowsLoaded, @Nullable Instant since) {
        return new Notification.Data(
                run.pipeline(),
                run.endpoint(),
                run.targetTable(),
                new Notification.Run(
                        run.id(),
                        run.dayText(),
                        rowsLoaded,
                        error,
                        json.readIfReadable(run.drift(), Drift.class),
                        unmet(run)),
                since,
                null);
    }

    /** Without values of rows; null when all are met, or there are none. */
    private @Nullable List<CheckResult> unmet(RunRow run) {
        CheckResults checks =
                json.readIfReadable(runs.findById(run.id()).map(RunRow::checks).orElse(null), CheckResults.class);
        List<CheckResult> unmet = checks == null
                ? List.of()
                : checks.results().stream()
                        .filter(result -> result.state() == CheckResult.State.UNMET)
                        .map(CheckResult::withoutSample)
                        .toList();
        return unmet.isEmpty() ? null : unmet;
    }

    private void store(WebhookConfig.Event event, String type, String text, Notification.Data data, Instant now) {
        for (WebhookConfig webhook : webhooks) {
            if (webhook.wants(event, data.pipeline())) {
                String body = json.write(new Notification(type, now, escaped(text), data));
                notifications.save(
                        new NotificationRow(UUID.randomUUID().toString(), webhook.name(), body, 0, now, now));
            }
        }
    }

    /** https://docs.slack.dev/messaging/formatting-message-text: a name must not become a mention. */
    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String name(RunRow run) {
        return run.pipeline() + "/" + run.endpoint() + (run.day() == null ? "" : " of " + run.day());
    }

    private static String shown(Duration duration) {
        long minutes = duration.toMinutes();
        return minutes >= 48 * 60
                ? minutes / (24 * 60) + " days"
                : minutes >= 120 ? minutes / 60 + " hours" : minutes + " min";
    }
}
