package dev.millrace.loader.duckdb;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.duckdb.DuckDBAppender;

/** Rows of a backup's file, on their way into a table of the types of {@link AvroColumns#read}. */
final class AvroRows {
    private static final JsonFactory JSON = new JsonFactory();

    private final List<Column> columns;

    AvroRows(List<Column> columns) {
        this.columns = columns;
    }

    /**
     * Appends the rows of a file.
     *
     * @return their number
     * @throws IOException when it isn't a file of these columns
     */
    long append(InputStream file, DuckDBAppender appender) throws IOException, SQLException {
        try (DataFileStream<GenericRecord> rows = new DataFileStream<>(file, new GenericDatumReader<>())) {
            Schema expected = AvroColumns.schema(columns);
            if (!rows.getSchema().equals(expected)) {
                throw new IOException("the file has other columns than the manifest says");
            }
            List<Schema.Field> fields = expected.getFields();
            long count = 0;
            GenericRecord row = null;
            while (rows.hasNext()) {
                row = rows.next(row);
                appender.beginRow();
                for (int i = 0; i < fields.size(); i++) {
                    append(columns.get(i), fields.get(i).schema(), row.get(i), appender);
                }
                appender.endRow();
                count++;
            }
            return count; // the end of the file has been seen, with its checksum
        }
    }

    private static void append(Column column, Schema schema, @Nullable Object value, DuckDBAppender appender)
            throws IOException, SQLException {
        if (value == null) {
            appender.appendNull();
        } else if (AvroColumns.isNested(column)) {
            StringWriter text = new StringWriter();
            try (JsonGenerator json = JSON.createGenerator(text)) {
                write(schema, value, json);
            }
            appender.append(text.toString());
        } else {
            switch (value) {
                case Long number -> appender.append(number.longValue());
                case Integer number -> appender.append(number.longValue());
                case Double number -> appender.append(number.doubleValue());
                case Boolean bool -> appender.append(bool.booleanValue());
                case ByteBuffer bytes
                when one(schema).getLogicalType() instanceof LogicalTypes.Decimal decimal ->
                    appender.append(decimal(bytes, decimal));
                case ByteBuffer bytes -> appender.append(bytes(bytes));
                default -> appender.append(value.toString());
            }
        }
    }

    private static Schema one(Schema schema) {
        return schema.getType() == Schema.Type.UNION ? schema.getTypes().get(1) : schema;
    }

    private static BigDecimal decimal(ByteBuffer bytes, LogicalTypes.Decimal decimal) {
        return new BigDecimal(new BigInteger(bytes(bytes)), decimal.getScale());
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /** All values that aren't nested themselves are texts. */
    private static void write(Schema schema, @Nullable Object value, JsonGenerator json) throws IOException {
        Schema one = one(schema);
        switch (value) {
            case null -> json.writeNull();
            case GenericRecord record -> {
                json.writeStartObject();
                for (Schema.Field field : one.getFields()) {
                    json.writeFieldName(field.name());
                    write(field.schema(), record.get(field.pos()), json);
                }
                json.writeEndObject();
            }
            case Collection<?> elements -> {
                json.writeStartArray();
                for (Object element : elements) {
                    write(one.getElementType(), element, json);
                }
                json.writeEndArray();
            }
            case ByteBuffer bytes
            when one.getLogicalType() instanceof LogicalTypes.Decimal decimal ->
                json.writeString(decimal(bytes, decimal).toPlainString());
            case ByteBuffer bytes -> json.writeString(HexFormat.of().formatHex(bytes(bytes)));
            default -> json.writeString(value.toString());
        }
    }
}
