package dev.millrace.sql;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The parse tree of a text of SQL as the engine understands it, so that whoever checks the text and the engine that
 * runs it understand the same. Read from what DuckDB's {@code json_serialize_sql} writes of it
 * (https://duckdb.org/docs/stable/data/json/sql_to_and_from_json).
 */
public sealed interface ParseTree {
    /** SQL that has the parse tree of its parameter as its result. Neither binds nor runs anything. */
    String OF = "SELECT json_serialize_sql(?)";

    /** One SELECT; {@code statement} is its node and everything below it. */
    record Select(JsonNode statement) implements ParseTree {}

    /** Any number but one. */
    record Statements(int count) implements ParseTree {}

    /** A statement that is no SELECT. */
    record NoSelect() implements ParseTree {}

    /** @param message what is wrong with it, in the parser's words */
    record Malformed(String message) implements ParseTree {}

    /** Nested more deeply than anybody reads. */
    record TooDeep() implements ParseTree {}

    /** @param serialized the result of {@link #OF}; null when the text holds no statement at all */
    static ParseTree read(ObjectMapper json, @Nullable String serialized) {
        if (serialized == null) {
            return new Statements(0);
        }
        JsonNode tree;
        try {
            tree = json.readValue(serialized, Argument.of(JsonNode.class));
        } catch (IOException e) {
            return new TooDeep();
        }
        if (tree.get("error").getBooleanValue()) {
            // DuckDB's words for a statement that it can parse but not serialize: whatever is no SELECT
            return text(tree, "error_type").equals("not implemented")
                    ? new NoSelect()
                    : new Malformed(
                            text(tree, "error_message").lines().findFirst().orElse("the SQL can't be parsed"));
        }
        JsonNode statements = tree.get("statements");
        return statements.size() == 1 ? new Select(statements.get(0).get("node")) : new Statements(statements.size());
    }

    /** Shows each object of the tree to the visitor, the outer ones first. */
    static void walk(JsonNode node, Consumer<JsonNode> visitor) {
        if (node.isObject()) {
            visitor.accept(node);
            for (Map.Entry<String, JsonNode> entry : node.entries()) {
                walk(entry.getValue(), visitor);
            }
        } else if (node.isArray()) {
            node.values().forEach(value -> walk(value, visitor));
        }
    }

    /** The text of a field; empty when there is none. */
    static String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        return value != null && value.isString() ? value.getStringValue() : "";
    }
}
