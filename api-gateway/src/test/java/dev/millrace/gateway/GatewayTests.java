package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * What tests of gateways have in common. To start a gateway takes longer than most tests, so that they use one after the
 * other, those of all classes if it is configured as all are; between them the run database is emptied, and services and
 * pipelines are as in the beginning.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GatewayTests {
    private static final Shared ON_H2 = new Shared();
    private static final Shared ON_POSTGRES = new Shared();
    /** The only one of both that has a gateway, for one that is idle looks for work all the time. */
    private static Shared inUse = ON_H2;

    private final String name;
    private final String pipeline;
    private final Map<Map<String, Object>, Kept> kept = new HashMap<>();
    /** Null for H2. */
    @Nullable
    PostgresRunDatabase postgres;

    private @Nullable Kept used;
    private @Nullable Map<String, Object> database;

    Path folder;
    ScriptedServices services;
    /** What ends with the test, in the order of their beginning. */
    final List<AutoCloseable> opened = new ArrayList<>();

    /** A gateway for several tests, and its run database. */
    private record Kept(GatewayUnderTest gateway, Map<String, Object> database) {}

    /**
     * What all classes of this process have in common, but for their databases: JUnit is called anew for each class, and
     * closes what it knows of.
     */
    private static final class Shared {
        final Path folder;
        final ScriptedServices services;

        @Nullable
        Kept gateway;

        int databases;

        Shared() {
            try {
                folder = Files.createTempDirectory("gateways");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            services = new ScriptedServices(folder.resolve("staging"));
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::delete));
        }

        Kept gateway(Function<Map<String, Object>, Kept> start) {
            if (inUse != this && inUse.gateway != null) {
                inUse.gateway.gateway().close();
                inUse.gateway = null;
            }
            inUse = this;
            Kept running = gateway == null ? start.apply(Map.of()) : gateway;
            gateway = running;
            return running;
        }

        private void delete() {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).forEach(file -> {
                    boolean _ = file.toFile().delete();
                });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * @param name of the pipeline, and of its file
     * @param pipeline what is in the file
     */
    GatewayTests(String name, String pipeline) {
        this.name = name;
        this.pipeline = pipeline;
    }

    /**
     * Properties below {@code datasources.default} of an empty database.
     *
     * @param file for H2, which nothing else has
     */
    Map<String, Object> newDatabase(Path file) {
        return postgres == null ? h2(file) : postgres.create();
    }

    static Map<String, Object> h2(Path file) {
        return Map.of("url", "jdbc:h2:file:" + file);
    }

    /** The time of all gateways of this class. */
    Clock clock() {
        return Clock.systemUTC();
    }

    private Shared shared() {
        return postgres == null ? ON_H2 : ON_POSTGRES;
    }

    @BeforeAll
    final void useServices() {
        folder = shared().folder;
        services = shared().services;
    }

    @BeforeEach
    final void writePipeline() throws IOException {
        Path pipelines = Files.createDirectories(folder.resolve("pipelines"));
        try (Stream<Path> files = Files.walk(pipelines)) {
            for (Path file :
                    files.filter(path -> !path.equals(pipelines)).toList().reversed()) {
                Files.delete(file);
            }
        }
        Files.writeString(pipelines.resolve(name + ".yaml"), pipeline);
    }

    @AfterEach
    final void close() throws Exception {
        for (AutoCloseable closeable : opened.reversed()) {
            closeable.close();
        }
        opened.clear();
        services.reset(used == null ? List.of() : used.gateway().forgetRuns());
        used = null;
        database = null;
    }

    @AfterAll
    final void closeAll() {
        kept.values().forEach(each -> each.gateway().close());
    }

    final GatewayUnderTest gateway() {
        return gateway(Map.of());
    }

    /** One that other tests use too, before or after; in a test that has a gateway already, another on its database. */
    final GatewayUnderTest gateway(Map<String, Object> properties) {
        if (database != null) {
            return newGateway(properties);
        }
        Kept found = properties.isEmpty() && clock().equals(Clock.systemUTC())
                ? shared().gateway(this::kept)
                : kept.computeIfAbsent(properties, this::kept);
        database = found.database();
        used = found;
        return found.gateway();
    }

    private Kept kept(Map<String, Object> properties) {
        Map<String, Object> empty = newDatabase();
        return new Kept(start(empty, properties), empty);
    }

    /** One for this test alone, on the same database as any before it in this test. */
    final GatewayUnderTest newGateway(Map<String, Object> properties) {
        if (database == null) {
            database = newDatabase();
        }
        GatewayUnderTest gateway = start(database, properties);
        opened.add(gateway);
        return gateway;
    }

    /** Ends a gateway in the middle of a test, also one that others would have used. */
    final void end(GatewayUnderTest gateway) {
        gateway.close();
        if (used != null && used.gateway() == gateway) {
            kept.values().remove(used);
            if (used.equals(shared().gateway)) {
                shared().gateway = null;
            }
            used = null;
        }
    }

    private Map<String, Object> newDatabase() {
        return newDatabase(folder.resolve("runs-" + shared().databases++));
    }

    private GatewayUnderTest start(Map<String, Object> datasource, Map<String, Object> properties) {
        return GatewayUnderTest.start(folder, services, datasource, clock(), properties);
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
