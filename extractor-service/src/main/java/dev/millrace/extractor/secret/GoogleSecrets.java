package dev.millrace.extractor.secret;

import com.google.api.gax.core.FixedCredentialsProvider;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.grpc.GrpcCallContext;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiCallContext;
import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.TransportChannelProvider;
import com.google.auth.Credentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.secretmanager.v1.AccessSecretVersionRequest;
import com.google.cloud.secretmanager.v1.AccessSecretVersionResponse;
import com.google.cloud.secretmanager.v1.SecretManagerServiceClient;
import com.google.cloud.secretmanager.v1.SecretManagerServiceSettings;
import com.google.cloud.secretmanager.v1.SecretPayload;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.BeanProvider;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Google Secret Manager, through its client library, which repeats what may be repeated.
 *
 * @see <a href="https://cloud.google.com/secret-manager/docs/access-secret-version">Access a secret version</a>
 */
final class GoogleSecrets implements SecretSource {
    private static final ApiCallContext PATIENCE = GrpcCallContext.createDefault()
            .withRetrySettings(RetrySettings.newBuilder()
                    .setInitialRetryDelayDuration(Duration.ofMillis(200))
                    .setRetryDelayMultiplier(1.3)
                    .setMaxRetryDelayDuration(Duration.ofSeconds(5))
                    .setInitialRpcTimeoutDuration(Duration.ofSeconds(10))
                    .setRpcTimeoutMultiplier(1)
                    .setMaxRpcTimeoutDuration(Duration.ofSeconds(10))
                    .setTotalTimeoutDuration(Duration.ofSeconds(30))
                    .build());

    private final GcpConfig config;
    private final GoogleCredentialsByName credentials;
    private final BeanProvider<SecretManagerServiceClient> ofService;
    private final TransportChannelProvider channel;
    private @Nullable SecretManagerServiceClient own;
    /** By the name of the credentials. */
    private final Map<String, Connection> connections = new HashMap<>();

    private record Connection(Credentials credentials, SecretManagerServiceClient client) {}

    /**
     * @param ofService the client with the service's own credentials; asked for when it is first needed
     * @param channel to where Secret Manager is
     */
    GoogleSecrets(
            GcpConfig config,
            GoogleCredentialsByName credentials,
            BeanProvider<SecretManagerServiceClient> ofService,
            TransportChannelProvider channel) {
        this.config = config;
        this.credentials = credentials;
        this.ofService = ofService;
        this.channel = channel;
    }

    @Override
    public String read(SecretReference reference, @Nullable String credentialsName) {
        String secret = secret(reference);
        String version = reference.version() == null ? "latest" : reference.version();
        SecretManagerServiceClient client = client(credentialsName);
        try {
            AccessSecretVersionResponse answer = client.accessSecretVersionCallable()
                    .call(
                            AccessSecretVersionRequest.newBuilder()
                                    .setName(secret + "/versions/" + version)
                                    .build(),
                            PATIENCE);
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

    /**
     * The service's own is the framework's client bean; beside it there is one for each of the pipelines' credentials. A
     * key file that was exchanged makes a new connection; calls on the one before are not disturbed.
     */
    private synchronized SecretManagerServiceClient client(@Nullable String name) {
        if (name == null) {
            if (own == null) {
                Credentials _ = credentials.credentials(null); // says what is wrong with them in our words
                own = ofService.get();
            }
            return own;
        }
        Credentials wanted = credentials.credentials(name);
        Connection open = connections.get(name);
        if (open != null && open.credentials().equals(wanted)) {
            return open.client();
        }
        Connection opened = new Connection(wanted, connect(wanted));
        connections.put(name, opened);
        if (open != null) {
            open.client().shutdown();
        }
        return opened.client();
    }

    private SecretManagerServiceClient connect(Credentials wanted) {
        try {
            return SecretManagerServiceClient.create(SecretManagerServiceSettings.newBuilder()
                    .setCredentialsProvider(
                            wanted instanceof NoCredentials
                                    ? NoCredentialsProvider.create()
                                    : FixedCredentialsProvider.create(wanted))
                    .setTransportChannelProvider(channel)
                    .build());
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SECRETS_UNAVAILABLE, "can't connect to Secret Manager: " + e.getMessage(), e);
        }
    }

    /** The framework closes no clients of Google's. */
    @Override
    public synchronized void close() {
        if (own != null) {
            own.close();
            own = null;
        }
        connections.values().forEach(connection -> connection.client().close());
        connections.clear();
    }
}
