package dev.millrace.standalone.signin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Where the browser brings the code (RFC 8252, section 7.3): on the loopback, once. */
final class CodeListener implements AutoCloseable {
    private static final Set<String> OF_THIS_MACHINE = Set.of("127.0.0.1", "[::1]", "localhost");

    private final HttpServer server;
    private final URI redirect;
    private final String state;
    private final CompletableFuture<String> code = new CompletableFuture<>();

    /**
     * @param wanted without a port a free one is taken
     * @param state that the browser has to bring along: others who reach this port don't know it
     */
    CodeListener(URI wanted, String state) throws IOException {
        boolean own = "http".equals(wanted.getScheme())
                && OF_THIS_MACHINE.contains(String.valueOf(wanted.getHost()))
                && wanted.getRawUserInfo() == null
                && wanted.getRawQuery() == null
                && wanted.getRawFragment() == null;
        if (!own) {
            throw new IllegalArgumentException(
                    "'" + wanted
                            + "' (expected: a URL of this machine such as http://127.0.0.1/callback or http://localhost:8400/)");
        }
        this.state = state;
        InetAddress address = InetAddress.getByName(wanted.getHost());
        this.server = HttpServer.create(new InetSocketAddress(address, Math.max(0, wanted.getPort())), 0);
        String path = wanted.getRawPath().isEmpty() ? "/" : wanted.getRawPath();
        this.redirect = URI.create(
                "http://" + wanted.getHost() + ":" + server.getAddress().getPort() + wanted.getRawPath());
        server.createContext(path, this::take);
        server.start();
    }

    /** As the API is told. */
    URI redirect() {
        return redirect;
    }

    /** Waits until the browser comes. */
    String code() throws RefusedSignInException, InterruptedException {
        try {
            return code.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new RefusedSignInException(String.valueOf(cause.getMessage()));
        }
    }

    private void take(HttpExchange exchange) throws IOException {
        Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
        boolean ours = isOurs(query.get("state"));
        String granted = query.get("code");
        boolean agreed = granted != null && !granted.isBlank();
        try (exchange) {
            if (!ours) {
                say(exchange, 400, "This is not the answer to the request of this call.");
            } else if (agreed) {
                say(exchange, 200, "Millrace has what it needs. You can close this window.");
            } else {
                say(exchange, 200, "Nothing was granted. You can close this window.");
            }
        }
        // only now: whoever waits closes this server, and the browser is to have its answer
        if (ours && agreed) {
            code.complete(granted);
        } else if (ours) {
            String error = query.get("error");
            String why = query.get("error_description");
            code.completeExceptionally(new RefusedSignInException("nothing was granted: "
                    + Objects.requireNonNullElse(error, "the answer has no code") + (why == null ? "" : ", " + why)));
        }
    }

    private boolean isOurs(@Nullable String sent) {
        return sent != null
                && MessageDigest.isEqual(sent.getBytes(StandardCharsets.UTF_8), state.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> query(@Nullable String raw) {
        Map<String, String> query = new HashMap<>();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            try {
                query.put(parts[0], URLDecoder.decode(parts.length == 1 ? "" : parts[1], StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                query.put(parts[0], ""); // no value that we would know
            }
        }
        return query;
    }

    private static void say(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
