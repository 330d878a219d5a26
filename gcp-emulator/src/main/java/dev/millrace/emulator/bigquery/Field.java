package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.QueryErrors;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A field of a table's schema.
 *
 * @param type as BigQuery answers it: INTEGER, FLOAT, BOOLEAN, RECORD and not their newer names
 * @param fields of a RECORD; else empty
 * @param resource as it was given, with description, policy tags and whatever else
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#tablefieldschema">TableFieldSchema</a>
 */
record Field(String name, String type, String mode, List<Field> fields, ObjectNode resource) {
    /** See https://cloud.google.com/bigquery/docs/schemas#column_names. */
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{M}\\p{N}\\p{Pc}\\p{Pd} &%=+:'<>#|]{1,300}");

    /** See https://cloud.google.com/bigquery/docs/nested-repeated#limitations. */
    private static final int DEPTH = 15;

    /**
     * Type of a NULL that no type is known of; in a result it is an INT64.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules">Conversion rules</a>
     */
    static final String NULL = "NULL";

    private static final Set<String> MODES = Set.of("NULLABLE", "REQUIRED", "REPEATED");
    private static final Map<String, String> NAMES = Map.of(
            "INT64",
            "INTEGER",
            "FLOAT64",
            "FLOAT",
            "BOOL",
            "BOOLEAN",
            "STRUCT",
            "RECORD",
            "DECIMAL",
            "NUMERIC",
            "BIGDECIMAL",
            "BIGNUMERIC");
    private static final Map<String, String> ENGINE = Map.ofEntries(
            Map.entry("STRING", "VARCHAR"),
            Map.entry("BYTES", "BLOB"),
            Map.entry("INTEGER", "BIGINT"),
            Map.entry("FLOAT", "DOUBLE"),
            Map.entry("BOOLEAN", "BOOLEAN"),
            Map.entry("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
            Map.entry("DATE", "DATE"),
            Map.entry("TIME", "TIME"),
            Map.entry("DATETIME", "TIMESTAMP"),
            Map.entry("NUMERIC", "DECIMAL(38,9)"),
            Map.entry("BIGNUMERIC", "BIGNUM"),
            Map.entry("JSON", "JSON"),
            Map.entry("GEOGRAPHY", "GEOMETRY"),
            Map.entry("INTERVAL", "INTERVAL"));

    Field {
        fields = List.copyOf(fields);
    }

    static List<Field> list(JsonNode fields) {
        return list(fields, 1);
    }

    private static List<Field> list(JsonNode fields, int depth) {
        if (depth > DEPTH + 1) {
            throw Errors.invalid("Schema has too many levels of nested fields (max " + DEPTH + ")");
        }
        List<Field> list = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonNode field : fields) {
            Field read = of((ObjectNode) field, depth);
            if (!names.add(read.name().toLowerCase(Locale.ROOT))) {
                throw Errors.invalid("Duplicate field name in schema: " + read.name());
            }
            list.add(read);
        }
        return list;
    }

    private static Field of(ObjectNode resource, int depth) {
        String name = resource.path("name").asText();
        if (!NAME.matcher(name).matches()) {
            throw Errors.invalid("Invalid field name \"" + name + "\".");
        }
        String given = resource.path("type").asText().toUpperCase(Locale.ROOT);
        String type = NAMES.getOrDefault(given, given);
        String mode = resource.path("mode").asText("NULLABLE").toUpperCase(Locale.ROOT);
        if ((!ENGINE.containsKey(type) && !type.equals("RECORD")) || !MODES.contains(mode)) {
            throw Errors.invalid("Invalid value for field " + name + ": " + given + ", " + mode
                    + " is not a valid value of type and mode");
        }
        List<Field> fields = list(resource.path("fields"), depth + 1);
        if (type.equals("RECORD") == fields.isEmpty()) {
            throw Errors.invalid("Field " + name + " is type " + type
                    + (fields.isEmpty() ? " but has no schema" : " but has a schema"));
        }
        ObjectNode kept = resource.deepCopy().put("type", type).put("mode", mode);
        if (!fields.isEmpty()) {
            kept.set("fields", array(fields));
        }
        return new Field(name, type, mode, fields, kept);
    }

    /** @param type BigQuery's name of it */
    static Field of(String name, String type, String mode, List<Field> fields) {
        ObjectNode resource = JsonNodeFactory.instance
                .objectNode()
                .put("name", name)
                .put("type", type)
                .put("mode", mode);
        if (!fields.isEmpty()) {
            resource.set("fields", array(fields));
        }
        return new Field(name, type, mode, fields, resource);
    }

