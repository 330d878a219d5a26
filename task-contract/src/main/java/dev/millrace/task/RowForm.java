package dev.millrace.task;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** A form in which rows are sent, one line for each. */
public enum RowForm {
    /** JSON objects. */
    NDJSON("application/x-ndjson") {
        @Override
        public byte[] head(List<Query.Field> columns) {
            return new byte[0];
        }

        @Override
        public byte[] rows(List<Query.Field> columns, List<List<@Nullable String>> rows) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (JsonGenerator json = JSON.createGenerator(bytes)) {
                json.setRootValueSeparator(null);
                for (List<@Nullable String> row : rows) {
                    write(json, columns, row);
                    json.writeRaw('\n');
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e); // of memory: can't be
            }
            return bytes.toByteArray();
        }
    },
    /** RFC 4180, with a header. NULL is an empty field, an empty text {@code ""}. */
    CSV("text/csv") {
        @Override
        public byte[] head(List<Query.Field> columns) {
            StringBuilder line = new StringBuilder();
            append(line, columns.stream().map(Query.Field::name).toList());
            return line.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public byte[] rows(List<Query.Field> columns, List<List<@Nullable String>> rows) {
            StringBuilder lines = new StringBuilder();
            rows.forEach(row -> append(lines, row));
            return lines.toString().getBytes(StandardCharsets.UTF_8);
        }

        private void append(StringBuilder line, List<@Nullable String> values) {
            for (int i = 0; i < values.size(); i++) {
                line.append(i == 0 ? "" : ",");
                String value = values.get(i);
                if (value != null && (value.isEmpty() || QUOTED.matcher(value).find())) {
                    line.append('"').append(value.replace("\"", "\"\"")).append('"');
                } else if (value != null) {
                    line.append(value);
                }
            }
            line.append("\r\n");
        }
    };

    private static final JsonFactory JSON = new JsonFactory();
    private static final Pattern QUOTED = Pattern.compile("[\",\r\n]");
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    private static final long EXACT = 1L << 53;

    private final String mediaType;

    RowForm(String mediaType) {
        this.mediaType = mediaType;
    }

    public String mediaType() {
        return mediaType;
    }

    /** What comes before the first row. */
    public abstract byte[] head(List<Query.Field> columns);

    public abstract byte[] rows(List<Query.Field> columns, List<List<@Nullable String>> rows);

    /**
     * A row as a JSON object. Numbers that a reader might round, NUMERIC, BIGNUMERIC and INTEGER beyond 2^53, are texts.
     *
     * @param json to which it is appended
     */
    public static void write(JsonGenerator json, List<Query.Field> columns, List<@Nullable String> row)
            throws IOException {
        json.writeStartObject();
        for (int i = 0; i < columns.size(); i++) {
            json.writeFieldName(columns.get(i).name());
            String value = row.get(i);
            if (value == null) {
                json.writeNull();
            } else {
                write(json, columns.get(i).type(), value);
            }
        }
        json.writeEndObject();
    }

    /** Columns and rows as two fields of a JSON object. */
    public static void write(JsonGenerator json, Query.Result rows) throws IOException {
        json.writeArrayFieldStart("columns");
        for (Query.Field column : rows.columns()) {
            json.writeStartObject();
            json.writeStringField("name", column.name());
            json.writeStringField("type", column.type());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("rows");
        for (List<@Nullable String> row : rows.rows()) {
            write(json, rows.columns(), row);
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, String type, String value) throws IOException {
        switch (type) {
            case "BOOLEAN" -> json.writeBoolean(Boolean.parseBoolean(value));
            case "JSON" -> json.writeRawValue(inOneLine(value));
            case "INTEGER" -> {
                long number = Long.parseLong(value);
                if (number >= -EXACT && number <= EXACT) {
                    json.writeNumber(number);
                } else {
                    json.writeString(value);
                }
            }
            case "FLOAT" -> {
                if (NUMBER.matcher(value).matches()) {
                    json.writeRawValue(value);
                } else { // NaN and the infinities are no JSON
                    json.writeString(value);
                }
            }
            default -> json.writeString(value);
        }
    }

    /** Within a text of JSON a line end is escaped; all others are between values, where they mean nothing. */
    private static String inOneLine(String json) {
        return json.replace('\n', ' ').replace('\r', ' ');
    }
}
