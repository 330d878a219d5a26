package dev.millrace.extractor.format;

import dev.millrace.extractor.format.TypedJson.Unfit;
import dev.millrace.extractor.format.TypedJson.Unit;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.TooLarge;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SystemLimitException;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.util.Utf8;

/**
 * The records of an Avro object container file, as they come. Each file is read by its own schema. For one thread.
 *
 * @see <a href="https://avro.apache.org/docs/1.12.0/specification/">Avro</a>
 */
final class AvroFile {
    private static final int SHOWN = 1_000;
    private static final int MIB = 1024 * 1024;

    static {
        // of a block, which is unpacked in memory; by default more than the process should take for it
        String limit = SystemLimitException.MAX_DECOMPRESS_LENGTH_PROPERTY;
        if (System.getProperty(limit) == null) {
            System.setProperty(limit, String.valueOf(AvroBlocks.MOST));
        }
    }

    private final List<String> expected;
    private final RecordSink sink;
    private final TypedJson json = new TypedJson();
    private final Map<String, byte[]> names = new HashMap<>();

    /** @param expected what fields have to be called; empty: anything */
    AvroFile(List<String> expected, RecordSink sink) {
        this.expected = expected;
        this.sink = sink;
    }

    void read(InputStream in) throws IOException, MalformedSource {
        BufferedInputStream bytes = Packing.buffered(in);
        Packing packing = Packing.of(bytes);
        if (packing != Packing.AVRO) {
            throw Packing.other(
                    bytes,
                    " (expected: an Avro file, that is an object container file; what is in a file counts, not its name)");
        }
        AvroBlocks blocks = new AvroBlocks(bytes);
        try (DataFileStream<GenericRecord> records = opened(blocks)) {
            Schema schema = records.getSchema();
            if (schema.getType() != Schema.Type.RECORD) {
                throw MalformedSource.unreadable(
                        "the schema is of the type " + schema.getType().getName() + " (expected: a record)");
            }
            FieldNames.check(
                    "the schema has no field ",
                    schema.getFields().stream().map(Schema.Field::name).toList(),
                    expected);
            records(records, schema);
            if (!blocks.areWhole()) {
                throw new MalformedSource("the Avro file is cut off within a block");
            }
        }
    }

    private static DataFileStream<GenericRecord> opened(InputStream in) throws IOException, MalformedSource {
        GenericData plain = new GenericData(); // without conversions: values are what is stored
        try {
            return new DataFileStream<>(in, new GenericDatumReader<>(null, null, plain));
        } catch (InterruptedIOException | ClosedByInterruptException | DamagedPacking | TooLarge e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw damaged("can't be opened", e);
        }
    }

    private void records(DataFileStream<GenericRecord> records, Schema schema) throws IOException, MalformedSource {
        long row = 0;
        GenericRecord record = null;
        while (true) {
            try {
                if (!records.hasNext()) {
                    return;
                }
                record = records.next(record);
            } catch (InterruptedIOException | ClosedByInterruptException | DamagedPacking | TooLarge e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                throw damaged("can't be read at record " + (row + 1), e);
            }
            row++;
            sink.beginsAt(row);
            json.bytes().clear();
            try {
                record(record, schema, "");
            } catch (Unfit e) {
                sink.reject(String.valueOf(e.getMessage()), start());
                continue;
            }
            json.bytes().hand(sink, this::start);
        }
    }

