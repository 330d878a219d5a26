package dev.millrace.extractor.file;

import static java.util.stream.Collectors.joining;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.Identity;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchAlgoNegoFailException;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchHostKeyException;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SftpException;
import com.jcraft.jsch.SocketFactory;
import com.jcraft.jsch.UserInfo;
import dev.failsafe.RetryPolicy;
import dev.millrace.extractor.check.Network;
import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.network.SourceAddresses;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.ServerAddress;
import dev.millrace.pipeline.file.ServerKey;
import dev.millrace.pipeline.file.SftpFiles;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Retries;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * A login at a server of SFTP, which is made again where the connection was lost. The server has to prove who it is by one of the
 * keys that the pipeline names. For one run and one thread.
 */
final class SftpSession implements AutoCloseable {
    private static final int ATTEMPTS = 3;

    private final SftpFiles source;
    private final RunSecrets secrets;
    private final SourceAddresses addresses;
    private final TaskContext context;
    private final String host;
    private final int port;
    private @Nullable Session session;
    private @Nullable ChannelSftp channel;

    /** @throws MillraceException when a secret isn't there, or one of a host or port is none */
    SftpSession(SftpFiles source, RunSecrets secrets, SourceAddresses addresses, TaskContext context) {
        this.source = source;
        this.secrets = secrets;
        this.addresses = addresses;
        this.context = context;
        this.host = secrets.resolve(source.host());
        String number = secrets.resolve(source.port());
        // they may come from secrets, which nobody has looked at
        check("host", ServerAddress.isHost(host), "the name or address of a host, without a port");
        check("port", ServerAddress.isPort(number), "1 to 65535");
        this.port = Integer.parseInt(number);
    }

