package dev.millrace.standalone.cloud.verify;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.problem.ErrorCode;
import dev.millrace.standalone.client.Run;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * That the extractor reads a secret of Secret Manager and sends its value to the source, here an API on the loopback
 * which looks at its length only; and how it names one that isn't there. Nothing is made in Secret Manager.
 */
final class SecretValues implements Check {
    static final String NAME = "secrets";

    private static final String USER = "millrace:";
    private static final String BASIC = "Basic ";
    private static final byte[] ROWS = "[{\"id\": 1}]".getBytes(StandardCharsets.UTF_8);

    /** Who may not list secrets is told the same of one that isn't there as of one that he may not read. */
    private static final Set<String> ABSENT = Set.of(ErrorCode.SECRET_MISSING.name(), ErrorCode.SECRET_DENIED.name());

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        String secret = trial.target().secret();
        if (secret == null) {
            return;
        }
        String latest = secret.replaceFirst("@.*", "");
        report.check(NAME, "the latest version of " + latest, () -> read(trial, "secret_latest", latest));
        if (!latest.equals(secret)) {
            report.check(NAME, "a version of it, " + secret, () -> read(trial, "secret_pinned", secret));
        }
        report.check(NAME, "one that isn't there", () -> absent(trial, latest + "-millrace-verify-absent"));
    }

    private static String read(Trial trial, String pipeline, String secret) throws Exception {
        try (Api api = Api.start()) {
            Installed.succeeded(end(trial, api, pipeline, secret));
            int length = api.length.get();
            if (length < 1) {
                throw new Mismatch("a value to arrive at the source", "none");
            }
            return "a value of " + length + " bytes arrived at the source";
        }
    }

    private static String absent(Trial trial, String secret) throws Exception {
        try (Api api = Api.start()) {
            Run run = end(trial, api, "secret_absent", secret);
            Run.Failure error = run.error();
            if (error == null
                    || !ABSENT.contains(error.code())
                    || !error.detail().contains(secret)) {
                throw new Mismatch("the run to fail and to name " + secret, Installed.describe(run));
            }
            return Installed.describe(run);
        }
    }

    private static Run end(Trial trial, Api api, String pipeline, String secret) throws InterruptedException {
        String yaml = """
                version: 1
                name: %s
                source:
                  type: rest
                  baseUrl: http://127.0.0.1:%d
                  auth: {type: basic, username: millrace, password: "${secret:%s}"}
                endpoints:
                  rows:
                    request: {path: /rows}
                    destination: {table: %s.%s, write: append}
                    schema:
                      - {name: id, type: INTEGER}
                """.formatted(
                        pipeline,
                        api.server.getAddress().getPort(),
                        secret,
                        trial.names().tables(),
                        pipeline);
        Installed installed = trial.installed();
        return installed.await(installed.start(pipeline, yaml, List.of(), null).getFirst());
    }

    /** Keeps how long the password was that came last, and nothing else of it. */
    private static final class Api implements AutoCloseable {
        private final AtomicInteger length = new AtomicInteger();
        private final HttpServer server;

        private Api(HttpServer server) {
            this.server = server;
        }

        static Api start() throws IOException {
            Api api = new Api(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
            api.server.createContext("/rows", api::answer);
            api.server.start();
            return api;
        }

        private void answer(HttpExchange exchange) throws IOException {
            try (exchange) {
                String header = exchange.getRequestHeaders().getFirst("Authorization");
                if (header != null && header.startsWith(BASIC)) {
                    length.set(Base64.getDecoder().decode(header.substring(BASIC.length())).length - USER.length());
                }
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, ROWS.length);
                exchange.getResponseBody().write(ROWS);
            }
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
