package dev.millrace.testing.rounds;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;

/**
 * The way to one service: what the others send it comes through here, and is lost, doubled or late while there is
 * trouble. Safe for use by several threads.
 */
final class Link implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** Of one connection only, or said by the client itself. */
    private static final Set<String> NOT_FORWARDED =
            Set.of("connection", "content-length", "expect", "host", "keep-alive", "transfer-encoding", "upgrade");

    private final HttpServer server;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private volatile int port;
    private volatile Trouble trouble = Trouble.NONE;
    private volatile double share;
    private volatile Random random = new Random(0);

    /** What becomes of a request. */
    enum Trouble {
        NONE,
        /** It doesn't arrive. */
        CUT,
        /** It arrives, its answer doesn't. */
        ANSWER_LOST,
        /** It arrives twice, one after the other. */
        DOUBLED,
        /** It arrives once more when it has long been answered. */
        REPEATED_LATE,
        /** It arrives late. */
        DELAYED,
        /** Somebody on the way answers with 503. */
        REFUSED
    }

    Link() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::forward);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** @param port of the loopback, where the service is now */
    void to(int port) {
        this.port = port;
    }

    /** @param share of the requests that are met, 0 to 1 */
    void trouble(Trouble trouble, double share, long seed) {
        this.random = new Random(seed);
        this.share = share;
        this.trouble = trouble;
    }

    void heal() {
        trouble = Trouble.NONE;
    }

    private void forward(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            HttpRequest request = request(exchange, body);
            Trouble met = random.nextDouble() < share ? trouble : Trouble.NONE;
            switch (met) {
                case NONE -> answer(exchange, send(request));
                case CUT -> {}
                case ANSWER_LOST -> send(request);
                case DOUBLED -> {
                    send(request);
                    answer(exchange, send(request));
                }
                case REPEATED_LATE -> {
                    answer(exchange, send(request));
                    Thread.sleep(500 + random.nextInt(2_000));
                    send(request);
                }
                case DELAYED -> {
                    Thread.sleep(100 + random.nextInt(1_500));
                    answer(exchange, send(request));
                }
                case REFUSED -> exchange.sendResponseHeaders(503, -1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // the service is away, or the caller: the connection ends without an answer, as it would without us
        }
    }

    private HttpRequest request(HttpExchange exchange, byte[] body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + exchange.getRequestURI()))
                .timeout(PATIENCE)
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!NOT_FORWARDED.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        return request.build();
    }

    private HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private static void answer(HttpExchange exchange, HttpResponse<byte[]> answer) throws IOException {
        answer.headers().map().forEach((name, values) -> {
            if (!NOT_FORWARDED.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> exchange.getResponseHeaders().add(name, value));
            }
        });
        byte[] body = answer.body();
        exchange.sendResponseHeaders(answer.statusCode(), body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
        exchange.getResponseBody().close();
    }

    @Override
    public void close() {
        server.stop(0);
        client.shutdownNow();
    }
}