    private static void check(String key, boolean valid, String expected) {
        if (!valid) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED, "the source's " + key + " can't be used (expected: " + expected + ")");
        }
    }

    /** What is asked of the server. */
    interface Question<T> {
        T ask(ChannelSftp channel) throws SftpException, IOException;
    }

    /**
     * Asks, once more with a new login where the server can't be reached or its connection is lost.
     *
     * @param what it is about, for messages
     * @param missing what it means that there is no such thing
     * @throws MillraceException with a code of the source, when the last attempt has failed
     */
    <T> T ask(String what, ErrorCode missing, Question<T> question) throws InterruptedException {
        RetryPolicy<T> policy = RetryPolicy.<T>builder()
                .handleIf(failure ->
                        failure instanceof MillraceException known && known.code() == ErrorCode.SOURCE_UNAVAILABLE)
                .withBackoff(Duration.ofMillis(500), Duration.ofSeconds(5))
                .withMaxAttempts(ATTEMPTS)
                .build();
        return Retries.run(policy, _ -> {
            context.checkStopped();
            try {
                return question.ask(channel());
            } catch (SftpException | IOException e) {
                MillraceException failure = failure(what, missing, e);
                if (failure.code() == ErrorCode.SOURCE_UNAVAILABLE) {
                    close();
                }
                throw failure;
            }
        });
    }

    /** Tries the way to the server, and the login. */
    void check(Steps steps) {
        Network.reach(steps, addresses, host, port);
        String _ = steps.ofSource(
                "logs in",
                () -> ask("the folder after the login", ErrorCode.SOURCE_REFUSED, ChannelSftp::pwd),
                folder -> "the server has a key of hostKeys, the user begins in " + folder);
    }

    private MillraceException failure(String what, ErrorCode missing, Exception failure) {
        int status = failure instanceof SftpException answered && !isLost(answered) ? answered.id : -1;
        String detail = what + " can't be read on the server " + this + ": " + message(failure);
        return switch (status) {
            case ChannelSftp.SSH_FX_NO_SUCH_FILE ->
                new MillraceException(missing, what + " is not on the server " + this, failure);
            case ChannelSftp.SSH_FX_PERMISSION_DENIED ->
                new MillraceException(
                        ErrorCode.SOURCE_UNAUTHORIZED,
                        what + " may not be read by the user, says the server " + this,
                        failure);
            default -> new MillraceException(ErrorCode.SOURCE_UNAVAILABLE, detail, failure);
        };
    }

    private boolean isLost(SftpException answered) {
        return answered.getCause() != null || session == null || !session.isConnected();
    }

    private String message(Throwable failure) {
        Throwable last = failure;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        return secrets.mask(last.getMessage() == null ? last.getClass().getSimpleName() : last.getMessage());
    }

    private ChannelSftp channel() {
        ChannelSftp open = channel;
        if (open != null && open.isConnected()) {
            return open;
        }
        close();
        Keys keys = new Keys(source.hostKeys().stream().map(ServerKey::of).toList());
        int timeout =
                Math.toIntExact(Math.min(Integer.MAX_VALUE, source.timeout().toMillis()));
        try {
            List<InetAddress> found = addresses.of(host);
            JSch jsch = new JSch();
            jsch.setHostKeyRepository(keys);
            addIdentity(jsch);
            Session login = jsch.getSession(secrets.resolve(source.user()), host, port);
            session = login;
            login.setSocketFactory(new Addresses(found, timeout));
            login.setConfig("StrictHostKeyChecking", "yes");
            login.setConfig("server_host_key", keys.algorithms());
            login.setConfig(
                    "PreferredAuthentications",
                    source.privateKey() == null ? "password,keyboard-interactive" : "publickey");
            if (source.password() != null) {
                login.setPassword(secrets.resolve(source.password()).getBytes(StandardCharsets.UTF_8));
            }
            login.setDaemonThread(true);
            login.setTimeout(timeout);
            login.connect(timeout);
            ChannelSftp made = (ChannelSftp) login.openChannel("sftp");
            made.connect(timeout);
            made.setFilenameEncoding(StandardCharsets.UTF_8);
            channel = made;
            return made;
        } catch (JSchException | UnknownHostException e) {
            close();
            throw refused(e, keys);
        }
    }

    private void addIdentity(JSch jsch) {
        String key = source.privateKey();
        if (key == null) {
            return;
        }
        String passphrase = source.passphrase();
        try {
            jsch.addIdentity(
                    "privateKey",
                    // a secret has lost its last line end, without which a key of OpenSSH isn't one
                    (secrets.resolve(key) + "\n").getBytes(StandardCharsets.UTF_8),
                    null,
                    passphrase == null ? null : secrets.resolve(passphrase).getBytes(StandardCharsets.UTF_8));
        } catch (JSchException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "the source's privateKey is none that can be read"
                            + (passphrase == null ? "" : " with its passphrase")
                            + " (expected: one of OpenSSH or in PEM, of Ed25519, ECDSA or RSA)",
                    e);
        }
        for (Identity identity : jsch.getIdentityRepository().getIdentities()) {
            if (identity.isEncrypted()) {
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        "the source's privateKey is encrypted, and "
                                + (passphrase == null ? "there is no passphrase" : "its passphrase is another"));
            }
        }
    }

    private MillraceException refused(Exception failure, Keys keys) {
        String message = message(failure);
        if (failure instanceof JSchHostKeyException || keys.unknown != null) {
            return new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "the server " + this + " proves itself by the key " + keys.unknown
                            + ", which is none of hostKeys (expected: the key that the server's owner has told you)",
                    failure);
        }
        if (failure instanceof JSchAlgoNegoFailException) {
            return new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "the server " + this + " knows no way of encryption, or type of key, that is known here: "
                            + message,
                    failure);
        }
        // which the library tells by its words alone
        if (message.startsWith("Auth ") || message.startsWith("Too many authentication failures")) {
            return new MillraceException(
                    ErrorCode.SOURCE_UNAUTHORIZED,
                    "the server " + this + " doesn't let the user in (expected: a user with "
                            + (source.privateKey() == null ? "this password" : "this privateKey") + ")",
                    failure);
        }
        return new MillraceException(
                ErrorCode.SOURCE_UNAVAILABLE, "the server " + this + " can't be reached: " + message, failure);
    }

    @Override
    public void close() {
        Session open = session;
        channel = null;
        session = null;
        if (open != null) {
            open.disconnect();
        }
    }

    /** As messages name the server. */
    @Override
    public String toString() {
        return secrets.mask(host + ":" + port);
    }

    /** Connects to what a host was found to be when it was looked at, and to nothing else that DNS may say later. */
    private record Addresses(List<InetAddress> found, int timeout) implements SocketFactory {
        @Override
        public Socket createSocket(String host, int port) throws IOException {
            IOException failure = null;
            for (InetAddress address : found) {
                Socket socket = new Socket();
                try {
                    socket.connect(new InetSocketAddress(address, port), timeout);
                    socket.setTcpNoDelay(true);
                    return socket;
                } catch (IOException e) {
                    socket.close();
                    failure = e;
                }
            }
            throw failure == null ? new UnknownHostException(host) : failure;
        }

        @Override
        public InputStream getInputStream(Socket socket) throws IOException {
            return socket.getInputStream();
        }

        @Override
        public OutputStream getOutputStream(Socket socket) throws IOException {
            return socket.getOutputStream();
        }
    }

    /** The keys that the server may have. */
    private static final class Keys implements HostKeyRepository {
        /** Types of keys, those that a server is asked for behind the ones of {@code hostKeys}. */
        private static final List<String> TYPES = List.of(
                "ssh-ed25519",
                "ecdsa-sha2-nistp256",
                "ecdsa-sha2-nistp384",
                "ecdsa-sha2-nistp521",
                "ssh-rsa",
                "ssh-ed448");

        private final List<ServerKey> wanted;
        private @Nullable String unknown;

        Keys(List<ServerKey> wanted) {
            this.wanted = wanted;
        }

        /**
         * By which a server may prove its key: first by one of the wanted types, of which a server that has several is to take one;
         * then by any other, so that the fingerprint of what it has instead is known.
         */
        String algorithms() {
            return Stream.concat(wanted.stream().map(ServerKey::type), TYPES.stream())
                    .flatMap(type ->
                            type.equals("ssh-rsa") ? Stream.of("rsa-sha2-512", "rsa-sha2-256") : Stream.of(type))
                    .distinct()
                    .collect(joining(","));
        }

        @Override
        public int check(String host, byte[] key) {
            if (wanted.stream().anyMatch(one -> one.is(key))) {
                return OK;
            }
            unknown = fingerprint(key);
            return NOT_INCLUDED;
        }

        private static String fingerprint(byte[] key) {
            try {
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(key);
                return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e); // every JDK has it
            }
        }

        @Override
        public void add(HostKey key, UserInfo info) {
            throw new IllegalStateException("none is added");
        }

        @Override
        public void remove(String host, String type) {
            throw new IllegalStateException("none is removed");
        }

        @Override
        public void remove(String host, String type, byte[] key) {
            throw new IllegalStateException("none is removed");
        }

        @Override
        public String getKnownHostsRepositoryID() {
            return "hostKeys";
        }

        @Override
        public HostKey[] getHostKey() {
            return new HostKey[0];
        }

        @Override
        public HostKey[] getHostKey(String host, String type) {
            return new HostKey[0];
        }
    }
}
