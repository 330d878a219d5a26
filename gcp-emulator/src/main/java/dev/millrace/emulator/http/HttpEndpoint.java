package dev.millrace.emulator.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server of all emulated APIs, on a port of the loopback. */
public final class HttpEndpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);

    static {
        // Read once by the JDK's server: without it, each answer waits 40 ms for the acknowledgement of its head.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Faults faults;
    private final Calls calls;
    private final Tokens tokens = new Tokens();

    /**
     * @param port 0: a free one
     * @throws IOException when it can't be opened
     */
    public HttpEndpoint(int port, Faults faults, Calls calls) throws IOException {
        this.faults = faults;
        this.calls = calls;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(threads);
        serve("/", request -> {
            throw new ApiException(404, "notFound", "Not Found");
        });
        serve("/token", tokens);
        server.start();
    }

    /** Lets an API answer whatever is below a path. */
    public void serve(String path, Api api) {
        server.createContext(path, exchange -> {
            try (exchange) {
                handle(exchange, api);
            }
        });
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** What a caller gets. */
    private sealed interface Reply {
        record Whole(Answer answer) implements Reply {}

        /** @param bytes of the body, after which the connection is cut */
        record Beginning(Answer answer, long bytes) implements Reply {}

        /** The connection is cut. */
        record Nothing() implements Reply {}
    }

    private void handle(HttpExchange exchange, Api api) throws IOException {
        Request request = request(exchange);
        Reply reply = new Reply.Nothing();
        try {
            reply = reply(api, request);
        } finally { // before it goes out: who has the answer finds the call
            int status = reply instanceof Reply.Whole(Answer answer) ? answer.status() : 0;
            calls.add(new Call(request.method(), request.path(), tokens.caller(request), status));
        }
        switch (reply) {
            case Reply.Whole(Answer answer) -> send(exchange, answer);
            case Reply.Beginning(Answer answer, long bytes) -> {
                exchange.getResponseHeaders().putAll(headers(answer));
                exchange.sendResponseHeaders(answer.status(), declared(answer));
                try (InputStream body = answer.body().open()) {
                    OutputStream out = exchange.getResponseBody();
                    out.write(body.readNBytes((int) bytes));
                    out.flush();
                }
                exchange.close();
            }
            case Reply.Nothing _ -> exchange.close(); // without an answer, it closes its connection
        }
    }

    private Reply reply(Api api, Request request) throws IOException {
        return switch (faults.next(request.method(), request.path()).orElse(null)) {
            case null -> new Reply.Whole(answer(api, request));
            case Fault.Status refused -> {
                request.body().transferTo(OutputStream.nullOutputStream());
                yield new Reply.Whole(
                        Answer.error(new ApiException(refused.status(), refused.reason(), refused.reason())));
            }
            case Fault.LostCall _ -> new Reply.Nothing();
            case Fault.LostAnswer _ -> {
                answer(api, request);
                yield new Reply.Nothing();
            }
            case Fault.Truncated truncated -> {
                Answer answer = answer(api, request);
                yield new Reply.Beginning(
                        answer,
                        answer.length() < 0 ? truncated.bytes() : Math.min(truncated.bytes(), answer.length() - 1));
            }
            case Fault.Corrupted corrupted -> {
                InputStream body = new CorruptedStream(request.body(), corrupted.at());
                yield new Reply.Whole(
                        answer(api, new Request(request.method(), request.target(), request.headers(), body)));
            }
            case Fault.Delay delay -> {
                pause(delay);
                yield new Reply.Whole(answer(api, request));
            }
            case Fault.Before before -> {
                before.action().run();
                yield new Reply.Whole(answer(api, request));
            }
            case Fault.After after -> {
                Answer answer = answer(api, request);
                after.action().run();
                yield new Reply.Whole(answer);
            }
        };
    }

    private static void pause(Fault.Delay delay) {
        try {
            Thread.sleep(delay.pause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Google's clients compress what they send in one piece; what is stored is what was compressed. */
    private static Request request(HttpExchange exchange) throws IOException {
        Map<String, String> headers = new HashMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getLast()));
        InputStream body = exchange.getRequestBody();
        return new Request(
                exchange.getRequestMethod(),
                exchange.getRequestURI(),
                headers,
                "gzip".equals(headers.get("content-encoding")) ? new GZIPInputStream(body, 64 * 1024) : body);
    }

    private static Answer answer(Api api, Request request) throws IOException {
        Answer answer;
        try {
            answer = api.handle(request);
        } catch (ApiException e) {
            answer = Answer.error(e);
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", request.method(), request.path(), e);
            answer = Answer.error(new ApiException(500, "internalError", "the emulator failed: " + e));
        }
        request.body().transferTo(OutputStream.nullOutputStream()); // else the connection is closed
        return answer;
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        exchange.getResponseHeaders().putAll(headers(answer));
        exchange.sendResponseHeaders(answer.status(), declared(answer));
        if (answer.length() != 0) {
            try (InputStream body = answer.body().open()) {
                body.transferTo(exchange.getResponseBody());
            }
        }
    }

    /** As the JDK's server wants it: 0 is a length that isn't known, and -1 that there is no body. */
    private static long declared(Answer answer) {
        return answer.length() == 0 ? -1 : Math.max(0, answer.length());
    }

    private static Map<String, List<String>> headers(Answer answer) {
        Map<String, List<String>> headers = new HashMap<>();
        answer.headers().forEach((name, value) -> headers.put(name, List.of(value)));
        return headers;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
