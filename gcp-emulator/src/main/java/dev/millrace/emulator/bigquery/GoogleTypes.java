package dev.millrace.emulator.bigquery;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.google.zetasql.IntervalValue;
import com.google.zetasql.StructType;
import com.google.zetasql.Type;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.Value;
import com.google.zetasql.ZetaSQLType.TypeKind;
import com.google.zetasql.ZetaSQLValue.ValueProto;
import dev.millrace.emulator.bigquery.googlesql.QueryErrors;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Types and values of Google's evaluator, as those of tables and results, and back. */
final class GoogleTypes {
    private static final Map<String, TypeKind> KINDS = Map.ofEntries(
            Map.entry("STRING", TypeKind.TYPE_STRING),
            Map.entry("BYTES", TypeKind.TYPE_BYTES),
            Map.entry("INTEGER", TypeKind.TYPE_INT64),
            Map.entry("FLOAT", TypeKind.TYPE_DOUBLE),
            Map.entry("BOOLEAN", TypeKind.TYPE_BOOL),
            Map.entry("TIMESTAMP", TypeKind.TYPE_TIMESTAMP),
            Map.entry("DATE", TypeKind.TYPE_DATE),
            Map.entry("TIME", TypeKind.TYPE_TIME),
            Map.entry("DATETIME", TypeKind.TYPE_DATETIME),
            Map.entry("NUMERIC", TypeKind.TYPE_NUMERIC),
            Map.entry("BIGNUMERIC", TypeKind.TYPE_BIGNUMERIC),
            Map.entry("JSON", TypeKind.TYPE_JSON),
            Map.entry("GEOGRAPHY", TypeKind.TYPE_GEOGRAPHY),
            Map.entry("INTERVAL", TypeKind.TYPE_INTERVAL),
            Map.entry(Field.NULL, TypeKind.TYPE_INT64));

    private static final Pattern INTERVAL =
            Pattern.compile("(-?)(\\d+)-(\\d+) (-?\\d+) (-?)(\\d+):(\\d+):(\\d+)(?:\\.(\\d{1,6}))?");

    private GoogleTypes() {}

    static Type of(Field field) {
        Type type = field.type().equals("RECORD")
                ? TypeFactory.createStructType(field.fields().stream()
                        .map(child -> new StructType.StructField(child.name(), of(child)))
                        .toList())
                : TypeFactory.createSimpleType(requireNonNull(KINDS.get(field.type())));
        return field.isRepeated() ? TypeFactory.createArrayType(type) : type;
    }

    static Field field(String name, Type type) {
        if (type.isArray()) {
            Field element = field(name, type.asArray().getElementType());
            return Field.of(name, element.type(), "REPEATED", element.fields());
        }
        if (type.isStruct()) {
            List<Field> fields = new ArrayList<>();
            for (StructType.StructField field : type.asStruct().getFieldList()) {
                // see https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#struct_type
                String called = field.getName().isEmpty() ? "_field_" + (fields.size() + 1) : field.getName();
                fields.add(field(called, field.getType()));
            }
            return Field.of(name, "RECORD", "NULLABLE", fields);
        }
        return KINDS.entrySet().stream()
                .filter(kind ->
                        kind.getValue() == type.getKind() && !kind.getKey().equals(Field.NULL))
                .findFirst()
                .map(kind -> Field.of(name, kind.getKey(), "NULLABLE", List.of()))
                .orElseThrow(() -> QueryErrors.invalidQuery("The emulator does not know the type " + type));
    }

    /**
     * From a cell of a table.
     *
     * @param cell as BigQuery answers it, with TIMESTAMP in microseconds
     */
    static ValueProto value(Field field, JsonNode cell) {
        if (field.isRepeated()) {
            Field element = Field.of(field.name(), field.type(), "NULLABLE", field.fields());
            ValueProto.Array.Builder elements = ValueProto.Array.newBuilder();
            cell.forEach(one -> elements.addElement(value(element, one.path("v"))));
            return ValueProto.newBuilder().setArrayValue(elements).build();
        }
        if (cell.isNull()) {
            return ValueProto.getDefaultInstance();
        }
        if (field.type().equals("RECORD")) {
            ValueProto.Struct.Builder fields = ValueProto.Struct.newBuilder();
            for (int i = 0; i < field.fields().size(); i++) {
                fields.addField(
                        value(field.fields().get(i), cell.path("f").path(i).path("v")));
            }
            return ValueProto.newBuilder().setStructValue(fields).build();
        }
        return single(field, cell.asText()).getProto();
    }

