package dev.millrace.pipeline.format;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.JsonPath;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** How bytes of a source are records: of files, and of an API's answers. */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Format.Csv.class, name = "csv"),
    @JsonSubTypes.Type(value = Format.FixedWidth.class, name = "fixed-width"),
    @JsonSubTypes.Type(value = Format.Ndjson.class, name = "ndjson"),
    @JsonSubTypes.Type(value = Format.Json.class, name = "json"),
    @JsonSubTypes.Type(value = Format.Xml.class, name = "xml"),
    @JsonSubTypes.Type(value = Format.Excel.class, name = "excel"),
    @JsonSubTypes.Type(value = Format.Parquet.class, name = "parquet"),
    @JsonSubTypes.Type(value = Format.Avro.class, name = "avro"),
    @JsonSubTypes.Type(value = Format.Arrow.class, name = "arrow")
})
public sealed interface Format {
    String ENCODING = "a character encoding such as UTF-8 or ISO-8859-1";
    String INVALID_BYTES =
            "What bytes that aren't UTF-8 do: reject their record, or become U+FFFD each; the log counts them.";
    String SKIP = "a number of lines, 0 or more";

    /** Whether the fields of the records don't nest, so that what a column is read from is a name and no path. */
    boolean isFlat();

    /** Whether each file says which columns its records have, so that it can be told what it lacks before the first record. */
    default boolean hasSchema() {
        return false;
    }

    /** Whether it has a key that changes what is read, and that an extractor of an earlier version doesn't know. */
    default boolean mightBeOverlooked() {
        return false;
    }

    /** Whether it is known without a schema what the fields of a record are called. */
    default boolean namesFields() {
        return true;
    }

    /**
     * Notes what is wrong with the path to the records.
     *
     * @param records null: there is none
     */
    default void checkRecords(Checks checks, @Nullable String records) {
        checks.that(
                records == null,
                "records",
                String.valueOf(records),
                "nothing: every line is a record; only JSON and XML have paths");
    }

    /** The same, with these names for fields that have none. */
    default Format named(List<String> fields) {
        return this;
    }

