package dev.millrace.loader.duckdb;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Lets a user's SQL through when it is one SELECT that reads tables of the warehouse and nothing else. It looks at
 * the engine's own parse tree, so that both understand the same; what it lets through still runs in a read-only
 * transaction of an engine that may not reach outside.
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
        JsonNode tree = parse(session.rows("SELECT json_serialize_sql(?)", row -> row.getString(1), sql)
                .getFirst());
        if (tree.get("error").getBooleanValue()) {
            String message = text(tree, "error_message");
            if (text(tree, "error_type").equals("not implemented")) {
                throw refused("it is no SELECT statement");
            }
            throw new MillraceException(
                    ErrorCode.QUERY_FAILED, message.lines().findFirst().orElse("the SQL can't be parsed"));
        }
        int statements = tree.get("statements").size();
        if (statements != 1) {
            throw refused("it has " + statements + " statements");
        }
        walk(tree);
    }

    /** @param serialized null when the text holds no statement at all */
    private JsonNode parse(@Nullable String serialized) {
        if (serialized == null) {
            throw refused("it has 0 statements");
        }
        try {
            JsonNode tree = json.readValue(serialized, Argument.of(JsonNode.class));
            if (tree != null) {
                return tree;
            }
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.QUERY_REFUSED, "query refused: it is nested too deeply", e);
        }
        throw refused("it can't be parsed");
    }

    private static void walk(JsonNode node) {
        if (node.isObject()) {
            checkNode(node);
            for (Map.Entry<String, JsonNode> entry : node.entries()) {
                walk(entry.getValue());
            }
        } else if (node.isArray()) {
            node.values().forEach(QueryCheck::walk);
        }
    }

    private static void checkNode(JsonNode node) {
        String type = text(node, "type");
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
            throw refused("it reads '" + text(node, "table_name") + "', which is no table of the warehouse");
        }
        boolean engine = schema.isEmpty() || schema.equals("main") || schema.equals("pg_catalog");
        if (schema.equals("pg_catalog")
                || (engine && INTERNAL_VIEW.matcher(name).matches())) {
            throw refused("it reads the engine's own " + name);
        }
    }

    private static String lower(JsonNode node, String field) {
        return text(node, field).toLowerCase(Locale.ROOT);
    }

    private static String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        return value != null && value.isString() ? value.getStringValue() : "";
    }

    private static MillraceException refused(String reason) {
        return new MillraceException(
                ErrorCode.QUERY_REFUSED,
                "query refused: " + reason + " (expected: one SELECT over tables of the warehouse)");
    }
}
