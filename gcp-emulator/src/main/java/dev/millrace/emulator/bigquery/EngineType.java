package dev.millrace.emulator.bigquery;

import dev.millrace.emulator.bigquery.googlesql.QueryErrors;
import java.util.ArrayList;
import java.util.List;

/** Reads the engine's name of a type, such as {@code STRUCT(a BIGINT, "b c" VARCHAR[])[]}, as a {@link Field}. */
final class EngineType {
    private final String text;
    private int at;

    private EngineType(String text) {
        this.text = text;
    }

    static Field field(String name, String type) {
        return new EngineType(type).field(name);
    }

    private Field field(String name) {
        List<Field> fields = new ArrayList<>();
        String type;
        if (text.startsWith("STRUCT(", at)) {
            at += "STRUCT(".length();
            do {
                fields.add(field(name()));
            } while (take(", "));
            take(")");
            type = "RECORD";
        } else {
            int start = at;
            while (at < text.length() && ",()[".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            type = scalar(text.substring(start, at));
            if (take("(")) {
                at = text.indexOf(')', at) + 1;
            }
        }
        boolean repeated = take("[]");
        if (take("[]")) {
            // see https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_type
            throw QueryErrors.invalidQuery(
                    "Cannot construct array with element type ARRAY<…> because nested arrays are not" + " supported");
        }
        return Field.of(name, type, repeated ? "REPEATED" : "NULLABLE", fields);
    }

    private String name() {
        if (take("\"")) {
            StringBuilder name = new StringBuilder();
            while (true) {
                if (take("\"\"")) {
                    name.append('"');
                } else if (take("\"")) {
                    break;
                } else {
                    name.append(text.charAt(at++));
                }
            }
            take(" ");
            return name.toString();
        }
        int end = text.indexOf(' ', at);
        String name = text.substring(at, end);
        at = end + 1;
        return name;
    }

    private boolean take(String next) {
        if (!text.startsWith(next, at)) {
            return false;
        }
        at += next.length();
        return true;
    }

    private static String scalar(String type) {
        return switch (type) {
            case "BIGINT",
                    "INTEGER",
                    "SMALLINT",
                    "TINYINT",
                    "UBIGINT",
                    "UINTEGER",
                    "USMALLINT",
                    "UTINYINT",
                    "HUGEINT" -> "INTEGER";
            case "DOUBLE", "FLOAT" -> "FLOAT";
            case "BOOLEAN" -> "BOOLEAN";
            case "VARCHAR", "UUID" -> "STRING";
            case "BLOB" -> "BYTES";
            case "DATE" -> "DATE";
            case "TIME" -> "TIME";
            case "TIMESTAMP" -> "DATETIME";
            case "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ" -> "TIMESTAMP";
            case "DECIMAL" -> "NUMERIC";
            case "BIGNUM" -> "BIGNUMERIC";
            case "JSON" -> "JSON";
            case "GEOMETRY" -> "GEOGRAPHY";
            case "INTERVAL" -> "INTERVAL";
            case "\"NULL\"" -> Field.NULL;
            default -> throw QueryErrors.invalidQuery("The emulator has no type for the engine's " + type);
        };
    }
}
