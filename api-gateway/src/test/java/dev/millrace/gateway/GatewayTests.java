package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of gateways have in common that hold for every run database. */
abstract class GatewayTests {
    private final String name;
    private final String pipeline;

    @TempDir
    Path folder;

    ScriptedServices services;
    final List<AutoCloseable> opened = new ArrayList<>();

    /**
     * @param name of the pipeline, and of its file
     * @param pipeline what is in the file
     */
    GatewayTests(String name, String pipeline) {
        this.name = name;
        this.pipeline = pipeline;
    }

    /** Properties below {@code datasources.default} of a database for this test alone. */
    abstract Map<String, Object> datasource();

    @BeforeEach
    final void startServices() throws IOException {
        Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(folder.resolve("pipelines/" + name + ".yaml"), pipeline);
        services = new ScriptedServices(folder.resolve("staging"));
        opened.add(services);
    }

    @AfterEach
    final void close() throws Exception {
        for (AutoCloseable closeable : opened.reversed()) {
            closeable.close();
        }
    }

    final GatewayUnderTest gateway() {
        return gateway(Map.of());
    }

    final GatewayUnderTest gateway(Map<String, Object> properties) {
        GatewayUnderTest gateway =
                GatewayUnderTest.start(folder, services, datasource(), Clock.systemUTC(), properties);
        opened.add(gateway);
        return gateway;
    }

    static String state(GatewayUnderTest gateway, String run) {
        return gateway.get("/api/v1/runs/" + run).text("state");
    }

    static void awaitState(GatewayUnderTest gateway, String run, String state) {
        await().untilAsserted(() -> assertThat(state(gateway, run)).isEqualTo(state));
    }

    /** The messages of a run's log, a line each. */
    static String logOf(GatewayUnderTest gateway, String run) {
        StringBuilder lines = new StringBuilder();
        Objects.requireNonNull(
                        gateway.get("/api/v1/runs/" + run + "/log").body().get("lines"))
                .values()
                .forEach(line -> lines.append(
                                Objects.requireNonNull(line.get("message")).coerceStringValue())
                        .append('\n'));
        return lines.toString();
    }

    /** Whether the archive has the run's log and rejects. */
    static boolean archived(GatewayUnderTest gateway, String run) throws SQLException {
        try (Connection connection = gateway.database();
                PreparedStatement query = connection.prepareStatement("SELECT archived FROM run WHERE id = ?")) {
            query.setString(1, run);
            try (ResultSet row = query.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
