package dev.millrace.extractor.rest;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import dev.millrace.extractor.network.SourceAddresses;
import dev.millrace.extractor.record.DeliveredStream;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * The HTTP client for sources, over blocking sockets: the JDK's client takes three times as much processor time for
 * the same bytes. It follows no redirect, repeats no request and keeps no cookie. Safe for use by several threads.
 */
final class SourceConnections implements AutoCloseable {
    /** SourceLimiter and the pipeline file limit them, not the pool. */
    private static final int MAX_CONNECTIONS = 10_000;

    /** Longer than anybody waits for one: it only keeps a thread from waiting for ever. */
    private static final Timeout CONNECTING = Timeout.ofMinutes(5);

    /** A server may have closed a connection that was idle for so long: it is tried before it is used. */
    private static final TimeValue IDLE = TimeValue.ofSeconds(1);

    /** After which a connection that nobody uses is closed. */
    private static final TimeValue LONG_IDLE = TimeValue.ofSeconds(30);

    /** Of an answer's head; more would only fill the memory. Servers and proxies take less from their own clients. */
    private static final int MAX_HEADERS = 500;

    /** In bytes, for each of them. */
    private static final int MAX_HEADER = 64 * 1024;

    private final Object replacing = new Object();
    private final @Nullable SSLContext tls;
    private final SourceAddresses addresses;
    private volatile CloseableHttpClient client;
    private volatile boolean closed;

    /** @param tls what connections are encrypted with; null: as Java does it */
    SourceConnections(@Nullable SSLContext tls, SourceAddresses addresses) {
        this.tls = tls;
        this.addresses = addresses;
        this.client = client();
    }

