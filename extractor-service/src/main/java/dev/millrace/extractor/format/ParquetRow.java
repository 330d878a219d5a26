package dev.millrace.extractor.format;

import dev.hardwood.metadata.ConvertedType;
import dev.hardwood.metadata.LogicalType;
import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.metadata.RepetitionType;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqMap;
import dev.hardwood.row.PqStruct;
import dev.hardwood.schema.SchemaNode;
import dev.hardwood.schema.SchemaNode.GroupNode;
import dev.hardwood.schema.SchemaNode.PrimitiveNode;
import dev.millrace.extractor.format.TypedJson.Unfit;
import dev.millrace.extractor.format.TypedJson.Unit;
import dev.millrace.extractor.record.MalformedSource;
import io.micronaut.core.annotation.Nullable;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A row of a Parquet file as JSON, by the file's schema. Values are taken as they are stored, and read by their logical type here. For
 * one thread; used again for each row.
 *
 * @see <a href="https://github.com/apache/parquet-format/blob/master/LogicalTypes.md">Logical types</a>
 */
final class ParquetRow {
    private static final int NANOS = 8; // bytes of INT96 before those of the day

    private final TypedJson json = new TypedJson();
    private final List<Field> fields;

    private interface Writer {
        /** @param value as it is stored; never null */
        void write(Object value) throws Unfit;
    }

    private static final class Field {
        private final byte[] name;
        private final String shown;
        private final Writer value;

        Field(String name, String shown, Writer value) {
            this.name = ObjectBytes.name(name);
            this.shown = shown;
            this.value = value;
        }

        /** As it begins a member of an object. */
        byte[] name() {
            return name;
        }

        String shown() {
            return shown;
        }

        Writer value() {
            return value;
        }
    }

    /** @throws MalformedSource when a column has a type that isn't read */
    ParquetRow(List<SchemaNode> columns) throws MalformedSource {
        this.fields = fields(columns, "");
    }

    TypedJson json() {
        return json;
    }

