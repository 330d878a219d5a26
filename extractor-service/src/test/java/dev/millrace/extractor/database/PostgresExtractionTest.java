package dev.millrace.extractor.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Reject;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PostgreSQL as a source, with the server's own text as the oracle of each value. */
class PostgresExtractionTest extends PostgresTests {
    @BeforeAll
    void keepTheSecret() throws IOException {
        extractor.secret("reader", "pass#word");
    }

    private List<List<String>> texts(String query) throws SQLException {
        List<List<String>> all = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    row.add(rows.getString(i));
                }
                all.add(row);
            }
        }
        return all;
    }

    private Work work(DatabaseSource source, DatabaseRead read, String... columns) {
        return new Work.Extract(source, read, List.of(columns), Work.Parts.TO_TRANSFORM);
    }

    private Work table(String table, String... columns) {
        return work(source(), new DatabaseRead(table, null, List.of(columns), 1), columns);
    }

    private Work query(String query) {
        return work(source(), new DatabaseRead(null, query, List.of(), 1));
    }

    private String refused(Work work) throws InterruptedException {
        return extractor.extract(work).failure(ErrorCode.SOURCE_REFUSED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "smallint             | -32768                                      | -32768",
                "bigint               | 9223372036854775807                         | 9223372036854775807",
                "numeric              | 0.10                                        | 0.10",
                "numeric              | NaN                                         | \"NaN\"",
                "numeric              | -Infinity                                   | \"-Infinity\"",
                "numeric(5,-2)        | 12345                                       | 12300",
                "real                 | 0.1                                         | 0.1",
                "double precision     | 1e-307                                      | 1e-307",
                "double precision     | -0                                          | -0",
                "double precision     | Infinity                                    | \"Infinity\"",
                "boolean              | true                                        | true",
                "boolean              | false                                       | false",
                "text                 | `a\tb\\c\"d`                                | `\"a\\tb\\\\c\\\"d\"`",
                "text                 | \\N                                         | `\"\\\\N\"`",
                "char(4)              | ab                                          | `\"ab  \"`",
                "bytea                | `\\x00ff5c`                                 | \"AP9c\"",
                "date                 | infinity                                    | \"infinity\"",
                "date                 | 0044-03-15 BC                               | \"0044-03-15 BC\"",
                "date                 | 5874897-12-31                               | \"5874897-12-31\"",
                "time                 | 24:00                                       | \"24:00:00\"",
                "timetz               | 12:00:00.5+05:30                            | \"12:00:00.5+05:30\"",
                "timestamp            | 2026-01-31 23:59:59.999999                  | \"2026-01-31 23:59:59.999999\"",
                "timestamp            | -infinity                                   | \"-infinity\"",
                "timestamptz          | 2026-01-31 23:59:59+02                      | \"2026-01-31 21:59:59+00\"",
                "interval             | 1 year -2 months 3 days -04:05:06.7         | \"P10M3DT-4H-5M-6.7S\"",
                "money                | 1234567.89                                  | 1234567.89",
                "bit(3)               | 101                                         | \"101\"",
                "varbit               | 1011                                        | \"1011\"",
                "uuid                 | A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11        | \"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"",
                "json                 | `{\"a\" : 1e400}`                           | `{\"a\" : 1e400}`",
                "jsonb                | 1.0000000000000000000001                    | 1.0000000000000000000001",
                "jsonb                | `{\"b\": [1, null], \"a\": \"\\n\"}`        | `{\"a\": \"\\n\", \"b\": [1, null]}`",
                "int[]                | `{1,NULL,3}`                                | `[1,null,3]`",
                "int[]                | `{}`                                        | `[]`",
                "int[]                | `{{1,2},{3,4}}`                             | `[[1,2],[3,4]]`",
                "int[]                | `[0:1]={1,2}`                               | `\"[0:1]={1,2}\"`",
                "text[]               | `{\"NULL\",NULL,\"a,\\\"}b\\\\\"}`          | `[\"NULL\",null,\"a,\\\"}b\\\\\"]`",
                "boolean[]            | `{t,f}`                                     | `[true,false]`",
                "bytea[]              | `{\"\\\\x00\"}`                             | `[\"AA==\"]`",
                "jsonb[]              | `{\"{\\\"a\\\": 1}\"}`                      | `[{\"a\": 1}]`",
                "money[]              | `{1.50}`                                    | `[1.50]`",
                "box[]                | `{(1,1),(0,0);(2,2),(1,1)}`                 | `[\"(1,1),(0,0)\",\"(2,2),(1,1)\"]`",
                "int4range            | `[1,5)`                                     | `\"[1,5)\"`",
                "numrange             | empty                                       | \"empty\"",
                "inet                 | 10.0.0.1/8                                  | \"10.0.0.1/8\"",
                "point                | `(1.5,2)`                                   | `\"(1.5,2)\"`",
                "xml                  | <a/>                                        | \"<a/>\"",
                "tsvector             | a                                           | \"'a'\"",
                "oid                  | 4294967295                                  | 4294967295",
                "shop.mood            | very happy                                  | \"very happy\"",
                "shop.mood[]          | `{\"very happy\"}`                          | `[\"very happy\"]`",
                "shop.positive        | 7                                           | 7",
                "shop.pair            | `(1,\"a b\")`                               | `\"(1,\\\"a b\\\")\"`",
            })
    void stagesEachTypeAsTheServerWritesIt(String type, String literal, String staged) throws Exception {
        sql(
                "CREATE TYPE shop.mood AS ENUM ('very happy')",
                "CREATE DOMAIN shop.positive AS int CHECK (VALUE > 0)",
                "CREATE TYPE shop.pair AS (a int, b text)",
                "CREATE TABLE shop.one (v " + type + ")",
                "INSERT INTO shop.one VALUES ('" + literal.replace("'", "''") + "'), (NULL)");

        assertThat(extractor.records(table("shop.one"))).containsExactly("{\"v\":" + staged + "}", "{\"v\":null}");
    }

    @Test
    void stagesGeneratedValuesAsTheServerWritesThem() throws Exception {
        Random random = new Random(13);
        sql("CREATE TABLE shop.made (id int, n numeric, f float8, g float4, t text, d timestamptz)");
        try (var insert = connection.prepareStatement(
                "INSERT INTO shop.made VALUES (?, CAST(? AS numeric), ?, ?, ?, to_timestamp(?))")) {
            for (int id = 0; id < 3000; id++) {
                insert.setInt(1, id);
                insert.setString(2, new BigInteger(random.nextInt(1, 700), random) + "." + random.nextInt(1_000_000));
                insert.setDouble(3, Double.longBitsToDouble(random.nextLong()));
                insert.setFloat(4, Float.intBitsToFloat(random.nextInt()));
                insert.setString(5, text(random));
                insert.setDouble(
                        6, random.nextLong(-62_000_000_000L, 250_000_000_000L) + random.nextInt(1000) / 1000.0);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        sql("SET TIME ZONE 'UTC'");
        List<String> expected = new ArrayList<>();
        for (List<String> row : texts("SELECT id::text, n::text, f::text, g::text, t, d::text FROM shop.made")) {
            expected.add("{\"id\":" + row.get(0) + ",\"n\":" + row.get(1) + ",\"f\":" + number(row.get(2)) + ",\"g\":"
                    + number(row.get(3)) + ",\"t\":" + quoted(row.get(4)) + ",\"d\":" + quoted(row.get(5)) + "}");
        }

        assertThat(extractor.records(table("shop.made"))).containsExactlyElementsOf(expected);
    }

    private static String text(Random random) {
        int[] characters = random.ints(random.nextInt(40), 0, 6)
                .map(kind -> switch (kind) {
                    case 0 -> random.nextInt(1, 0x20);
                    case 1 -> "\"\\/\b\f\n\r\t".charAt(random.nextInt(8));
                    case 2 -> random.nextInt(0x80, 0x800);
                    case 3 -> random.nextInt(0xe000, 0xfffe);
                    case 4 -> random.nextInt(0x10000, 0x10ffff);
                    default -> random.nextInt(0x20, 0x7f);
                })
                .toArray();
        return new String(characters, 0, characters.length);
    }

    private static String number(String text) {
        return Character.isLetter(text.charAt(text.length() - 1)) ? quoted(text) : text;
    }

    /** With the escapes in the lower case that we have them in; the oracle's are in upper case. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char one = text.charAt(i);
            String escaped = new String(JsonStringEncoder.getInstance().quoteAsString(String.valueOf(one)));
            boolean ours = escaped.equals("\\b") || escaped.equals("\\f");
            quoted.append(
                    ours
                            ? String.format("\\u%04x", (int) one)
                            : escaped.startsWith("\\u") ? escaped.toLowerCase(Locale.ROOT) : escaped);
        }
        return quoted.append('"').toString();
    }

    @Test
    void readsTheColumnsOfTheSchemaOnly() throws Exception {
        sql(
                "CREATE TABLE shop.\"Order lines\" (id int, \"a.b\" text, secret text)", //
                "INSERT INTO shop.\"Order lines\" VALUES (1, 'x', 'y')");
        ExtractorUnderTest.Result result = extractor.extract(table("shop.Order lines", "a.b", "id"));

        assertThat(extractor.records(result)).containsExactly("{\"id\":1,\"a.b\":\"x\"}");
        assertThat(result.log())
                .anySatisfy(line -> assertThat(line).contains("columns that are not read: secret"))
                .anySatisfy(line -> assertThat(line)
                        .contains("table shop.Order lines of localhost:", ": 1 rows", "one REPEATABLE READ snapshot"));
    }

    @Test
    void readsAQueryInItsOrderWithADayAndAComment() throws Exception {
        sql(
                "CREATE TABLE shop.orders (id int, day date)",
                "INSERT INTO shop.orders SELECT i, date '2026-01-30' + i % 3 FROM generate_series(1, 9) i");
        Work work =
                query("SELECT id FROM shop.orders WHERE day = '${day}' ORDER BY id DESC -- newest first; really\n;");

        assertThat(extractor.records(extractor.extract(extractor.task(work, RunWindow.parse("2026-01-31")))))
                .containsExactly("{\"id\":7}", "{\"id\":4}", "{\"id\":1}");
    }

    @Test
    void aRowThatIsLargerThanARecordMayBeIsAReject() throws Exception {
        sql(
                "CREATE TABLE shop.large (id int, t text)",
                "INSERT INTO shop.large VALUES (1, repeat('x', 17000000)), (2, 'y')");
        ExtractorUnderTest.Result result = extractor.extract(table("shop.large"));

        assertThat(extractor.records(result)).containsExactly("{\"id\":2,\"t\":\"y\"}");
        assertThat(extractor.rejects(result))
                .singleElement()
                .extracting(Reject::reason)
                .asString()
                .contains("17000015 bytes");
    }

    @Test
    void saysWhichColumnATableLacks() throws Exception {
        sql("CREATE TABLE shop.orders (id int, customer_id int)");
        assertThat(refused(table("shop.orders", "id", "custmer_id")))
                .contains(
                        "table shop.orders has no column 'custmer_id' (is it 'customer_id'?); it has 'id', 'customer_id'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "SELECT 1 AS a; SELECT 2 AS a              | SOURCE_REFUSED     | (expected: one SELECT that can",
                "SELECT 1) AS x; DROP TABLE shop.kept; --  | SOURCE_REFUSED     | syntax error",
                "DELETE FROM shop.kept RETURNING id        | SOURCE_REFUSED     | syntax error",
                "SELECT shop.writes() AS a                 | SOURCE_REFUSED     | read-only transaction",
                "SELECT nothing FROM shop.kept             | SOURCE_REFUSED     | column \"nothing\" does not exist",
                "SELECT id, id FROM shop.kept              | SOURCE_REFUSED     | two columns 'id'",
                "SELECT 1 / (id - 7) AS a FROM shop.kept   | SOURCE_REFUSED     | division by zero",
                "SELECT pg_sleep(10) AS a                  | SOURCE_UNAVAILABLE | statement timeout",
            })
    void aQueryThatCantBeReadChangesNothingAndSaysWhy(String query, ErrorCode code, String reason) throws Exception {
        sql(
                "CREATE TABLE shop.kept (id int)",
                "INSERT INTO shop.kept VALUES (7)",
                "SET client_min_messages TO warning");
        sql("CREATE FUNCTION shop.writes() RETURNS int LANGUAGE sql AS 'DELETE FROM shop.kept RETURNING id'");
        sql("ALTER ROLE postgres SET statement_timeout TO '1s'");
        try {
            assertThat(extractor.extract(query(query)).failure(code))
                    .contains("the query ", reason)
                    .doesNotContain("Position"); // of what was made of the query
            assertThat(texts("SELECT count(*) FROM shop.kept")).containsExactly(List.of("1"));
        } finally {
            sql("ALTER ROLE postgres RESET statement_timeout");
        }
    }

    @Test
    void namesTheTableThatIsMissingOrForbidden() throws Exception {
        sql(
                "DROP ROLE IF EXISTS reader",
                "CREATE ROLE reader LOGIN PASSWORD 'pass#word'",
                "CREATE TABLE shop.closed (id int)");
        DatabaseSource reader = source("localhost", postgres.getPort(), "reader", "${secret:reader}", PLAIN);

        assertThat(refused(table("shop.nowhere")))
                .contains("table shop.nowhere can't be read", "relation \"shop.nowhere\" does not exist");
        assertThat(refused(work(reader, new DatabaseRead("shop.closed", null, List.of(), 1))))
                .contains("table shop.closed can't be read", "permission denied")
                .doesNotContain("pass#word");
    }

    @Test
    void saysWhyThereIsNoConnection() throws Exception {
        DatabaseRead read = new DatabaseRead("shop.orders", null, List.of(), 1);
        sql("ALTER ROLE postgres CONNECTION LIMIT -1");

        assertThat(extractor
                        .extract(work(source("nobody.invalid", 5432, "postgres", null, PLAIN), read))
                        .failure(ErrorCode.SOURCE_UNAVAILABLE))
                .contains("can't connect to nobody.invalid:5432/postgres: there is no host of that name");
        assertThat(extractor
                        .extract(work(source("localhost", 1, "postgres", null, PLAIN), read))
                        .failure(ErrorCode.SOURCE_UNAVAILABLE))
                .contains("can't connect to localhost:1/postgres: nobody listens there");
        assertThat(extractor
                        .extract(work(source("localhost", postgres.getPort(), "ghost", null, PLAIN), read))
                        .failure(ErrorCode.SOURCE_UNAUTHORIZED))
                .contains("role \"ghost\" does not exist");
        assertThat(refused(work(
                        source(
                                "localhost",
                                postgres.getPort(),
                                "postgres",
                                null,
                                new Tls(Tls.Mode.VERIFY_FULL, null, null, null)),
                        read)))
                .contains("TLS: The server does not support SSL");
    }

    @Test
    void aStopEndsTheQueryOfTheServer(@TempDir Path other) throws Exception {
        try (ExtractorUnderTest stopped = new ExtractorUnderTest(other, Map.of())) {
            Task task = stopped.task(query("SELECT pg_sleep(600) AS a"), null);
            assertThat(stopped.service().post(task)).isEqualTo(202);
            String sleeping =
                    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%pg_sleep%'";
            await().until(() -> texts(sleeping).equals(List.of(List.of("1"))));
            stopped.gateway().stopEverything();
            await().until(() -> texts(sleeping).equals(List.of(List.of("0"))));
        }
    }

    @Test
    void aConnectionThatIsCutWhileRowsComeFailsTheAttempt() throws Exception {
        sql("CREATE FUNCTION shop.cut(i int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN"
                + " IF i = 200000 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN i; END $$");
        assertThat(extractor
                        .extract(query("SELECT shop.cut(i) AS a FROM generate_series(1, 400000) i"))
                        .failure(ErrorCode.SOURCE_UNAVAILABLE))
                .contains("the query can't be read behind row ", "Database connection failed when reading from copy");
    }

    @Test
    void readsOneStateWhileOthersWrite() throws Exception {
        sql(
                "CREATE TABLE shop.balance (account int PRIMARY KEY, amount int)",
                "INSERT INTO shop.balance SELECT i, 100 FROM generate_series(1, 20000) i");
        Thread writer = Thread.ofPlatform().start(() -> {
            try (Connection other = postgres.getPostgresDatabase().getConnection();
                    Statement statement = other.createStatement()) {
                for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                    statement.execute("UPDATE shop.balance SET amount = amount + CASE WHEN account % 2 = 0 THEN " + i
                            + " ELSE -" + i + " END WHERE account IN (" + (i % 20000 + 1) + ", " + (20000 - i % 20000)
                            + ")");
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        try {
            for (int i = 0; i < 5; i++) {
                long sum = extractor.records(table("shop.balance")).stream()
                        .mapToLong(record -> Long.parseLong(record.replaceAll(".*\"amount\":(-?[0-9]+)}", "$1")))
                        .sum();
                assertThat(sum).isEqualTo(2_000_000);
            }
        } finally {
            writer.interrupt();
            writer.join();
        }
    }

    private Work parallel(String table, int readers) {
        return work(source(), new DatabaseRead(table, null, List.of(), readers));
    }

    @Test
    void readersOfOneTableSeeTheSameStateWhileOthersWrite() throws Exception {
        sql(
                "CREATE TABLE shop.ledger (account int, amount int, filler text)",
                "INSERT INTO shop.ledger SELECT i, 100, repeat('x', 500) FROM generate_series(1, 20000) i",
                "CREATE INDEX ON shop.ledger (account)");
        Thread writer = Thread.ofPlatform().start(() -> {
            try (Connection other = postgres.getPostgresDatabase().getConnection();
                    Statement statement = other.createStatement()) {
                other.setAutoCommit(false);
                for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                    int one = i % 9000 + 1;
                    // rows move to the end of the file, and with each a row comes and one goes
                    statement.execute("UPDATE shop.ledger SET amount = amount + 1 WHERE account = " + one);
                    statement.execute("UPDATE shop.ledger SET amount = amount - 1 WHERE account = " + (one + 10000));
                    statement.execute("DELETE FROM shop.ledger WHERE account = " + (30000 + i));
                    statement.execute("INSERT INTO shop.ledger VALUES (" + (30001 + i) + ", 0, repeat('y', 500))");
                    other.commit();
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        try {
            for (int i = 0; i < 2; i++) {
                ExtractorUnderTest.Result result = extractor.extract(parallel("shop.ledger", 4));
                List<String> records = extractor.records(result);
                assertThat(records.stream()
                                .filter(record -> record.matches(".*\"account\":([0-9]{1,4}|1[0-9]{4}|20000),.*"))
                                .map(record -> record.replaceAll(".*\"account\":([0-9]+),.*", "$1"))
                                .distinct())
                        .hasSize(20000);
                assertThat(records).hasSizeBetween(20000, 20001);
                assertThat(records.stream()
                                .mapToLong(
                                        record -> Long.parseLong(record.replaceAll(".*\"amount\":(-?[0-9]+),.*", "$1")))
                                .sum())
                        .isEqualTo(2_000_000);
                assertThat(result.log()).anySatisfy(line -> assertThat(line).contains("4 readers"));
            }
        } finally {
            writer.interrupt();
            writer.join();
        }
    }

    @Test
    void aSmallTableAndAViewHaveOneReader() throws Exception {
        sql("CREATE TABLE shop.few AS SELECT 1 AS id", "CREATE VIEW shop.seen AS SELECT * FROM shop.few");
        for (String name : List.of("shop.few", "shop.seen")) {
            ExtractorUnderTest.Result result = extractor.extract(parallel(name, 4));
            assertThat(extractor.records(result)).containsExactly("{\"id\":1}");
            assertThat(result.log()).noneSatisfy(line -> assertThat(line).contains("readers"));
        }
    }

    @Test
    void oneReaderThatFailsEndsAll() throws Exception {
        sql(
                "CREATE TABLE shop.large (id int, filler text)",
                "INSERT INTO shop.large SELECT i, repeat('x', 500) FROM generate_series(1, 50000) i",
                "ALTER TABLE shop.large ADD bad int GENERATED ALWAYS AS (id) STORED");
        sql("CREATE FUNCTION shop.fails(id int) RETURNS int LANGUAGE plpgsql AS"
                + " $$ BEGIN IF id = 49999 THEN RAISE EXCEPTION 'no such row'; END IF; RETURN id; END $$");
        sql(
                "ALTER TABLE shop.large ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY checked ON shop.large USING (shop.fails(id) > 0)",
                "DROP ROLE IF EXISTS limited",
                "CREATE ROLE limited LOGIN",
                "GRANT USAGE ON SCHEMA shop TO limited",
                "GRANT SELECT ON shop.large TO limited");
        DatabaseSource limited = source("localhost", postgres.getPort(), "limited", null, PLAIN);

        assertThat(refused(work(limited, new DatabaseRead("shop.large", null, List.of(), 3))))
                .contains("no such row");
        await().until(() -> texts("SELECT count(*) FROM pg_stat_activity WHERE usename = 'limited'")
                .equals(List.of(List.of("0"))));
    }

    @Test
    void aTableThatIsEmptiedAndFilledAgainMeanwhileIsReadAsOneOfTheTwo() throws Exception {
        sql("CREATE TABLE shop.daily (id int)", "INSERT INTO shop.daily VALUES (1), (2)");
        connection.setAutoCommit(false);
        sql("TRUNCATE shop.daily", "INSERT INTO shop.daily VALUES (3), (4), (5)");
        Task task = extractor.task(table("shop.daily"), null);
        assertThat(extractor.service().post(task)).isEqualTo(202);
        String waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'shop.daily'::regclass";
        await().until(() -> texts(waiting).equals(List.of(List.of("1"))));
        connection.commit();
        connection.setAutoCommit(true);

        assertThat(extractor.gateway().outcome(task)).asString().contains("rows=3");
    }
}
