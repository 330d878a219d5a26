package dev.millrace.loader.duckdb;

import dev.millrace.loader.FilterValues;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tables and their rows, page by page. Each call is one transaction that changes nothing. */
final class TableReads {
    /** Of values in a page, which ends with the row that goes beyond it. */
    private static final long MOST_BYTES = 2L * 1024 * 1024;

    /** The order of rows that nothing else puts into one; stays the same as long as the table does. */
    private static final String ROW = "rowid";

    /** A name of it that no column has. */
    static final String NUMBER = "\"#\"";

    private final Session session;
    private final ObjectMapper json;

    TableReads(Session session, ObjectMapper json) {
        this.session = session;
        this.json = json;
    }

    /**
     * A column.
     *
     * @param written type, as the engine names it
     */
    record Read(String name, String written, AnswerType type, boolean nullable) {
        String quoted() {
            return Sql.name(name);
        }
    }

    /**
     * Where a page begins.
     *
     * @param version of the table that the page before was of
     * @param keys of its last row, in the order of the request
     * @param row of it
     */
    @Serdeable
    record Position(String version, List<@Nullable String> keys, long row) {}

    TableFacts facts(TableFacts.Wanted wanted) throws SQLException {
        List<TableFacts.Table> tables = new ArrayList<>();
        for (String name : wanted.tables()) {
            Table table = table(name);
            Map<String, Read> columns = columns(table);
            if (!columns.isEmpty()) {
                Optional<Loaded> loaded = loaded(table);
                tables.add(new TableFacts.Table(
                        name,
                        columns.values().stream()
                                .map(column -> new TableFacts.Column(
                                        column.name(), column.type().type(), column.nullable()))
                                .toList(),
                        session.number("SELECT count(*) FROM " + table.quoted()),
                        session.number("SELECT count(DISTINCT block_id) * (SELECT max(block_size) FROM"
                                + " pragma_database_size()) FROM pragma_storage_info(" + Sql.text(table.quoted())
                                + ") WHERE persistent"),
                        loaded.map(Loaded::run).orElse(null),
                        loaded.map(Loaded::at).orElse(null)));
            }
        }
        return new TableFacts(tables);
    }

    /**
     * What is read of a table.
     *
     * @param conditions in SQL, with parameters; empty: every row
     */
    record Selection(
            Table table,
            Map<String, Read> columns,
            List<Read> fields,
            List<Read> keys,
            List<TableRows.Order> order,
            List<String> conditions,
            List<Object> parameters) {
        List<Query.Field> answered() {
            return fields.stream()
                    .map(field -> new Query.Field(field.name(), field.type().type()))
                    .toList();
        }

        /** Whether it is all rows as they are stored, of a table whose rows have the engine's number. */
        boolean isWholeTable() {
            return conditions.isEmpty() && keys.isEmpty() && !columns.containsKey(ROW);
        }

        String where() {
            return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
        }

        String orderBy() {
            return " ORDER BY " + TableReads.order(keys, order) + NUMBER;
        }
    }

    /** @throws MillraceException with {@code TABLE_UNKNOWN} or {@code REQUEST_INVALID} */
    Selection selection(TableRows.Wanted wanted) throws SQLException {
        Table table = table(wanted.table());
        Map<String, Read> columns = columns(table);
        if (columns.isEmpty()) {
            throw unknown(wanted.table());
        }
        List<Read> fields = wanted.fields().isEmpty()
                ? List.copyOf(columns.values())
                : wanted.fields().stream()
                        .map(name -> column("fields", name, columns))
                        .toList();
        List<Read> keys = wanted.order().stream()
                .map(order -> column("sort", order.column(), columns))
                .toList();
        keys.forEach(key -> FilterValues.checkOrder(key.name(), key.type().type()));
        List<String> conditions = new ArrayList<>();
        List<Object> parameters = new ArrayList<>();
        for (TableRows.Filter filter : wanted.filters()) {
            Read column = column("filter", filter.column(), columns);
            FilterValues.check(filter, column.type().type());
            conditions.add(condition(column, filter));
            parameters.addAll(filter.values());
        }
        return new Selection(table, columns, fields, keys, wanted.order(), conditions, parameters);
    }

    /**
     * Another one after each change of the table's rows.
     *
     * @throws MillraceException with {@code TABLE_UNKNOWN}
     */
    String version(String name) throws SQLException {
        Table table = table(name);
        if (columns(table).isEmpty()) {
            throw unknown(name);
        }
        return Ledger.version(session, table.key());
    }

    private static MillraceException unknown(String table) {
        return new MillraceException(
                ErrorCode.TABLE_UNKNOWN, "table " + table + " isn't there: nothing has been loaded into it");
    }

