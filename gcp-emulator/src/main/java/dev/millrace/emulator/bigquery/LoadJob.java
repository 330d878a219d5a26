package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.storage.Buckets;
import dev.millrace.emulator.storage.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Loads objects of Cloud Storage into a table, all or nothing.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationload">JobConfigurationLoad</a>
 */
final class LoadJob {
    /** See https://cloud.google.com/bigquery/quotas#load_jobs. */
    static final int MOST_URIS = 10_000;

    private static final Set<String> KEYS = Set.of(
            "sourceUris",
            "sourceFormat",
            "schema",
            "destinationTable",
            "createDisposition",
            "writeDisposition",
            "parquetOptions",
            "useAvroLogicalTypes",
            "decimalTargetTypes",
            "timePartitioning",
            "clustering");

    private static final Pattern URI = Pattern.compile("gs://([^/]+)/(.+)");

    private final Buckets buckets;
    private final Tables tables;
    private final JobFaults faults;
    private final Job job;
    private final Engine.Session session;

    LoadJob(Buckets buckets, Tables tables, JobFaults faults, Job job, Engine.Session session) {
        this.buckets = buckets;
        this.tables = tables;
        this.faults = faults;
        this.job = job;
        this.session = session;
    }

    /** What is checked before a job is made. */
    static void check(JsonNode configuration) {
        configuration.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                throw Errors.invalid("The emulator does not know " + key + " of a load job");
            }
        });
        String format = configuration.path("sourceFormat").asText("CSV");
        if (!Set.of("AVRO", "PARQUET").contains(format)) {
            throw Errors.invalid("The emulator loads AVRO and PARQUET only, not " + format);
        }
        checkDecimals(configuration.path("decimalTargetTypes"));
        JsonNode uris = configuration.path("sourceUris");
        if (uris.isEmpty() || uris.size() > MOST_URIS) {
            throw Errors.invalid("Too many or no source URIs: " + uris.size() + ", the limit is " + MOST_URIS);
        }
        for (JsonNode uri : uris) {
            Matcher matcher = URI.matcher(uri.asText());
            if (!matcher.matches()
                    || matcher.group(2).chars().filter(c -> c == '*').count() > 1) {
                throw Errors.invalid("Source URI must be a Google Cloud Storage location with at most one wildcard: "
                        + uri.asText());
            }
        }
    }

    /** Of several types the first of NUMERIC, BIGNUMERIC, STRING is picked that has room for precision and scale. */
    private static void checkDecimals(JsonNode types) {
        boolean numeric = types.isEmpty();
        for (JsonNode type : types) {
            numeric |= type.asText().equals("NUMERIC");
        }
        if (!numeric) {
            throw Errors.invalid("The emulator loads decimals as NUMERIC only, not as decimalTargetTypes " + types);
        }
    }

    void run() throws SQLException, InterruptedException {
        ObjectNode configuration = (ObjectNode) job.configuration().path("load");
        try (SourceFiles files = configuration.path("sourceFormat").asText().equals("AVRO")
                ? new AvroFiles(configuration.path("useAvroLogicalTypes").asBoolean())
                : new ParquetFiles(session)) {
            run(configuration, files);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run(ObjectNode configuration, SourceFiles files)
            throws SQLException, IOException, InterruptedException {
        TableName destination = Catalog.reference((ObjectNode) configuration.path("destinationTable"));
        List<StoredObject> objects = new ArrayList<>();
        for (JsonNode uri : configuration.path("sourceUris")) {
            objects.addAll(objects(uri.asText()));
        }
        List<Field> schema = schema(configuration, destination, objects, files);
        boolean lists = configuration.path("sourceFormat").asText().equals("AVRO")
                || configuration
                        .path("parquetOptions")
                        .path("enableListInference")
                        .asBoolean();
        for (StoredObject object : objects) {
            check(object, files.columns(object), schema, lists);
        }
        // tables have no order: to show it, the last file is read first
        String read = files.rows(objects.reversed(), schema);
        job.checkStopped();
        faults.beforeCommit(job.id());
        job.checkStopped();
        long rows = tables.write(
                session,
                destination,
                schema,
                read,
                configuration.path("writeDisposition").asText("WRITE_APPEND"),
                configuration.path("createDisposition").asText("CREATE_IF_NEEDED"),
                configuration,
                job.location());
        job.statistics("load")
                .put("inputFiles", Long.toString(objects.size()))
                .put(
                        "inputFileBytes",
                        Long.toString(
                                objects.stream().mapToLong(StoredObject::size).sum()))
                .put("outputRows", Long.toString(rows))
                .put("outputBytes", Long.toString(Tables.bytes(rows, schema)))
                .put("badRecords", "0");
    }

    private List<StoredObject> objects(String uri) {
        Matcher matcher = URI.matcher(uri);
        if (!matcher.matches()) {
            throw Errors.invalid("Source URI must be a Google Cloud Storage location: " + uri);
        }
        String bucket = matcher.group(1);
        String name = matcher.group(2);
        if (!buckets.exists(bucket)) {
            throw Errors.notFound("URI " + uri);
        }
        int star = name.indexOf('*');
        List<StoredObject> found = star < 0
                ? buckets.find(bucket, name).stream().toList()
                : buckets.list(bucket, name.substring(0, star)).stream()
                        .filter(object -> object.name().endsWith(name.substring(star + 1)))
                        .toList();
        if (found.isEmpty()) {
            throw Errors.notFound("URI " + uri);
        }
        return found;
    }

    private List<Field> schema(
            ObjectNode configuration, TableName destination, List<StoredObject> objects, SourceFiles files)
            throws SQLException {
        if (configuration.path("schema").path("fields").isArray()) {
            return Field.list(configuration.path("schema").path("fields"));
        }
        if (tables.exists(destination)
                && !configuration.path("writeDisposition").asText().equals("WRITE_TRUNCATE")) {
            return Catalog.fields(tables.get(destination));
        }
        // of the file that is the last in the alphabet:
        // https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_schemas
        return files.columns(Collections.max(objects, Comparator.comparing(StoredObject::name))).stream()
                .map(LoadJob::adjusted)
                .toList();
    }

    private static Field adjusted(Field field) {
        return Field.of(
                field.name(),
                field.type().equals("DATETIME") ? "TIMESTAMP" : field.type(),
                field.mode(),
                field.fields().stream().map(LoadJob::adjusted).toList());
    }

    private static void check(StoredObject object, List<Field> file, List<Field> schema, boolean lists) {
        Map<String, Field> columns = new HashMap<>();
        for (Field column : file) {
            columns.put(column.name().toLowerCase(Locale.ROOT), column);
        }
        for (Field field : schema) {
            Field column = columns.remove(field.name().toLowerCase(Locale.ROOT));
            if (column != null && (!fits(field, column, false) || (column.isRepeated() && !lists))) {
                throw mismatch(
                        object,
                        "Column '" + column.name() + "' has type " + column.type() + " (" + column.mode()
                                + ") which does not match the target type " + field.type() + " (" + field.mode()
                                + ")");
            }
            if (column == null && field.isRequired()) {
                throw mismatch(object, "Required column '" + field.name() + "' is missing");
            }
        }
        if (!columns.isEmpty()) {
            throw mismatch(
                    object,
                    "No such field: " + columns.values().iterator().next().name());
        }
    }

    private static ApiException mismatch(StoredObject object, String problem) {
        return Errors.invalid("Error while reading data, error message: " + problem + " File: gs://"
                + object.resource().path("bucket").asText() + "/" + object.name());
    }

    /**
     * A file's fields are found by their names.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet#parquet_conversions">Parquet
     *     conversions</a>
     * @see <a href="https://cloud.google.com/bigquery/docs/exporting-data#parquet_export_details">What is exported of a
     *     DATETIME becomes one where the schema says so, and otherwise a TIMESTAMP</a>
     */
    private static boolean fits(Field field, Field column, boolean nested) {
        if (field.isRepeated() != column.isRepeated()) {
            return false;
        }
        if (!field.type().equals("RECORD") || !column.type().equals("RECORD")) {
            return field.type().equals(column.type())
                    || switch (column.type()) {
                        case "DATETIME" -> field.type().equals("TIMESTAMP");
                        case "NUMERIC" -> field.type().equals("BIGNUMERIC") && !nested && !field.isRepeated();
                        default -> false;
                    };
        }
        return field.fields().size() == column.fields().size()
                && field.fields().stream()
                        .allMatch(child -> column.fields().stream()
                                .anyMatch(found ->
                                        found.name().equalsIgnoreCase(child.name()) && fits(child, found, true)));
    }
}
