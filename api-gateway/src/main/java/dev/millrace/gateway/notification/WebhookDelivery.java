package dev.millrace.gateway.notification;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.mask.Masks;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries notifications to webhooks, apart from everything that runs need: a webhook that is slow or away delays
 * nothing else. Requests are those of Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
@Singleton
public class WebhookDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookDelivery.class);
    private static final int AT_ONCE = 16;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    /** Longer than a request can take. */
    private static final Duration LEASE = Duration.ofMinutes(1);

    private final Map<String, WebhookConfig> webhooks;
    private final NotificationOutbox outbox;
    private final GatewayConfig config;
    private final Clock clock;
    private final BackgroundWork work;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread loop = Thread.ofVirtual().name("deliveries").unstarted(this::loop);
    /** A redirect is a refusal: the signature is for the address that was configured. */
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    WebhookDelivery(
            List<WebhookConfig> webhooks,
            NotificationOutbox outbox,
            GatewayConfig config,
            Clock clock,
            BackgroundWork work) {
        this.webhooks = webhooks.stream().collect(Collectors.toMap(WebhookConfig::name, Function.identity()));
        this.outbox = outbox;
        this.config = config;
        this.clock = clock;
        this.work = work;
        for (WebhookConfig webhook : webhooks) {
            Masks.ofProcess().remember(webhook.url().toString());
            Masks.ofProcess().remember(String.valueOf(webhook.url().getRawPath()));
            String secret = webhook.secret();
            if (secret != null) {
                Masks.ofProcess().remember(secret);
            }
        }
    }

    @EventListener
    void start(ServerStartupEvent event) {
        if (!webhooks.isEmpty()) {
            loop.start();
        }
    }

    /** Nothing is interrupted: H2 closes its file when a thread that reads or writes it is. */
    @EventListener
    void stop(ShutdownEvent event) throws InterruptedException {
        stopping.countDown();
        loop.join();
        http.close();
    }

    /** Forgets notifications that nobody has taken for too long. */
    @Scheduled(fixedDelay = "1m", initialDelay = "1m")
    public void giveUp() {
        work.attempt(BackgroundWork.Kind.NOTIFICATIONS, "giving up", () -> {
            int given = outbox.giveUp();
            if (given > 0) {
                LOG.error("{} notifications were given up, since no webhook took them", given);
            }
        });
    }

    private void loop() {
        try {
            do {
                work.attempt(BackgroundWork.Kind.NOTIFICATIONS, this::deliver);
            } while (!stopping.await(config.poll().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            LOG.trace("the process ends", e);
        }
    }

    private void deliver() {
        try (ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor()) {
            outbox.take(webhooks.keySet(), AT_ONCE, LEASE)
                    .forEach(notification -> calls.execute(() -> work.attempt(
                            BackgroundWork.Kind.NOTIFICATIONS, notification.id(), () -> deliver(notification))));
        }
    }

    private void deliver(NotificationRow notification) {
        try {
            String refusal = send(Objects.requireNonNull(webhooks.get(notification.webhook())), notification);
            if (refusal == null) {
                outbox.done(notification);
            } else {
                LOG.warn(
                        "webhook {} did not take notification {}, which is tried again: {}",
                        notification.webhook(),
                        notification.id(),
                        refusal);
                outbox.refused(notification);
            }
        } catch (InterruptedException e) {
            LOG.trace("the process ends", e);
        }
    }

    /** Null when it was taken, else why not. */
    private @Nullable String send(WebhookConfig webhook, NotificationRow notification) throws InterruptedException {
        String timestamp = String.valueOf(clock.instant().getEpochSecond());
        HttpRequest.Builder request = HttpRequest.newBuilder(webhook.url())
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .header("User-Agent", "millrace")
                .header("webhook-id", notification.id())
                .header("webhook-timestamp", timestamp)
                .POST(HttpRequest.BodyPublishers.ofString(notification.body()));
        byte[] key = webhook.key();
        if (key != null) {
            String signed = notification.id() + "." + timestamp + "." + notification.body();
            request.header("webhook-signature", "v1," + signature(key, signed));
        }
        try {
            HttpResponse<InputStream> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream _ = answer.body()) { // given up unread: one without an end must not keep us
                return answer.statusCode() / 100 == 2 ? null : "status " + answer.statusCode();
            }
        } catch (IOException e) {
            return e.getClass().getSimpleName();
        }
    }

    private static String signature(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }
}
