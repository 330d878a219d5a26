package dev.millrace.extractor.format;

import dev.millrace.extractor.format.TypedJson.Unfit;
import dev.millrace.extractor.format.TypedJson.Unit;
import dev.millrace.extractor.record.MalformedSource;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.arrow.flatbuf.Date;
import org.apache.arrow.flatbuf.DateUnit;
import org.apache.arrow.flatbuf.Decimal;
import org.apache.arrow.flatbuf.DictionaryEncoding;
import org.apache.arrow.flatbuf.Duration;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FixedSizeBinary;
import org.apache.arrow.flatbuf.FixedSizeList;
import org.apache.arrow.flatbuf.FloatingPoint;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.Interval;
import org.apache.arrow.flatbuf.IntervalUnit;
import org.apache.arrow.flatbuf.Precision;
import org.apache.arrow.flatbuf.Time;
import org.apache.arrow.flatbuf.TimeUnit;
import org.apache.arrow.flatbuf.Timestamp;
import org.apache.arrow.flatbuf.Type;

/**
 * A column of Arrow, or what is within one, whose values are written as JSON by its type. For one thread; used again for each batch.
 *
 * @see <a href="https://arrow.apache.org/docs/format/Columnar.html">Columnar format</a>
 */
final class ArrowColumn {
    private static final long MILLIS_PER_DAY = 86_400_000;
    private static final byte[] KEY = ObjectBytes.name("key");
    private static final byte[] VALUE = ObjectBytes.name("value");
    private static final int VIEW = 16;
    private static final int IN_VIEW = 12;

    private final String name;
    private final byte[] encodedName;
    private final TypedJson json;
    private final List<ArrowColumn> children;
    private final Layout layout;
    private final Writer writer;
    private final boolean text;
    private boolean hasNulls;
    private ByteBuffer validity = ByteBuffer.allocate(0);
    private ByteBuffer offsets = validity;
    private ByteBuffer data = validity;
    private List<ByteBuffer> views = List.of();

    /** Which buffers a column has, beside that which says what is null. */
    private enum Layout {
        NOTHING,
        STRUCT,
        DATA,
        /** Of 4 bytes each. */
        OFFSETS,
        LARGE_OFFSETS,
        TEXT,
        LARGE_TEXT,
        VIEWS
    }

    private interface Writer {
        /** @param at of the batch, from 0; never null */
        void write(ArrowColumn column, int at) throws Unfit;
    }

    private ArrowColumn(
            String name, TypedJson json, List<ArrowColumn> children, Layout layout, boolean text, Writer writer) {
        this.name = name;
        this.encodedName = ObjectBytes.name(name);
        this.json = json;
        this.children = children;
        this.layout = layout;
        this.text = text;
        this.writer = writer;
    }

    /**
     * @param above names of what it is within, for messages
     * @param dictionaries by their ids, as they are read
     * @param types gets what the dictionaries' values are
     * @throws MalformedSource when it has a type that isn't read
     */
    static ArrowColumn of(
            Field field,
            String above,
            TypedJson json,
            Map<Long, ArrowColumn> dictionaries,
            Map<Long, ArrowColumn> types)
            throws MalformedSource {
        String name = field.name() == null ? "" : field.name();
        String shown = above + name;
        List<ArrowColumn> children = new ArrayList<>();
        for (int i = 0; i < field.childrenLength(); i++) {
            children.add(of(field.children(i), shown + ".", json, dictionaries, types));
        }
        DictionaryEncoding encoding = field.dictionary();
        ArrowColumn values = typed(field, name, shown, json, children);
        if (encoding == null) {
            return values;
        }
        long id = encoding.id();
        types.put(id, values);
        Int index = encoding.indexType();
        int width = index == null ? Integer.SIZE : index.bitWidth();
        long mask = index == null || index.isSigned() ? -1 : mask(width);
        return new ArrowColumn(name, json, List.of(), Layout.DATA, false, (column, at) -> {
            ArrowColumn dictionary = dictionaries.get(id);
            if (dictionary == null) {
                throw new Unfit("has a dictionary that isn't in the file before it");
            }
            dictionary.write(Math.toIntExact(column.whole(at, width) & mask));
        });
    }

