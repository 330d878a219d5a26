package dev.millrace.extractor.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A column of a table or query.
 *
 * @param type as the driver names it
 * @param array whether its values are arrays of what the type's name says
 * @param precision digits or bits of its type, or 0 where it has no limit
 * @param scale digits behind the decimal point, likewise
 */
record SourceColumn(String name, String type, boolean array, int precision, int scale) {
    /**
     * The columns of what is read, without reading any of it.
     *
     * @param from what stands behind FROM
     */
    static List<SourceColumn> of(Connection connection, String from) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM " + from)) {
            ResultSetMetaData columns = statement.getMetaData();
            List<SourceColumn> found = new ArrayList<>();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                found.add(new SourceColumn(
                        columns.getColumnLabel(i),
                        columns.getColumnTypeName(i),
                        columns.getColumnType(i) == Types.ARRAY,
                        columns.getPrecision(i),
                        columns.getScale(i)));
            }
            return found;
        }
    }

    /** Names of those columns of a table that are NOT NULL. */
    static Set<String> required(Connection connection, String table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM " + table)) {
            ResultSetMetaData columns = statement.getMetaData();
            Set<String> found = new HashSet<>();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                if (columns.isNullable(i) == ResultSetMetaData.columnNoNulls) {
                    found.add(columns.getColumnLabel(i));
                }
            }
            return found;
        }
    }
}
