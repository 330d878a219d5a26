package dev.millrace.extractor.secret;

import com.google.api.gax.rpc.TransportChannelProvider;
import com.google.cloud.secretmanager.v1.SecretManagerServiceClient;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.secret.SecretFiles;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.Factory;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import io.micronaut.gcp.Modules;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The configuration of the store of secrets.
 *
 * @param type where secrets are
 * @param folder with one file for each secret; null: secrets come from the environment only
 * @param envFile with lines such as {@code MILLRACE_SECRET_NAME=value}, for what neither folder nor environment have;
 *     it needn't be there; null: none
 * @param cacheFor how long a run uses a value before it reads it again; another run never uses it
 * @param tokenKey secret of which the key is made that encrypts refresh tokens which replace those in secrets, at least 32
 *     characters; null: they are used to the end of the run and not kept
 */
@ConfigurationProperties("millrace.secrets")
record SecretsConfig(
        @Bindable(defaultValue = "files") Type type,
        @Nullable Path folder,
        @Nullable Path envFile,
        @Bindable(defaultValue = "5m") Duration cacheFor,
        @Nullable String tokenKey) {
    private static final int SHORTEST_KEY = 32;

    SecretsConfig {
        if (tokenKey != null && tokenKey.length() < SHORTEST_KEY) {
            throw new IllegalArgumentException("millrace.secrets.token-key: " + tokenKey.length()
                    + " characters (expected: " + SHORTEST_KEY + " or more)");
        }
    }

    enum Type {
        FILES,
        SECRET_MANAGER
    }

    @Factory
    static final class Sources {
        /** Google's classes are loaded only where they are used. */
        @Singleton
        @Bean(preDestroy = "close")
        SecretSource source(
                SecretsConfig config,
                GcpConfig gcp,
                BeanProvider<GoogleCredentialsByName> credentials,
                BeanProvider<SecretManagerServiceClient> client,
                @Named(Modules.SECRET_MANAGER) BeanProvider<TransportChannelProvider> channel) {
            return switch (config.type()) {
                case FILES -> new FileSecrets(new SecretFiles(config.folder(), config.envFile()));
                case SECRET_MANAGER -> new GoogleSecrets(gcp, credentials.get(), client, channel.get());
            };
        }
    }
}