    private static Value single(Field field, String text) {
        return switch (field.type()) {
            case "STRING" -> Value.createStringValue(text);
            case "BYTES" ->
                Value.createBytesValue(ByteString.copyFrom(Base64.getDecoder().decode(text)));
            case "INTEGER" -> Value.createInt64Value(Long.parseLong(text));
            case "FLOAT" -> Value.createDoubleValue(Double.parseDouble(text));
            case "BOOLEAN" -> Value.createBoolValue(Boolean.parseBoolean(text));
            case "TIMESTAMP" -> Value.createTimestampValueFromUnixMicros(Long.parseLong(text));
            case "DATE" -> Value.createDateValue(LocalDate.parse(text));
            case "TIME" -> Value.createTimeValue(LocalTime.parse(text));
            case "DATETIME" -> Value.createDatetimeValue(LocalDateTime.parse(text));
            case "NUMERIC" -> Value.createNumericValue(new BigDecimal(text));
            case "BIGNUMERIC" -> Value.createBigNumericValue(new BigDecimal(text));
            case "JSON" -> Value.createJsonValue(text);
            case "INTERVAL" -> Value.createIntervalValue(interval(text));
            default ->
                throw QueryErrors.invalidQuery("The emulator leaves this query to Google's evaluator, which has no "
                        + field.type() + " such as that of the column " + field.name());
        };
    }

    private static IntervalValue interval(String text) {
        Matcher matcher = INTERVAL.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("INTERVAL: '" + text + "' (expected: such as 1-2 3 4:5:6.7)");
        }
        int months = Integer.parseInt(matcher.group(2)) * 12 + Integer.parseInt(matcher.group(3));
        String fraction = matcher.group(9) == null ? "" : matcher.group(9);
        long micros = ((Long.parseLong(matcher.group(6)) * 60 + Long.parseLong(matcher.group(7))) * 60
                                + Long.parseLong(matcher.group(8)))
                        * 1_000_000
                + Long.parseLong((fraction + "000000").substring(0, 6));
        return IntervalValue.builder()
                .setMonths(matcher.group(1).isEmpty() ? months : -months)
                .setDays(Integer.parseInt(matcher.group(4)))
                .setMicros(matcher.group(5).isEmpty() ? micros : -micros)
                .setNanoFractions((short) 0)
                .build();
    }

    /** An expression of the engine's. */
    static String literal(Field field, Value value) {
        if (value.isNull()) {
            return "CAST(NULL AS " + field.engineType() + ")";
        }
        if (field.isRepeated()) {
            Field element = Field.of(field.name(), field.type(), "NULLABLE", field.fields());
            return value.getElementList().stream()
                    .map(one -> literal(element, one))
                    .collect(Collectors.joining(", ", "CAST([", "] AS " + field.engineType() + ")"));
        }
        if (field.type().equals("RECORD")) {
            return IntStream.range(0, field.fields().size())
                    .mapToObj(i -> literal(field.fields().get(i), value.getField(i)))
                    .collect(Collectors.joining(", ", "CAST(row(", ") AS " + field.engineType() + ")"));
        }
        return switch (value.getType().getKind()) {
            case TYPE_BYTES ->
                "from_base64('"
                        + Base64.getEncoder()
                                .encodeToString(value.getBytesValue().toByteArray()) + "')";
            case TYPE_TIMESTAMP -> "make_timestamptz(" + value.getTimestampUnixMicros() + ")";
            case TYPE_INTERVAL -> {
                IntervalValue interval = value.getIntervalValue();
                yield "(to_months(" + interval.months() + ") + to_days(" + interval.days() + ") + to_microseconds("
                        + interval.micros() + "))";
            }
            default -> "CAST('" + text(value).replace("'", "''") + "' AS " + field.engineType() + ")";
        };
    }

    private static String text(Value value) {
        return switch (value.getType().getKind()) {
            case TYPE_STRING -> value.getStringValue();
            case TYPE_INT64 -> Long.toString(value.getInt64Value());
            case TYPE_DOUBLE -> Double.toString(value.getDoubleValue());
            case TYPE_BOOL -> Boolean.toString(value.getBoolValue());
            case TYPE_DATE -> value.getLocalDateValue().toString();
            case TYPE_TIME -> value.getLocalTimeValue().toString();
            case TYPE_DATETIME -> value.getLocalDateTimeValue().toString();
            case TYPE_NUMERIC -> value.getNumericValue().toPlainString();
            case TYPE_BIGNUMERIC ->
                value.getBigNumericValue().setScale(38).unscaledValue().toString();
            case TYPE_JSON -> value.getJsonValue();
            default -> throw QueryErrors.invalidQuery("The emulator does not know the type " + value.getType());
        };
    }
}
