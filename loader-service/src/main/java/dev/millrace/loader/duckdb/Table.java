package dev.millrace.loader.duckdb;

import dev.millrace.loader.Widening;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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

    /** As a value. */
    private static final String CATALOG = Database.CATALOG.replace("\"", "");

    private record Existing(String name, String type, boolean nullable) {}

    static Table of(Destination.Table destination) {
        return of(destination.table());
    }

    /** @param written as the pipeline file writes it */
    static Table of(String written) {
        String[] names = written.split("\\.", -1);
        Table table = new Table(names[names.length - 2], names[names.length - 1]);
        if (RESERVED.contains(table.dataset.toLowerCase(Locale.ROOT))) {
            throw new MillraceException(
                    ErrorCode.WAREHOUSE_FAILED,
                    "the dataset " + table.dataset + " of table " + written
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
     * @param columns that it has then, as far as the contract lets it have others than the schema's; else empty
     */
    record Preparation(boolean missing, Set<String> added, List<String> statements, List<Column> columns) {
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
        Map<String, Existing> columns = existing(session);
        Set<String> added = schema.stream()
                .map(column -> column.name().toLowerCase(Locale.ROOT))
                .filter(column -> !columns.containsKey(column))
                .collect(Collectors.toSet());
        if (columns.isEmpty()) {
            return new Preparation(true, added, creation(schema), schema);
        }
        List<String> types =
                Types.written(session, schema.stream().map(Types::of).toList());
        Map<String, Column> known = columns(session, columns);
        List<Column> after = new ArrayList<>();
        List<String> changes = changes(columns, known, contract, schema, types, after);
        return new Preparation(
                false,
                added,
                changes.stream()
                        .map(change -> "ALTER TABLE " + quoted() + " " + change)
                        .toList(),
                after);
    }

    /** What makes the table, and its dataset. */
    List<String> creation(List<Column> schema) {
        return List.of(
                "CREATE SCHEMA IF NOT EXISTS " + schema(),
                "CREATE TABLE " + quoted() + " (" + definition(schema) + ")");
    }

    /** Another one of the same dataset. */
    Table beside(String other) {
        return new Table(dataset, other);
    }

    /**
     * Gives the table another name, in its dataset, and makes one without rows in its place, by which no row is copied or
     * deleted. Only where nothing but columns is to be made anew.
     *
     * @param aside the other name
     * @return whether it is done; not where there are keys, indexes, other constraints, comments or triggers, nor where the
     *     engine refuses to rename it for a view, whose author had it watch over what views need
     */
    boolean renew(Session session, String aside) throws SQLException {
        String its = " WHERE database_name = ? AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?)";
        List<String> creation = session.rows(
                "SELECT sql FROM duckdb_tables()" + its
                        + " AND NOT has_primary_key AND index_count = 0 AND check_constraint_count = 0 AND comment IS NULL"
                        + " AND NOT EXISTS (FROM duckdb_dependencies() WHERE objid = table_oid)"
                        + " AND NOT EXISTS (FROM duckdb_columns()" + its + " AND comment IS NOT NULL)",
                row -> row.getString(1),
                CATALOG,
                dataset,
                name,
                CATALOG,
                dataset,
                name);
        if (creation.isEmpty()) {
            return false;
        }
        session.execute("ALTER TABLE " + quoted() + " RENAME TO " + Sql.name(aside));
        session.execute(creation.getFirst());
        return true;
    }

    private Map<String, Existing> existing(Session session) throws SQLException {
        Map<String, Existing> columns = new LinkedHashMap<>();
        session.rows(
                "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE database_name = ?"
                        + " AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?) ORDER BY column_index",
                row -> columns.put(
                        row.getString(1).toLowerCase(Locale.ROOT),
                        new Existing(row.getString(1), row.getString(2), row.getBoolean(3))),
                CATALOG,
                dataset,
                name);
        return columns;
    }

    /**
     * The columns of the table, in its order; empty when there is none. Of texts the ledger may know that they are numbers.
     *
     * @throws MillraceException with {@code TABLE_MISMATCH} when it has a column that no load can have
     */
    List<Column> columns(Session session) throws SQLException {
        return List.copyOf(columns(session, existing(session)).values());
    }

    private Map<String, Column> columns(Session session, Map<String, Existing> existing) throws SQLException {
        Map<String, Column> inferred = new HashMap<>();
        Ledger.schema(session, key())
                .forEach(column -> inferred.put(column.name().toLowerCase(Locale.ROOT), column));
        Map<String, Column> columns = new LinkedHashMap<>();
        for (Map.Entry<String, Existing> entry : existing.entrySet()) {
            Existing present = entry.getValue();
            Column known = inferred.get(entry.getKey());
            Column column = known != null
                            && Types.written(session, List.of(Types.of(known)))
                                    .getFirst()
                                    .equals(present.type())
                    ? known
                    : ColumnTypes.of(present.name(), present.type(), present.nullable());
            if (column == null) {
                throw new MillraceException(
                        ErrorCode.TABLE_MISMATCH,
                        "table " + dataset + "." + name + " doesn't fit the schema: " + present.name() + " is "
                                + present.type() + " in the table (expected: a type of BigQuery)");
            }
            columns.put(entry.getKey(), column);
        }
        return columns;
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
     * @param known what they are
     * @param types of the schema's columns, as the engine writes them
     * @param after what the table's columns are then
     */
    private List<String> changes(
            Map<String, Existing> columns,
            Map<String, Column> known,
            Destination.Contract contract,
            List<Column> schema,
            List<String> types,
            List<Column> after) {
        List<String> differences = new ArrayList<>();
        List<String> changes = new ArrayList<>();
        Map<String, Existing> unknown = new TreeMap<>(columns);
        Widening widening = new Widening(contract);
        for (int i = 0; i < types.size(); i++) {
            Column column = schema.get(i);
            Existing existing = unknown.remove(column.name().toLowerCase(Locale.ROOT));
            Column present = known.get(column.name().toLowerCase(Locale.ROOT));
            Column now = present == null ? column : widening.of(column.name(), present, column);
            after.add(now);
            if (existing == null) {
                switch (contract) {
                    case STRICT -> differences.add(column.name() + " is missing in the table");
                    case EVOLVE, INFER -> changes.add(addition(column));
                }
            } else if (present != null && contract != Destination.Contract.STRICT) {
                if (!Types.of(present).equals(Types.of(now))) {
                    String quoted = Sql.name(existing.name());
                    // in parentheses, or the name of a column that the table has, too, would be the table's before a
                    // field
                    changes.add("ALTER COLUMN " + quoted + " SET DATA TYPE " + Types.of(now) + " USING "
                            + ColumnTypes.converted("(" + quoted + ")", present, now));
                }
                if (!existing.nullable() && column.mode() == Column.Mode.NULLABLE) {
                    changes.add("ALTER COLUMN " + Sql.name(column.name()) + " DROP NOT NULL");
                }
            } else if (!existing.type().equals(types.get(i)) && !isSame(column, present)) {
                differences.add(
                        column.name() + " is " + existing.type() + " in the table (expected: " + types.get(i) + ")");
            } else if (!existing.nullable() && column.mode() == Column.Mode.NULLABLE) {
                differences.add(column.name() + " is REQUIRED in the table (expected: NULLABLE)");
            }
        }
        unknown.forEach((key, column) -> {
            if (contract != Destination.Contract.INFER || !column.nullable()) {
                differences.add(key + " is in the table, but not in the schema");
            } else {
                after.add(Objects.requireNonNull(known.get(key)));
            }
        });
        if (contract != Destination.Contract.STRICT) {
            differences.addAll(widening.differences());
        }
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

    /** Whether the columns are the same but for the order of fields, by whose names the engine goes. */
    private static boolean isSame(Column column, @Nullable Column present) {
        if (present == null) {
            return false;
        }
        Widening none = new Widening(Destination.Contract.STRICT);
        return Types.of(none.of(column.name(), present, column)).equals(Types.of(present))
                && none.differences().isEmpty();
    }

    /** The rows that are there have no value in the new column: NULL, or nothing repeated. */
    private static String addition(Column column) {
        return "ADD COLUMN " + Sql.name(column.name()) + " " + Types.of(column)
                + (column.mode() == Column.Mode.REPEATED ? " DEFAULT []" : "");
    }
}