    private static ArrowColumn typed(Field field, String name, String shown, TypedJson json, List<ArrowColumn> children)
            throws MalformedSource {
        byte type = field.typeType();
        String extension = extension(field);
        boolean text = type == Type.Utf8 || type == Type.LargeUtf8 || type == Type.Utf8View;
        Layout layout = switch (type) {
            case Type.Null -> Layout.NOTHING;
            case Type.Struct_, Type.FixedSizeList -> Layout.STRUCT;
            case Type.List, Type.Map -> Layout.OFFSETS;
            case Type.LargeList -> Layout.LARGE_OFFSETS;
            case Type.Utf8, Type.Binary -> Layout.TEXT;
            case Type.LargeUtf8, Type.LargeBinary -> Layout.LARGE_TEXT;
            case Type.Utf8View, Type.BinaryView -> Layout.VIEWS;
            default -> Layout.DATA;
        };
        Writer writer = switch (type) {
            case Type.Null -> (column, _) -> column.json.nothing();
            case Type.Int -> ofInt((Int) field.type(new Int()));
            case Type.FloatingPoint -> floating(((FloatingPoint) field.type(new FloatingPoint())).precision());
            case Type.Bool -> (column, at) -> column.json.truth(bit(column.data, at));
            case Type.Decimal -> decimal((Decimal) field.type(new Decimal()));
            case Type.Date -> date(((Date) field.type(new Date())).unit());
            case Type.Time -> {
                Time time = (Time) field.type(new Time());
                yield (column, at) -> column.json.time(column.whole(at, time.bitWidth()), unit(time.unit()));
            }
            case Type.Timestamp -> {
                Timestamp timestamp = (Timestamp) field.type(new Timestamp());
                Unit unit = unit(timestamp.unit());
                String zone = timestamp.timezone();
                boolean inUtc = zone != null && !zone.isEmpty();
                yield (column, at) -> column.json.timestamp(column.whole(at, Long.SIZE), unit, inUtc);
            }
            case Type.Duration -> {
                Unit unit = unit(((Duration) field.type(new Duration())).unit());
                yield (column, at) -> column.json.duration(column.whole(at, Long.SIZE), unit);
            }
            case Type.Interval -> interval(((Interval) field.type(new Interval())).unit());
            case Type.Utf8, Type.LargeUtf8, Type.Utf8View ->
                extension.equals("arrow.json")
                        ? (column, at) -> column.json.json(column.bytes(at))
                        : (column, at) -> column.json.text(column.bytes(at));
            case Type.Binary, Type.LargeBinary, Type.BinaryView ->
                (column, at) -> column.json.binary(copied(column.bytes(at)));
            case Type.FixedSizeBinary -> {
                int width = ((FixedSizeBinary) field.type(new FixedSizeBinary())).byteWidth();
                yield extension.equals("arrow.uuid") && width == 16
                        ? (column, at) -> column.json.text(
                                uuid(column.data.slice(at * width, width)).toString())
                        : (column, at) -> column.json.binary(copied(column.data.slice(at * width, width)));
            }
            case Type.Struct_ -> ArrowColumn::struct;
            case Type.List, Type.LargeList -> (column, at) -> column.list(column.offset(at), column.offset(at + 1));
            case Type.FixedSizeList -> {
                int size = ((FixedSizeList) field.type(new FixedSizeList())).listSize();
                yield (column, at) -> column.list((long) at * size, (long) (at + 1) * size);
            }
            case Type.Map -> ArrowColumn::map;
            default ->
                throw MalformedSource.unreadable("column '" + shown + "' is of the type " + Type.name(type)
                        + ", which is not read (expected: a file without it, or in which it is a text)");
        };
        return new ArrowColumn(name, json, List.copyOf(children), layout, text, writer);
    }

