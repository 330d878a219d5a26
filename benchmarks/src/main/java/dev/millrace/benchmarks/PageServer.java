package dev.millrace.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;

/**
 * An API that hands out pages of {@link Records}, made beforehand so that serving one costs next to nothing, in a
 * process of its own: {@code GET /orders?page=1}. Beyond the last page the answer is an empty one. {@code GET
 * /orders/1/lines} is a list of few records, the same for each number, {@code GET /days?day=2026-01-31} one of records
 * that were shipped on that day.
 */
final class PageServer implements AutoCloseable {
    static final int PAGE = 1_000;
    /** Of a list of few. */
    static final int FEW = 10;
    /** Pages that are kept in memory; further ones have the same records again. */
    private static final int DISTINCT = 1_000;

    private final Process process;
    private final URI url;

    private PageServer(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    /** @param records of which the last page may have fewer than the others */
    static PageServer start(long records) throws IOException {
        return start(records, 0);
    }

    /** @param millis that it takes for the answer to a list of few */
    static PageServer start(long records, int millis) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-XX:+UseSerialGC",
                        "-Dsun.net.httpserver.nodelay=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PageServer.class.getName(),
                        String.valueOf(records),
                        String.valueOf(millis))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String port = out.readLine();
        if (port == null) {
            throw new IOException("the page server ended before it listened");
        }
        return new PageServer(process, URI.create("http://127.0.0.1:" + port));
    }

    /** Whether answers for days wait until they are no longer held. */
    void hold(boolean held) throws IOException {
        try (InputStream answer =
                url.resolve(held ? "/hold" : "/release").toURL().openStream()) {
            long _ = answer.transferTo(OutputStream.nullOutputStream());
        }
    }

    URI url() {
        return url;
    }

    /** Ends when its input does, as it does when whoever started it ends. */
    public static void main(String[] arguments) throws IOException {
        long records = Long.parseLong(arguments[0]);
        int millis = Integer.parseInt(arguments[1]);
        int pages = (int) Math.min(DISTINCT, (records + PAGE - 1) / PAGE);
        byte[][] made = new byte[pages][];
        Arrays.parallelSetAll(made, i -> Records.page((long) i * PAGE, (int) size(records, i), records));
        byte[] few = Records.page(0, (int) Math.min(FEW, records), records);
        byte[] empty = Records.page(0, 0, records);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/orders", exchange -> {
            if (exchange.getRequestURI().getPath().endsWith("/lines")) {
                try {
                    Thread.sleep(millis);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                answer(exchange, few);
                return;
            }
            long page = page(exchange.getRequestURI()) - 1;
            answer(exchange, size(records, page) == 0 ? empty : made[(int) (page % pages)]);
        });
        Gate gate = new Gate();
        server.createContext("/days", exchange -> {
            gate.await();
            String day = exchange.getRequestURI().getQuery().replaceAll(".*day=([^&]*).*", "$1");
            byte[] body = new String(few, StandardCharsets.UTF_8)
                    .replaceAll("\"shippedOn\":\"[^\"]*\"", "\"shippedOn\":\"" + day + "\"")
                    .getBytes(StandardCharsets.UTF_8);
            answer(exchange, body);
        });
        for (boolean held : new boolean[] {true, false}) {
            server.createContext(held ? "/hold" : "/release", exchange -> {
                gate.close(held);
                answer(exchange, empty);
            });
        }
        server.start();
        System.out.println(server.getAddress().getPort());
        System.in.transferTo(OutputStream.nullOutputStream());
        System.exit(0);
    }

    /** Lets nobody pass while it is closed. */
    private static final class Gate {
        private boolean closed;

        synchronized void close(boolean closed) {
            this.closed = closed;
            notifyAll();
        }

        synchronized void await() throws IOException {
            try {
                while (closed) {
                    wait();
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private static long size(long records, long page) {
        return Math.clamp(records - page * PAGE, 0, PAGE);
    }

    private static long page(URI uri) {
        List<String> parameters = List.of(uri.getQuery().split("&", -1));
        return parameters.stream()
                .filter(parameter -> parameter.startsWith("page="))
                .mapToLong(parameter -> Long.parseLong(parameter.substring("page=".length())))
                .findFirst()
                .orElse(1);
    }

    private static void answer(HttpExchange exchange, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
