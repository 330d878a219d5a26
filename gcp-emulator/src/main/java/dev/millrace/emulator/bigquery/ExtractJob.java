package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.storage.Buckets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/**
 * Writes a table, as it is at one moment, into files of Cloud Storage. How many these are is BigQuery's choice, where a
 * name has a place for their numbers; here two, where there are two rows, so that nobody counts on one.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/exporting-data">Export table data to Cloud Storage</a>
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationextract">JobConfigurationExtract</a>
 */
final class ExtractJob {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Set<String> KEYS = Set.of(
            "sourceTable",
            "destinationUri",
            "destinationUris",
            "destinationFormat",
            "compression",
            "useAvroLogicalTypes");

    /** Of formats and compressions that BigQuery has, those that are known here. */
    private static final Map<String, Set<String>> COMPRESSIONS = Map.of(
            "AVRO", Set.of("NONE", "DEFLATE"),
            "PARQUET", Set.of("NONE", "SNAPPY", "GZIP", "ZSTD"));

    /** One wildcard may be anywhere in the last part of the name. */
    private static final Pattern URI = Pattern.compile("gs://([^/*]+)/((?:[^*]*/)?[^*/]*)(\\*?)([^*/]*)");

    private static final Pattern AVRO_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Set<String> TYPES =
            Set.of("INTEGER", "FLOAT", "NUMERIC", "BOOLEAN", "STRING", "BYTES", "DATE", "TIMESTAMP", "RECORD");

    private final Buckets buckets;
    private final Tables tables;
    private final JobFaults faults;
    private final Job job;
    private final Engine.Session session;
    private final JsonNode configuration;

    ExtractJob(Buckets buckets, Tables tables, JobFaults faults, Job job, Engine.Session session) {
        this.buckets = buckets;
        this.tables = tables;
        this.faults = faults;
        this.job = job;
        this.session = session;
        this.configuration = job.configuration().path("extract");
    }

    /** What is checked before a job is made. */
    static void check(JsonNode configuration) {
        configuration.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                throw Errors.invalid("The emulator does not know " + key + " of an extract job");
            }
        });
        Set<String> compressions = COMPRESSIONS.get(format(configuration));
        if (compressions == null) {
            throw Errors.invalid("The emulator exports AVRO and PARQUET only, not " + format(configuration));
        }
        if (!compressions.contains(compression(configuration))) {
            throw Errors.invalid("The emulator does not know the compression " + compression(configuration) + " of "
                    + format(configuration) + " (expected: one of " + compressions + ")");
        }
        uri(configuration);
    }

    private static String format(JsonNode configuration) {
        return configuration.path("destinationFormat").asText("CSV");
    }

    private static String compression(JsonNode configuration) {
        return configuration.path("compression").asText("NONE");
    }

    private static Matcher uri(JsonNode configuration) {
        JsonNode several = configuration.path("destinationUris");
        if (several.size() > 1) {
            throw Errors.invalid("The emulator exports to one URI only");
        }
        String uri = several.path(0).asText(configuration.path("destinationUri").asText());
        Matcher matcher = URI.matcher(uri);
        if (!matcher.matches() || uri.endsWith("/")) {
            throw Errors.invalid(
                    "Destination URI must be a Google Cloud Storage location, with at most one wildcard in the last part"
                            + " of its name: " + uri);
        }
        return matcher;
    }

    void run() throws SQLException, InterruptedException {
        TableName source = Catalog.reference((ObjectNode) configuration.path("sourceTable"));
        tables.require(source, job.location());
        List<Field> fields = Catalog.fields(tables.get(source));
        check(fields);
        Matcher uri = uri(configuration);
        if (!buckets.exists(uri.group(1))) {
            throw Errors.notFound("URI " + uri.group());
        }
        faults.beforeCommit(job.id());
        job.checkStopped();
        session.beginWithSnapshot();
        try {
            long rows = session.number("SELECT count(*) FROM " + source.quoted());
            long files = uri.group(3).isEmpty() ? 1 : Math.clamp(rows, 1, 2);
            long each = Math.ceilDiv(rows, files);
            for (long file = 0; file < files; file++) {
                String name = uri.group(2)
                        + (uri.group(3).isEmpty() ? "" : String.format(Locale.ROOT, "%012d", file))
                        + uri.group(4);
                write(
                        uri.group(1),
                        name,
                        fields,
                        "FROM " + source.quoted() + " LIMIT " + each + " OFFSET " + file * each);
            }
            job.statistics("extract")
                    .put("inputBytes", Long.toString(Tables.bytes(rows, fields)))
                    .putArray("destinationUriFileCounts")
                    .add(Long.toString(files));
        } finally {
            session.rollback();
        }
    }

    private void check(List<Field> fields) {
        for (Field field : fields) {
            if (!TYPES.contains(field.type())) {
                throw Errors.invalid(
                        "The emulator does not export " + field.type() + ", such as field " + field.name());
            }
            if (format(configuration).equals("AVRO")
                    && !AVRO_NAME.matcher(field.name()).matches()) {
                throw Errors.invalid(
                        "The emulator does not export field " + field.name() + ", whose name Avro doesn't allow");
            }
            check(field.fields());
        }
    }

    private void write(String bucket, String name, List<Field> fields, String rows) throws SQLException {
        try {
            Path file = buckets.scratch(bucket);
            if (format(configuration).equals("AVRO")) {
                avro(file, fields, rows);
            } else {
                parquet(file, fields, rows);
            }
            buckets.write(bucket, name, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void avro(Path path, List<Field> fields, String rows) throws SQLException, IOException {
        AvroRows records =
                new AvroRows(fields, configuration.path("useAvroLogicalTypes").asBoolean());
        try (DataFileWriter<GenericRecord> file = new DataFileWriter<>(new GenericDatumWriter<>(records.schema()))) {
            if (compression(configuration).equals("DEFLATE")) {
                file.setCodec(CodecFactory.deflateCodec(CodecFactory.DEFAULT_DEFLATE_LEVEL));
            }
            file.create(records.schema(), path.toFile());
            session.rows(Cells.query(rows, fields), row -> {
                try {
                    file.append(records.of(JSON.readTree(row.getString(1))));
                    return true;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    /** See https://cloud.google.com/bigquery/docs/exporting-data#parquet_export_details: TIMESTAMP isn't adjusted to UTC. */
    private void parquet(Path path, List<Field> fields, String rows) throws SQLException {
        String values = fields.stream()
                .map(field -> {
                    String name = TableName.quote(field.name());
                    return unadjusted(field).coerced(name, field, 0) + " AS " + name;
                })
                .collect(Collectors.joining(", "));
        String compression = compression(configuration);
        session.execute("COPY (SELECT " + values + " " + rows + ") TO '"
                + path.toString().replace("'", "''") + "' (FORMAT parquet, COMPRESSION "
                + (compression.equals("NONE") ? "UNCOMPRESSED" : compression) + ")");
    }

    private static Field unadjusted(Field field) {
        return Field.of(
                field.name(),
                field.type().equals("TIMESTAMP") ? "DATETIME" : field.type(),
                field.mode(),
                field.fields().stream().map(ExtractJob::unadjusted).toList());
    }
}
