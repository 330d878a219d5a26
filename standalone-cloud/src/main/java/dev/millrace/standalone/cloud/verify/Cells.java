package dev.millrace.standalone.cloud.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Every type that a column can have, values of it as a source sends them, and as BigQuery answers with them. */
final class Cells {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final double NEAR = 1e-9;
    private static final Pattern POINT = Pattern.compile("POINT ?\\((-?[0-9.]+) (-?[0-9.]+)\\)");

    private Cells() {}

    /** How two texts are compared. */
    private enum Kind {
        EXACT,
        /** As 64 bits. */
        FLOAT,
        /** By structure, numbers by their value. */
        JSON,
        /** Points are kept on a sphere. */
        POINT
    }

    /**
     * A value.
     *
     * @param sent in JSON
     * @param answered what BigQuery answers with
     */
    private record Value(String sent, String answered) {}

    /**
     * A column.
     *
     * @param yaml of its declaration
     * @param large a value that is so in some sense
     * @param none what a value that is missing is answered with; null: NULL
     */
    private record Typed(
            String name,
            String yaml,
            Kind kind,
            Value large,
            Value small,
            @Nullable String none) {
        Typed(String name, String yaml, Kind kind, String sentLarge, String large, String sentSmall, String small) {
            this(name, yaml, kind, new Value(sentLarge, large), new Value(sentSmall, small), null);
        }

        String sent(Values values) {
            return switch (values) {
                case LARGE -> large.sent;
                case SMALL -> small.sent;
                case NONE -> "null";
            };
        }

        @Nullable
        String answered(Values values) {
            return switch (values) {
                case LARGE -> large.answered;
                case SMALL -> small.answered;
                case NONE -> none;
            };
        }
    }

    private static final String RECORD = "type: RECORD, fields: [{name: n, type: NUMERIC},"
            + " {name: at, type: DATETIME}, {name: tags, type: STRING, mode: REPEATED},"
            + " {name: docs, type: JSON, mode: REPEATED}]";

    private static final List<Typed> COLUMNS = List.of(
            new Typed(
                    "i",
                    "type: INTEGER",
                    Kind.EXACT,
                    "9223372036854775807",
                    "9223372036854775807",
                    "-9223372036854775808",
                    "-9223372036854775808"),
            new Typed(
                    "n",
                    "type: NUMERIC",
                    Kind.EXACT,
                    "99999999999999999999999999999.999999999",
                    "99999999999999999999999999999.999999999",
                    "-0.000000001",
                    "-0.000000001"),
            new Typed(
                    "n2",
                    "type: NUMERIC, precision: 10, scale: 2",
                    Kind.EXACT,
                    "99999999.99",
                    "99999999.99",
                    "\"-1.50\"",
                    "-1.5"),
            new Typed(
                    "bn",
                    "type: BIGNUMERIC",
                    Kind.EXACT,
                    "-578960446186580977117854925043439539266.34992332820282019728792003956564819968",
                    "-578960446186580977117854925043439539266.34992332820282019728792003956564819968",
                    "0.00000000000000000000000000000000000001",
                    "0.00000000000000000000000000000000000001"),
            new Typed("f", "type: FLOAT", Kind.FLOAT, "1.7976931348623157e308", "1.7976931348623157e308", "0.1", "0.1"),
            new Typed("b", "type: BOOLEAN", Kind.EXACT, "true", "true", "false", "false"),
            new Typed("s", "type: STRING", Kind.EXACT, "\"çŞ 🙂 '\\\"\\\\\"", "çŞ 🙂 '\"\\", "\"\"", ""),
            new Typed("x", "type: BYTES", Kind.EXACT, "\"AP96\"", "AP96", "\"\"", ""),
            new Typed("d", "type: DATE", Kind.EXACT, "\"9999-12-31\"", "9999-12-31", "\"0001-01-01\"", "0001-01-01"),
            new Typed(
                    "t",
                    "type: TIME",
                    Kind.EXACT,
                    "\"23:59:59.999999\"",
                    "23:59:59.999999",
                    "\"00:00:00\"",
                    "00:00:00"),
            new Typed(
                    "dt",
                    "type: DATETIME",
                    Kind.EXACT,
                    "\"9999-12-31T23:59:59.999999\"",
                    "9999-12-31T23:59:59.999999",
                    "\"0001-01-01T00:00:00\"",
                    "0001-01-01T00:00:00"),
            new Typed(
                    "ts",
                    "type: TIMESTAMP",
                    Kind.EXACT,
                    "\"9999-12-31T23:59:59.999999Z\"",
                    "9999-12-31T23:59:59.999999Z",
                    "\"2026-01-31T08:00:00.5+08:00\"",
                    "2026-01-31T00:00:00.500000Z"),
            new Typed(
                    "iv",
                    "type: INTERVAL",
                    Kind.EXACT,
                    "\"1-2 3 4:5:6.789\"",
                    "1-2 3 4:5:6.789",
                    "\"PT0.000001S\"",
                    "0-0 0 0:0:0.000001"),
            new Typed(
                    "j",
                    "type: JSON",
                    Kind.JSON,
                    "{\"a\": 1.10, \"b\": [18446744073709551615, 1e30, null], \"c\": \"\\u00e9\"}",
                    "{\"a\": 1.1, \"b\": [18446744073709551615, 1e30, null], \"c\": \"é\"}",
                    "-9223372036854775808",
                    "-9223372036854775808"),
            new Typed(
                    "g",
                    "type: GEOGRAPHY",
                    Kind.POINT,
                    "\"POINT(-71.0603 42.3583)\"",
                    "POINT(-71.0603 42.3583)",
                    "{\"type\": \"Point\", \"coordinates\": [1.5, 2]}",
                    "POINT(1.5 2)"),
            new Typed(
                    "r",
                    RECORD,
                    Kind.JSON,
                    "{\"n\": 1.5, \"at\": \"1815-12-10T00:00:00\", \"tags\": [\"a\", \"\"], \"docs\": [{\"k\": 1}, [2]]}",
                    "{\"n\": 1.5, \"at\": \"1815-12-10T00:00:00\", \"tags\": [\"a\", \"\"], \"docs\": [{\"k\": 1}, [2]]}",
                    "{\"n\": null, \"tags\": null}",
                    "{\"n\": null, \"at\": null, \"tags\": [], \"docs\": []}"),
            list("l", "type: STRING, mode: REPEATED", "[\"b\", \"a\", \"\"]", "[\"x\"]"),
            list("lt", "type: TIME, mode: REPEATED", "[\"23:59:59.999999\", \"00:00:01\"]", "[\"12:00:00\"]"),
            new Typed(
                    "lr",
                    RECORD + ", mode: REPEATED",
                    Kind.JSON,
                    new Value(
                            "[{\"n\": 1, \"tags\": [\"t\"]}, {\"at\": \"2026-01-31T00:00:00\", \"docs\": [{}]}]",
                            "[{\"n\": 1, \"at\": null, \"tags\": [\"t\"], \"docs\": []},"
                                    + " {\"n\": null, \"at\": \"2026-01-31T00:00:00\", \"tags\": [], \"docs\": [{}]}]"),
                    new Value("[]", "[]"),
                    "[]"));

