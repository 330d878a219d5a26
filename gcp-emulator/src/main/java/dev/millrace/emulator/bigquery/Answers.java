package dev.millrace.emulator.bigquery;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.zetasql.Type;
import com.google.zetasql.Value;
import com.google.zetasql.ZetaSQLType.TypeKind;
import com.google.zetasql.ZetaSQLValue.ValueProto;
import dev.millrace.emulator.bigquery.googlesql.Query;
import dev.millrace.emulator.bigquery.googlesql.QueryErrors;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.zetasql.SqlFault;
import dev.millrace.emulator.zetasql.ZetaSql;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Answers queries as BigQuery does: those that the engine surely answers alike by the engine, all others by Google's
 * evaluator, which gets the rows of the tables that they read.
 */
final class Answers {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Rows of an answer that are written with one statement. */
    private static final int BATCH = 500;

    private final Tables tables;
    private final Engine.Session session;
    private final JsonNode configuration;
    private int answered;

    /** @param configuration of the query job, with its parameters */
    Answers(Tables tables, Engine.Session session, JsonNode configuration) {
        this.tables = tables;
        this.session = session;
        this.configuration = configuration;
    }

    /**
     * What a query has answered.
     *
     * @param columns as they were described, with NULL's own type
     * @param sql of the engine, in the session
     */
    record Rows(List<Field> columns, String sql) {
        List<Field> resultColumns() {
            return result(columns);
        }
    }

    /**
     * @param trusted whether the engine answers what it can read, in doubt too: what Millrace's own scripts insert, which is
     *     held against Google's evaluator elsewhere, and may be large
     * @throws dev.millrace.emulator.http.ApiException when BigQuery would refuse the query, or nobody here can answer it
     */
    Rows answer(Query query, Set<TableName> read, boolean trusted) throws SQLException {
        List<Field> columns = engineColumns(query, read, trusted);
        return columns == null ? evaluated(query) : new Rows(columns, requireNonNull(query.sql()));
    }

    /** The columns of a query's result, which isn't answered. */
    List<Field> columns(Query query, Set<TableName> read) throws SQLException {
        List<Field> columns = engineColumns(query, read, false);
        if (columns != null) {
            return result(columns);
        }
        ZetaSql google = google(query);
        try {
            return result(fields(google.analyze(query.text(), known(google, query), parameterTypes())
                    .columns()));
        } catch (SqlFault e) {
            throw QueryErrors.invalidQuery(String.valueOf(e.getMessage()));
        }
    }

    private static List<Field> result(List<Field> described) {
        List<Field> columns = described.stream().map(Field::asColumn).toList();
        Set<String> names = new HashSet<>();
        for (Field column : columns) {
            if (!names.add(column.name().toLowerCase(Locale.ROOT))) {
                throw QueryErrors.invalidQuery(
                        "Duplicate column names in the result are not supported. Found duplicate(s): " + column.name());
            }
        }
        return columns;
    }

    /** Null: the engine must not answer. */
    private @Nullable List<Field> engineColumns(Query query, Set<TableName> read, boolean trusted) throws SQLException {
        String sql = query.sql();
        if (sql == null) {
            return null;
        }
        boolean only = trusted || query.text().isEmpty();
        String doubt = only ? null : query.exactness().doubt(types(read)::get);
        if (doubt != null) {
            if (!ZetaSql.missing().isEmpty()) {
                throw QueryErrors.invalidQuery(
                        "The emulator leaves " + doubt + " to Google's evaluator; " + ZetaSql.missing());
            }
            return null;
        }
        try {
            return session.describe(only ? "SELECT * FROM (" + sql + ")" : sql);
        } catch (SQLException e) {
            if (only || !ZetaSql.missing().isEmpty()) {
                throw e;
            }
            return null;
        }
    }

    /** Of all columns and fields, by their names in lower case; none for a name that has several. */
    private Map<String, String> types(Set<TableName> read) throws SQLException {
        Map<String, String> types = new HashMap<>();
        for (TableName table : read) {
            if (tables.exists(table)) {
                collect(Catalog.fields(tables.get(table)), types);
            }
        }
        return types;
    }

    private static void collect(List<Field> fields, Map<String, String> types) {
        for (Field field : fields) {
            types.merge(
                    field.name(),
                    field.isRepeated() ? "ARRAY" : field.type(),
                    (one, other) -> one.equals(other) ? one : "several");
            collect(field.fields(), types);
        }
    }

    // Google's evaluator

    private static ZetaSql google(Query query) {
        if (!query.variables().isEmpty()) {
            throw QueryErrors.invalidQuery((query.unknown().isEmpty() ? "" : query.unknown() + "; ")
                    + "the emulator leaves the query to Google's evaluator, which doesn't know the variable "
                    + query.variables().iterator().next());
        }
        return ZetaSql.get();
    }

