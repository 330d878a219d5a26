package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.QueryErrors;
import dev.millrace.emulator.bigquery.googlesql.Statement;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tables: what is known of them and their rows.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/tables">Tables</a>
 */
final class Tables {
    /** See https://cloud.google.com/bigquery/docs/tables#table_naming. */
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{M}\\p{N}\\p{Pc}\\p{Pd}\\p{Zs}]{1,1024}");

    /** See https://cloud.google.com/bigquery/docs/cached-results#cached_result_data_retention. */
    private static final Duration RESULT_LIFETIME = Duration.ofHours(24);

    /** Rows that were streamed can't be changed for so long: https://cloud.google.com/bigquery/docs/data-manipulation-language#limitations */
    private static final Duration STREAMED_FOR = Duration.ofMinutes(30);

    private final Engine engine;
    private final Catalog catalog;
    private final History history;
    private final Clock clock;

    Tables(Engine engine, Catalog catalog, History history, Clock clock) {
        this.engine = engine;
        this.catalog = catalog;
        this.history = history;
        this.clock = clock;
    }

    boolean exists(TableName name) throws SQLException {
        return catalog.find(name).isPresent();
    }

    ObjectNode get(TableName name) throws SQLException {
        return catalog.table(name);
    }

    History history() {
        return history;
    }

    void delete(TableName name) throws SQLException {
        catalog.table(name);
        catalog.removeTable(name);
        history.forget(name);
    }

    /** @throws ApiException when it isn't there, or in another location */
    void require(TableName name, String location) throws SQLException {
        catalog.dataset(name.project(), name.dataset(), location);
        if (!exists(name)) {
            throw Errors.notFound("Table " + name + " was not found in location " + location);
        }
    }

    /** With what isn't stored: its size. */
    ObjectNode describe(TableName name) throws SQLException {
        return described(get(name), rows(name));
    }

    private static ObjectNode described(ObjectNode table, long rows) {
        return table.deepCopy()
                .put("numRows", Long.toString(rows))
                .put("numBytes", Long.toString(bytes(rows, Catalog.fields(table))));
    }

    private long rows(TableName name) throws SQLException {
        if (Catalog.fields(get(name)).isEmpty()) {
            return 0;
        }
        try (Engine.Session session = engine.lend()) {
            return session.number("SELECT count(*) FROM " + name.quoted());
        }
    }

    /** Of all rows of a table. */
    long bytes(TableName name) throws SQLException {
        return bytes(rows(name), Catalog.fields(get(name)));
    }

    /** An estimate: each value takes 8 bytes. */
    static long bytes(long rows, List<Field> fields) {
        return 8 * rows * fields.size();
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/insert">tables.insert</a> */
    synchronized ObjectNode insert(String project, String dataset, ObjectNode given) throws SQLException {
        ObjectNode holder = catalog.dataset(project, dataset);
        ObjectNode reference = (ObjectNode) given.path("tableReference");
        TableName name =
                new TableName(project, dataset, reference.path("tableId").asText());
        if (!NAME.matcher(name.table()).matches()) {
            throw Errors.invalid("Invalid table ID \"" + name.table() + "\".");
        }
        if (given.has("view") || given.has("externalDataConfiguration")) {
            throw Errors.invalid("The emulator has no views and no external tables");
        }
        if (exists(name)) {
            throw Errors.duplicate("Table " + name);
        }
        ObjectNode table = given.deepCopy();
        table.putObject("tableReference")
                .put("projectId", project)
                .put("datasetId", dataset)
                .put("tableId", name.table());
        Labels.check(table.path("labels"));
        List<Field> fields = Field.list(given.path("schema").path("fields"));
        checkPartitioning(table, fields);
        table.putObject("schema").set("fields", Field.array(fields));
        table.put("kind", "bigquery#table")
                .put("id", name.toString())
                .put("type", "TABLE")
                .put("location", holder.path("location").asText())
                .put("creationTime", Long.toString(clock.millis()));
        if (!table.has("expirationTime") && holder.hasNonNull("defaultTableExpirationMs")) {
            long expires =
                    clock.millis() + holder.path("defaultTableExpirationMs").asLong();
            table.put("expirationTime", Long.toString(expires));
        }
        createEngineTable(name, fields);
        catalog.store(name, table);
        return described(table, 0);
    }

    /**
     * Adds rows of single values to a table.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll">tabledata.insertAll</a>
     */
    synchronized ObjectNode stream(TableName name, ObjectNode given) throws SQLException {
        ObjectNode table = get(name).deepCopy();
        history.forget(name);
        try (Engine.Session session = engine.lend()) {
            for (JsonNode row : given.path("rows")) {
                List<String> columns = new ArrayList<>();
                List<String> values = new ArrayList<>();
                for (Field field : Catalog.fields(table)) {
                    JsonNode value = row.path("json").path(field.name());
                    if (!value.isValueNode() || field.isRepeated()) {
                        continue;
                    }
                    columns.add(TableName.quote(field.name()));
                    values.add(
                            value.isNull()
                                    ? "NULL"
                                    : "CAST('" + value.asText().replace("'", "''") + "' AS " + field.engineType()
                                            + ")");
                }
                session.execute("INSERT INTO " + name.quoted() + " (" + String.join(", ", columns) + ") VALUES ("
                        + String.join(", ", values) + ")");
            }
        }
        table.putObject("streamingBuffer")
                .put("estimatedRows", Integer.toString(given.path("rows").size()))
                .put("oldestEntryTime", Long.toString(clock.millis()));
        catalog.store(name, table);
        return JsonNodeFactory.instance.objectNode().put("kind", "bigquery#tableDataInsertAllResponse");
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/data-manipulation-language#limitations">DML's limitations</a> */
    void checkNoStreamingBuffer(TableName name, String statement) throws SQLException {
        JsonNode buffer = get(name).path("streamingBuffer");
        if (buffer.isObject() && buffer.path("oldestEntryTime").asLong() + STREAMED_FOR.toMillis() > clock.millis()) {
            throw QueryErrors.invalidQuery(statement + " statement over table " + name
                    + " would affect rows in the streaming buffer, which is not supported");
        }
    }

    private void createEngineTable(TableName name, List<Field> fields) throws SQLException {
        if (!fields.isEmpty()) {
            try (Engine.Session session = engine.lend()) {
                session.execute(definition(name, fields));
            }
        }
    }

    private static String definition(TableName name, List<Field> fields) {
        return "CREATE TABLE " + name.quoted() + " ("
                + fields.stream().map(Field::definition).collect(Collectors.joining(", ")) + ")";
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/creating-clustered-tables#limitations">Clustered tables</a> */
    private static void checkPartitioning(ObjectNode table, List<Field> fields) {
        String partition = table.path("timePartitioning").path("field").asText("");
        if (!partition.isEmpty()
                && fields.stream()
                        .noneMatch(field -> field.name().equalsIgnoreCase(partition)
                                && Set.of("DATE", "TIMESTAMP", "DATETIME").contains(field.type())
                                && !field.isRepeated())) {
            throw Errors.invalid("The field specified for partitioning cannot be found in the schema or is not of type"
                    + " DATE, DATETIME or TIMESTAMP: " + partition);
        }
        JsonNode clustering = table.path("clustering").path("fields");
        if (clustering.size() > 4) {
            throw Errors.invalid("Clustering is limited to 4 fields");
        }
        for (JsonNode column : clustering) {
            if (fields.stream()
                    .noneMatch(field -> field.name().equalsIgnoreCase(column.asText()) && !field.isRepeated())) {
                throw Errors.invalid(
                        "The field specified for clustering cannot be found in the schema: " + column.asText());
            }
        }
    }

    /**
     * @param whole whether what isn't given is removed
     * @param etag that the table must still have; empty: any
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/tables/patch">tables.patch</a>
     * @see <a href="https://cloud.google.com/bigquery/docs/managing-table-schemas">Modifying table schemas</a>
     */
    synchronized ObjectNode update(TableName name, ObjectNode given, boolean whole, String etag) throws SQLException {
        ObjectNode before = get(name);
        if (!etag.isEmpty() && !etag.equals(before.path("etag").asText())) {
            throw new ApiException(412, "conditionNotMet", "Precondition Failed");
        }
        ObjectNode table = before.deepCopy();
        if (whole) {
            Set.of("description", "friendlyName", "labels", "expirationTime").forEach(table::remove);
        }
        for (String key : List.of(
                "description",
                "friendlyName",
                "labels",
                "expirationTime",
                "clustering",
                "requirePartitionFilter",
                "timePartitioning")) {
            if (given.has(key)) {
                merge(table, key, given.path(key));
            }
        }
        Labels.check(table.path("labels"));
        if (given.path("schema").path("fields").isArray()) {
            List<Field> fields = Field.list(given.path("schema").path("fields"));
            change(name, Catalog.fields(before), fields);
            table.putObject("schema").set("fields", Field.array(fields));
        }
        catalog.store(name, table);
        return describe(name);
    }

    /** Labels are changed one by one; null removes. */
    private static void merge(ObjectNode table, String key, JsonNode value) {
        if (value.isNull()) {
            table.remove(key);
        } else if (key.equals("labels") && table.path(key).isObject()) {
            ObjectNode labels = (ObjectNode) table.path(key);
            value.properties().forEach(label -> {
                if (label.getValue().isNull()) {
                    labels.remove(label.getKey());
                } else {
                    labels.set(label.getKey(), label.getValue());
                }
            });
        } else {
            table.set(key, value);
        }
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/managing-table-schemas#add_an_empty_column">Adding a column</a> */
    synchronized void add(TableName name, List<Statement.NewColumn> columns) throws SQLException {
        List<Field> fields = new ArrayList<>(Catalog.fields(get(name)));
        for (Statement.NewColumn column : columns) {
            if (fields.stream().anyMatch(field -> field.name().equalsIgnoreCase(column.name()))) {
                if (!column.ifNotExists()) {
                    throw QueryErrors.invalidQuery("Column already exists: " + column.name());
                }
                continue;
            }
            Field field = EngineType.field(column.name(), column.type());
            if (!column.description().isEmpty()) {
                field.resource().put("description", column.description());
            }
            fields.add(field);
        }
        alter(name, fields);
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/managing-table-schemas#change_column_mode">Relaxing a mode</a> */
    synchronized void relax(TableName name, String column) throws SQLException {
        List<Field> fields = new ArrayList<>();
        boolean found = false;
        for (Field field : Catalog.fields(get(name))) {
            boolean meant = field.name().equalsIgnoreCase(column);
            found |= meant;
            fields.add(meant ? field.relaxed() : field);
        }
        if (!found) {
            throw QueryErrors.invalidQuery("Column not found: " + column);
        }
        alter(name, fields);
    }

    /**
     * @param type the engine's
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#alter_column_set_data_type_statement">ALTER COLUMN SET DATA TYPE</a>
     */
    synchronized void retype(TableName name, String column, String type) throws SQLException {
        ObjectNode table = get(name).deepCopy();
        List<Field> fields = new ArrayList<>(Catalog.fields(table));
        int at = 0;
        while (at < fields.size() && !fields.get(at).name().equalsIgnoreCase(column)) {
            at++;
        }
        if (at == fields.size()) {
            throw QueryErrors.invalidQuery("Column not found: " + column);
        }
        Field before = fields.get(at);
        Field after = before.retyped(EngineType.field(before.name(), type));
        String quoted = TableName.quote(before.name());
        try (Engine.Session session = engine.lend()) {
            session.execute("ALTER TABLE " + name.quoted() + " ALTER COLUMN " + quoted + " TYPE " + after.engineType()
                    + " USING " + after.coerced(quoted, before, 0));
        }
        fields.set(at, after);
        table.putObject("schema").set("fields", Field.array(fields));
        catalog.store(name, table);
    }

    private void alter(TableName name, List<Field> fields) throws SQLException {
        ObjectNode table = JsonNodeFactory.instance.objectNode();
        table.putObject("schema").set("fields", Field.array(fields));
        update(name, table, false, "");
    }

    private void change(TableName name, List<Field> before, List<Field> after) throws SQLException {
        if (before.isEmpty()) {
            createEngineTable(name, after);
            return;
        }
        checkChange(name, "", before, after);
        try (Engine.Session session = engine.lend()) {
            for (int i = 0; i < after.size(); i++) {
                String column = TableName.quote(after.get(i).name());
                String alter = "ALTER TABLE " + name.quoted();
                if (i >= before.size()) {
                    session.execute(
                            alter + " ADD COLUMN " + column + " " + after.get(i).engineType());
                    continue;
                }
                if (before.get(i).isRequired() && !after.get(i).isRequired()) {
                    session.execute(alter + " ALTER COLUMN " + column + " DROP NOT NULL");
                }
                if (!before.get(i).engineType().equals(after.get(i).engineType())) {
                    session.execute(alter + " ALTER COLUMN " + column + " TYPE "
                            + after.get(i).engineType());
                }
            }
        }
    }

    /** Columns may be added behind the others, and REQUIRED ones relaxed; nothing else. */
    private static void checkChange(TableName name, String path, List<Field> before, List<Field> after) {
        String mismatch = "Provided Schema does not match Table " + name + ". ";
        for (int i = 0; i < before.size(); i++) {
            Field old = before.get(i);
            if (i >= after.size() || !after.get(i).name().equalsIgnoreCase(old.name())) {
                throw Errors.invalid(mismatch + "Field " + path + old.name() + " is missing in new schema");
            }
            Field now = after.get(i);
            if (!now.type().equals(old.type())) {
                throw Errors.invalid(mismatch + "Field " + path + old.name() + " has changed type from " + old.type()
                        + " to " + now.type());
            }
            if (!now.mode().equals(old.mode())
                    && !(old.isRequired() && now.mode().equals("NULLABLE"))) {
                throw Errors.invalid(mismatch + "Field " + path + old.name() + " has changed mode from " + old.mode()
                        + " to " + now.mode());
            }
            checkChange(name, path + old.name() + ".", old.fields(), now.fields());
        }
        for (Field added : after.subList(before.size(), after.size())) {
            if (added.isRequired()) {
                throw Errors.invalid(mismatch + "Cannot add required fields to an existing schema. (field: " + path
                        + added.name() + ")");
            }
        }
    }

    /**
     * Writes the rows of a query, in a transaction of its own, as a load or query job with a destination does. Returns
     * how many they are.
     *
     * @param write WRITE_TRUNCATE, WRITE_APPEND, WRITE_EMPTY, or WRITE_NEW when there must be no table
     * @param create CREATE_IF_NEEDED or CREATE_NEVER
     * @param properties of a table that is made: its partitioning and clustering
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationload">Dispositions</a>
     */
    synchronized long write(
            Engine.Session session,
            TableName name,
            List<Field> schema,
            String rows,
            String write,
            String create,
            ObjectNode properties,
            String location)
            throws SQLException {
        catalog.dataset(name.project(), name.dataset(), location);
        boolean exists = exists(name);
        if (exists && rows(name) > 0) {
            history.forget(name);
        }
        if (exists && (write.equals("WRITE_NEW") || (write.equals("WRITE_EMPTY") && rows(name) > 0))) {
            throw Errors.duplicate("Table " + name);
        }
        if (!exists) {
            if (create.equals("CREATE_NEVER")) {
                throw Errors.notFound("Table " + name);
            }
            insert(name.project(), name.dataset(), resource(name, schema, properties));
        }
        boolean replaced = exists
                && (write.equals("WRITE_TRUNCATE") || Catalog.fields(get(name)).isEmpty());
        if (exists && !replaced) {
            checkSame(name, Catalog.fields(get(name)), schema);
        }
        long written;
        session.begin();
        try {
            if (replaced) {
                session.execute("DROP TABLE IF EXISTS " + name.quoted());
                session.execute(definition(name, schema));
            }
            written = session.execute("INSERT INTO " + name.quoted() + " SELECT * FROM (" + rows + ")");
            check(session, name, schema);
            session.commit();
        } catch (SQLException | RuntimeException e) {
            session.rollback();
            if (!exists) {
                catalog.removeTable(name);
            }
            throw e;
        }
        if (replaced) {
            ObjectNode table = get(name).deepCopy();
            table.putObject("schema").set("fields", Field.array(schema));
            catalog.store(name, table);
        }
        return written;
    }

    /** Copies what a table was at a time, without its partitioning. Returns how many rows it had. */
    synchronized long copy(TableName name, long millis, ObjectNode configuration, String location) throws SQLException {
        require(name, location);
        TableName destination = Catalog.reference((ObjectNode) configuration.path("destinationTable"));
        synchronized (history) {
            History.Rows then = history.at(name, millis);
            long rows = write(
                    history.session(),
                    destination,
                    then.fields(),
                    then.sql(),
                    configuration.path("writeDisposition").asText("WRITE_EMPTY"),
                    configuration.path("createDisposition").asText("CREATE_IF_NEEDED"),
                    JsonNodeFactory.instance.objectNode(),
                    location);
            if (configuration.hasNonNull("destinationExpirationTime")) {
                ObjectNode table = get(destination).deepCopy();
                Instant expires = Instant.parse(
                        configuration.path("destinationExpirationTime").asText());
                catalog.store(destination, table.put("expirationTime", Long.toString(expires.toEpochMilli())));
            }
            return rows;
        }
    }

    private static ObjectNode resource(TableName name, List<Field> schema, ObjectNode properties) {
        ObjectNode table = JsonNodeFactory.instance.objectNode();
        table.putObject("tableReference").put("tableId", name.table());
        table.putObject("schema").set("fields", Field.array(schema));
        for (String key : List.of("timePartitioning", "clustering")) {
            if (properties.has(key)) {
                table.set(key, properties.path(key));
            }
        }
        return table;
    }

    private static void checkSame(TableName name, List<Field> table, List<Field> schema) {
        checkChange(name, "", schema.size() < table.size() ? schema : table, schema);
        if (schema.size() > table.size()) {
            throw Errors.invalid("Provided Schema does not match Table " + name + ". Cannot add fields (field: "
                    + schema.get(table.size()).name() + ")");
        }
    }

    /**
     * A table for a result, in a dataset that nobody sees, as BigQuery has one for each user and location.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/cached-results#how_cached_results_are_stored">How results are
     *     stored</a>
     */
    TableName anonymous(Job job) throws SQLException {
        String dataset = "_results_" + job.location().toLowerCase(Locale.ROOT).replace('-', '_');
        catalog.makeHidden(job.project(), dataset, job.location());
        return new TableName(job.project(), dataset, "anon_" + job.id());
    }

    /** Lets a job's result be read. */
    void keepAnonymous(Job job) throws SQLException {
        ObjectNode result = job.result();
        if (result.has("fields")) {
            ObjectNode table = JsonNodeFactory.instance.objectNode();
            TableName name = anonymous(job);
            table.putObject("tableReference")
                    .put("projectId", name.project())
                    .put("datasetId", name.dataset())
                    .put("tableId", name.table());
            table.putObject("schema").set("fields", result.path("fields"));
            table.put("expirationTime", Long.toString(clock.millis() + RESULT_LIFETIME.toMillis()));
            catalog.store(name, table);
        }
    }

    /** @throws ApiException when a row is not as the schema wants it */
    void check(Engine.Session session, TableName name) throws SQLException {
        check(session, name, Catalog.fields(get(name)));
    }

    private static void check(Engine.Session session, TableName name, List<Field> schema) throws SQLException {
        // NULL in a required column on the top level is the engine's to refuse
        List<Field> nested = schema.stream()
                .filter(field -> field.isRepeated() || !field.fields().isEmpty())
                .toList();
        String violations = Cells.violations(nested);
        if (!violations.isEmpty()
                && !session.rows("SELECT 1 FROM " + name.quoted() + " WHERE " + violations + " LIMIT 1", row -> 1)
                        .isEmpty()) {
            Set<String> names = new HashSet<>();
            nested.forEach(field -> names.add(field.name().toLowerCase(Locale.ROOT)));
            throw QueryErrors.invalidQuery(
                    "Array cannot have a null element, nor a REQUIRED field of a record NULL; error in"
                            + " writing one of the fields " + new ArrayList<>(names));
        }
    }
}
