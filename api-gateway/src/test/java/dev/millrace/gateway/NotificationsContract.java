package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.gateway.notification.WebhookDelivery;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Drift;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** What webhooks are told, whatever the run database. */
abstract class NotificationsContract extends SchoolTests {
    private static final byte[] WEBHOOK_KEY = "a key of thirty-two bytes, 4 test".getBytes(StandardCharsets.UTF_8);

    private WebhookDouble webhook() throws IOException {
        WebhookDouble webhook = new WebhookDouble();
        opened.add(webhook);
        return webhook;
    }

    private static Map<String, Object> notifying(WebhookDouble webhook) {
        return Map.of(
                "millrace.notifications.webhooks.team.url",
                webhook.url("/team"),
                "millrace.notifications.webhooks.team.secret",
                "whsec_" + Base64.getEncoder().encodeToString(WEBHOOK_KEY),
                "millrace.notifications.webhooks.others.url",
                webhook.url("/others"),
                "millrace.notifications.webhooks.others.pipelines",
                "another",
                "millrace.notifications.webhooks.rare.url",
                webhook.url("/rare"),
                "millrace.notifications.webhooks.rare.events",
                "recovered");
    }

    @Test
    void aWebhookIsToldOfAFailureUntilItTakesItAndOfTheRecovery() throws Exception {
        WebhookDouble webhook = webhook();
        webhook.refuse(1);
        GatewayUnderTest gateway = newGateway(notifying(webhook));
        String failed = start(gateway);
        services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_UNAVAILABLE, "down <b>& out");

        WebhookDouble.Request refused = webhook.next();
        WebhookDouble.Request taken = webhook.next();

        assertThat(refused.status()).isEqualTo(503);
        assertThat(taken.id()).isEqualTo(refused.id()).isNotEmpty();
        assertThat(taken.body()).isEqualTo(refused.body());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(WEBHOOK_KEY, "HmacSHA256"));
        String signed = taken.id() + "." + taken.timestamp() + "." + taken.body();
        assertThat(taken.signature())
                .isEqualTo("v1,"
                        + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))));
        assertThat(taken.type()).isEqualTo("run.failed");
        assertThat(taken.body())
                .contains(
                        "\"text\":\"school/students failed with SOURCE_UNAVAILABLE (run " + failed + ")\"",
                        "\"pipeline\":\"school\"",
                        "\"table\":\"school.students\"",
                        "\"error\":{\"code\":\"SOURCE_UNAVAILABLE\",\"detail\":\"down <b>& out\"}");

        gateway.post("/api/v1/runs/" + failed + "/retry", "");
        services.commit(untilLoading(), 100);
        WebhookDouble.Request one = webhook.next();
        WebhookDouble.Request other = webhook.next();

        assertThat(List.of(one.type(), other.type())).containsOnly("run.recovered");
        assertThat(one.body()).contains("\"rowsLoaded\":100", "\"since\":", "succeeded again, after 0 min");
        services.commit(started(gateway), 100);
        assertThat(webhook.paths())
                .as("nothing of a success after a success, and to each only what it wants")
                .containsExactlyInAnyOrder("/team", "/team", "/team", "/rare");
    }

    private static Drift drift(String... missing) {
        return new Drift(100, List.of(missing), List.of(), List.of(new Drift.Seen("email_address", 100, 100)), 0);
    }

    /** Loads 100 rows whose records have drifted. */
    private String drifted(GatewayUnderTest gateway, Drift drift) {
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 100, 0);
        Task transform = services.next(Step.TRANSFORM);
        Outcome.Staged staged = services.stage(transform, 100, 0);
        services.report(transform, new Outcome.Staged(staged.manifest(), staged.counts(), drift));
        services.commit(services.next(Step.LOAD), 100);
        awaitState(gateway, run, "SUCCEEDED");
        return run;
    }

    @Test
    void driftIsInTheRunsAnswerInMetricsAndToldOnceUntilItIsAnother() throws Exception {
        WebhookDouble webhook = webhook();
        GatewayUnderTest gateway = newGateway(Map.of("millrace.notifications.webhooks.team.url", webhook.url("/team")));

        String run = drifted(gateway, drift("email", "address.city"));
        assertThat(ObjectMapper.getDefault()
                        .writeValueAsString(gateway.get("/api/v1/runs/" + run).body()))
                .contains(
                        "\"drift\":{\"records\":100,\"missing\":[\"email\",\"address.city\"],\"partial\":[],"
                                + "\"unread\":[{\"name\":\"email_address\",\"records\":100,\"of\":100}],\"unnamed\":0,\"changes\":[],\"unseen\":[]}");
        WebhookDouble.Request told = webhook.next();
        assertThat(told.type()).isEqualTo("run.drift");
        assertThat(told.body())
                .contains(
                        "\"text\":\"school/students succeeded, but no record has email, address.city (run " + run
                                + ")\"",
                        "\"missing\":[\"email\",\"address.city\"]",
                        "\"rowsLoaded\":100");
        assertThat(gateway.get("/prometheus").body().coerceStringValue())
                .contains("millrace_drift_missing_total{endpoint=\"students\",pipeline=\"school\"} 2.0")
                .contains("millrace_drift_unread_total{endpoint=\"students\",pipeline=\"school\"} 1.0");

        drifted(gateway, drift("email", "address.city")); // the same again
        drifted(gateway, drift());
        drifted(gateway, drift("email"));
        assertThat(webhook.next().body()).contains("no record has email (run ");
        assertThat(webhook.paths()).hasSize(2);
    }

    private Task started(GatewayUnderTest gateway) {
        start(gateway);
        return untilLoading();
    }

    @Test
    void staleDataAreToldOnceHoweverManyGatewaysLook() throws Exception {
        Files.writeString(
                folder.resolve("pipelines/school.yaml"),
                PIPELINE.replace("rejects: {maxShare: 0.1}", "staleAfter: 1s"));
        WebhookDouble webhook = webhook();
        GatewayUnderTest gateway = newGateway(notifying(webhook));
        newGateway(notifying(webhook));

        WebhookDouble.Request stale = webhook.next();
        services.commit(started(gateway), 100);
        WebhookDouble.Request next = webhook.next();

        assertThat(stale.type()).isEqualTo("endpoint.stale");
        assertThat(stale.body())
                .contains(
                        "school/students is stale: school.students has not been loaded for 0 min", "\"staleAfter\":1");
        assertThat(next.type()).isEqualTo("run.recovered");
    }

    @Test
    void aNotificationThatNoWebhookTakesIsGivenUp() throws Exception {
        WebhookDouble webhook = webhook();
        webhook.refuse(1_000);
        GatewayUnderTest gateway = newGateway(notifying(webhook));
        start(gateway);
        services.fail(services.next(Step.EXTRACT), ErrorCode.SOURCE_UNAVAILABLE, "down");
        webhook.next();
        try (Connection database = gateway.database();
                PreparedStatement aged = database.prepareStatement(
                        "UPDATE notification SET created_at = created_at - INTERVAL '25' HOUR")) {
            assertThat(aged.executeUpdate()).isEqualTo(1);
        }

        gateway.context().getBean(WebhookDelivery.class).giveUp();

        try (Connection database = gateway.database();
                PreparedStatement left = database.prepareStatement("SELECT COUNT(*) FROM notification");
                ResultSet rows = left.executeQuery()) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isZero();
        }
    }
}
