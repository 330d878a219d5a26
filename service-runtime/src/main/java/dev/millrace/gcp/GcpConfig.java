package dev.millrace.gcp;

import io.micronaut.context.annotation.BootstrapContextCompatible;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import java.net.URI;

/**
 * The configuration of Google Cloud, the same for all of its services.
 *
 * @param project in which jobs run and secrets are, where nothing else is said; null: everything has to say it
 * @param authentication of every call
 * @param storageHost base URL of Cloud Storage; null: Google's
 * @param bigqueryHost base URL of BigQuery; null: Google's
 * @param secretManagerHost {@code https://host:port} of Secret Manager, {@code http://} for gRPC without TLS; null:
 *     Google's
 */
@BootstrapContextCompatible // a service may read its own configuration from Secret Manager
@ConfigurationProperties("millrace.gcp")
public record GcpConfig(
        @Nullable String project,
        @Bindable(defaultValue = "google") Authentication authentication,
        @Nullable URI storageHost,
        @Nullable URI bigqueryHost,
        @Nullable URI secretManagerHost) {

    public enum Authentication {
        /**
         * A key file where credentials are named, else application-default credentials, of which workload identity is
         * a form.
         *
         * @see <a href="https://cloud.google.com/docs/authentication/application-default-credentials">How Application
         *     Default Credentials works</a>
         */
        GOOGLE,
        /** Calls carry no credentials, which only emulators accept. */
        NONE
    }
}
