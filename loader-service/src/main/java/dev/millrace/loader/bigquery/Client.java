package dev.millrace.loader.bigquery;

import com.google.api.gax.retrying.RetrySettings;
import com.google.auth.Credentials;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.http.HttpTransportOptions;
import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.time.Duration;

/** Google's client library, tuned. It tries a call again that may be repeated; we never do beside it. */
final class Client {
    private static final RetrySettings RETRIES = RetrySettings.newBuilder()
            .setInitialRetryDelayDuration(Duration.ofMillis(200))
            .setRetryDelayMultiplier(2)
            .setMaxRetryDelayDuration(Duration.ofSeconds(10))
            .setTotalTimeoutDuration(Duration.ofMinutes(2))
            .setMaxAttempts(8)
            .build();

    private Client() {}

    /** @param host null: Google's */
    static BigQueryOptions of(String project, String location, @Nullable URI host, Credentials credentials) {
        BigQueryOptions.Builder options = BigQueryOptions.newBuilder()
                .setProjectId(project)
                .setLocation(location)
                .setCredentials(credentials)
                .setRetrySettings(RETRIES)
                .setTransportOptions(HttpTransportOptions.newBuilder()
                        .setConnectTimeout((int) Duration.ofSeconds(10).toMillis())
                        .setReadTimeout((int) Duration.ofSeconds(60).toMillis())
                        .build());
        if (host != null) {
            options.setHost(host.toString());
        }
        return options.build();
    }
}
