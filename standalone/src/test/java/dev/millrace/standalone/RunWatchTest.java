package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.client.UnreachableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway in the same process doesn't come back when it is gone, and may well be there and busy. */
class RunWatchTest {
    private static final String RUN = """
            {"id": "a", "batch": "b", "pipeline": "p", "endpoint": "e", "table": "t", "state": "%s", "startedAt": null, "steps": []}
            """;

    private HttpServer server;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void aGatewayThatSaysThatItsDatabaseTakesTooLongIsAskedAgain() throws Exception {
        List<Run> runs = watch(
                new Answer(200, RUN.formatted("RUNNING")),
                new Answer(503, """
                        {"status": 503, "code": "SERVICE_UNAVAILABLE", "title": "no", "type": "about:blank", "detail": "later"}
                        """),
                new Answer(200, RUN.formatted("SUCCEEDED")));

        assertThat(runs).singleElement().extracting(Run::state).isEqualTo(Run.State.SUCCEEDED);
    }

    @Test
    void oneThatIsNotThereIsGone() {
        assertThatThrownBy(() -> watch(new Answer(200, RUN.formatted("RUNNING")), new Answer(502, "")))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("answered with 502");
    }

    private record Answer(int status, String body) {}

    private List<Run> watch(Answer... answers) throws InterruptedException {
        Iterator<Answer> next = List.of(answers).iterator();
        server.createContext("/", exchange -> {
            Answer answer = next.next();
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        try (GatewayClient gateway = new GatewayClient(url, "token")) {
            return RunWatch.untilEnded(() -> List.of(gateway.read(gateway.run("a"), Run.class)), new Progress.Silent());
        }
    }
}
