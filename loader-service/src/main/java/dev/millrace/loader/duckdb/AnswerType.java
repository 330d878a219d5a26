package dev.millrace.loader.duckdb;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.sql.Array;
import java.sql.Blob;
import java.sql.SQLException;
import java.sql.Struct;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The type of a column of a query's answer, as deep as it goes. The engine turns the values within into texts, so that
 * nothing is lost on the way, and what is nested becomes JSON here.
 */
sealed interface AnswerType {
    JsonFactory JSON = new JsonFactory();

    /** @param written as the engine names the type */
    static AnswerType of(String written) {
        return new Parser(written).whole();
    }

    /** BigQuery's name; it has no type of nested values that isn't declared, so they are JSON. */
    default String type() {
        return Value.JSON.name();
    }

    /** SQL that turns a column into what {@link #text} takes. */
    default String sql(String column) {
        return "CAST(" + column + " AS " + texts() + ")";
    }

    /** SQL for the bytes of what {@link #sql} has made, about; NULL for NULL. */
    default String bytes(String texts) {
        return "strlen(CAST(" + texts + " AS VARCHAR))";
    }

    /** The engine's type with texts in the place of values. */
    String texts();

    /** @param value not null */
    default String text(Object value) throws SQLException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            write(json, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    void write(JsonGenerator json, Object value) throws IOException, SQLException;

    private static void writeAny(AnswerType type, JsonGenerator json, @Nullable Object value)
            throws IOException, SQLException {
        if (value == null) {
            json.writeNull();
        } else {
            type.write(json, value);
        }
    }

    /** @param written as the engine names it */
    record Scalar(Value value, String written) implements AnswerType {
        @Override
        public String type() {
            return value.name();
        }

        @Override
        public String texts() {
            return value == Value.BYTES ? "BLOB" : "VARCHAR";
        }

        @Override
        public String bytes(String texts) {
            return value == Value.BYTES ? "octet_length(" + texts + ")" : "strlen(" + texts + ")";
        }

        @Override
        public String text(Object written) throws SQLException {
            if (written instanceof Blob blob) {
                return Base64.getEncoder().encodeToString(blob.getBytes(1, Math.toIntExact(blob.length())));
            }
            return value.text((String) written);
        }

        @Override
        public void write(JsonGenerator json, Object written) throws IOException, SQLException {
            String text = text(written);
            switch (value) {
                case INTEGER, NUMERIC, BIGNUMERIC, BOOLEAN, JSON -> json.writeRawValue(text);
                case FLOAT -> {
                    if (text.endsWith("N") || text.endsWith("y")) { // NaN and the infinities are no JSON
                        json.writeString(text);
                    } else {
                        json.writeRawValue(text);
                    }
                }
                case STRING, BYTES, DATE, TIME, DATETIME, TIMESTAMP, INTERVAL -> json.writeString(text);
            }
        }
    }

    record Repeated(AnswerType element) implements AnswerType {
        @Override
        public String texts() {
            return element.texts() + "[]";
        }

        @Override
        public void write(JsonGenerator json, Object value) throws IOException, SQLException {
            json.writeStartArray();
            for (Object part : (Object[]) ((Array) value).getArray()) {
                writeAny(element, json, part);
            }
            json.writeEndArray();
        }
    }

    record Structure(List<String> names, List<AnswerType> types) implements AnswerType {
        @Override
        public String texts() {
            return IntStream.range(0, names.size())
                    .mapToObj(i -> Sql.name(names.get(i)) + " " + types.get(i).texts())
                    .collect(Collectors.joining(", ", "STRUCT(", ")"));
        }

        @Override
        public void write(JsonGenerator json, Object value) throws IOException, SQLException {
            Object[] parts = ((Struct) value).getAttributes();
            json.writeStartObject();
            for (int i = 0; i < parts.length; i++) {
                json.writeFieldName(names.get(i));
                writeAny(types.get(i), json, parts[i]);
            }
            json.writeEndObject();
        }
    }

    record Mapping(AnswerType key, AnswerType value) implements AnswerType {
        @Override
        public String texts() {
            return "MAP(VARCHAR, " + value.texts() + ")";
        }

        @Override
        public void write(JsonGenerator json, Object written) throws IOException, SQLException {
            json.writeStartObject();
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) written).entrySet()) {
                json.writeFieldName(
                        key instanceof Scalar scalar ? scalar.text(entry.getKey()) : String.valueOf(entry.getKey()));
                writeAny(value, json, entry.getValue());
            }
            json.writeEndObject();
        }
    }

    /** Reads what the engine writes for a type, such as {@code STRUCT(a BIGINT, "b c" DECIMAL(38,9)[])[]}. */
    final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        AnswerType whole() {
            AnswerType type = type();
            if (at != text.length()) {
                throw new IllegalStateException("a type that can't be read at character " + at + ": " + text);
            }
            return type;
        }

        private AnswerType type() {
            AnswerType type;
            if (skip("STRUCT(")) {
                List<String> names = new ArrayList<>();
                List<AnswerType> types = new ArrayList<>();
                do {
                    names.add(name());
                    skip(" ");
                    types.add(type());
                } while (skip(", "));
                skip(")");
                type = new Structure(names, types);
            } else if (skip("MAP(")) {
                AnswerType key = type();
                skip(", ");
                type = new Mapping(key, type());
                skip(")");
            } else {
                String plain = plain();
                type = new Scalar(Value.of(plain), plain);
            }
            while (at < text.length() && text.charAt(at) == '[') {
                at = text.indexOf(']', at) + 1;
                type = new Repeated(type);
            }
            return type;
        }

        private boolean skip(String expected) {
            boolean found = text.startsWith(expected, at);
            at += found ? expected.length() : 0;
            return found;
        }

        private String name() {
            int start = at;
            if (text.charAt(at) != '"') {
                at = text.indexOf(' ', at);
                return text.substring(start, at);
            }
            quoted();
            return text.substring(start + 1, at - 1).replace("\"\"", "\"");
        }

        /** To the end of a name or text in quotes, in which two of them stand for one. */
        private void quoted() {
            char quote = text.charAt(at++);
            while (text.charAt(at) != quote || text.startsWith("" + quote + quote, at)) {
                at += text.charAt(at) == quote ? 2 : 1;
            }
            at++;
        }

        /** A type without parts, its parameters included. */
        private String plain() {
            int start = at;
            int depth = 0;
            while (at < text.length() && (depth > 0 || ",)[".indexOf(text.charAt(at)) < 0)) {
                char c = text.charAt(at);
                if (c == '"' || c == '\'') {
                    quoted();
                } else {
                    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                    at++;
                }
            }
            return text.substring(start, at);
        }
    }
}
