package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * The selection of files that one endpoint reads, and their format. Gzip is recognised by its first bytes, whatever
 * the name.
 */
@Serdeable
@Doc("The files that an endpoint reads, in the order of their names.")
public record FileSelection(
        @Doc("Glob of file names below the source's folder, for example hired_employees*.csv.")
        String pattern,

        @Doc("How the files are to be read.") Format format,

        @Default("fail") @Doc("Whether a pattern that matches no file fails the run.")
        Missing missing) {
    public FileSelection {
        Checks checks = new Checks();
        checks.that(
                !pattern.isBlank()
                        && !pattern.startsWith("/")
                        && !List.of(pattern.split("/", -1)).contains(".."),
                "pattern",
                pattern,
                "a glob below the source's folder, without ..");
        checks.done();
        Glob _ = Glob.of(pattern);
    }

    /** The pattern, to compare names with. */
    public Glob glob() {
        return Glob.of(pattern);
    }

    /** Whether it is known without a schema what the fields of a record are called. */
    boolean namesItsFields() {
        return switch (format) {
            case Format.Csv csv -> csv.header() || !csv.columns().isEmpty();
            case Format.Ndjson _, Format.Json _ -> true;
        };
    }

    /** What happens when what is looked for is not there. */
    public enum Missing {
        FAIL,
        ALLOW
    }

    @Serdeable
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Format.Csv.class, name = "csv"),
        @JsonSubTypes.Type(value = Format.Ndjson.class, name = "ndjson"),
        @JsonSubTypes.Type(value = Format.Json.class, name = "json")
    })
    public sealed interface Format {
        /**
         * RFC 4180. An empty field without quotes is NULL, {@code ""} is an empty text. Every other field is text
         * until the schema makes something of it.
         *
         * @param columns names of the fields where the file has no header; empty: the schema's columns in their order
         */
        @Serdeable
        @Doc("Comma-separated values (RFC 4180).")
        record Csv(
                @Default("true") @Doc("Whether the first line names the columns.")
                boolean header,

                @Default("[]") @Doc("Names of the fields when there is no header; by default the schema's columns.")
                List<String> columns,

                @Default("\",\"") @Doc("Character between fields.")
                String delimiter,

                @Default("UTF-8") @Doc("Character encoding of the files.")
                String encoding)
                implements Format {
            public Csv {
                Checks checks = new Checks();
                columns = List.copyOf(columns);
                checks.that(!header || columns.isEmpty(), "columns", columns, "nothing when the file has a header");
                checks.that(
                        delimiter.length() == 1 && !"\"\r\n".contains(delimiter),
                        "delimiter",
                        delimiter,
                        "one character, neither a quote nor a line end");
                checks.that(
                        Encodings.isSupported(encoding),
                        "encoding",
                        encoding,
                        "a character encoding such as UTF-8 or ISO-8859-1");
                checks.done();
            }
        }

        @Serdeable
        @Doc("One JSON object per line.")
        record Ndjson() implements Format {}

        /** The records are the array, or the one object, at the endpoint's {@code records} path, by default the document itself. */
        @Serdeable
        @Doc("A JSON array of objects, or one object.")
        record Json(
                @Default("false") @Doc("Whether a file holds one record, an object, in the place of an array of them.")
                boolean single)
                implements Format {}
    }
}
