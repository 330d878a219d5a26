package dev.millrace.gateway;

import dev.millrace.service.Services;
import dev.millrace.testing.ServiceUnderTest;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.type.Argument;
import io.micronaut.data.connection.jdbc.advice.DelegatingDataSource;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;

/** A gateway as it runs in production, on a free port of the loopback, and a client of its public API. */
final class GatewayUnderTest implements AutoCloseable {
    static final String TOKEN = "a-token-that-only-the-tests-of-this-project-know";

    private final ObjectMapper json = ObjectMapper.getDefault();
    private final HttpClient http = HttpClient.newHttpClient();
    private final ApplicationContext context;
    private final URI url;

    private GatewayUnderTest(ApplicationContext context) {
        this.context = context;
        this.url = context.getBean(EmbeddedServer.class).getURI();
    }

    /**
     * @param datasource properties below {@code datasources.default}
     * @param more properties of this test
     */
    static GatewayUnderTest start(
            Path folder,
            ScriptedServices services,
            Map<String, Object> datasource,
            Clock clock,
            Map<String, Object> more) {
        Map<String, Object> properties = new HashMap<>();
        datasource.forEach((key, value) -> properties.put("datasources.default." + key, value));
        properties.put("millrace.service.key", ServiceUnderTest.KEY);
        properties.put("millrace.staging.folder", folder.resolve("staging").toString());
        properties.put("micronaut.server.port", -1);
        properties.put("millrace.gateway.api-token", TOKEN);
        properties.put("millrace.gateway.pipelines", folder.resolve("pipelines").toString());
        properties.put("millrace.gateway.services.extractor", services.url().toString());
        properties.put("millrace.gateway.services.transformer", services.url().toString());
        properties.put("millrace.gateway.services.loader", services.url().toString());
        properties.put("millrace.gateway.poll", "50ms");
        properties.put("millrace.gateway.schedules.follow", false);
        properties.putAll(more);
        return new GatewayUnderTest(Services.builder(GatewayApplication.NAME)
                .properties(properties)
                .singletons(clock)
                .start());
    }

    /** An answer of the public API. */
    record Answer(int status, String contentType, JsonNode body) {
        String text(String field) {
            return Objects.requireNonNull(body.get(field), field).coerceStringValue();
        }

        /** The only run of a batch. */
        JsonNode onlyRun() {
            return Objects.requireNonNull(
                    Objects.requireNonNull(body.get("runs")).get(0));
        }

        String runId() {
            return Objects.requireNonNull(onlyRun().get("id")).coerceStringValue();
        }
    }

    Answer get(String path) {
        return send(request(path).GET());
    }

    Answer post(String path, String body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    Answer put(String path, String body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    Answer delete(String path) {
        return send(request(path).DELETE());
    }

    Answer post(String path, String body, String header, String value) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .header(header, value)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Without any token of its own. */
    Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<byte[]> response =
                    http.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofByteArray());
            String contentType = response.headers().firstValue("Content-Type").orElse("");
            JsonNode body = contentType.contains("json") && response.body().length > 0
                    ? json.readValue(response.body(), Argument.of(JsonNode.class))
                    : JsonNode.createStringNode(new String(response.body(), java.nio.charset.StandardCharsets.UTF_8));
            return new Answer(response.statusCode(), contentType, Objects.requireNonNull(body));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param name of a metric, whose samples are summed up; or of one sample, with its labels */
    double metric(String name) {
        return get("/prometheus")
                .body()
                .coerceStringValue()
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(url.resolve(path)).header("Authorization", "Bearer " + TOKEN);
    }

    URI url() {
        return url;
    }

    /** A connection of the test's own to the run database. */
    Connection database() throws SQLException {
        return DelegatingDataSource.unwrapDataSource(context.getBean(DataSource.class))
                .getConnection();
    }

    /** Empties the run database, and returns the runs that were in it: calls about them may be under way yet. */
    List<String> forgetRuns() throws SQLException {
        for (int tries = 1; true; tries++) {
            try {
                return emptied();
            } catch (SQLException e) { // what the gateway does at the same time may have locks in another order
                if (tries == 5) {
                    throw e;
                }
            }
        }
    }

    private List<String> emptied() throws SQLException {
        try (Connection connection = database();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            List<String> runs = column(statement, "SELECT id FROM run");
            List<String> tables = column(
                    statement,
                    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'run'"
                            + " AND table_name NOT LIKE 'flyway%' ORDER BY table_name DESC"); // windows before
            // backfills
            for (String table : tables) {
                statement.executeUpdate("DELETE FROM " + table);
            }
            statement.executeUpdate("DELETE FROM run");
            connection.commit();
            return runs;
        }
    }

    private static List<String> column(Statement statement, String query) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    ApplicationContext context() {
        return context;
    }

    @Override
    public void close() {
        context.close();
        http.close();
    }
}
