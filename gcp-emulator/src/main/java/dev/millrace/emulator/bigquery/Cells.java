package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.Conversions;
import dev.millrace.emulator.bigquery.googlesql.Intervals;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rows as BigQuery answers them: objects of {@code f} and {@code v} in which every value is text. The engine makes text
 * of each value, so that none passes through a type of Java's that could change it.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list">tabledata.list: values</a>
 */
final class Cells {
    private Cells() {}

    /** A query of one column with the JSON of each row, all leaves as text. */
    static String query(String rows, List<Field> schema) {
        return "SELECT to_json(" + struct(schema, "cells") + ") FROM (" + rows + ") AS cells";
    }

    private static String struct(List<Field> fields, String container) {
        StringBuilder text = new StringBuilder("struct_pack(");
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            String value = container + "." + TableName.quote(field.name());
            text.append(i == 0 ? "" : ", ").append("f").append(i).append(" := ").append(text(field, value));
        }
        return text.append(')').toString();
    }

    private static String text(Field field, String value) {
        if (!field.isRepeated()) {
            return element(field, value);
        }
        String name = "e" + value.chars().filter(c -> c == '.').count() + "_" + value.length();
        return "list_transform(" + value + ", lambda " + name + ": " + element(field, name) + ")";
    }

    private static String element(Field field, String value) {
        return switch (field.type()) {
            case "RECORD" -> "CASE WHEN " + value + " IS NOT NULL THEN " + struct(field.fields(), value) + " END";
            case "BYTES" -> "to_base64(" + value + ")";
            case "TIMESTAMP" -> "CAST(epoch_us(" + value + ") AS VARCHAR)";
            default -> "CAST(" + value + " AS VARCHAR)";
        };
    }

    /**
     * @param row as {@link #query} makes it
     * @param microseconds whether a TIMESTAMP is answered as a whole number of microseconds, as
     *     {@code formatOptions.useInt64Timestamp} asks for, or as seconds
     */
    static ObjectNode row(JsonNode row, List<Field> schema, boolean microseconds) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode cells = answer.putArray("f");
        for (int i = 0; i < schema.size(); i++) {
            cells.addObject().set("v", value(row.path("f" + i), schema.get(i), microseconds));
        }
        return answer;
    }

    private static JsonNode value(JsonNode value, Field field, boolean microseconds) {
        if (!field.isRepeated()) {
            return single(value, field, microseconds);
        }
        // a NULL array is answered as an empty one:
        // https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_nulls
        ArrayNode elements = JsonNodeFactory.instance.arrayNode();
        value.forEach(element -> elements.addObject().set("v", single(element, field, microseconds)));
        return elements;
    }

    private static JsonNode single(JsonNode value, Field field, boolean microseconds) {
        if (value.isNull() || value.isMissingNode()) {
            return JsonNodeFactory.instance.nullNode();
        }
        if (field.type().equals("RECORD")) {
            return row(value, field.fields(), microseconds);
        }
        String text = value.asText();
        return JsonNodeFactory.instance.textNode(
                switch (field.type()) {
                    case "FLOAT" -> floating(text);
                    case "DATETIME" -> text.replace(' ', 'T');
                    case "NUMERIC" -> decimal(text);
                    case "BIGNUMERIC" -> Conversions.bignumeric(text);
                    case "GEOGRAPHY" -> Conversions.geography(text);
                    case "INTERVAL" -> Intervals.canonical(text);
                    case "TIMESTAMP" ->
                        microseconds
                                ? text
                                : new BigDecimal(text).movePointLeft(6).toPlainString();
                    default -> text;
                });
    }

    /** As BigQuery, and Java, writes it. */
    static String floating(String text) {
        return switch (text) {
            case "nan" -> "NaN";
            case "inf" -> "Infinity";
            case "-inf" -> "-Infinity";
            default -> text;
        };
    }

    private static String decimal(String text) {
        BigDecimal value = new BigDecimal(text);
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    /** A condition that finds rows which BigQuery would not take; empty when there can be none. */
    static String violations(List<Field> schema) {
        return schema.stream()
                .map(field -> violation(field, TableName.quote(field.name())))
                .filter(condition -> !condition.isEmpty())
                .collect(Collectors.joining(" OR "));
    }

    /**
     * NULL in an array, or in a REQUIRED field.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_nulls">Arrays and
     *     NULL</a>
     */
    private static String violation(Field field, String value) {
        if (field.isRepeated()) {
            String name = "e" + value.length();
            String inner = within(field, name);
            return "len(list_filter(" + value + ", lambda " + name + ": " + name + " IS NULL"
                    + (inner.isEmpty() ? "" : " OR coalesce(" + inner + ", FALSE)") + ")) > 0";
        }
        String inner = within(field, value);
        if (field.isRequired()) {
            return "(" + value + " IS NULL" + (inner.isEmpty() ? "" : " OR " + inner) + ")";
        }
        return inner.isEmpty() ? "" : "(" + value + " IS NOT NULL AND (" + inner + "))";
    }

    private static String within(Field field, String value) {
        return field.fields().stream()
                .map(child -> violation(child, value + "." + TableName.quote(child.name())))
                .filter(condition -> !condition.isEmpty())
                .collect(Collectors.joining(" OR "));
    }
}
