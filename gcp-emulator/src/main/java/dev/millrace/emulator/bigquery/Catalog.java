package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Resources of datasets, tables and jobs, kept in a journal. Safe for use by several threads. */
final class Catalog {
    private final Engine engine;
    private final Journal journal;
    private final Clock clock;
    private final Map<String, ObjectNode> datasets = new ConcurrentHashMap<>();
    private final Map<TableName, ObjectNode> tables = new ConcurrentHashMap<>();

    Catalog(Engine engine, Journal journal, Clock clock) {
        this.engine = engine;
        this.journal = journal;
        this.clock = clock;
        journal.found("dataset").forEach(dataset -> datasets.put(key(dataset), dataset));
        journal.found("table").forEach(table -> tables.put(name(table), table));
    }

    /** Those that had ended when the emulator was started. */
    List<ObjectNode> jobs() {
        return journal.found("job");
    }

    void storeJob(String key, ObjectNode job) {
        journal.store("job", key, job);
    }

    /** @throws ApiException when there is none */
    ObjectNode dataset(String project, String dataset) {
        ObjectNode found = datasets.get(project + ":" + dataset);
        if (found == null) {
            throw Errors.notFound("Dataset " + project + ":" + dataset);
        }
        return found;
    }

    /**
     * A dataset where a job runs.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/locations#specify_locations">Locations: a job runs where its
     *     datasets are</a>
     */
    ObjectNode dataset(String project, String dataset, String location) {
        ObjectNode found = datasets.get(project + ":" + dataset);
        if (found == null || !found.path("location").asText().equalsIgnoreCase(location)) {
            throw Errors.notFound("Dataset " + project + ":" + dataset + " was not found in location " + location);
        }
        return found;
    }

    /** Those that are shown, in the order of their names. */
    List<ObjectNode> datasets(String project) {
        return datasets.values().stream()
                .filter(dataset -> dataset.has("id")) // a hidden one has none
                .filter(dataset -> dataset.path("datasetReference")
                        .path("projectId")
                        .asText()
                        .equals(project))
                .sorted(Comparator.comparing(Catalog::key))
                .toList();
    }

    synchronized void addDataset(ObjectNode dataset) throws SQLException {
        String key = key(dataset);
        if (datasets.containsKey(key)) {
            throw Errors.duplicate("Dataset " + key);
        }
        try (Engine.Session session = engine.lend()) {
            session.execute("CREATE SCHEMA " + schema(dataset));
        }
        journal.store("dataset", key, dataset);
        datasets.put(key, dataset);
    }

    /** Makes a dataset that isn't shown, if there is none yet. */
    synchronized void makeHidden(String project, String name, String location) throws SQLException {
        if (!datasets.containsKey(project + ":" + name)) {
            ObjectNode dataset = JsonNodeFactory.instance.objectNode().put("location", location);
            dataset.putObject("datasetReference").put("projectId", project).put("datasetId", name);
            addDataset(dataset);
        }
    }

    synchronized void removeDataset(String project, String dataset, boolean contents) throws SQLException {
        ObjectNode found = dataset(project, dataset);
        List<ObjectNode> held = tables(project, dataset);
        if (!held.isEmpty() && !contents) {
            throw new ApiException(400, "resourceInUse", "Dataset " + project + ":" + dataset + " is still in use");
        }
        for (ObjectNode table : held) {
            removeTable(name(table));
        }
        try (Engine.Session session = engine.lend()) {
            session.execute("DROP SCHEMA " + schema(found));
        }
        journal.forget("dataset", key(found));
        datasets.remove(key(found));
    }

    Optional<ObjectNode> find(TableName name) throws SQLException {
        ObjectNode table = tables.get(name);
        if (table == null) {
            return Optional.empty();
        }
        // see https://cloud.google.com/bigquery/docs/managing-tables#updating_a_tables_expiration_time
        if (table.hasNonNull("expirationTime") && table.path("expirationTime").asLong() < clock.millis()) {
            removeTable(name);
            return Optional.empty();
        }
        return Optional.of(table);
    }

    /** @throws ApiException when there is none */
    ObjectNode table(TableName name) throws SQLException {
        dataset(name.project(), name.dataset());
        return find(name).orElseThrow(() -> Errors.notFound("Table " + name));
    }

    /** In the order of their names. */
    List<ObjectNode> tables(String project, String dataset) throws SQLException {
        dataset(project, dataset);
        List<TableName> names = tables.keySet().stream()
                .filter(name -> name.project().equals(project) && name.dataset().equals(dataset))
                .sorted(Comparator.comparing(TableName::table))
                .toList();
        List<ObjectNode> found = new ArrayList<>();
        for (TableName name : names) {
            find(name).ifPresent(found::add);
        }
        return found;
    }

    /** Stores what is known of a table; its engine table is the caller's. */
    void store(TableName name, ObjectNode table) {
        String now = Long.toString(clock.millis());
        table.put("lastModifiedTime", now)
                .put("etag", Integer.toHexString(table.toString().hashCode()) + now);
        journal.store("table", name.toString(), table);
        tables.put(name, table);
    }

    /** Removes the engine's table too. */
    synchronized void removeTable(TableName name) throws SQLException {
        if (tables.remove(name) == null) {
            throw Errors.notFound("Table " + name);
        }
        journal.forget("table", name.toString());
        try (Engine.Session session = engine.lend()) {
            session.execute("DROP TABLE IF EXISTS " + name.quoted());
        }
    }

    static List<Field> fields(ObjectNode table) {
        return Field.list(table.path("schema").path("fields"));
    }

    private static String key(ObjectNode dataset) {
        return dataset.path("datasetReference").path("projectId").asText() + ":"
                + dataset.path("datasetReference").path("datasetId").asText();
    }

    private static String schema(ObjectNode dataset) {
        return TableName.schema(
                dataset.path("datasetReference").path("projectId").asText(),
                dataset.path("datasetReference").path("datasetId").asText());
    }

    static TableName name(ObjectNode table) {
        return reference((ObjectNode) table.path("tableReference"));
    }

    static TableName reference(ObjectNode reference) {
        return new TableName(
                reference.path("projectId").asText(),
                reference.path("datasetId").asText(),
                reference.path("tableId").asText());
    }
}
