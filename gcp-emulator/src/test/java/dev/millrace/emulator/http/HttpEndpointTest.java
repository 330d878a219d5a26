package dev.millrace.emulator.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpEndpointTest {
    @Test
    void aCallIsAmongThoseThatWereMadeBeforeItsCallerHasTheAnswer() throws Exception {
        Calls calls = new Calls();
        List<Call> whileAnswering = new CopyOnWriteArrayList<>();
        try (HttpEndpoint endpoint = new HttpEndpoint(0, new Faults(), calls);
                HttpClient client = HttpClient.newHttpClient()) {
            endpoint.serve(
                    "/word",
                    _ -> new Answer(201, Map.of(), 1, () -> {
                        whileAnswering.addAll(calls.all());
                        return new ByteArrayInputStream(new byte[1]);
                    }));

            HttpResponse<byte[]> response = client.send(
                    HttpRequest.newBuilder(endpoint.url().resolve("/word")).build(),
                    HttpResponse.BodyHandlers.ofByteArray());

            assertThat(response.statusCode()).isEqualTo(201);
            assertThat(response.body()).hasSize(1);
            assertThat(whileAnswering).containsExactly(new Call("GET", "/word", "", 201));
            assertThat(calls.all()).isEqualTo(whileAnswering);
        }
    }
}
