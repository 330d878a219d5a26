package dev.millrace.extractor.secret;

import com.google.api.gax.core.FixedCredentialsProvider;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.InstantiatingGrpcChannelProvider;
import com.google.api.gax.rpc.ApiException;
import com.google.auth.Credentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.secretmanager.v1.AccessSecretVersionResponse;
import com.google.cloud.secretmanager.v1.SecretManagerServiceClient;
import com.google.cloud.secretmanager.v1.SecretManagerServiceSettings;
import com.google.cloud.secretmanager.v1.SecretPayload;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Google Secret Manager, through its client library, which repeats what may be repeated.
 *
 * @see <a href="https://cloud.google.com/secret-manager/docs/access-secret-version">Access a secret version</a>
 */
final class GoogleSecrets implements SecretSource {
    private static final int TLS_PORT = 443;

    private final GcpConfig config;
    private final GoogleCredentialsByName credentials;
    /** By the name of the credentials; empty: those of the service. */
    private final Map<Optional<String>, Connection> connections = new HashMap<>();

    private record Connection(Credentials credentials, SecretManagerServiceClient client) {}

    GoogleSecrets(GcpConfig config, GoogleCredentialsByName credentials) {
        this.config = config;
        this.credentials = credentials;
    }

    @Override
    public String read(SecretReference reference, @Nullable String credentialsName) {
        String secret = secret(reference);
        String version = reference.version() == null ? "latest" : reference.version();
        SecretManagerServiceClient client = client(credentialsName);
        try {
            AccessSecretVersionResponse answer = client.accessSecretVersion(secret + "/versions/" + version);
            return value(secret, answer.getPayload());
        } catch (ApiException e) {
            throw failure(secret, version, e);
        }
    }

    private String secret(SecretReference reference) {
        String project = reference.project() == null ? config.project() : reference.project();
        if (project == null || project.isEmpty()) {
            throw new MillraceException(
                    ErrorCode.SECRET_MISSING,
                    "it is not known in which project secret '" + reference.name()
                            + "' is (expected: the property millrace.gcp.project, or ${secret:projects/PROJECT/secrets/"
                            + reference.name() + "})");
        }
        return "projects/" + project + "/secrets/" + reference.name();
    }

    /** https://cloud.google.com/secret-manager/docs/data-integrity */
    private static String value(String secret, SecretPayload payload) {
        if (payload.hasDataCrc32C()) {
            CRC32C checksum = new CRC32C();
            checksum.update(payload.getData().toByteArray());
            if (checksum.getValue() != payload.getDataCrc32C()) {
                throw new MillraceException(
                        ErrorCode.SECRETS_UNAVAILABLE,
                        "the value of " + secret + " arrived with another checksum than it was sent with");
            }
        }
        return payload.getData().toStringUtf8();
    }

    private static MillraceException failure(String secret, String version, ApiException e) {
        String which = "version " + version + " of " + secret;
        return switch (e.getStatusCode().getCode()) {
            case NOT_FOUND -> new MillraceException(ErrorCode.SECRET_MISSING, "there is no " + which);
            case FAILED_PRECONDITION ->
                new MillraceException(ErrorCode.SECRET_MISSING, which + " is disabled or destroyed");
            case PERMISSION_DENIED, UNAUTHENTICATED ->
                new MillraceException(
                        ErrorCode.SECRET_DENIED,
                        "may not read " + which + " (expected: an account with roles/secretmanager.secretAccessor on"
                                + " it; if there is no such secret, Google says the same)");
            default ->
                new MillraceException(
                        ErrorCode.SECRETS_UNAVAILABLE,
                        "can't read " + which + ": Secret Manager said "
                                + e.getStatusCode().getCode(),
                        e);
        };
    }

    /** A key file that was exchanged makes a new connection; calls on the one before are not disturbed. */
    private synchronized SecretManagerServiceClient client(@Nullable String name) {
        Connection open = connections.get(Optional.ofNullable(name));
        if (open != null && name == null) {
            return open.client();
        }
        Credentials wanted = credentials.credentials(name);
        if (open != null && open.credentials().equals(wanted)) {
            return open.client();
        }
        Connection opened = new Connection(wanted, connect(wanted));
        connections.put(Optional.ofNullable(name), opened);
        if (open != null) {
            open.client().shutdown();
        }
        return opened.client();
    }

    private SecretManagerServiceClient connect(Credentials wanted) {
        SecretManagerServiceSettings.Builder settings = SecretManagerServiceSettings.newBuilder();
        settings.setCredentialsProvider(
                wanted instanceof NoCredentials
                        ? NoCredentialsProvider.create()
                        : FixedCredentialsProvider.create(wanted));
        settings.accessSecretVersionSettings()
                .setRetrySettings(settings.accessSecretVersionSettings().getRetrySettings().toBuilder()
                        .setInitialRetryDelayDuration(Duration.ofMillis(200))
                        .setMaxRetryDelayDuration(Duration.ofSeconds(5))
                        .setInitialRpcTimeoutDuration(Duration.ofSeconds(10))
                        .setMaxRpcTimeoutDuration(Duration.ofSeconds(10))
                        .setTotalTimeoutDuration(Duration.ofSeconds(30))
                        .build());
        URI host = config.secretManagerHost();
        if (host != null) {
            String endpoint = host.getHost() + ":" + (host.getPort() < 0 ? TLS_PORT : host.getPort());
            InstantiatingGrpcChannelProvider.Builder channel =
                    SecretManagerServiceSettings.defaultGrpcTransportProviderBuilder()
                            .setEndpoint(endpoint);
            if ("http".equals(host.getScheme())) {
                channel.setChannelConfigurator(builder -> builder.usePlaintext());
            }
            settings.setTransportChannelProvider(channel.build());
        }
        try {
            return SecretManagerServiceClient.create(settings.build());
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SECRETS_UNAVAILABLE, "can't connect to Secret Manager: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void close() {
        connections.values().forEach(connection -> connection.client().close());
        connections.clear();
    }
}
