package dev.millrace.extractor.database;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.TablePattern;
import dev.millrace.task.DeclaredColumn;
import dev.millrace.task.SourceTables;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a server says of its tables and their columns, in the transaction that the connection is in. For one thread. */
final class ServerSchema {
    /** Digits that a NUMERIC keeps before and behind the point, and a BIGNUMERIC. */
    private static final int NUMERIC_WHOLE = 29;

    private static final int NUMERIC_SCALE = 9;
    private static final int BIGNUMERIC_DIGITS = 38;

    private final Connection connection;
    private final Dialect dialect;

    ServerSchema(Connection connection, Dialect dialect) {
        this.connection = connection;
        this.dialect = dialect;
    }

    /** The column that takes a decimal number with so many digits. */
    static Column.Type decimal(int precision, int scale) {
        int whole = precision - scale;
        if (precision == 0) {
            return Column.Type.BIGNUMERIC;
        }
        return whole <= NUMERIC_WHOLE && scale <= NUMERIC_SCALE
                ? Column.Type.NUMERIC
                : whole <= BIGNUMERIC_DIGITS && scale <= BIGNUMERIC_DIGITS
                        ? Column.Type.BIGNUMERIC
                        : Column.Type.STRING;
    }

    /** @param rows a query can have rows without a value where its table has none */
    List<DeclaredColumn> columns(ReadRows rows, List<SourceColumn> columns) throws SQLException {
        Set<String> required = rows.query() == null ? SourceColumn.required(connection, rows.from()) : Set.of();
        return columns.stream()
                .map(column -> new DeclaredColumn(
                        column.name(),
                        column.array() && column.type().startsWith("_")
                                ? column.type().substring(1)
                                : column.type(),
                        column.array() ? Column.Type.JSON : dialect.column(column),
                        column.array(),
                        required.contains(column.name())))
                .toList();
    }

    /** The columns of a table's primary key, in its order; empty when it has none. */
    List<String> keys(String table) throws SQLException {
        int point = table.indexOf('.');
        String schema = point < 0 ? null : table.substring(0, point);
        Map<Integer, String> keys = new TreeMap<>();
        try (ResultSet found = dialect.keys(connection, schema, table.substring(point + 1))) {
            while (found.next()) {
                keys.put(found.getInt("KEY_SEQ"), found.getString("COLUMN_NAME"));
            }
        }
        return List.copyOf(keys.values());
    }

    /**
     * All tables and views that are not the server's own and whose names an endpoint can have; those of the user's schema
     * without it.
     */
    List<SourceTables.Table> tables(TablePattern pattern) throws SQLException {
        List<SourceTables.Table> tables = new ArrayList<>();
        for (Map.Entry<String, Boolean> table : names().entrySet()) {
            if (pattern.matches(table.getKey())) {
                ReadRows rows = ReadRows.ofTable(table.getKey(), dialect);
                tables.add(new SourceTables.Table(
                        table.getKey(),
                        table.getValue(),
                        columns(rows, SourceColumn.of(connection, rows.from())),
                        table.getValue() ? List.of() : keys(table.getKey())));
            }
        }
        return tables;
    }

    /** By name, whether it is a view. */
    private Map<String, Boolean> names() throws SQLException {
        Map<String, Boolean> names = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(dialect.tables())) {
            while (found.next()) {
                String schema = found.getString(1);
                String name = found.getString(2);
                if (name.indexOf('.') < 0 && (schema == null || schema.indexOf('.') < 0)) {
                    names.put(schema == null ? name : schema + "." + name, found.getInt(3) == 1);
                }
            }
        }
        return names;
    }
}
