package dev.millrace.console;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What {@code demo} leaves, started again as it says itself, with 10,000 runs of the weeks before and 100,000 lines in the
 * log of one of them, and with a pipeline that loads days. Tests share it; each changes only what is its own.
 */
final class Demonstration {
    /** The day of which the API of visits never says anything. */
    static final String HANGS = "2026-06-01";

    private static final int RUNS = 10_000;
    private static final int LINES = 100_000;
    private static final Installation STARTED = start();

    private Demonstration() {}

    static Installation started() {
        return STARTED;
    }

    private static Installation start() {
        try {
            Path folder = Installation.folder("demonstration");
            Installation.succeeds(Installation.call(folder, folder, "demo"), folder);
            for (String name : List.of("hiring", "isams", "insights")) {
                copy(Installation.ROOT.resolve("pipelines").resolve(name), folder.resolve("pipelines/" + name));
            }
            daily(folder.resolve("pipelines"));
            insights(folder.resolve("pipelines"));
            fill(folder.resolve("demo/runs"));
            Installation installation = new Installation(folder, "demo");
            for (String role : List.of("viewer", "operator", "admin")) {
                installation.post(
                        "/api/v1/users",
                        "{\"name\": \"" + role + "\", \"role\": \"" + role + "\", \"password\": \"" + Visitor.PASSWORD
                                + "\"}");
            }
            return installation;
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }

    /** An API that has nothing to say of every seventh day but an error. */
    private static void daily(Path pipelines) throws IOException {
        HttpServer api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        api.createContext("/visits", exchange -> {
            if (exchange.getRequestURI().getQuery().contains(HANGS)) {
                return; // and the connection stays open
            }
            try (exchange) {
                Matcher day = Pattern.compile("\\d+-\\d+-(\\d+)")
                        .matcher(exchange.getRequestURI().getQuery());
                boolean known = day.find() && Integer.parseInt(day.group(1)) % 7 != 0;
                byte[] body = known
                        ? ("[{\"day\": \"" + day.group() + "\", \"visits\": 5}]").getBytes(StandardCharsets.UTF_8)
                        : "unknown".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(known ? 200 : 403, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        api.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> api.stop(0)));
        Files.writeString(
                pipelines.resolve("visits.yaml"), """
                version: 1
                name: visits
                description: How many people came, by day.
                source: {type: rest, baseUrl: "http://127.0.0.1:%d", retry: {attempts: 1}}
                endpoints:
                  visits:
                    request: {path: /visits, query: {day: "${day}"}}
                    day: {column: day, timezone: UTC}
                    destination: {table: visits.visits, write: replace}
                    schema:
                      - {name: day, type: DATE, mode: REQUIRED}
                      - {name: visits, type: INTEGER}
                models:
                  months:
                    after: [visits]
                    destination: {table: visits.months, write: replace}
                    sql: SELECT date_trunc('month', day) AS month, sum(visits) AS visits FROM visits.visits GROUP BY ALL
                """.formatted(api.getAddress().getPort()));
    }

    private static void insights(Path pipelines) throws IOException {
        Files.writeString(pipelines.resolve("insights/TEMPERATURES.sql"), """
                -- title: Temperatures
                -- parameters:
                --   since: {type: DATE, default: 2026-01-01}
                --   until: {type: DATETIME, default: "2026-12-31T08:30:00"}
                --   least: {type: NUMERIC, default: "-99.5"}
                --   stations: {type: INTEGER, default: 2}
                --   all: {type: BOOLEAN, default: "true"}
                -- chart: {type: line, x: day, y: [low, high]}
                SELECT * FROM (
                  SELECT DATE '2026-03-01' AS day, -2.5 AS low, 4.5 AS high
                  UNION ALL SELECT DATE '2026-03-02', -4.5, 1.5
                  UNION ALL SELECT DATE '2026-03-03', NULL, NULL
                  UNION ALL SELECT DATE '2026-03-07', 1.5, 9
                  UNION ALL SELECT DATE '2026-03-10', 3, 12.5) AS measured
                WHERE day >= @since AND day < @until AND low >= @least AND @stations > 0 AND @all
                """);
        Files.writeString(pipelines.resolve("insights/SHARES.sql"), """
                -- title: Shares
                -- chart: {type: pie, x: house, y: [students]}
                SELECT COALESCE(house, 'none') AS house, COUNT(*) AS students FROM school.students GROUP BY 1 ORDER BY 1
                """);
    }

    /** More runs than anybody has looked at, copies of those that are there. */
    private static void fill(Path runs) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:h2:file:" + runs + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE", "sa", "");
                Statement statement = connection.createStatement()) {
            int filled = statement.executeUpdate("""
                    INSERT INTO run (id, batch, pipeline, endpoint, target_table, run_trigger, state, spec, generation,
                      error_code, error_detail, rows_extracted, rows_loaded, rows_rejected, rows_filtered, archived, swept,
                      created_at, started_at, finished_at)
                    SELECT CAST(RANDOM_UUID() AS VARCHAR), CAST(RANDOM_UUID() AS VARCHAR), pipeline, endpoint, target_table, 'schedule',
                      CASE WHEN MOD(n * 7 + LENGTH(endpoint), 41) = 3 THEN 'FAILED' ELSE 'SUCCEEDED' END, spec, 1,
                      CASE WHEN MOD(n * 7 + LENGTH(endpoint), 41) = 3 THEN 'SOURCE_UNAVAILABLE' END,
                      CASE WHEN MOD(n * 7 + LENGTH(endpoint), 41) = 3 THEN 'GET /api: 503 Service Unavailable, 5 attempts' END,
                      rows_extracted, CASE WHEN MOD(n * 7 + LENGTH(endpoint), 41) <> 3 THEN rows_loaded - MOD(n * 13, 7) END,
                      rows_rejected, rows_filtered, TRUE, TRUE,
                      DATEADD(HOUR, -n, created_at), DATEADD(HOUR, -n, started_at),
                      DATEADD(MILLISECOND, MOD(n * 37, 900), DATEADD(HOUR, -n, finished_at))
                    FROM (SELECT id, batch, pipeline, endpoint, target_table, spec, rows_extracted, rows_loaded, rows_rejected,
                      rows_filtered, created_at, started_at, finished_at FROM run) r
                    CROSS JOIN SYSTEM_RANGE(1, %d) AS numbers (n)
                    """.formatted(RUNS / 7));
            statement.executeUpdate("""
                    INSERT INTO log_line (run, log_time, level, message)
                    SELECT r.id, r.created_at, 'INFO', 'line ' || n || ' of a long log'
                    FROM (SELECT id, created_at FROM run WHERE endpoint = 'students' ORDER BY created_at DESC LIMIT 1) r
                    CROSS JOIN SYSTEM_RANGE(1, %d) AS numbers (n)
                    """.formatted(LINES));
            System.out.println(filled + " runs and " + LINES + " lines of a log were added");
        }
    }
}
