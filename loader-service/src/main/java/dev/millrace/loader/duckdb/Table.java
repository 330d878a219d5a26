package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A table of users. The file stands for the project: {@code project.dataset.table} and {@code dataset.table} are
 * the same table {@code dataset.table}, whatever the project.
 *
 * @param dataset the schema
 */
record Table(String dataset, String name) {
    /** Schemas and catalogs of the engine and ours. */
    private static final Set<String> RESERVED =
            Set.of(Ledger.SCHEMA, "information_schema", "pg_catalog", "system", "temp", "memory");

    private static final int MAX_DIFFERENCES = 10;

    private record Existing(String type, boolean nullable) {}

    static Table of(Destination.Table destination) {
        String[] names = destination.table().split("\\.", -1);
        Table table = new Table(names[names.length - 2], names[names.length - 1]);
        if (RESERVED.contains(table.dataset.toLowerCase(Locale.ROOT))) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED,
                    "the dataset " + table.dataset + " of table " + destination.table()
                            + " is the warehouse's own (expected: another dataset)");
        }
        return table;
    }

    /** For SQL. */
    String quoted() {
        return schema() + "." + Sql.name(name);
    }

    private String schema() {
        return Database.CATALOG + "." + Sql.name(dataset);
    }

    /** The same for names that differ in case only, as they do to the engine. */
    String key() {
        return (dataset + "." + name).toLowerCase(Locale.ROOT);
    }

    /**
     * How the table comes to take the schema's rows.
     *
     * @param missing whether there is none yet
     * @param added columns that it hasn't got yet, in lower case; all of a table that is missing
     * @param statements in their order; empty: it is as it should be
     */
    record Preparation(boolean missing, Set<String> added, List<String> statements) {
        boolean adds(String column) {
            return added.contains(column.toLowerCase(Locale.ROOT));
        }

        /** What of it a load would do, for people. */
        List<String> plan(Destination.Table destination) {
            return missing
                    ? List.of("would create the table " + destination.table())
                    : statements.stream()
                            .map(statement -> "would run " + statement)
                            .toList();
        }
    }

    /**
     * Compares the table with the schema; changes nothing. A table that is missing is to be created, with its dataset; of
     * another the columns are to be changed as far as the contract lets them.
     *
     * @throws MillraceException with {@code TABLE_MISMATCH} when the table is there and can't take the schema's rows
     */
    Preparation preparation(Session session, Destination.Contract contract, List<Column> schema) throws SQLException {
        Map<String, Existing> columns = new TreeMap<>();
        session.rows(
                "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE database_name = ?"
                        + " AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?)",
                row -> columns.put(
                        row.getString(1).toLowerCase(Locale.ROOT), new Existing(row.getString(2), row.getBoolean(3))),
                Database.CATALOG.replace("\"", ""),
                dataset,
                name);
        Set<String> added = schema.stream()
                .map(column -> column.name().toLowerCase(Locale.ROOT))
                .filter(column -> !columns.containsKey(column))
                .collect(Collectors.toSet());
        if (columns.isEmpty()) {
            return new Preparation(
                    true,
                    added,
                    List.of(
                            "CREATE SCHEMA IF NOT EXISTS " + schema(),
                            "CREATE TABLE " + quoted() + " (" + definition(schema) + ")"));
        }
        List<String> types =
                Types.written(session, schema.stream().map(Types::of).toList());
        return new Preparation(
                false,
                added,
                changes(columns, contract, schema, types).stream()
                        .map(change -> "ALTER TABLE " + quoted() + " " + change)
                        .toList());
    }

    /** Columns as {@code CREATE TABLE} wants them. */
    static String definition(List<Column> schema) {
        return schema.stream()
                .map(column -> Sql.name(column.name()) + " " + Types.of(column)
                        + (column.mode() == Column.Mode.NULLABLE ? "" : " NOT NULL"))
                .collect(Collectors.joining(", "));
    }

    /**
     * How the table's columns become those of the schema.
     *
     * @param types of the schema's columns, as the engine writes them
     */
    private List<String> changes(
            Map<String, Existing> columns, Destination.Contract contract, List<Column> schema, List<String> types) {
        List<String> differences = new ArrayList<>();
        List<String> changes = new ArrayList<>();
        Map<String, Existing> unknown = new TreeMap<>(columns);
        for (int i = 0; i < types.size(); i++) {
            Column column = schema.get(i);
            Existing existing = unknown.remove(column.name().toLowerCase(Locale.ROOT));
            if (existing == null) {
                switch (contract) {
                    case STRICT -> differences.add(column.name() + " is missing in the table");
                    case EVOLVE -> changes.add(addition(column));
                }
            } else if (!existing.type().equals(types.get(i))) {
                differences.add(
                        column.name() + " is " + existing.type() + " in the table (expected: " + types.get(i) + ")");
            } else if (!existing.nullable() && column.mode() == Column.Mode.NULLABLE) {
                switch (contract) {
                    case STRICT -> differences.add(column.name() + " is REQUIRED in the table (expected: NULLABLE)");
                    case EVOLVE -> changes.add("ALTER COLUMN " + Sql.name(column.name()) + " DROP NOT NULL");
                }
            }
        }
        unknown.keySet().forEach(name -> differences.add(name + " is in the table, but not in the schema"));
        if (!differences.isEmpty()) {
            int more = differences.size() - MAX_DIFFERENCES;
            throw new MillraceException(
                    ErrorCode.TABLE_MISMATCH,
                    "table " + dataset + "." + name + " doesn't fit the schema: "
                            + differences.stream().limit(MAX_DIFFERENCES).collect(Collectors.joining("; "))
                            + (more > 0 ? "; and " + more + " more" : ""));
        }
        return changes;
    }

    /** The rows that are there have no value in the new column: NULL, or nothing repeated. */
    private static String addition(Column column) {
        return "ADD COLUMN " + Sql.name(column.name()) + " " + Types.of(column)
                + (column.mode() == Column.Mode.REPEATED ? " DEFAULT []" : "");
    }
}