    /**
     * @throws MillraceException with {@code TABLE_UNKNOWN}, {@code REQUEST_INVALID}, or {@code PAGE_GONE} when the table has
     *     been loaded since the page before
     */
    TableRows rows(TableRows.Wanted wanted) throws SQLException {
        Selection selection = selection(wanted);
        String version = Ledger.version(session, selection.table().key());
        Position position = position(wanted.after());
        if (position != null && !position.version().equals(version)) {
            throw new MillraceException(
                    ErrorCode.PAGE_GONE,
                    wanted.table() + " has been loaded since the page before, so that the rows after it are others"
                            + " (expected: the first page)");
        }
        List<Read> keys = selection.keys();
        List<String> conditions = new ArrayList<>(selection.conditions());
        List<Object> parameters = new ArrayList<>(selection.parameters());
        if (position != null) {
            conditions.add(after(keys, wanted.order(), position, parameters));
        }
        List<String> values = new ArrayList<>();
        selection.fields().forEach(field -> values.add(field.type().sql(field.quoted())));
        keys.forEach(key -> values.add("CAST(" + key.quoted() + " AS VARCHAR)"));
        String sql = "SELECT "
                + IntStream.range(0, values.size())
                        .mapToObj(i -> values.get(i) + " AS c" + i + ", ")
                        .collect(Collectors.joining())
                + NUMBER + " FROM " + numbered(selection)
                + (conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions))
                // without keys rows come as they are stored, which is in this order, and no more are read than wanted
                + (keys.isEmpty() ? "" : selection.orderBy())
                + " LIMIT " + (wanted.limit() + 1L);
        return page(bounded(sql, selection), parameters, selection, version, wanted.limit());
    }

    /**
     * The rows of a page, with the bytes of those before each of them. The driver takes over some two thousand rows at once, so
     * the values of a row that the page doesn't have any more are none when they leave the engine.
     */
    private static String bounded(String sql, Selection selection) {
        List<Read> fields = selection.fields();
        int values = fields.size() + selection.keys().size();
        String bytes = IntStream.range(0, values)
                .mapToObj(i -> "coalesce("
                        + (i < fields.size() ? fields.get(i).type().bytes("c" + i) : "strlen(c" + i + ")") + ", 0)")
                .collect(Collectors.joining(" + "));
        return "SELECT "
                + IntStream.range(0, values)
                        .mapToObj(i -> "CASE WHEN before <= " + MOST_BYTES + " THEN c" + i + " END, ")
                        .collect(Collectors.joining())
                + NUMBER + ", before FROM (SELECT *, CAST(sum(bytes) OVER (ROWS UNBOUNDED PRECEDING) - bytes AS BIGINT)"
                + " AS before FROM (SELECT *, " + bytes + " AS bytes FROM (" + sql + ")))";
    }

    /** The table with the {@link #NUMBER} of each row. */
    static String numbered(Selection selection) {
        return selection.columns().containsKey(ROW) // a column of this name hides the engine's
                ? "(SELECT *, row_number() OVER () AS " + NUMBER + " FROM "
                        + selection.table().quoted() + ")"
                : "(SELECT *, rowid AS " + NUMBER + " FROM " + selection.table().quoted() + ")";
    }

    private TableRows page(String sql, List<Object> parameters, Selection selection, String version, int limit)
            throws SQLException {
        List<Read> fields = selection.fields();
        List<Read> keys = selection.keys();
        List<List<@Nullable String>> rows = new ArrayList<>();
        Position last = null;
        boolean more = false;
        try (PreparedStatement statement = session.prepare(sql)) {
            for (int i = 0; i < parameters.size(); i++) {
                statement.setObject(i + 1, parameters.get(i));
            }
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    if (rows.size() == limit || results.getLong(fields.size() + keys.size() + 2) > MOST_BYTES) {
                        more = true;
                        break;
                    }
                    List<@Nullable String> row = new ArrayList<>(fields.size());
                    for (int i = 0; i < fields.size(); i++) {
                        Object value = results.getObject(i + 1);
                        row.add(value == null ? null : fields.get(i).type().text(value));
                    }
                    rows.add(row);
                    List<@Nullable String> ofKeys = new ArrayList<>(keys.size());
                    for (int i = 0; i < keys.size(); i++) {
                        ofKeys.add(results.getString(fields.size() + i + 1));
                    }
                    last = new Position(version, ofKeys, results.getLong(fields.size() + keys.size() + 1));
                }
            }
        }
        return new TableRows(selection.answered(), rows, version, more ? written(Objects.requireNonNull(last)) : null);
    }

    private static String order(List<Read> keys, List<TableRows.Order> order) {
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < keys.size(); i++) {
            sql.append(keys.get(i).quoted())
                    .append(order.get(i).descending() ? " DESC NULLS FIRST, " : " ASC NULLS LAST, ");
        }
        return sql.toString();
    }

    /** That a row comes after a position: by one of the keys, where those before it are equal, or else by its place. */
    private static String after(
            List<Read> keys, List<TableRows.Order> order, Position position, List<Object> parameters) {
        List<String> ways = new ArrayList<>();
        for (int i = 0; i <= keys.size(); i++) {
            List<String> all = new ArrayList<>();
            for (int j = 0; j < i; j++) {
                String value = position.keys().get(j);
                all.add(keys.get(j).quoted() + (value == null ? " IS NULL" : " = " + bound(keys.get(j))));
                if (value != null) {
                    parameters.add(value);
                }
            }
            if (i == keys.size()) {
                all.add(NUMBER + " > " + position.row());
            } else {
                Read key = keys.get(i);
                String value = position.keys().get(i);
                boolean descending = order.get(i).descending();
                if (value == null && !descending) { // nothing is larger than NULL
                    for (int j = 0; j < i; j++) {
                        if (position.keys().get(j) != null) {
                            parameters.removeLast();
                        }
                    }
                    continue;
                }
                if (value == null) {
                    all.add(key.quoted() + " IS NOT NULL");
                } else {
                    parameters.add(value);
                    all.add(
                            descending
                                    ? key.quoted() + " < " + bound(key)
                                    : "(" + key.quoted() + " > " + bound(key) + " OR " + key.quoted() + " IS NULL)");
                }
            }
            ways.add(String.join(" AND ", all));
        }
        return "((" + String.join(") OR (", ways) + "))";
    }

    /** A parameter, which is a text, as the column's type. */
    private static String bound(Read column) {
        return "CAST(? AS " + column.written() + ")";
    }

    private static String condition(Read column, TableRows.Filter filter) {
        String name = column.quoted();
        return switch (filter.operator()) {
            case EQ -> name + " = " + bound(column);
            case NE -> name + " <> " + bound(column);
            case LT -> name + " < " + bound(column);
            case LE -> name + " <= " + bound(column);
            case GT -> name + " > " + bound(column);
            case GE -> name + " >= " + bound(column);
            case IN ->
                name + " IN ("
                        + String.join(", ", Collections.nCopies(filter.values().size(), bound(column))) + ")";
            case LIKE -> "CAST(" + name + " AS VARCHAR) LIKE ? ESCAPE '\\'";
            case NULL -> name + " IS NULL";
            case NOT_NULL -> name + " IS NOT NULL";
        };
    }

    private static Read column(String what, String name, Map<String, Read> columns) {
        Read column = columns.get(name.toLowerCase(Locale.ROOT));
        if (column == null) {
            throw FilterValues.unknown(
                    what, name, columns.values().stream().map(Read::name).toList());
        }
        return column;
    }

    private static Table table(String name) {
        return Table.of(new Destination.Table(name, Write.APPEND, List.of(), Destination.Empty.FAIL));
    }

    /** By their names in lower case, in their order; empty: there is no such table. */
    private Map<String, Read> columns(Table table) throws SQLException {
        Map<String, Read> columns = new LinkedHashMap<>();
        for (Read column : session.rows(
                "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE database_name = ?"
                        + " AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?) ORDER BY column_index",
                row -> new Read(row.getString(1), row.getString(2), AnswerType.of(row.getString(2)), row.getBoolean(3)),
                Database.CATALOG.replace("\"", ""),
                table.dataset(),
                table.name())) {
            columns.put(column.name().toLowerCase(Locale.ROOT), column);
        }
        return columns;
    }

    /** The last load of a table. */
    private record Loaded(@Nullable String run, Instant at) {}

    private Optional<Loaded> loaded(Table table) throws SQLException {
        return session
                .rows(
                        "SELECT run, epoch_us(decided_at) FROM " + Ledger.TABLE
                                + " WHERE state = 'COMMITTED' AND (lower(table_name) = ?"
                                + " OR ends_with(lower(table_name), ?)) ORDER BY decided_at DESC, load LIMIT 1",
                        row -> new Loaded(row.getString(1), Instant.EPOCH.plus(row.getLong(2), ChronoUnit.MICROS)),
                        table.key(),
                        "." + table.key())
                .stream()
                .findFirst();
    }

    private @Nullable Position position(@Nullable String after) {
        try {
            return after == null ? null : json.readValue(after, Position.class);
        } catch (IOException e) {
            throw FilterValues.invalid("after: '" + after + "' (expected: what a page before had as next)");
        }
    }

    private String written(Position position) {
        try {
            return json.writeValueAsString(position);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
