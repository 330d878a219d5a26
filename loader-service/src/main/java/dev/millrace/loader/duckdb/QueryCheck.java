package dev.millrace.loader.duckdb;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.sql.ParseTree;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The check of a user's SQL: one SELECT that reads tables of the warehouse and nothing else. It looks at the engine's
 * own parse tree, so that both understand the same; what it lets through still runs in a read-only transaction of an
 * engine that may not reach outside.
 */
final class QueryCheck {
    /** Those that make rows out of their arguments. Any other may read files, settings or secrets. */
    private static final Set<String> TABLE_FUNCTIONS =
            Set.of("range", "generate_series", "unnest", "json_each", "json_tree", "repeat", "repeat_row");

    /** Those that change or reveal the engine's state, or only keep it busy. */
    private static final Set<String> REFUSED_FUNCTIONS = Set.of(
            "current_setting",
            "getvariable",
            "write_log",
            "sleep_ms",
            "setval",
            "nextval",
            "currval",
            "setseed",
            "current_query",
            "stats",
            "getenv");

    /** The engine's own views about itself; those of {@code information_schema} are the standard's. */
    private static final Pattern INTERNAL_VIEW = Pattern.compile("(duckdb|pragma|sqlite|pg)_.*");

    private static final Pattern PLAIN_NAME = Pattern.compile("[\\p{L}\\p{N}_ #-]+");

    private final ObjectMapper json;

    QueryCheck(ObjectMapper json) {
        this.json = json;
    }

    /** @throws MillraceException with {@code QUERY_REFUSED}, or with {@code QUERY_FAILED} when it can't be parsed */
    void check(Session session, String sql) throws SQLException {
        ParseTree.walk(select(session, sql), QueryCheck::checkNode);
    }

    /**
     * The tables that a query reads, as it names them.
     *
     * @throws MillraceException as {@link #check}
     */
    Set<String> tables(Session session, String sql) throws SQLException {
        JsonNode statement = select(session, sql);
        Set<String> tables = new TreeSet<>();
        Set<String> named = new HashSet<>();
        ParseTree.walk(statement, node -> {
            checkNode(node);
            if (ParseTree.text(node, "type").equals("BASE_TABLE")) {
                String schema = ParseTree.text(node, "schema_name");
                String name = ParseTree.text(node, "table_name");
                tables.add(schema.isEmpty() ? name : schema + "." + name);
            }
            JsonNode with = node.get("cte_map");
            if (with != null && with.get("map") != null) {
                with.get("map").values().forEach(entry -> named.add(ParseTree.text(entry, "key")));
            }
        });
        tables.removeAll(named);
        return tables;
    }

    private JsonNode select(Session session, String sql) throws SQLException {
        String serialized =
                session.rows(ParseTree.OF, row -> row.getString(1), sql).getFirst();
        return switch (ParseTree.read(json, serialized)) {
            case ParseTree.Select(JsonNode statement) -> statement;
            case ParseTree.Statements(int count) -> throw refused("it has " + count + " statements");
            case ParseTree.NoSelect() -> throw refused("it is no SELECT statement");
            case ParseTree.TooDeep() -> throw refused("it is nested too deeply");
            case ParseTree.Malformed(String message) -> throw new MillraceException(ErrorCode.QUERY_FAILED, message);
        };
    }

    private static void checkNode(JsonNode node) {
        String type = ParseTree.text(node, "type");
        switch (type) {
            case "BASE_TABLE" -> checkTable(node);
            case "SHOW_REF" -> throw refused("it is no SELECT statement");
            case "TABLE_FUNCTION" -> {
                String name = lower(node.get("function"), "function_name");
                if (!TABLE_FUNCTIONS.contains(name)) {
                    throw refused("it uses the table function " + name);
                }
            }
            default -> {
                String name = lower(node, "function_name");
                if (REFUSED_FUNCTIONS.contains(name) || name.startsWith("__internal")) {
                    throw refused("it uses the function " + name);
                }
            }
        }
    }

    private static void checkTable(JsonNode node) {
        String name = lower(node, "table_name");
        String schema = lower(node, "schema_name");
        if (!PLAIN_NAME.matcher(name).matches()) {
            throw refused("it reads '" + ParseTree.text(node, "table_name") + "', which is no table of the warehouse");
        }
        boolean engine = schema.isEmpty() || schema.equals("main") || schema.equals("pg_catalog");
        if (schema.equals("pg_catalog")
                || (engine && INTERNAL_VIEW.matcher(name).matches())) {
            throw refused("it reads the engine's own " + name);
        }
    }

    private static String lower(JsonNode node, String field) {
        return ParseTree.text(node, field).toLowerCase(Locale.ROOT);
    }

    private static MillraceException refused(String reason) {
        return new MillraceException(
                ErrorCode.QUERY_REFUSED,
                "query refused: " + reason + " (expected: one SELECT over tables of the warehouse)");
    }
}