    /** @return what is wrong with it, so that it is to be rejected; empty: nothing */
    String write(RowReader row) {
        json.bytes().begin();
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            json.bytes().field(field.name());
            try {
                value(row.getRawValue(i), field.value());
            } catch (Unfit e) {
                return "column '" + field.shown() + "' " + e.getMessage();
            }
        }
        json.bytes().end();
        return "";
    }

    private void value(@Nullable Object value, Writer writer) throws Unfit {
        if (value == null) {
            json.nothing();
        } else {
            writer.write(value);
        }
    }

    private List<Field> fields(List<SchemaNode> nodes, String above) throws MalformedSource {
        List<Field> made = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (SchemaNode node : nodes) {
            String shown = above + node.name();
            if (!names.add(node.name())) {
                throw MalformedSource.unreadable(
                        "the schema has the column '" + shown + "' twice (expected: each name once)");
            }
            made.add(new Field(node.name(), shown, writer(node, shown)));
        }
        return List.copyOf(made);
    }

    private Writer writer(SchemaNode node, String shown) throws MalformedSource {
        // without a group that says so, as older writers and Protocol Buffers have lists
        return node.repetitionType() == RepetitionType.REPEATED ? list(one(node, shown)) : one(node, shown);
    }

    private Writer one(SchemaNode node, String shown) throws MalformedSource {
        return switch (node) {
            case PrimitiveNode primitive -> primitive(primitive, shown);
            case GroupNode group when group.isVariant() -> throw notRead(shown, "VARIANT");
            case GroupNode group when group.isList() -> list(element(group, shown));
            case GroupNode group when group.isMap() -> map(group.getMapKey(), group.getMapValue(), shown);
            case GroupNode group
            when isOldMap(group) -> {
                GroupNode pair = (GroupNode) group.children().getFirst();
                yield map(pair.children().getFirst(), pair.children().getLast(), shown);
            }
            case GroupNode group -> struct(fields(group.children(), shown + "."));
        };
    }

    private static MalformedSource notRead(String shown, String type) {
        return MalformedSource.unreadable("column '" + shown + "' is of the type " + type
                + ", which is not read (expected: a file without it, or in which it is a text)");
    }

    private Writer element(GroupNode list, String shown) throws MalformedSource {
        return one(list.getListElement(), shown + "[]");
    }

    private Writer list(Writer element) {
        return value -> {
            PqList list = (PqList) value;
            json.bytes().write('[');
            for (int i = 0; i < list.size(); i++) {
                if (i > 0) {
                    json.bytes().write(',');
                }
                value(list.getRaw(i), element);
            }
            json.bytes().write(']');
        };
    }

    private Writer struct(List<Field> members) {
        return value -> {
            PqStruct struct = (PqStruct) value;
            json.bytes().write('{');
            for (int i = 0; i < members.size(); i++) {
                if (i > 0) {
                    json.bytes().write(',');
                }
                json.bytes().verbatim(members.get(i).name());
                value(struct.getRawValue(i), members.get(i).value());
            }
            json.bytes().write('}');
        };
    }

    /** With texts for keys an object; otherwise an array of objects with a key and a value. */
    private Writer map(SchemaNode keys, @Nullable SchemaNode values, String shown) throws MalformedSource {
        Writer key = one(keys, shown + ".key");
        Writer content = values == null ? _ -> json.nothing() : writer(values, shown + ".value");
        return keys instanceof PrimitiveNode text && isText(text) ? object(key, content) : pairs(key, content);
    }

    /** As writers had them before there was a word for the map itself. */
    private static boolean isOldMap(GroupNode group) {
        return group.convertedType() == ConvertedType.MAP_KEY_VALUE
                && group.children().size() == 1
                && group.children().getFirst() instanceof GroupNode pair
                && pair.repetitionType() == RepetitionType.REPEATED
                && pair.children().size() == 2;
    }

    private record Entry(Object key, @Nullable Object value) {}

    private static List<Entry> entries(Object map) {
        List<Entry> entries = new ArrayList<>();
        switch (map) {
            case PqMap known ->
                known.getEntries().forEach(entry -> entries.add(new Entry(entry.getRawKey(), entry.getRawValue())));
            case PqStruct old -> {
                PqList pairs = (PqList) old.getRawValue(0);
                for (int i = 0; i < pairs.size(); i++) {
                    PqStruct pair = (PqStruct) pairs.getRaw(i);
                    entries.add(new Entry(pair.getRawValue(0), pair.getRawValue(1)));
                }
            }
            default ->
                throw new IllegalStateException(
                        "a map that is a " + map.getClass().getSimpleName());
        }
        return entries;
    }

    private Writer object(Writer key, Writer content) {
        return value -> {
            Set<ByteBuffer> keys = new HashSet<>();
            json.bytes().write('{');
            for (Entry entry : entries(value)) {
                if (!keys.isEmpty()) {
                    json.bytes().write(',');
                }
                if (!keys.add(ByteBuffer.wrap((byte[]) entry.key()))) {
                    throw new Unfit("is a map that has the key '"
                            + new String((byte[]) entry.key(), StandardCharsets.UTF_8) + "' twice");
                }
                key.write(entry.key());
                json.bytes().write(':');
                value(entry.value(), content);
            }
            json.bytes().write('}');
        };
    }

    private Writer pairs(Writer key, Writer content) {
        byte[] beforeKey = ObjectBytes.name("key");
        byte[] beforeValue = ObjectBytes.name("value");
        return value -> {
            boolean first = true;
            json.bytes().write('[');
            for (Entry entry : entries(value)) {
                if (!first) {
                    json.bytes().write(',');
                }
                first = false;
                json.bytes().write('{');
                json.bytes().verbatim(beforeKey);
                value(entry.key(), key);
                json.bytes().write(',');
                json.bytes().verbatim(beforeValue);
                value(entry.value(), content);
                json.bytes().write('}');
            }
            json.bytes().write(']');
        };
    }

    private static boolean isText(PrimitiveNode node) {
        return node.logicalType() instanceof LogicalType.StringType
                || node.logicalType() instanceof LogicalType.EnumType;
    }

    private Writer primitive(PrimitiveNode node, String shown) throws MalformedSource {
        if (node.type() == PhysicalType.INT96) {
            return value -> {
                ByteBuffer bytes = ByteBuffer.wrap((byte[]) value).order(ByteOrder.LITTLE_ENDIAN);
                json.julian(bytes.getInt(NANOS), bytes.getLong(0));
            };
        }
        return switch (node.logicalType()) {
            case null -> plain(node);
            case LogicalType.IntType type -> type.isSigned() ? plain(node) : value -> json.unsigned(unsigned(value));
            case LogicalType.DecimalType type -> value -> decimal(value, type.scale());
            case LogicalType.DateType _ -> value -> json.date((Integer) value);
            case LogicalType.TimeType type -> value -> json.time(count(value), unit(type.unit()));
            case LogicalType.TimestampType type ->
                value -> json.timestamp(count(value), unit(type.unit()), type.isAdjustedToUTC());
            case LogicalType.StringType _, LogicalType.EnumType _ ->
                value -> json.text(ByteBuffer.wrap((byte[]) value));
            case LogicalType.JsonType _ -> value -> json.json(ByteBuffer.wrap((byte[]) value));
            case LogicalType.BsonType _ -> value -> json.binary((byte[]) value);
            case LogicalType.UuidType _ -> value -> json.text(uuid((byte[]) value));
            case LogicalType.Float16Type _ ->
                value -> json.number(Float.float16ToFloat(ByteBuffer.wrap((byte[]) value)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getShort()));
            case LogicalType.IntervalType _ -> value -> json.interval((byte[]) value);
            case LogicalType.NullType _ -> _ -> json.nothing();
            case LogicalType.ListType _, LogicalType.MapType _ -> throw notRead(shown, "LIST without elements");
            case LogicalType.VariantType _ -> throw notRead(shown, "VARIANT");
            case LogicalType.GeometryType _ -> throw notRead(shown, "GEOMETRY");
            case LogicalType.GeographyType _ -> throw notRead(shown, "GEOGRAPHY");
        };
    }

    private Writer plain(PrimitiveNode node) {
        return switch (node.type()) {
            case BOOLEAN -> value -> json.truth((Boolean) value);
            case INT32, INT64 -> value -> json.number(count(value));
            case FLOAT -> value -> json.number((Float) value);
            case DOUBLE -> value -> json.number((Double) value);
            case INT96, BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY -> value -> json.binary((byte[]) value);
        };
    }

    private static long count(Object stored) {
        return ((Number) stored).longValue();
    }

    private static long unsigned(Object stored) {
        return stored instanceof Integer small ? Integer.toUnsignedLong(small) : count(stored);
    }

    private void decimal(Object unscaled, int scale) {
        if (unscaled instanceof byte[] bytes) {
            json.decimal(bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes), scale);
        } else {
            json.decimal(count(unscaled), scale);
        }
    }

    private static Unit unit(LogicalType.TimeUnit unit) {
        return switch (unit) {
            case MILLIS -> Unit.MILLIS;
            case MICROS -> Unit.MICROS;
            case NANOS -> Unit.NANOS;
        };
    }

    private static String uuid(byte[] bytes) {
        ByteBuffer both = ByteBuffer.wrap(bytes);
        return new UUID(both.getLong(), both.getLong()).toString();
    }
}
