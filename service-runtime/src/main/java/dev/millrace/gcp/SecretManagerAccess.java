package dev.millrace.gcp;

import com.google.api.gax.core.CredentialsProvider;
import com.google.api.gax.core.FixedCredentialsProvider;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.rpc.TransportChannelProvider;
import com.google.auth.Credentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.secretmanager.v1.SecretManagerServiceSettings;
import io.micronaut.context.annotation.BootstrapContextCompatible;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.gcp.Modules;
import io.micronaut.gcp.secretmanager.SecretManagerFactory;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.URI;

/** Where Secret Manager is, and as whom the service itself asks it, for the framework's client of it. */
@Factory
@BootstrapContextCompatible
final class SecretManagerAccess {
    private static final int TLS_PORT = 443;

    @Singleton
    @BootstrapContextCompatible
    @Named(Modules.SECRET_MANAGER)
    @Replaces(value = TransportChannelProvider.class, factory = SecretManagerFactory.class)
    TransportChannelProvider channel(GcpConfig config) {
        InstantiatingGrpcChannelProvider.Builder channel =
                SecretManagerServiceSettings.defaultGrpcTransportProviderBuilder();
        URI host = config.secretManagerHost();
        if (host != null) {
            channel.setEndpoint(host.getHost() + ":" + (host.getPort() < 0 ? TLS_PORT : host.getPort()));
            if ("http".equals(host.getScheme())) {
                channel.setChannelConfigurator(builder -> builder.usePlaintext());
            }
        }
        return channel.build();
    }

    @Singleton
    @BootstrapContextCompatible
    @Named(Modules.SECRET_MANAGER)
    @Replaces(value = CredentialsProvider.class, factory = SecretManagerFactory.class)
    CredentialsProvider credentials(GoogleCredentialsByName credentials) {
        return provider(credentials.credentials(null));
    }

    private static CredentialsProvider provider(Credentials credentials) {
        return credentials instanceof NoCredentials
                ? NoCredentialsProvider.create()
                : FixedCredentialsProvider.create(credentials);
    }
}