    /** The same without a REQUIRED. */
    Field relaxed() {
        return new Field(name, type, "NULLABLE", fields, resource.deepCopy().put("mode", "NULLABLE"));
    }

    /**
     * The same of another type, which holds all that this one does.
     *
     * @param other with the same fields, of a RECORD
     */
    Field retyped(Field other) {
        boolean same = isRepeated() == other.isRepeated()
                && fields.size() == other.fields.size()
                && IntStream.range(0, fields.size())
                        .allMatch(i -> fields.get(i)
                                .name()
                                .equalsIgnoreCase(other.fields.get(i).name()));
        if (!same || !of(name, other.type, mode, other.fields).takes(this)) {
            throw QueryErrors.invalidQuery(
                    "ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type (" + type
                            + ") is assignable to the new type (" + other.type + ")");
        }
        List<Field> retyped = IntStream.range(0, fields.size())
                .mapToObj(i -> fields.get(i).retyped(other.fields.get(i)))
                .toList();
        ObjectNode changed = resource.deepCopy().put("type", other.type);
        if (!retyped.isEmpty()) {
            changed.set("fields", array(retyped));
        }
        return new Field(name, other.type, mode, retyped, changed);
    }

    /** The engine's SQL that makes a value of this type of one of another, which this one takes. */
    String coerced(String value, Field from, int depth) {
        if (engineType().equals(from.engineType())) {
            return value;
        }
        if (isRepeated()) {
            String element = "x" + depth;
            return "list_transform(" + value + ", lambda " + element + ": " + coercedOne(element, from, depth + 1)
                    + ")";
        }
        return coercedOne(value, from, depth);
    }

    private String coercedOne(String value, Field from, int depth) {
        if (type.equals("RECORD")) {
            return "CASE WHEN " + value + " IS NOT NULL THEN struct_pack("
                    + IntStream.range(0, fields.size())
                            .mapToObj(i -> TableName.quote(fields.get(i).name()) + " := "
                                    + fields.get(i)
                                            .coerced(
                                                    value + "."
                                                            + TableName.quote(from.fields
                                                                    .get(i)
                                                                    .name()),
                                                    from.fields.get(i),
                                                    depth))
                            .collect(Collectors.joining(", "))
                    + ") END";
        }
        return type.equals("BIGNUMERIC")
                ? "CAST(gsql_bignumeric(typeof(" + value + "), CAST(" + value + " AS VARCHAR)) AS BIGNUM)"
                : "CAST(" + value + " AS " + engineElement() + ")";
    }

    static ArrayNode array(List<Field> fields) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        fields.forEach(field -> array.add(field.resource()));
        return array;
    }

    /** As a column of a result or of a table made of one. */
    Field asColumn() {
        String known = type.equals(NULL) ? "INTEGER" : type;
        return of(name, known, mode, fields.stream().map(Field::asColumn).toList());
    }

    /**
     * Whether a value of another type becomes one of this type by itself.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules#coercion">Coercion
     *     </a>
     */
    boolean takes(Field value) {
        if (value.type().equals(NULL)) {
            return true;
        }
        if (isRepeated() != value.isRepeated()) {
            return false;
        }
        if (type.equals("RECORD")) {
            return value.fields().size() == fields.size()
                    && IntStream.range(0, fields.size())
                            .allMatch(i -> fields.get(i).takes(value.fields().get(i)));
        }
        return type.equals(value.type())
                || switch (value.type()) {
                    case "INTEGER" -> Set.of("NUMERIC", "BIGNUMERIC", "FLOAT").contains(type);
                    case "NUMERIC" -> Set.of("BIGNUMERIC", "FLOAT").contains(type);
                    case "BIGNUMERIC" -> type.equals("FLOAT");
                    default -> false;
                };
    }

    boolean isRepeated() {
        return mode.equals("REPEATED");
    }

    boolean isRequired() {
        return mode.equals("REQUIRED");
    }

    /** The engine's type. */
    String engineType() {
        return engineElement() + (isRepeated() ? "[]" : "");
    }

    /** Of one element, when it is repeated. */
    String engineElement() {
        if (type.equals("RECORD")) {
            return fields.stream()
                    .map(field -> TableName.quote(field.name()) + " " + field.engineType())
                    .collect(Collectors.joining(", ", "STRUCT(", ")"));
        }
        if (type.equals("NUMERIC") && resource.hasNonNull("precision")) {
            return "DECIMAL(" + resource.path("precision").asInt() + ","
                    + resource.path("scale").asInt(0) + ")";
        }
        return ENGINE.getOrDefault(type, type);
    }

    /** Of a column in CREATE TABLE. */
    String definition() {
        return TableName.quote(name) + " " + engineType() + (isRequired() ? " NOT NULL" : "");
    }
}
