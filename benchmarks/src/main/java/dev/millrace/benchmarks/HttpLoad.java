package dev.millrace.benchmarks;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The same request over several connections, each of which sends it again as soon as it has been answered. As little as
 * possible is done with the answers: client and server share the processors.
 */
final class HttpLoad {
    private final URI server;
    private final byte[] request;
    private final int connections;

    /** @param headers each a line */
    HttpLoad(URI server, String path, List<String> headers, int connections) {
        this.server = server;
        this.connections = connections;
        StringBuilder text = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: " + server.getAuthority() + "\r\n");
        headers.forEach(header -> text.append(header).append("\r\n"));
        this.request = text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * @param latencies of all answers
     * @param used processor time of those who answer
     */
    record Result(List<Duration> latencies, Duration taken, Duration used) {
        double perSecond() {
            return latencies.size() * 1e9 / taken.toNanos();
        }

        /** Of both together. */
        Result and(Result other) {
            List<Duration> all = new ArrayList<>(latencies);
            all.addAll(other.latencies());
            return new Result(all, taken.plus(other.taken()), used.plus(other.used()));
        }

        Duration usedForEach() {
            return used.dividedBy(latencies.size());
        }

        Duration percentile(double share) {
            return Measurement.percentile(latencies, share);
        }
    }

    /** What has been used since a process started. */
    interface Used {
        Duration now() throws IOException;
    }

    Result run(Duration during) throws Exception {
        return run(during, () -> Duration.ZERO);
    }

    /** @param used processor time of those who answer */
    Result run(Duration during, Used used) throws Exception {
        Duration before = used.now();
        long begin = System.nanoTime();
        long end = begin + during.toNanos();
        List<Duration> latencies = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Duration>>> asking = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                asking.add(clients.submit(() -> ask(end)));
            }
            for (Future<List<Duration>> client : asking) {
                latencies.addAll(client.get());
            }
        }
        return new Result(
                latencies,
                Duration.ofNanos(System.nanoTime() - begin),
                used.now().minus(before));
    }

    private List<Duration> ask(long end) throws IOException {
        List<Duration> latencies = new ArrayList<>();
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 32_768);
            while (System.nanoTime() < end) {
                long start = System.nanoTime();
                socket.getOutputStream().write(request);
                answer(in);
                latencies.add(Duration.ofNanos(System.nanoTime() - start));
            }
        }
        return latencies;
    }

    private static void answer(InputStream in) throws IOException {
        String status = line(in);
        if (!status.startsWith("HTTP/1.1 200")) {
            throw new IOException(status + " (expected: 200)");
        }
        long length = -1;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length =
                        Long.parseLong(header.substring(header.indexOf(':') + 1).strip());
            }
        }
        if (length < 0) {
            throw new IOException("an answer without a length");
        }
        in.skipNBytes(length);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection broke off");
            }
            line.append((char) c);
        }
        return line.substring(0, line.length() - 1);
    }
}
