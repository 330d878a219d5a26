package dev.millrace.extractor.database;

import static dev.millrace.extractor.database.FakeConnection.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.DatabaseSource.Product;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Work;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * SQL Server and Oracle as far as can be had without a server: their real drivers with what they are told and what they fail
 * with, and the SQL that would be sent.
 */
class OtherProductsTest {
    private static final Login LOGIN =
            new Login("db.example.com", "1433", "shop", "reader", "secret", Duration.ofSeconds(7));

    private static final ReadRows ORDERS = ReadRows.ofTable("sales.orders", new SqlServer());

    private static SourceColumn column(String name, String type) {
        return new SourceColumn(name, type, false, 0, 0);
    }

    private static List<String> read(Dialect dialect, FakeConnection fake, List<SourceColumn> columns)
            throws SQLException {
        List<String> records = new ArrayList<>();
        RecordBytes record =
                new RecordBytes(columns.stream().map(SourceColumn::name).toList());
        try (Dialect.Rows rows = dialect.rows(fake.open(), ORDERS, columns, null)) {
            while (rows.next(record)) {
                records.add(new String(record.array(), 0, record.size(), StandardCharsets.UTF_8));
            }
        }
        return records;
    }

    @Test
    void whatTheDriverOfSqlServerIsToldItKnows() throws Exception {
        Driver driver = new com.microsoft.sqlserver.jdbc.SQLServerDriver();
        SqlServer dialect = new SqlServer();
        String url = dialect.url(LOGIN, Tls.Mode.REQUIRE);
        Properties properties = dialect.properties(LOGIN, Tls.Mode.REQUIRE, null);

        assertThat(driver.acceptsURL(url)).isTrue();
        Map<String, String> known = new java.util.HashMap<>();
        for (DriverPropertyInfo info : driver.getPropertyInfo(url, properties)) {
            known.put(info.name, info.value);
        }
        assertThat(known.keySet()).containsAll(properties.stringPropertyNames());
        assertThat(known)
                .containsEntry("encrypt", "True")
                .containsEntry("trustServerCertificate", "true")
                .containsEntry("databaseName", "shop")
                .containsEntry("loginTimeout", "7");
        assertThatThrownBy(() -> dialect.properties(LOGIN, Tls.Mode.VERIFY_CA, null))
                .hasMessageContaining("verify-full, require or disable");
    }

    @Test
    void theDriverOfOracleTakesTheAddressOnlyAsTheNameOfAService() throws Exception {
        Driver driver = new oracle.jdbc.OracleDriver();
        Oracle dialect = new Oracle();

        assertThat(dialect.url(LOGIN, Tls.Mode.VERIFY_FULL))
                .isEqualTo("jdbc:oracle:thin:@tcps://db.example.com:1433/shop");
        assertThat(driver.acceptsURL(dialect.url(LOGIN, Tls.Mode.DISABLE))).isTrue();
        Login other = new Login("db", "1521", "a)(b=c", "reader", null, Duration.ofSeconds(7));
        assertThatThrownBy(() -> dialect.url(other, Tls.Mode.DISABLE)).hasMessageContaining("the name of a service");
        assertThatThrownBy(() -> dialect.properties(LOGIN, Tls.Mode.REQUIRE, null))
                .hasMessageContaining("verify-full, verify-ca or disable");
    }