    private CloseableHttpClient client() {
        return HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setTlsSocketStrategy(tls == null ? null : new DefaultClientTlsStrategy(tls))
                        .setDnsResolver(new Resolver(addresses))
                        .setMaxConnTotal(MAX_CONNECTIONS)
                        .setMaxConnPerRoute(MAX_CONNECTIONS)
                        .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                                .http1Config(Http1Config.custom()
                                        .setMaxHeaderCount(MAX_HEADERS)
                                        .setMaxLineLength(MAX_HEADER)
                                        .build())
                                .build())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(CONNECTING)
                                .setValidateAfterInactivity(IDLE)
                                .build())
                        .useSystemProperties()
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setProtocolUpgradeEnabled(false)
                        .setExpectContinueEnabled(false)
                        .build())
                .useSystemProperties()
                .evictIdleConnections(LONG_IDLE)
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .disableDefaultUserAgent()
                .build();
    }

    /** The addresses that are connected to, so that DNS can't say others than were looked at. */
    private record Resolver(SourceAddresses addresses) implements DnsResolver {
        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            return addresses.of(host).toArray(InetAddress[]::new);
        }

        @Override
        public String resolveCanonicalHostname(String host) throws UnknownHostException {
            return SystemDefaultDnsResolver.INSTANCE.resolveCanonicalHostname(host);
        }
    }

    private final ExecutorService readers = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("source-", 0).factory());

    /**
     * Sends a request and waits for the head of its answer.
     *
     * @param wait longest wait for the head, and then for each of the next bytes
     * @return the answer, whose body is to be closed; closing it before its end closes the connection
     * @throws HttpTimeoutException when the head doesn't come in time; reading the body throws the same
     * @throws IOException when the connection fails
     * @throws MillraceException {@code SOURCE_REFUSED} when the address is one that no source may have
     */
    HttpResponse<InputStream> send(HttpRequest request, Duration wait) throws IOException, InterruptedException {
        HttpUriRequestBase sent = new HttpUriRequestBase(request.method(), request.uri());
        request.headers().map().forEach((name, values) -> values.forEach(value -> sent.addHeader(name, value)));
        request.bodyPublisher()
                .filter(body -> body.contentLength() != 0)
                .ifPresent(body -> sent.setEntity(new ByteArrayEntity(bytes(body), null)));
        DeliveredStream body = new DeliveredStream(wait, sent::cancel);
        CompletableFuture<Head> head = new CompletableFuture<>();
        readers.execute(() -> exchange(sent, head, body));
        try {
            Head received = head.get(wait.toNanos(), TimeUnit.NANOSECONDS);
            return new Answer(request, received.status(), received.headers(), body);
        } catch (TimeoutException e) {
            body.close();
            throw (HttpTimeoutException)
                    new HttpTimeoutException("no answer within " + wait.toMillis() + " ms").initCause(e);
        } catch (InterruptedException e) {
            body.close();
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw new IllegalStateException("reading the answer failed", error);
            }
            if (e.getCause() instanceof MillraceException refused) {
                throw refused;
            }
            throw failure(e.getCause() == null ? e : e.getCause());
        }
    }

    /** On a thread of its own, so that whoever reads the answer can be interrupted, and the socket is read ahead. */
    private void exchange(HttpUriRequestBase request, CompletableFuture<Head> head, DeliveredStream body) {
        try {
            try {
                receive(request, head, body);
            } catch (MillraceException e) { // before there is an answer
                head.completeExceptionally(e);
                return;
            } catch (IOException | RuntimeException e) {
                IOException failure = failure(e);
                head.completeExceptionally(failure);
                body.fail(failure);
                return;
            } catch (Error e) { // of whatever kind: nobody would ever hear of it
                head.completeExceptionally(e);
                body.fail(new IOException("reading the answer failed: " + e, e));
                throw e;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the service ends, and nobody waits for more
        }
    }

    private void receive(HttpUriRequestBase request, CompletableFuture<Head> head, DeliveredStream body)
            throws IOException, InterruptedException {
        CloseableHttpClient used = client;
        Head received;
        try (ClassicHttpResponse answer = open(used, request)) {
            received = new Head(answer.getCode(), headers(answer));
            HttpEntity entity = answer.getEntity();
            if (entity != null) {
                try (InputStream in = entity.getContent()) {
                    long length = entity.getContentLength();
                    // what has come with the head is handed on with it: whoever waits is woken once, and not three
                    // times
                    boolean there = length >= 0 && length <= in.available();
                    if (!there) {
                        head.complete(received);
                    }
                    body.take(in, length);
                }
            }
        }
        body.end(); // only now, when the connection can serve the next request
        head.complete(received);
    }

    /** An error makes the library close all connections of the client for good. */
    private ClassicHttpResponse open(CloseableHttpClient used, HttpUriRequestBase request) throws IOException {
        try {
            return used.executeOpen(null, request, null);
        } catch (Error e) {
            replace(used);
            throw e;
        }
    }

    @SuppressWarnings("ReferenceEquality") // of several requests that failed together the first replaces their client
    private void replace(CloseableHttpClient used) {
        synchronized (replacing) {
            if (client == used && !closed) {
                client = client();
                used.close(CloseMode.IMMEDIATE);
            }
        }
    }

    /** As the one who waits for an answer is to get it. */
    static IOException failure(Throwable cause) {
        return switch (cause) {
            // a blocking socket's timeout passes for an interruption
            case InterruptedIOException _ ->
                (IOException) new HttpTimeoutException("the connection timed out").initCause(cause);
            case IOException io -> io;
            default -> new IOException(cause.getMessage(), cause);
        };
    }

    private static HttpHeaders headers(ClassicHttpResponse answer) {
        Map<String, List<String>> values = Stream.of(answer.getHeaders())
                .collect(groupingBy(
                        header -> header.getName().toLowerCase(Locale.ROOT), mapping(Header::getValue, toList())));
        return HttpHeaders.of(values, (_, _) -> true);
    }

    static byte[] bytes(HttpRequest.BodyPublisher publisher) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CompletableFuture<byte[]> all = new CompletableFuture<>();
        publisher.subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer some) {
                byte[] copy = new byte[some.remaining()];
                some.get(copy);
                bytes.writeBytes(copy);
            }

            @Override
            public void onError(Throwable cause) {
                all.completeExceptionally(cause);
            }

            @Override
            public void onComplete() {
                all.complete(bytes.toByteArray());
            }
        });
        return all.join();
    }

    private record Head(int status, HttpHeaders headers) {}

    private record Answer(HttpRequest request, int statusCode, HttpHeaders headers, InputStream body)
            implements HttpResponse<InputStream> {
        @Override
        public Optional<HttpResponse<InputStream>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        synchronized (replacing) {
            closed = true;
            client.close(CloseMode.IMMEDIATE);
        }
        readers.shutdownNow();
    }
}
