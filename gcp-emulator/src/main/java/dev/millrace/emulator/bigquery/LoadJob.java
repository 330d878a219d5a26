package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.storage.Buckets;
import dev.millrace.emulator.storage.StoredObject;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Loads Parquet objects of Cloud Storage into a table, all or nothing.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet">Loading Parquet data</a>
 */
final class LoadJob {
    /** See https://cloud.google.com/bigquery/quotas#load_jobs. */
    static final int MOST_URIS = 10_000;

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
        if (!configuration.path("sourceFormat").asText().equals("PARQUET")) {
            throw Errors.invalid("The emulator loads PARQUET only, not "
                    + configuration.path("sourceFormat").asText("CSV"));
        }
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

    void run() throws SQLException, InterruptedException {
        ObjectNode configuration = (ObjectNode) job.configuration().path("load");
        TableName destination = Catalog.reference((ObjectNode) configuration.path("destinationTable"));
        List<StoredObject> objects = new ArrayList<>();
        for (JsonNode uri : configuration.path("sourceUris")) {
            objects.addAll(objects(uri.asText()));
        }
        List<Field> schema = schema(configuration, destination, objects);
        boolean lists =
                configuration.path("parquetOptions").path("enableListInference").asBoolean();
        checkFiles(objects, schema, lists);
        job.checkStopped();
        faults.beforeCommit(job.id());
        job.checkStopped();
        long rows = tables.write(
                session,
                destination,
                schema,
                rows(objects, schema),
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

    private List<Field> schema(ObjectNode configuration, TableName destination, List<StoredObject> objects)
            throws SQLException {
        if (configuration.path("schema").path("fields").isArray()) {
            return Field.list(configuration.path("schema").path("fields"));
        }
        if (tables.exists(destination)
                && !configuration.path("writeDisposition").asText().equals("WRITE_TRUNCATE")) {
            return Catalog.fields(tables.get(destination));
        }
        return file(objects.getFirst());
    }

    private List<Field> file(StoredObject object) throws SQLException {
        try {
            return session.describe("SELECT * FROM read_parquet([" + path(object) + "])");
        } catch (SQLException e) {
            throw Errors.invalid(
                    "Error while reading data, error message: Input file is not in Parquet format: " + object.name());
        }
    }

    private static String path(StoredObject object) {
        return "'" + object.data().toString().replace("'", "''") + "'";
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet#parquet_conversions">Conversions</a> */
    private void checkFiles(List<StoredObject> objects, List<Field> schema, boolean lists) throws SQLException {
        for (StoredObject object : objects) {
            Map<String, Field> columns = new HashMap<>();
            for (Field column : file(object)) {
                columns.put(column.name().toLowerCase(Locale.ROOT), column);
            }
            for (Field field : schema) {
                Field column = columns.remove(field.name().toLowerCase(Locale.ROOT));
                if (column != null && (!fits(field, column) || (column.isRepeated() && !lists))) {
                    throw mismatch(
                            object,
                            "Parquet column '" + column.name() + "' has type " + column.type() + " ("
                                    + column.mode() + ") which does not match the target type " + field.type() + " ("
                                    + field.mode() + ")");
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
    }

    private static ApiException mismatch(StoredObject object, String problem) {
        return Errors.invalid("Error while reading data, error message: " + problem + " File: gs://"
                + object.resource().path("bucket").asText() + "/" + object.name());
    }

    /** A file's fields are found by their names. */
    private static boolean fits(Field field, Field column) {
        if (field.isRepeated() != column.isRepeated()) {
            return false;
        }
        if (!field.type().equals("RECORD") || !column.type().equals("RECORD")) {
            return field.type().equals(column.type())
                    || (field.type().equals("BIGNUMERIC") && column.type().equals("NUMERIC"));
        }
        return field.fields().size() == column.fields().size()
                && field.fields().stream()
                        .allMatch(child -> column.fields().stream()
                                .anyMatch(found -> found.name().equalsIgnoreCase(child.name()) && fits(child, found)));
    }

    /** Tables have no order: to show it, the last file is read first. */
    private String rows(List<StoredObject> objects, List<Field> schema) {
        String files = objects.reversed().stream().map(LoadJob::path).collect(Collectors.joining(", "));
        String columns = schema.stream()
                .map(field -> {
                    String name = TableName.quote(field.name());
                    String value = field.type().equals("BIGNUMERIC") && !field.isRepeated()
                            ? "CAST(gsql_bignumeric(typeof(" + name + "), CAST(" + name + " AS VARCHAR)) AS BIGNUM)"
                            : "CAST(" + name + " AS " + field.engineType() + ")";
                    return (field.isRepeated() ? "coalesce(" + value + ", [])" : value) + " AS " + name;
                })
                .collect(Collectors.joining(", "));
        return "SELECT " + columns + " FROM read_parquet([" + files + "], union_by_name = true)";
    }
}