    private static String refused(ExtractorUnderTest extractor, Product product, String host, int port, ErrorCode code)
            throws Exception {
        DatabaseSource source = new DatabaseSource(
                product,
                host,
                String.valueOf(port),
                "shop",
                "reader",
                null,
                new Tls(Tls.Mode.DISABLE, null, null, null),
                Duration.ofSeconds(2));
        return extractor
                .extract(new Work.Extract(
                        source, new DatabaseRead("orders", null, List.of(), 1), List.of(), Work.Parts.TO_TRANSFORM))
                .failure(code);
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"SQLSERVER", "ORACLE"})
    void theRealDriversSayWhyThereIsNoConnection(Product product, @TempDir Path folder) throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        try (ExtractorUnderTest extractor = new ExtractorUnderTest(folder, Map.of());
                ServerSocket silent = new ServerSocket(0)) {
            assertThat(refused(extractor, product, "localhost", free, ErrorCode.SOURCE_UNAVAILABLE))
                    .startsWith("can't connect to localhost:" + free + "/shop: ");
            assertThat(refused(extractor, product, "localhost", silent.getLocalPort(), ErrorCode.SOURCE_UNAVAILABLE))
                    .startsWith("can't connect to localhost:");
        }
    }

    @Test
    void ofSqlServerEachTypeIsWrittenByTheServer() throws Exception {
        List<SourceColumn> columns = List.of(
                column("id", "int identity"),
                column("price", "money"),
                column("rate", "float"),
                column("at", "datetime2"),
                column("moment", "datetimeoffset"),
                column("paid", "bit"),
                column("version", "timestamp"),
                column("na]me", "nvarchar"));
        FakeConnection fake = new FakeConnection(Map.of(
                "FROM [sales].[orders]",
                List.of(
                        row(
                                7,
                                "1234.5000",
                                "1.0000000000000001e-001",
                                "2026-01-31T12:00:00.1234567",
                                "2026-01-31T12:00:00.1234567+05:30",
                                true,
                                new byte[] {0, 0, 0, 0, 0, 0, 7, (byte) 0xd1},
                                "a \ud83d\ude00 b"),
                        row(8, null, null, null, null, null, null, "\ud800"))));

        assertThat(read(new SqlServer(), fake, columns))
                .containsExactly(
                        "{\"id\":7,\"price\":1234.5000,\"rate\":1.0000000000000001e-001,"
                                + "\"at\":\"2026-01-31T12:00:00.1234567\",\"moment\":\"2026-01-31T12:00:00.1234567+05:30\","
                                + "\"paid\":true,\"version\":\"AAAAAAAAB9E=\",\"na]me\":\"a \ud83d\ude00 b\"}",
                        "{\"id\":8,\"price\":null,\"rate\":null,\"at\":null,\"moment\":null,\"paid\":null,\"version\":null,"
                                + "\"na]me\":\"\\ud800\"}");
        assertThat(fake.sent)
                .containsExactly("SELECT [id], CONVERT(varchar(60), [price], 126) AS [price],"
                        + " CONVERT(varchar(60), [rate], 3) AS [rate], CONVERT(varchar(40), [at], 126) AS [at],"
                        + " CONVERT(varchar(40), [moment], 126) AS [moment], [paid], [version], [na]]me]"
                        + " FROM [sales].[orders]");
        assertThatThrownBy(() -> read(new SqlServer(), fake, List.of(column("v", "sql_variant"))))
                .hasMessageContaining("column v is of type sql_variant");
    }

    @Test
    void sqlServerIsReadInASnapshotOrNotAtAllUnlessTheFileSaysSo() throws Exception {
        SqlServer dialect = new SqlServer();
        FakeConnection with = new FakeConnection(Map.of("sys.databases", List.of(row(1))));
        assertThat(dialect.begin(with.open(), ORDERS, null)).contains("one SNAPSHOT");
        assertThat(with.sent).contains("SET TRANSACTION ISOLATION LEVEL SNAPSHOT");
        assertThat(with.autoCommit).isFalse();

        FakeConnection without = new FakeConnection(Map.of("sys.databases", List.of(row(0))));
        Connection connection = without.open();
        assertThatThrownBy(() -> dialect.begin(connection, ORDERS, null))
                .hasMessageContaining("ALLOW_SNAPSHOT_ISOLATION ON, or consistency: none");
        assertThat(dialect.beginWithoutState(connection, ORDERS)).contains("READ COMMITTED, no one state");
        assertThatThrownBy(() -> dialect.ranges(connection, ORDERS, 4)).hasMessageContaining("parallel is 4");
    }

    @Test
    void ofOracleTimesAreWrittenByTheServerAndNumbersKeepAllDigits() throws Exception {
        List<SourceColumn> columns = List.of(
                new SourceColumn("ID", "NUMBER", false, 0, -127),
                column("RATIO", "BINARY_DOUBLE"),
                column("DAY", "DATE"),
                column("AT", "TIMESTAMP(6)"),
                column("MOMENT", "TIMESTAMP(6) WITH LOCAL TIME ZONE"),
                column("NOTE", "CLOB"),
                column("RAW", "RAW"));
        FakeConnection fake = new FakeConnection(Map.of(
                "FROM \"SALES\".\"ORDERS\"",
                List.of(
                        row(
                                "0.10",
                                0.1,
                                "2026-01-31 00:00:00",
                                "2026-01-31 12:00:00.123456000",
                                "2026-01-31 06:30:00.000000000Z",
                                "a",
                                new byte[] {1}),
                        row("1E+40", Double.NaN, null, null, null, null, null))));
        ReadRows rows = ReadRows.ofTable("SALES.ORDERS", new Oracle());
        List<String> records = new ArrayList<>();
        RecordBytes record =
                new RecordBytes(columns.stream().map(SourceColumn::name).toList());
        try (Dialect.Rows read = new Oracle().rows(fake.open(), rows, columns, "\"ID\" > 1")) {
            while (read.next(record)) {
                records.add(new String(record.array(), 0, record.size(), StandardCharsets.UTF_8));
            }
        }

        assertThat(records)
                .containsExactly(
                        "{\"ID\":0.10,\"RATIO\":0.1,\"DAY\":\"2026-01-31 00:00:00\",\"AT\":\"2026-01-31 12:00:00.123456000\","
                                + "\"MOMENT\":\"2026-01-31 06:30:00.000000000Z\",\"NOTE\":\"a\",\"RAW\":\"AQ==\"}",
                        "{\"ID\":1" + "0".repeat(40)
                                + ",\"RATIO\":\"NaN\",\"DAY\":null,\"AT\":null,\"MOMENT\":null,\"NOTE\":null,\"RAW\":null}");
        assertThat(fake.sent)
                .containsExactly(
                        "SELECT \"ID\", \"RATIO\", LTRIM(TO_CHAR(\"DAY\", 'SYYYY-MM-DD HH24:MI:SS')) AS \"DAY\","
                                + " LTRIM(TO_CHAR(\"AT\", 'SYYYY-MM-DD HH24:MI:SS.FF9')) AS \"AT\","
                                + " LTRIM(TO_CHAR(\"MOMENT\" AT TIME ZONE 'UTC', 'SYYYY-MM-DD HH24:MI:SS.FF9\"Z\"')) AS"
                                + " \"MOMENT\", \"NOTE\", \"RAW\" FROM \"SALES\".\"ORDERS\" WHERE \"ID\" > 1");
        assertThat(new Oracle().begin(new FakeConnection(Map.of()).open(), rows, null))
                .isEqualTo("1.2, one state, READ ONLY");
        assertThatThrownBy(() -> new Oracle().rows(fake.open(), rows, List.of(column("G", "MDSYS.SDO_GEOMETRY")), null))
                .hasMessageContaining("column G is of type MDSYS.SDO_GEOMETRY");
    }

    @Test
    void moreRowsAreFetchedAtOnceWhereTheyAreSmallAndFewerWhereTheyAreLarge() throws Exception {
        List<SourceColumn> columns = List.of(column("NOTE", "VARCHAR2"));
        for (int length : List.of(10, 1_000_000)) {
            FakeConnection fake = new FakeConnection(Map.of(
                    "FROM", new ArrayList<>(java.util.Collections.nCopies(200, row("x".repeat(length))))));
            assertThat(read(new Oracle(), fake, columns)).hasSize(200);
            assertThat(fake.fetchSizes).startsWith(64, length == 10 ? 4096 : 8);
        }
    }

    @Test
    void boundsOfACursorAreTextsThatTheServerReadsAgain() {
        SourceColumn day = column("at", "datetime");
        assertThat(new SqlServer().cursorValue(day, "2026-01-31T12:00:00.123"))
                .isEqualTo("CAST(CAST('2026-01-31T12:00:00.123' AS datetime2(3)) AS datetime)");
        assertThat(new SqlServer().earlier(column("at", "datetime2"), "x", Duration.ofMillis(3_600_500)))
                .isEqualTo("DATEADD(microsecond, -500000, DATEADD(second, -3600, x))");
        assertThat(new SqlServer().earlier(column("at", "date"), "x", Duration.ofHours(25)))
                .isEqualTo("DATEADD(day, -2, x)");
        assertThat(new Oracle().cursorValue(column("AT", "DATE"), "2026-01-31 12:00:00"))
                .isEqualTo("CAST(TO_TIMESTAMP('2026-01-31 12:00:00', 'SYYYY-MM-DD HH24:MI:SS.FF9') AS DATE)");
        assertThat(new Oracle().earlier(column("AT", "TIMESTAMP"), "x", Duration.ofMillis(1_500)))
                .isEqualTo("x - NUMTODSINTERVAL(1.500000000, 'SECOND')");
        assertThat(Arrays.asList(
                        new SqlServer().cursorKind(column("v", "varchar")),
                        new Oracle().cursorKind(column("V", "VARCHAR2"))))
                .containsOnlyNulls();
    }
}
