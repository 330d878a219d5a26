package dev.millrace.emulator.bigquery;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.bigquery.ExtractJobConfiguration;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FormatOptions;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.JobStatus;
import com.google.cloud.bigquery.LoadJobConfiguration;
import com.google.cloud.bigquery.ParquetOptions;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.TableId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What extract jobs write, and load jobs read of it. */
@Timeout(120)
class ExtractTest {
    private static final Field NUMBER = Field.of("n", StandardSQLTypeName.NUMERIC);
    private static final Schema EVERYTHING = Schema.of(
            Field.newBuilder("id", StandardSQLTypeName.INT64)
                    .setMode(Field.Mode.REQUIRED)
                    .build(),
            Field.of("f", StandardSQLTypeName.FLOAT64),
            Field.of("b", StandardSQLTypeName.BOOL),
            Field.of("s", StandardSQLTypeName.STRING),
            Field.of("x", StandardSQLTypeName.BYTES),
            Field.of("d", StandardSQLTypeName.DATE),
            Field.of("ts", StandardSQLTypeName.TIMESTAMP),
            NUMBER,
            Field.of("r", StandardSQLTypeName.STRUCT, NUMBER, Field.of("At", StandardSQLTypeName.TIMESTAMP)),
            Field.newBuilder("l", StandardSQLTypeName.STRUCT, NUMBER, Field.of("x", StandardSQLTypeName.BYTES))
                    .setMode(Field.Mode.REPEATED)
                    .build());
    private static final String SELECT = "SELECT * FROM (VALUES (1::BIGINT, 0.1::DOUBLE, true, 'ç \"''\\' || chr(10),"
            + " '\\x00\\xFFz'::BLOB, DATE '9999-12-31', TIMESTAMPTZ '9999-12-31 23:59:59.999999+00',"
            + " 99999999999999999999999999999.999999999::DECIMAL(38,9),"
            + " {'n': -0.000000001::DECIMAL(38,9), 'At': TIMESTAMPTZ '0001-01-01 00:00:00+00'},"
            + " [{'n': 1::DECIMAL(38,9), 'x': ''::BLOB}, {'n': NULL, 'x': NULL}]),"
            + " (2, 'nan', NULL, '', NULL, DATE '0001-01-01', NULL, NULL, NULL, []),"
            + " (3, '-Infinity', false, NULL, ''::BLOB, NULL, TIMESTAMPTZ '1969-12-31 23:59:59.999999+00', 0,"
            + " {'n': NULL, 'At': NULL}, [])) AS t(id, f, b, s, x, d, ts, n, r, l)";

    @TempDir
    static Path folder;

    @TempDir
    static Path scratch;

    private static @Nullable BigQueryUnderTest started;

    private final BigQueryUnderTest bigQuery = requireNonNull(started);

    @BeforeAll
    static void start() throws Exception {
        started = new BigQueryUnderTest(folder).withDataset();
    }

    @AfterAll
    static void stop() {
        requireNonNull(started).close();
    }

    @BeforeEach
    void empty() {
        bigQuery.emptyDataset();
    }

    private JobStatus load(String table, FormatOptions format, @Nullable Schema schema, String uri)
            throws InterruptedException {
        LoadJobConfiguration.Builder load =
                LoadJobConfiguration.newBuilder(TableId.of("test", "school", table), List.of(uri), format);
        if (schema != null) {
            load.setSchema(schema);
        }
        if (format.getType().equals("AVRO")) {
            load.setUseAvroLogicalTypes(true);
        }
        return bigQuery.run(UUID.randomUUID().toString(), load.build());
    }

    private static FormatOptions parquet() {
        return ParquetOptions.newBuilder().setEnableListInference(true).build();
    }

    private void fill(Schema schema, String select) throws Exception {
        bigQuery.create("t", schema);
        String uri = bigQuery.parquet(scratch, "source/" + UUID.randomUUID(), select);
        assertThat(load("t", parquet(), schema, uri).getError()).isNull();
    }

    private static ExtractJobConfiguration.Builder extract(String format, String uri) {
        return ExtractJobConfiguration.newBuilder(TableId.of("test", "school", "t"), uri)
                .setFormat(format);
    }

    private JobStatistics.ExtractStatistics extracted(ExtractJobConfiguration extract) throws InterruptedException {
        String id = UUID.randomUUID().toString();
        assertThat(bigQuery.run(id, extract).getError()).isNull();
        return bigQuery.client
                .getJob(JobId.newBuilder().setJob(id).setLocation("EU").build())
                .getStatistics();
    }

