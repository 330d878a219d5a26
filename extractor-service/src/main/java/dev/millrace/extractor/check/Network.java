package dev.millrace.extractor.check;

import dev.millrace.extractor.network.SourceAddresses;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** Tries the way to a server. */
public final class Network {
    /** Of one attempt: a person waits. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Network() {}

    /**
     * Finds the address of the URL's host and connects to its port; where the scheme is https, with encryption.
     *
     * @param tls what the server is believed by; null: what the JVM believes
     */
    public static void reach(Steps steps, SourceAddresses allowed, URI url, @Nullable SSLContext tls) {
        boolean encrypted = "https".equalsIgnoreCase(url.getScheme());
        int port = url.getPort() >= 0 ? url.getPort() : encrypted ? 443 : 80;
        reach(steps, allowed, url.getHost(), port);
        if (encrypted) {
            encrypt(steps, url.getHost(), port, tls == null ? standard() : tls);
        }
    }

    private static SSLContext standard() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Finds the host's address and connects to its port. */
    public static void reach(Steps steps, SourceAddresses allowed, String host, int port) {
        List<InetAddress> addresses = steps.ofSource(
                "resolves",
                () -> {
                    try {
                        return allowed.of(host);
                    } catch (UnknownHostException e) {
                        throw new IOException("DNS doesn't know " + host + ", or can't be reached", e);
                    }
                },
                found -> host + " is " + found.getFirst().getHostAddress()
                        + (found.size() == 1 ? "" : ", and has " + (found.size() - 1) + " more addresses"));
        InetAddress first = addresses.getFirst();
        boolean _ = steps.ofSource(
                "connects",
                () -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress(first, port), (int) PATIENCE.toMillis());
                        return true;
                    }
                },
                _ -> "to port " + port);
    }

    /** Makes an encrypted connection, and believes the server as a request would. */
    private static void encrypt(Steps steps, String host, int port, SSLContext context) {
        SSLSession _ = steps.ofSource(
                "TLS",
                () -> {
                    try (SSLSocket socket =
                            (SSLSocket) context.getSocketFactory().createSocket()) {
                        socket.connect(new InetSocketAddress(host, port), (int) PATIENCE.toMillis());
                        socket.setSoTimeout((int) PATIENCE.toMillis());
                        SSLSocket named = socket;
                        SSLParameters parameters = named.getSSLParameters();
                        parameters.setEndpointIdentificationAlgorithm("HTTPS");
                        named.setSSLParameters(parameters);
                        named.startHandshake();
                        return named.getSession();
                    }
                },
                Network::certificate);
    }

    private static String certificate(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return session.getProtocol()
                    + (chain.length > 0 && chain[0] instanceof X509Certificate first
                            ? ", the server's certificate ends on "
                                    + first.getNotAfter()
                                            .toInstant()
                                            .atOffset(ZoneOffset.UTC)
                                            .toLocalDate()
                            : "");
        } catch (IOException e) {
            return session.getProtocol();
        }
    }
}
