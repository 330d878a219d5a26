package dev.millrace.emulator.secretmanager;

import com.google.cloud.secretmanager.v1.AccessSecretVersionRequest;
import com.google.cloud.secretmanager.v1.AccessSecretVersionResponse;
import com.google.cloud.secretmanager.v1.SecretPayload;
import com.google.protobuf.ByteString;
import dev.millrace.emulator.http.Call;
import dev.millrace.emulator.http.Calls;
import dev.millrace.emulator.http.Fault;
import dev.millrace.emulator.http.Faults;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Answers {@code AccessSecretVersion}.
 *
 * @see <a href="https://cloud.google.com/secret-manager/docs/reference/rpc/google.cloud.secretmanager.v1">Package
 *     google.cloud.secretmanager.v1</a>
 */
public final class SecretManagerServer implements AutoCloseable {
    private static final String SERVICE = "google.cloud.secretmanager.v1.SecretManagerService";
    private static final Pattern NAME = Pattern.compile("(projects/[^/]+/secrets/[^/]+)/versions/([^/]+)");
    private static final MethodDescriptor<AccessSecretVersionRequest, AccessSecretVersionResponse> ACCESS =
            MethodDescriptor.<AccessSecretVersionRequest, AccessSecretVersionResponse>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "AccessSecretVersion"))
                    .setRequestMarshaller(ProtoUtils.marshaller(AccessSecretVersionRequest.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(AccessSecretVersionResponse.getDefaultInstance()))
                    .build();

    private final SecretStore secrets;
    private final Faults faults;
    private final Calls calls;
    private final Server server;

    /**
     * @param port 0: a free one
     * @throws IOException when it can't be opened
     */
    public SecretManagerServer(int port, SecretStore secrets, Faults faults, Calls calls) throws IOException {
        this.secrets = secrets;
        this.faults = faults;
        this.calls = calls;
        this.server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .addService(ServerServiceDefinition.builder(SERVICE)
                        .addMethod(ACCESS, ServerCalls.asyncUnaryCall(this::access))
                        .build())
                .build()
                .start();
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getPort());
    }

    private void access(AccessSecretVersionRequest request, StreamObserver<AccessSecretVersionResponse> answer) {
        String path = "/" + SERVICE + "/AccessSecretVersion?name=" + request.getName();
        AccessSecretVersionResponse response;
        try {
            response = access(request, faults.next("GRPC", path));
        } catch (StatusException e) {
            calls.add(new Call("GRPC", path, "", httpStatus(e.getStatus())));
            answer.onError(e);
            return;
        }
        calls.add(new Call("GRPC", path, "", 200));
        answer.onNext(response);
        answer.onCompleted();
    }

    private AccessSecretVersionResponse access(AccessSecretVersionRequest request, Optional<Fault> fault)
            throws StatusException {
        return switch (fault.orElse(null)) {
            case null -> access(request);
            case Fault.Status refused ->
                throw grpcStatus(refused.status())
                        .withDescription(refused.reason())
                        .asException();
            case Fault.LostCall _ -> throw Status.UNAVAILABLE.asException();
            case Fault.LostAnswer _, Fault.Truncated _ -> {
                access(request);
                throw Status.UNAVAILABLE.asException();
            }
            case Fault.Corrupted _ -> {
                AccessSecretVersionResponse whole = access(request);
                ByteString value = whole.getPayload().getData();
                yield whole.toBuilder()
                        .setPayload(whole.getPayload().toBuilder().setData(value.concat(value)))
                        .build();
            }
            case Fault.Delay delay -> {
                try {
                    Thread.sleep(delay.pause());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                yield access(request);
            }
            case Fault.Before before -> {
                before.action().run();
                yield access(request);
            }
            case Fault.After after -> {
                AccessSecretVersionResponse response = access(request);
                after.action().run();
                yield response;
            }
        };
    }

    /**
     * Who may not read a secret isn't told whether it exists; a version that is not enabled is a failed precondition.
     *
     * @see <a href="https://cloud.google.com/secret-manager/docs/access-secret-version">Access a secret version</a>
     */
    private AccessSecretVersionResponse access(AccessSecretVersionRequest request) throws StatusException {
        Matcher name = NAME.matcher(request.getName());
        if (!name.matches()) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("Invalid resource name: " + request.getName())
                    .asException();
        }
        String secret = name.group(1);
        if (!secrets.mayRead(secret)) {
            throw Status.PERMISSION_DENIED
                    .withDescription("Permission 'secretmanager.versions.access' denied for resource '"
                            + request.getName() + "' (or it may not exist).")
                    .asException();
        }
        SecretStore.Version version = secrets.find(secret, name.group(2))
                .orElseThrow(() -> Status.NOT_FOUND
                        .withDescription("Secret [" + secret + "] not found or has no versions.")
                        .asException());
        if (!version.enabled()) {
            throw Status.FAILED_PRECONDITION
                    .withDescription("Secret Version [" + request.getName() + "] is in DISABLED state.")
                    .asException();
        }
        ByteString value = ByteString.copyFromUtf8(version.value());
        CRC32C checksum = new CRC32C();
        checksum.update(value.toByteArray());
        return AccessSecretVersionResponse.newBuilder()
                .setName(secret + "/versions/" + version.number())
                .setPayload(SecretPayload.newBuilder().setData(value).setDataCrc32C(checksum.getValue()))
                .build();
    }

    /** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
    private static Status grpcStatus(int httpStatus) {
        return switch (httpStatus) {
            case 401 -> Status.UNAUTHENTICATED;
            case 403 -> Status.PERMISSION_DENIED;
            case 404 -> Status.NOT_FOUND;
            case 429 -> Status.RESOURCE_EXHAUSTED;
            case 503 -> Status.UNAVAILABLE;
            default -> Status.INTERNAL;
        };
    }

    private static int httpStatus(Status status) {
        return switch (status.getCode()) {
            case UNAUTHENTICATED -> 401;
            case PERMISSION_DENIED -> 403;
            case NOT_FOUND -> 404;
            case RESOURCE_EXHAUSTED -> 429;
            case UNAVAILABLE -> 503;
            case INVALID_ARGUMENT, FAILED_PRECONDITION -> 400;
            default -> 500;
        };
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