    /** The name of the type that is stored as this one; empty: there is none. */
    private static String extension(Field field) {
        for (int i = 0; i < field.customMetadataLength(); i++) {
            if ("ARROW:extension:name".equals(field.customMetadata(i).key())) {
                return String.valueOf(field.customMetadata(i).value());
            }
        }
        return "";
    }

    String name() {
        return name;
    }

    /** As it begins a member of an object. */
    byte[] encodedName() {
        return encodedName;
    }

    /** Takes the buffers of the next batch. */
    void take(ArrowBody body) {
        hasNulls = body.nextHasNulls();
        if (layout != Layout.NOTHING) {
            validity = body.nextBuffer();
        }
        switch (layout) {
            case NOTHING, STRUCT -> {
                // there are none
            }
            case DATA -> data = body.nextBuffer();
            case OFFSETS, LARGE_OFFSETS -> offsets = body.nextBuffer();
            case TEXT, LARGE_TEXT -> {
                offsets = body.nextBuffer();
                data = body.nextBuffer();
            }
            case VIEWS -> {
                data = body.nextBuffer();
                views = new ArrayList<>();
                for (int i = body.nextBufferCount(); i > 0; i--) {
                    views.add(body.nextBuffer());
                }
            }
        }
        for (ArrowColumn child : children) {
            child.take(body);
        }
    }

    /** @param at of the batch, from 0 */
    void write(int at) throws Unfit {
        if (isNull(at)) {
            json.nothing();
        } else {
            writer.write(this, at);
        }
    }

    private boolean isNull(int at) {
        return hasNulls && validity.hasRemaining() && !bit(validity, at);
    }

    private static boolean bit(ByteBuffer bits, int at) {
        return (bits.get(at >> 3) >> (at & 7) & 1) != 0;
    }

    private long whole(int at, int width) {
        return switch (width) {
            case Byte.SIZE -> data.get(at);
            case Short.SIZE -> data.getShort(at * Short.BYTES);
            case Integer.SIZE -> data.getInt(at * Integer.BYTES);
            default -> data.getLong(at * Long.BYTES);
        };
    }

    private long offset(int at) {
        if (!offsets.hasRemaining()) {
            return 0; // where there are no values at all
        }
        return layout == Layout.LARGE_OFFSETS || layout == Layout.LARGE_TEXT
                ? offsets.getLong(at * Long.BYTES)
                : offsets.getInt(at * Integer.BYTES);
    }

    private ByteBuffer bytes(int at) {
        if (layout != Layout.VIEWS) {
            int from = Math.toIntExact(offset(at));
            return data.slice(from, Math.toIntExact(offset(at + 1)) - from);
        }
        int length = data.getInt(at * VIEW);
        return length <= IN_VIEW
                ? data.slice(at * VIEW + Integer.BYTES, length)
                : views.get(data.getInt(at * VIEW + 2 * Integer.BYTES))
                        .slice(data.getInt(at * VIEW + 3 * Integer.BYTES), length);
    }

