package dev.millrace.extractor.record;

import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Values of JSON that are no records by themselves as records: arrays whose values get names by their position, single
 * values, and members of an object, of which each record gets the key. What is in them stays as it was sent. For any number
 * of threads.
 */
public final class JsonRows {
    private final List<String> columns;
    private final byte[][] members;
    private final @Nullable String keyedBy;
    private final byte[] keyMember;

    private JsonRows(List<String> columns, @Nullable String keyedBy) {
        this.columns = columns;
        this.members = columns.stream().map(JsonRows::member).toArray(byte[][]::new);
        this.keyedBy = keyedBy;
        this.keyMember = keyedBy == null ? new byte[0] : member(keyedBy);
    }

    /**
     * @param columns names by position, of which an empty one is of a value that nobody reads; none: values are objects
     * @param keyedBy name of the field for the key; null: the records have none
     * @return null when records are what they are
     */
    public static @Nullable JsonRows of(List<String> columns, @Nullable String keyedBy) {
        return columns.isEmpty() && keyedBy == null ? null : new JsonRows(columns, keyedBy);
    }

    private static byte[] member(String name) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < name.length(); i++) {
            char one = name.charAt(i);
            if (one < ' ') {
                json.append(String.format("\\u%04x", (int) one));
            } else {
                json.append(one == '"' || one == '\\' ? "\\" : "").append(one);
            }
        }
        return json.append("\":").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Whether the records are members of an object. */
    boolean areKeyed() {
        return keyedBy != null;
    }

    /** Whether values are given names. */
    boolean haveColumns() {
        return !columns.isEmpty();
    }

    /**
     * Hands a value on as a record, or rejects it.
     *
     * @param key in quotes, as it was sent; null: it has none
     */
    void hand(byte @Nullable [] key, byte[] bytes, int offset, int length, RecordSink sink) {
        Row row = new Row(key, bytes, offset, offset + length);
        String flaw = columns.isEmpty() ? row.ofObject() : row.ofValues();
        if (flaw == null) {
            byte[] record = row.out.toByteArray();
            sink.record(record, 0, record.length);
        } else {
            sink.reject(
                    (key == null ? "the record " : "the record " + new String(key, StandardCharsets.UTF_8) + " ")
                            + flaw,
                    new String(bytes, offset, Math.min(length, 4 * Reject.MAX_RECORD), StandardCharsets.UTF_8));
        }
    }

    /** One of them on its way. Brackets and quotes in it are known to be in pairs. */
    private final class Row {
        private final byte[] bytes;
        private final int start;
        private final int end;
        private final ByteArrayOutputStream out;

        Row(byte @Nullable [] key, byte[] bytes, int start, int end) {
            this.bytes = bytes;
            this.start = start;
            this.end = end;
            this.out = new ByteArrayOutputStream(end - start + 64);
            out.write('{');
            if (key != null) {
                out.writeBytes(keyMember);
                out.writeBytes(key);
            }
        }

        /** @return what is wrong with it; null: nothing */
        @Nullable
        String ofObject() {
            if (bytes[start] != '{') {
                return "is " + kind() + " where an object should be (columns names values that are none)";
            }
            int first = past(start + 1);
            if (bytes[first] != '}') {
                if (hasKey()) {
                    return "has a field '" + keyedBy + "' itself (expected: another name behind keyedBy)";
                }
                out.write(',');
            }
            out.write(bytes, first, end - first);
            return null;
        }

        private boolean hasKey() {
            int at = past(start + 1);
            while (at < end - 1 && bytes[at] == '"') {
                int behind = JsonRows.behindText(bytes, at);
                String name = new String(bytes, at, behind - at, StandardCharsets.UTF_8);
                if (JsonSlicer.text(name).equals(keyedBy)) {
                    return true;
                }
                at = past(behind);
                if (bytes[at] != ':') {
                    return false; // no JSON, which the transformer says
                }
                at = JsonRows.comma(bytes, at + 1, end - 1);
                at = at < end - 1 ? past(at + 1) : at;
            }
            return false;
        }

        @Nullable
        String ofValues() {
            if (bytes[start] != '[') {
                if (columns.size() > 1 || bytes[start] == '{') {
                    return "is " + kind() + " where an array of " + values(columns.size()) + " should be";
                }
                value(0, start, end);
                out.write('}');
                return null;
            }
            int count = 0;
            int last = end - 1;
            int at = past(start + 1);
            while (at < last || count > 0) {
                int comma = JsonRows.comma(bytes, at, last);
                int from = past(at);
                int to = comma;
                while (to > from && bytes[to - 1] <= ' ' && bytes[to - 1] >= 0) {
                    to--;
                }
                if (from >= to) {
                    return "is no JSON: a value is missing between two commas or brackets";
                }
                if (count < columns.size()) {
                    value(count, from, to);
                }
                count++;
                if (comma == last) {
                    break;
                }
                at = comma + 1;
            }
            out.write('}');
            return count == columns.size()
                    ? null
                    : "has " + values(count) + " where there are " + columns.size()
                            + (columns.size() == 1 ? " column" : " columns");
        }

        private void value(int column, int from, int to) {
            if (columns.get(column).isEmpty()) {
                return;
            }
            if (out.size() > 1) {
                out.write(',');
            }
            out.writeBytes(members[column]);
            out.write(bytes, from, to - from);
        }

        private int past(int from) {
            int at = from;
            while (at < end && bytes[at] <= ' ' && bytes[at] >= 0) {
                at++;
            }
            return at;
        }

        private String kind() {
            return bytes[start] == 'n' ? "null" : JsonSlicer.kind(bytes[start]);
        }
    }

    private static String values(int count) {
        return count + (count == 1 ? " value" : " values");
    }

    /** The next comma that is in nothing, or the end. */
    private static int comma(byte[] bytes, int from, int end) {
        int depth = 0;
        int at = from;
        while (at < end && (depth > 0 || bytes[at] != ',')) {
            switch (bytes[at]) {
                case '"' -> at = behindText(bytes, at) - 1;
                case '{', '[' -> depth++;
                case '}', ']' -> depth--;
                default -> {
                    // it is in a value
                }
            }
            at++;
        }
        return at;
    }

    private static int behindText(byte[] bytes, int quote) {
        int at = quote + 1;
        while (bytes[at] != '"') {
            at += bytes[at] == '\\' ? 2 : 1;
        }
        return at + 1;
    }
}
