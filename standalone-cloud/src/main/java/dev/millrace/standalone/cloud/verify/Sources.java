package dev.millrace.standalone.cloud.verify;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.standalone.client.Answers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What sources want of Google Cloud: files in a bucket, and cursors in the ledger. */
final class Sources implements Check {
    private static final String COLUMNS = "    schema:\n      - {name: n, type: INTEGER, mode: REQUIRED}\n";

    @Override
    public String name() {
        return "sources";
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        report.check(name(), "files in a bucket", () -> bucket(trial));
        report.check(name(), "only what is new, by a cursor", () -> cursor(trial));
    }

    private static String bucket(Trial trial) throws Exception {
        String folder = trial.names().folder() + "/source";
        trial.google().write(folder + "/2026/a #1%2F.ndjson", "{\"n\": 1}\n{\"n\": 2}\n");
        trial.google().write(folder + "/2026/b.ndjson", "{\"n\": 3}\n");
        trial.google().write(folder + "-2/2026/c.ndjson", "{\"n\": 4}\n");
        trial.google().write(folder + "/2026/d.csv", "5\n");
        String table = trial.names().tables() + ".from_bucket";
        trial.installed()
                .loadAll("from_bucket", """
                        version: 1
                        name: from_bucket
                        source: {type: files, folder: "gs://%s/%s"}
                        endpoints:
                          rows:
                            files: {pattern: "2026/*.ndjson", format: {type: ndjson}}
                            destination: {table: %s, write: replace}
                        %s""".formatted(trial.target().bucket(), folder, table, COLUMNS), List.of());
        Mismatch.unlessEqual("1, 2, 3", trial.installed().text("SELECT n FROM " + table + " ORDER BY n"));
        return "two objects were listed and read, and no others";
    }

    private static String cursor(Trial trial) throws Exception {
        String table = trial.names().tables() + ".by_cursor";
        Installed installed = trial.installed();
        try (Api api = Api.start()) {
            String yaml = """
                    version: 1
                    name: by_cursor
                    source: {type: rest, baseUrl: "http://127.0.0.1:%d"}
                    endpoints:
                      rows:
                        request: {path: /rows, query: {from: "${cursor}"}}
                        cursor: {path: n}
                        destination: {table: %s, write: merge, keys: [n]}
                    %s""".formatted(api.port(), table, COLUMNS);
            api.last = 3;
            installed.loadAll("by_cursor", yaml, List.of());
            api.last = 5;
            installed.loadAll("by_cursor", yaml, List.of());
            Mismatch.unlessEqual("1, 2, 3, 4, 5", installed.text("SELECT n FROM " + table + " ORDER BY n"));
            Mismatch.unlessEqual(List.of("", "from=3"), List.copyOf(api.asked));
            String kept =
                    installed
                            .gateway()
                            .read(installed.gateway().cursors("by_cursor"), Answers.Cursors.class)
                            .cursors()
                            .stream()
                            .map(cursor -> String.valueOf(cursor.value()))
                            .collect(Collectors.joining());
            Mismatch.unlessEqual("5", kept);
        }
        return "the second run asked from 3 on, and the ledger has 5";
    }

    /** Rows with the numbers from the one that is asked for to the last. */
    private static final class Api implements AutoCloseable {
        private final HttpServer server;
        private final List<String> asked = new CopyOnWriteArrayList<>();
        private volatile int last;

        private Api(HttpServer server) {
            this.server = server;
        }

        static Api start() throws IOException {
            Api api = new Api(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
            api.server.createContext("/rows", api::answer);
            api.server.start();
            return api;
        }

        int port() {
            return server.getAddress().getPort();
        }

        private void answer(HttpExchange exchange) throws IOException {
            try (exchange) {
                String query = exchange.getRequestURI().getQuery();
                asked.add(query == null ? "" : query);
                int from = query == null ? 1 : Integer.parseInt(query.replaceFirst("from=", ""));
                byte[] rows = IntStream.rangeClosed(from, last)
                        .mapToObj(n -> "{\"n\": " + n + "}")
                        .collect(Collectors.joining(",", "[", "]"))
                        .getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, rows.length);
                exchange.getResponseBody().write(rows);
            }
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