    private static void checkUnique(Checks checks, List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            checks.that(name.isEmpty() || seen.add(name), "columns", name, "each name once");
        }
    }

    /**
     * RFC 4180, unless the other keys say otherwise. An empty field without quotes is NULL, {@code ""} is an empty
     * text. Every other field is text until the schema makes something of it.
     *
     * @param columns names of the fields, by position, beside a header or where the file has none; one that is empty
     *     is of a field that nobody reads; none: those of the header, or the schema's columns in their order
     * @param skip lines, whatever is in them, before the header or the first record
     * @param comment one character; null: every line is read
     * @param quote one character; empty: quotes mean nothing
     * @param escape one character, after which a delimiter, a quote, itself or a line end is text; null: only quotes are
     *     escaped, by doubling them
     * @param trailingDelimiter whether the delimiter ends each field instead of standing between them
     */
    @Serdeable
    @Doc("Comma-separated values (RFC 4180).")
    record Csv(
            @Default("true") @Doc("Whether the first line names the columns.")
            boolean header,

            @Default("[]") @Doc("Names of the fields by position; by default the header's, or the schema's columns.")
            List<String> columns,

            @Default("\",\"") @Doc("Character between fields.")
            String delimiter,

            @Default("UTF-8") @Doc("Character encoding of the files.")
            String encoding,

            @Default("0") @Doc("Lines before the header, or before the first record, that are not read.")
            int skip,

            @Doc("Character that begins lines which are left out.") @Nullable
            String comment,

            @Default("'\"'") @Doc("Character around fields; empty for none.")
            String quote,

            @Doc("Character before one that is to be text; by default quotes are doubled.") @Nullable
            String escape,

            @Default("false") @Doc("Whether each record ends with a delimiter.")
            boolean trailingDelimiter)
            implements Format, FileRules {
        private static final String OTHER_CHARACTER = "another character than ";

        public Csv {
            Checks checks = new Checks();
            columns = List.copyOf(columns);
            checks.that(
                    isCharacter(delimiter) && !delimiter.equals("\""),
                    "delimiter",
                    delimiter,
                    "one character, neither a quote nor a line end");
            checks.that(Encodings.isSupported(encoding), "encoding", encoding, ENCODING);
            checks.that(skip >= 0, "skip", skip, SKIP);
            checks.that(comment == null || isCharacter(comment), "comment", comment, "one character, and no line end");
            checks.that(
                    quote.isEmpty() || isCharacter(quote),
                    "quote",
                    quote,
                    "one character, and no line end; or \"\" for files without quotes");
            checks.that(escape == null || isCharacter(escape), "escape", escape, "one character, and no line end");
            checks.done();
        }

        private static boolean isCharacter(String text) {
            return text.length() == 1 && !"\r\n".contains(text) && !Character.isSurrogate(text.charAt(0));
        }

        @Override
        public void check(Checks checks) {
            checks.that(!quote.equals(delimiter), "quote", quote, OTHER_CHARACTER + "the delimiter");
            checks.that(
                    escape == null || !escape.equals(delimiter), "escape", escape, OTHER_CHARACTER + "the delimiter");
            checks.that(
                    escape == null || !escape.equals(quote),
                    "escape",
                    escape,
                    OTHER_CHARACTER + "the quote, or nothing: a quote is doubled by default");
            checks.that(
                    comment == null
                            || !List.of(delimiter, quote, escape == null ? "" : escape)
                                    .contains(comment),
                    "comment",
                    comment,
                    OTHER_CHARACTER + "the delimiter, the quote and the escape");
            checkUnique(checks, columns);
        }

        @Override
        public boolean isFlat() {
            return true;
        }

        @Override
        public boolean namesFields() {
            return header || !columns.isEmpty();
        }

        @Override
        public Format named(List<String> fields) {
            return namesFields()
                    ? this
                    : new Csv(header, fields, delimiter, encoding, skip, comment, quote, escape, trailingDelimiter);
        }
    }

    /**
     * Lines whose fields begin at fixed places. A field is a text without the blanks around it, and NULL when nothing
     * is left.
     *
     * @param columns in the order of the line, without gaps
     * @param skip lines, whatever is in them, before the first record
     */
    @Serdeable
    @Doc("Lines of fields that have a fixed width each.")
    record FixedWidth(
            @Doc("The fields of a line, from its first character on.")
            List<Field> columns,

            @Default("0") @Doc("Lines before the first record that are not read.")
            int skip,

            @Default("UTF-8") @Doc("Character encoding of the files.")
            String encoding)
            implements Format, FileRules {
        public FixedWidth {
            Checks checks = new Checks();
            columns = List.copyOf(columns);
            checks.that(
                    columns.stream().anyMatch(field -> !field.name().isEmpty()),
                    "columns",
                    columns.size() + " columns",
                    "at least one with a name");
            for (int i = 0; i < columns.size() - 1; i++) {
                checks.that(
                        columns.get(i).width() != null,
                        "columns[" + i + "].width",
                        "nothing",
                        "a number of characters; only the last column can go on to the line's end");
            }
            checks.that(skip >= 0, "skip", skip, SKIP);
            checks.that(Encodings.isSupported(encoding), "encoding", encoding, ENCODING);
            checks.done();
        }

        @Override
        public void check(Checks checks) {
            checkUnique(checks, columns.stream().map(Field::name).toList());
        }

        @Override
        public boolean isFlat() {
            return true;
        }

        /**
         * @param name empty: nobody reads it
         * @param width in characters (code points), blanks included; null: up to the end of the line
         */
        @Serdeable
        @Doc("A field of a line.")
        public record Field(
                @Doc("Name of the field; empty for one that nobody reads.")
                String name,

                @Doc("Characters, blanks included; by default, for the last one, up to the line's end.") @Nullable
                Integer width) {
            public Field {
                Checks checks = new Checks();
                checks.that(width == null || width >= 1, "width", width, "a number of characters, 1 or more");
                checks.done();
            }
        }
    }

    /** What becomes of bytes that aren't UTF-8, in JSON. */
    enum InvalidBytes {
        REJECT,
        REPLACE
    }

    @Serdeable
    @Doc("One JSON object per line.")
    record Ndjson(@Default("reject") @Doc(INVALID_BYTES) InvalidBytes invalidBytes) implements Format {
        @Creator // of two constructors, that which reads JSON
        public Ndjson {}

        /** Lines whose records are rejected where they aren't UTF-8. */
        public Ndjson() {
            this(InvalidBytes.REJECT);
        }

        @Override
        public boolean mightBeOverlooked() {
            return invalidBytes != InvalidBytes.REJECT;
        }

        @Override
        public boolean isFlat() {
            return false;
        }
    }

    /** The records are the array, or the one object, at the endpoint's {@code records} path, by default the document itself. */
    @Serdeable
    @Doc("A JSON array of objects, or one object.")
    record Json(
            @Default("false") @Doc("Whether a file holds one record, an object, in the place of an array of them.")
            boolean single,

            @Default("[]")
            @Doc("Names of the values of records that are arrays, by position; one name for records that are one"
                    + " value.")
            List<String> columns,

            @Doc("Name of the field that gets the key, where the records are the members of an object.") @Nullable
            String keyedBy,

            @Default("false") @Doc("Whether a comma may stand before the end of an array or object.")
            boolean trailingComma,

            @Default("false") @Doc("Whether there may be comments, // to the end of the line and /* */.")
            boolean comments,

            @Default("reject") @Doc(INVALID_BYTES) InvalidBytes invalidBytes)
            implements Format, FileRules {
        @Creator // of several constructors, that which reads JSON
        public Json {
            Checks checks = new Checks();
            columns = List.copyOf(columns);
            checks.that(
                    columns.isEmpty() || columns.stream().anyMatch(name -> !name.isEmpty()),
                    "columns",
                    columns.size() + " names",
                    "at least one that isn't empty");
            checks.that(keyedBy == null || !keyedBy.isEmpty(), "keyedBy", keyedBy, "the name of a field");
            checks.done();
        }

        /** Records that are objects. */
        public Json(boolean single) {
            this(single, List.of(), null);
        }

        /** Nothing but JSON. */
        public Json(boolean single, List<String> columns, @Nullable String keyedBy) {
            this(single, columns, keyedBy, false, false, InvalidBytes.REJECT);
        }

        @Override
        public boolean mightBeOverlooked() {
            return comments || invalidBytes != InvalidBytes.REJECT;
        }

        @Override
        public void check(Checks checks) {
            checkUnique(checks, columns);
            checks.that(
                    keyedBy == null || !columns.contains(keyedBy),
                    "keyedBy",
                    keyedBy,
                    "another name than those of the columns");
            checks.that(
                    keyedBy == null || !single,
                    "keyedBy",
                    keyedBy,
                    "nothing: a single record is no member of an object");
        }

        @Override
        public boolean isFlat() {
            return false;
        }

        @Override
        public void checkRecords(Checks checks, @Nullable String records) {
            // any path may lead to them, and without one they are the document itself
        }
    }

    /**
     * The records are the elements at the endpoint's {@code records} path. An element is an object of its attributes and
     * elements, or a text when it has neither.
     *
     * @param arrays {@link JsonPath}s of names, from the record, to elements of which there may be several
     * @param objects likewise, to elements that are objects even where they have text alone
     */
    @Serdeable
    @Doc("XML, without a document type (DTD).")
    record Xml(
            @Default("[]") @Doc("Paths in the record to elements that are arrays, however many there are of them.")
            List<String> arrays,

            @Default("[]") @Doc("Paths in the record to elements that are objects, even where they have text alone.")
            List<String> objects)
            implements Format, FileRules {
        private static final String NAMES = "a path of names, as an element has no number";

        public Xml {
            Checks checks = new Checks();
            arrays = List.copyOf(arrays);
            objects = List.copyOf(objects);
            arrays.forEach(path -> JsonPath.check(checks, "arrays", path));
            objects.forEach(path -> JsonPath.check(checks, "objects", path));
            checks.done();
        }

        @Override
        public void check(Checks checks) {
            arrays.forEach(path -> checks.that(isOfNames(path), "arrays", path, NAMES));
            objects.forEach(path -> checks.that(isOfNames(path), "objects", path, NAMES));
        }

        private static boolean isOfNames(String path) {
            return JsonPath.of(path).steps().stream().allMatch(JsonPath.Step.Name.class::isInstance);
        }

        @Override
        public boolean isFlat() {
            return false;
        }

        @Override
        public void checkRecords(Checks checks, @Nullable String records) {
            checks.that(
                    records != null,
                    "records",
                    "nothing",
                    "the path to the elements that are records, such as feed.entry");
            checks.that(records == null || isOfNames(records), "records", String.valueOf(records), NAMES);
        }
    }

    /** A file's own schema says what its columns are called and what values they have. */
    @Serdeable
    @Doc("Parquet files, each by its own schema.")
    record Parquet() implements Format {
        @Override
        public boolean isFlat() {
            return false;
        }

        @Override
        public boolean hasSchema() {
            return true;
        }
    }

    /** Object container files; the schema in a file says what its fields are called and what values they have. */
    @Serdeable
    @Doc("Avro files (object container files), each by its own schema.")
    record Avro() implements Format {
        @Override
        public boolean isFlat() {
            return false;
        }

        @Override
        public boolean hasSchema() {
            return true;
        }
    }

    /** Files, Feather among them, and streams of the IPC format, by the schema that they begin with. */
    @Serdeable
    @Doc("Arrow files, which Feather ones are, and streams, each by its own schema.")
    record Arrow() implements Format {
        @Override
        public boolean isFlat() {
            return false;
        }

        @Override
        public boolean hasSchema() {
            return true;
        }
    }

    /**
     * A table on a sheet of a workbook: .xlsx and .xlsm (ECMA-376), and .xls (BIFF8). A cell is a text; a number as it is
     * shown or stored, with a point; a date, time or date and time in ISO 8601, where the cell's style says so; {@code true} or
     * {@code false}. An empty cell is NULL.
     *
     * @param sheet pattern of the sheet's name; null: the only sheet that has the header, or the only one that is not empty
     * @param start pattern of a cell's text; what stands above its row and in it is not looked at; null: nothing
     * @param end likewise, of the row with which the table has ended; null: with the sheet
     * @param leaveOut patterns; a row is left out whose first text matches one of them
     * @param nulls texts of cells that are NULL
     * @param unpivot null: each row is a record
     * @param merged what merged cells below the header have
     */
    @Serdeable
    @Doc("A table on a sheet of a workbook of Excel: .xlsx, .xlsm or .xls.")
    record Excel(
            @Doc("Name of the sheet, with * for anything, in any case; by default the one sheet that has the header.")
            @Nullable
            String sheet,

            @Default("false") @Doc("Whether hidden sheets are looked at.")
            boolean hidden,

            @Default("{}") @Doc("Which rows name the columns.")
            ExcelHeader header,

            @Doc("Text, with * for anything, of a row above the header, where one of several tables on a sheet begins.")
            @Nullable
            String start,

            @Doc("Text, with * for anything, that begins the first row after the table; by default it goes on to the"
                    + " sheet's end.")
            @Nullable
            String end,

            @Default("[]") @Doc("Texts, with * for anything, that begin rows which are no records, such as totals.")
            List<String> leaveOut,

            @Default("[]") @Doc("Texts of cells that are NULL, such as : or ..; they are counted.")
            List<String> nulls,

            @Default("reject") @Doc("What a cell with an error, such as #N/A, does: reject its record, or be NULL.")
            Errors errors,

            @Default("displayed") @Doc("Whether a number has the 15 digits that Excel shows, or all that are stored.")
            Numbers numbers,

            @Doc("Makes a record of each cell, beside the header's cells and those that name its row.") @Nullable
            Unpivot unpivot,

            @Default("first") @Doc("Whether what merged cells have is in the first of them, or in each.")
            Merged merged)
            implements Format, FileRules {
        /** Which of merged cells have what is shown in all of them; it is stored in the first one. */
        public enum Merged {
            FIRST,
            EACH
        }

        /** What a cell with an error does. */
        public enum Errors {
            REJECT,
            NULL
        }

        /** Which digits of a number count; 0.1 + 0.2 is stored as 0.30000000000000004, and displayed as 0.3. */
        public enum Numbers {
            DISPLAYED,
            STORED
        }

        @Creator // of two constructors, that which reads JSON
        public Excel {
            leaveOut = List.copyOf(leaveOut);
            nulls = List.copyOf(nulls);
            Checks checks = new Checks();
            checks.that(sheet == null || !sheet.isBlank(), "sheet", sheet, "the name of a sheet, with * for anything");
            checks.that(start == null || !start.isBlank(), "start", start, TEXT);
            checks.that(end == null || !end.isBlank(), "end", end, TEXT);
            leaveOut.forEach(text -> checks.that(!text.isBlank(), "leaveOut", text, TEXT));
            checks.done();
        }

        /** With merged cells as they are stored. */
        public Excel(
                @Nullable String sheet,
                boolean hidden,
                ExcelHeader header,
                @Nullable String start,
                @Nullable String end,
                List<String> leaveOut,
                List<String> nulls,
                Errors errors,
                Numbers numbers,
                @Nullable Unpivot unpivot) {
            this(sheet, hidden, header, start, end, leaveOut, nulls, errors, numbers, unpivot, Merged.FIRST);
        }

        private static final String TEXT = "a text, with * for anything";

        @Override
        public boolean mightBeOverlooked() {
            return merged != Merged.FIRST;
        }

        @Override
        public void check(Checks checks) {
            if (unpivot == null) {
                return;
            }
            checks.that(
                    unpivot.names().size() == header.rows(),
                    "unpivot.names",
                    unpivot.names().size() + " names",
                    "one for each of the header's rows, of which there are " + header.rows());
            checkUnique(checks, unpivot.fields());
        }

        @Override
        public boolean isFlat() {
            return true;
        }
    }
}