    private static byte[] copied(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private static UUID uuid(ByteBuffer bytes) {
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    private static Writer ofInt(Int type) {
        int width = type.bitWidth();
        if (type.isSigned()) {
            return (column, at) -> column.json.number(column.whole(at, width));
        }
        long mask = mask(width);
        return (column, at) -> column.json.unsigned(column.whole(at, width) & mask);
    }

    private static long mask(int width) {
        return width == Long.SIZE ? -1 : (1L << width) - 1;
    }

    private static Writer floating(short precision) {
        return switch (precision) {
            case Precision.HALF ->
                (column, at) -> column.json.number(Float.float16ToFloat(column.data.getShort(at * Short.BYTES)));
            case Precision.SINGLE -> (column, at) -> column.json.number(column.data.getFloat(at * Float.BYTES));
            default -> (column, at) -> column.json.number(column.data.getDouble(at * Double.BYTES));
        };
    }

    private static Writer decimal(Decimal type) {
        int width = type.bitWidth() / Byte.SIZE;
        int scale = type.scale();
        byte[] unscaled = new byte[width];
        return (column, at) -> {
            for (int i = 0; i < width; i++) {
                unscaled[width - 1 - i] = column.data.get(at * width + i);
            }
            column.json.decimal(new BigInteger(unscaled), scale);
        };
    }

    private static Writer date(short unit) {
        return unit == DateUnit.DAY
                ? (column, at) -> column.json.date(column.whole(at, Integer.SIZE))
                : (column, at) -> {
                    long millis = column.whole(at, Long.SIZE);
                    if (millis % MILLIS_PER_DAY != 0) {
                        throw new Unfit("is the date " + millis + " milliseconds from 1970, which is no whole day");
                    }
                    column.json.date(millis / MILLIS_PER_DAY);
                };
    }

    private static Unit unit(short unit) {
        return switch (unit) {
            case TimeUnit.SECOND -> Unit.SECONDS;
            case TimeUnit.MILLISECOND -> Unit.MILLIS;
            case TimeUnit.MICROSECOND -> Unit.MICROS;
            default -> Unit.NANOS;
        };
    }

    private static Writer interval(short unit) {
        return switch (unit) {
            case IntervalUnit.YEAR_MONTH ->
                (column, at) -> column.json.interval(column.whole(at, Integer.SIZE), 0, BigDecimal.ZERO);
            case IntervalUnit.DAY_TIME ->
                (column, at) -> column.json.interval(
                        0,
                        column.whole(2 * at, Integer.SIZE),
                        BigDecimal.valueOf(column.whole(2 * at + 1, Integer.SIZE), 3));
            default ->
                (column, at) -> column.json.interval(
                        column.whole(4 * at, Integer.SIZE),
                        column.whole(4 * at + 1, Integer.SIZE),
                        BigDecimal.valueOf(column.whole(2 * at + 1, Long.SIZE), 9));
        };
    }

    private void struct(int at) throws Unfit {
        json.bytes().write('{');
        for (int i = 0; i < children.size(); i++) {
            ArrowColumn member = children.get(i);
            if (i > 0) {
                json.bytes().write(',');
            }
            json.bytes().verbatim(member.encodedName);
            member.write(at);
        }
        json.bytes().write('}');
    }

    private void list(long from, long to) throws Unfit {
        json.bytes().write('[');
        for (long i = from; i < to; i++) {
            if (i > from) {
                json.bytes().write(',');
            }
            children.getFirst().write(Math.toIntExact(i));
        }
        json.bytes().write(']');
    }

    /** With texts for keys an object; otherwise an array of objects with a key and a value. */
    private void map(int at) throws Unfit {
        ArrowColumn entries = children.getFirst();
        ArrowColumn keys = entries.children.getFirst();
        ArrowColumn values = entries.children.getLast();
        Set<ByteBuffer> seen = new HashSet<>();
        long from = offset(at);
        json.bytes().write(keys.text ? '{' : '[');
        for (long i = from; i < offset(at + 1); i++) {
            int entry = Math.toIntExact(i);
            if (i > from) {
                json.bytes().write(',');
            }
            if (keys.text) {
                if (!seen.add(keys.bytes(entry))) {
                    throw new Unfit("is a map that has the key '" + StandardCharsets.UTF_8.decode(keys.bytes(entry))
                            + "' twice");
                }
                keys.write(entry);
                json.bytes().write(':');
                values.write(entry);
            } else {
                json.bytes().write('{');
                json.bytes().verbatim(KEY);
                keys.write(entry);
                json.bytes().write(',');
                json.bytes().verbatim(VALUE);
                values.write(entry);
                json.bytes().write('}');
            }
        }
        json.bytes().write(keys.text ? '}' : ']');
    }
}