    private static MalformedSource damaged(String what, Exception failure) throws IOException {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case InterruptedIOException e -> throw e;
                case ClosedByInterruptException e -> throw e;
                case DamagedPacking e -> throw e;
                case TooLarge e -> throw e;
                case SystemLimitException e -> {
                    return MalformedSource.unreadable("the Avro file " + what
                            + ", since a block or value takes more memory than"
                            + " is given to one, as that of a file does that is meant to fill it: " + firstLine(e)
                            + " (expected: blocks of up to " + SystemLimitException.MAX_DECOMPRESS_LENGTH / MIB
                            + " MiB; 64 KB are usual)");
                }
                default -> {
                    // what has gone wrong is said by the outermost
                }
            }
        }
        return new MalformedSource("the Avro file " + what + ", since it is cut off or damaged: " + firstLine(failure));
    }

    private static String firstLine(Exception failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return message.lines().findFirst().orElse("");
    }

    private String start() {
        byte[] bytes = json.bytes().copy();
        return new String(bytes, 0, Math.min(bytes.length, SHOWN), StandardCharsets.UTF_8);
    }

    private void record(IndexedRecord record, Schema schema, String above) throws Unfit {
        json.bytes().write('{');
        for (Schema.Field field : schema.getFields()) {
            if (field.pos() > 0) {
                json.bytes().write(',');
            }
            json.bytes().verbatim(names.computeIfAbsent(field.name(), ObjectBytes::name));
            String shown = above + field.name();
            try {
                value(record.get(field.pos()), field.schema(), shown);
            } catch (Unfit e) {
                String message = String.valueOf(e.getMessage());
                throw message.startsWith("field '") ? e : new Unfit("field '" + shown + "' " + message);
            }
        }
        json.bytes().write('}');
    }

    private void value(@Nullable Object value, Schema schema, String shown) throws Unfit {
        switch (schema.getType()) {
            case UNION -> value(value, schema.getTypes().get(GenericData.get().resolveUnion(schema, value)), shown);
            case NULL -> json.nothing();
            case RECORD -> record((IndexedRecord) value(value), schema, shown + ".");
            case ARRAY -> array((Collection<?>) value(value), schema.getElementType(), shown + "[]");
            case MAP -> map((Map<?, ?>) value(value), schema.getValueType(), shown);
            case ENUM -> json.text(String.valueOf(value));
            case STRING -> text((CharSequence) value(value));
            case BYTES -> binary(bytes((ByteBuffer) value(value)), schema.getLogicalType());
            case FIXED -> binary(((GenericFixed) value(value)).bytes(), schema.getLogicalType());
            case INT, LONG -> whole(((Number) value(value)).longValue(), schema.getLogicalType());
            case FLOAT -> json.number((Float) value(value));
            case DOUBLE -> json.number((Double) value(value));
            case BOOLEAN -> json.truth((Boolean) value(value));
        }
    }

    private static Object value(@Nullable Object value) {
        if (value == null) {
            throw new IllegalStateException("a null that is not of the type null");
        }
        return value;
    }

    private void array(Collection<?> elements, Schema schema, String shown) throws Unfit {
        boolean first = true;
        json.bytes().write('[');
        for (Object element : elements) {
            if (!first) {
                json.bytes().write(',');
            }
            first = false;
            value(element, schema, shown);
        }
        json.bytes().write(']');
    }

    private void map(Map<?, ?> entries, Schema schema, String shown) throws Unfit {
        boolean first = true;
        json.bytes().write('{');
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            if (!first) {
                json.bytes().write(',');
            }
            first = false;
            text((CharSequence) value(entry.getKey()));
            json.bytes().write(':');
            value(entry.getValue(), schema, shown);
        }
        json.bytes().write('}');
    }

    private void text(CharSequence text) throws Unfit {
        if (text instanceof Utf8 utf8) {
            json.text(ByteBuffer.wrap(utf8.getBytes(), 0, utf8.getByteLength()));
        } else {
            json.text(text.toString());
        }
    }

    private static byte[] bytes(ByteBuffer value) {
        byte[] bytes = new byte[value.remaining()];
        value.duplicate().get(bytes);
        return bytes;
    }

    private void binary(byte[] value, @Nullable LogicalType type) {
        switch (type) {
            case LogicalTypes.Decimal decimal ->
                json.decimal(value.length == 0 ? BigInteger.ZERO : new BigInteger(value), decimal.getScale());
            case LogicalTypes.Duration _ -> json.interval(value);
            case null, default -> json.binary(value); // a type that isn't known is ignored, as the specification says
        }
    }

    private void whole(long value, @Nullable LogicalType type) throws Unfit {
        switch (type) {
            case LogicalTypes.Date _ -> json.date(value);
            case LogicalTypes.TimeMillis _ -> json.time(value, Unit.MILLIS);
            case LogicalTypes.TimeMicros _ -> json.time(value, Unit.MICROS);
            case LogicalTypes.TimestampMillis _ -> json.timestamp(value, Unit.MILLIS, true);
            case LogicalTypes.TimestampMicros _ -> json.timestamp(value, Unit.MICROS, true);
            case LogicalTypes.TimestampNanos _ -> json.timestamp(value, Unit.NANOS, true);
            case LogicalTypes.LocalTimestampMillis _ -> json.timestamp(value, Unit.MILLIS, false);
            case LogicalTypes.LocalTimestampMicros _ -> json.timestamp(value, Unit.MICROS, false);
            case LogicalTypes.LocalTimestampNanos _ -> json.timestamp(value, Unit.NANOS, false);
            case null, default -> json.number(value);
        }
    }
}