    private static Typed list(String name, String yaml, String large, String small) {
        return new Typed(name, yaml, Kind.JSON, new Value(large, large), new Value(small, small), "[]");
    }

    /** What the values of a row are. */
    enum Values {
        LARGE,
        SMALL,
        /** All of them are null. */
        NONE
    }

    /**
     * A row.
     *
     * @param day on which it is
     */
    record Row(int id, String day, Values values) {
        String record() {
            StringBuilder json = new StringBuilder("{\"id\": " + id + ", \"day\": \"" + day + "\"");
            COLUMNS.forEach(column ->
                    json.append(", \"").append(column.name).append("\": ").append(column.sent(values)));
            return json.append('}').toString();
        }
    }

    /** Their declarations, with those of {@code id} and {@code day}, which are in front. */
    static List<String> columns() {
        List<String> lines = new ArrayList<>(
                List.of("{name: id, type: INTEGER, mode: REQUIRED}", "{name: day, type: DATE, mode: REQUIRED}"));
        COLUMNS.forEach(column -> lines.add("{name: " + column.name + ", " + column.yaml + "}"));
        return lines;
    }

    /** A query for all of them, in their order. */
    static String select(String table) {
        StringBuilder sql = new StringBuilder("SELECT id, day");
        COLUMNS.forEach(column -> sql.append(", ").append(column.name));
        return sql.append(" FROM ").append(table).append(" ORDER BY id, day").toString();
    }

    /** Compares an answer to {@link #select} with the rows that must be there, in their order. */
    static void check(List<Row> expected, List<List<@Nullable String>> found) throws Mismatch {
        if (found.size() != expected.size()) {
            throw new Mismatch(expected.size() + " rows", found.size() + ": " + found);
        }
        for (int i = 0; i < expected.size(); i++) {
            Row row = expected.get(i);
            List<@Nullable String> cells = found.get(i);
            Mismatch.unlessEqual(row.id + " of " + row.day, cells.get(0) + " of " + cells.get(1));
            for (int j = 0; j < COLUMNS.size(); j++) {
                check(row, COLUMNS.get(j), cells.get(j + 2));
            }
        }
    }

    private static void check(Row row, Typed column, @Nullable String found) throws Mismatch {
        String expected = column.answered(row.values);
        boolean none = expected == null && found == null;
        if (!none && (expected == null || found == null || !same(column.kind, expected, found))) {
            throw new Mismatch(
                    "in column " + column.name + " (" + column.yaml + ") of row " + row.id + " " + expected,
                    String.valueOf(found));
        }
    }

    private static boolean same(Kind kind, String expected, String found) {
        return switch (kind) {
            case EXACT -> expected.equals(found);
            case FLOAT -> Double.parseDouble(expected) == Double.parseDouble(found);
            case JSON -> sameJson(expected, found);
            case POINT -> samePoint(expected, found);
        };
    }

    static boolean sameJson(String expected, String found) {
        try {
            return same(JSON.readTree(expected), JSON.readTree(found));
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static boolean same(JsonNode expected, JsonNode found) {
        if (expected.isNumber() && found.isNumber()) {
            return decimal(expected).compareTo(decimal(found)) == 0;
        }
        if (expected.getNodeType() != found.getNodeType() || expected.size() != found.size()) {
            return false;
        }
        if (expected.isArray()) {
            for (int i = 0; i < expected.size(); i++) {
                if (!same(expected.get(i), found.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (expected.isObject()) {
            for (Map.Entry<String, JsonNode> field : expected.properties()) {
                if (!found.has(field.getKey()) || !same(field.getValue(), found.get(field.getKey()))) {
                    return false;
                }
            }
            return true;
        }
        return expected.equals(found);
    }

    private static BigDecimal decimal(JsonNode number) {
        return number.decimalValue();
    }

    private static boolean samePoint(String expected, String found) {
        Matcher wanted = POINT.matcher(expected);
        Matcher seen = POINT.matcher(found);
        return wanted.matches() && seen.matches() && near(wanted, seen, 1) && near(wanted, seen, 2);
    }

    private static boolean near(Matcher one, Matcher other, int group) {
        return Math.abs(Double.parseDouble(one.group(group)) - Double.parseDouble(other.group(group))) < NEAR;
    }
}
