package dev.millrace.extractor.database;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;

/** How a value in PostgreSQL's text form is written as JSON. Immutable. */
sealed interface PostgresForm {
    /** By {@code pg_type.typname}; all others are texts as {@code psql} shows them. */
    Map<String, PostgresForm> BY_NAME = Map.ofEntries(
            Map.entry("int2", new Plain(Kind.NUMBER)),
            Map.entry("int4", new Plain(Kind.NUMBER)),
            Map.entry("int8", new Plain(Kind.NUMBER)),
            Map.entry("oid", new Plain(Kind.NUMBER)),
            Map.entry("numeric", new Plain(Kind.NUMBER)),
            Map.entry("float4", new Plain(Kind.NUMBER)),
            Map.entry("float8", new Plain(Kind.NUMBER)),
            Map.entry("money", new Plain(Kind.NUMBER)),
            Map.entry("bool", new Plain(Kind.BOOLEAN)),
            Map.entry("bytea", new Plain(Kind.BYTES)),
            Map.entry("json", new Plain(Kind.JSON)),
            Map.entry("jsonb", new Plain(Kind.JSON)));

    /** @param type as {@code pg_type.typname} has it, that of an array with its underscore */
    static PostgresForm of(String type, boolean array) {
        if (!array) {
            return BY_NAME.getOrDefault(type, new Plain(Kind.TEXT));
        }
        String element = type.startsWith("_") ? type.substring(1) : type;
        return new Array(BY_NAME.getOrDefault(element, new Plain(Kind.TEXT)), element.equals("box") ? ';' : ',');
    }

    /**
     * Writes the value that stands in {@code [start, end)}.
     *
     * @param plain whether it is known that no byte of it is {@link RecordBytes#SPECIAL}
     */
    void write(byte[] text, int start, int end, boolean plain, RecordBytes record);

    enum Kind {
        NUMBER,
        BOOLEAN,
        BYTES,
        JSON,
        TEXT
    }

    record Plain(Kind kind) implements PostgresForm {
        @Override
        public void write(byte[] text, int start, int end, boolean plain, RecordBytes record) {
            switch (kind) {
                case NUMBER -> record.number(text, start, end);
                case BOOLEAN -> record.truth(text[start] == 't');
                case BYTES -> record.base64(bytes(text, start, end));
                case JSON -> record.json(text, start, end);
                case TEXT -> {
                    if (plain) {
                        record.plain(text, start, end);
                    } else {
                        record.text(text, start, end);
                    }
                }
            }
        }

        /** {@code \x} and hexadecimal digits. */
        private static byte[] bytes(byte[] text, int start, int end) {
            if (end - start < 2 || text[start] != '\\' || text[start + 1] != 'x') {
                throw new IllegalStateException("a bytea that isn't in PostgreSQL's hex format");
            }
            return HexFormat.of().parseHex(new String(text, start + 2, end - start - 2, StandardCharsets.US_ASCII));
        }
    }

    /**
     * An array, https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO: as an array of JSON with null for NULL,
     * and arrays within it where it has several dimensions. One whose elements don't count from 1 stays a text, because a
     * JSON array would lose what they count from.
     */
    record Array(PostgresForm element, char delimiter) implements PostgresForm {
        @Override
        public void write(byte[] text, int start, int end, boolean plain, RecordBytes record) {
            if (text[start] != '{') {
                record.text(text, start, end);
                return;
            }
            byte[] unquoted = new byte[end - start];
            int at = start;
            boolean first = true;
            while (at < end) {
                byte one = text[at];
                if (one == '{') {
                    separate(record, first);
                    record.write('[');
                    first = true;
                    at++;
                } else if (one == '}') {
                    record.write(']');
                    first = false;
                    at++;
                } else if (one == delimiter) {
                    at++;
                } else {
                    separate(record, first);
                    first = false;
                    at = element(text, at, end, unquoted, record);
                }
            }
        }

        private static void separate(RecordBytes record, boolean first) {
            if (!first) {
                record.write(',');
            }
        }

        /** Writes one element, and returns where the text goes on behind it. */
        private int element(byte[] text, int start, int end, byte[] unquoted, RecordBytes record) {
            boolean quoted = text[start] == '"';
            int at = quoted ? start + 1 : start;
            int length = 0;
            while (at < end) {
                byte one = text[at];
                if (quoted ? one == '"' : one == delimiter || one == '}') {
                    break;
                }
                if (one == '\\') {
                    at++;
                }
                unquoted[length++] = text[at++];
            }
            if (!quoted && isNull(unquoted, length)) {
                record.nothing();
            } else {
                element.write(unquoted, 0, length, false, record);
            }
            return quoted ? at + 1 : at;
        }

        /** A text of these letters would stand in quotes. */
        private static boolean isNull(byte[] text, int length) {
            return length == 4 && text[0] == 'N' && text[1] == 'U' && text[2] == 'L' && text[3] == 'L';
        }
    }
}