    private Rows evaluated(Query query) throws SQLException {
        ZetaSql google = google(query);
        try {
            Map<List<String>, List<ZetaSql.Column>> known = known(google, query);
            Map<List<String>, List<List<ValueProto>>> rows = new HashMap<>();
            if (!known.isEmpty()) {
                for (ZetaSql.Use use :
                        google.analyze(query.text(), known, parameterTypes()).uses()) {
                    rows.put(use.table(), rows(query.resolver().apply(use.table()), use.columns()));
                }
            }
            return kept(google.evaluate(query.text(), known, rows, parameters()));
        } catch (SqlFault e) {
            throw QueryErrors.invalidQuery(String.valueOf(e.getMessage()));
        } catch (ZetaSql.TooLarge e) {
            throw QueryErrors.invalidQuery("The emulator leaves "
                    + (query.unknown().isEmpty()
                            ? String.valueOf(query.exactness().doubt(_ -> null))
                            : "this query (" + query.unknown() + ")")
                    + " to Google's evaluator, and " + e.getMessage());
        }
    }

    private Map<List<String>, List<ZetaSql.Column>> known(ZetaSql google, Query query) throws SQLException {
        Map<List<String>, List<ZetaSql.Column>> known = new HashMap<>();
        for (List<String> name : google.tables(query.text())) {
            known.put(
                    name,
                    schema(query.resolver().apply(name)).stream()
                            .map(field -> new ZetaSql.Column(field.name(), GoogleTypes.of(field)))
                            .toList());
        }
        return known;
    }

    private List<Field> schema(TableName table) throws SQLException {
        return table.dataset().isEmpty()
                ? session.describe("SELECT * FROM " + TableName.quote(table.table()))
                : Catalog.fields(tables.get(table));
    }

    /** NULL in place of the columns that aren't used. */
    private List<List<ValueProto>> rows(TableName table, Set<Integer> used) throws SQLException {
        List<Field> schema = schema(table);
        List<Field> asked = used.stream().map(schema::get).toList();
        String source = table.dataset().isEmpty() ? TableName.quote(table.table()) : table.quoted();
        String query = asked.isEmpty()
                ? "SELECT '{}' FROM " + source
                : Cells.query(
                        "SELECT "
                                + asked.stream()
                                        .map(field -> TableName.quote(field.name()))
                                        .collect(Collectors.joining(", "))
                                + " FROM " + source,
                        asked);
        List<ValueProto> empty = Collections.nCopies(schema.size(), ValueProto.getDefaultInstance());
        List<Integer> places = List.copyOf(used);
        return session.rows(query, row -> {
            JsonNode cells = Cells.row(tree(row.getString(1)), asked, true).path("f");
            List<ValueProto> values = new ArrayList<>(empty);
            for (int i = 0; i < asked.size(); i++) {
                values.set(
                        places.get(i),
                        GoogleTypes.value(asked.get(i), cells.path(i).path("v")));
            }
            return values;
        });
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private Map<String, Type> parameterTypes() {
        return parameters().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, parameter -> parameter.getValue().getType()));
    }

    private Map<String, Value> parameters() {
        Map<String, Value> parameters = new HashMap<>();
        for (JsonNode parameter : configuration.path("queryParameters")) {
            JsonNode value = parameter.path("parameterValue").path("value");
            Value text = value.isTextual()
                    ? Value.createStringValue(value.asText())
                    : Value.createSimpleNullValue(TypeKind.TYPE_STRING);
            String cast = "SELECT CAST(@value AS "
                    + parameter.path("parameterType").path("type").asText() + ")";
            parameters.put(
                    parameter.path("name").asText().toLowerCase(Locale.ROOT),
                    ZetaSql.get()
                            .evaluate(cast, Map.of(), Map.of(), Map.of("value", text))
                            .rows()
                            .getFirst()
                            .getFirst());
        }
        return parameters;
    }

    /** Columns without a name are called by their place among those. */
    private static List<Field> fields(List<ZetaSql.Column> columns) {
        List<Field> fields = new ArrayList<>();
        int unnamed = 0;
        for (ZetaSql.Column column : columns) {
            fields.add(GoogleTypes.field(
                    column.name().isEmpty() || column.name().startsWith("$") ? "f" + unnamed++ + "_" : column.name(),
                    column.type()));
        }
        return fields;
    }

    /** In a temporary table of the session. */
    private Rows kept(ZetaSql.Answer answer) throws SQLException {
        List<Field> columns = fields(answer.columns());
        String table = TableName.quote("emulator answer " + answered++);
        session.execute("CREATE TEMP TABLE " + table + " ("
                + IntStream.range(0, columns.size())
                        .mapToObj(i -> "c" + i + " " + columns.get(i).engineType())
                        .collect(Collectors.joining(", "))
                + ")");
        for (int from = 0; from < answer.rows().size(); from += BATCH) {
            session.execute("INSERT INTO " + table + " VALUES "
                    + answer
                            .rows()
                            .subList(from, Math.min(from + BATCH, answer.rows().size()))
                            .stream()
                            .map(row -> IntStream.range(0, columns.size())
                                    .mapToObj(i -> GoogleTypes.literal(columns.get(i), row.get(i)))
                                    .collect(Collectors.joining(", ", "(", ")")))
                            .collect(Collectors.joining(", ")));
        }
        return new Rows(
                columns,
                "SELECT "
                        + IntStream.range(0, columns.size())
                                .mapToObj(i -> "c" + i + " AS "
                                        + TableName.quote(columns.get(i).name()))
                                .collect(Collectors.joining(", "))
                        + " FROM " + table + " ORDER BY " + table + ".rowid");
    }
}