    private List<String> rows(String table) {
        return Arrays.asList(bigQuery.client
                .listTableData(TableId.of("school", table), EVERYTHING)
                .streamAll()
                .map(Object::toString)
                .sorted()
                .toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({"AVRO, DEFLATE", "AVRO, NONE", "PARQUET, SNAPPY", "PARQUET, ZSTD"})
    void whatIsWrittenIsReadAsItWas(String format, String compression) throws Exception {
        fill(EVERYTHING, SELECT);
        String to = "gs://parts/" + format + compression + "/part-";
        JobStatistics.ExtractStatistics statistics = extracted(extract(format, to + "*.file")
                .setCompression(compression)
                .setUseAvroLogicalTypes(true)
                .build());

        assertThat(statistics.getDestinationUriFileCounts()).containsExactly(2L);
        assertThat(bigQuery.emulator.buckets().list("parts", format + compression + "/"))
                .extracting(object -> object.name())
                .containsExactly(
                        format + compression + "/part-000000000000.file",
                        format + compression + "/part-000000000001.file");
        FormatOptions options = format.equals("AVRO") ? FormatOptions.avro() : parquet();
        assertThat(load("again", options, EVERYTHING, to + "*").getError()).isNull();
        assertThat(rows("again")).isEqualTo(rows("t"));

        assertThat(load("inferred", options, null, to + "*").getError()).isNull();
        assertThat(rows("inferred")).isEqualTo(rows("t"));
    }

    @Test
    void columnsOfAvroAreWhatGoogleSaysTheyAre() throws Exception {
        fill(EVERYTHING, SELECT);
        extracted(extract("AVRO", "gs://parts/one.avro")
                .setUseAvroLogicalTypes(true)
                .build());
        String number = "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":38,\"scale\":9}";
        assertThat(schema("one.avro"))
                .contains("{\"name\":\"id\",\"type\":\"long\"}")
                .contains("{\"name\":\"f\",\"type\":[\"null\",\"double\"]}")
                .contains("{\"name\":\"d\",\"type\":[\"null\",{\"type\":\"int\",\"logicalType\":\"date\"}]}")
                .contains(
                        "{\"name\":\"ts\",\"type\":[\"null\",{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}]}")
                .contains("{\"name\":\"n\",\"type\":[\"null\"," + number + "]}")
                .contains("{\"name\":\"l\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\"");

        extracted(extract("AVRO", "gs://parts/texts.avro").build());
        assertThat(schema("texts.avro"))
                .contains("{\"name\":\"d\",\"type\":[\"null\",\"string\"]}")
                .contains("\"timestamp-micros\"");
        extracted(extract("PARQUET", "gs://parts/one.parquet").build());
        assertThat(isAdjustedToUtc("one.parquet")).isFalse();
    }

    private Path file(String name) {
        return bigQuery.emulator.buckets().find("parts", name).orElseThrow().data();
    }

    private String schema(String name) throws IOException {
        try (DataFileReader<GenericRecord> file =
                new DataFileReader<>(file(name).toFile(), new GenericDatumReader<>())) {
            return file.getSchema().toString();
        }
    }

    private boolean isAdjustedToUtc(String name) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet type = statement.executeQuery(
                        "SELECT logical_type FROM parquet_schema('" + file(name) + "') WHERE name = 'ts'")) {
            type.next();
            return !type.getString(1).contains("isAdjustedToUTC=0");
        }
    }

    @Test
    void aTableWithoutRowsIsOneFile() throws Exception {
        bigQuery.create("t", EVERYTHING);
        assertThat(extracted(extract("AVRO", "gs://parts/none-*").build()).getDestinationUriFileCounts())
                .containsExactly(1L);
        assertThat(load("again", FormatOptions.avro(), EVERYTHING, "gs://parts/none-*")
                        .getError()
                        .getMessage())
                .contains("'d' has type STRING");
    }

    @Test
    void aFileThatEndsEarlyLoadsNothing() throws Exception {
        fill(EVERYTHING, SELECT);
        extracted(
                extract("AVRO", "gs://parts/whole").setUseAvroLogicalTypes(true).build());
        byte[] whole = Files.readAllBytes(file("whole"));
        bigQuery.emulator.buckets().overwrite("parts", "half", Arrays.copyOf(whole, whole.length - 40));

        assertThat(load("again", FormatOptions.avro(), EVERYTHING, "gs://parts/half")
                        .getError()
                        .getMessage())
                .startsWith("Error while reading data");
        assertThat(bigQuery.client.getTable(TableId.of("school", "again"))).isNull();
    }

    @Test
    void whatIsNotKnownIsRefusedByName() throws Exception {
        refused(extract("CSV", "gs://parts/a"), "AVRO and PARQUET only, not CSV");
        refused(extract("AVRO", "gs://parts/a").setCompression("SNAPPY"), "the compression SNAPPY of AVRO");
        refused(extract("AVRO", "gs://parts/*/a"), "at most one wildcard in the last part");
        refused(extract("AVRO", "gs://parts/a").setPrintHeader(true), "does not know printHeader");
        refused(
                ExtractJobConfiguration.newBuilder(
                                TableId.of("test", "school", "t"), List.of("gs://parts/a-*", "gs://parts/b-*"))
                        .setFormat("AVRO"),
                "one URI only");
        bigQuery.create("t", Schema.of(Field.of("j", StandardSQLTypeName.JSON)));
        assertThat(bigQuery.run(
                                UUID.randomUUID().toString(),
                                extract("AVRO", "gs://parts/a").build())
                        .getError()
                        .getMessage())
                .contains("does not export JSON, such as field j");

        LoadJobConfiguration.Builder load =
                LoadJobConfiguration.newBuilder(TableId.of("school", "t"), "gs://parts/a", FormatOptions.avro());
        assertThatThrownBy(() -> bigQuery.client.create(
                        JobInfo.of(load.setMaxBadRecords(1).build())))
                .hasMessageContaining("does not know maxBadRecords");
        assertThatThrownBy(() -> bigQuery.client.create(JobInfo.of(load.setMaxBadRecords(null)
                        .setDecimalTargetTypes(List.of("STRING"))
                        .build())))
                .hasMessageContaining("decimals as NUMERIC only");
    }

    private void refused(ExtractJobConfiguration.Builder extract, String why) {
        assertThatThrownBy(() -> bigQuery.client.create(JobInfo.of(extract.build())))
                .hasMessageContaining(why);
    }
}
